"""F10: retries are exhausted, the order counts as failed while it lives, and orders stack up."""

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


def test_f10_it_takes_three_clean_answers_over_thirty_seconds_to_give_an_order_up() -> None:
    async def scene(h: House) -> None:
        loop = asyncio.get_running_loop()
        h.harm(name="request_lost", method="POST")
        order = h.order(10)
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.UNKNOWN)
        began = loop.time()
        await h.until(lambda: h.state(order.id) is S.NOT_PLACED)
        assert 29.0 <= loop.time() - began <= 60.0
        assert h.codes.count("order_not_placed") == 1

    simulated(scene)


def test_f10_without_the_account_stream_not_found_proves_nothing() -> None:
    async def scene(h: House) -> None:
        h.harm(name="request_lost", method="POST")
        h.harm(name="connection_limit", socket="account", seconds=60.0)
        order = h.order(10)
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.UNKNOWN)
        for socket in h.venue.floor.sockets.matching("/stream"):
            socket.abort()
        await h.until(lambda: not h.executor.account.live)
        while not h.executor.account.live:
            assert h.state(order.id) is S.UNKNOWN
            await asyncio.sleep(0.5)
        await h.until(lambda: h.state(order.id) is S.NOT_PLACED)

    simulated(scene)


@pytest.mark.parametrize("seed", range(1))
def test_f10_a_forgotten_id_is_not_a_failed_order_and_nothing_is_stacked(seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="response_lost", method="POST", times=5, burst=5)
        h.harm(name="forgotten_id", seconds=25.0, times=100, burst=100)
        orders = [h.order(2, "1.00", strategy=f"s{n}") for n in range(5)]
        for order in orders:
            h.executor.accept(order)
        await asyncio.sleep(60.0)
        assert [h.state(o.id) for o in orders] == [S.WORKING] * 5
        assert sorted(h.posted()) == sorted(o.id for o in orders)
        assert sum(abs(o.leaves) for o in h.book.open_orders.values()) == 10

    simulated(scene, seed)
