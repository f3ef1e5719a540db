"""The panel of positions: what is held, and buttons for the one that is chosen.

Closing needs no confirmation; levels are moved by steps and stand where the engine says.
"""

from collections.abc import Callable
from typing import NamedTuple

from tradeplat.core.market import SECOND
from tradeplat.visualizer import tips
from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.link import PositionRow
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.numerals import MINUS, price_text, quantity_text
from tradeplat.visualizer.qt import QtCore, QtWidgets, Signal
from tradeplat.visualizer.rows import Table

STEPS = (1, 5, 10, 50)
"""Ticks of a step."""

PATIENCE = 2 * SECOND
"""How long a level that was asked for is where the next step begins, heard of or not."""


class Asked(NamedTuple):
    """A level that was asked for: where it was before, where it is to go, and when (ns)."""

    before: float
    price: float
    at: int


class Holdings(QtWidgets.QWidget):
    """`table` has the positions; `wanted` is as the order entry's.

    `steady` counts ns and never goes back.
    """

    wanted = Signal(str, object, object)

    def __init__(
        self,
        mirror: Mirror,
        table: Table,
        steady: Callable[[], int],
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._steady = steady
        self._asked: dict[tuple[str, str, str], Asked] = {}
        self._symbol = ""
        self._chosen = ("", "")
        self.table = table
        self.said = QtWidgets.QLabel()
        self.said.setAccessibleName("Chosen position")
        self.step = QtWidgets.QComboBox()
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(table, 1)
        column.addLayout(self._first())
        column.addLayout(self._second())
        table.picked.connect(lambda row: self.choose(row.symbol, row.strategy))
        selection = table.selectionModel()
        if selection is not None:
            selection.currentRowChanged.connect(self._picked)
        self.refresh()

    def _first(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(4)
        row.addWidget(self.said, 1)
        row.addWidget(self._button("close"))
        return row

    def _second(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 4)
        row.setSpacing(4)
        for level in LEVELS:
            row.addWidget(QtWidgets.QLabel(level.capitalize()))
            for way in ("down", "up"):
                row.addWidget(self._button(f"{level} {way}"))
            row.addSpacing(4)
        row.addStretch(1)
        for count in STEPS:
            self.step.addItem(f"{count} tick" if count == 1 else f"{count} ticks", count)
        self.step.setAccessibleName("Step of stop and target")
        self.step.setToolTip("How far the buttons move a level")
        row.addWidget(self.step)
        return row

    def _button(self, name: str) -> QtWidgets.QPushButton:
        text, tip = BUTTONS[name]
        button = QtWidgets.QPushButton(text)
        tips.give(button, tip)
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(lambda: self.press(name))
        self.buttons[name] = button
        return button

    @property
    def chosen(self) -> PositionRow | None:
        """The position that the buttons act on: the one chosen in the table, else the only one of
        the ticker that is followed.
        """
        held = [one for one in self._mirror.positions.rows if one.quantity]
        mine = [one for one in held if (one.symbol, one.strategy) == self._chosen]
        here = mine or [one for one in held if one.symbol == self._symbol]
        return here[0] if len(here) == 1 else None

    def show_symbol(self, symbol: str) -> None:
        """Follow a ticker: what was chosen of another is chosen no more."""
        self._symbol = symbol
        if self._chosen[0] != symbol:
            self.choose("", "")

    def choose(self, symbol: str, strategy: str) -> None:
        """Have the buttons act on that position, wherever in the table it comes to stand."""
        self._chosen = (symbol, strategy)
        self.refresh()

    def _picked(self) -> None:
        # Rows that come and go under the pointer choose nothing: only a person does.
        row = self.table.chosen() if self.table.hasFocus() else None
        if isinstance(row, PositionRow):
            self.choose(row.symbol, row.strategy)

    def _placed(self, row: PositionRow | None) -> None:
        """Have the table show which position is chosen."""
        key = None if row is None else (row.symbol, row.strategy)
        rows = self.table.content.rows
        at = next((k for k, one in enumerate(rows) if (one.symbol, one.strategy) == key), -1)
        if self.table.currentIndex().row() != at:
            with QtCore.QSignalBlocker(self.table.selectionModel()):
                self.table.setCurrentIndex(self.table.content.index(at, 0))
            view = self.table.viewport()
            if view is not None:
                view.update()

    def refresh(self) -> None:
        """Say which position the buttons act on, and light those that can do something."""
        row = self.chosen
        self._placed(row)
        said = "choose a position"
        if row is not None:
            told = self.asked_text(row)
            said = f"{row.symbol} {quantity_text(row.quantity)} {row.strategy}"
            said += f": {told}" if told else ""
        if self.said.text() != said:
            self.said.setText(said)
        for name, button in self.buttons.items():
            level = name.partition(" ")[0]
            there = row is not None and (level == "close" or getattr(row, level) is not None)
            if button.isEnabled() != there:
                button.setEnabled(there)

    def press(self, name: str) -> None:
        """What a button does to the position that is chosen."""
        row = self.chosen
        if row is None:
            return
        level, _, way = name.partition(" ")
        if level == "close":
            self.wanted.emit("flatten", {"symbols": [row.symbol]}, None)
            return
        model = self._mirror.model(row.symbol)
        tick = model.tick if model is not None else 0.01
        key = (row.symbol, row.strategy, level)
        begin = self._begin(key, getattr(row, level))
        if begin is None:
            return
        step = int(self.step.currentData()) * (1 if way == "up" else -1)
        price = max(round(begin / tick) + step, 1) * tick
        self._asked[key] = Asked(getattr(row, level), price, self._steady())

        def came(reply: Reply) -> None:
            if not reply.done:
                self._asked.pop(key, None)

        body = {"symbol": row.symbol, level: price, "strategy": row.strategy}
        self.wanted.emit("protect", body, came)

    def _begin(self, key: tuple[str, str, str], now: float | None) -> float | None:
        """Where a step begins: at the level, or where it was sent and is not yet."""
        asked = self._asked.get(key)
        if asked is None or now is None:
            return now
        if now != asked.before or self._steady() - asked.at > PATIENCE:
            del self._asked[key]
            return now
        return asked.price

    def asked_text(self, row: PositionRow) -> str:
        """Levels of a position that were asked for and are not there yet."""
        model = self._mirror.model(row.symbol)
        decimals = model.decimals if model is not None else 2
        told = []
        for level in LEVELS:
            asked = self._asked.get((row.symbol, row.strategy, level))
            if (
                asked is not None
                and self._begin((row.symbol, row.strategy, level), getattr(row, level))
                == asked.price
            ):
                told.append(f"{level} {price_text(asked.price, decimals)} asked")
        return ", ".join(told)


LEVELS = ("stop", "target")

BUTTONS = {
    "stop down": (MINUS, "Move the stop down"),
    "stop up": ("+", "Move the stop up"),
    "target down": (MINUS, "Move the target down"),
    "target up": ("+", "Move the target up"),
    "close": ("Close", "Cancel the ticker's orders and close its position ({flatten})"),
}
"""Text and tool tip of each button, by its name."""
