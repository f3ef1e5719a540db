import pytest

from desks import Desk
from tradeplat.core.errors import BadInput
from tradeplat.visualizer.hotkeys import HotKeys
from tradeplat.visualizer.keydialog import KeyDialog
from tradeplat.visualizer.keys import ACTIONS, Aim
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Hand(QtWidgets.QWidget):
    """A window that keys act on."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.fresh, self.armed = self.desk.fresh, True

    def aim(self):
        return Aim("AAPL", 97.5, 50.0)

    def send(self, do, body, then=None, asked=0):
        self.desk.asked.append((do, body))

    def note(self, key, said, act):
        self.desk.asked.append(("pressed", act))


@pytest.fixture
def dialog(qtbot):
    hand = Hand()
    qtbot.addWidget(hand)
    hand.show()
    hotkeys = HotKeys(hand, hand, lambda: 0, hand.desk.steady)
    hand.kept = []

    def keep(wanted):
        if hand.kept == ["full"]:
            raise BadInput("keys.toml: cannot be written")
        hand.kept.append(wanted)

    made = KeyDialog(hotkeys, keep, hand)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.hand = hand
    return made


def test_a_key_is_taken_as_it_is_pressed_and_sends_nothing(qtbot, dialog):
    dialog.show_action("buy")
    dialog.field.setFocus()
    for key, modifiers, text in (
        (Qt.Key.Key_8, CTRL, "Ctrl+8"),
        (Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier, "F9"),
        (Qt.Key.Key_Exclam, CTRL | SHIFT, "Ctrl+Shift+1"),
        (Qt.Key.Key_0, CTRL | Qt.KeyboardModifier.KeypadModifier, "Ctrl+0"),
    ):
        qtbot.keyClick(dialog.field, key, modifiers)
        assert (dialog.draft["buy"], dialog.field.text()) == (text, text)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Backspace, CTRL)
    assert "expected a letter" in dialog.problems.text()
    assert dialog.hand.desk.asked == []


def test_conflicts_are_shown_at_once_and_cannot_be_saved(qtbot, dialog):
    dialog.show_action("buy")
    qtbot.keyClick(dialog.field, Qt.Key.Key_2, CTRL)
    assert "both buy and buy_half" in dialog.problems.text()
    rows = {one.name: dialog._remark(one) for one in ACTIONS}
    assert rows["buy"] == "▲ also: buy half of default size"
    assert rows["buy_half"] == "▲ also: buy default size"
    assert not dialog.keep.isEnabled()
    qtbot.keyClick(dialog.field, Qt.Key.Key_B)
    assert "orders lie on Ctrl" in rows["buy"] + dialog.problems.text()
    dialog.usual.click()
    assert (dialog.problems.text(), dialog.keep.isEnabled()) == ("", True)
    dialog.show_action("panic")
    dialog.none.click()
    assert "panic and disarm" in dialog.problems.text()
    dialog.all_usual.click()
    assert dialog.keep.isEnabled()


def test_what_is_saved_is_the_draft_and_cancel_forgets_it(qtbot, dialog):
    dialog.show_action("buy")
    qtbot.keyClick(dialog.field, Qt.Key.Key_8, CTRL)
    dialog.keep.click()
    assert dialog.hand.kept[0]["buy"] == "Ctrl+8"
    assert not dialog.isVisible()
    dialog.show()
    assert dialog.draft["buy"] == "Ctrl+1"  # nobody has set the keys
    assert dialog.hand.desk.asked == []


def test_keys_show_their_row_while_the_dialog_is_active(qtbot, dialog):
    dialog.table.setFocus()
    qtbot.keyClick(dialog.table, Qt.Key.Key_7, CTRL)
    assert (dialog.action.name, dialog.hand.desk.asked) == ("close_all", [])
    assert "nothing was sent" in dialog.problems.text()
    for key in (Qt.Key.Key_F9, Qt.Key.Key_F12):
        event = QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        QtWidgets.QApplication.sendEvent(dialog.windowHandle(), event)
    assert (dialog.action.name, dialog.hand.desk.asked) == ("out", [])
    dialog.close()
    dialog.hand.activateWindow()
    qtbot.waitUntil(dialog.hand.isActiveWindow)
    qtbot.keyClick(dialog.hand, Qt.Key.Key_7, CTRL)
    assert [do for do, _ in dialog.hand.desk.asked] == ["leave"]


def test_keys_that_cannot_be_kept_are_said(qtbot, dialog):
    dialog.hand.kept = ["full"]
    dialog.keep.click()
    assert dialog.isVisible()
    assert "cannot be written" in dialog.problems.text()
