"""A loop that is late is told, one that stood still takes no entries for a while."""

import asyncio
import time

from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.watchdog_loop import PAUSE, TICK, LoopWatch


class Told:
    def __init__(self) -> None:
        self.alarms: list[str] = []
        self.pauses: list[str] = []
        self.armed = 0
        self.metrics = Metrics()
        self.watch = LoopWatch(
            self.metrics, lambda code, _: self.alarms.append(code), self.pauses.append, self.arm
        )

    def arm(self) -> None:
        self.armed += 1


def test_ticks_in_time_are_only_measured() -> None:
    told = Told()
    for n in range(1000):
        told.watch.tick(n * TICK, 0.001)
    assert (told.alarms, told.pauses) == ([], [])


def test_one_tick_in_a_hundred_that_is_late_is_told_once_a_minute() -> None:
    told = Told()
    for n in range(1200):
        told.watch.tick(n * TICK, 0.15 if n % 40 == 0 else 0.0)
    assert told.alarms == ["LOOP_LAG"]


def test_a_stall_takes_entries_away_and_gives_them_back() -> None:
    told = Told()
    told.watch.tick(0.0, 1.5)
    told.watch.tick(5.0, 1.2)
    told.watch.tick(5.0 + PAUSE - 0.1, 0.0)
    assert told.watch.paused
    told.watch.tick(5.0 + PAUSE, 0.0)
    assert told.alarms == ["LOOP_STALLED", "LOOP_STALLED"]
    assert told.pauses == ["the loop stood still for 1.5 s", ""]
    assert told.watch.worst == 1.5


async def test_a_blocking_call_is_seen_on_a_real_loop() -> None:
    told = Told()
    body = asyncio.ensure_future(told.watch.run())
    try:
        async with asyncio.timeout(30):
            while not told.armed:
                await asyncio.sleep(0)
            time.sleep(1.1)  # noqa: ASYNC251  # the very mistake that is to be found
            while not told.pauses:
                await asyncio.sleep(0.01)
    finally:
        body.cancel()
    assert told.alarms == ["LOOP_STALLED"]
