"""Lines and shapes as paths from numpy arrays, in memory that is kept from frame to frame."""

from typing import NamedTuple

import numpy as np

from tradeplat.visualizer.painter import Device, Shapes, View
from tradeplat.visualizer.pyramid import Numbers
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, sip
from tradeplat.visualizer.store import Series


class PathPainter:
    """Lines through a number a bar, and bands between two of them."""

    def __init__(self) -> None:
        self._shapes = Shapes(QtCore.QPointF, np.float64, 2, 2048)

    def line(self, device: Device, path: tuple[Numbers, Numbers], colour: QtGui.QColor) -> None:
        """Draw a path with its gaps; clipped to the box by who calls."""
        x, y = path
        device.pen(QtGui.QPen(colour, 0))
        device.painter.setBrush(Qt.BrushStyle.NoBrush)
        for start, end in runs(y):
            for shift in range(
                max(round(device.ratio), 1)
            ):  # Qt draws wide pens 40 times as slowly
                array = self._filled(x[start:end], y[start:end] + shift)
                if end - start == 1:
                    device.painter.drawPoints(array)
                else:
                    device.painter.drawPolyline(array)

    def band(
        self, device: Device, one: Numbers, other: tuple[Numbers, Numbers], colour: QtGui.QColor
    ) -> None:
        """Fill between the rows of one path and another path, where both are."""
        x, other_rows = other
        count = min(len(one), len(other_rows))
        device.brush(colour)
        for start, end in runs(one[:count] + other_rows[:count]):
            across = np.concatenate([x[start:end], x[start:end][::-1]])
            device.painter.drawPolygon(
                self._filled(across, np.concatenate([one[start:end], other_rows[start:end][::-1]]))
            )

    def shapes(
        self, device: Device, look: tuple[QtGui.QColor, QtGui.QPen], x: Numbers, y: Numbers
    ) -> None:
        """Polygons of a colour and an edge; a row of `x` and `y` each."""
        device.pen(look[1])
        device.painter.setBrush(look[0])
        for xs, ys in zip(x, y, strict=True):
            device.painter.drawPolygon(self._filled(xs, ys))

    def _filled(self, x: Numbers, y: Numbers) -> "sip.array[QtCore.QPointF | None]":
        count = len(x)
        self._shapes.grow(count)
        self._shapes.view[:count, 0] = x
        self._shapes.view[:count, 1] = y
        return self._shapes.first(count)


class Part(NamedTuple):
    """Bars start to end in buckets of `step` bars."""

    start: int
    end: int
    step: int


def path_of(series: Series, view: View, part: Part | None = None) -> tuple[Numbers, Numbers]:
    """The points of a series in view: one a bar, or least and greatest of each bucket."""
    start, end = view.seen(len(series))
    if part is None:
        first, step, low, high = series.window(start, end, max(view.box.width, 1))
    else:
        start, end = max(start, part.start), min(end, part.end)
        first, step, low, high = series.buckets(start, end, part.step)
    scale = (view.box.height - 1) / (view.high - view.low)
    begin = first + step / 2
    middle = np.arange(begin, begin + len(low) * step, step)[: len(low)]
    if step == 1:
        values = high
    elif np.fmax.reduce(high - low, initial=0.0) * scale < 1.5:  # smooth: a point a bucket will do
        values = low
    else:
        middle, values = np.repeat(middle, 2), np.empty(2 * len(low))
        rising = np.arange(len(low)) % 2 == 0  # up one bucket, down the next: no teeth
        values[0::2], values[1::2] = np.where(rising, low, high), np.where(rising, high, low)
    rows = view.high - values
    rows *= scale
    rows += view.box.top + 0.5
    middle -= view.start
    middle *= view.room
    middle += view.box.left
    return middle, rows


def runs(values: Numbers) -> list[tuple[int, int]]:
    """The stretches of `values` without nan, as start and end."""
    if not np.isnan(values).any():
        return [(0, len(values))] if len(values) else []
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
