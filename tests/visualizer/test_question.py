import pytest

from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt, QtWidgets
from tradeplat.visualizer.question import Question


@pytest.mark.parametrize(
    ("key", "asked"),
    [(Qt.Key.Key_Return, 1), (Qt.Key.Key_Enter, 1), (Qt.Key.Key_Escape, 0), (Qt.Key.Key_A, None)],
)
def test_enter_says_yes_and_esc_no_and_nothing_is_modal(qtbot, key, asked):
    window = QtWidgets.QWidget()
    qtbot.addWidget(window)
    question = Question("Do it", "Leave it", DEFAULT, window)
    window.show()
    said = []
    question.agreed.connect(lambda: said.append(1))
    assert not question.isVisible()
    question.ask("Shall it be done?")
    assert (question.isVisible(), question.text.text()) == (True, "Shall it be done?")
    assert QtWidgets.QApplication.activeModalWidget() is None
    qtbot.keyClick(question.yes, key)
    assert question.isVisible() == (asked is None)
    assert len(said) == (asked or 0)


def test_enter_on_no_says_no(qtbot):
    question = Question("Do it", "Leave it", DEFAULT)
    qtbot.addWidget(question)
    question.ask("Shall it?")
    question.no.setFocus()
    with qtbot.assertNotEmitted(question.agreed):
        qtbot.mouseClick(question.no, Qt.MouseButton.LeftButton)
    assert not question.isVisible()
