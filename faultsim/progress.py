"""How far a long campaign has come: told as it goes, and kept in a file to go on from."""

import sys
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TextIO

import msgspec

from faultsim.campaign import Result
from faultsim.kills import Killed
from tradeplat.core.errors import BadInput

_WIDTH = 30
_EVERY = 60.0
"""Seconds between two lines where nothing can be drawn over."""
_FRAME = 0.2
_ROOT = Path(__file__).resolve().parents[1]


class Fuzzed(msgspec.Struct, frozen=True):
    """What became of one test that shows a parser broken inputs."""

    test: str
    failed: str
    """The end of what it said, empty when it passed."""


class Repeated(msgspec.Struct, frozen=True):
    """What became of a schedule that another process ran once more."""

    kind: str
    seed: int
    failed: str


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the file: a piece of work that is done, and the seconds its phase took so far."""

    seconds: float
    result: Result | None = None
    round: Killed | None = None
    repeated: Repeated | None = None
    fuzzed: Fuzzed | None = None

    @property
    def phase(self) -> str:
        """Which phase it belongs to."""
        if self.result is not None:
            return SCHEDULES
        if self.round is not None:
            return DEATHS
        return REPEATS if self.repeated is not None else FUZZ


SCHEDULES, REPEATS, DEATHS, FUZZ = "schedules", "schedules again", "real deaths", "fuzzed parsers"


class _Head(msgspec.Struct):
    """The first line: what was asked for, and of which code."""

    code: str
    asked: str


class Ledger:
    """What is done of a campaign, a line each: a context that appends to `path`, if there is one.

    `asked` is what the campaign was asked for. A last line that was torn is forgotten. Raises
    BadInput for a file that is none of these, or of other code or another campaign.
    """

    def __init__(self, path: Path | None, asked: str = "") -> None:
        self._path = path
        self._head = _Head(fingerprint() if path is not None else "", asked)
        self._file: IO[bytes] | None = None
        self.lines: list[Line] = []

    def __enter__(self) -> Self:
        path = self._path
        if path is None:
            return self
        try:
            kept = path.read_bytes() if path.exists() else b""
            whole = kept[: kept.rfind(b"\n") + 1]
            self.lines = self._read(path, whole.splitlines())
            self._file = path.open("ab")
            self._file.truncate(len(whole))
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror}, expected a campaign's state") from None
        if not whole:
            self._write(self._head)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, line: Line) -> None:
        """Keep one piece of work."""
        if self._file is not None:
            self._write(line)

    def spent(self, phase: str) -> float:
        """Seconds that went into a phase before this process began."""
        return max((line.seconds for line in self.lines if line.phase == phase), default=0.0)

    def _write(self, line: Line | _Head) -> None:
        assert self._file is not None
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()

    def _read(self, path: Path, rows: list[bytes]) -> list[Line]:
        decoder, lines = msgspec.json.Decoder(Line), []
        for number, row in enumerate(rows, 1):
            try:
                if number == 1:
                    head = msgspec.json.decode(row, type=_Head)
                else:
                    lines.append(decoder.decode(row))
            except msgspec.MsgspecError as error:
                told = f"{path}:{number}: {error}, expected the state of a campaign"
                raise BadInput(told) from None
        if rows and head != self._head:
            of = "other code" if head.code != self._head.code else f"a campaign of {head.asked}"
            raise BadInput(f"{path}: is of {of}, expected this one; remove it to begin anew")
        return lines


def fingerprint() -> str:
    """A figure of the code that a campaign tries: what another has shown says nothing of it."""
    told = blake2b(digest_size=8)
    for folder in ("src", "faultsim"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            told.update(path.read_bytes())
    return told.hexdigest()


class Meter:
    """Tells how a phase goes on: a bar that is drawn over on a terminal, elsewhere a line a minute.

    `done` pieces of `total` were done before, in `spent` seconds.
    """

    def __init__(
        self,
        what: str,
        total: int,
        *,
        done: int = 0,
        spent: float = 0.0,
        out: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.what = what
        self.total = total
        self.done = self._before = done
        self.broken = 0
        self._spent = spent
        self._out = sys.stderr if out is None else out
        self._now = now
        self._began = self._told = now()
        self._drawn = -_FRAME

    @property
    def seconds(self) -> float:
        """Seconds of work so far, those of earlier processes included."""
        return self._spent + self._now() - self._began

    @property
    def left(self) -> float | None:
        """Seconds until it is over at the pace of this process, None while nobody can say."""
        fresh = self.done - self._before
        if not fresh:
            return None
        return (self.total - self.done) * (self._now() - self._began) / fresh

    def step(self, count: int = 1, *, broken: int = 0) -> None:
        """So much more is done, and so much of it broke something."""
        self.done += count
        self.broken += broken
        over = self.done >= self.total
        now = self._now()
        if self._out.isatty():
            if over or now - self._drawn >= _FRAME:
                self._drawn = now
                filled = _WIDTH * self.done // max(1, self.total)
                bar = "#" * filled + "." * (_WIDTH - filled)
                # Wide enough to cover what an estimate has left behind.
                self._say(f"\r[{bar}] {self!s:<70}" + ("\n" if over else ""))
        elif over or now - self._told >= _EVERY:
            self._told = now
            self._say(f"{self}\n")

    def __str__(self) -> str:
        told = f"{self.done}/{self.total} {self.what}, broken {self.broken}"
        if self.done >= self.total:
            return f"{told}, {self.seconds:.0f} s"
        return told + ("" if self.left is None else f", {self.left / 60:.0f} min left")

    def _say(self, words: str) -> None:
        self._out.write(words)
        self._out.flush()
