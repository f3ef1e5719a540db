"""An executor at work against the loopback venue: real book, real broker, quick timings."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal

from execution.loopback import QUICK, LoopbackVenue, TestClock, connected
from tradeplat.core.conditions import Condition, Conditions
from tradeplat.core.cover import Levels
from tradeplat.core.journal import Correction
from tradeplat.core.orders import Change, Order, OrderState, Report
from tradeplat.core.tape import Tapes
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import NoJournal, Seams, Timings
from tradeplat.execution.tracker import PositionTracker

FAST = Timings(
    asks=(0.02, 0.04, 0.04),
    miss_gap=0.02,
    miss_span=0.08,
    recancels=(0.03, 0.03, 0.03, 0.03),
    clearance=0.1,
)
S = OrderState


class FoldingFloor:
    """A floor without desks: folds into the book and keeps every state an order went through."""

    def __init__(self) -> None:
        self.book = PositionTracker(Decimal(100_000), Tapes())
        self.history: dict[str, list[OrderState]] = {}
        self.changed = asyncio.Event()
        self.conditions = Conditions()
        self.protected: list[Levels] = []

    def on_report(self, report: Report, now: int) -> None:
        self._keep(self.book.apply(report))

    def on_move(self, order_id: str, state: OrderState, reason: str, now: int) -> None:
        self._keep(self.book.move(order_id, state, reason))

    def on_condition(self, condition: Condition, now: int) -> bool:
        return self.conditions.impose(condition)

    def on_correction(self, correction: Correction, now: int) -> None:
        self.book.correct(correction)

    def on_levels(self, levels: Levels, now: int) -> None:
        self.protected.append(levels)

    def _keep(self, change: Change | None) -> None:
        if change is not None:
            self.history.setdefault(change.order.id, []).append(change.order.state)
            self.changed.set()


class Trading(NoJournal):
    """One session: the venue, the executor, and what came of it."""

    def __init__(self, venue: LoopbackVenue, broker: AlpacaBroker, clock: TestClock) -> None:
        self.venue = venue
        self.broker = broker
        self.clock = clock
        self.floor = FoldingFloor()
        self.book = self.floor.book
        self.alarms: list[tuple[str, str]] = []
        self.objection = ""
        self.committed: list[str] = []
        self.modes: list[Condition] = []
        self.notes: list[tuple[str, dict[str, object]]] = []
        self.executor = OrderExecutor(
            broker,
            self.book,
            self.floor,
            clock,
            FAST,
            Seams(self, self._alarm, lambda _: self.objection),
        )

    async def intent(self, order: Order) -> None:
        self.committed.append(order.id)

    async def mode(self, condition: Condition) -> None:
        self.modes.append(condition)

    def note(self, kind: str, body: Mapping[str, object]) -> None:
        self.notes.append((kind, dict(body)))

    def _alarm(self, code: str, line: str) -> None:
        self.alarms.append((code, line))

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.alarms]

    def state(self, order_id: str) -> OrderState | None:
        order = self.book.order(order_id)
        return None if order is None else order.state

    async def until(self, claim: Callable[[], object]) -> None:
        """Return once `claim` holds."""
        async with asyncio.timeout(30):
            while not claim():
                self.floor.changed.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self.floor.changed.wait()
                except TimeoutError:
                    continue

    async def becomes(self, order_id: str, *states: OrderState) -> None:
        await self.until(lambda: self.state(order_id) in states)


@asynccontextmanager
async def trading(*without: str) -> AsyncIterator[Trading]:
    """A session with every body of the executor running, but those named."""
    clock = TestClock()
    async with connected(clock, QUICK) as (venue, broker):
        session = Trading(venue, broker, clock)
        bodies = session.executor.bodies()
        tasks = [
            asyncio.create_task(revived(body))
            for name, body in bodies.items()
            if name not in without and name.rstrip("-0123456789") not in without
        ]
        if "account" not in without:
            await session.executor.account.until_live()
        try:
            yield session
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


async def revived(body: Callable[[], object]) -> None:
    """A supervisor in one line: network faults start the body again."""
    from tradeplat.core.errors import Transient

    while True:
        try:
            await body()
        except Transient:
            await asyncio.sleep(0.02)
