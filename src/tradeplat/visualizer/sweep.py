"""Python's collector of cycles, between events alone.

A window that nobody needs any more is a cycle, and the collector may take it at any allocation: in
the midst of its own last painting as well, and that Qt does not survive.
"""

import gc
from types import TracebackType
from typing import Self

from tradeplat.visualizer.qt import QtCore

EACH_MS = 500
"""Milliseconds between looks at what is young."""
OLDER = 20
"""Every so many looks take in what has lived through one."""
ALL = 240
"""Every so many take in everything."""


class Sweep:
    """While open, cycles are collected by a clock of Qt's loop and by nothing else."""

    def __init__(self) -> None:
        self._clock = QtCore.QTimer()
        self._clock.setInterval(EACH_MS)
        self._clock.timeout.connect(self.sweep)
        self._looks = 0
        self._was = False

    def __enter__(self) -> Self:
        self._was = gc.isenabled()
        gc.disable()
        gc.collect()
        gc.freeze()  # what is loaded stays: no look has to go through it
        self._clock.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clock.stop()
        gc.unfreeze()
        if self._was:
            gc.enable()

    def sweep(self) -> None:
        """Take what is of no use any more: of the young, and at times of the older."""
        self._looks += 1
        gc.collect(2 if not self._looks % ALL else 1 if not self._looks % OLDER else 0)
