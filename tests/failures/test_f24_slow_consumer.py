"""F24: a desk that is slower than its data lags alone, and what it gets is the newest."""

import asyncio

import pytest

from faultsim.running import run_sim
from fed import START, Fed, fed, traffic
from markets import quote
from tradeplat.core.market import SECOND

RATE = 2_000
BURST = (START + 120 * SECOND, START + 125 * SECOND)
PAUSE = 0.25
"""Virtual seconds a desk takes over each batch."""
TICK = 0.05


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            await scene(f)

    run_sim(play, seed)


def burst() -> list:
    """Five seconds of 2,000 quotes a second in AAA, on top of the usual traffic."""
    events = traffic(6, ("AAA", "BBB"))
    for number in range(5 * RATE):
        ts = BURST[0] + number * SECOND // RATE
        events.append(quote(ts, 4.0 + number / 10_000, 6.0, "AAA"))
    return events


def age(f: Fed, symbol: str) -> float:
    """Seconds by which the newest quote that a desk was shown is behind the market's clock."""
    return (f.clock.now() - f.quotes(symbol)[-1].ts) / SECOND


@pytest.mark.parametrize("seed", range(2))
def test_f24_a_burst_is_conflated_for_a_slow_desk_and_reaches_the_newest(seed: int) -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        f.pause = lambda: PAUSE
        await f.until(lambda: f.quotes("AAA") and f.quotes("BBB"))
        read = f.client.counters["messages"]
        while f.clock.now() < START + 135 * SECOND:
            await asyncio.sleep(TICK)
            counters = f.client.counters
            before, read = read, counters["messages"]
            if BURST[0] + SECOND <= f.clock.now() <= BURST[1]:
                # The reader takes what comes as it comes, whoever sleeps on it.
                assert read - before >= RATE * TICK * 0.9
                assert age(f, "AAA") <= PAUSE + TICK
                assert counters["lag_ms"] <= 50
            # The other desk has one quote a second, and waits for nobody either.
            assert age(f, "BBB") <= 1.0 + PAUSE + TICK
            assert counters["depth"] <= 10
        assert counters["conflated"] > 5_000
        assert counters["dropped"] == 0
        assert f.whole("AAA")
        assert not f.scopes

    simulated(scene, seed, events=burst())


def test_f24_data_that_comes_ten_seconds_late_is_measured_and_told() -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        await asyncio.sleep(20.0)
        assert f.client.counters["lag_ms"] <= 50
        f.harm("stream_delay", socket="data", seconds=10.0, times=10**6)
        await f.until(lambda: f.client.counters["lag_ms"] >= 9_900, 30.0)
        await f.until(lambda: "DATA_LATE" in f.alarms, 10.0)
        f.venue.floor.faults.clear()
        await f.until(lambda: f.client.counters["lag_ms"] <= 50, 30.0)
        assert f.alarms.count("DATA_LATE") == 1

    simulated(scene)
