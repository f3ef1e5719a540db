"""Many charts with one crosshair and one clock, which rests while nobody looks."""

import numpy as np
import pytest

from bench.charts import NAMES, model, walk
from tradeplat.visualizer.board import COLUMNS, Board
from tradeplat.visualizer.head import Cross
from tradeplat.visualizer.palette import DEFAULT, TEAL_RED
from tradeplat.visualizer.qt import QtCore
from visualizer.drawing import number, pixels

ROWS = walk(200, seed=12)


@pytest.fixture
def board(qtbot):
    made = Board(4)
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.show_models([model(ROWS, name) for name in NAMES[:9]])
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.mark.parametrize("count", COLUMNS)
def test_a_board_has_as_many_equal_places_as_it_is_told(board, count):
    board.set_count(count)
    board.resize(1600, 900)
    QtCore.QCoreApplication.processEvents()
    assert len(board.charts) == count
    widths = {chart.width() for chart in board.charts}
    assert max(widths) - min(widths) <= 1
    assert max(chart.width() for chart in board.charts) * COLUMNS[count] <= 1600
    shown = [chart.model.symbol for chart in board.charts if chart.model]
    assert shown == list(NAMES[: min(count, 9)])


def test_a_smaller_board_forgets_charts_and_a_larger_one_finds_its_models(board):
    board.set_count(1)
    board.set_count(9)
    assert [chart.model.symbol for chart in board.charts] == list(NAMES[:9])


def test_all_charts_share_the_crosshair_and_one_has_its_price(board):
    own = board.charts[1]
    own.crossed.emit(Cross(int(ROWS["ts"][100]), 98.0))
    crosses = [chart._cross for chart in board.charts]
    assert {cross.ts for cross in crosses} == {int(ROWS["ts"][100])}
    assert [
        chart
        for chart, cross in zip(board.charts, crosses, strict=True)
        if not np.isnan(cross.price)
    ] == [own]
    own.crossed.emit(None)
    assert {chart._cross for chart in board.charts} == {None}


def test_the_clock_rests_while_the_board_is_hidden(board):
    assert board._timer.isActive()
    board.hide()
    assert not board._timer.isActive()
    board.show()
    assert board._timer.isActive()


def test_a_chosen_chart_names_its_symbol(board, qtbot):
    with qtbot.waitSignal(board.picked) as heard:
        board.charts[2].picked.emit("NVDA")
    assert heard.args == ["NVDA"]


def test_studies_are_switched_by_symbol(board):
    board.set_hidden("TSLA", frozenset({3}))
    assert [chart.hidden for chart in board.charts] == [frozenset(), {3}, frozenset(), frozenset()]
    board.set_count(9)
    assert board.charts[1].hidden == {3}


def test_colours_can_be_changed(board):
    before = pixels(board.grab().toImage())
    assert number(DEFAULT.up) in before
    board.set_palette(TEAL_RED)
    after = pixels(board.grab().toImage())
    assert number(TEAL_RED.up) in after
    assert number(DEFAULT.up) not in after
