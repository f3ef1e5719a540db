"""What happened in a simulated world, line by line, and one figure that two runs can compare."""

from collections.abc import Callable
from hashlib import blake2b


class Trace:
    """Lines of `seconds kind words`; `now` is virtual seconds. Lines are never changed.

    `folder` is the world's own on the real disk, whose name differs each time.
    """

    def __init__(self, now: Callable[[], float], folder: str = "") -> None:
        self._now = now
        self._folder = folder
        self.lines: list[str] = []
        self.closed = False
        """True once the world is over: what its remains do is no part of it."""

    def add(self, kind: str, words: str) -> None:
        """Keep one line."""
        if not self.closed:
            told = words.replace(self._folder, "disk") if self._folder else words
            self.lines.append(f"{self._now():.6f} {kind} {told}")

    def remark(self, words: str) -> None:
        """Keep a line that explains and does not count: no two runs need agree about it."""
        if not self.closed:
            self.lines.append(f"{self._now():.6f} ~ {words}")

    @property
    def digest(self) -> str:
        """The figure of all lines so far."""
        told = blake2b(digest_size=16)
        for line in self.lines:
            if line.partition(" ")[2].startswith("~ "):
                continue
            told.update(line.encode(errors="surrogateescape") + b"\n")
        return told.hexdigest()
