"""Parts of a pyqtgraph scene that are painted as the board's charts are: in whole pixels."""

from collections.abc import Callable
from math import floor, log10

from tradeplat.visualizer.chart import Inks
from tradeplat.visualizer.ink import Ink
from tradeplat.visualizer.numerals import MINUS, volume_text
from tradeplat.visualizer.painter import Box, View
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets
from tradeplat.visualizer.ticks import price_step, price_ticks

import pyqtgraph as pg  # isort: skip  # takes the binding that is loaded: after qt

Draw = Callable[[Ink, Box], None]
Option = QtWidgets.QStyleOptionGraphicsItem | None
Widget = QtWidgets.QWidget | None
TINY = 1e-9
"""The tick of what has none."""


def inked(
    painter: QtGui.QPainter | None, rect: QtCore.QRectF, inks: tuple[Inks, bool], draw: Draw
) -> None:
    """Paint `rect`, given in the painter's own coordinates, with `draw` in device pixels."""
    if painter is None:
        return
    there = painter.deviceTransform().mapRect(rect)
    painter.save()
    ink = inks[0].stale if inks[1] else inks[0].fresh
    device = ink.begin(painter)
    left, top = round(there.left()) - device.left, round(there.top()) - device.top
    right, bottom = round(there.right()) - device.left, round(there.bottom()) - device.top
    try:
        draw(ink, Box(left, top, max(right, left + 1), max(bottom, top + 2)))
        ink.written()
    finally:
        painter.restore()
        ink.end()  # it is Qt's, and is gone when the scene is painted


class Painted(QtWidgets.QGraphicsWidget):
    """A part of the layout: an axis, the head."""

    def __init__(self, inks: Inks, draw: Draw) -> None:
        super().__init__()
        self.stale = False
        self._inks = inks
        self._draw = draw

    def set_width(self, points: float) -> None:
        """Be so wide, whatever the layout."""
        self.setMinimumWidth(points)
        self.setMaximumWidth(points)

    def set_height(self, points: float) -> None:
        """Be so high, whatever the layout."""
        self.setMinimumHeight(points)
        self.setMaximumHeight(points)

    def paint(
        self,
        painter: QtGui.QPainter | None,
        option: Option,
        widget: QtWidgets.QWidget | None = None,
    ) -> None:
        """Paint it."""
        inked(painter, self.rect(), (self._inks, self.stale), self._draw)


class Content(QtWidgets.QGraphicsObject):
    """What fills a view box: its bounds are the box's range, kept until that moves."""

    def __init__(self, inks: Inks, draw: Draw) -> None:
        super().__init__()
        self.stale = False
        self._inks = inks
        self._draw = draw
        self._bounds = QtCore.QRectF(0, 0, 1, 1)

    def set_bounds(self, bounds: QtCore.QRectF) -> None:
        """Fill this range of the view box."""
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def boundingRect(self) -> QtCore.QRectF:
        """The range that it fills."""
        return self._bounds

    def paint(
        self,
        painter: QtGui.QPainter | None,
        option: Option,
        widget: QtWidgets.QWidget | None = None,
    ) -> None:
        """Paint it."""
        inked(painter, self._bounds, (self._inks, self.stale), self._draw)


class Pane:
    """A view box with its content and the axis at its right; `low` to `high` is its range."""

    def __init__(self, inks: Inks, content: Draw, axis: Draw) -> None:
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self.box.disableAutoRange()
        self.content = Content(inks, content)
        self.box.addItem(self.content, ignoreBounds=True)
        self.axis = Painted(inks, axis)
        self.low, self.high = 0.0, 1.0
        self._range: tuple[float, ...] = ()

    def show_range(self, start: float, end: float) -> None:
        """Show bars start to end and the pane's own range, both at once."""
        wanted = (start, end, self.low, self.high)
        if wanted != self._range:
            self._range = wanted
            bounds = QtCore.QRectF(start, self.low, end - start, self.high - self.low)
            self.content.set_bounds(bounds)
            self.box.setRange(bounds, padding=0, disableAutoRange=True)

    def set_stale(self, *, stale: bool) -> None:
        """Be grey, or not."""
        self.content.stale = self.axis.stale = stale

    def view(self, box: Box) -> View:
        """What is seen in a box of device pixels."""
        start, end, low, high = self._range or (0.0, 1.0, 0.0, 1.0)
        return View(start, end, low, high, box)


def number_text(value: float, decimals: int) -> str:
    """A study's number: large ones in three digits."""
    if abs(value) >= 10_000:
        return (MINUS if value < 0 else "") + volume_text(abs(value))
    return f"{value:.{decimals}f}".replace("-", MINUS)


def number_labels(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Round numbers between low and high, at most about `most`, and how they are written."""
    values = price_ticks(low, high, TINY, most)
    if not values:
        return []
    step = price_step(high - low, TINY, most)
    decimals = max(0, -floor(log10(step) + 1e-9) + (1 if f"{step:.2e}".startswith("2.5") else 0))
    return [(value, number_text(value + 0.0, decimals)) for value in values]
