"""The panel of strategies: who trades what, and buttons that stop and start the one chosen.

What is stopped enters nothing until it is started; what it holds stays protected.
"""

from functools import partial

from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.link import StrategyRow
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.qt import QtWidgets, Signal
from tradeplat.visualizer.rows import Table

BY_HAND = "manual"
"""The seat of a person: nobody stops it, keys are disarmed instead."""


class StrategyPanel(QtWidgets.QWidget):
    """`table` has the strategies; `wanted` is as the order entry's."""

    wanted = Signal(str, object, object)

    def __init__(
        self, mirror: Mirror, table: Table, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._came = ""
        self.table = table
        self.said = QtWidgets.QLabel()
        self.said.setAccessibleName("Chosen strategy")
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(table, 1)
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 4)
        row.setSpacing(4)
        row.addWidget(self.said, 1)
        for name in BUTTONS:
            row.addWidget(self._button(name))
        column.addLayout(row)
        selection = table.selectionModel()
        if selection is not None:
            selection.currentRowChanged.connect(self._chose)
        self.refresh()

    def _button(self, name: str) -> QtWidgets.QPushButton:
        text, tip = BUTTONS[name]
        button = QtWidgets.QPushButton(text)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.clicked.connect(partial(self.press, name))
        self.buttons[name] = button
        return button

    @property
    def chosen(self) -> StrategyRow | None:
        """The row that the buttons act on."""
        row = self.table.chosen()
        if not isinstance(row, StrategyRow) or row.strategy == BY_HAND:
            return None
        rows = self._mirror.strategies.rows
        same = [one for one in rows if (one.symbol, one.strategy) == (row.symbol, row.strategy)]
        return same[0] if same else None

    def refresh(self) -> None:
        """Say which strategy the buttons act on, and what came of the last one pressed."""
        row = self.chosen
        said = self._came or "choose a strategy"
        if row is not None:
            said = self._came or f"{row.strategy} at {row.symbol}: {row.desk}"
        if self.said.text() != said:
            self.said.setText(said)
            self.said.setToolTip(said)
        for button in self.buttons.values():
            if button.isEnabled() != (row is not None):
                button.setEnabled(row is not None)

    def press(self, name: str, *_clicked: object) -> None:
        """What a button does about the strategy that is chosen."""
        row = self.chosen
        if row is None:
            return
        do, _, whose = name.partition(" ")
        body = {"strategy": row.strategy} if whose == "strategy" else {"symbol": row.symbol}
        self._came = f"{name}: asked"
        self.wanted.emit(do, {**body, "who": "window"}, self._answered)
        self.refresh()

    def _answered(self, reply: Reply) -> None:
        self._came = reply.text
        self.refresh()

    def _chose(self, *_: object) -> None:
        self._came = ""
        self.refresh()


BUTTONS = {
    "stop strategy": ("Stop it", "Let this strategy enter nothing more, at any ticker"),
    "start strategy": ("Start it", "Let this strategy enter again"),
    "stop ticker": ("Stop ticker", "Let no strategy enter this ticker any more"),
    "start ticker": ("Start ticker", "Let strategies enter this ticker again"),
}
"""Text and tool tip of each button, by its name."""
