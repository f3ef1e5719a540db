"""The panel of strategies: who trades what, and buttons that stop and start the one chosen.

What is stopped enters nothing until it is started; what it holds stays protected.
"""

from functools import partial

from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.link import StrategyRow
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.qt import QtCore, QtWidgets, Signal
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
        self._chosen = ("", "")
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
            selection.currentRowChanged.connect(self._picked)
        table.picked.connect(self._clicked)
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
        rows = self._mirror.strategies.rows
        same = [one for one in rows if (one.symbol, one.strategy) == self._chosen]
        return same[0] if same else None

    def choose(self, symbol: str, strategy: str) -> None:
        """Have the buttons act on that strategy, wherever in the table it comes to stand."""
        self._chosen = (symbol, "" if strategy == BY_HAND else strategy)
        self._came = ""
        self.refresh()

    def _picked(self, *_: object) -> None:
        # Rows that come and go under the pointer choose nothing: only a person does.
        row = self.table.chosen() if self.table.hasFocus() else None
        if isinstance(row, StrategyRow):
            self.choose(row.symbol, row.strategy)

    def _clicked(self, row: object) -> None:
        if isinstance(row, StrategyRow):
            self.choose(row.symbol, row.strategy)

    def _placed(self) -> None:
        """Have the table show which one is chosen."""
        rows = self.table.content.rows
        at = next((k for k, r in enumerate(rows) if (r.symbol, r.strategy) == self._chosen), -1)
        if at >= 0 and self.table.currentIndex().row() != at:
            with QtCore.QSignalBlocker(self.table.selectionModel()):
                self.table.setCurrentIndex(self.table.content.index(at, 0))
            view = self.table.viewport()
            if view is not None:
                view.update()

    def refresh(self) -> None:
        """Say which strategy the buttons act on, and what came of the last one pressed."""
        self._placed()
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


BUTTONS = {
    "stop strategy": ("Stop it", "Let this strategy enter nothing more, at any ticker"),
    "start strategy": ("Start it", "Let this strategy enter again"),
    "stop ticker": ("Stop ticker", "Let no strategy enter this ticker any more"),
    "start ticker": ("Start ticker", "Let strategies enter this ticker again"),
}
"""Text and tool tip of each button, by its name."""
