"""A trading house with a real journal, on a disk that fails or is slow when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from journal.orders_at_work import START, begin
from killing import House, house
from tradeplat.core.conditions import Condition
from tradeplat.core.errors import Corrupt
from tradeplat.core.ports import Clock
from tradeplat.journal.orders import OrderStore
from tradeplat.journal.writer import Ears, JournalWriter

T = TypeVar("T")


class Disk:
    """Takes `seconds` over each piece of work, and fails from the `fails_at`th on."""

    def __init__(self, fails_at: int = 0, seconds: float = 0.0) -> None:
        self.fails_at = fails_at
        self.seconds = seconds
        self.works = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.works += 1
        if self.fails_at and self.works >= self.fails_at:
            raise Corrupt("disk I/O error: no space left on device")
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return work()


class Loop:
    """The clock of a test: what the loop says."""

    def now(self) -> int:
        return START + int(asyncio.get_running_loop().time() * 1e9)

    async def sleep_until(self, ts: int) -> None:
        await asyncio.sleep((ts - self.now()) / 1e9)


class Journaled:
    """The house, its journal, and what the journal asked for."""

    def __init__(self, store: OrderStore, disk: Disk, clock: Clock) -> None:
        self.store = store
        self.disk = disk
        self.imposed: list[Condition] = []
        self.fault: Exception | None = None
        ears = Ears(self.imposed.append, lambda *_: None, lambda _: None)
        self.writer = JournalWriter(store, disk, clock, ears)
        self.house: House

    async def run(self) -> None:
        try:
            await self.writer.run()
        except Corrupt as error:
            self.fault = error


@asynccontextmanager
async def journaled(folder: Path, disk: Disk) -> AsyncIterator[Journaled]:
    store, _ = begin(folder)
    made = Journaled(store, disk, Loop())
    running = asyncio.ensure_future(made.run())
    try:
        async with house(kept=made.writer, journal=made.writer) as made.house:
            yield made
    except Corrupt:
        # The house was ended by the task that met the dead journal, as it has to be.
        if not made.writer.dead:
            raise
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)  # cancelled here
        store.abandon()
