"""F04: "cannot be cancelled" is read as never placed, or as cancelled, and the fill is missed."""

import asyncio

import pytest
from msgspec.structs import replace

import goals
from faultsim.loop import SimLoop
from faultsim.running import run_sim
from killing import House, house
from markets import SECOND, quote
from tradeplat.core.orders import OrderState
from tradeplat.venue.profile import PAPER, Profile

S = OrderState
MS = SECOND // 1_000


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


CASES = [
    (profile, cancel_first)
    for profile in (
        PAPER,
        replace(PAPER, latency=5 * MS, update_latency=50 * MS, partial_rate=0.9),
        replace(PAPER, latency=0, update_latency=0, update_before_response=True),
    )
    for cancel_first in (False, True)
]
"""A venue that takes both its time and tells later, one that fills in crumbs and tells late, and
one that does all at once and tells before it answers.
"""


def race(profile: Profile, step: int, *, cancel_first: bool) -> tuple[int, OrderState | None]:
    """Of a price that fills and a cancel, let the second come `step` steps of the loop behind the
    first; how many steps it took until the order was over, and what became of it.
    """

    async def play() -> tuple[int, OrderState | None]:
        async with house(seconds=30, profile=profile) as h:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, SimLoop)
            order = h.order(4, "4.98")
            h.executor.accept(order)
            await h.until(lambda: h.state(order.id) is S.WORKING)
            began, later = loop.steps, [
                lambda: h.venue.player.inject([quote(h.clock.now(), 4.90, 4.97)]),
                lambda: h.executor.cancel(order.id),
            ]  # fmt: skip
            if cancel_first:
                later.reverse()
            plain = loop._step

            def stepped(handle: asyncio.Handle) -> None:
                if later and loop.steps - began >= step:
                    later.pop()()
                plain(handle)

            later.pop(0)()
            vars(loop)["_step"] = stepped
            await h.until(lambda: not h.book.open_orders, 60.0)
            took = loop.steps - began
            await asyncio.sleep(1.0)
            (wire,) = h.account.orders
            ours = h.book.order(order.id)
            assert ours is not None
            assert (ours.filled, ours.state.value) == (wire.filled, wire.status.value)
            assert h.book.net("AAA") == h.held() == wire.filled
            assert h.codes == []
            return took, ours.state

    return run_sim(play, 1)


@goals.whole
@pytest.mark.parametrize("case", goals.many(1, len(CASES)))
def test_f04_at_every_interleaving_of_a_fill_and_a_cancel_both_agree(case: int) -> None:
    profile, cancel_first = CASES[case]
    longest, step, seen = 1, 0, set()
    while step <= longest:
        took, state = race(profile, step, cancel_first=cancel_first)
        longest, step = max(longest, took), step + 1
        seen.add(state)
    assert step > 5
    if not case:
        assert seen == {S.FILLED, S.CANCELED}


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
