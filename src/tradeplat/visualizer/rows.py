"""Tables: rows of one kind under columns that say what of them is shown, and how.

Refreshed whole with one `dataChanged`; widths are the person's and never measured from live data.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex
_NOWHERE = QtCore.QModelIndex()


class Column(NamedTuple):
    """One column: its title, the text of a row in it, and how wide it is at first, in points.

    `key` sorts (the text where it is None); `colour` is "" for the usual one; `right` is for
    numbers.
    """

    title: str
    text: Callable[[Any], str]
    width: int = 64
    right: bool = True
    key: Callable[[Any], Any] | None = None
    colour: Callable[[Any], str] | None = None


class RowsModel(QtCore.QAbstractTableModel):
    """Rows of one kind under columns, in the order told or in that of a column."""

    def __init__(self, columns: Sequence[Column], parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: list[Any] = []
        self._given: list[Any] = []
        self._order: tuple[int, bool] | None = None
        self._colours: dict[str, QtGui.QColor] = {}

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show these from now on."""
        self._given = list(rows)
        wanted = self._sorted()
        before, after = len(self.rows), len(wanted)
        if after > before:
            self.beginInsertRows(_NOWHERE, before, after - 1)
            self.rows = wanted
            self.endInsertRows()
        elif after < before:
            self.beginRemoveRows(_NOWHERE, after, before - 1)
            self.rows = wanted
            self.endRemoveRows()
        else:
            self.rows = wanted
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, side and colour of a cell."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and column.colour is not None:
            name = column.colour(row)
            if name:
                return self._colours.setdefault(name, QtGui.QColor(name))
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Titles stand where their numbers do."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = self.columns[section].right
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Keep the rows in the order of a column; of none (-1) as they are told."""
        descending = order == Qt.SortOrder.DescendingOrder
        self._order = (column, descending) if 0 <= column < len(self.columns) else None
        self.show_rows(self._given)

    def _sorted(self) -> list[Any]:
        if self._order is None:
            return list(self._given)
        at, descending = self._order
        key = self.columns[at].key or self.columns[at].text
        there = [row for row in self._given if key(row) is not None]
        nowhere = [row for row in self._given if key(row) is None]
        return sorted(there, key=key, reverse=descending) + nowhere


class Table(QtWidgets.QTableView):
    """A table of rows. `picked` has the row that was chosen, by a click or by keys."""

    picked = Signal(object)

    def __init__(
        self, name: str, columns: Sequence[Column], parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.content = RowsModel(columns, self)
        self.setModel(self.content)
        self.setAccessibleName(name)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves for the next panel
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._headed(columns)
        self.clicked.connect(lambda index: self._pick(index.row()))
        self.activated.connect(lambda index: self._pick(index.row()))

    def _headed(self, columns: Sequence[Column]) -> None:
        down, across = self.verticalHeader(), self.horizontalHeader()
        if down is not None:
            down.hide()
            down.setDefaultSectionSize(self.fontMetrics().height() + 6)
            down.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Fixed)
        if across is not None:
            across.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Interactive)
            across.setHighlightSections(False)
            across.setMinimumSectionSize(24)
            across.setStretchLastSection(not columns[-1].right)
            across.setSectionsClickable(True)
            across.setSortIndicatorShown(True)
            across.setSortIndicatorClearable(True)
            across.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            across.sortIndicatorChanged.connect(self.content.sort)
        for at, column in enumerate(columns):
            self.setColumnWidth(at, column.width)

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show these from now on."""
        self.content.show_rows(rows)

    def chosen(self) -> Any:
        """The row that is selected; None for none."""
        index = self.currentIndex()
        rows = self.content.rows
        return rows[index.row()] if index.isValid() and index.row() < len(rows) else None

    def _pick(self, row: int) -> None:
        if row < len(self.content.rows):
            self.picked.emit(self.content.rows[row])
