"""Charts in windows of their own: link numbers, keys of the view, lines, and where they were."""

import pytest

from desks import Desk
from tradeplat.visualizer.layouts import Layouts, Placed
from tradeplat.visualizer.qt import Qt, QtGui
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow


@pytest.fixture
def desk():
    return Desk()


def opened(qtbot, desk, tmp_path) -> MainWindow:
    shades = Shades(tmp_path / "shades.json")
    made = MainWindow(desk, Layouts(tmp_path / "l.json"), int, shades=shades, steady=desk.steady)
    qtbot.addWidget(made, before_close_func=lambda window: window.leave())
    made.show()
    qtbot.waitExposed(made)
    made.refresh()
    return made


@pytest.fixture
def window(qtbot, desk, tmp_path):
    return opened(qtbot, desk, tmp_path)


def press(qtbot, widget, key: str) -> None:
    sequence = QtGui.QKeySequence(key)[0]
    qtbot.keyClick(widget, sequence.key(), sequence.keyboardModifiers())


def test_panes_of_one_number_follow_one_symbol(window):
    first, second, free = (window.charts.open() for _ in range(3))
    assert [one.pane.symbol for one in (first, second, free)] == ["AAPL"] * 3
    first.link.setCurrentIndex(2)
    second.link.setCurrentIndex(2)
    first.pane.show_symbol("TSLA")
    assert [one.pane.symbol for one in (first, second, free)] == ["TSLA", "TSLA", "AAPL"]
    assert window.chart.symbol == "AAPL"
    free.link.setCurrentIndex(1)
    window.chart.show_symbol("F")
    assert [one.pane.symbol for one in (first, second, free)] == ["TSLA", "TSLA", "F"]
    free.pane.show_symbol("BRK.B")
    assert (window.chart.symbol, window.entry.symbol) == ("BRK.B", "BRK.B")
    free.link.setCurrentIndex(2)
    assert free.pane.symbol == "TSLA"


def test_what_keys_act_on_is_said_where_it_is_another_symbol(window):
    shown = window.charts.open()
    assert shown.keys.text() == ""
    shown.pane.show_symbol("TSLA")
    assert shown.keys.text() == "keys: AAPL"
    window.chart.show_symbol("TSLA")
    assert shown.keys.text() == ""


def test_keys_of_the_view_act_on_the_active_window(qtbot, desk, window):
    shown = window.charts.open()
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    for key in ("Ctrl+Down", "F2", "Ctrl+L"):
        press(qtbot, shown, key)
    assert (shown.pane.symbol, shown.pane.span) == ("F", 300)
    assert shown.pane.symbols.hasFocus()
    assert (window.chart.symbol, window.chart.span) == ("AAPL", 60)
    press(qtbot, shown, "Ctrl+G")
    assert (shown.pane.view, window.chart.view) == (9, 0)
    press(qtbot, shown, "Ctrl+7")
    assert desk.asked == [("leave", {"symbol": "AAPL", "part": 1.0})]
    shown.refresh()
    assert shown.windowTitle() == "[PAPER] F 5m"


def test_a_line_moved_there_is_that_symbols(desk, window):
    shown = window.charts.open()
    window.chart.show_symbol("TSLA")
    shown.pane.detail.replace_asked.emit(12, 97.80)
    assert desk.asked == [("protect", {"symbol": "AAPL", "stop": 97.80, "strategy": "manual"})]
    shown.pane.detail.replace_asked.emit(11, 97.80)
    assert "only stops and targets" in window.foot.currentMessage()


def test_there_is_one_stop_cursor_for_the_symbol_that_keys_act_on(window):
    shown = window.charts.open()
    shown.pane.detail.set_stop_cursor(97.5)
    assert window.chart.detail.stop_cursor == 97.5
    shown.pane.show_symbol("TSLA")
    shown.pane.detail.set_stop_cursor(400.0)
    assert window.chart.detail.stop_cursor == 97.5


def test_windows_come_back_as_they_were_by_mode(qtbot, desk, window, tmp_path):
    shown = window.charts.open(Placed("TSLA", 300, 3))
    shown.resize(760, 480)
    window.save_layout()
    window.leave()
    assert window.charts.windows == []
    again = opened(qtbot, desk, tmp_path)
    (shown,) = again.charts.windows
    assert (shown.pane.symbol, shown.pane.span, shown.number) == ("TSLA", 300, 3)
    assert (shown.width(), shown.height()) == (760, 480)
    shown.close()
    assert again.charts.placed() == ()
    assert opened(qtbot, Desk("LIVE"), tmp_path).charts.windows == []


def test_what_is_switched_off_is_off_in_every_pane(window):
    window.panel.switched.emit("AAPL", frozenset({1}))
    shown = window.charts.open()
    assert shown.pane.detail.sheet.hidden == frozenset({1})
    window.panel.switched.emit("AAPL", frozenset())
    assert shown.pane.detail.sheet.hidden == frozenset()


def test_the_menu_opens_one_with_the_frame_of_the_mode(window):
    entries = {entry.text(): entry for entry in window.status.view.menu().actions()}
    entries["New chart window"].trigger()
    (shown,) = window.charts.windows
    assert shown.windowFlags() & Qt.WindowType.Window
    assert QtGui.QColor(shown.grab().toImage().pixel(1, 300)).name() == "#2e7d32"
