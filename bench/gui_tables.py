"""Tables: what a refresh of 100 rows of 10 cells costs, beside a table that measures its columns.

python -m bench gui_tables [--quick]
"""

import os
import sys

from bench.figures import Figure, in_turn
from bench.gui_draw import cpu, shown

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROWS, COLUMNS = 100, 10


def measure(quick: bool) -> list[Figure]:
    try:
        from tradeplat.visualizer.qt import QtWidgets
    except ImportError as error:
        print(f"gui_tables: left out, the extra 'gui' is not installed: {error}", file=sys.stderr)
        return []
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    rounds = 1 if quick else 3  # the other takes seconds
    ours, measured = in_turn(cpu(told(), 20), cpu(resized(), 1), rounds=rounds)
    app.processEvents()
    return [
        Figure(
            "UI10",
            "table refreshed by its model beside one that resizes to its contents",
            ours / measured,
            "x",
            1 / 50,
            "<=",
            held=True,
        ),
        Figure("UI table", "CPU a refresh of 100 x 10 cells", ours, "ms"),
        Figure("UI table resized", "of a table that resizes to its contents", measured, "ms"),
    ]


def cell(row: int, column: int, frame: int) -> str:
    """A number that changes with each refresh."""
    return f"{100 + row + column / 10 + frame % 7 / 100:,.2f}"


def told():
    """A refresh as the windows do it, and its frame."""
    from tradeplat.visualizer.qt import QtWidgets
    from tradeplat.visualizer.rows import Column, Table

    def column(at: int) -> Column:
        return Column(f"c{at}", lambda row: row[at])

    table = Table("bench", [column(at) for at in range(COLUMNS)])
    shown(table, 1000, 900)

    def frame(k: int) -> None:
        table.show_rows([[cell(row, at, k) for at in range(COLUMNS)] for row in range(ROWS)])
        QtWidgets.QApplication.processEvents()

    return frame


def resized():
    """The same cells in a widget of items whose header mode is ResizeToContents."""
    from tradeplat.visualizer.qt import QtWidgets

    table = QtWidgets.QTableWidget(ROWS, COLUMNS)
    for row in range(ROWS):
        for at in range(COLUMNS):
            table.setItem(row, at, QtWidgets.QTableWidgetItem(cell(row, at, 0)))
    for header in (table.horizontalHeader(), table.verticalHeader()):
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
    shown(table, 1000, 900)

    def frame(k: int) -> None:
        for row in range(ROWS):
            for at in range(COLUMNS):
                table.item(row, at).setText(cell(row, at, k))
        QtWidgets.QApplication.processEvents()

    return frame
