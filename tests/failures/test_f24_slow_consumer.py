"""F24: a desk that is slower than its data lags alone, and what it gets is the newest."""

import asyncio

import pytest

from faultsim.running import run_sim
from fed import START, Fed, fed, traffic
from markets import quote
from tradeplat.core.market import SECOND


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


def burst() -> list:
    """Five seconds of 2,000 quotes a second in AAA, on top of the usual traffic."""
    events = traffic(6, ("AAA", "BBB"))
    begin = START + 120 * SECOND
    for number in range(10_000):
        ts = begin + number * 500_000
        events.append(quote(ts, 4.0 + number / 10_000, 6.0, "AAA"))
    return events


@pytest.mark.parametrize("seed", range(2))
def test_f24_a_burst_is_conflated_for_a_slow_desk_and_reaches_the_newest(seed: int) -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        f.pause = lambda: 0.25
        loop = asyncio.get_running_loop()
        lags: list[float] = []
        while f.clock.now() < START + 135 * SECOND:
            due = loop.time() + 0.05
            await asyncio.sleep(0.05)
            lags.append(loop.time() - due)
        counters = f.client.counters
        assert counters["conflated"] > 5_000
        assert counters["depth"] <= 10
        assert counters["dropped"] == 0
        # What the slow desk holds is as new as what the quick wire brought.
        assert f.clock.now() - f.quotes("AAA")[-1].ts <= 2 * SECOND
        assert f.clock.now() - f.quotes("BBB")[-1].ts <= 2 * SECOND
        assert f.whole("AAA")
        assert not f.scopes

    simulated(scene, seed, events=burst())
