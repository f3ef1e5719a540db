"""Fills, rejections and a lost engine are heard, by one, two and three beeps, where that is wanted.

Each has its visible twin: the fill's marker and its row, the refusal in its colour, the banner.
"""

from collections.abc import Callable
from typing import Protocol

from tradeplat.visualizer.client import Fresh, Reply
from tradeplat.visualizer.link import FrameType
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.preferences import Sounding
from tradeplat.visualizer.qt import QtCore, QtWidgets

REJECTED = frozenset({"REJECTED"})
LOOK_MS = 200
BETWEEN_MS = 160
BEEPS = {"fill": 1, "reject": 2, "disconnect": 3}


class Told(Protocol):
    """What is listened to: a window's connection."""

    mirror: Mirror

    @property
    def fresh(self) -> Fresh:
        """How old what is shown is."""
        ...


def beep(times: int) -> None:
    """The desktop's own sound, so many times."""
    for n in range(times):
        QtCore.QTimer.singleShot(n * BETWEEN_MS, QtWidgets.QApplication.beep)


class Sounds(QtCore.QObject):
    """Looks at an engine's connection five times a second; what was there before is not heard."""

    def __init__(
        self,
        engine: Told,
        play: Callable[[int], None] = beep,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.wanted = Sounding()
        self._engine = engine
        self._play = play
        self._run = ""
        self._fills = 0
        self._rejected: frozenset[str] = frozenset()
        self._seen = -1
        self._lost = True
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def stop(self) -> None:
        """Hear no more."""
        self._timer.stop()

    def replied(self, reply: Reply) -> None:
        """What came of a command."""
        if not reply.done:
            self._sound("reject")

    def look(self) -> None:
        """Hear what has come since the last look."""
        mirror = self._engine.mirror
        lost = self._engine.fresh is Fresh.LOST
        if lost and not self._lost:
            self._sound("disconnect")
        self._lost = lost
        seen = mirror.seen[FrameType.FILLS] + mirror.seen[FrameType.ORDERS]
        if seen == self._seen and mirror.hello.run == self._run:
            return
        fills, began = max(mirror.fills, default=0), mirror.hello.run != self._run
        rejected = frozenset(k for k, one in mirror.orders.items() if one.state in REJECTED)
        if not began and fills > self._fills:
            self._sound("fill")
        if not began and rejected - self._rejected:
            self._sound("reject")
        self._run, self._seen = mirror.hello.run, seen
        self._fills, self._rejected = fills, rejected

    def _sound(self, name: str) -> None:
        if getattr(self.wanted, name):
            self._play(BEEPS[name])
