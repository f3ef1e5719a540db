"""Everything without a mouse: from panel to panel, by Tab through all of it, and always seen."""

import pytest

from desks import Desk
from tradeplat.visualizer import focus
from tradeplat.visualizer.fittings import Fittings
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.qt import Qt, QtGui, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow
from visualizer.drawing import pixels


@pytest.fixture(scope="module")
def opened(qapp, tmp_path_factory):
    folder, desk = tmp_path_factory.mktemp("focus"), Desk()
    shades = Shades(folder / "shades.json")
    made = MainWindow(desk, Layouts(folder / "l.json"), int, shades=shades, steady=desk.steady)
    fittings = Fittings(made, folder)
    made.show()
    made.refresh()
    yield made, fittings
    made.leave()
    made.deleteLater()


@pytest.fixture
def window(qtbot, opened):
    opened[0].activateWindow()
    qtbot.waitUntil(opened[0].isActiveWindow)
    opened[0].chart.detail.setFocus()
    return opened[0]


def press(qtbot, widget, key: str) -> None:
    sequence = QtGui.QKeySequence(key)[0]
    qtbot.keyClick(widget, sequence.key(), sequence.keyboardModifiers())


def panel_of(window) -> str:
    focused = window.focusWidget()
    for name, dock in window.docks.items():
        if dock.isAncestorOf(focused):
            return name
    return "chart" if window.chart.isAncestorOf(focused) else "head"


def named(window, panel) -> str:
    if panel in {window.status, window.chart}:
        return "head" if panel is window.status else "chart"
    return panel.objectName()


def test_a_key_goes_through_the_panels_as_they_are_read_and_back(qtbot, window):
    stops = window._stops()
    names = [named(window, panel) for panel in stops]
    assert names[:2] == ["head", "Watch list"]
    assert names.index("Visualizers") < names.index("chart") < names.index("Order entry")
    assert names.index("Order entry") < names.index("Orders") < names.index("Equity")
    able = [named(window, panel) for panel in stops if focus.takers(panel)]
    begin = able.index("chart")
    wanted = able[begin:] + able[:begin]
    seen = []
    for _ in able:
        seen.append(panel_of(window))
        press(qtbot, window, "Ctrl+F6")
    assert seen == wanted
    assert panel_of(window) == "chart"
    press(qtbot, window, "Ctrl+Shift+F6")
    assert panel_of(window) == wanted[-1]


def test_tab_reaches_everything_that_takes_it_panel_by_panel(qtbot, window):
    wanted = {
        one
        for one in window.findChildren(QtWidgets.QWidget)
        if focus._takes(one) and one.isVisible() and one.isEnabled() and one.window() is window
        if not (isinstance(one, QtWidgets.QAbstractButton) and one.group() and not one.isChecked())
    }  # of a group the one that is chosen: arrows choose another
    seen, names = [], []
    for _ in range(2 * len(wanted)):
        focused = window.focusWidget()
        if focused in seen:
            break
        seen.append(focused)
        if not names or names[-1] != panel_of(window):
            names.append(panel_of(window))
        press(qtbot, focused, "Tab")
    missing = [(type(one).__name__, one.accessibleName()) for one in wanted - set(seen)]
    assert missing == []
    assert len(names) <= len(set(names)) + 1  # it comes back to where it began


def test_the_focus_is_always_seen(qtbot, window):
    unseen = []
    for panel in window._stops():
        if isinstance(panel, QtWidgets.QDockWidget):
            panel.raise_()
        for widget in focus.takers(panel):
            if not widget.isVisible() or not widget.isEnabled():
                continue
            window.setFocus()
            before = pixels(widget.grab().toImage())
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            if (pixels(widget.grab().toImage()) != before).sum() < 2 * widget.width():
                unseen.append((named(window, panel), type(widget).__name__, widget.size()))
    assert unseen == []


def named_buttons(root: QtWidgets.QWidget):
    for button in root.findChildren(QtWidgets.QAbstractButton):
        parents = (QtWidgets.QTabBar, QtWidgets.QDockWidget, QtWidgets.QTableView)
        if not isinstance(button.parent(), parents):  # Qt's own: to scroll, float, select all
            yield button


def test_each_button_has_a_name_and_a_tool_tip(opened):
    window, fittings = opened
    roots = (window, fittings.key_dialog, fittings.settings, window.key_sheet)
    nameless = {
        (type(button).__name__, button.text(), button.toolTip(), type(button.parent()).__name__)
        for root in roots
        for button in named_buttons(root)
        if not (button.text() or button.accessibleName())
        or not (button.toolTip() or isinstance(button, QtWidgets.QCheckBox))
    }
    assert nameless == set()


def test_each_field_table_and_tree_has_a_name(opened):
    kinds = (
        QtWidgets.QLineEdit,
        QtWidgets.QComboBox,
        QtWidgets.QAbstractItemView,
        QtWidgets.QAbstractSlider,
    )
    window, fittings = opened
    nameless = {
        type(one).__name__
        for root in (window, fittings.key_dialog, fittings.settings)
        for one in root.findChildren(QtWidgets.QWidget)
        if isinstance(one, kinds)
        and focus._takes(one)
        and not isinstance(one.parent(), (QtWidgets.QComboBox, QtWidgets.QFrame))
        and not one.accessibleName()
    }
    assert nameless == set()


def test_buttons_say_the_keys_that_do_the_same(opened):
    window, fittings = opened
    assert window.chart.spans[300].toolTip() == "Time frame (F2)"
    wanted = {**window.hotkeys.keys, "span_300": "F7", "disarm": "F2"}
    fittings.keys.changed.emit(wanted)
    window.refresh()
    assert window.chart.spans[300].toolTip() == "Time frame (F7)"
    assert "Disarm: F2" in window.status.arm.toolTip()
    content = window.key_sheet.table.content
    shown = [content.data(content.index(at, 0)) for at in range(content.rowCount())]
    assert "F7" in shown
    assert window.charts.open().pane.spans[300].toolTip() == "Time frame (F7)"
    window.charts.end()
