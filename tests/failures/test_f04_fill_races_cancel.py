"""F04: "cannot be cancelled" is read as never placed, or as cancelled, and the fill is missed."""

import asyncio

import pytest

from faultsim.running import run_sim
from killing import House, house
from markets import quote
from tradeplat.core.orders import OrderState

S = OrderState


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(6))
def test_f04_a_fill_at_any_moment_of_a_cancel_is_counted_once(seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="fill_races_cancel", probability=0.6, times=20)
        orders = await h.resting(5, "4.98")
        for number, order in enumerate(orders):
            if number % 2:
                h.venue.player.inject([quote(h.clock.now(), 4.90, 4.97)])
            h.executor.cancel(order.id)
            await asyncio.sleep(0.01 * seed)
        await h.until(lambda: not h.book.open_orders)
        assert h.book.net("AAA") == h.held()
        for order in orders:
            wire = h.account.orders.by_client_id(order.id)
            assert h.book.order(order.id).filled == wire.filled
            assert h.state(order.id) in (S.FILLED, S.CANCELED)
        assert len(h.posted()) == 5

    simulated(scene, seed)


@pytest.mark.parametrize("status", [404, 422, 409])
def test_f04_a_refused_cancel_is_asked_about_and_the_order_stays_what_it_is(status: int) -> None:
    async def scene(h: House) -> None:
        [order] = await h.resting(1)
        body = '{"code":40410000,"message":"order not found"}'
        h.harm(name="http_status", method="DELETE", status=status, body=body, times=2)
        h.executor.cancel(order.id)
        await asyncio.sleep(0.5)
        assert h.state(order.id) in (S.WORKING, S.CANCEL_PENDING)
        await h.until(lambda: h.state(order.id) is S.CANCELED)
        assert h.account.orders.by_client_id(order.id).status.value == "canceled"

    simulated(scene)


def test_f04_a_fill_after_the_cancel_was_confirmed_is_booked_and_told() -> None:
    async def scene(h: House) -> None:
        order = h.order(10, "1.00")
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.WORKING)
        h.harm(name="fill_races_cancel")
        h.executor.cancel(order.id)
        await h.until(lambda: not h.book.open_orders and h.book.net("AAA") == h.held())
        assert h.book.order(order.id).filled == h.account.orders.by_client_id(order.id).filled

    simulated(scene, 2)
