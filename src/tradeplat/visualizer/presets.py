"""A field that offers what is often written in it: by a button at its end, or with Alt and Down."""

from collections.abc import Sequence

from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets


class PresetField(QtWidgets.QLineEdit):
    """A line for a text; with `presets` a menu writes one of them, as if it had been typed."""

    def __init__(
        self, presets: Sequence[str], colour: str, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.menu = QtWidgets.QMenu(self)
        for text in presets:
            action = self.menu.addAction(text)
            if action is not None:
                action.triggered.connect(lambda _, text=text: self.write(text))
        if presets:
            opens = self.addAction(
                _arrow(colour), QtWidgets.QLineEdit.ActionPosition.TrailingPosition
            )
            if opens is not None:
                opens.setText("Presets")
                opens.setToolTip("Presets (Alt+Down)")
                opens.triggered.connect(self.offer)

    def write(self, text: str) -> None:
        """Write a text as a person would."""
        self.setText(text)
        self.textEdited.emit(text)

    def offer(self) -> None:
        """Open the menu; nothing waits for it."""
        if not self.menu.isEmpty():
            self.menu.popup(self.mapToGlobal(QtCore.QPoint(0, self.height())))

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Alt and Down open the menu."""
        if event is None:
            return
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() == Qt.Key.Key_Down and not event.isAutoRepeat():
            self.offer()
        else:
            super().keyPressEvent(event)


def _arrow(colour: str) -> QtGui.QIcon:
    """A small triangle that points down: fonts have no such glyph everywhere."""
    picture = QtGui.QPixmap(24, 24)
    picture.fill(Qt.GlobalColor.transparent)
    with QtGui.QPainter(picture) as painter:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(colour))
        corners = (QtCore.QPointF(5, 9), QtCore.QPointF(19, 9), QtCore.QPointF(12, 17))
        painter.drawPolygon(QtGui.QPolygonF(corners))
    return QtGui.QIcon(picture)
