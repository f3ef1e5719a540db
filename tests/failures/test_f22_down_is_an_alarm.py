"""F22: the probe ran only while connected: three days of refused orders went unreported."""

import asyncio
from types import SimpleNamespace

import pytest

from faultsim.running import run_sim
from fed import Fed, fed
from tradeplat.app.feeding import Feeding
from tradeplat.core.conditions import Mode
from worlds import World


class Watched:
    """A floor whose entries respect the stream of `f`, and what a person is told."""

    def __init__(self, f: Fed) -> None:
        self.world = World(lambda _: {})
        self.alarms: list[tuple[float, str, str]] = []
        clock = SimpleNamespace(now=f.clock.now)
        self.feeding = Feeding(self.world.floor, clock, f.client, self.alarm)
        self.task = asyncio.get_running_loop().create_task(self.feeding.run())

    def alarm(self, code: str, line: str) -> None:
        self.alarms.append((asyncio.get_running_loop().time(), code, line))

    @property
    def mode(self) -> Mode:
        return self.world.house.conditions.mode()


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with fed(**how) as f:
            watched = Watched(f)
            try:
                await scene(f, watched)
            finally:
                watched.task.cancel()

    run_sim(play, seed)


@pytest.mark.parametrize("seed", range(2))
def test_f22_a_stream_that_stays_down_is_told_within_ten_seconds_and_again(seed: int) -> None:
    async def scene(f: Fed, w: Watched) -> None:
        await f.live()
        await asyncio.sleep(1.0)
        assert w.mode is Mode.NORMAL
        f.harm("connection_limit", seconds=1_000.0)
        began = asyncio.get_running_loop().time()
        f.cut()
        await f.until(lambda: w.mode is Mode.REDUCE_ONLY, 5.0)
        await f.until(lambda: w.alarms, 30.0)
        at, code, line = w.alarms[0]
        assert code == "STREAM_DOWN"
        assert "no entries" in line
        assert at - began <= 11.0
        await asyncio.sleep(900.0)
        assert len(w.alarms) == 3
        await f.live(300.0)
        await f.until(lambda: w.mode is Mode.NORMAL, 5.0)

    simulated(scene, seed, minutes=40)


def test_f22_a_short_loss_is_nobodys_night() -> None:
    async def scene(f: Fed, w: Watched) -> None:
        await f.live()
        for _ in range(5):
            f.cut()
            await asyncio.sleep(70.0)
        assert w.alarms == []
        assert w.mode is Mode.NORMAL

    simulated(scene)
