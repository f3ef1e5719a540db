"""The life of an order as one table of numbered steps; what is legal is derived from it.

`LIFECYCLE` names every step an order may take, with the event that causes it and the rule that
goes with it. Whatever an order is told that no step covers is an IllegalTransition.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class OrderState(StrEnum):
    """Where an order stands, in our own words; venue words map to these."""

    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    PARTIAL = "partial"
    CANCEL_PENDING = "cancel_pending"
    REPLACE_PENDING = "replace_pending"
    DENIED = "denied"
    ABANDONED = "abandoned"
    REJECTED = "rejected"
    NOT_PLACED = "not_placed"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REPLACED = "replaced"


_S = OrderState

OPEN_STATES = frozenset(
    {
        _S.INTENT,
        _S.SENDING,
        _S.UNKNOWN,
        _S.WORKING,
        _S.PARTIAL,
        _S.CANCEL_PENDING,
        _S.REPLACE_PENDING,
    }
)
"""States in which an order may still fill and its exposure stays reserved."""

IN_DOUBT = frozenset({_S.SENDING, _S.UNKNOWN})
"""States in which the venue may have an order, or may not."""


class Step(msgspec.Struct, frozen=True):
    """One numbered step: from any state of `before`, on `event`, to one of `after`.

    An empty `before` means that there is no order yet, an empty `after` that the state stays.
    """

    number: int
    before: tuple[OrderState, ...]
    event: str
    after: tuple[OrderState, ...]
    rule: str

    @property
    def name(self) -> str:
        """`T` and its number."""
        return f"T{self.number}"


_UNSENT = (_S.INTENT, _S.SENDING)
_RESTING = (_S.WORKING, _S.PARTIAL)
_PENDING = (_S.CANCEL_PENDING, _S.REPLACE_PENDING)
_LIVE = (*_RESTING, *_PENDING)
_OPEN = tuple(state for state in _S if state in OPEN_STATES)
_TERMINAL = tuple(state for state in _S if state not in OPEN_STATES)
_DONE = (_S.CANCELED, _S.EXPIRED, _S.REPLACED)
_GIVEN_UP = (_S.ABANDONED, _S.REJECTED, _S.NOT_PLACED)
_MAPPED = (*_LIVE, _S.REJECTED, _S.FILLED, *_DONE)

LIFECYCLE: tuple[Step, ...] = (
    Step(1, (), "risk refuses", (_S.DENIED,), "a reason code goes to the caller and the record"),
    Step(2, (), "risk accepts", (_S.INTENT,), "committed to disk before T3"),
    Step(
        3,
        (_S.INTENT,),
        "handed to transport",
        (_S.SENDING,),
        "lease held, mode allows, young enough; one POST",
    ),
    Step(
        4,
        (_S.INTENT,),
        "too old, or the mode was tightened, before it was handed over",
        (_S.ABANDONED,),
        "in the same process only; after a restart T9",
    ),
    Step(5, _UNSENT, "success body", _MAPPED, "the venue's id is kept"),
    Step(
        6,
        (_S.SENDING,),
        "400, 401, 403 or 422 with the venue's own error body",
        (_S.REJECTED,),
        "without that body T8; watched as in T12",
    ),
    Step(
        7,
        (_S.SENDING,),
        "422, the id must be unique",
        (_S.UNKNOWN,),
        "an earlier copy exists: asked about at once, never a new id",
    ),
    Step(
        8,
        (_S.SENDING,),
        "timeout, reset, 5xx, unreadable body, send cancelled",
        (_S.UNKNOWN,),
        "never sent again blindly",
    ),
    Step(
        9,
        _UNSENT,
        "process restart",
        (_S.UNKNOWN,),
        "nobody can prove that it was not sent; never sent again",
    ),
    Step(
        10,
        (_S.UNKNOWN,),
        "stream event or query shows it",
        _MAPPED,
        "the cumulative quantity is applied",
    ),
    Step(
        11,
        (_S.UNKNOWN,),
        "not found by id 3 times, 5 s apart, over 30 s, account stream live",
        (_S.NOT_PLACED,),
        "still watched all day",
    ),
    Step(
        12,
        _GIVEN_UP,
        "any evidence of it at the venue",
        _MAPPED,
        "resurrected: cancelled at once, CRITICAL alert",
    ),
    Step(13, _LIVE, "cumulative quantity grew", (_S.PARTIAL,), "the growth is booked once"),
    Step(
        14,
        (*_OPEN, *_GIVEN_UP, *_DONE),
        "cumulative quantity is the whole",
        (_S.FILLED,),
        "from every pending and terminal state too",
    ),
    Step(
        15,
        (*_RESTING, _S.REPLACE_PENDING),
        "cancel asked",
        (_S.CANCEL_PENDING,),
        "may be asked again: a cancel is idempotent",
    ),
    Step(
        16,
        _LIVE,
        "the venue says canceled",
        (_S.CANCELED,),
        "asked for or not; after the final cumulative quantity was fetched",
    ),
    Step(
        17,
        (_S.CANCEL_PENDING,),
        "not cancelable, or 404",
        (_S.WORKING, _S.PARTIAL),
        "asked about; never read as never placed or as canceled",
    ),
    Step(
        18,
        (_S.CANCEL_PENDING,),
        "silent for 5 s",
        (),
        "asked about and cancelled again after 1, 2, 4, 8 s, then an alert: it is stuck",
    ),
    Step(
        19,
        _RESTING,
        "replace asked",
        (_S.REPLACE_PENDING,),
        "the child is for what is left, reckoned anew on each fill",
    ),
    Step(20, _LIVE, "replaced", (_S.REPLACED,), "fills of the parent stay with the parent"),
    Step(21, (_S.REPLACE_PENDING,), "replace refused", _RESTING, "the child is abandoned"),
    Step(
        22,
        (_S.REPLACE_PENDING,),
        "the parent fills completely",
        (_S.FILLED,),
        "the child is cancelled if it exists",
    ),
    Step(
        23,
        _LIVE,
        "expired, or done for the day on a DAY order",
        (_S.EXPIRED,),
        "after the final cumulative quantity was fetched",
    ),
    Step(24, _LIVE, "late reject by the venue", (_S.REJECTED,), "watched as in T12"),
    Step(
        25,
        _OPEN,
        "accepted, pending_new, held, stopped, suspended, calculated, pending_*",
        (),
        "held legs are open orders",
    ),
    Step(
        26,
        _TERMINAL,
        "cumulative quantity grew",
        (),
        "the position follows, LATE_FILL alert; a whole fill is T14",
    ),
    Step(
        27,
        tuple(_S),
        "bust or restated, or a smaller cumulative quantity confirmed by 2 queries",
        (),
        "a signed correction is recorded, alert",
    ),
    Step(28, (), "a venue order with our prefix", _MAPPED, "adopted: its strategy is told"),
    Step(
        29,
        (),
        "a venue order without our prefix",
        _MAPPED,
        "external: counts in risk, touched only by flatten or a cancel that names it",
    ),
)
"""T1 to T29, in order."""

_LOST = frozenset({_S.UNKNOWN})
"""Where a word of the venue that nobody knows leads, and an order it does not know any more."""


def transitions(steps: Iterable[Step]) -> dict[OrderState, frozenset[OrderState]]:
    """From each state, the states that `steps` lead to, itself not counted.

    An order at the venue may be lost from sight at any moment: it is UNKNOWN then.
    """
    found: dict[OrderState, set[OrderState]] = {state: set() for state in OrderState}
    for step in steps:
        for state in step.before:
            found[state].update(step.after)
    for state in _LIVE:
        found[state] |= _LOST
    return {state: frozenset(after - {state}) for state, after in found.items()}


TRANSITIONS = transitions(LIFECYCLE)
"""From each state, the states an order may move to next; staying is always legal."""


def legal(before: OrderState, told: OrderState) -> bool:
    """True when a step leads an order that is `before` to what the venue says, or leaves it there.

    While an order is open every open state is a matter of words on their way (T25); one that is
    over may only fill more (T14, T26), or live after all where we had given it up (T12).
    """
    if told is before or told in TRANSITIONS[before]:
        return True
    return before in OPEN_STATES and told in OPEN_STATES
