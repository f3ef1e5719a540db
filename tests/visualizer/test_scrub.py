from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.qt import Qt, QtCore
from tradeplat.visualizer.scrub import ScrubBar
from visualizer.drawing import number, pixels


def test_the_bar_follows_the_mouse_and_tells_where_it_was_let_go(qtbot):
    bar = ScrubBar(DEFAULT)
    qtbot.addWidget(bar)
    bar.resize(216, 24)
    bar.tell(50, 75, 100)
    assert [bar.bar_at(bar.x_of(n)) for n in (0, 33, 100)] == [0, 33, 100]
    assert (bar.bar_at(-50.0), bar.bar_at(999.0)) == (0, 100)
    wanted, left = [], []
    bar.wanted.connect(wanted.append)
    bar.let_go.connect(left.append)
    spot = QtCore.QPoint(round(bar.x_of(20)), 12)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseMove(bar, QtCore.QPoint(round(bar.x_of(80)), 12))
    assert bar.dragged == 80
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QtCore.QPoint(round(bar.x_of(80)), 12))
    assert (wanted, left, bar.dragged) == ([20, 80], [80], None)


def test_what_is_in_view_what_was_simulated_and_the_rest_differ(qtbot):
    bar = ScrubBar(DEFAULT)
    qtbot.addWidget(bar)
    bar.resize(416, 24)
    bar.tell(25, 50, 100)
    line = pixels(bar.grab().toImage())[12]
    for share, colour in ((10, DEFAULT.up), (40, DEFAULT.faint), (80, DEFAULT.border)):
        assert line[round(bar.x_of(share))] == number(colour)


def test_nothing_is_dragged_where_there_are_no_bars(qtbot):
    bar = ScrubBar(DEFAULT)
    qtbot.addWidget(bar)
    with qtbot.assertNotEmitted(bar.wanted):
        qtbot.mousePress(bar, Qt.MouseButton.LeftButton)
