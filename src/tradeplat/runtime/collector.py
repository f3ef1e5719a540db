"""Keeps the garbage collector from stopping the loop in the middle of things."""

import asyncio
import gc
from collections.abc import Callable
from typing import Self

PERIOD = 60.0
"""Seconds between looks for a good moment."""
OVERDUE = 1_800.0
"""Seconds after which any moment will do."""
THRESHOLDS = (2_000, 10, 1_000_000)
"""Young objects are looked through after so many new ones were kept; old ones by `run` alone."""


class Collector:
    """While open, a full collection happens when told, not when a count of objects says so.

    A session keeps millions of objects for corrections and repeats; looking through all of them
    takes tenths of a second in which nothing is traded. What exists at the start (the program
    itself, mostly) is never looked through again; young objects still are, which takes
    microseconds and finds nearly all garbage there is. The rest is found by `run` when `idle`
    says that nothing is at stake, and at the latest after half an hour.
    """

    def __init__(self, idle: Callable[[], bool]) -> None:
        self._idle = idle
        self._before = gc.get_threshold()
        self.full = 0
        """Full collections so far."""
        self.worst_ms = 0.0
        """How long the longest of them stopped everything."""

    def __enter__(self) -> Self:
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        return self

    def __exit__(self, *_: object) -> None:
        gc.set_threshold(*self._before)
        gc.unfreeze()

    async def run(self) -> None:
        """Collect at good moments, for ever."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(PERIOD)
            if self._idle() or loop.time() - last >= OVERDUE:
                self.collect()
                last = loop.time()

    def collect(self) -> None:
        """Look through everything now."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        gc.collect()
        self.full += 1
        self.worst_ms = max(self.worst_ms, (loop.time() - began) * 1e3)
