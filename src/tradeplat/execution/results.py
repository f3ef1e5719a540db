"""The one way by which anything becomes known about an order: to the floor, then to listeners."""

from collections.abc import Callable, Sequence
from typing import Protocol

from tradeplat.core.errors import Corrupt
from tradeplat.core.fold import fold
from tradeplat.core.lifecycle import legal
from tradeplat.core.orders import OPEN_STATES, Order, OrderState, Report
from tradeplat.core.ports import Clock, Tracker
from tradeplat.execution.timings import Alarm, NoJournal, OrderJournal

Heard = Callable[[Order], None]
Suspected = Callable[[Order, OrderState], None]

_GIVEN_UP = frozenset({OrderState.ABANDONED, OrderState.NOT_PLACED, OrderState.REJECTED})
_REMEMBERED = 10_000


class Reports(Protocol):
    """Folds what is known of orders into the book (desk/floor.py)."""

    def on_report(self, report: Report, now: int) -> None:
        """Take in a venue report."""

    def on_move(self, order_id: str, state: OrderState, reason: str, now: int) -> None:
        """Take in a move of our own."""


class Results:
    """Hands on reports and moves, and tells listeners each order that they changed.

    An order we had given up and the venue shows alive is `resurrected`: the alarm is raised and
    `revived` keeps its id for whoever cancels it. A report that is no newer than the venue's own
    rejection is noise and dropped: answers may be overtaken by events. Whatever changes anything
    is in the `journal` before the floor hears of it, and in that order; once the journal is dead
    the floor hears of it all the same, for the account still has to be cleared. What the floor
    hears of an order while a report of it waits for the disk stands behind that report in the
    journal: once it is in, the journal is told how the order stands.
    """

    def __init__(
        self,
        floor: Reports,
        book: Tracker,
        clock: Clock,
        alarm: Alarm,
        journal: OrderJournal = NoJournal(),
    ) -> None:
        self.book = book
        self._floor = floor
        self._clock = clock
        self._alarm = alarm
        self._journal = journal
        self._pending = 0
        self._crossed: set[str] = set()
        self._listeners: list[Heard] = []
        self._rejected: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self.suspects: list[Suspected] = []
        """Are told of an order and a state it cannot have any more; see core/lifecycle.py."""
        self.revived: set[str] = set()

    def listen(self, heard: Heard) -> None:
        """Call `heard` with every order that changed, after the book has it."""
        self._listeners.append(heard)

    @property
    def idle(self) -> bool:
        """True when no report waits for the journal."""
        return not self._pending

    async def report(self, report: Report) -> None:
        """Fold one report of the venue, once the journal has it."""
        await self.reports((report,))

    async def reports(self, reports: Sequence[Report]) -> None:
        """Fold what the venue said at once, once the journal has it, with nothing in between.

        Raises Corrupt when a report cannot be: the venue fills more than was ordered, say.
        """
        news = [report for report in reports if self._tells(report)]
        if news:
            self._pending += 1
            try:
                await self._journal.reports(news)
            except Corrupt:
                if not self._journal.dead:
                    raise
            finally:
                self._pending -= 1
        for report in reports:
            self._take_in(report)
            self._agree(report.order_id)
        if not self._pending:
            self._crossed.clear()

    def report_now(self, report: Report) -> None:
        """Fold one report without waiting for the journal, which gets it all the same.

        For what may not depend on the disk: the way out of a position.
        """
        self._journal.heard(report)
        self._cross(report.order_id)
        self._take_in(report)

    def _tells(self, report: Report) -> bool:
        """True unless folding the report would change nothing; what cannot be tells something."""
        before = self.book.order(report.order_id)
        if self._overtaken(before, report):
            return False
        try:
            return fold(before, report) is not None
        except Corrupt:
            return True

    def _overtaken(self, before: Order | None, report: Report) -> bool:
        """True for an answer that the venue's own rejection has overtaken."""
        if before is None or before.state is not OrderState.REJECTED:
            return False
        overtaken = report.ts <= self._rejected.get(report.order_id, -1)
        return overtaken and report.state in OPEN_STATES

    def _take_in(self, report: Report) -> None:
        before = self.book.order(report.order_id)
        if self._overtaken(before, report):
            self._crossed.add(report.order_id)
            return
        self._suspect(before, report)
        self._floor.on_report(report, self._clock.now())
        after = self.book.order(report.order_id)
        if after is None or after is before:
            return
        if report.state is OrderState.REJECTED and report.venue_id:
            self._rejected[report.order_id] = report.ts
            if len(self._rejected) > _REMEMBERED:
                del self._rejected[next(iter(self._rejected))]
        if before is not None:
            self._compare(before, after)
        self._tell(after)

    def move(self, order_id: str, state: OrderState, reason: str = "") -> None:
        """Move an order by our own doing; a move the table forbids changes nothing."""
        before = self.book.order(order_id)
        now = self._clock.now()
        self._floor.on_move(order_id, state, reason, now)
        after = self.book.order(order_id)
        if after is not None and after is not before:
            self._journal.moved(order_id, state, reason, now)
            self._cross(order_id)
            self._tell(after)

    def _cross(self, order_id: str) -> None:
        """The journal has this behind what waits for the disk, the floor before it."""
        if self._pending:
            self._crossed.add(order_id)

    def _agree(self, order_id: str) -> None:
        """Tell the journal how an order stands that it heard of in another sequence."""
        order = self.book.order(order_id)
        if order_id in self._crossed and order is not None:
            self._journal.moved(order_id, order.state, order.reason, self._clock.now())

    def _suspect(self, before: Order | None, report: Report) -> None:
        """Tell of news that no step of the table covers; what lags behind is no news."""
        last = self._last.pop(report.order_id, 0)
        self._last[report.order_id] = max(last, report.ts)
        if len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]
        if before is not None and report.ts > last and not legal(before.state, report.state):
            for suspected in self.suspects:
                suspected(before, report.state)

    def _compare(self, before: Order, after: Order) -> None:
        if before.state in _GIVEN_UP and after.state not in _GIVEN_UP:
            if after.open:
                self.revived.add(after.id)
            told = f"{after.id} was {before.state}, the venue has it {after.state}"
            self._alarm("order_resurrected", told)
        elif not before.open and after.filled > before.filled:
            told = f"{after.id} was {before.state} and filled {after.filled - before.filled} more"
            self._alarm("late_fill", told)

    def _tell(self, order: Order) -> None:
        for heard in self._listeners:
            heard(order)
