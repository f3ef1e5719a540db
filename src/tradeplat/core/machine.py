"""The order side of every strategy's state machine: what was asked, and what became of it."""

from enum import IntEnum
from math import isnan, nan

from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import Quote

WIDEST = 0.01
"""A quote wider than this fraction of its bid is a stub: it says nothing of where the market is."""


class State(IntEnum):
    """Where a strategy stands; each strategy uses the states that it needs."""

    WARMING = 0
    """Its indicators have not seen enough yet."""
    IDLE = 1
    """Nothing to do today, or no session is known."""
    FORMING = 2
    """The level or pattern that it trades is still being built."""
    WATCHING = 3
    """Ready: the next trigger enters."""
    ENTERING = 4
    """Asked to enter; nothing is certain yet."""
    CANCELING = 5
    """Asked to withdraw the entry; a part of it may be held."""
    HELD = 6
    """A position is held and the entry is over."""
    EXITING = 7
    """Asked to close what is held."""
    STOPPED = 8
    """Stopped out: waits for the setup to pass before it watches again."""
    DONE = 9
    """Gave up for the day."""


# Looked up once: naming a member of an enum costs as much as a call.
_WATCHING, _ENTERING, _CANCELING = State.WATCHING, State.ENTERING, State.CANCELING
_HELD, _EXITING, _STOPPED = State.HELD, State.EXITING, State.STOPPED

ORDERED = frozenset({State.ENTERING, State.CANCELING, State.HELD, State.EXITING})
"""States in which an order may work or a position be held."""


def settled(state: State, holding: Holding, rest: State) -> State:
    """`state` corrected by what `holding` confirms.

    `rest` is where the machine goes when nothing is held and nothing works, so a refused, expired
    or unfilled entry never strands it. An exit that left something behind stays EXITING: it has
    to be asked for again. A position or order that the machine does not remember (a restart) is
    adopted.
    """
    if holding.working:
        if state in ORDERED:
            return state
        return _ENTERING if holding.quantity == 0.0 else _EXITING
    if holding.quantity != 0.0:
        return _EXITING if state is _EXITING else _HELD
    return rest if state in ORDERED else state


class Machine:
    """One strategy's trade from the wish to enter until flat again, told by its holding alone.

    `side` is +1 long, -1 short, 0 before the first trade. `stop` and `target` are the levels of
    the trade (nan: none); they are guarded here wherever the venue holds no order of its own.
    `rest` is the state it falls back to once flat. `entries` counts the entries that came to
    something: refused ones, and wishes of the warm-up that nobody acted on, do not count.
    """

    state: State
    rest: State
    side: float
    stop: float
    target: float
    entries: int
    asked: bool

    def __init__(self, state: State) -> None:
        self.state = state
        self.rest = state
        self.side = 0.0
        self.stop = self.target = nan
        self.entries = 0
        self.asked = False

    def settle(self, holding: Holding, low: float, high: float) -> State:
        """Take in what `holding` confirms, and that price was seen from `low` to `high`.

        A trade whose stop was traded through before its fill was seen counts as stopped out:
        either it was, or the setup was gone before the entry came through.
        """
        before = self.state
        if before is _ENTERING and self._passed(self.stop, low, high):
            self.rest = _STOPPED
        if self.asked:
            self.asked = False
            self.entries += holding.quantity != 0.0 or holding.working > 0
        self.state = settled(before, holding, self.rest)
        if self.state is _HELD and before is not _HELD:
            self._take(before, holding)
        elif before in ORDERED and self.state not in ORDERED:
            self.stop = self.target = nan
        return self.state

    def reached(self, holding: Holding, low: float, high: float) -> bool:
        """True when price went to the stop or the target and the venue does not guard it."""
        if isnan(holding.stop) and self._passed(self.stop, low, high):
            return True
        if not isnan(holding.target):
            return False
        return high >= self.target if self.side > 0.0 else low <= self.target

    def quoted(self, holding: Holding, quote: Quote) -> bool:
        """True when `quote` stands at or through a stop that the venue does not guard.

        One-sided, crossed and stub quotes never trigger.
        """
        bid, ask = quote.bid, quote.ask
        if not isnan(holding.stop) or not 0.0 < bid <= ask <= bid * (1.0 + WIDEST):
            return False
        return self._passed(self.stop, bid, ask)

    def enter(self, side: float, limit: float, stop: float, target: float) -> Intent:
        """Ask to open a position; should nothing come of it the machine watches again.

        `side` is +1 long or -1 short; `limit` nan means at market.
        """
        self.state = _ENTERING
        self.asked = True
        self.rest = _WATCHING
        self.side = side
        self.stop = stop
        self.target = target
        return Intent(Action.ENTER, side, limit, stop, target)

    def withdraw(self) -> Intent:
        """Ask to cancel the entry that still works."""
        self.state = _CANCELING
        return Intent(Action.CANCEL, self.side, nan, nan, nan)

    def leave(self, rest: State, limit: float) -> Intent:
        """Ask to close all that is held, and go to `rest` afterwards; `limit` nan: at market."""
        self.state = _EXITING
        self.rest = rest
        return Intent(Action.EXIT, self.side, limit, nan, nan)

    def guard(self, quote: Quote, holding: Holding) -> Intent:
        """All that most strategies make of a quote: leave when it stands through the stop."""
        if holding.quantity == 0.0 or holding.working:
            return HOLD
        held = self.settle(holding, nan, nan) is _HELD
        return self.leave(_STOPPED, nan) if held and self.quoted(holding, quote) else HOLD

    def _passed(self, stop: float, low: float, high: float) -> bool:
        return low <= stop if self.side > 0.0 else high >= stop

    def _take(self, before: State, holding: Holding) -> None:
        """A position stands: from now on, flat without our asking means stopped out."""
        self.rest = _STOPPED
        if before not in ORDERED:
            self.side = 1.0 if holding.quantity > 0.0 else -1.0
            self.stop = holding.stop
            self.target = holding.target
