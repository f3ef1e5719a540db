"""F19: one channel dies while heartbeats and everything else go on."""

import pytest

from faultsim.running import run_sim
from fed import Fed, fed
from tradeplat.core.market import MINUTE


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(2))
def test_f19_bars_that_stop_while_quotes_go_on_are_missed_and_fetched(seed: int) -> None:
    async def scene(f: Fed) -> None:
        await f.until(lambda: len(f.bars()) >= 10, 900.0)
        f.harm("frame_loss", event="bars", socket="data", times=10**6)
        quotes = len(f.quotes())
        before = f.client.counters["reconnects"]
        took = await f.until(lambda: f.client.counters["reconnects"] > before, 600.0)
        # Four of the longest gap between bars lately, of a minute each, and one to begin with.
        assert took <= 310.0
        assert "bars mute" in f.client.connection.lost_because
        assert len(f.quotes()) > quotes + 100
        f.venue.floor.faults.clear()
        last = f.clock.now()
        await f.until(lambda: f.bars()[-1].ts > last - MINUTE, 120.0)
        assert f.whole("AAA")
        assert f.whole("BBB")

    simulated(scene, seed, minutes=40)


def test_f19_a_symbol_that_falls_silent_among_others_takes_no_entries() -> None:
    async def scene(f: Fed) -> None:
        await f.until(lambda: len(f.quotes()) > 60)
        for kind in ("bars", "quotes", "trades"):
            f.harm("frame_loss", event=kind, symbol="AAA", socket="data", times=10**6)
        took = await f.until(lambda: f.scopes.get("AAA") == "STREAM_DOWN", 60.0)
        assert took <= 40.0
        assert f.client.channels["AAA", "quotes"] == "mute"
        assert "BBB" not in f.scopes
        f.venue.floor.faults.clear()
        await f.live(30.0)

    simulated(scene)
