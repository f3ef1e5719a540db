"""How many requests of a day are used up, counted across runs."""

import fcntl
from collections import deque
from pathlib import Path

from tradeplat.core.market import SECOND

DAY = 86_400 * SECOND
_AHEAD = 60 * SECOND
"""Instants further in the future than this are of another clock, and do not count."""
_STALE = 1_000
"""Lines of more than a day ago at which the file is written anew."""


class Quota:
    """At most `limit` requests in any 24 hours, of every run that names the same file.

    A window that slides keeps the limit whatever hour the vendor's day begins at. The file holds
    one instant (UTC ns) a line; lines that are none are counted in `unreadable` and passed over.
    Where it cannot be written, this run's own requests are still counted and `told` says so.
    """

    def __init__(self, file: Path, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"limit: found {limit}, expected at least 1")
        self.limit = limit
        self.unreadable = 0
        self._file = file
        self._sent: deque[int] = deque()
        self._size = -1
        self._fault = ""

    def ready(self, now: int) -> int:
        """The instant from which a request may be sent, not after `now` for now."""
        self._read(now)
        over = len(self._sent) - self.limit
        return self._sent[over] + DAY if over >= 0 else 0

    def spend(self, now: int) -> None:
        """Count a request that is being sent."""
        self._sent.append(now)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(b"%d\n" % now)
        except OSError as error:
            self._fault = error.strerror or type(error).__name__
        else:
            self._fault = ""

    def told(self, now: int) -> str:
        """How much of the day's quota is used."""
        self._read(now)
        kept = f" (not kept: {self._fault})" if self._fault else ""
        return f"{len(self._sent)} of {self.limit} requests in 24 hours{kept}"

    def _read(self, now: int) -> None:
        """Take in what other runs have counted, and forget what is over."""
        try:
            size = self._file.stat().st_size
            if size != self._size:
                self._load(now)
        except FileNotFoundError:
            pass  # nobody has asked yet
        except OSError as error:
            self._fault = error.strerror or type(error).__name__
        while self._sent and self._sent[0] <= now - DAY:
            self._sent.popleft()

    def _load(self, now: int) -> None:
        with self._file.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().split(b"\n")
            numbers = [int(line) for line in lines if _number(line)]
            self.unreadable = sum(1 for line in lines if line and not _number(line))
            kept = sorted(ts for ts in numbers if now - DAY < ts <= now + _AHEAD)
            if len(lines) - len(kept) > _STALE:
                file.seek(0)
                file.truncate()
                file.write(b"".join(b"%d\n" % ts for ts in kept))
            self._size = file.seek(0, 2)
        self._sent = deque(kept)


def _number(line: bytes) -> bool:
    return line.isdigit() and len(line) < 20
