"""F13: an acknowledged market order, and no fill is told within thirty seconds."""

import asyncio

import pytest

from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.orders import OrderState

S = OrderState


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("quantity", [10, -10])
def test_f13_a_silent_fill_is_found_by_looking_and_counted_once(quantity: int, seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="frame_loss", socket="account", lasting=60.0, times=10_000)
        h.harm(name="latency", seconds=4.0, times=3)
        order = h.order(quantity)
        h.executor.accept(order)
        await h.until(lambda: h.held() == quantity)
        began = asyncio.get_running_loop().time()
        await h.until(lambda: h.state(order.id) is S.FILLED)
        assert asyncio.get_running_loop().time() - began <= 12.0
        assert h.book.net("AAA") == quantity
        await asyncio.sleep(40.0)
        assert h.book.net("AAA") == h.held() == quantity

    simulated(scene, seed)


@pytest.mark.parametrize("state", ["cancel", "unknown"])
def test_f13_no_order_waits_for_ever_in_one_state(state: str) -> None:
    async def scene(h: House) -> None:
        h.harm(name="frame_loss", socket="account", lasting=60.0, times=10_000)
        if state == "unknown":
            h.harm(name="response_lost", method="POST")
        order = h.order(10, "1.00")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.WORKING, 30.0)
        h.executor.cancel(order.id)
        await h.until(lambda: h.state(order.id) is S.CANCELED, 30.0)

    simulated(scene)
