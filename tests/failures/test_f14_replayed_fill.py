"""F14: replayed "new" and "fill" events of an order that is over pass the duplicate guard."""

import asyncio
from pathlib import Path

import pytest

from faultsim.running import run_sim
from killing import House, house
from lives import life, market
from tradeplat.core.orders import OrderState

S = OrderState
AGAIN = ("stream_replay", "stream_duplicate", "stream_delay", "stream_reorder")


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("name", AGAIN)
@pytest.mark.parametrize("seed", range(2))
def test_f14_whatever_is_told_again_or_late_is_counted_once(name: str, seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name=name, socket="account", probability=0.6, times=200)
        h.harm(name="partial_one_share", times=6, burst=6)
        for number in range(6):
            h.executor.accept(h.order(5 if number % 3 else -5, strategy=f"s{number}"))
            await asyncio.sleep(0.3)
        await asyncio.sleep(40.0)
        assert h.venue.faults.struck[name]
        assert not h.book.open_orders
        assert h.book.net("AAA") == h.held()
        assert "illegal_transition" not in h.codes
        for wire in h.account.orders:
            order = h.book.order(wire.client_id)
            assert (order.state, order.filled) == (S.FILLED, wire.filled)

    simulated(scene, seed)


def test_f14_a_replay_after_a_restart_changes_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with market() as venue:
            async with life(venue, tmp_path) as first:
                await first.confirmed()
                await first.done(first.order(1))
                cash = first.book.cash
            async with life(venue, tmp_path) as again:
                again.harm("stream_replay", socket="account", probability=1.0, times=50)
                await again.confirmed()
                await again.done(again.order(2, 3, symbol="BBB"))
                await asyncio.sleep(20.0)
                assert again.book.net("AAA") == again.held() == 10
                assert again.book.held("s", "AAA").quantity == 10
                assert abs(again.book.cash - cash) < 30

    run_sim(play, 1)
