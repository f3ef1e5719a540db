"""The scrub bar of a replay: how far it was simulated, and where of it the view is."""

from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal

EDGE = 8
"""Points left free at both ends, half of the knob."""


class ScrubBar(QtWidgets.QWidget):
    """A line from the first bar to the last. `wanted` has the bar that a person drags to; `let_go`
    is emitted with it when the mouse is released.
    """

    wanted = Signal(int)
    let_go = Signal(int)

    def __init__(self, palette: Palette, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(120)
        self.setFixedHeight(24)
        self.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Position in the replay")
        self.setToolTip("Drag to another bar (Left, Right; with Shift ten bars)")
        self._palette = palette
        self.bar = self.head = self.bars = 0
        self.dragged: int | None = None
        """The bar under the mouse while it drags."""

    def tell(self, bar: int, head: int, bars: int) -> None:
        """Show that `bar` of `bars` is in view and `head` were simulated."""
        if (bar, head, bars) != (self.bar, self.head, self.bars):
            self.bar, self.head, self.bars = bar, head, bars
            self.update()

    def x_of(self, bar: int) -> float:
        """Where a bar lies."""
        share = bar / self.bars if self.bars else 0.0
        return EDGE + share * max(self.width() - 2 * EDGE, 1)

    def bar_at(self, x: float) -> int:
        """The bar that lies at `x`."""
        share = (x - EDGE) / max(self.width() - 2 * EDGE, 1)
        return round(min(max(share, 0.0), 1.0) * self.bars)

    def mousePressEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Take the knob to the mouse."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self.bars:
            self._drag(event)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Take the knob along."""
        if event is not None and self.dragged is not None:
            self._drag(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Leave the knob here."""
        if event is not None and self.dragged is not None:
            bar, self.dragged = self.bar_at(event.position().x()), None
            self.let_go.emit(bar)
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """The whole line, what of it was simulated, what is in view, and the knob."""
        with QtGui.QPainter(self) as painter:
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            colours, middle = self._palette, self.height() / 2
            at = self.bar if self.dragged is None else self.dragged
            for bar, colour in (
                (self.bars, colours.border),
                (self.head, colours.faint),
                (min(at, self.head), colours.up),
            ):
                painter.setBrush(QtGui.QColor(colour))
                left, right = self.x_of(0), self.x_of(bar)
                painter.drawRoundedRect(QtCore.QRectF(left, middle - 2, right - left, 4), 2, 2)
            if self.bars:
                painter.setBrush(QtGui.QColor(colours.text))
                painter.drawEllipse(QtCore.QPointF(self.x_of(at), middle), 6.0, 6.0)

    def _drag(self, event: QtGui.QMouseEvent) -> None:
        bar = self.bar_at(event.position().x())
        if bar != self.dragged:
            self.dragged = bar
            self.wanted.emit(bar)
            self.update()
