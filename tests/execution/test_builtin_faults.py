"""Orders through the whole built-in venue while its REST fails on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from execution.loopback import QUICK
from execution.trading import FAST, FoldingFloor, S, revived
from markets import KEY, OPEN, SECRET, quote, venue
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.venue.faults import Fault
from tradeplat.venue.server import Venue

BUY = Order(
    "tp1-260105-00000000000001-0",
    "AAA",
    "s",
    Decimal(10),
    OrderType.MARKET,
    Purpose.ENTRY,
    OPEN,
    OPEN,
    stop_loss=Decimal("4.5"),
    take_profit=Decimal(6),
)


class Session:
    def __init__(self, served: Venue, broker: AlpacaBroker, clock: FollowedClock) -> None:
        self.served = served
        self.floor = FoldingFloor()
        self.executor = OrderExecutor(broker, self.floor.book, self.floor, clock, FAST)

    async def becomes(self, order_id: str, *states: S) -> None:
        async with asyncio.timeout(30):
            while (found := self.floor.book.order(order_id)) is None or found.state not in states:
                await asyncio.sleep(0.005)

    @property
    def placed(self) -> list[str]:
        return [o.client_id for account in self.served.accounts for o in account.orders]


@asynccontextmanager
async def session() -> AsyncIterator[Session]:
    quotes = [quote(OPEN + n * SECOND // 10) for n in range(600)]
    async with venue(quotes, speed=1.0) as served:
        clock = FollowedClock(served.clock.now())
        async with AlpacaBroker(served.url, KEY, SECRET, clock, QUICK) as broker:
            made = Session(served, broker, clock)
            tasks = [asyncio.create_task(revived(body)) for body in made.executor.bodies().values()]
            await made.executor.account.until_live()
            try:
                yield made
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


def fault(name: str, **more: object) -> Fault:
    return Fault(name=name, path="/v2/orders", method="POST", **more)


@pytest.mark.parametrize(
    ("harm", "taken"),
    [
        (fault("response_lost"), True),
        (fault("http_504"), True),
        (fault("garbage_body", body="<html>"), True),
        (fault("truncated_body"), True),
        (fault("slow", seconds=3.0), True),
        (fault("slow_body", seconds=3.0), True),
        (fault("accepted_late", seconds=0.1), True),
        (fault("request_lost"), False),
        (fault("http_5xx", after=False), False),
    ],
)
async def test_a_failed_answer_ends_with_one_order_or_none(harm: Fault, *, taken: bool) -> None:
    async with session() as s:
        s.served.faults.arm(harm)
        s.executor.accept(BUY)
        await s.becomes(BUY.id, S.FILLED if taken else S.NOT_PLACED)
        assert s.placed.count(BUY.id) == int(taken)
        if taken:
            await s.becomes(f"{BUY.id}-sl", S.WORKING)
            assert s.floor.book.net("AAA") == 10
            holding = s.floor.book.holding("s", "AAA")
            assert (holding.stop, holding.target) == (4.5, 6.0)


async def test_a_venue_that_fails_at_everything_for_a_while_is_survived() -> None:
    async with session() as s:
        s.executor.accept(BUY)
        await s.becomes(f"{BUY.id}-sl", S.WORKING)
        await s.becomes(BUY.id, S.FILLED)
        s.served.faults.arm(Fault(status=502, times=6))
        leave = Order(
            "tp1-260105-00000000000002-0", "AAA", "s", Decimal(-10), OrderType.MARKET,
            Purpose.EXIT, OPEN, s.served.clock.now(),
        )  # fmt: skip
        s.executor.accept(leave)
        await s.becomes(leave.id, S.FILLED, S.NOT_PLACED)
        assert s.placed.count(leave.id) <= 1
        if s.floor.book.order(leave.id).state is S.FILLED:
            assert s.floor.book.net("AAA") == 0
