"""The table of panels: each is there once, where it belongs, and shows what concerns it."""

import pytest

from desks import Desk
from tradeplat.visualizer import theme
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.panels import PANELS, Panel, Panels
from tradeplat.visualizer.qt import Qt, QtGui, QtWidgets
from tradeplat.visualizer.shades import Shades


class Counted(QtWidgets.QLabel):
    def __init__(self):
        super().__init__("counted")
        self.asked = 0

    def refresh(self):
        self.asked += 1


@pytest.fixture
def panels(qtbot, tmp_path):
    window = QtWidgets.QMainWindow()
    qtbot.addWidget(window)
    window.setDockOptions(QtWidgets.QMainWindow.DockOption.AllowTabbedDocks)
    shades, desk = Shades(tmp_path / "shades.json"), Desk()
    made = Panels(window, desk.mirror, DEFAULT, shades, desk.steady)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    return made


def test_every_panel_is_at_its_side_under_its_own_name(panels):
    window = panels.parent()
    assert list(panels.docks) == [panel.name for panel in PANELS]
    for panel in PANELS:
        dock = panels.docks[panel.name]
        assert (dock.objectName(), window.dockWidgetArea(dock)) == (panel.name, panel.area)
        if panel.over:
            assert panels.docks[panel.over] in window.tabifiedDockWidgets(dock)


def test_only_tables_that_are_seen_are_filled_and_only_when_something_came(panels, qtbot):
    told = []
    panels.told.connect(told.append)
    panels.refresh()
    assert {"Watch list", "Positions", "Orders"} <= set(told)
    assert "Log" not in told
    count = len(told)
    panels.refresh()
    assert len(told) == count


def test_one_more_panel_is_one_more_line(panels):
    panel = Panel("More", Qt.DockWidgetArea.LeftDockWidgetArea, lambda _: Counted())
    dock = panels.add(panel)
    panels.refresh()
    assert panels.docks["More"] is dock
    assert dock.widget().asked == 1


def test_a_panel_that_floats_has_the_ground_of_the_others(panels):
    panels.parent().setStyleSheet(theme.sheet(DEFAULT))
    panels.docks["Visualizers"].setFloating(True)
    picture = panels.visualizers.grab().toImage()
    assert QtGui.QColor(picture.pixel(1, 1)).name() == DEFAULT.ground
