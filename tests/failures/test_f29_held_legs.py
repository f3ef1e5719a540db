"""F29: held legs are in no list of open orders, hold the shares, and make the exit fail."""

import asyncio
from decimal import Decimal

import pytest

from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.ids import is_flatten
from tradeplat.core.orders import OrderState, Purpose

LEGS = {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}


def simulated(scene, seed: int) -> None:
    async def play() -> None:
        async with house() as h:
            await scene(h)

    run_sim(play, seed)


async def bracketed(h: House, quantity: int = 20) -> None:
    await h.filled(quantity, **LEGS)
    await h.until(lambda: len(h.book.open_orders) == 2)
    (held,) = await h.broker.positions()
    assert held.free == 0


@pytest.mark.parametrize("seed", range(3))
def test_f29_flatten_with_a_bracket_open_withdraws_its_legs_first(seed: int) -> None:
    async def scene(h: House) -> None:
        await bracketed(h)
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.flat
        assert ended.orders == 1
        assert h.held() == 0
        assert not h.working()
        refused = [o for o in h.account.orders if o.status.value == "rejected"]
        assert not refused

    simulated(scene, seed)


@pytest.mark.parametrize("seed", range(3))
def test_f29_a_strategys_exit_waits_for_its_legs(seed: int) -> None:
    async def scene(h: House) -> None:
        await bracketed(h)
        leave = h.order(-20, purpose=Purpose.EXIT)
        h.executor.accept(leave)
        await h.until(lambda: h.state(leave.id) is OrderState.FILLED)
        assert h.held() == 0
        await h.until(lambda: not h.working())

    simulated(scene, seed)


@pytest.mark.parametrize("seed", range(3))
def test_f29_legs_whose_cancel_is_slow_or_lost_are_waited_for(seed: int) -> None:
    async def scene(h: House) -> None:
        await bracketed(h)
        h.harm("latency", times=4, seconds=1.5)
        h.harm("response_lost", path="/v2/orders", method="DELETE", times=1)
        ended = await h.killer.flatten(None, "test", "drill")
        assert ended.flat, ended
        assert h.held() == 0
        closing = [o for o in h.account.orders if is_flatten(o.client_id)]
        assert sum(o.filled for o in closing) <= 20

    simulated(scene, seed)


def test_f29_a_leg_that_fills_meanwhile_leaves_nothing_to_close() -> None:
    async def scene(h: House) -> None:
        await bracketed(h)
        h.harm("fill_races_cancel", times=2)
        ended = await h.killer.flatten(None, "test", "drill")
        await asyncio.sleep(3.0)
        assert ended.flat
        assert h.held() == 0

    simulated(scene, 1)
