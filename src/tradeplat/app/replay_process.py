"""A served replay as a process of its own, for one window: it ends with the window."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from tradeplat.core.errors import BadInput, Transient

PATIENCE = 3.0
"""Seconds in which a replay that cannot be played says so; the data of a long one loads on."""
GOING = 30.0
"""Seconds that a replay has to write its report when the window is closed."""


class Asked(msgspec.Struct, frozen=True):
    """What is to be replayed, as it was typed."""

    paths: tuple[Path, ...]
    strategies: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    window: tuple[str, str] = ("", "")
    config: Path | None = None
    sets: tuple[str, ...] = ()

    def command(self, logs: Path) -> list[str]:
        """How it is served."""
        found = [sys.executable, "-m", "tradeplat", "replay", "--serve", "--tied", "--json"]
        found += [f"--set=run.logs={logs}"]
        found += [f"--strategy={name}" for name in self.strategies]
        found += [f"--param={param}" for param in self.params]
        found += [f"--from={self.window[0]}"] if self.window[0] else []
        found += [f"--to={self.window[1]}"] if self.window[1] else []
        found += [f"--config={self.config}"] if self.config is not None else []
        found += [f"--set={one}" for one in self.sets]
        return [*found, "--", *map(str, self.paths)]


class _Ready(msgspec.Struct, frozen=True):
    run: str


class Served:
    """The process, and where it is reached."""

    def __init__(self, process: subprocess.Popen[bytes], words: IO[bytes]) -> None:
        self._process = process
        self._words = words
        self._folder: Path | None = None

    def find(self) -> Path:
        """Its run folder. Transient while it loads what it is to play, BadInput once it has ended
        without that, in its own words.
        """
        if self._folder is None:
            ended = self._process.poll() is not None
            said = self._said()
            try:
                line = said.partition("\n")[0]
                self._folder = Path(msgspec.json.decode(line, type=_Ready).run)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                if ended:
                    raise BadInput(_last(said) or "the replay ended by itself") from None
                raise Transient("the replay loads its data ...") from None
        return self._folder

    def begun(self) -> None:
        """Return once it is served, or loads on; BadInput where it cannot be."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                self.find()
            except Transient:
                time.sleep(0.02)
            else:
                return

    def end(self) -> None:
        """Have it write what came of it, and leave."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(GOING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _said(self) -> str:
        self._words.seek(0)
        return self._words.read().decode(errors="replace")


@contextmanager
def started(asked: Asked, logs: Path) -> Iterator[Served]:
    """Serve it while open; BadInput, in its own words, where it cannot be played."""
    with tempfile.NamedTemporaryFile() as words, Path(words.name).open("ab") as theirs:
        process = subprocess.Popen(  # noqa: S603  # this program itself, without a shell
            asked.command(logs),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            # Ctrl-C at the terminal is for the window, which ends the replay when it is done.
            start_new_session=True,
        )
        served = Served(process, words)
        try:
            served.begun()
            yield served
        finally:
            served.end()
            if process.stdin is not None:
                process.stdin.close()


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].removeprefix("tradeplat: ") if lines else ""
