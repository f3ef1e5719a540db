"""The real venue, broker and executor, joined in one process on virtual time."""

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal

import pytest

from execution.trading import FoldingFloor
from faultsim.loop import SimLoop
from faultsim.running import run_sim
from markets import KEY, OPEN, SECOND, SECRET, quote, script
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import Seams, Timings
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.venue.faults import Fault
from tradeplat.venue.server import Venue, VenueOptions

Trace = list[tuple[float, str, str]]


async def traded(harm: Fault | None) -> Trace:
    """One market order on a venue that may misbehave: every state it went through, and when."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    quotes = [quote(OPEN + n * SECOND, 5.0, 5.02) for n in range(240)]
    venue = Venue(script(quotes), VenueOptions(), loop.time_ns, loop.wall_ns)
    trace: Trace = []
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(venue)
        clock = FollowedClock(0, 1.0, loop.time_ns)
        broker = await stack.enter_async_context(AlpacaBroker(venue.url, KEY, SECRET, clock))
        clock.anchor((await broker.clock()).ts, 1.0)
        floor = FoldingFloor()
        seams = Seams(alarm=lambda code, _: trace.append((loop.time(), "alarm", code)))
        executor = OrderExecutor(broker, floor.book, floor, clock, Timings(), seams)
        supervisor = await stack.enter_async_context(Supervisor(loop.rng))
        for name, body in executor.bodies().items():
            supervisor.start(name, body, OnFault.FATAL)
        await executor.account.until_live()
        if harm is not None:
            venue.floor.faults.arm(harm)
        now = clock.now()
        order = Order(
            "tp1-260105-00000000000001-0",
            venue.script.symbols[0],
            "s",
            Decimal(10),
            OrderType.MARKET,
            Purpose.ENTRY,
            now,
            now,
        )
        executor.accept(order)
        while (known := floor.book.order(order.id)) is None or known.open:
            floor.changed.clear()
            await floor.changed.wait()
            known = floor.book.order(order.id)
            if known is not None:
                trace.append((loop.time(), str(known.state), str(known.filled)))
        account = next(iter(venue.accounts))
        assert account.held(order.symbol).quantity == floor.book.net(order.symbol) == 10
    return trace


def test_an_order_fills_on_the_real_venue_in_virtual_time() -> None:
    trace = run_sim(lambda: traded(None), 1)
    assert trace[-1][1:] == (OrderState.FILLED, "10")


@pytest.mark.parametrize("seed", range(3))
def test_a_lost_answer_is_asked_about_and_the_same_seed_tells_the_same_story(seed: int) -> None:
    def lost() -> Fault:
        return Fault(name="response_lost", path="/v2/orders", method="POST")

    trace = run_sim(lambda: traded(lost()), seed)
    assert trace == run_sim(lambda: traded(lost()), seed)
    assert trace[-1][1] == OrderState.FILLED
