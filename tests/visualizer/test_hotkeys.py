"""The key matrix: every key disarmed, armed, stale, held, in each kind of field, under a dialog."""

import pytest

from desks import Desk
from tradeplat.core.errors import BadInput
from tradeplat.visualizer import keys
from tradeplat.visualizer.client import Fresh
from tradeplat.visualizer.hotkeys import PANIC_NS, WAKE_NS
from tradeplat.visualizer.keys import ACTIONS
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow

OPENING = [one for one in ACTIONS if one.opens]
CLOSING = [one for one in ACTIONS if one.orders and not one.opens and one.name != "panic"]
REDUCING = [one for one in ACTIONS if one.reduces and one.name != "panic"]
NAMES = {"0": Qt.Key.Key_0, "A": Qt.Key.Key_A, "B": Qt.Key.Key_B, "T": Qt.Key.Key_T}


def name_of(action):
    return action.name


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def window(qtbot, desk, tmp_path):
    shades = Shades(tmp_path / "shades.json")
    made = MainWindow(
        desk, Layouts(tmp_path / "l.json"), lambda: 77, shades=shades, steady=desk.steady
    )
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.refresh()
    made.chart.detail.set_stop_cursor(97.5)
    return made


def armed(desk):
    desk.told.trading(armed=True)
    desk.take()


def press(qtbot, widget, key: str) -> None:
    sequence = QtGui.QKeySequence(key)[0]
    qtbot.keyClick(widget, sequence.key(), sequence.keyboardModifiers())


def sent(desk):
    return [do for do, _ in desk.asked]


@pytest.mark.parametrize("action", OPENING, ids=name_of)
def test_what_opens_needs_arming(qtbot, desk, window, action):
    press(qtbot, window, action.key)
    assert sent(desk) == ["pressed"]
    assert desk.asked[0][1]["act"] == action.name
    assert "disarmed" in window.statusBar().currentMessage()
    armed(desk)
    press(qtbot, window, action.key)
    assert desk.asked[1] == keys.command(action.name, window.aim())


@pytest.mark.parametrize("action", OPENING, ids=name_of)
def test_nothing_is_opened_on_old_prices_or_by_a_window_that_slept(qtbot, desk, window, action):
    armed(desk)
    for fresh in (Fresh.QUIET, Fresh.LOST):
        desk.fresh = fresh
        window.hotkeys.press(action.name)
    desk.fresh = Fresh.LIVE
    app = QtWidgets.QApplication.instance()
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    window.hotkeys.press(action.name)
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    desk.now += WAKE_NS - 1
    window.hotkeys.press(action.name)
    assert sent(desk) == ["pressed"] * 4
    desk.now += 1
    window.hotkeys.press(action.name)
    assert sent(desk)[4:] == ["enter"]


@pytest.mark.parametrize("action", CLOSING, ids=name_of)
def test_what_closes_needs_nothing(qtbot, desk, window, action):
    desk.fresh = Fresh.QUIET
    press(qtbot, window, action.key)
    assert desk.asked == [keys.command(action.name, window.aim())]


@pytest.mark.parametrize("action", [*OPENING, *CLOSING], ids=name_of)
def test_a_held_key_is_one_press(desk, window, action):
    assert not window.hotkeys._shortcuts[action.name].autoRepeat()
    assert (
        window.hotkeys._shortcuts[action.name].context() == Qt.ShortcutContext.ApplicationShortcut
    )


FIELDS = [QtWidgets.QLineEdit, QtWidgets.QSpinBox, QtWidgets.QPlainTextEdit, QtWidgets.QComboBox]


@pytest.mark.parametrize("kind", FIELDS)
def test_order_keys_fire_whatever_has_the_focus(qtbot, desk, window, kind):
    armed(desk)
    field = kind(window.chart)
    if isinstance(field, QtWidgets.QComboBox):
        field.setEditable(True)
    field.show()
    field.setFocus()
    for key in ("Ctrl+1", "Ctrl+Shift+2", "Ctrl+6", "F9", "Ctrl+0"):
        press(qtbot, field, key)
    assert sent(desk) == ["enter", "enter", "leave", "withdraw", "flatten"]


