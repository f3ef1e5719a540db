"""Watches what this process takes of its machine: memory, descriptors, tasks."""

import asyncio
import os
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

LOOK = 5.0
"""Seconds between looks."""
MIB = 2**20
MEMORY = 1536 * MIB
"""Resident bytes from which entries are paused (reliability.md 9)."""
TASKS = 5_000
SHARE = 0.8
"""Of the descriptors that the process may open."""


def limits() -> dict[str, float]:
    """What a process may take of each thing, by name."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = soft * SHARE if soft > 0 else float("inf")
    return {"memory": float(MEMORY), "descriptors": files, "tasks": float(TASKS)}


def taken() -> dict[str, float]:
    """What this process takes of each thing right now; what cannot be read is left out."""
    found: dict[str, float] = {"tasks": float(len(asyncio.all_tasks()))}
    # Not every system tells, and what is left out has no limit to be over.
    with suppress(OSError, ValueError, IndexError):  # not every system tells
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        found["memory"] = float(pages * os.sysconf("SC_PAGE_SIZE"))
        found["descriptors"] = float(sum(1 for _ in Path("/proc/self/fd").iterdir()))
    return found


class ResourceWatch:
    """Tells when something is over its limit, and lets `pause` know why entries are not to be
    taken; with an empty text they are again, once all is within nine tenths of its limit.
    """

    def __init__(
        self,
        alarm: Callable[[str, str], None],
        pause: Callable[[str], None],
        gauges: dict[str, float],
        allowed: Mapping[str, float],
        read: Callable[[], Mapping[str, float]] = taken,
    ) -> None:
        self._alarm = alarm
        self._pause = pause
        self._gauges = gauges
        self._allowed = allowed
        self._read = read
        self._over: set[str] = set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            await asyncio.sleep(LOOK)

    def look(self) -> None:
        """Judge what is taken now."""
        before = bool(self._over)
        for name, value in self._read().items():
            self._gauges[name] = value
            most = self._allowed[name]
            if value > most and name not in self._over:
                self._over.add(name)
                words = f"{name}: {_told(name, value)}, limit {_told(name, most)}"
                self._alarm("RESOURCES", f"{words}; no entries until it is less")
                self._pause(words)
            elif value <= 0.9 * most:
                self._over.discard(name)
        if before and not self._over:
            self._pause("")


def _told(name: str, value: float) -> str:
    return f"{value / MIB:.0f} MiB" if name == "memory" else f"{value:.0f}"
