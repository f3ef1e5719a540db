"""What goes wrong in a window's own code is said and kept in a file, and the window goes on.

Qt ends a process whose Python code lets an error out of an event, unless somebody hears of it.
"""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

MOST = 50
"""Errors of one window that are written down: one in a frame comes thirty times a second."""

Uncaught = Callable[[type[BaseException], BaseException, TracebackType | None], object]


class Mishaps:
    """While it is entered, errors that nobody caught are `said` once and written to `path`."""

    def __init__(self, path: Path, said: Callable[[str], None]) -> None:
        self._path = path
        self._said = said
        self._before: Uncaught = sys.excepthook
        self.count = 0

    def __enter__(self) -> Self:
        self._before = sys.excepthook
        sys.excepthook = self._uncaught
        return self

    def __exit__(self, *_: object) -> None:
        sys.excepthook = self._before

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, place: TracebackType | None
    ) -> None:
        if not issubclass(kind, Exception):  # somebody wants it to end
            self._before(kind, error, place)
            return
        self.count += 1
        if self.count > MOST:
            return
        lines = traceback.format_exception(kind, error, place)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            how = "w" if self.count == 1 else "a"
            with self._path.open(how, encoding="utf-8") as file:
                file.writelines(lines)
            kept = f"; see {self._path}"
        except OSError:  # said it is in any case
            kept = ""
        if self.count == 1:
            self._said(f"the window made an error: {lines[-1].strip()}{kept}. Trading goes on.")
