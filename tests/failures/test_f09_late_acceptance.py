"""F09: orders that were given up are accepted late, and fill while nobody looks."""

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


@pytest.mark.parametrize("seconds", [3.0, 20.0, 45.0, 89.0])
def test_f09_a_market_order_accepted_late_is_counted_whenever_it_fills(seconds: float) -> None:
    async def scene(h: House) -> None:
        h.harm(name="accepted_late", method="POST", seconds=seconds)
        order = h.order(10)
        h.executor.accept(order)
        await asyncio.sleep(seconds + 15.0)
        resurrected = "order_resurrected" in h.codes
        assert resurrected is ("order_not_placed" in h.codes)
        # One that had been given up is cancelled as it appears: it may fill before that or not.
        assert h.state(order.id) is (S.CANCELED if resurrected and not h.held() else S.FILLED)
        assert h.book.net("AAA") == h.held()
        assert h.posted() == [order.id]

    simulated(scene)


@pytest.mark.parametrize("seed", range(1))
def test_f09_a_dead_order_that_comes_to_life_is_cancelled_at_once(seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="accepted_late", method="POST", seconds=80.0)
        order = h.order(10, "1.00")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.NOT_PLACED, 60.0)
        await asyncio.sleep(5.0)
        await h.until(lambda: "order_resurrected" in h.codes)
        await h.until(lambda: h.state(order.id) is S.CANCELED, 20.0)
        assert h.working() == []

    simulated(scene, seed)
