"""The disk under a simulated process: what was written and not synced is lost at its death."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from faultsim.host import Host, SimulatedCrash
from tradeplat.execution.flatten import COMMIT

_T = TypeVar("_T")
_PAGE = 4096
_LOG = "-wal"
_SIDE = ".mark"
JOURNALS = "journal"
"""The folder whose files may be harmed."""


class SimDisk:
    """One world's disk (journal.disk.Disk): work is done on the loop, one piece after another.

    `die_at` is the number of a piece of work and a phase: the process dies before it is written,
    when it is written but not synced (each page of each file may or may not have arrived), or
    synced but not yet told to whoever waits. `slow` is how many seconds each piece takes.
    Whoever is alive next starts from `take_over`.
    """

    def __init__(self, rng: np.random.Generator, folder: Path) -> None:
        self._rng = rng
        self._root = folder
        self._number = 0
        self.folder = folder / "0"
        self.folder.mkdir(parents=True)
        self.commits = 0
        """Pieces of work begun so far."""
        self.die_at: tuple[int, str] | None = None
        self.slow = 0.0
        self.errors: list[int] = []
        """Error numbers that the next commits fail with."""
        self.harmed = False
        """True once the disk failed by itself, so that its user may have had to give up."""
        self.host: Host | None = None
        """The process that writes; its work after its death changes nothing."""
        self.on_death: Callable[[str], None] = lambda _: None
        self.on_synced: Callable[[], None] = lambda: None
        self.damage: list[str] = []
        """What befalls the files before the next processes find them: flip, cut or gone."""
        self.damaged = False
        self.outrun = False
        """True once a process died while a commit took longer than closing orders wait for one."""
        self._takes = 0.0
        self._turn = asyncio.Lock()

    @property
    def hurt(self) -> bool:
        """True when its user has reason to give up."""
        return self.harmed or self.damaged

    @contextmanager
    def opened(self) -> "Iterator[SimDisk]":
        """This disk, as a context: nothing has to be closed."""
        yield self

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do `work` and answer with its result."""
        self._alive()
        host = self.host
        async with self._turn:
            self._takes = self.slow
            await asyncio.sleep(self.slow + float(self._rng.uniform(0.0001, 0.0006)))
            self._takes = 0.0
            if self.host is not host:
                # The process that asked has died meanwhile; so has this task, in truth.
                raise SimulatedCrash("died while the disk worked")
            return self._do(work)

    def _do(self, work: Callable[[], _T]) -> _T:
        self.commits += 1
        phase = ""
        if self.die_at is not None and self.commits >= self.die_at[0]:
            phase, self.die_at = self.die_at[1], None
        why = f"at record {self.commits}, {phase}"
        if phase == "before":
            self._kill(why)
        before = self._contents() if phase else {}
        done = work()
        if phase == "written":
            self._tear(before)
            self._kill(why)
        self.on_synced()
        if phase == "synced":
            self._lag(before)
            self._kill(why)
        return done

    def fails(self) -> tuple[str, bool]:
        """Why the commit at hand fails, if it does, and whether it is on the disk all the same."""
        if not self.errors:
            return "", False
        self.harmed = True
        return os.strerror(self.errors.pop(0)), bool(self._rng.random() < 0.5)

    def take_over(self) -> Path:
        """The folder as the next process finds it: a copy, for the dead may still hold files."""
        self._number += 1
        fresh = self._root / str(self._number)
        shutil.copytree(self.folder, fresh)
        self.outrun = self.outrun or self._takes > COMMIT
        self._takes = 0.0
        # Whoever died in the middle of its turn never gave it back.
        self._turn = asyncio.Lock()
        self.folder = fresh
        if self.damage:
            self._spoil(self.damage.pop(0))
        return fresh

    def _spoil(self, manner: str) -> None:
        """Harm one file, as a failing disk or a careless hand does."""
        files = sorted(p for p in self.folder.rglob("*") if p.is_file() and p.stat().st_size)
        files = [path for path in files if path.parent.name == JOURNALS]
        if not files:
            return
        self.damaged = True
        path = files[int(self._rng.integers(len(files)))]
        if manner == "gone":
            path.unlink()
            return
        data = bytearray(path.read_bytes())
        at = int(self._rng.integers(len(data)))
        if manner == "cut":
            del data[at:]
        else:
            data[at] ^= 1 << int(self._rng.integers(8))
        path.write_bytes(bytes(data))

    def _alive(self) -> None:
        if self.host is not None and not self.host.alive:
            raise SimulatedCrash(self.host.why)

    def _kill(self, why: str) -> None:
        self.on_death(why)
        if self.host is not None:
            self.host.die(why)
        raise SimulatedCrash(why)

    def _contents(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    def _tear(self, before: dict[Path, bytes]) -> None:
        """Die before the log was synced: of its new pages any may have arrived, in any order, and
        nothing that is written only after the sync has.
        """
        for path, after in sorted(self._contents().items()):
            old = before.get(path)
            if old == after:
                continue
            if path.name.endswith(_LOG) and len(after) >= len(old or b""):
                path.write_bytes(self._torn(old or b"", after))
            elif old is None:
                path.unlink()
            else:
                path.write_bytes(old)
        for path in before.keys() - self._contents().keys():
            path.write_bytes(before[path])

    def _torn(self, old: bytes, after: bytes) -> bytes:
        torn = bytearray(after)
        pages = [
            at
            for at in range(0, len(after), _PAGE)
            if old[at : at + _PAGE] != after[at : at + _PAGE]
        ]
        manner = self._rng.random()
        for at in pages:
            if manner < 0.3 or (manner < 0.7 and self._rng.random() < 0.5):
                torn[at : at + _PAGE] = _old(old, at, len(after))
        if 0.7 <= manner < 0.9 and pages:
            # The head of one page arrived, its rest did not.
            at = pages[int(self._rng.integers(len(pages)))]
            cut = min(at + int(self._rng.integers(1, _PAGE)), len(after))
            torn[cut : at + _PAGE] = _old(old, at, len(after))[cut - at :]
        return bytes(torn)

    def _lag(self, before: dict[Path, bytes]) -> None:
        """Die with the log synced: what came after it may not have arrived."""
        if self._rng.random() < 0.5:
            return
        for path, after in sorted(self._contents().items()):
            old = before.get(path)
            if old is not None and old != after and path.name.endswith(_SIDE):
                path.write_bytes(old)


def _old(old: bytes, at: int, size: int) -> bytes:
    """The page at `at` as it was before, of a file that is now `size` bytes long."""
    return old[at : at + _PAGE].ljust(min(_PAGE, size - at), b"\0")


DISK: ContextVar[SimDisk] = ContextVar("disk")
"""The disk of the process that runs in this context."""


class FaultyConnection(sqlite3.Connection):
    """A database whose commits fail when the disk says so; whether they took is left open."""

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """Execute, but for a commit that fails."""
        why, taken = DISK.get().fails() if sql == "COMMIT" else ("", False)
        if why:
            super().execute("COMMIT" if taken else "ROLLBACK")
            raise sqlite3.OperationalError(f"disk I/O error ({why})")
        return super().execute(sql, parameters)


class FaultySqlite:
    """The module `sqlite3` as the journal uses it, with connections that may fail."""

    @staticmethod
    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        """A connection that may fail."""
        return sqlite3.connect(*args, factory=FaultyConnection, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)
