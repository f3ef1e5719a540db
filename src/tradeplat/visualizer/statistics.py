"""The statistics dialog: what a run came to so far, beside the window and never in its way."""

from collections.abc import Callable, Mapping
from typing import Any

from tradeplat.visualizer import figures
from tradeplat.visualizer.figures import Figure
from tradeplat.visualizer.link import FrameType
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets
from tradeplat.visualizer.rows import Column, Table

REFRESH_MS = 500


class StatisticsDialog(QtWidgets.QDialog):
    """Figures in sections, tables of strategies and tickers, and what the gate refused."""

    def __init__(self, mirror: Mirror, palette: Palette, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Statistics")
        self.setModal(False)
        self.resize(860, 680)
        self._mirror = mirror
        self._palette = palette
        self._seen = -1
        self.pages = QtWidgets.QTabWidget()
        self.pages.setDocumentMode(True)
        self.figures = Table("Figures", self._figure_columns())
        self.refused = Table("Refusals", self._refusal_columns())
        self.pages.addTab(self.figures, "Figures")
        self.groups: dict[str, Table] = {}
        for name, title in figures.GROUPS.items():
            self.groups[name] = Table(title, self._group_columns())
            self.pages.addTab(self.groups[name], title)
        self.pages.addTab(self.refused, "Refusals")
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.pages, 1)
        layout.addLayout(self._buttons())
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    def _buttons(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        self.copy_text = QtWidgets.QPushButton("Copy as text")
        self.copy_text.setToolTip("What this page shows, as lines of text")
        self.copy_csv = QtWidgets.QPushButton("Copy as CSV")
        self.copy_csv.setToolTip("This page with every digit, as the engine told it")
        done = QtWidgets.QPushButton("Close")
        done.setToolTip("Close (Esc)")
        self.copy_text.clicked.connect(lambda: self._copy(self.text()))
        self.copy_csv.clicked.connect(lambda: self._copy(self.csv()))
        done.clicked.connect(self.close)
        for button in (self.copy_text, self.copy_csv, done):
            button.setAutoDefault(False)
        row.addWidget(self.copy_text)
        row.addWidget(self.copy_csv)
        row.addStretch(1)
        row.addWidget(done)
        return row

    # What it shows

    def refresh(self) -> None:
        """Show the newest figures, where there are new ones."""
        seen = sum(self._mirror.seen[k] for k in (FrameType.STATISTICS, FrameType.RESET))
        if seen == self._seen:
            return
        self._seen = seen
        told = self._mirror.statistics
        self.figures.show_rows(figures.figures(told))
        for name, rows in figures.tables(told).items():
            self.groups[name].show_rows(rows)
        self.refused.show_rows(figures.refusals(told))

    def text(self) -> str:
        """The page that is open, as text."""
        return self._told(figures.as_text, lambda rows: figures.table_csv(rows).replace(",", "\t"))

    def csv(self) -> str:
        """The page that is open, as CSV with every digit."""
        return self._told(figures.as_csv, figures.table_csv)

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Follow the run while somebody looks."""
        super().showEvent(event)
        self._seen = -1
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:
        """Follow nothing any more."""
        super().hideEvent(event)
        self._timer.stop()

    def _told(
        self,
        listed: Callable[[list[Figure]], str],
        tabled: Callable[[list[Mapping[str, Any]]], str],
    ) -> str:
        page = self.pages.currentWidget()
        if not isinstance(page, Table):
            return ""
        alone = page in {self.figures, self.refused}
        return listed(page.content.rows) if alone else tabled(page.content.rows)

    def _copy(self, text: str) -> None:
        board = QtWidgets.QApplication.clipboard()
        if board is not None:
            board.setText(text)

    def _tone(self, value: object) -> str:
        if not isinstance(value, int | float) or isinstance(value, bool) or not round(value, 2):
            return ""
        return self._palette.up if value > 0 else self._palette.down

    def _figure_columns(self) -> tuple[Column, ...]:
        return (
            Column("Section", lambda row: row.section, 90, right=False, key=None),
            Column("Figure", lambda row: row.label, 210, right=False),
            Column(
                "Value",
                lambda row: row.text,
                250,
                key=lambda row: order(row.value),
                colour=lambda row: self._tone(row.value) if row.kind == "gain" else "",
            ),
            Column("In the JSON", lambda row: row.path, 270, right=False),
        )

    def _refusal_columns(self) -> tuple[Column, ...]:
        return (
            Column("Reason", lambda row: row.label, 240, right=False),
            Column("Times", lambda row: row.text, 90, key=lambda row: row.value),
        )

    def _group_columns(self) -> tuple[Column, ...]:
        def column(name: str) -> Column:
            def text(row: Mapping[str, Any]) -> str:
                value = row.get(name)
                return figures.shown(value, figures.kind(name, value))

            named = name == "name"
            wide = self.fontMetrics().horizontalAdvance(figures.title(name)) + 26
            gain = name != "open" and figures.kind(name, 0.0) == "gain"
            return Column(
                figures.title(name),
                text,
                120 if named else max(74, wide),
                right=not named,
                key=lambda row: order(row.get(name)),
                colour=(lambda row: self._tone(row.get(name))) if gain else None,
            )

        return tuple(column(name) for name in figures.columns(()))


def order(value: object) -> tuple[int, float, str] | None:
    """What a cell is sorted by: numbers by what they are, before texts; None where it is empty."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value))
