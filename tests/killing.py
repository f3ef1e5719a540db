"""A house with a kill switch on the real venue, in virtual time: what the tests of kill share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from itertools import count

from execution.trading import FoldingFloor
from faultsim.loop import SimLoop
from markets import KEY, OPEN, SECOND, SECRET, quote, script, trade
from tradeplat.core.calendar import Phase
from tradeplat.core.conditions import Condition, Conditions
from tradeplat.core.errors import Corrupt
from tradeplat.core.market import Status
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.flatten import Killer, Switches
from tradeplat.execution.timings import NoJournal, Seams, Timings
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.venue.faults import Fault
from tradeplat.venue.order_request import read_order
from tradeplat.venue.profile import PAPER, Profile
from tradeplat.venue.server import Venue, VenueOptions
from waits import until

QUIET = ("account", "account-poll")
PRE = OPEN - 3600 * SECOND
POST = OPEN + (390 + 30) * 60 * SECOND


class ModedFloor(FoldingFloor):
    """A floor without desks that takes conditions in, as the real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions = Conditions()
        self.said: list[Condition] = []

    def on_condition(self, condition: Condition, now: int) -> bool:
        self.said.append(condition)
        return self.conditions.impose(condition)


class DeadJournal(NoJournal):
    """A journal whose disk is gone."""

    async def intent(self, order: Order) -> None:
        raise Corrupt("journal: disk is full")

    async def mode(self, condition: Condition) -> None:
        raise Corrupt("journal: disk is full")


class House:
    """The trading side of a daemon: book, broker, executor, killer; and the venue it trades at."""

    def __init__(self, venue: Venue, broker: AlpacaBroker, clock: FollowedClock, **how) -> None:
        self.venue = venue
        self.broker = broker
        self.clock = clock
        self.account = next(iter(venue.accounts))
        self.floor = ModedFloor()
        self.book = self.floor.book
        self.alarms: list[tuple[str, str]] = []
        self.kept: list[str] = []
        self.halted: set[str] = set()
        self.phase = how.get("phase", Phase.REGULAR)
        journal = how.get("journal", NoJournal())
        self.ids = (f"tp1-260105-{n:014d}-0" for n in count(1))
        seams = Seams(how.get("kept", NoJournal()), self._alarm, self._objection)
        self.executor = OrderExecutor(broker, self.book, self.floor, clock, Timings(), seams)
        switches = Switches(
            journal,
            self._alarm,
            clock,
            self.executor.withdraw,
            self.floor.conditions.standing.values,
            lambda: self.phase,
            self.halted.__contains__,
            self.kept.append,
            lambda: 3,
            lambda: how.get("barred", ""),
        )
        results = self.executor.results
        self.killer = Killer(broker, results, self.floor, self.book, switches)

    def _alarm(self, code: str, line: str) -> None:
        self.alarms.append((code, line))

    def _objection(self, order: Order) -> str:
        return self.killer.objection(order)

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.alarms]

    def order(self, quantity: int | str, limit: str = "", symbol: str = "AAA", **more) -> Order:
        now = self.clock.now()
        kind = OrderType.LIMIT if limit else OrderType.MARKET
        given = {"strategy": "s", "purpose": Purpose.ENTRY} | more
        strategy, purpose = given.pop("strategy"), given.pop("purpose")
        return Order(
            next(self.ids),
            symbol,
            strategy,
            Decimal(quantity),
            kind,
            purpose,
            now,
            now,
            limit=Decimal(limit) if limit else None,
            **given,
        )

    async def filled(self, quantity: int | str, symbol: str = "AAA", **more) -> Order:
        """A market order, filled."""
        order = self.order(quantity, symbol=symbol, **more)
        self.executor.accept(order)
        await self.until(lambda: self.state(order.id) is OrderState.FILLED)
        return order

    async def resting(self, number: int, limit: str = "1.00", symbol: str = "AAA") -> list[Order]:
        orders = [self.order(1, limit, symbol) for _ in range(number)]
        for order in orders:
            self.executor.accept(order)
        await self.until(lambda: all(self.state(o.id) is OrderState.WORKING for o in orders))
        return orders

    def state(self, order_id: str) -> OrderState | None:
        order = self.book.order(order_id)
        return None if order is None else order.state

    async def until(self, claim: Callable[[], object], seconds: float = 120.0) -> None:
        await until(claim, seconds)

    def held(self, symbol: str = "AAA") -> Decimal:
        """What the venue says is held."""
        return self.account.held(symbol).quantity

    def working(self) -> list[str]:
        """What the venue says is open."""
        return [order.client_id for order in self.account.orders.open_orders()]

    def harm(self, name: str = "http_status", **how) -> None:
        self.venue.floor.faults.arm(Fault(name=name, **how))

    def halt(self, symbol: str = "AAA") -> None:
        """The exchange halts a symbol; the stream tells nobody here."""
        status = Status(symbol, self.clock.now(), trading=False, code="T1", feed="sip")
        self.venue.player.inject([status])

    def resume(self, symbol: str = "AAA") -> None:
        """The exchange lets a symbol trade again."""
        status = Status(symbol, self.clock.now(), trading=True, code="T3", feed="sip")
        self.venue.player.inject([status])

    def by_hand(self, quantity: int, symbol: str = "AAA") -> None:
        """Somebody trades the same account elsewhere."""
        side = "buy" if quantity > 0 else "sell"
        body = {"symbol": symbol, "qty": str(abs(quantity)), "side": side, "type": "market",
                "time_in_force": "day"}  # fmt: skip
        self.venue.trading.exchange.submit(self.account, read_order(body, 48))

    def posted(self, since: int = 0) -> list[str]:
        """Client ids of the orders that reached the venue, in order."""
        return [order.client_id for order in list(self.account.orders)[since:]]


def priced(symbols: Iterable[str], start: int, seconds: int) -> list:
    events = []
    for symbol in symbols:
        for second in range(seconds):
            ts = start + second * SECOND
            events += [quote(ts, 4.99, 5.01, symbol), trade(ts + 1000, 5.0, 100.0, symbol)]
    return events


@asynccontextmanager
async def house(
    *,
    start: int = OPEN + 60 * SECOND,
    seconds: int = 240,
    symbols: Iterable[str] = ("AAA", "BBB"),
    profile: Profile = PAPER,
    without: Iterable[str] = (),
    **how,
) -> AsyncIterator[House]:
    """A house at work on a venue that plays `seconds` from `start` in virtual time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    events = priced(symbols, start, seconds)
    options = VenueOptions(profile=profile)
    venue = Venue(script(events, start=start), options, loop.time_ns, loop.wall_ns)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(venue)
        clock = FollowedClock(0, 1.0, loop.time_ns)
        broker = await stack.enter_async_context(AlpacaBroker(venue.url, KEY, SECRET, clock))
        clock.anchor((await broker.clock()).ts, 1.0)
        made = House(venue, broker, clock, **how)
        supervisor = await stack.enter_async_context(Supervisor(loop.rng))
        bodies = {**made.executor.bodies(), **made.killer.bodies()}
        for name, body in bodies.items():
            if name not in without:
                supervisor.start(name, body, OnFault.FATAL)
        if "account" not in without:
            await made.executor.account.until_live()
        await asyncio.sleep(0.1)
        yield made
        if supervisor.fatal is not None:
            raise supervisor.fatal