@pytest.mark.parametrize("action", REDUCING, ids=name_of)
def test_keys_that_reduce_work_under_a_modal_dialog(qtbot, desk, window, action):
    dialog = QtWidgets.QDialog(window)
    dialog.setModal(True)
    dialog.open()
    qtbot.waitExposed(dialog)
    sequence = QtGui.QKeySequence(action.key)[0]
    event = QtGui.QKeyEvent(
        QtCore.QEvent.Type.KeyPress, sequence.key(), sequence.keyboardModifiers()
    )
    QtWidgets.QApplication.sendEvent(dialog.windowHandle(), event)
    assert desk.asked == [keys.command(action.name, window.aim())]
    again = QtGui.QKeyEvent(
        QtCore.QEvent.Type.KeyPress, sequence.key(), sequence.keyboardModifiers(), "", autorep=True
    )
    QtWidgets.QApplication.sendEvent(dialog.windowHandle(), again)
    assert len(desk.asked) == 1
    dialog.close()


def test_keys_work_in_a_panel_that_floats(qtbot, desk, window):
    armed(desk)
    dock = window.docks["Positions"]
    dock.setFloating(True)
    qtbot.waitExposed(dock)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    press(qtbot, dock, "Ctrl+1")
    press(qtbot, dock, "Ctrl+7")
    assert sent(desk) == ["enter", "leave"]


def test_panic_takes_two_presses_within_a_second_and_a_half(qtbot, desk, window):
    press(qtbot, window, "Ctrl+Shift+F12")
    assert sent(desk) == ["pressed"]
    desk.now += PANIC_NS + 1
    press(qtbot, window, "Ctrl+Shift+F12")
    assert sent(desk) == ["pressed"] * 2
    desk.now += PANIC_NS
    press(qtbot, window, "Ctrl+Shift+F12")
    assert sent(desk)[2:] == ["panic"]
    press(qtbot, window, "Ctrl+Shift+F12")
    assert sent(desk)[3:] == ["pressed"]


def test_the_rest_of_the_keys_changes_the_view_alone(qtbot, desk, window):
    press(qtbot, window, "Ctrl+Down")
    assert window.chart.symbol == "F"
    press(qtbot, window, "Ctrl+Up")
    assert window.chart.symbol == "AAPL"
    press(qtbot, window, "Ctrl+G")
    assert window.chart.view == 9
    press(qtbot, window, "F1")
    assert window.chart.span == 60
    press(qtbot, window, "Ctrl+L")
    assert window.chart.symbols.hasFocus()
    press(qtbot, window, "F11")
    assert window.key_sheet.isVisible()
    assert desk.asked == []


def test_plain_keys_do_nothing(qtbot, desk, window):
    armed(desk)
    for key in ("1", "B", "Space", "Alt+1", "Ctrl+Backspace"):
        press(qtbot, window.chart.detail, key)
    assert desk.asked == []


def test_changed_keys_disarm_and_are_tried_dry_once(qtbot, desk, window):
    armed(desk)
    window.hotkeys.set_keys(keys.read('buy = "Ctrl+8"'))
    assert sent(desk) == ["disarm"]
    press(qtbot, window, "Ctrl+1")
    assert sent(desk) == ["disarm"]
    press(qtbot, window, "Ctrl+8")
    assert sent(desk) == ["disarm", "pressed"]
    assert "dry run" in desk.asked[1][1]["said"]
    press(qtbot, window, "Ctrl+8")
    assert sent(desk)[2:] == ["enter"]


def test_keys_in_conflict_change_nothing(window):
    before = dict(window.hotkeys.keys)
    with pytest.raises(BadInput, match="both"):
        window.hotkeys.set_keys({**before, "buy": "Ctrl+2"})
    assert window.hotkeys.keys == before


def test_two_meanings_send_nothing(qtbot, desk, window):
    armed(desk)
    other = QtGui.QShortcut(QtGui.QKeySequence("Ctrl+1"), window)
    other.setContext(Qt.ShortcutContext.ApplicationShortcut)
    press(qtbot, window, "Ctrl+1")
    press(qtbot, window, "Ctrl+1")
    assert "enter" not in sent(desk)
    assert "means several things" in desk.asked[-1][1]["said"]
