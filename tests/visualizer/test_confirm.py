"""The bar that asks before an entry by mouse leaves."""

import pytest

from tradeplat.visualizer.confirm import ConfirmBar
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt, QtCore, QtGui


def key(which, *, held=False):
    none = Qt.KeyboardModifier.NoModifier
    return QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, which, none, "", held)


@pytest.fixture
def bar(qtbot):
    made = ConfirmBar(DEFAULT)
    qtbot.addWidget(made)
    made.show()
    made.came = []
    made.confirmed.connect(made.came.append)
    made.dropped.connect(lambda: made.came.append("dropped"))
    return made


def test_enter_sends_and_esc_drops_once_each(bar):
    for which, said in (
        (Qt.Key.Key_Return, 1),
        (Qt.Key.Key_Enter, 1),
        (Qt.Key.Key_Escape, "dropped"),
    ):
        bar.came.clear()
        bar.ask(1)
        assert bar.take(key(which))
        assert not bar.take(key(which))
        assert bar.came == [said]


def test_a_held_enter_and_other_keys_answer_nothing(bar):
    bar.ask(-1)
    assert not bar.take(key(Qt.Key.Key_Return, held=True))
    assert not bar.take(key(Qt.Key.Key_Space))
    assert (bar.came, bar.side) == ([], -1)


def test_three_lines_of_any_letters_fit(bar):
    font = bar.font()
    font.setPixelSize(24)
    bar.setFont(font)
    assert bar.height() >= 3 * bar.said.fontMetrics().height()


def test_the_answers_are_there_while_it_asks(bar, qtbot):
    bar.tell("sent", "")
    assert not bar.yes.isVisible()
    bar.ask(-1)
    bar.tell("SELL 200 F", "")
    height = bar.height()
    assert (bar.yes.isVisible(), bar.no.isVisible()) == (True, True)
    qtbot.mouseClick(bar.yes, Qt.MouseButton.LeftButton)
    bar.tell("done", DEFAULT.last)
    assert (bar.came, bar.height()) == ([-1], height)
