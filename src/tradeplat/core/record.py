"""What a run's record holds: one entry for each call a Recorder received, in order.

`entry.tell(recorder)` repeats the call, so a record can be folded, copied or run again by
anything that is a Recorder (core/ports.py).
"""

from collections.abc import Iterable
from decimal import Decimal
from math import nan

import msgspec

from tradeplat.core.cover import Levels
from tradeplat.core.intent import Action, Intent, given
from tradeplat.core.journal import Holding, SeatState
from tradeplat.core.market import MarketEvent
from tradeplat.core.note import Note
from tradeplat.core.orders import AS_USUAL, MANUAL, Asked, Fill, Order, OrderState, Report
from tradeplat.core.ports import Candidate, Recorder, Verdict
from tradeplat.core.rounds import NONE, Counted

RUN = "run"
"""Kind of the note that opens a record; its body is a RunHeader."""

PLOT = "plot"
"""Kind of the note that samples a strategy's declared curves: `symbol`, `strategy`, `values`."""

COMMAND = "command"
"""Kind of the note that tells what a person commanded a desk; its body is a Commanded."""

STOPPED = "quarantined"
"""Kind of the note that tells of the error that stopped a desk: the `task` it ended, which is
"desk:" and the symbol, and the `error` as Python writes it.
"""

RECOVERED = "recovered"
"""Kind of the note that tells how the account stood when the session began: a Restored."""

CORRECTED = "corrected"
"""Kind of the note that tells a change of the account that no order explains: a Correction."""


class RunHeader(Note, frozen=True, kw_only=True):
    """What a run was: enough, with the entries, to judge it and to run it again.

    `settings` are the ones used, without secrets; `seeds` every seed by its purpose;
    `multipliers` the money per point of symbols where it is not 1. `plots` are the curves each
    strategy declares, as lists of (attribute, pane, style, label). `schema` is the shape of the
    market facts in it (core/schema.py), empty where nobody noted it.
    """

    name: str
    mode: str
    version: str
    feed: str
    start_cash: Decimal
    started: int
    account: str = ""
    seeds: dict[str, int] = msgspec.field(default_factory=dict)
    settings: dict[str, object] = msgspec.field(default_factory=dict)
    strategies: tuple[str, ...] = ()
    multipliers: dict[str, Decimal] = msgspec.field(default_factory=dict)
    plots: dict[str, list[tuple[str, int, str, str]]] = msgspec.field(default_factory=dict)
    schema: str = ""


class Restored(Note, frozen=True):
    """How an account stands when a session begins: what an earlier one left, or the broker told.

    `orders` are open and closed, oldest first; `seats` the memories of strategies, `levels` those
    by which positions are protected, `counted` what limits have counted of trades. Without `cash`
    the book keeps what it has.
    """

    holdings: tuple[Holding, ...] = ()
    orders: tuple[Order, ...] = ()
    seats: tuple[SeatState, ...] = ()
    cash: Decimal | None = None
    levels: tuple[Levels, ...] = ()
    counted: Counted = NONE


class Commanded(Note, frozen=True):
    """What a person wished of the desk of `symbol`: an intent, None where a number is unset, and
    how it is meant (core.orders.Asked).
    """

    symbol: str
    action: Action
    conviction: float | None = None
    limit: float | None = None
    stop: float | None = None
    target: float | None = None
    strategy: str = MANUAL
    quantity: Decimal | None = None
    whole: bool = True
    at_once: bool = False

    @property
    def asked(self) -> Asked:
        """How the desk was to do it."""
        return Asked(self.strategy, self.quantity, self.whole, self.at_once)

    @property
    def intent(self) -> Intent:
        """The intent the desk was given."""
        numbers = (self.conviction, self.limit, self.stop, self.target)
        return Intent(self.action, *(nan if number is None else number for number in numbers))

    @classmethod
    def to(cls, symbol: str, intent: Intent, asked: Asked = AS_USUAL) -> "Commanded":
        """The command of `intent` to the desk of `symbol`."""
        side, limit, stop, target = (given(number) for number in intent[1:])
        return cls(symbol, intent.action, side, limit, stop, target, *asked)


class Shown(msgspec.Struct, frozen=True, tag="shown", tag_field="kind"):
    """A desk was shown `event` at `now`."""

    seq: int
    now: int
    event: MarketEvent

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.fact(self.now, self.event)


class Decided(msgspec.Struct, frozen=True, tag="decided", tag_field="kind"):
    """A strategy wished `intent` because of the event at `cause`, and this was the verdict."""

    seq: int
    now: int
    symbol: str
    strategy: str
    cause: int
    intent: Intent
    verdict: Verdict

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.decision(
            self.now, self.symbol, self.strategy, self.cause, self.intent, self.verdict
        )


class Reported(msgspec.Struct, frozen=True, tag="reported", tag_field="kind"):
    """The venue said `report`."""

    seq: int
    now: int
    report: Report

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.report(self.now, self.report)


class Moved(msgspec.Struct, frozen=True, tag="moved", tag_field="kind"):
    """An order was moved to `state` by our own doing."""

    seq: int
    now: int
    order_id: str
    state: OrderState
    reason: str

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.moved(self.now, self.order_id, self.state, self.reason)


class Changed(msgspec.Struct, frozen=True, tag="changed", tag_field="kind"):
    """An order now stands as `order`; `fill` is what it grew by, if it did."""

    seq: int
    now: int
    order: Order
    fill: Fill | None

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.change(self.now, self.order, self.fill)


class DeskOpened(msgspec.Struct, frozen=True, tag="opened", tag_field="kind"):
    """A desk for `symbol` was opened."""

    seq: int
    now: int
    symbol: str

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.desk_opened(self.now, self.symbol)


class DeskClosed(msgspec.Struct, frozen=True, tag="closed", tag_field="kind"):
    """The desk of `symbol` was closed."""

    seq: int
    now: int
    symbol: str

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.desk_closed(self.now, self.symbol)


class Scanned(msgspec.Struct, frozen=True, tag="scanned", tag_field="kind"):
    """The scanner's rows that differ from what it said of the same tickers before."""

    seq: int
    now: int
    rows: tuple[Candidate, ...]

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.candidates(self.now, self.rows)


class Noted(msgspec.Struct, frozen=True, tag="noted", tag_field="kind"):
    """Something worth keeping that is none of the others: a header, a fault, a gap, a plot."""

    seq: int
    now: int
    topic: str
    body: dict[str, object]

    def tell(self, recorder: Recorder) -> None:
        """Repeat the call to `recorder`."""
        recorder.note(self.now, self.topic, self.body)


Entry = Shown | Decided | Reported | Moved | Changed | DeskOpened | DeskClosed | Scanned | Noted
"""One line of a record."""


def tell_all(entries: Iterable[Entry], recorder: Recorder) -> None:
    """Repeat every entry's call to `recorder`, in order."""
    for entry in entries:
        entry.tell(recorder)
