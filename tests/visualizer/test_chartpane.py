import numpy as np
import pytest

from desks import Desk
from engines import Told, session
from tradeplat.control.messages import Reset, SymbolEntry, SymbolTable
from tradeplat.control.protocol import FrameType
from tradeplat.core.market import BAR, MINUTE
from tradeplat.visualizer.chartpane import ChartPane
from tradeplat.visualizer.indicators import FIRST, Indicators
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.palette import DEFAULT


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def pane(qtbot, desk):
    made = ChartPane(desk.mirror, DEFAULT)
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.show()
    made.refresh()
    return made


def test_the_first_ticker_is_shown_at_first(pane):
    assert (pane.symbol, pane.detail.model.symbol, pane.span) == ("AAPL", "AAPL", 60)
    assert [pane.symbols.itemText(n) for n in range(4)] == ["AAPL", "F", "TSLA", "BRK.B"]
    assert all(button.isEnabled() for button in pane.spans.values())  # joined from minutes


def test_symbols_are_followed_stepped_and_unknown_ones_ignored(pane, qtbot):
    with qtbot.waitSignal(pane.symbol_changed) as changed:
        pane.show_symbol("TSLA")
    assert changed.args == ["TSLA"]
    pane.show_symbol("NOPE")
    assert pane.symbol == "TSLA"
    pane.step(2)
    assert pane.symbol == "AAPL"
    pane.step(-1)
    assert pane.symbol == "BRK.B"
    assert pane.symbols.currentText() == "BRK.B"


def test_longer_bars_are_chosen_where_there_are_any(pane, desk):
    table = desk.mirror.table
    longer = type(table.symbols[0])(9, "AAPL", 300, 0.01, 1.0, 2)
    desk.told.json(FrameType.SYMBOLS, SymbolTable((*table.symbols, longer), table.seats))
    desk.take()
    pane.show_symbol("AAPL")
    pane.show_span(300)
    assert (pane.span, pane.detail.model.span, pane.spans[300].isChecked()) == (300, 300, True)
    pane.show_span(90)
    assert pane.span == 300
    pane.show_span(86_400)
    assert (pane.span, pane.detail.model.span) == (86_400, 86_400)
    pane.refresh()
    assert pane.span == 86_400
    pane.show_span(300)
    desk.told.json(FrameType.SYMBOLS, SymbolTable((longer,), table.seats))
    desk.take()
    pane.refresh()
    pane.show_symbol("AAPL")
    assert [span for span, button in pane.spans.items() if button.isChecked()] == [300]


def test_board_and_detail_take_turns_and_a_picked_chart_comes_in_full(pane):
    assert pane.view == 0
    pane.other_view()
    assert (pane.view, len(pane.board.charts)) == (9, 9)
    assert pane.board.isVisible()
    assert [chart.model.symbol for chart in pane.board.charts[:2]] == ["AAPL", "F"]
    pane.board.picked.emit("F")
    assert (pane.view, pane.symbol, pane.detail.isVisible()) == (0, "F", True)


def test_a_line_let_go_says_which_level_whose(pane, qtbot):
    with qtbot.waitSignal(pane.moved) as moved:
        pane.detail.replace_asked.emit(12, 97.80)
    assert moved.args == [LineKind.STOP, 97.80, 12, "manual"]
    with qtbot.assertNotEmitted(pane.moved):
        pane.detail.replace_asked.emit(99, 97.80)


def test_after_a_reset_nothing_old_is_shown(pane, desk):
    desk.told.json(FrameType.RESET, Reset("seek"))
    desk.take()
    pane.refresh()
    assert (pane.symbol, pane.detail.model, pane.nothing.isVisible()) == ("", None, True)
    desk.told.table()
    desk.take()
    pane.refresh()
    assert (pane.symbol, pane.nothing.isVisible()) == ("AAPL", False)


def test_hidden_studies_stay_hidden_where_a_ticker_is_shown_again(pane):
    pane.set_hidden("F", frozenset({1}))
    pane.show_symbol("F")
    assert pane.detail.sheet.hidden == frozenset({1})
    pane.show_symbol("AAPL")
    assert pane.detail.sheet.hidden == frozenset()


def test_a_ticker_told_before_its_first_bar_gets_its_chart_with_it(qtbot):
    desk = Desk(told=Told())
    desk.told.hello()
    before = SymbolEntry(1, "NEW", 0, 0.01, 1.0, 2, "builtin")
    desk.told.json(FrameType.SYMBOLS, SymbolTable((before,)))
    desk.take()
    pane = ChartPane(desk.mirror, DEFAULT)
    qtbot.addWidget(pane)
    pane.refresh()
    assert (pane.symbol, pane.spans[60].isEnabled()) == ("NEW", False)
    bars = SymbolEntry(2, "NEW", 60, 0.01, 1.0, 2, "builtin")
    desk.told.json(FrameType.SYMBOLS, SymbolTable((before, bars)))
    desk.take()
    pane.refresh()
    assert (pane.span, pane.spans[60].isChecked(), pane.detail.model.span) == (60, True, 60)


def test_the_day_is_in_view_until_somebody_zooms(pane, desk):
    model = pane.detail.model
    port = pane.detail.sheet.viewport
    assert port.bars == 120.0  # one day, more of it than fits
    rows = np.zeros(20, BAR)
    rows["ts"] = int(model.bars.ts[-1]) + 15 * 3_600 * 10**9 + np.arange(20) * MINUTE
    for name in ("open", "high", "low", "close"):
        rows[name] = 98.0
    model.extend(rows)
    pane.detail.refresh()
    assert port.bars == 40.0
    pane.detail.zoom(0.5)
    model.extend(rows[-1:])
    pane.detail.refresh()
    assert port.bars == 20.0


def test_an_indicator_is_drawn_where_its_ticker_is_seen_and_costs_nothing_elsewhere(qtbot, desk):
    chosen = Indicators()
    pane = ChartPane(desk.mirror, DEFAULT, indicators=chosen)
    qtbot.addWidget(pane)
    chosen.choose("AAPL", ["EMA 9"])
    chosen.choose("TSLA", ["EMA 9", "RSI 14"])
    pane.refresh()
    assert not any(model.series.keys() - {1, 2, 3} for model in desk.mirror.charts.values())
    pane.show()
    pane.refresh()
    apple, tesla = desk.mirror.model("AAPL"), desk.mirror.model("TSLA")
    added = [study.name for study in apple.studies.values() if study.id >= FIRST]
    assert added == ["EMA 9"]
    assert not any(number >= FIRST for number in tesla.studies)
    pane.show_symbol("TSLA")
    pane.refresh()
    assert {s.name for s in tesla.studies.values() if s.id >= FIRST} == {"EMA 9", "RSI 14"}
    chosen.choose("TSLA", [])
    assert not any(number >= FIRST for number in tesla.studies)


def test_ticker_and_zoom_stay_when_an_engine_tells_everything_anew(qtbot, desk):
    pane = ChartPane(desk.mirror, DEFAULT)
    qtbot.addWidget(pane)
    pane.refresh()
    pane.show_symbol("TSLA")
    pane.detail.fit(33.0)
    desk.told.json(FrameType.RESET, Reset("a replay went back"))
    desk.take()
    pane.refresh()
    assert pane.symbol == ""
    desk.told = session()
    desk.take()
    pane.refresh()
    assert (pane.symbol, pane.detail.sheet.viewport.bars) == ("TSLA", 33.0)
