"""A question across the window that stops nothing."""

from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtGui, QtWidgets, Signal


class Question(QtWidgets.QFrame):
    """Hidden until it is asked; Enter says yes, Esc no. `agreed` is emitted for a yes."""

    agreed = Signal()

    def __init__(
        self, yes: str, no: str, palette: Palette, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        colours = f"background: {palette.panel}; border: 1px solid {palette.focus};"
        self.setStyleSheet(f"QFrame#question {{ {colours} }}")
        self.text = QtWidgets.QLabel()
        self.text.setWordWrap(True)
        self.yes = QtWidgets.QPushButton(yes)
        self.yes.setToolTip(f"{yes} (Enter)")
        self.no = QtWidgets.QPushButton(no)
        self.no.setToolTip(f"{no} (Esc)")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.text, 1)
        row.addWidget(self.yes)
        row.addWidget(self.no)
        self.yes.clicked.connect(self._yes)
        self.no.clicked.connect(self.hide)
        self.hide()

    def ask(self, text: str) -> None:
        """Show it, with the keyboard on its answer."""
        self.text.setText(text)
        self.setAccessibleName(text)
        self.show()
        self.yes.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Esc and Enter answer it; all other keys go on."""
        if event is None:
            return
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            focused = self.focusWidget()
            if focused is self.no:
                self.hide()
            else:
                self._yes()
        else:
            event.ignore()

    def _yes(self) -> None:
        self.hide()
        self.agreed.emit()
