"""The executor against the built-in venue's trading side: every scenario ends consistent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

import loopback_venue
from exchanges import EXACT, at
from execution.trading import FAST, FoldingFloor, S, revived
from tradeplat.core.market import SECOND
from tradeplat.core.orders import EXTERNAL, Order, OrderState, OrderType, Purpose, TimeInForce
from tradeplat.core.position import Position
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import Seams
from tradeplat.venue.profile import Profile
from waits import until

BUY = Order(
    "tp1-260105-00000000000001-0",
    "AAA",
    "s",
    Decimal(10),
    OrderType.MARKET,
    Purpose.ENTRY,
    at("10:00"),
    at("10:00"),
)
BRACKET = replace(BUY, stop_loss=Decimal("4.5"), take_profit=Decimal(6))
REST = replace(BUY, type=OrderType.LIMIT, limit=Decimal("4.5"))
OUT = replace(BUY, id="tp1-260105-00000000000002-0", quantity=Decimal(-10), purpose=Purpose.EXIT)
SL, TP = f"{BUY.id}-sl", f"{BUY.id}-tp"


class SteppedClock:
    """The venue's hand-moved clock, slept on by looking again."""

    def __init__(self, clock: loopback_venue.HandClock) -> None:
        self._clock = clock

    def now(self) -> int:
        return self._clock.ts

    async def sleep_until(self, ts: int) -> None:
        while self._clock.ts < ts:  # the venue's clock has no event
            await asyncio.sleep(0.005)


class Session:
    def __init__(self, venue: loopback_venue.LoopbackVenue, broker: AlpacaBroker) -> None:
        self.venue = venue
        self.broker = broker
        self.floor = FoldingFloor()
        self.book = self.floor.book
        self.alarms: list[str] = []
        clock = SteppedClock(venue.clock)
        seams = Seams(alarm=lambda code, _: self.alarms.append(code))
        self.executor = OrderExecutor(broker, self.book, self.floor, clock, FAST, seams)

    def prices(self, bid: float) -> None:
        """A print and then a quote at `bid`: stops wait for prints, orders for quotes."""
        self.venue.trade(bid)
        self.venue.quote(bid, bid + 0.02)

    def state(self, order_id: str) -> OrderState | None:
        order = self.book.order(order_id)
        return None if order is None else order.state

    async def until(self, claim) -> None:
        await until(claim)

    async def becomes(self, order_id: str, *states: OrderState) -> None:
        await self.until(lambda: self.state(order_id) in states)

    async def consistent(self) -> None:
        """Our book equals the venue's: orders, position and cash."""
        await self.until(lambda: self.executor.idle)
        account = self.venue.account
        await self.until(lambda: self.book.net("AAA") == account.held("AAA").quantity)
        theirs = {
            order.client_id
            for order in account.orders
            if order.status.value not in ("filled", "canceled", "expired", "replaced", "rejected")
        }
        await self.until(lambda: len(self.book.open_orders) == len(theirs))
        figures = account.figures(self.venue.side.exchange.board.mark)
        assert self.book.cash == figures.cash


@asynccontextmanager
async def session(start: str = "10:00", profile: Profile = EXACT) -> AsyncIterator[Session]:
    async with loopback_venue.loopback(start, profile) as venue:
        clock = SteppedClock(venue.clock)
        url, key, secret = venue.url, loopback_venue.KEY, loopback_venue.SECRET
        async with AlpacaBroker(url, key, secret, clock) as broker:
            made = Session(venue, broker)
            tasks = [asyncio.create_task(revived(body)) for body in made.executor.bodies().values()]
            await made.executor.account.until_live()
            try:
                yield made
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("binary", [False, True])
async def test_a_market_order_fills_whatever_comes_first(*, early: bool, binary: bool) -> None:
    profile = replace(EXACT, update_before_response=early, binary_updates=binary)
    async with session(profile=profile) as s:
        s.executor.accept(BUY)
        await s.becomes(BUY.id, S.FILLED)
        order = s.book.order(BUY.id)
        assert order is not None
        assert (order.filled, order.average) == (10, Decimal("5.00"))
        await s.consistent()


async def test_a_partial_fill_then_a_cancel_keeps_the_part() -> None:
    profile = replace(EXACT, partial_rate=1.0)
    async with session(profile=profile) as s:
        s.executor.accept(replace(BUY, quantity=Decimal(100)))
        await s.becomes(BUY.id, S.PARTIAL, S.FILLED)
        s.executor.cancel(BUY.id)
        await s.until(lambda: not s.book.open_orders)
        await s.consistent()
        assert 0 < s.book.net("AAA") <= 100


