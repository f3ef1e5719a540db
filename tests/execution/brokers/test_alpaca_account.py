import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
import pytest

from exchanges import EXACT
from execution.loopback import QUICK, TestClock, connected, then
from loopback_venue import KEY, SECRET, LoopbackVenue, loopback
from tradeplat.core.errors import Ambiguous, Denied, Throttled
from tradeplat.core.instrument import Asset
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.core.ports import ActivityKind, Held
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.venue.faults import Fault


@asynccontextmanager
async def held(**options: object) -> AsyncIterator[tuple[LoopbackVenue, AlpacaBroker]]:
    """The built-in venue with ten AAA held."""
    async with loopback(**options) as venue:
        clock = TestClock(venue.clock.ts)
        async with AlpacaBroker(venue.url, KEY, SECRET, clock, QUICK) as broker:
            await broker.submit(made("in", 10))
            yield venue, broker


def made(name: str, quantity: int, **more: object) -> Order:
    order_id = f"tp1-260105-{name:0>14}-0"
    asked = {"type": OrderType.MARKET, "purpose": Purpose.ENTRY, "cause": 1, "created": 1} | more
    return Order(order_id, "AAA", "s", Decimal(quantity), **asked)


async def each(broker: AlpacaBroker, orders: list[Order]) -> None:
    for order in orders:
        await broker.submit(order)


async def test_a_position_tells_what_of_it_is_free() -> None:
    async with held() as (_, broker):
        last = Decimal("4.995")
        held_ten = Held("AAA", Decimal(10), Decimal(10), Decimal(5), last)
        assert await broker.position("AAA") == held_ten
        await broker.submit(made("out", -4, type=OrderType.LIMIT, limit=Decimal(9)))
        assert await broker.positions() == (Held("AAA", Decimal(10), Decimal(6), Decimal(5), last),)
        assert await broker.position("BBB") is None


async def test_everything_is_cancelled_and_closed_by_the_venue_itself() -> None:
    async with held() as (_, broker):
        await broker.submit(made("out", -4, type=OrderType.LIMIT, limit=Decimal(9)))
        assert await broker.cancel_all() == {}
        assert await broker.open_orders() == []
        assert await broker.close_all() == {}
        assert await broker.positions() == ()
        assert await broker.close_all() == {}


async def test_what_cannot_be_closed_is_named_with_the_venues_words() -> None:
    async with held() as (_, broker), connected() as (scripted, other):
        rows = '[{"symbol":"AAA","status":403,"body":{"message":"held"}},{"id":"x","status":500}]'
        scripted.script["DELETE"] += [
            then(207, rows, accept=False),
            then(404, "<html>", accept=False),
            then(401, '{"message":"unauthorized."}', accept=False),
        ]
        assert await other.close_all() == {"AAA": "HTTP 403 held", "x": "HTTP 500"}
        with pytest.raises(Ambiguous):
            await other.cancel_all()
        with pytest.raises(Denied):
            await other.cancel_all()
        assert await broker.position("AAA") is not None


async def test_fills_are_read_page_by_page_under_our_names() -> None:
    async with held() as (venue, broker):
        for number in range(130):
            venue.wait(1.0)
            venue.quote(4.99, 5.00)
            await broker.submit(made(f"b{number}", 1 if number % 2 else -1))
        found = await broker.fills(0)
        assert len(found) == 131
        assert [one.ts for one in found] == sorted(one.ts for one in found)
        assert sum(one.quantity for one in found) == 10
        first = found[0]
        assert (first.kind, first.order_id) == (ActivityKind.FILL, made("in", 10).id)
        assert (first.quantity, first.price, first.cumulative) == (10, 5, 10)
        assert first.exec_id
        assert first.exec_id == venue.account.fills[0].exec_id
        assert await broker.fills(found[100].ts) == found[100:]
        assert await broker.activities(found[-1].ts) == found[-1:]


async def test_an_asset_is_asked_for_once() -> None:
    async with held() as (venue, broker):
        aaa = await broker.asset("AAA")
        assert aaa == Asset(
            "AAA", tradable=True, shortable=True, borrow_known=True, fractionable=True
        )
        bbb = await broker.asset("BBB")
        assert bbb is not None
        assert not bbb.shortable
        ddd = await broker.asset("DDD")
        assert ddd is not None
        assert not ddd.tradable
        assert await broker.asset("ZZZ") is None
        assert sorted(broker.assets) == ["AAA", "BBB", "DDD"]
        venue.side.exchange.universe = None
        assert await broker.asset("AAA") is aaa


async def test_a_bust_is_reported_as_a_smaller_total_that_counts() -> None:
    async with held() as (venue, broker):
        venue.side.exchange.faults.arm(Fault(name="bust", seconds=1))
        async with broker.updates() as feed:
            await broker.submit(made("more", 4))
            venue.wait(1.0)
            async with asyncio.timeout(30):
                async for report in feed:
                    if report.corrects:
                        break
        assert (report.order_id, report.filled, report.average) == (made("more", 4).id, 0, None)
        assert report.exec_id
        assert report.reason == "trade_bust"
        *_, bust = await broker.fills(0)
        assert (bust.kind, bust.quantity, bust.cumulative) == (ActivityKind.BUST, -4, 0)
        assert bust.exec_id == report.exec_id
        assert bust.corrects == venue.account.fills[-2].exec_id


async def test_the_reserve_lets_cancels_through_a_storm_that_stops_entries() -> None:
    strict = msgspec.structs.replace(EXACT, rate_limit=20, rate_limited=True)
    async with held(profile=strict) as (_, broker):
        order = made("rest", 1, type=OrderType.LIMIT, limit=Decimal(1))
        await broker.submit(order)
        entry = made("x", 1, type=OrderType.LIMIT, limit=Decimal(1))
        same = [msgspec.structs.replace(entry, id=f"{entry.id}{number}") for number in range(20)]
        with pytest.raises(Throttled, match="budget of requests is used up"):
            await each(broker, same)
        assert broker.rationed(5) > 5
        assert await broker.cancel(order)
        assert await broker.find(order.id) is not None
        assert len(await broker.positions()) == 1
