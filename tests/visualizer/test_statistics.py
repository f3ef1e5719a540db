import msgspec
import pytest

from desks import Desk
from tradeplat.control.protocol import FrameType
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt, QtWidgets
from tradeplat.visualizer.statistics import StatisticsDialog, order
from visualizer.test_figures import SUMMARY, TOLD


@pytest.fixture
def desk() -> Desk:
    desk = Desk("REPLAY")
    desk.told.json(FrameType.STATISTICS, TOLD)
    desk.take()
    return desk


@pytest.fixture
def dialog(qtbot, desk) -> StatisticsDialog:
    window = QtWidgets.QMainWindow()
    qtbot.addWidget(window)
    window.show()
    dialog = StatisticsDialog(desk.mirror, DEFAULT, window)
    dialog.show()
    yield dialog
    window.close()


def cells(table) -> list[list[str]]:
    model = table.content
    across = range(model.columnCount())
    return [[model.data(model.index(y, x)) for x in across] for y in range(model.rowCount())]


def campaigns(dialog) -> list[str]:
    return [row[2] for row in cells(dialog.figures) if "campaigns" in row[3]]


def test_it_stops_nothing_and_follows_the_run(qtbot, desk, dialog):
    assert QtWidgets.QApplication.activeModalWidget() is None
    values = {row[3]: row[2] for row in cells(dialog.figures)}
    assert values["summary.campaigns"] == "7"
    desk.told.json(
        FrameType.STATISTICS,
        msgspec.structs.replace(TOLD, figures={"summary": {**SUMMARY, "campaigns": 8}}),
    )
    desk.take()
    qtbot.waitUntil(lambda: campaigns(dialog) == ["8"])


def test_columns_sort_by_number(desk, dialog):
    table = dialog.groups["by_strategy"]
    titles = [table.content.headerData(n, Qt.Orientation.Horizontal) for n in range(18)]
    for title, expected in (("Trades", ["ema", "orb"]), ("Net", ["orb", "ema"])):
        table.content.sort(titles.index(title))
        assert [row[0] for row in cells(table)] == expected
    table.content.sort(titles.index("Win rate"), Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in cells(table)] == ["orb", "ema"]  # what is undefined comes last
    dialog.figures.content.sort(2)
    numbers = [row.value for row in dialog.figures.content.rows if not isinstance(row.value, str)]
    known = [value for value in numbers if value is not None]
    assert known == sorted(known)
    assert order("b") > order("a") > order(10**9)


def test_the_open_page_is_copied(dialog):
    board = QtWidgets.QApplication.clipboard()
    dialog.copy_csv.click()
    assert "summary.net,-1234.567" in board.text()
    dialog.copy_text.click()
    assert "Net profit or loss" in board.text()
    dialog.pages.setCurrentWidget(dialog.groups["by_strategy"])
    dialog.copy_csv.click()
    assert board.text().splitlines()[1] == "orb,10,-9.5,0.25"
    dialog.copy_text.click()
    assert board.text().splitlines()[1] == "orb\t10\t-9.5\t0.25"
    dialog.pages.setCurrentWidget(dialog.refused)
    dialog.copy_csv.click()
    assert "refused.MAX_POSITION,12" in board.text()


def test_nothing_is_done_while_it_is_closed(desk, dialog):
    dialog.close()
    assert not dialog._timer.isActive()