async def test_a_resting_order_is_cancelled_and_a_fill_in_between_wins() -> None:
    async with session() as s:
        s.executor.accept(REST)
        await s.becomes(BUY.id, S.WORKING)
        s.executor.cancel(BUY.id)
        await s.becomes(BUY.id, S.CANCELED)
        await s.consistent()
    slow = replace(EXACT, latency=SECOND)
    async with session(profile=slow) as s:
        s.executor.accept(REST)
        await s.becomes(BUY.id, S.WORKING)
        s.venue.wait(2)
        s.executor.cancel(BUY.id)
        await s.becomes(BUY.id, S.CANCEL_PENDING)
        s.venue.quote(4.4, 4.45)
        s.venue.wait(2)
        await s.becomes(BUY.id, S.FILLED, S.CANCELED)
        await s.consistent()


@pytest.mark.parametrize(("bid", "leg", "other"), [(6.05, TP, SL), (4.40, SL, TP)])
async def test_a_bracket_ends_by_its_target_or_its_stop(bid: float, leg: str, other: str) -> None:
    async with session() as s:
        s.executor.accept(BRACKET)
        await s.becomes(BUY.id, S.FILLED)
        await s.becomes(SL, S.WORKING)
        holding = s.book.holding("s", "AAA")
        assert (holding.quantity, holding.stop, holding.target) == (10.0, 4.5, 6.0)
        s.venue.wait(1)
        s.prices(bid)
        await s.becomes(leg, S.FILLED)
        await s.becomes(other, S.CANCELED)
        await s.consistent()
        assert s.book.net("AAA") == 0


@pytest.mark.parametrize("one", ["stop_loss", "take_profit"])
async def test_an_entry_with_one_leg_gets_that_leg(one: str) -> None:
    level = {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}[one]
    async with session() as s:
        s.executor.accept(replace(BUY, **{one: level}))
        leg = SL if one == "stop_loss" else TP
        await s.becomes(leg, S.WORKING)
        await s.consistent()
        order = s.book.order(leg)
        assert order is not None
        assert (order.parent, order.strategy) == (BUY.id, "s")


async def test_an_exit_clears_the_legs_and_closes() -> None:
    async with session() as s:
        s.executor.accept(BRACKET)
        await s.becomes(BUY.id, S.FILLED)
        await s.becomes(SL, S.WORKING)
        s.executor.accept(OUT)
        await s.becomes(OUT.id, S.FILLED)
        await s.becomes(SL, S.CANCELED)
        await s.becomes(TP, S.CANCELED)
        await s.consistent()
        assert s.book.net("AAA") == 0
        assert s.alarms == []


async def test_a_moved_stop_is_the_one_that_triggers() -> None:
    async with session() as s:
        s.executor.accept(BRACKET)
        await s.becomes(BUY.id, S.FILLED)
        await s.becomes(SL, S.WORKING)
        s.executor.protect(BUY.id, Decimal("4.8"), Decimal("5.5"))
        await s.becomes(f"{SL}-1", S.WORKING)
        await s.becomes(f"{TP}-1", S.WORKING)
        await s.until(lambda: s.executor.idle)
        assert s.book.holding("s", "AAA").stop == 4.8
        s.venue.wait(1)
        s.prices(4.78)
        await s.becomes(f"{SL}-1", S.FILLED)
        await s.consistent()
        assert s.book.net("AAA") == 0
        assert s.alarms == []


async def test_a_stop_moved_twice_is_one_chain() -> None:
    async with session() as s:
        s.executor.accept(BRACKET)
        await s.becomes(BUY.id, S.FILLED)
        for n, level in ((1, "4.7"), (2, "4.85")):
            s.executor.protect(BUY.id, Decimal(level), None)
            await s.becomes(f"{SL}-{n}", S.WORKING)
        await s.consistent()
        assert s.state(f"{SL}-1") is S.REPLACED
        assert s.book.holding("s", "AAA").stop == 4.85


async def test_refusals_say_why() -> None:
    async with session() as s:
        s.executor.accept(replace(BUY, quantity=Decimal(1_000_000)))
        await s.becomes(BUY.id, S.REJECTED)
        order = s.book.order(BUY.id)
        assert order is not None
        assert "insufficient buying power" in order.reason
        unknown = replace(BUY, id="tp1-260105-00000000000003-0", symbol="NOPE")
        s.executor.accept(unknown)
        await s.becomes(unknown.id, S.REJECTED)
        late = replace(REST, id="tp1-260105-00000000000004-0", extended=True, tif=TimeInForce.GTC)
        s.executor.accept(late)
        await s.becomes(late.id, S.REJECTED)
        await s.consistent()


async def test_extended_hours_take_limit_orders() -> None:
    async with session("08:00") as s:
        s.executor.accept(replace(REST, limit=Decimal(5), extended=True, created=at("08:00")))
        await s.becomes(BUY.id, S.FILLED)
        await s.consistent()


