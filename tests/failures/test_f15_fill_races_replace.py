"""F15: a fill is lost while a change of the order is under way."""

import asyncio
from decimal import Decimal

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


@pytest.mark.parametrize("seed", range(4))
def test_f15_a_stop_that_fills_while_it_is_moved_is_counted_once(seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name="fill_races_replace", probability=0.7, times=20)
        entry = h.order(100, stop_loss=Decimal("4.00"))
        h.executor.accept(entry)
        await h.until(lambda: h.state(entry.id) is S.FILLED)
        for level in ("4.10", "4.20", "4.30"):
            h.executor.protect(entry.id, Decimal(level), None)
            await asyncio.sleep(0.02 * seed)
        await asyncio.sleep(15.0)
        assert h.book.net("AAA") == h.held()
        ours = {order.venue_id: order.filled for order in h.book.open_orders.values()}
        assert ours == {order.id: order.filled for order in h.account.orders.open_orders()}
        for wire in h.account.orders:
            names = [name for name, venue_id in h.broker.names._venue_ids.items()
                     if venue_id == wire.id]  # fmt: skip
            assert [h.book.order(name).filled for name in names] == [wire.filled]

    simulated(scene, seed)
