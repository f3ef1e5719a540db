"""G13: five hundred disks that fail, tear, flip bits or lose the file, at every kind of write."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journal.orders_at_work import ABOUT, all_well, begin, carried, life, meant, stamped
from tradeplat.core.errors import BadInput, Corrupt
from tradeplat.journal import tables
from tradeplat.journal.entries import Intended, Stamped
from tradeplat.journal.orders import OrderStore
from tradeplat.journal.shelf import journal_path

RUNS = 500
MEMORY = Path("/dev/shm")
KINDS = ("EIO", "ENOSPC", "slow", "torn", "flip", "deleted", "emptied", "mark", "log", "unsynced")
ERRORS = {"EIO": "disk I/O error", "ENOSPC": "database or disk is full"}


class Failing(sqlite3.Connection):
    """Fails at the `left`th statement from now on, before it is done or after; without an `error`
    it hangs there, and `hung` sees what is on the disk meanwhile.
    """

    left = -1
    error = ""
    done = False
    hung: Callable[[], object] = staticmethod(list)

    def _meets(self) -> bool:
        self.left -= 1
        return self.left == 0

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        met = not sql.startswith("SELECT") and self._meets()
        if met and not self.error:
            self.hung()
        elif met:
            if self.done or not sql.startswith("COMMIT"):
                super().execute(sql, *more)
            raise sqlite3.OperationalError(self.error)
        return super().execute(sql, *more)

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        met = self._meets()
        if met and not self.error:
            self.hung()
        elif met:
            raise sqlite3.OperationalError(self.error)
        return super().executemany(sql, rows)


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sqlite3.connect

    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        return plain(*args, factory=Failing, **more)

    monkeypatch.setattr(tables.sqlite3, "connect", connect)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is such a disk: the faults are ours, nobody need wait."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def batch(n: int) -> list[Stamped]:
    return stamped(*life(n)) if n % 3 else stamped(Intended(meant(n)))


def work(store: OrderStore, rng: random.Random, known: list[tuple[object, ...]]) -> set[str]:
    """Commit until told to stop or broken; every id that was tried. What is acknowledged is added
    to `known` each time.
    """
    tried: set[str] = set()
    known.append(carried(store.load()))
    for n in range(1, rng.randrange(3, 9)):
        tried.add(meant(n).id)
        try:
            if rng.random() < 0.2:
                store.keep()
            store.commit(batch(n))
        except Corrupt:
            with pytest.raises(Corrupt):
                store.commit(batch(n + 100))
            break
        known.append(carried(store.load()))
    return tried


def image(store: OrderStore, to: Path) -> Path:
    """The files as a process that dies now leaves them."""
    to.mkdir()
    for path in store.path.parent.glob(f"{store.path.name}*"):
        shutil.copy(path, to / path.name)
    return to


class Slow:
    """Takes an image of the files at the moment a write hangs, and what was acknowledged then."""

    def __init__(self, store: OrderStore, to: Path, known: list[tuple[object, ...]]) -> None:
        self._store, self._to, self._known = store, to, known
        self._found: tuple[Path, tuple[object, ...]] | None = None

    def __call__(self) -> None:
        self._found = image(self._store, self._to), self._known[-1]

    def seen(self) -> tuple[Path, tuple[object, ...]]:
        assert self._found is not None, "no write was ever slow"
        return self._found


def harm(kind: str, folder: Path, before: dict[str, bytes], rng: random.Random) -> None:
    """Do to the files of a dead process what a disk can do to them."""
    path = journal_path(folder, ABOUT)
    log, mark = path.with_name(path.name + "-wal"), path.with_name(path.name + ".mark")
    if kind == "torn":
        os.truncate(log, rng.randrange(log.stat().st_size + 1))
    elif kind == "flip":
        target = rng.choice([log, log, path])
        data = bytearray(target.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        target.write_bytes(data)
    elif kind == "deleted":
        path.unlink()
    elif kind == "emptied":
        os.truncate(path, 0)
    elif kind == "mark":
        mark.write_bytes(mark.read_bytes()[: rng.randrange(60)])
    elif kind == "log":
        log.unlink()
    elif kind == "unsynced":
        after = log.read_bytes()
        old = before[log.name].ljust(len(after), b"\0")
        pages = [
            at for at in range(0, len(after), 4096) if old[at : at + 4096] != after[at : at + 4096]
        ]
        torn = bytearray(after)
        for at in pages:
            if rng.random() < 0.5:
                torn[at : at + 4096] = old[at : at + 4096]
        log.write_bytes(torn[: len(after)])


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_disk_does_nothing_acknowledged_goes_missing_unseen(
    disk: Path, kind: str
) -> None:
    unseen = 0
    for seed in range(RUNS // len(KINDS)):
        rng = random.Random(f"{kind} {seed}")
        folder = disk / str(seed)
        store, _ = begin(folder)
        connection, known = store.connection(), list[tuple[object, ...]]()
        assert isinstance(connection, Failing)
        if kind in ERRORS:
            connection.left, connection.error = rng.randrange(1, 25), ERRORS[kind]
            connection.done = rng.random() < 0.5
        if kind == "slow":
            # It dies while a write has not come back for seconds, wherever that was.
            slow = Slow(store, disk / f"{seed}-hung", known)
            connection.left, connection.hung = rng.randrange(1, 12), slow
        tried = work(store, rng, known)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        if kind == "unsynced":
            store.commit(batch(50))
            tried.add(meant(50).id)
        dead, acknowledged = image(store, disk / f"{seed}-dead"), known[-1]
        store.abandon()
        if kind == "slow":
            shutil.rmtree(dead)
            dead, acknowledged = slow.seen()
        harm(kind, dead, before, rng)
        whole = kind in {"EIO", "ENOSPC", "slow", "mark"}
        unseen += _recovers(dead, acknowledged, tried, lossless=whole)
        shutil.rmtree(folder)
        shutil.rmtree(dead)
    assert unseen == 0


def _recovers(folder: Path, known: tuple[object, ...], tried: set[str], *, lossless: bool) -> bool:
    """True when something that was acknowledged is missing and nobody says so."""
    try:
        store, told = begin(folder)
    except BadInput:
        assert not lossless
        return False  # it stops, and names the file: a person has to look
    ids = {order.id for order in told.orders}
    acknowledged = known[0]
    assert isinstance(acknowledged, dict)
    assert ids <= tried
    missing = not acknowledged.keys() <= ids
    assert not (lossless and missing)
    assert all_well(store.commit(batch(200)))
    store.close()
    again, later = begin(folder)
    assert later.lost == ""
    assert ids <= {order.id for order in later.orders}
    again.close()
    return missing and not told.lost


def test_a_disk_that_is_really_full_stops_the_journal_and_keeps_what_it_acknowledged(
    tmp_path: Path,
) -> None:
    """A child may not write beyond a limit, wherever in its work that meets it."""
    for n in range(12):
        folder = tmp_path / str(n)
        acknowledged = _limited(folder, 40_000 + n * 9_973)
        store, told = begin(folder)
        ids = {order.id for order in told.orders}
        assert told.lost == ""
        assert {meant(m).id for m in range(1, acknowledged + 1)} <= ids
        assert len(ids) <= acknowledged + 1
        store.close()


def _limited(folder: Path, limit: int) -> int:
    """How many commits a child confirmed before its files could grow no more."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            store, _ = begin(folder)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            for n in range(1, 10_000):
                store.commit(stamped(*life(n)))
                os.write(theirs, b".")
        except Corrupt:
            os._exit(7)
        finally:
            os._exit(1)
    os.close(theirs)
    heard = b""
    while more := os.read(ours, 65536):
        heard += more
    os.close(ours)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7, "the journal has to stop, and to say so"
    return len(heard)