async def test_a_deadline_cancels_what_did_not_fill() -> None:
    async with session() as s:
        s.executor.accept(replace(REST, expires=at("10:01")))
        await s.becomes(BUY.id, S.WORKING)
        s.venue.until("10:00:59")
        await asyncio.sleep(0.02)
        assert s.state(BUY.id) is S.WORKING
        s.venue.until("10:01")
        await s.becomes(BUY.id, S.CANCELED)
        await s.consistent()


async def test_day_orders_end_with_the_day() -> None:
    async with session("15:59") as s:
        s.executor.accept(replace(REST, created=at("15:59")))
        await s.becomes(BUY.id, S.WORKING)
        s.venue.until("16:01")
        await s.becomes(BUY.id, S.EXPIRED, S.CANCELED)
        await s.consistent()


async def test_a_reconnect_in_mid_trade_ends_consistent() -> None:
    async with session() as s:
        s.executor.accept(BRACKET)
        await s.becomes(BUY.id, S.FILLED)
        await s.becomes(SL, S.WORKING)
        for connection in list(s.venue.side.stream._open.values()):
            connection.finish()
        await s.until(lambda: not s.executor.account.live)
        s.venue.wait(1)
        s.prices(4.40)
        await s.executor.account.until_live()
        await s.becomes(SL, S.FILLED)
        await s.becomes(TP, S.CANCELED)
        await s.consistent()
        assert s.book.net("AAA") == 0


async def test_a_second_process_takes_over_orders_and_position() -> None:
    async with session() as s:
        s.executor.accept(BRACKET)
        await s.becomes(BUY.id, S.FILLED)
        await s.becomes(SL, S.WORKING)
        account = await s.broker.account()
        clock = SteppedClock(s.venue.clock)
        key, secret = loopback_venue.KEY, loopback_venue.SECRET
        async with AlpacaBroker(s.venue.url, key, secret, clock) as broker:
            second = Session(s.venue, broker)
            held = {
                (EXTERNAL, symbol): Position(quantity, average)
                for symbol, quantity, average in account.positions
            }
            second.book.restore([], held, account.cash)
            await second.executor.account.look()
            assert second.book.net("AAA") == 10
            found = second.book.order(SL)
            assert found is not None
            assert (found.parent, found.stop, found.state) == (BUY.id, Decimal("4.5"), S.WORKING)
            second_open = set(second.book.open_orders)
        assert second_open == {SL, TP}


async def test_cancel_all_reaches_orders_of_the_phone() -> None:
    async with session() as s:
        from alpaca.trading.requests import LimitOrderRequest

        request = LimitOrderRequest(
            symbol="AAA", qty=1, side="buy", time_in_force="day", limit_price=4.0
        )
        await s.venue.call(s.venue.client.submit_order, request)
        s.executor.accept(REST)
        await s.becomes(BUY.id, S.WORKING)
        s.executor.cancel_all(external=True)
        await s.until(lambda: len(s.floor.history) == 2 and not s.book.open_orders)
        await s.consistent()


async def test_the_account_the_clock_and_the_calendar_are_read() -> None:
    async with session() as s:
        account = await s.broker.account()
        assert account.cash == 100_000
        assert account.buying_power is not None
        clock = await s.broker.clock()
        assert (clock.ts, clock.is_open) == (at("10:00"), True)
        assert clock.next_close == at("16:00")
        [day] = await s.broker.calendar("2026-01-05", "2026-01-05")
        assert (day.open, day.close) == (at("09:30"), at("16:00"))


async def test_an_order_beyond_the_budget_is_not_placed() -> None:
    async with session(profile=replace(EXACT, rate_limited=True)) as s:
        s.venue.side._door._house.limit.limit = 0
        s.executor.accept(BUY)
        # The budget is the wall's minute: in its last two seconds it is worth waiting for.
        await s.becomes(BUY.id, S.NOT_PLACED)
        order = s.book.order(BUY.id)
        assert order is not None
        assert "too many requests" in order.reason


async def test_every_id_was_posted_once() -> None:
    async with session() as s:
        orders = [replace(REST, id=f"tp1-260105-0000000000{n:04d}-0") for n in range(30)]
        for order in orders:
            s.executor.accept(order)
        await s.becomes(orders[-1].id, S.WORKING)
        s.executor.cancel_all()
        await s.until(lambda: not s.book.open_orders)
        await s.consistent()
        posts = [o.client_id for o in s.venue.account.orders]
        assert sorted(posts) == sorted(order.id for order in orders)
        assert s.broker.order_requests >= 60
        assert msgspec.json.encode(s.alarms) == b"[]"
