"""What keys do besides the matrix (test_key_matrix.py): sleep, panic, changes, two meanings."""

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


def name_of(action):
    return action.name


@pytest.fixture(scope="module")
def desk():
    return Desk()


@pytest.fixture(scope="module")
def opened(qapp, desk, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    shades = Shades(folder / "shades.json")
    made = MainWindow(
        desk, Layouts(folder / "l.json"), lambda: 77, shades=shades, steady=desk.steady
    )
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def window(qtbot, desk, opened):
    desk.asked.clear()
    desk.fresh = Fresh.LIVE
    desk.now += 10 * PANIC_NS
    desk.told.trading(armed=False)
    desk.take()
    opened.hotkeys.set_keys({one.name: one.key for one in ACTIONS})
    opened.hotkeys._unproven.clear()
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow)
    opened.refresh()
    opened.chart.show_symbol("AAPL")
    opened.chart.detail.set_stop_cursor(97.5)
    return opened


def armed(desk):
    desk.told.trading(armed=True)
    desk.take()


class Stamped(QtGui.QKeyEvent):
    """A key of an instant."""

    at = 0

    def timestamp(self) -> int:
        return self.at


def press(qtbot, widget, key: str) -> None:
    sequence = QtGui.QKeySequence(key)[0]
    qtbot.keyClick(widget, sequence.key(), sequence.keyboardModifiers())


def sent(desk):
    return [do for do, _ in desk.asked]


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
    window.key_sheet.hide()
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


def test_a_release_and_a_press_at_one_instant_are_a_held_key(desk, window):
    hotkeys = window.hotkeys
    hotkeys._pairs = True  # as under X

    def heard(kind, at: int) -> None:
        control = Qt.KeyboardModifier.ControlModifier
        event = Stamped(kind, Qt.Key.Key_6, control, 15, 54, 4, "6")
        event.at = at
        QtWidgets.QApplication.sendEvent(window.windowHandle(), event)
        if kind == QtCore.QEvent.Type.ShortcutOverride:
            hotkeys._shortcuts["close_half"].activated.emit()

    press, release = QtCore.QEvent.Type.ShortcutOverride, QtCore.QEvent.Type.KeyRelease
    for kind, at in ((press, 1_000), (release, 1_660), (press, 1_660), (release, 1_700)):
        heard(kind, at)
    assert sent(desk) == ["leave"]
    heard(press, 1_712)
    assert sent(desk) == ["leave"] * 2
    hotkeys._pairs = False


def test_two_meanings_send_nothing(qtbot, desk, window):
    armed(desk)
    other = QtGui.QShortcut(QtGui.QKeySequence("Ctrl+1"), window)
    other.setContext(Qt.ShortcutContext.ApplicationShortcut)
    press(qtbot, window, "Ctrl+1")
    press(qtbot, window, "Ctrl+1")
    assert "enter" not in sent(desk)
    assert "means several things" in desk.asked[-1][1]["said"]
    other.setEnabled(False)
    other.deleteLater()
