"""F08: an outage: accepted orders are declared failed and forgotten, a position is left open."""

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


@pytest.mark.parametrize("error", ["http_5xx", "request_lost", "http_504", "garbage_body"])
def test_f08_while_nothing_can_be_read_no_order_is_given_up(error: str) -> None:
    async def scene(h: House) -> None:
        orders = [h.order(1, strategy=f"s{n}") for n in range(6)]
        h.harm(name="response_lost", method="POST", times=6, burst=6)
        h.harm(name=error, method="GET", lasting=60.0, times=100_000)
        for order in orders:
            h.executor.accept(order)
        await asyncio.sleep(55.0)
        # The stream has told of them; where it had not, they would be UNKNOWN: none is given up.
        assert all(h.state(o.id) in (S.FILLED, S.UNKNOWN, S.WORKING) for o in orders)
        await h.until(lambda: all(h.state(o.id) is S.FILLED for o in orders))
        assert h.book.net("AAA") == h.held() == 6
        assert len(h.posted()) == 6

    simulated(scene)


@pytest.mark.parametrize("seed", range(1))
def test_f08_with_the_stream_gone_too_they_stay_unknown_as_long_as_it_takes(seed: int) -> None:
    async def scene(h: House) -> None:
        orders = [h.order(1, strategy=f"s{n}") for n in range(3)]
        h.harm(name="response_lost", method="POST", times=3, burst=3)
        h.harm(name="frame_loss", socket="account", lasting=90.0, times=10_000)
        h.harm(name="http_5xx", method="GET", lasting=90.0, times=100_000)
        for order in orders:
            h.executor.accept(order)
        await asyncio.sleep(80.0)
        assert [h.state(o.id) for o in orders] == [S.UNKNOWN] * 3
        assert all(h.book.order(o.id).leaves for o in orders)
        await h.until(lambda: all(h.state(o.id) is S.FILLED for o in orders))
        assert h.book.net("AAA") == h.held() == 3

    simulated(scene, seed)
