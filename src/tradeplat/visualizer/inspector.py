"""The state inspector: why a strategy does nothing, and all that it remembers, at the cursor."""

from collections.abc import Mapping
from typing import Any

from tradeplat.core.market import SECOND
from tradeplat.visualizer.client import Engine, Reply
from tradeplat.visualizer.link import StrategyRow
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtGui, QtWidgets
from tradeplat.visualizer.reasons import Branch, branches, why
from tradeplat.visualizer.ticks import instant_text

ASKED_EVERY = SECOND
"""Strategies are asked once in so much of the engine's time, in ns."""

NOTHING = "No strategy trades this ticker yet."


class Inspector(QtWidgets.QWidget):
    """Every strategy of one ticker. What they remember is asked for while somebody looks."""

    def __init__(
        self, engine: Engine, palette: Palette, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._palette = palette
        self._symbol = ""
        self._details: dict[str, Mapping[str, Any]] = {}
        self._waiting: set[str] = set()
        self._asked = (-1, "")
        self._drawn: object = None
        self.head = QtWidgets.QLabel()
        self.head.setContentsMargins(6, 4, 6, 0)
        self.words = QtWidgets.QLabel(NOTHING)
        self.words.setWordWrap(True)
        self.words.setContentsMargins(6, 2, 6, 4)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("Why no entry")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tree = QtWidgets.QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels(["What", "Value"])
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setAccessibleName("States of strategies")
        self.tree.setColumnWidth(0, 150)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.words)
        layout.addWidget(self.tree, 1)

    def show_symbol(self, symbol: str) -> None:
        """Look at this ticker from now on."""
        if symbol != self._symbol:
            self._symbol = symbol
            self._details.clear()
            self._asked = (-1, "")
            self.refresh()

    def refresh(self) -> None:
        """Show how strategies stand, and ask for what they remember: while somebody looks, and
        not on the way to a cursor.
        """
        replay = self._engine.mirror.replay
        if self.visibleRegion().isEmpty() or (replay is not None and replay.state == "busy"):
            return
        rows = self._rows()
        self._ask(rows)
        at = self._now()
        drawn = (self._symbol, at, rows, {name: id(one) for name, one in self._details.items()})
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.head.setText(f"{self._symbol}  {instant_text(at)}" if at else self._symbol)
        trading = self._engine.mirror.trading
        lines = [f"{row.strategy}: {why(row, trading)}" for row in rows]
        self.words.setText("\n".join(lines) or NOTHING)
        self._fill(rows)

    def _rows(self) -> list[StrategyRow]:
        rows = self._engine.mirror.strategies.rows
        return [row for row in rows if row.symbol == self._symbol]

    def _now(self) -> int:
        """The instant that is looked at."""
        mirror = self._engine.mirror
        return mirror.pulse.ts if mirror.replay is None else mirror.replay.cursor

    def _ask(self, rows: list[StrategyRow]) -> None:
        """Ask once an instant, and of nobody whose answer is still to come."""
        now = (self._now() // ASKED_EVERY, self._symbol)
        if now == self._asked or self._waiting or not rows:
            return
        self._asked = now
        for row in rows:
            self._waiting.add(row.strategy)
            body = {"symbol": row.symbol, "strategy": row.strategy}
            self._engine.command("inspect", body, self._heard(row.symbol, row.strategy))

    def _heard(self, symbol: str, strategy: str) -> Any:
        def came(reply: Reply) -> None:
            self._waiting.discard(strategy)
            if reply.done and symbol == self._symbol:
                self._details[strategy] = reply.detail

        return came

    def _fill(self, rows: list[StrategyRow]) -> None:
        """Show it; what was open stays open, and the view where it was."""
        closed, bar = self._closed(), self.tree.verticalScrollBar()
        place = bar.value() if bar is not None else 0
        self.tree.setUpdatesEnabled(False)
        self.tree.clear()
        for row in rows:
            item = QtWidgets.QTreeWidgetItem([row.strategy, ""])
            self.tree.addTopLevelItem(item)
            self._grow(item, branches(row, self._details.get(row.strategy)))
            self._open(item, (row.strategy,), closed)
        if bar is not None:
            bar.setValue(place)
        self.tree.setUpdatesEnabled(True)

    def _grow(self, item: QtWidgets.QTreeWidgetItem, below: Branch) -> None:
        for name, value in below:
            leaf = QtWidgets.QTreeWidgetItem([name, value if isinstance(value, str) else ""])
            leaf.setToolTip(1, leaf.text(1))
            leaf.setForeground(0, QtGui.QColor(self._palette.faint))
            item.addChild(leaf)
            if not isinstance(value, str):
                self._grow(leaf, value)

    def _open(
        self, item: QtWidgets.QTreeWidgetItem, path: tuple[str, ...], closed: set[tuple[str, ...]]
    ) -> None:
        item.setExpanded(path not in closed)
        for at in range(item.childCount()):
            child = item.child(at)
            if child is not None and child.childCount():
                self._open(child, (*path, child.text(0)), closed)

    def _closed(self) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()

        def look(item: QtWidgets.QTreeWidgetItem, path: tuple[str, ...]) -> None:
            if not item.isExpanded():
                found.add(path)
            for at in range(item.childCount()):
                child = item.child(at)
                if child is not None and child.childCount():
                    look(child, (*path, child.text(0)))

        for at in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(at)
            if item is not None:
                look(item, (item.text(0),))
        return found
