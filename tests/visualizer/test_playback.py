import pytest

from desks import Desk
from engines import OPEN
from tradeplat.control.messages import Replay
from tradeplat.control.protocol import FrameType
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.qt import Qt
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow


@pytest.fixture
def desk() -> Desk:
    desk = Desk("REPLAY")
    desk.told.json(FrameType.REPLAY, Replay("paused", OPEN, OPEN, OPEN, OPEN, 1.0, 0, 5, 9))
    desk.take()
    return desk


@pytest.fixture
def window(qtbot, tmp_path, desk) -> MainWindow:
    kept = Layouts(tmp_path / "layouts.json")
    shades = Shades(tmp_path / "shades.json")
    window = MainWindow(desk, kept, lambda: 0, shades=shades, steady=desk.steady)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.refresh()
    return window


def test_keys_act_from_the_chart_alone(qtbot, desk, window):
    assert window.playback.transport.isVisible()
    for place in (window.chart, window.chart.detail, window.chart.board.charts[0]):
        place.setFocus()
        qtbot.keyClick(place, Qt.Key.Key_Space)
    assert [do for do, _ in desk.asked] == ["play"] * 3
    desk.asked.clear()
    for place in (
        window.panel.filter,
        window.tables["Watch list"].table,
        window.chart.symbols,
        window.chart.spans[60],
        window.playback.transport.speed,
    ):
        place.setFocus()
        qtbot.keyClick(place, Qt.Key.Key_Home)
    assert [do for do, _ in desk.asked if do != "speed"] == []


def test_the_transport_goes_with_the_replay(qtbot, desk, window):
    desk.mirror.replay = None
    window.refresh()
    assert not window.playback.transport.isVisible()
    with qtbot.waitSignal(window.playback.said):
        window.playback.transport.said.emit("refused")
    assert window.statusBar().currentMessage() == "refused"


def test_statistics_and_inspector_open_beside_the_window(qtbot, window):
    window.chart.setFocus()
    qtbot.keyClick(window.chart, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert window.playback.dialog.isVisible()
    window.playback.transport.why.click()
    qtbot.waitUntil(window.playback.inspector.isVisible)
    window.refresh()
    assert window.playback.inspector.head.text().startswith("AAPL")
