"""A text file that never outgrows its budget: the newest part, and a few of those before it."""

from pathlib import Path
from typing import Literal, TextIO

SIZE = 16 << 20
"""Bytes of a part."""

COUNT = 4
"""Parts that are kept, the one being written included."""


class RotatingText:
    """`path`, then `path.1`, `path.2` and so on, the higher the older; for logging's handlers.

    A part ends at the line that would make it outgrow `size`. Raises OSError as a file does; where
    a part cannot be renamed away, the one being written starts over: the budget holds.
    """

    def __init__(self, path: Path, size: int = SIZE, count: int = COUNT) -> None:
        self._path = path
        self._size = size
        self._count = count
        self._stream = self._opened("a")
        self._written = self._stream.tell()

    def write(self, text: str) -> int:
        """Append `text`, which is not divided between parts."""
        length = len(text.encode(errors="replace"))
        if self._written and self._written + length > self._size:
            self._turn()
        self._written += length
        return self._stream.write(text)

    def flush(self) -> None:
        """Hand everything to the file system."""
        self._stream.flush()

    def close(self) -> None:
        """End the file."""
        self._stream.close()

    def _turn(self) -> None:
        self._stream.close()
        try:
            for n in range(self._count - 1, 0, -1):
                older = self._part(n)
                newer = self._part(n - 1)
                if newer.exists():
                    newer.replace(older)
        except OSError:
            # Where the parts cannot be turned, the newest is the one to keep.
            self._stream = self._opened("w")
        else:
            self._stream = self._opened("a" if self._count > 1 else "w")
        self._written = self._stream.tell()

    def _opened(self, how: Literal["a", "w"]) -> TextIO:
        return self._path.open(how, encoding="utf-8", errors="replace")

    def _part(self, n: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{n}") if n else self._path
