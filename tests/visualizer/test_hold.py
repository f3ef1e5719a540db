from tradeplat.visualizer.hold import HoldButton
from tradeplat.visualizer.qt import Qt, QtCore, QtGui


def test_a_click_does_nothing(qtbot):
    button = HoldButton("FLATTEN ALL")
    qtbot.addWidget(button)
    button.show()
    with qtbot.assertNotEmitted(button.held, wait=50):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.part == 0.0


def test_half_a_second_does_it_once_and_shows_the_ring(qtbot):
    button = HoldButton("FLATTEN ALL")
    qtbot.addWidget(button)
    button.show()
    came = []
    button.held.connect(lambda: came.append(1))
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: button.part > 0.0)
    before = button.grab().toImage()
    qtbot.waitUntil(lambda: came == [1])
    assert button.grab().toImage() != before
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert came == [1]


def test_a_repeating_key_is_one_press(qtbot):
    button = HoldButton("FLATTEN ALL")
    qtbot.addWidget(button)
    button.show()
    qtbot.keyPress(button, Qt.Key.Key_Space)
    kind = QtCore.QEvent.Type
    none = Qt.KeyboardModifier.NoModifier
    for one in (kind.KeyRelease, kind.KeyPress):
        button.event(QtGui.QKeyEvent(one, Qt.Key.Key_Space, none, " ", autorep=True))
    assert button.isDown()
    with qtbot.waitSignal(button.held):
        assert button.isDown()
