"""Sessions that follow one another on one account and one journal, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from faultsim.loop import SimLoop
from killing import priced
from markets import KEY, OPEN, SECOND, SECRET, script
from tradeplat.app import recovery
from tradeplat.app.recovery import Found, Memories, Parts
from tradeplat.core.calendar import Calendar
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.core.tape import Market
from tradeplat.desk.floor import Floor
from tradeplat.desk.house import House
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import Seams, Timings
from tradeplat.execution.tracker import PositionTracker
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.disk import InlineDisk
from tradeplat.journal.orders import About
from tradeplat.journal.shelf import Opening, open_journal
from tradeplat.journal.writer import Ears, JournalWriter
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.venue.faults import Fault
from tradeplat.venue.profile import PAPER, Profile
from tradeplat.venue.server import Venue, VenueOptions

DAY = "2026-01-05"
ANY = Limits(hours=Hours.ANY)


class Life:
    """One process's worth of trading: journal, desks, executor, from its start to its death."""

    def __init__(
        self, venue: Venue, folder: Path, broker: AlpacaBroker, clock, limits: Limits = ANY
    ) -> None:
        self.venue = venue
        self.account = next(iter(venue.accounts))
        self.broker = broker
        self.clock = clock
        self.alarms: list[tuple[str, str]] = []
        market = Market(Calendar([]))
        self.book = PositionTracker(Decimal(0), market.tapes)
        gate = RiskGate(limits, FixedQuantity(10), self.book, market, "T")
        self.house = House(gate, self.book, market, RunDigest())
        self.floor = Floor(self.house, lambda _: {})
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        opening = Opening(clock.now(), loop.time_ns(), "run", "0", 0)
        about = About("paper", self.account.id, DAY)
        self.store, self.told = open_journal(folder, about, opening)
        ears = Ears(
            lambda asked: self.floor.on_condition(asked, clock.now()), self._alarm, lambda _: None
        )
        self.journal = JournalWriter(self.store, InlineDisk(), clock, ears)
        seams = Seams(self.journal, self._alarm, lambda order: gate.objection(order, clock.now()))
        self.executor = OrderExecutor(broker, self.book, self.floor, clock, Timings(), seams)
        self.house.install(self.executor)
        assert self.house.guard is not None
        self.house.guard.journal = self.journal.note
        self.memories = Memories(self.floor.desks, self.journal, self._alarm)

    def _alarm(self, code: str, line: str) -> None:
        self.alarms.append((code, line))

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.alarms]

    @property
    def kinds(self) -> list[str]:
        """The kinds of all records of the journal, in order."""
        rows = self.store.connection().execute("SELECT kind FROM journal ORDER BY seq").fetchall()
        return [kind.decode() for (kind,) in rows]

    async def begin(self) -> None:
        found = Found(self.told, await self.broker.account())
        recovery.begin(found, Parts(self.floor, self.executor, self.broker, self.journal))

    def order(self, n: int, quantity: int = 10, limit: str = "", **more) -> Order:
        now = self.clock.now()
        given = {"strategy": "s", "purpose": Purpose.ENTRY, "symbol": "AAA"} | more
        strategy, purpose, symbol = (given.pop(k) for k in ("strategy", "purpose", "symbol"))
        return Order(
            f"tp1-260105-{n:014d}-0",
            symbol,
            strategy,
            Decimal(quantity),
            OrderType.LIMIT if limit else OrderType.MARKET,
            purpose,
            n,
            now,
            limit=Decimal(limit) if limit else None,
            **given,
        )

    def state(self, order_id: str) -> OrderState | None:
        order = self.book.order(order_id)
        return None if order is None else order.state

    async def until(self, claim, seconds: float = 150.0) -> None:
        async with asyncio.timeout(seconds):
            while not claim():
                await asyncio.sleep(0.01)

    async def confirmed(self) -> None:
        await self.until(lambda: self.executor.account.live and self.executor.account.confirmed)

    async def done(self, order: Order, *states: OrderState) -> Order:
        self.executor.accept(order)
        await self.until(lambda: self.state(order.id) in (states or (OrderState.FILLED,)))
        found = self.book.order(order.id)
        assert found is not None
        return found

    def harm(self, name: str, **how) -> None:
        self.venue.floor.faults.arm(Fault(name=name, **how))

    def held(self, symbol: str = "AAA") -> Decimal:
        return self.account.held(symbol).quantity

    def posted(self) -> list[str]:
        """Client ids of all orders at the venue but legs, in order."""
        return [o.client_id for o in self.account.orders if o.client_id.startswith("tp1-")]


@asynccontextmanager
async def life(venue: Venue, folder: Path, limits: Limits = ANY) -> AsyncIterator[Life]:
    """A session from start to sudden death: nothing is closed in order."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    clock = FollowedClock(0, 1.0, loop.time_ns)
    async with AlpacaBroker(venue.url, KEY, SECRET, clock) as broker:
        clock.anchor((await broker.clock()).ts, 1.0)
        made = Life(venue, folder, broker, clock, limits)
        try:
            async with Supervisor(loop.rng) as supervisor:
                supervisor.start("journal", made.journal.run, OnFault.FATAL)
                await made.begin()
                for name, body in made.executor.bodies().items():
                    supervisor.start(name, body, OnFault.FATAL)
                yield made
                if supervisor.fatal is not None:
                    raise supervisor.fatal
        finally:
            made.store.abandon()


@asynccontextmanager
async def market(
    seconds: int = 400,
    seed: int = 0,
    symbols: Iterable[str] = ("AAA", "BBB"),
    profile: Profile = PAPER,
) -> AsyncIterator[Venue]:
    """The venue that outlives its clients."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    start = OPEN + 60 * SECOND
    events = priced(symbols, start, seconds)
    options = VenueOptions(seed=seed, profile=profile)
    async with Venue(script(events, start=start), options, loop.time_ns, loop.wall_ns) as v:
        yield v
