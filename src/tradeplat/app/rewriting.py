"""The record of a replay that goes back: with each account it begins anew, so that it tells what
came of the last one. What people asked for on the way is kept through all of them.
"""

from collections.abc import Mapping
from pathlib import Path

from tradeplat.app.handling import CONTROL, PRESSED
from tradeplat.core.ports import Recorder
from tradeplat.core.record import RUN, RunHeader
from tradeplat.journal.events import EventLog, NullRecorder, Witnesses

FILES = "files"
"""Kind of the note that names what is replayed."""
LOST = "lost_at"
"""Key of a note of an account that was begun anew: when it was written, in the market's ns."""

_ASKED = frozenset({CONTROL, PRESSED})


class Asked(NullRecorder):
    """Keeps what people asked for, with the instant."""

    def __init__(self) -> None:
        self.notes: list[tuple[int, str, dict[str, object]]] = []

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Keep what is of a person."""
        if kind in _ASKED:
            self.notes.append((now, kind, dict(body)))


class Rewriting:
    """Writes the record at `path`; `begin` throws away what was written of the account before."""

    def __init__(self, path: Path, header: RunHeader, files: tuple[Path, ...]) -> None:
        self._path = path
        self._header = header
        self._files = [str(file) for file in files]
        self._log: EventLog | None = None
        self._asked = Asked()
        self._lost: list[tuple[int, str, dict[str, object]]] = []

    @property
    def failed(self) -> str:
        """Why nothing is recorded any more; empty while something is."""
        return "" if self._log is None else self._log.failed

    def begin(self) -> Recorder:
        """Who has to be told of the next account."""
        if self._log is not None:
            self._log.__exit__()
            self._path.unlink(missing_ok=True)
        self._lost += self._asked.notes
        self._asked = Asked()
        self._log = EventLog(self._path, flush_every=0)
        self._log.__enter__()
        self._log.note(0, RUN, self._header.body())
        self._log.note(0, FILES, {FILES: self._files})
        return Witnesses(self._log, self._asked)

    def flush(self) -> None:
        """Have everything so far in the file."""
        if self._log is not None:
            self._log.flush()

    def close(self, now: int) -> None:
        """End the record at `now`, with what was asked for in accounts that are gone."""
        if self._log is None:
            return
        for at, kind, body in self._lost:
            self._log.note(now, kind, {**body, LOST: at})
        self._log.__exit__()
        self._log = None
