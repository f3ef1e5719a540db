"""A button that acts when it is held, with a ring that fills: for what is never done by mistake."""

from tradeplat.visualizer import theme
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal

HOLD_MS = 500
_STEP_MS = 16


class HoldButton(QtWidgets.QPushButton):
    """`held` comes once it was held for half a second, by the mouse or by Space."""

    held = Signal()

    def __init__(self, text: str, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(text, parent)
        look = theme.DANGER
        self.setStyleSheet(
            f"QPushButton {{ background: {look.fill}; color: {look.text}; font-weight: bold;"
            " padding: 3px 26px 3px 10px; border: 2px solid #c62828; }"
            "QPushButton:focus { border: 2px solid #ffcc4d; }"
        )
        self._clock = QtCore.QElapsedTimer()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._step)
        self.pressed.connect(self._begin)
        self.released.connect(self._end)
        self.setAutoRepeat(False)

    @property
    def part(self) -> float:
        """How much of the time it has been held, 0 to 1."""
        if not self._timer.isActive():
            return 0.0
        return min(self._clock.elapsed() / HOLD_MS, 1.0)

    def _begin(self) -> None:
        self._clock.start()
        self._timer.start()

    def _end(self) -> None:
        self._timer.stop()
        self.update()

    def _step(self) -> None:
        self.update()
        if self.part >= 1.0:
            self._end()
            self.held.emit()

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """A key that repeats is one press."""
        if event is not None and not event.isAutoRepeat():
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Idem."""
        if event is not None and not event.isAutoRepeat():
            super().keyReleaseEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """The button, and the ring at its right."""
        super().paintEvent(event)
        with QtGui.QPainter(self) as painter:
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            size = min(self.height() - 12, 14)
            box = QtCore.QRectF(self.width() - size - 8, (self.height() - size) / 2, size, size)
            painter.setPen(QtGui.QPen(QtGui.QColor("#f0a0a0"), 2))
            painter.drawEllipse(box)
            if self.part:
                painter.setPen(QtGui.QPen(Qt.GlobalColor.white, 3))
                painter.drawArc(box, 90 * 16, -round(360 * 16 * self.part))
