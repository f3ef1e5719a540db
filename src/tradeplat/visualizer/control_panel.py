"""The tree of visualizers: ticker, then chart or strategy, then what each declares, and every
indicator that a person may add.

Switching is a matter of the view and never reaches a strategy.
"""

from collections.abc import Callable, Mapping

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.link import StudyEntry
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.shades import Shades

CHART = "Chart"
INDICATORS = "Indicators"
_STUDY = int(Qt.ItemDataRole.UserRole)
_BOX = int(Qt.ItemDataRole.CheckStateRole)
_ON, _OFF, _PARTLY = (
    Qt.CheckState.Checked,
    Qt.CheckState.Unchecked,
    Qt.CheckState.PartiallyChecked,
)


class ControlPanel(QtWidgets.QWidget):
    """`switched` has a ticker and the numbers of its studies that are off, `added` one and the
    names of the indicators that are on.
    """

    switched = Signal(str, object)
    added = Signal(str, object)
    said = Signal(str)

    def __init__(
        self, mirror: Mirror, shades: Shades, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._shades = shades
        self._indicators: tuple[StudyEntry, ...] = ()
        self._shape: tuple[object, ...] = ()
        self._followed = ""
        self.filter = QtWidgets.QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter visualizers")
        self.filter.setClearButtonEnabled(True)
        for button in self.filter.findChildren(QtWidgets.QToolButton):
            button.setAccessibleName("Clear the filter")
            button.setToolTip("Clear the filter")
        self.only = QtWidgets.QPushButton("Only this")
        self.only.setToolTip("Switch everything else of this ticker off")
        self.everything = QtWidgets.QPushButton("All")
        self.everything.setToolTip("Switch everything that is declared for this ticker on")
        self.tree = QtWidgets.QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Visualizers")
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(4)
        row.addWidget(self.filter, 1)
        row.addWidget(self.only)
        row.addWidget(self.everything)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.tree, 1)
        self.tree.itemChanged.connect(self._toggled)
        self.filter.textChanged.connect(self._filtered)
        self.only.clicked.connect(self.only_this)
        self.everything.clicked.connect(self.all_of_it)

    def know(self, indicators: Mapping[str, str]) -> None:
        """List these indicators below each ticker, by name, with their colours."""
        named = indicators.items()
        self._indicators = tuple(StudyEntry(0, name, "", 0, ink, "", name) for name, ink in named)

    def refresh(self) -> None:
        """Follow what strategies declare; what is open and chosen stays so."""
        wanted = self._wanted()
        shape = tuple((name, tuple(groups.items())) for name, groups in wanted.items())
        if shape == self._shape:
            return
        opened = {one.text(0) for one in self._tickers() if one.isExpanded()}
        opened |= {self._followed} if self._followed else set(list(wanted)[:1])
        self._shape = shape
        with QtCore.QSignalBlocker(self.tree):
            self.tree.clear()
            for symbol, groups in wanted.items():
                self._grow(symbol, groups).setExpanded(symbol in opened)
        self._filtered(self.filter.text())
        for symbol in wanted:
            self.switched.emit(symbol, self.hidden(symbol))
            self.added.emit(symbol, self._shades.added(symbol))
        self._show(self._followed)

    def follow(self, symbol: str) -> None:
        """Open the branch of a ticker, and close the one that was followed before."""
        for one in self._tickers():
            if one.text(0) == self._followed != symbol:
                one.setExpanded(False)
        self._followed = symbol
        self._show(symbol)

    def _show(self, symbol: str) -> None:
        for one in self._tickers():
            if one.text(0) == symbol:
                one.setExpanded(True)
                self.tree.scrollToItem(one, QtWidgets.QTreeWidget.ScrollHint.PositionAtTop)

    def hidden(self, symbol: str) -> frozenset[int]:
        """Numbers of the studies of a ticker that are off."""
        return frozenset(
            leaf.data(0, _STUDY).id
            for ticker in self._tickers()
            if ticker.text(0) == symbol
            for leaf in _leaves(ticker)
            if leaf.checkState(0) == _OFF and not _own(leaf)
        )

    def only_this(self) -> None:
        """Leave on what is chosen, and nothing else of its ticker."""
        item = self.tree.currentItem()
        if item is not None:
            kept = {id(leaf) for leaf in _leaves(item)}
            self._set(_ticker(item), lambda leaf: id(leaf) in kept)

    def all_of_it(self) -> None:
        """Everything that is declared for the chosen ticker on; indicators stay as they are."""
        item = self.tree.currentItem()
        if item is not None:
            self._set(_ticker(item), lambda leaf: not _own(leaf) or leaf.checkState(0) == _ON)

    def _wanted(self) -> dict[str, dict[str, tuple[StudyEntry, ...]]]:
        by: dict[str, list[StudyEntry]] = {}
        for entry in self._mirror.table.studies:
            by.setdefault(entry.strategy, []).append(entry)
        found: dict[str, dict[str, tuple[StudyEntry, ...]]] = {}
        for symbol in self._mirror.symbols:
            rows = self._mirror.strategies.rows
            names = ["", *dict.fromkeys(r.strategy for r in rows if r.symbol == symbol)]
            groups = {name: tuple(by[name]) for name in names if name in by}
            if self._indicators:
                groups[INDICATORS] = self._indicators
            if groups:
                found[symbol] = groups
        return found

    def _grow(
        self, symbol: str, groups: dict[str, tuple[StudyEntry, ...]]
    ) -> QtWidgets.QTreeWidgetItem:
        ticker = QtWidgets.QTreeWidgetItem([symbol])
        self.tree.addTopLevelItem(ticker)
        for strategy, entries in groups.items():
            own = entries is self._indicators
            group = QtWidgets.QTreeWidgetItem([INDICATORS]) if own else _branch(strategy or CHART)
            ticker.addChild(group)
            named = self._shades.added(symbol) if own else self._shades.off(symbol, strategy)
            for entry in entries:
                leaf = QtWidgets.QTreeWidgetItem([entry.label or entry.name])
                leaf.setFlags(leaf.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                leaf.setData(0, _STUDY, entry)
                leaf.setToolTip(0, "Draw it here" if own else f"{entry.name}: {entry.kind}")
                if entry.colour:
                    leaf.setIcon(0, _swatch(entry.colour))
                group.addChild(leaf)
                leaf.setCheckState(0, _ON if (entry.name in named) == own else _OFF)
            group.setExpanded(not own or bool(named))
        _settle(ticker)
        return ticker

    def _tickers(self) -> list[QtWidgets.QTreeWidgetItem]:
        items = (self.tree.topLevelItem(at) for at in range(self.tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _set(
        self, ticker: QtWidgets.QTreeWidgetItem, on: Callable[[QtWidgets.QTreeWidgetItem], bool]
    ) -> None:
        with QtCore.QSignalBlocker(self.tree):
            for leaf in _leaves(ticker):
                leaf.setCheckState(0, _ON if on(leaf) else _OFF)
            _settle(ticker)
        self._switched(ticker)
        view = self.tree.viewport()
        if view is not None:
            view.update()

    def _toggled(self, item: QtWidgets.QTreeWidgetItem) -> None:
        """A ticker's box is that of all it has but indicators, which have to be wanted each."""
        ticker = _ticker(item)
        with QtCore.QSignalBlocker(self.tree):
            if item is ticker:
                for group in _declared(ticker):
                    group.setCheckState(0, item.checkState(0))
            _settle(ticker)
        self._switched(ticker)

    def _switched(self, ticker: QtWidgets.QTreeWidgetItem) -> None:
        symbol = ticker.text(0)
        off: dict[str, set[str]] = {}
        on: set[str] = set()
        for leaf in _leaves(ticker):
            entry: StudyEntry = leaf.data(0, _STUDY)
            names = on if _own(leaf) else off.setdefault(entry.strategy, set())
            if (leaf.checkState(0) == _ON) == _own(leaf):
                names.add(entry.name)
        try:
            if self._shades.added(symbol) != on:
                self._shades.set_added(symbol, frozenset(on))
            for strategy, names in off.items():
                if self._shades.off(symbol, strategy) != names:
                    self._shades.set_off(symbol, strategy, frozenset(names))
        except BadInput as error:
            self.said.emit(str(error))
        self.switched.emit(symbol, self.hidden(symbol))
        self.added.emit(symbol, frozenset(on))

    def _filtered(self, text: str) -> None:
        """Show branches in which the text is found: in their own name, or below or above it."""
        sought = text.strip().lower()
        for ticker in self._tickers():
            whole = sought in ticker.text(0).lower()
            for at in range(ticker.childCount()):
                group = _child(ticker, at)
                wide = whole or sought in group.text(0).lower()
                for leaf in _leaves(group):
                    leaf.setHidden(not (wide or sought in leaf.text(0).lower()))
                group.setHidden(all(leaf.isHidden() for leaf in _leaves(group)))
            groups = [_child(ticker, at) for at in range(ticker.childCount())]
            ticker.setHidden(all(group.isHidden() for group in groups))
            if sought and not ticker.isHidden():
                ticker.setExpanded(True)


def _branch(text: str) -> QtWidgets.QTreeWidgetItem:
    item = QtWidgets.QTreeWidgetItem([text])
    kept = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsAutoTristate
    item.setFlags(item.flags() | kept)
    return item


def _child(item: QtWidgets.QTreeWidgetItem, at: int) -> QtWidgets.QTreeWidgetItem:
    child = item.child(at)
    if child is None:
        raise IndexError(at)
    return child


def _leaves(item: QtWidgets.QTreeWidgetItem) -> list[QtWidgets.QTreeWidgetItem]:
    """The visualizers below an item, itself where it is one."""
    if item.data(0, _STUDY) is not None:
        return [item]
    return [leaf for at in range(item.childCount()) for leaf in _leaves(_child(item, at))]


def _declared(ticker: QtWidgets.QTreeWidgetItem) -> list[QtWidgets.QTreeWidgetItem]:
    """The branches of a ticker that its chart and strategies declare."""
    branches = [_child(ticker, at) for at in range(ticker.childCount())]
    return [branch for branch in branches if branch.data(0, _BOX) is not None]


def _settle(ticker: QtWidgets.QTreeWidgetItem) -> None:
    """Let its box tell of them; it has none where there is nothing to switch."""
    states = {branch.checkState(0) for branch in _declared(ticker)}
    if states:
        kept = Qt.ItemFlag.ItemIsUserCheckable
        ticker.setFlags(ticker.flags() | kept)
        ticker.setCheckState(0, states.pop() if len(states) == 1 else _PARTLY)


def _own(leaf: QtWidgets.QTreeWidgetItem) -> bool:
    """Whether it is an indicator, which nobody declared and the engine has no number for."""
    entry: StudyEntry = leaf.data(0, _STUDY)
    return entry.id == 0


def _ticker(item: QtWidgets.QTreeWidgetItem) -> QtWidgets.QTreeWidgetItem:
    above = item.parent()
    return item if above is None else _ticker(above)


def _swatch(colour: str) -> QtGui.QIcon:
    picture = QtGui.QPixmap(10, 10)
    picture.fill(QtGui.QColor(colour))
    return QtGui.QIcon(picture)
