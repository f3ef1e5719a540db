"""How the windows look: one style sheet from one palette, and the colours of the modes."""

import re
from typing import NamedTuple

from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import QtWidgets

LETTERS = 12
"""Points of the letters that panels are laid out for."""


class ModeLook(NamedTuple):
    """Colour of a mode's badge and frame, and of the letters on it."""

    fill: str
    text: str = "#ffffff"


MODES = {
    "LIVE": ModeLook("#c62828"),
    "PAPER": ModeLook("#2e7d32"),
    "REPLAY": ModeLook("#6a3fb5"),
}
NOBODY = ModeLook("#4a5263")
"""Where no engine is connected."""

ARMED = ModeLook("#ffb300", "#12151d")
DANGER = ModeLook("#c62828")
QUIET = ModeLook("#ffb300", "#12151d")
LOST = ModeLook("#c62828")
FRAME = 3
"""Points of the frame around a window."""


def look(mode: str) -> ModeLook:
    """How a mode looks; an unknown one like nobody's."""
    return MODES.get(mode, NOBODY)


ROOM = {"compact": -2, "normal": 0, "roomy": 3}
"""Points more above and below what is written, by density."""


def letters() -> int:
    """Points of the application's letters."""
    size = QtWidgets.QApplication.font().pixelSize()
    return size if size > 0 else LETTERS


def sheet(palette: Palette, size: int = 12, density: str = "normal") -> str:
    """The style sheet for letters of `size` points, indicators and arrows included."""
    more = ROOM[density]

    def padded(found: re.Match[str]) -> str:
        return f"padding: {max(int(found[1]) + more, 0)}px {found[2]}"

    text = _PADDING.sub(padded, _TEXT) if more else _TEXT
    return text.replace("@size", str(size)) % palette._asdict()


_PADDING = re.compile(r"padding: (\d+)px (\d+px)")


_TEXT = """
* { font-size: @sizepx; color: %(text)s; }
QMainWindow, QDialog, QWidget#plain { background: %(ground)s; }
QMainWindow::separator { background: %(border)s; width: 3px; height: 3px; }
QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: %(panel)s; padding: 4px 6px; border-bottom: 1px solid %(border)s; }
QDockWidget > QWidget { background: %(ground)s; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab { background: %(panel)s; color: %(faint)s; padding: 4px 10px;
  border: 1px solid %(border)s; }
QTabBar::tab:selected { background: %(grid)s; color: %(text)s; border-top: 2px solid %(focus)s; }
QTabBar::tab:focus { border: 2px solid %(focus)s; }
QTableView, QTreeView { background: %(ground)s; alternate-background-color: #161a23;
  gridline-color: %(grid)s; border: 2px solid %(ground)s; selection-background-color: #2b3a55;
  selection-color: %(text)s; }
QTableView:focus, QTreeView:focus { border: 2px solid %(focus)s; }
QTableView::item { padding: 0 4px; }
QTreeView::item { padding: 2px 4px; }
QTreeView::indicator, QCheckBox::indicator { width: 11px; height: 11px; border: 1px solid %(faint)s;
  background: %(ground)s; border-radius: 2px; }
QTreeView::indicator:checked, QCheckBox::indicator:checked { background: %(up)s;
  border: 1px solid %(up)s; }
QCheckBox:focus { border: 2px solid %(focus)s; }
QTreeView::indicator:indeterminate { background: qlineargradient(x1:0, y1:0, x2:0, y2:1,
  stop:0 %(ground)s, stop:0.36 %(ground)s, stop:0.37 %(up)s, stop:0.63 %(up)s,
  stop:0.64 %(ground)s, stop:1 %(ground)s); border: 1px solid %(up)s; }
QHeaderView { background: %(panel)s; border: 0; }
QHeaderView::section { background: %(panel)s; color: %(faint)s; padding: 3px 6px; border: 0;
  border-right: 1px solid %(border)s; }
QTableCornerButton::section { background: %(panel)s; border: 0; }
QPushButton, QToolButton { background: %(panel)s; border: 1px solid %(border)s; padding: 3px 9px;
  border-radius: 2px; }
QPushButton:hover, QToolButton:hover { background: #262c3b; }
QPushButton:pressed, QToolButton:pressed { background: %(border)s; }
QPushButton:checked, QToolButton:checked { background: #2b3a55; border-color: %(up)s; }
QPushButton:disabled, QToolButton:disabled { color: #6b7384; }
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus {
  border: 2px solid %(focus)s; padding: 2px 8px; }
QToolButton::menu-indicator { image: none; }
QComboBox, QLineEdit, QAbstractSpinBox { background: %(panel)s; border: 1px solid %(border)s;
  padding: 3px 9px; border-radius: 2px; selection-background-color: #2b3a55; }
QComboBox QAbstractItemView { background: %(panel)s; border: 1px solid %(border)s;
  selection-background-color: #2b3a55; }
QSlider::groove:horizontal { background: %(border)s; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: %(up)s; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal { background: %(text)s; width: 12px; margin: -4px 0;
  border-radius: 6px; }
QSlider::handle:horizontal:disabled { background: %(faint)s; }
QSlider:focus { border: 2px solid %(focus)s; }
QMenu { background: %(panel)s; border: 1px solid %(border)s; }
QMenu::item { padding: 4px 24px 4px 28px; }
QMenu::item:selected { background: #2b3a55; }
QMenu::separator { height: 1px; background: %(border)s; margin: 3px 6px; }
QScrollBar { background: %(ground)s; border: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: %(border)s; border-radius: 3px; min-height: 24px;
  min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: %(ground)s; }
QStatusBar { background: %(panel)s; }
QStatusBar::item { border: 0; }
QToolTip { background: %(panel)s; color: %(text)s; border: 1px solid %(border)s; }
"""
