"""The bar that an entry by mouse passes: Enter sends, Esc drops. It stands in nobody's way."""

from tradeplat.visualizer import theme
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal


class ConfirmBar(QtWidgets.QFrame):
    """Says what would be sent, or what came of what was.

    `confirmed`, with the side, and `dropped` come once each time it asks; `side` is what it asks
    about, 0 nothing.
    """

    confirmed = Signal(int)
    dropped = Signal()

    def __init__(self, palette: Palette, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self.side = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("confirm")
        self.said = QtWidgets.QLabel()
        self.said.setWordWrap(True)
        self.said.setAccessibleName("Order")
        self.said.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred
        )
        self.yes = QtWidgets.QPushButton("Enter: send")
        self.yes.setToolTip("Send this order (Enter)")
        self.no = QtWidgets.QPushButton("Esc: drop")
        self.no.setToolTip("Send nothing (Esc)")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(6)
        row.addWidget(self.said, 1)
        answers = QtWidgets.QVBoxLayout()
        answers.setSpacing(2)
        for button in (self.yes, self.no):
            button.setStyleSheet("padding: 1px 6px;")
            answers.addWidget(button)
        row.addLayout(answers)
        self._sized()
        self.yes.clicked.connect(self.confirm)
        self.no.clicked.connect(self.drop)
        self.tell("", "")

    def _sized(self) -> None:
        """Be as high as three lines, whatever is said: nothing below may move under a click."""
        self.setFixedHeight(3 * self.said.fontMetrics().height() + 12)

    def changeEvent(self, event: QtCore.QEvent | None) -> None:
        """Follow the size of the letters."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.FontChange:
            self._sized()

    def ask(self, side: int) -> None:
        """Ask about an order on `side`, and take the keys."""
        self.side = side
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def tell(self, text: str, colour: str) -> None:
        """Say something; while it asks, in the colours of a question."""
        asks = bool(self.side)
        if self.said.text() != text:
            self.said.setText(text)
        look = theme.ARMED
        ink = look.text if asks else colour or self._palette.text
        fill = look.fill if asks else self._palette.panel
        edge = self._palette.focus if asks else self._palette.border
        style = (
            f"QFrame#confirm {{ background: {fill}; border: 1px solid {edge}; }}"
            f"QFrame#confirm:focus {{ border: 2px solid {self._palette.text}; }}"
            f"QFrame#confirm > QLabel {{ color: {ink}; background: transparent; }}"
        )
        if self.styleSheet() != style:
            self.setStyleSheet(style)
        self.yes.setVisible(asks)
        self.no.setVisible(asks)

    def confirm(self) -> None:
        """What Enter does."""
        side, self.side = self.side, 0
        if side:
            self.confirmed.emit(side)

    def drop(self) -> None:
        """What Esc does."""
        if self.side:
            self.side = 0
            self.dropped.emit()

    def take(self, event: QtGui.QKeyEvent) -> bool:
        """Take Enter or Esc while it asks; a key that repeats is none."""
        if not self.side or event.isAutoRepeat():
            return False
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.confirm()
        elif event.key() == Qt.Key.Key_Escape:
            self.drop()
        else:
            return False
        return True
