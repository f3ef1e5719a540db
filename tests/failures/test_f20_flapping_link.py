"""F20: a link that breaks each ten seconds must cost no bar."""

import asyncio

import pytest

from faultsim.running import run_sim
from fed import Fed, fed
from tradeplat.core.market import MINUTE


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(3))
def test_f20_every_bar_is_there_once_and_in_order_after_twenty_minutes(seed: int) -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        for _ in range(120):
            await asyncio.sleep(10.0)
            f.cut()
        await f.live()
        await asyncio.sleep(70.0)
        last = f.clock.now() // MINUTE * MINUTE
        for symbol in f.shown:
            assert f.whole(symbol)
            assert f.bars(symbol)[-1].ts >= last - MINUTE
            times = [bar.ts for bar in f.bars(symbol)]
            assert len(times) >= 20
        # A minute in peace starts the delays over: until then they grow, up to half a minute.
        assert f.client.counters["reconnects"] >= 20

    simulated(scene, seed, minutes=30)


@pytest.mark.parametrize("gap", [1.0, 30.0, 600.0])
def test_f20_a_gap_of_any_length_is_closed_before_entries_are_taken(gap: float) -> None:
    async def scene(f: Fed) -> None:
        await f.until(lambda: len(f.bars()) >= 3, 300.0)
        f.harm("connection_limit", seconds=gap)
        f.cut()
        await f.until(lambda: f.scopes)
        took = await f.live(gap + 120.0)
        # A slot that is held is asked for each ten seconds (reliability.md 4.1).
        assert took <= gap + 15.0
        assert f.whole("AAA")
        newest = f.bars()[-1].ts
        assert f.clock.now() - newest <= 2 * MINUTE

    simulated(scene, minutes=40)
