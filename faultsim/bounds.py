"""Judges what has a bound: what is at stake (I6), and what a process keeps (I14)."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from faultsim.net import Net
from faultsim.oracle import Oracle, name_of
from faultsim.weights import heaviest
from tradeplat.app.live import Live
from tradeplat.core.orders import EXTERNAL, OPEN_STATES, Order, Purpose
from tradeplat.execution.tracker import PositionTracker

MOST_TRADES = 3
"""Trades a simulated session may have open or opening at a time: few, so that it matters."""
MOST_POSITION = Decimal(5_000)
"""Money that it may have in one symbol, working entries included."""
_ROOM = Decimal("1.05")
"""A working entry counts by its limit here and by the market there."""
_REFUSALS = frozenset({400, 401, 403, 422})
_TASKS = 48
_LINKS = 12
_TIMERS = 48
_ERRANDS = 40
_SOCKETS = 1
"""Of one path: a second socket for the same is one that was left."""
_WAITING = 12
"""What may be on lists of things to be done while nothing is to be done."""
_AHEAD = 40
"""Deadlines that are not there yet: those of orders which ended before stay until then."""
_KEPT = 600
"""Members of any other container of the house, after half a minute of trading."""
_LISTS = frozenset(
    {
        "Cancels._asked",
        "Cancels._heirs",
        "Cancels._scheduled",
        "Doubts._open",
        "Errands._due",
        "JournalWriter._queue",
        "JournalWriter._writing",
        "Killer._tripped",
        "Killer._waiting",
        "Killer._wanted",
        "Listing._lessened",
        "Listing._restated",
        "Listing._suspects",
        "OrderExecutor._exits",
        "OrderExecutor._heirs",
        "Outbox._queue",
        "Protection._moving",
        "Protection._wanted",
        "Results.revived",
    }
)
"""Things to be done: whoever has done one takes it off its list."""
_OWN = {"Calendar._ends": 1 << 20, "OrderExecutor._deadlines": _AHEAD}

ZERO = Decimal(0)


class Stage(Protocol):
    """What is looked at."""

    @property
    def session(self) -> Live | None:
        """The session of the daemon in power."""


class Bounds:
    """Blames through `oracle`; `marked` is told each figure, for whoever wants to see it."""

    def __init__(self, stage: Stage, oracle: Oracle) -> None:
        self._stage = stage
        self._oracle = oracle
        self.marked: Callable[[str, int], None] = lambda _, __: None

    def ordered(self, order: Order) -> None:
        """An entry was approved: with all that may still fill, UNKNOWN included, limits hold."""
        live = self._stage.session
        if live is None or order.purpose is not Purpose.ENTRY:
            return
        book = live.desks.tracker
        entries = [
            one
            for one in self._oracle.orders.values()
            if one.purpose is Purpose.ENTRY
            and one.state in OPEN_STATES
            and self._may_fill(one.id, book)
        ]
        busy = {(one.strategy, one.symbol) for one in (*entries, order)}
        busy |= {key for key, held in book.holdings.items() if held.quantity and key[0] != EXTERNAL}
        if len(busy) > MOST_TRADES:
            self._oracle.blame("I6", f"{order.id} makes {len(busy)} trades, {MOST_TRADES} allowed")
        beside = [
            one
            for one in entries
            if one.symbol == order.symbol and one.side == order.side and one.id != order.id
        ]
        size = abs(
            book.net(order.symbol) + sum((one.leaves for one in beside), ZERO) + order.quantity
        )
        value = size * (order.limit or book.mark(order.symbol))
        if value > MOST_POSITION * _ROOM:
            self._oracle.blame("I6", f"{order.id} makes {value:.2f} of {order.symbol} at stake")

    def _may_fill(self, order_id: str, book: PositionTracker) -> bool:
        """False for what left no trace, and for what the venue has ended and the book knows of.

        A report is on the disk before anybody hears of it (2.4): a process that dies in between
        never tells, and the next one finds the order ended, which reserves nothing (2.2).
        """
        known = book.order(order_id)
        if known is None or known.open:
            return known is not None
        theirs = [one for one in self._oracle.venue_orders if name_of(one) == order_id]
        if any(one.open for one in theirs):
            return True
        refused = self._oracle.posts.get(order_id, [0])[-1] in _REFUSALS
        return not theirs and not refused

    def at_rest(self, live: Live, tasks: int, timers: int, net: Net, host: object) -> None:
        """All is quiet: a process keeps no more than it ever needs (I14)."""
        links = [link for link in net.links if link.client.host is host]
        sockets = Counter(link.note.socket for link in links if link.note is not None)
        del sockets[""]
        counted = [
            ("tasks", tasks, _TASKS),
            ("timers", timers, _TIMERS),
            ("links", len(links), _LINKS),
            ("open orders", len(live.desks.tracker.open_orders), _ERRANDS),
            *((f"sockets to {path}", count, _SOCKETS) for path, count in sockets.items()),
        ]
        for what, count in heaviest(live).items():
            counted.append((what, count, _OWN.get(what, _WAITING if what in _LISTS else _KEPT)))
        for what, count, most in counted:
            self.marked(what, count)
            if count > most:
                self._oracle.blame("I14", f"{count} {what} are kept at rest, {most} expected")
