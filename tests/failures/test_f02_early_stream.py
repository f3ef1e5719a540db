"""F02: a retry fires although the stream has already shown that the order was accepted."""

import asyncio

import pytest

from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.orders import OrderState

S = OrderState


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("limit", ["", "1.00"])
def test_f02_an_acceptance_told_by_the_stream_ends_the_matter(limit: str, seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="slow", method="POST", seconds=30.0)
        order = h.order(10, limit)
        h.executor.accept(order)
        want = S.WORKING if limit else S.FILLED
        began = asyncio.get_running_loop().time()
        await h.until(lambda: h.state(order.id) is want)
        assert asyncio.get_running_loop().time() - began < 5.0
        await asyncio.sleep(40.0)
        assert h.state(order.id) is want
        assert h.posted() == [order.id]
        assert h.broker.order_requests == 1
        assert h.codes == []

    async def play() -> None:
        async with house() as h:
            await scene(h)

    run_sim(play, seed)
