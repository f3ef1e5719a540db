"""The bar that a closing window shows while positions are open. It keeps nobody from anything."""

from collections.abc import Iterable

from tradeplat.visualizer import theme
from tradeplat.visualizer.link import PositionRow
from tradeplat.visualizer.numerals import quantity_text
from tradeplat.visualizer.qt import QtWidgets, Signal

_SHOWN = 6
"""Positions that are named; the rest are counted."""


def open_text(rows: Iterable[PositionRow]) -> str:
    """What is held, in words; empty when everything is flat."""
    held = [f"{row.symbol} {quantity_text(row.quantity)}" for row in rows if row.quantity]
    more = f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else ""
    return ", ".join(held[:_SHOWN]) + more


class LeavingBar(QtWidgets.QFrame):
    """Hidden until `ask`; `keep` and `flatten` come with a click, and the window is to close."""

    keep = Signal()
    flatten = Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.QUIET
        self.setObjectName("leaving")
        self.setStyleSheet(
            f"QFrame#leaving {{ background: {look.fill}; }}"
            f"QFrame#leaving > QLabel {{ color: {look.text}; font-weight: bold; }}"
        )
        self.said = QtWidgets.QLabel()
        self.said.setWordWrap(True)
        self.said.setAccessibleName("Positions are open")
        self.running = QtWidgets.QPushButton("Keep running")
        self.running.setToolTip("Close this window: the engine and its protective orders go on")
        self.flat = QtWidgets.QPushButton("Flatten and close")
        self.flat.setToolTip("Close every position, then this window")
        self.stay = QtWidgets.QPushButton("Cancel")
        self.stay.setToolTip("Leave this window open")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.said, 1)
        for button in (self.running, self.flat, self.stay):
            row.addWidget(button)
        self.running.clicked.connect(self.keep)
        self.flat.clicked.connect(self.flatten)
        self.stay.clicked.connect(self.hide)
        self.hide()

    def ask(self, held: str, *, ends: bool = False) -> None:
        """Ask what is to become of what is held; `ends` says that the session ends too."""
        after = "The session ends with this window." if ends else "The engine goes on without it."
        self.tell(f"Positions are open: {held}. {after}")
        self.running.setVisible(not ends)
        self.show()
        self.stay.setFocus()

    def tell(self, text: str) -> None:
        """Say something else."""
        self.said.setText(text)
