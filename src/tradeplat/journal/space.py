"""Room on the disk: a person hears when it runs short, and nothing is opened before it is out."""

import asyncio
import os
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.ports import Clock
from tradeplat.journal.disk import Disk

SOURCE = "disk"
"""The source of the conditions that the guard asks for."""

MIB = 1 << 20


class Room(NamedTuple):
    """Bytes of a file system: those that may still be written, and all."""

    free: int
    total: int


class Level(IntEnum):
    """How much room there is."""

    AMPLE = 0
    LOW = 1
    """A person has to make room; logs say only what matters."""
    SCARCE = 2
    """Orders may only reduce."""


class Bounds(NamedTuple):
    """Bytes, and parts of the disk, below which room is low or scarce."""

    low: int = 1024 * MIB
    low_part: float = 0.05
    scarce: int = 200 * MIB
    margin: float = 1.25
    """What was low or scarce has to exceed its bound by this factor to be so no more."""
    period: float = 5.0
    """Seconds of the loop between looks."""


class Told(NamedTuple):
    """Who hears of it: a condition to impose, an alarm, and whether logs have to be terse."""

    impose: Callable[[Condition], object]
    alarm: Callable[[str, str], None]
    terse: Callable[[bool], None]


def room(folder: Path) -> Room:
    """The room on the file system of `folder`; OSError when it cannot be asked."""
    told = os.statvfs(folder)
    return Room(told.f_bavail * told.f_frsize, told.f_blocks * told.f_frsize)


def level(found: Room, before: Level, bounds: Bounds) -> Level:
    """How much room `found` is, given how much there was `before`."""
    low = max(bounds.low, int(found.total * bounds.low_part))
    for judged, bound in ((Level.SCARCE, bounds.scarce), (Level.LOW, low)):
        if found.free < bound * (bounds.margin if before >= judged else 1.0):
            return judged
    return Level.AMPLE


class DiskGuard:
    """Looks at the room under `folder`, again and again; `run` is supervised.

    The last records fit in any case: the journal's log was allocated beforehand
    (journal/orders.py).
    """

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        clock: Clock,
        told: Told,
        bounds: Bounds = Bounds(),  # noqa: B008  # a frozen tuple of numbers
        measure: Callable[[Path], Room] = room,
    ) -> None:
        self.level = Level.AMPLE
        self._disk = disk
        self._folder = folder
        self._clock = clock
        self._told = told
        self._bounds = bounds
        self._measure = measure
        self._blind = False

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(self._bounds.period)

    async def look(self) -> None:
        """Look once, and tell what changed."""
        try:
            found = await self._disk.run(lambda: self._measure(self._folder))
        except OSError as error:
            if not self._blind:
                self._told.alarm("disk_unread", f"{self._folder}: {error.strerror}")
            self._blind = True
            return
        self._blind = False
        before, self.level = self.level, level(found, self.level, self._bounds)
        if self.level != before:
            self._tell(before, found)

    def _tell(self, before: Level, found: Room) -> None:
        left = f"{found.free / MIB:,.0f} MiB of {found.total / MIB:,.0f} free at {self._folder}"
        if self.level > before:
            self._told.alarm(f"disk_{self.level.name.lower()}", left)
        self._told.terse(self.level > Level.AMPLE)
        if Level.SCARCE in (before, self.level):
            mode = Mode.REDUCE_ONLY if self.level is Level.SCARCE else Mode.NORMAL
            now = self._clock.now()
            self._told.impose(Condition(SOURCE, ACCOUNT, mode, "MODE", left, SOURCE, now))
