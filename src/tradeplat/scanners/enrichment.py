"""What a vendor said of tickers, kept on disk by ticker and field, and shared between runs.

One file a vendor, `<vendor>.jsonl`: a line a fact, `[symbol, field, value, source, as_of, asked]`,
the last one of a ticker and field holds. Writers append under a lock, so runs side by side share
one file; opening drops what is outdated. A line that is no fact, the torn end of a killed run
among them, is counted and skipped. Instants are UTC nanoseconds.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import msgspec

from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND

DAY = 86_400.0

AGES: Mapping[str, float] = {
    "details": 7 * DAY,
    "float": 7 * DAY,
    "curve": 20 * 3600.0,
    "closes": 5 * DAY,
    "volumes": 5 * DAY,
    "splits": 6 * 3600.0,
    "news": 300.0,
}
"""Seconds for which a fact of each field is taken as it is; a field that is not named: a day.

The first word of a field is its name, what follows is of what it is (the days, for one).
"""
_WASTE = 64
"""Dead lines that are left alone: a file is written anew when it holds more, and half are dead."""


class Reads(Protocol):
    """A clock that is only read."""

    def now(self) -> int:
        """The instant, UTC nanoseconds."""


class Known(NamedTuple):
    """A fact in the types of JSON (None: the source does not know), who told it, the instant it
    is of (0: not told), and when it was asked for.
    """

    value: object
    source: str
    as_of: int
    asked: int


class _Line(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    symbol: str
    field: str
    value: object
    source: str
    as_of: int
    asked: int


class Enrichment:
    """The facts of one vendor in `folder`; `ages` are seconds a field (AGES where left out).

    `load` before the first `get`; `put` keeps in memory, and `save` writes what is new and reads
    what other runs wrote meanwhile. Both do file work: call them off the loop. A folder that
    cannot be written raises Transient, and the facts stay in memory, where they are anyway when
    `folder` is None.
    """

    def __init__(
        self,
        folder: Path | None,
        vendor: str,
        clock: Reads,
        ages: Mapping[str, float] | None = None,
    ) -> None:
        self._path = (folder or Path()) / f"{vendor}.jsonl"
        self.on_disk = folder is not None
        """False where there is no file: `load` and `save` then have nothing to do."""
        self._clock = clock
        self._ages = {name: int(age * SECOND) for name, age in {**AGES, **(ages or {})}.items()}
        self._facts: dict[tuple[str, str], _Line] = {}
        self._fresh: list[_Line] = []
        self._read = (0, 0)
        self.skipped = 0
        """Lines that were no facts."""

    def load(self) -> None:
        """Read the file, and write it anew without what is outdated when that is much."""
        self._facts.clear()
        self._read = (0, 0)
        with self._locked():
            lines = self._catch_up()
            live = [line for line in self._facts.values() if not self._outdated(line)]
            self._facts = {(line.symbol, line.field): line for line in live}
            if lines - len(live) > max(_WASTE, len(live)):
                self._rewrite(live)

    def get(self, symbol: str, field: str) -> Known | None:
        """The fact if it is known and not too old."""
        line = self._facts.get((symbol, field))
        if line is None or self._outdated(line):
            return None
        return Known(line.value, line.source, line.as_of, line.asked)

    def put(self, symbol: str, field: str, value: object, source: str, as_of: int = 0) -> None:
        """Remember what `source` said just now; None when it was asked and does not know."""
        builtin = msgspec.to_builtins(value)
        line = _Line(symbol, field, builtin, source, as_of, self._clock.now())
        self._facts[symbol, field] = line
        self._fresh.append(line)

    def save(self) -> None:
        """Append what was put since the last time, and take in what other runs appended."""
        with self._locked():
            self._catch_up()
            if not self._fresh:
                return
            for line in self._fresh:
                self._facts[line.symbol, line.field] = line
            raw = b"".join(msgspec.json.encode(line) + b"\n" for line in self._fresh)
            with self._path.open("ab") as file:
                file.write(raw)
                self._read = _mark(file)
            self._fresh.clear()

    @property
    def count(self) -> int:
        """How many facts are held, outdated ones included."""
        return len(self._facts)

    def _outdated(self, line: _Line) -> bool:
        # A replayed clock stands before facts asked for later: those are not of its time.
        age = self._clock.now() - line.asked
        limit = self._ages.get(line.field.partition(" ")[0], int(DAY) * SECOND)
        return not 0 <= age <= limit

    def _catch_up(self) -> int:
        """Take in the lines that were not read yet; how many there are."""
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            node, seen = _mark(file)[0], self._read
            if node == seen[0] and file.seek(0, os.SEEK_END) >= seen[1]:
                file.seek(seen[1])
            else:
                file.seek(0)
            raw = file.read()
            # What follows the last line's end was torn by a death: it is closed by the next write.
            if raw and not raw.endswith(b"\n"):
                _close_line(self._path)
                raw += b"\n"
        lines = raw.splitlines()
        for one in lines:
            self._take(one)
        self._read = (node, self._path.stat().st_size)
        return len(lines)

    def _take(self, raw: bytes) -> None:
        try:
            line = _LINE.decode(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self.skipped += 1
            return
        before = self._facts.get((line.symbol, line.field))
        if before is None or before.asked <= line.asked:
            self._facts[line.symbol, line.field] = line

    def _rewrite(self, live: list[_Line]) -> None:
        fresh = self._path.with_suffix(f".{os.getpid()}.tmp")
        with fresh.open("wb") as file:
            file.writelines(msgspec.json.encode(line) + b"\n" for line in live)
            file.flush()
            os.fsync(file.fileno())
            self._read = _mark(file)
        fresh.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone with the file among all runs that share it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            told = error.strerror or type(error).__name__
            raise Transient(f"scan: cannot keep facts in {self._path} ({told})") from None


def _mark(file: BinaryIO) -> tuple[int, int]:
    """Which file it is, and its length."""
    file.flush()
    stat = os.fstat(file.fileno())
    return stat.st_ino, stat.st_size


def _close_line(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


_LINE = msgspec.json.Decoder(_Line)
