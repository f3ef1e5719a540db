"""Going about without a mouse: from panel to panel, and through each as it is read."""

from collections.abc import Iterable, Sequence

from tradeplat.visualizer.qt import Qt, QtCore, QtWidgets

_RANKS = {
    Qt.DockWidgetArea.TopDockWidgetArea: 1,
    Qt.DockWidgetArea.LeftDockWidgetArea: 2,
    Qt.DockWidgetArea.RightDockWidgetArea: 4,
    Qt.DockWidgetArea.BottomDockWidgetArea: 5,
}
_HEAD, _MIDDLE, _FLOATING = 0, 3, 6


def panels(
    window: QtWidgets.QMainWindow,
    head: QtWidgets.QWidget,
    middle: QtWidgets.QWidget,
    docks: Iterable[QtWidgets.QDockWidget],
) -> list[QtWidgets.QWidget]:
    """What Ctrl+F6 goes through, as it is read: the line at the top, the left, the middle, the
    right, the bottom, and what floats; tabs behind others too, what is closed not.
    """
    found: list[tuple[tuple[int, int, int], QtWidgets.QWidget]] = [
        ((_HEAD, 0, 0), head),
        ((_MIDDLE, 0, 0), middle),
    ]
    for number, dock in enumerate(docks):
        action = dock.toggleViewAction()
        if action is not None and action.isChecked():
            found.append(((*_place(window, dock), number), dock))
    return [widget for _, widget in sorted(found, key=lambda one: one[0])]


def _place(window: QtWidgets.QMainWindow, dock: QtWidgets.QDockWidget) -> tuple[int, int]:
    if dock.isFloating():
        return _FLOATING, 0
    area = window.dockWidgetArea(dock)
    tabs = [dock, *window.tabifiedDockWidgets(dock)]
    front = next((one for one in tabs if not one.visibleRegion().isEmpty()), dock)
    at = front.mapTo(window, QtCore.QPoint(0, 0))
    down = area in {
        Qt.DockWidgetArea.LeftDockWidgetArea,
        Qt.DockWidgetArea.RightDockWidgetArea,
    }
    return _RANKS.get(area, _FLOATING), at.y() if down else at.x()


def takers(panel: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """What takes the focus by Tab in a panel, in the order of its chain."""
    inside = {one for one in (panel, *panel.findChildren(QtWidgets.QWidget)) if _takes(one)}
    found, at = [], panel
    for _ in range(10_000):  # a chain is a ring: it comes back to the panel
        if at in inside:
            found.append(at)
        following = at.nextInFocusChain()
        if following is None or following is panel:
            break
        at = following
    return found


def _takes(widget: QtWidgets.QWidget) -> bool:
    by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    return by_tab and widget.focusProxy() is None


def chain(stops: Sequence[QtWidgets.QWidget]) -> None:
    """Let Tab go through the panels one after another; one that floats is a window of its own."""
    before: QtWidgets.QWidget | None = None
    for panel in stops:
        for widget in takers(panel):
            if before is not None and before.window() is widget.window():
                QtWidgets.QWidget.setTabOrder(before, widget)
            before = widget


def go(stops: Sequence[QtWidgets.QWidget], *, back: bool = False) -> None:
    """Have the next panel take the focus, or the one before; those that take none are left out."""
    focused = QtWidgets.QApplication.focusWidget()
    here = next(
        (n for n, one in enumerate(stops) if one is focused or one.isAncestorOf(focused)), -1
    )
    step = -1 if back else 1
    for n in range(1, len(stops) + 1):
        panel = stops[(here + step * n) % len(stops)] if here >= 0 or not back else stops[-n]
        if enter(panel):
            return


def enter(panel: QtWidgets.QWidget) -> bool:
    """Have a panel take the focus; False where nothing in it does."""
    if isinstance(panel, QtWidgets.QDockWidget):
        panel.raise_()
    able = [one for one in takers(panel) if one.isEnabled() and one.isVisibleTo(panel)]
    if not able:
        return False
    own = panel.window()
    if own is not None and not own.isActiveWindow():
        own.activateWindow()
    able[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
    return True
