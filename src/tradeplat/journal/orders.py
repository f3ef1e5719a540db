"""The order journal: one SQLite file an account and trading day, synced at every commit."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

import msgspec

from tradeplat.core.errors import BadInput, Corrupt, Denied
from tradeplat.core.journal import Kind, Recovered, SeatState, Snapshot
from tradeplat.journal import tables
from tradeplat.journal.batch import Batch, seat_row
from tradeplat.journal.chain import Broken, Row, verified
from tradeplat.journal.entries import Noted, Stamped
from tradeplat.journal.kept import Began, Kept, replayed
from tradeplat.journal.salvage import compare, salvage, seats
from tradeplat.journal.side import Mark, SideFile, sync_folder

RESERVE = 64 << 20
"""Bytes of log that are allocated beforehand, so that a full disk still takes the last records."""

MOST = 256
"""Entries of one transaction."""

TIDY = 500
"""Transactions after which the log is folded into the tables."""

_SQLITE = b"SQLite format 3\x00"
_FAILED = (sqlite3.Error, OSError)


class About(NamedTuple):
    """Whose journal a file is: paper or live, which account, which trading day."""

    mode: str
    account: str
    day: str


class OrderStore:
    """The journal of one account and day, in one file, with one connection, on one thread.

    `open` verifies the chain and folds every record; `lost` is then empty, or says in one line
    why records may be missing. `begin` starts an epoch; only then may be committed. A fault while
    committing is ambiguous: it raises Corrupt, and so does everything after it on this object.
    Nothing here waits or knows a clock; it blocks on the disk, so it runs where that is allowed.
    """

    def __init__(self, path: Path, about: About, reserve: int = RESERVE) -> None:
        self.path = path
        self.about = about
        self.kept = Kept()
        self.seats: list[SeatState] = []
        self.lost = ""
        self.dead = ""
        """Why nothing can be committed any more, empty while all is well."""
        self.side = SideFile(path)
        self._reserve = reserve
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._untidy = 0

    @property
    def log(self) -> Path:
        """The write-ahead log beside the file."""
        return self.path.with_name(self.path.name + "-wal")

    def open(self) -> bool:
        """Open and read the file, making an empty one; True when it held a journal.

        Raises BadInput when it is something else, Denied when another process has it open.
        """
        there = self._foreign_or_there()
        try:
            self._connection = tables.connect(str(self.path))
            mark = tables.number(self._connection, "application_id")
            version = tables.number(self._connection, "user_version")
            known = bool(self._connection.execute("SELECT 1 FROM sqlite_master").fetchone())
        except sqlite3.OperationalError as error:
            self._drop()
            if "locked" in str(error):
                raise Denied(f"{self.path}: another process has this journal open") from None
            return self._unreadable(error)
        except sqlite3.DatabaseError as error:
            self._drop()
            return self._unreadable(error)
        if known and mark != tables.MARK:
            self._drop()
            return self._unreadable("a SQLite file, but not an order journal")
        if known and version != tables.VERSION:
            self._drop()
            raise BadInput(f"{self.path}: journal format {version}, expected {tables.VERSION}")
        self._inode = self.path.stat().st_ino
        if known:
            self._read(self._connection)
        else:
            self._missing(there=there)
        return known

    def begin(
        self,
        run: str,
        version: str,
        stamp: tuple[int, int],
        onto: Snapshot | None,
        *,
        going_on: bool = False,
    ) -> int:
        """Make the tables if there are none, with `onto` as first record, and start an epoch.

        `stamp` is UTC ns by the platform's clock and ns of a steady one. A process that is
        `going_on` from the file of the day before keeps its epoch. Returns the epoch.
        """
        connection = self._alive()
        self._allocate()
        epoch = self.kept.epoch + (0 if going_on else 1)
        try:
            connection.execute("BEGIN IMMEDIATE")
            if not self.kept.seq:
                self._create(connection)
            batch = Batch(self.kept, self._executed)
            if not self.kept.seq:
                first = onto or Snapshot(ts=stamp[0])
                fault = batch.take(Stamped(*stamp, Noted(Kind.SNAPSHOT, first.body())))
                if fault is not None:
                    # Beginning without it would forget what is held.
                    raise self._die(fault)
            self.kept.epoch = epoch
            began = msgspec.to_builtins(Began(epoch, run, version))
            batch.take(Stamped(*stamp, Noted(Kind.EPOCH, began)))
            batch.write(connection)
            for seat in self.seats:
                connection.execute(tables.SEATED, seat_row(seat))
            connection.execute("COMMIT")
            sync_folder(self.path.parent)
            self.keep()
        except _FAILED as error:
            raise self._die(error) from None
        return epoch

    def follow(self, before: "OrderStore", ts: int, *, closed: bool) -> Snapshot:
        """Go on from `before`: its epochs and strategies' memories, and the snapshot to begin onto.

        With `closed`, its closed orders too: the file is of the same day.
        """
        self.kept.epoch += before.kept.epoch
        self.kept.run = before.kept.run
        self.seats = before.seats
        return before.kept.snapshot(ts, before.path.name, closed=closed)

    def commit(self, entries: Sequence[Stamped]) -> list[Corrupt | None]:
        """Write all of `entries` in one transaction; answers entry by entry with its own fault."""
        connection = self._alive()
        # Whatever ends this early, even a bug: what was folded and what is on disk may differ.
        self.dead = f"{self.path}: a commit was cut short"
        try:
            batch = Batch(self.kept, self._executed)
            faults = [batch.take(entry) for entry in entries]
            connection.execute("BEGIN IMMEDIATE")
            batch.write(connection)
            connection.execute("COMMIT")
            self.side.touch(self._mark())
        except _FAILED as error:
            raise self._die(error) from None
        self.dead = ""
        self._untidy += 1
        return faults

    def keep(self) -> None:
        """Make the side file durable, and fold the log into the tables when it has grown.

        Finds out as well when the file was removed, which writing to it never does.
        """
        connection = self._alive()
        try:
            self._still_there()
            if self._untidy >= TIDY:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                self._untidy = 0
            self.side.keep(self._mark())
        except _FAILED as error:
            raise self._die(error) from None

    def close(self) -> None:
        """Fold the log away, hash the file and let go of it; a dead journal is only let go of."""
        if self._connection is None:
            return
        if self.dead or not self.kept.seq:
            self._drop()
            return
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._drop()
            with self.path.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
            self.side.keep(msgspec.structs.replace(self._mark(), closed=True, digest=digest))
        except _FAILED as error:
            raise self._die(error) from None
        finally:
            self.side.release()

    def load(self) -> Recovered:
        """What the journal tells; `run` and `epoch` are those of the epoch that began last."""
        kept = self.kept
        return Recovered(
            path=str(self.path),
            mode=self.about.mode,
            account=self.about.account,
            day=self.about.day,
            epoch=kept.epoch,
            seq=kept.seq,
            wall=kept.wall,
            orders=tuple(kept.orders.values()),
            holdings={key: held for key, held in kept.holdings.items() if held.quantity},
            cash=kept.cash,
            conditions=tuple(kept.conditions.values()),
            intent_keys=dict(kept.keys),
            seats=tuple(self.seats),
            levels=tuple(kept.levels.values()),
            high_water=kept.high_water,
            equity=kept.equity,
            equity_at=kept.equity_at,
            counted=kept.rounds.counted(),
            run=kept.run,
            before=self.path.name,
            lost=self.lost,
        )

    def identity(self) -> About | None:
        """Whose journal the file says it is, without reading its records; None if it cannot."""
        try:
            with closing(tables.connect(str(self.path))) as connection:
                rows = connection.execute("SELECT name, value FROM about").fetchall()
            told = {name.decode(): value.decode() for name, value in rows}
            return About(told["mode"], told["account"], told["day"])
        except (*_FAILED, ValueError, KeyError):
            return None

    def abandon(self) -> None:
        """Let go of the file as it is."""
        self.side.release()
        self._drop()

    def connection(self) -> sqlite3.Connection:
        """The open connection, for copying from; Corrupt when there is none."""
        return self._alive()

    def _foreign_or_there(self) -> bool:
        """True when there is a file with something in it; BadInput when it is no journal."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            size = self.path.stat().st_size if self.path.exists() else 0
            if size:
                with self.path.open("rb") as stream:
                    head = stream.read(len(_SQLITE))
                if head != _SQLITE and not self.side.path.exists():
                    raise BadInput(f"{self.path}: is not an order journal (no SQLite file)")
        except OSError as error:
            raise BadInput(f"{self.path}: cannot be opened ({error.strerror})") from None
        return size > 0

    def _unreadable(self, why: object) -> bool:
        if not self.side.path.exists():
            raise BadInput(f"{self.path}: cannot be opened as an order journal ({why})")
        self.lost = f"{self.path}: cannot be read ({why})"
        return True

    def _missing(self, *, there: bool) -> None:
        """Judge a journal without records: new, or all gone."""
        mark = self._marked()
        if not self.lost and mark is not None and mark.seq:
            what = "is empty" if there else "is gone"
            self.lost = f"{self.path}: {what}, {mark.seq} records were in it"

    def _read(self, connection: sqlite3.Connection) -> None:
        mark = self._marked()
        try:
            self._told(connection)
            replayed(_watched(verified(connection.execute(tables.RECORDS)), mark), self.kept)
        except (Broken, *_FAILED) as error:
            self.lost = f"{self.path}: {error}"
            salvage(connection, self.kept)
        try:
            if not self.lost:
                compare(connection, self.kept)
            self.seats = seats(connection)
        except (Broken, *_FAILED) as error:
            self.lost = self.lost or f"{self.path}: {error}"

    def _marked(self) -> Mark | None:
        try:
            return self.side.read()
        except (ValueError, OSError, msgspec.MsgspecError, RecursionError) as error:
            self.lost = f"{self.side.path}: cannot be read ({error})"
            return None

    def _told(self, connection: sqlite3.Connection) -> None:
        """Check that the file is of this account; one of another was put here by someone."""
        told = dict(connection.execute("SELECT name, value FROM about").fetchall())
        for name in ("mode", "account"):
            theirs = told.get(name.encode(), b"").decode(errors="replace")
            ours = getattr(self.about, name)
            if theirs != ours:
                self._drop()
                raise BadInput(f"{self.path}: {name} is {theirs!r}, expected {ours!r}")

    def _create(self, connection: sqlite3.Connection) -> None:
        tables.create(connection)
        connection.executemany(tables.ABOUT, self.about._asdict().items())

    def _allocate(self) -> None:
        """Reserve room for the log; a disk that cannot is found out by its guard."""
        if not self._reserve or not self.log.exists():
            return
        handle = os.open(self.log, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.posix_fallocate(handle, 0, self._reserve)
        except OSError:
            return
        finally:
            os.close(handle)

    def _executed(self, exec_id: str) -> bool:
        connection = self._connection
        if connection is None:
            return False
        return connection.execute(tables.EXECUTED, (exec_id,)).fetchone() is not None

    def _still_there(self) -> None:
        if self.path.stat().st_ino != self._inode or not self.log.exists():
            raise FileNotFoundError(0, "the file was removed or replaced", str(self.path))

    def _mark(self) -> Mark:
        return Mark(self.kept.seq, self.kept.hash.hex())

    def _alive(self) -> sqlite3.Connection:
        if self.dead:
            raise Corrupt(self.dead)
        if self._connection is None:
            raise Corrupt(f"{self.path}: is not open")
        return self._connection

    def _die(self, error: Exception) -> Corrupt:
        self.dead = f"{self.path}: the journal cannot be written: {error}"
        return Corrupt(self.dead)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _watched(rows: Iterable[Row], mark: Mark | None) -> Iterator[Row]:
    """`rows`; raises Broken when they do not reach, or contradict, the side file's mark."""
    seq = 0
    for row in rows:
        seq = row[0]
        if mark is not None and seq == mark.seq and row[7] != mark.link:
            raise Broken(f"record {seq} is not the one that was written")
        yield row
    if mark is not None and seq < mark.seq:
        raise Broken(f"record {seq} is the last, but {mark.seq} were written")
