import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.conditions import Condition, Mode
from tradeplat.journal.disk import InlineDisk
from tradeplat.journal.space import MIB, Bounds, DiskGuard, Level, Room, Told, level, room
from waits import until

GIB = 1024 * MIB
BOUNDS = Bounds()


class Clock:
    def now(self) -> int:
        return 7

    async def sleep_until(self, ts: int) -> None:
        return


class Guarded:
    """A disk whose room is told, and who heard what of it."""

    def __init__(self) -> None:
        self.room: Room | OSError = Room(100 * GIB, 200 * GIB)
        self.codes: list[str] = []
        self.modes: list[Mode] = []
        self.terse: list[bool] = []
        told = Told(self._impose, lambda code, _: self.codes.append(code), self.terse.append)
        self.guard = DiskGuard(
            InlineDisk(), Path("logs"), Clock(), told, Bounds(period=0.001), self._measure
        )

    def _impose(self, condition: Condition) -> None:
        self.modes.append(condition.mode)

    def _measure(self, folder: Path) -> Room:
        if isinstance(self.room, OSError):
            raise self.room
        return self.room

    async def with_free(self, free: int) -> None:
        self.room = Room(free, 10 * GIB)
        await self.guard.look()


@pytest.mark.parametrize(
    ("free", "total", "judged"),
    [
        (GIB, 10 * GIB, Level.AMPLE),
        (GIB - 1, 10 * GIB, Level.LOW),
        (10 * GIB, 200 * GIB, Level.AMPLE),
        (10 * GIB - 1, 200 * GIB, Level.LOW),
        (200 * MIB, 10 * GIB, Level.LOW),
        (200 * MIB - 1, 10 * GIB, Level.SCARCE),
        (0, 10 * GIB, Level.SCARCE),
    ],
)
def test_each_bound_counts_from_just_below_it(free: int, total: int, judged: Level) -> None:
    assert level(Room(free, total), Level.AMPLE, BOUNDS) is judged


@given(st.integers(0, 3 * GIB), st.sampled_from(Level))
def test_more_room_is_never_judged_less(free: int, before: Level) -> None:
    here = level(Room(free, 10 * GIB), before, BOUNDS)
    assert level(Room(free + MIB, 10 * GIB), before, BOUNDS) <= here
    assert level(Room(free, 10 * GIB), Level.AMPLE, BOUNDS) <= here


async def test_as_room_runs_out_a_person_hears_and_then_orders_only_reduce() -> None:
    disk = Guarded()
    await disk.with_free(2 * GIB)
    assert (disk.codes, disk.modes, disk.terse) == ([], [], [])
    await disk.with_free(GIB - 1)
    await disk.with_free(GIB - 2)
    assert (disk.codes, disk.modes, disk.terse) == (["disk_low"], [], [True])
    await disk.with_free(100 * MIB)
    assert disk.codes == ["disk_low", "disk_scarce"]
    assert disk.modes == [Mode.REDUCE_ONLY]
    await disk.with_free(201 * MIB)
    assert disk.modes == [Mode.REDUCE_ONLY]
    await disk.with_free(300 * MIB)
    assert disk.modes == [Mode.REDUCE_ONLY, Mode.NORMAL]
    await disk.with_free(5 * GIB)
    assert disk.terse[-1] is False
    assert disk.codes == ["disk_low", "disk_scarce"]


async def test_a_disk_that_cannot_be_asked_is_told_once() -> None:
    disk = Guarded()
    disk.room = OSError(5, "Input/output error")
    await disk.guard.look()
    await disk.guard.look()
    assert disk.codes == ["disk_unread"]
    await disk.with_free(0)
    assert disk.codes == ["disk_unread", "disk_scarce"]


async def test_it_looks_again_and_again() -> None:
    disk = Guarded()
    running = asyncio.ensure_future(disk.guard.run())
    await asyncio.sleep(0.01)
    disk.room = Room(0, GIB)
    await until(lambda: disk.codes)
    running.cancel()


def test_a_real_disk_tells_its_room(tmp_path: Path) -> None:
    found = room(tmp_path)
    assert 0 < found.free <= found.total
