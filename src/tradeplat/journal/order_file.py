"""A replay's `orders.db`: the tables of the order journal, written as the replay goes along."""

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Self

import msgspec

from tradeplat.core.journal import Kind, Snapshot
from tradeplat.journal import tables
from tradeplat.journal.batch import Batch
from tradeplat.journal.entries import Entry, Noted, Stamped
from tradeplat.journal.kept import Began, Kept

HELD = 1_024
"""Entries that are written at once."""

REMEMBERED = 4_096
"""Orders that are remembered; those that ended are forgotten first, for memory must not grow."""


class OrderFile:
    """Keeps what a replay decided and heard of orders (a context); never raises.

    A replay has no account that could be left in a state nobody knows, so nothing is synced; when
    the file cannot be written, `failed` says why in one line, `on_failure` is called with it, and
    nothing more is kept.
    """

    def __init__(
        self, path: Path, cash: Decimal, on_failure: Callable[[str], None] | None = None
    ) -> None:
        self.failed = ""
        self._on_failure = on_failure
        self._path = path
        self._cash = cash
        self._kept = Kept()
        self._waiting: list[Stamped] = []
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            connection = self._connection = sqlite3.connect(self._path, isolation_level=None)
            connection.execute("PRAGMA synchronous=OFF").fetchall()
            connection.execute("BEGIN")
            tables.create(connection)
            about = {"mode": "replay", "account": "replay", "day": ""}
            connection.executemany(tables.ABOUT, about.items())
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(error)
        self.take(0, Noted(Kind.SNAPSHOT, Snapshot(ts=0, cash=self._cash).body()))
        self._kept.epoch = 1
        self.take(0, Noted(Kind.EPOCH, msgspec.to_builtins(Began(1, "replay"))))
        return self

    def __exit__(self, *_: object) -> None:
        self._write()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def take(self, now: int, entry: Entry) -> None:
        """Keep `entry`, which came at `now`."""
        self._waiting.append(Stamped(now, now, entry))
        if len(self._waiting) >= HELD:
            self._write()

    def _write(self) -> None:
        entries, self._waiting = self._waiting, []
        if self.failed or self._connection is None:
            return
        try:
            batch = Batch(self._kept, self._executed)
            for entry in entries:
                batch.take(entry)
            self._connection.execute("BEGIN")
            batch.write(self._connection)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(error)
        self._forget()

    def _forget(self) -> None:
        kept = self._kept
        if len(kept.orders) > REMEMBERED:
            kept.orders = {order.id: order for order in kept.orders.values() if order.open}
        kept.keys.clear()
        kept.restated &= kept.orders.keys()

    def _executed(self, exec_id: str) -> bool:
        connection = self._connection
        if connection is None:
            return False
        return connection.execute(tables.EXECUTED, (exec_id,)).fetchone() is not None

    def _fail(self, error: sqlite3.Error) -> None:
        self.failed = f"{self._path}: cannot be written ({error})"
        if self._on_failure is not None:
            self._on_failure(self.failed)
