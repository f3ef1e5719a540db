"""Candles, volume and lines as rectangles and paths in whole device pixels, from numpy arrays.

Rectangles are QRect, not QRectF: pixels are whole numbers, and Qt fills those in half the time.
"""

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from tradeplat.visualizer.pyramid import Numbers
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, sip
from tradeplat.visualizer.store import BarStore, Series, Window

Shape = TypeVar("Shape")
Pixels = npt.NDArray[np.int32]

BODY = 0.72
"""Share of a bar's room that its body fills."""

SMALLEST_BODY = 3
"""Pixels below which a bar is its wick alone."""


class Box(NamedTuple):
    """A rectangle in device pixels; right and bottom lie outside of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top


class View(NamedTuple):
    """Bars start to end (bar i at i, half a bar to each side) and prices low to high in a box."""

    start: float
    end: float
    low: float
    high: float
    box: Box

    @property
    def room(self) -> float:
        """Pixels a bar."""
        return self.box.width / (self.end - self.start)

    def x(self, bar: float) -> int:
        """The pixel column of a bar's middle."""
        return int(np.floor(self.box.left + (bar + 0.5 - self.start) * self.room))

    def y(self, price: float) -> int:
        """The pixel row of a price, which may lie outside of the box."""
        share = (self.high - price) / (self.high - self.low)
        return int(np.floor(self.box.top + share * (self.box.height - 1) + 0.5))

    def bar(self, x: float) -> int:
        """The bar at a pixel column."""
        return int(np.floor(self.start + (x - self.box.left) / self.room))

    def price(self, y: float) -> float:
        """The price at a pixel row."""
        return self.high - (y - self.box.top) / (self.box.height - 1) * (self.high - self.low)

    def seen(self, count: int) -> tuple[int, int]:
        """The bars of `count` that are in view, and one more at each side."""
        first = int(np.floor(self.start)) - 1
        return max(first, 0), min(int(np.ceil(self.end)) + 1, count)

    def rows(self, prices: Numbers) -> Pixels:
        """`y` of many, kept inside the box."""
        scale = (self.box.height - 1) / (self.high - self.low)
        rows = (self.high - prices) * scale + (self.box.top + 0.5)
        return np.clip(rows, self.box.top, self.box.bottom - 1).astype(np.int32)


class Device:
    """A painter in whole pixels of what it paints on, at any scale factor.

    A widget may begin between two pixels of its window; `pixels` begins at the nearest one.
    """

    def __init__(self, painter: QtGui.QPainter) -> None:
        self.painter = painter
        painter.resetTransform()
        base = painter.deviceTransform()
        self.ratio = base.m11()
        self.left, self.top = round(base.dx()), round(base.dy())
        shift = ((self.left - base.dx()) / self.ratio, (self.top - base.dy()) / self.ratio)
        self._points = QtGui.QTransform.fromTranslate(*shift)
        scale = 1 / self.ratio
        self._pixels = QtGui.QTransform(scale, 0.0, 0.0, scale, *shift)

    def pixels(self) -> None:
        """From here on a unit is a pixel of the device."""
        self.painter.setTransform(self._pixels)

    def points(self) -> None:
        """From here on a unit is a point of the window, as letters are measured in."""
        self.painter.setTransform(self._points)

    def box(self, width: float, height: float) -> Box:
        """The box of a widget of so many points."""
        return Box(0, 0, int(width * self.ratio), int(height * self.ratio))


class Rects:
    """Rectangles that keep their memory from frame to frame and grow by doubling."""

    def __init__(self, room: int = 1024) -> None:
        self._make(room)

    def draw(
        self, painter: QtGui.QPainter, colour: QtGui.QColor, sides: tuple[Pixels, ...]
    ) -> None:
        """Fill rectangles; `sides` are left, top, right and bottom pixels, all inside."""
        count = len(sides[0])
        if not count:
            return
        if count > len(self._view):
            self._make(max(count, 2 * len(self._view)))
        for column, side in enumerate(sides):
            self._view[:count, column] = side
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRects(self._array[:count])

    def _make(self, room: int) -> None:
        self._array, memory = shared(QtCore.QRect, room)
        self._view = np.frombuffer(memory, np.int32).reshape(-1, 4)


class Colours:
    """QColors by their text, made once."""

    def __init__(self) -> None:
        self._made: dict[str, QtGui.QColor] = {}

    def __call__(self, text: str) -> QtGui.QColor:
        """The colour written as #rrggbb."""
        colour = self._made.get(text)
        if colour is None:
            colour = self._made[text] = QtGui.QColor(text)
        return colour


class BarPainter:
    """Candles and volume; one serves every chart of a board."""

    def __init__(self) -> None:
        self._rects = Rects()
        self.colour = Colours()

    def candles(self, device: Device, bars: BarStore, view: View, colours: tuple[str, str]) -> None:
        """Draw the bars in view in the colours of up and down."""
        window = bars.window(*view.seen(len(bars)), max(view.box.width, 1))
        if not len(window.open):
            return
        columns = Columns(window, view)
        top, bottom = view.rows(window.high), view.rows(window.low)
        sides = [columns.wick_left, top, columns.wick_right, bottom]
        rising = window.close >= window.open
        bodies = None
        if columns.body >= SMALLEST_BODY:
            one, other = view.rows(window.open), view.rows(window.close)
            bodies = (columns.left, np.minimum(one, other), columns.right, np.maximum(one, other))
        for chosen, colour in ((rising, colours[0]), (~rising, colours[1])):
            paint, kept = self.colour(colour), chosen & columns.inside
            self._rects.draw(device.painter, paint, tuple(side[kept] for side in sides))
            if bodies is not None:
                kept = chosen & columns.bodies
                self._rects.draw(device.painter, paint, tuple(side[kept] for side in bodies))

    def volume(self, device: Device, bars: BarStore, view: View, colours: tuple[str, str]) -> None:
        """Draw the volume of the bars in view as columns from the bottom of the box."""
        window = bars.window(*view.seen(len(bars)), max(view.box.width, 1))
        if not len(window.open):
            return
        columns = Columns(window, view)
        top = view.rows(window.volume)
        bottom = np.full(len(top), view.box.bottom - 1, np.int32)
        rising = window.close >= window.open
        body = columns.body >= SMALLEST_BODY
        left = columns.left if body else columns.wick_left
        right = columns.right if body else columns.wick_right
        some = (columns.bodies if body else columns.inside) & (window.volume > 0)
        for chosen, colour in ((rising, colours[0]), (~rising, colours[1])):
            kept = chosen & some
            sides = tuple(side[kept] for side in (left, top, right, bottom))
            self._rects.draw(device.painter, self.colour(colour), sides)

    def fill(self, device: Device, box: Box, colour: str) -> None:
        """Fill a box."""
        size = (box.left, box.top, box.width, box.height)
        device.painter.fillRect(*size, self.colour(colour))

    def fills(self, device: Device, colour: str, sides: tuple[Pixels, ...]) -> None:
        """Fill many rectangles; `sides` are left, top, right and bottom pixels, all inside."""
        self._rects.draw(device.painter, self.colour(colour), sides)


class Columns:
    """Which pixel columns the buckets of a window take; at the edges of the box a body may be in it
    (`bodies`) when its wick is not (`inside`).
    """

    def __init__(self, window: Window, view: View) -> None:
        box, room = view.box, view.room * window.step
        count = len(window.open)
        begin = box.left + (window.first - view.start) * view.room
        edges = begin + np.arange(count + 1) * room
        middle = np.floor(edges[:-1] + room / 2).astype(np.int32)
        self.body = max(int(room * BODY - 1) | 1, 1) if room * BODY >= SMALLEST_BODY else 1
        """Pixels of a body, an odd number: the wick is in its middle."""
        if room < 2:  # no gaps where there is no room for them
            floors = np.floor(edges).astype(np.int32)
            left, right = floors[:-1], np.maximum(floors[1:] - 1, floors[:-1])
        else:
            left = right = middle
        half = self.body // 2
        self.inside = (right >= box.left) & (left < box.right)
        self.bodies = (middle + half >= box.left) & (middle - half < box.right)
        clip = (box.left, box.right - 1)
        self.wick_left, self.wick_right = np.clip(left, *clip), np.clip(right, *clip)
        self.left, self.right = np.clip(middle - half, *clip), np.clip(middle + half, *clip)


class PathPainter:
    """Lines through a number a bar, and bands between two of them."""

    def __init__(self) -> None:
        self._make(2048)

    def line(self, device: Device, series: Series, view: View, colour: QtGui.QColor) -> None:
        """Draw a series with its gaps; clipped to the box by who calls."""
        x, y = path_of(series, view)
        device.painter.setPen(QtGui.QPen(colour, 0))
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
        self, device: Device, pair: tuple[Series, Series], view: View, colour: QtGui.QColor
    ) -> None:
        """Fill between two series where both are."""
        x, one = path_of(pair[0], view)
        _, other = path_of(pair[1], view)
        count = min(len(one), len(other))
        device.painter.setPen(Qt.PenStyle.NoPen)
        device.painter.setBrush(colour)
        for start, end in runs(one[:count] + other[:count]):
            across = np.concatenate([x[start:end], x[start:end][::-1]])
            device.painter.drawPolygon(
                self._filled(across, np.concatenate([one[start:end], other[start:end][::-1]]))
            )

    def shapes(
        self, device: Device, look: tuple[QtGui.QColor, QtGui.QPen], x: Numbers, y: Numbers
    ) -> None:
        """Polygons of a colour and an edge; a row of `x` and `y` each."""
        device.painter.setPen(look[1])
        device.painter.setBrush(look[0])
        for xs, ys in zip(x, y, strict=True):
            device.painter.drawPolygon(self._filled(xs, ys))

    def _filled(self, x: Numbers, y: Numbers) -> "sip.array[QtCore.QPointF | None]":
        count = len(x)
        if count > len(self._view):
            self._make(2 * count)
        self._view[:count, 0] = x
        self._view[:count, 1] = y
        return self._array[:count]

    def _make(self, room: int) -> None:
        self._array, memory = shared(QtCore.QPointF, room)
        self._view = np.frombuffer(memory, np.float64).reshape(-1, 2)


def shared(kind: type[Shape], room: int) -> "tuple[sip.array[Shape | None], memoryview]":
    """An array of Qt's own values, and the memory they are in."""
    array: sip.array[Shape | None]
    array = sip.array(kind, room)  # type: ignore[call-arg]  # its stub has no room
    return array, memoryview(sip.voidptr(array))  # type: ignore[arg-type]  # it is a buffer


def path_of(series: Series, view: View) -> tuple[Numbers, Numbers]:
    """The points of a series in view: one a bar, or least and greatest of each bucket."""
    width = max(view.box.width, 1)
    first, step, low, high = series.window(*view.seen(len(series)), width)
    scale = (view.box.height - 1) / (view.high - view.low)
    if step == 1:
        middle = first + np.arange(len(low)) + 0.5
        x, values = middle, high
    else:
        middle = np.repeat(first + np.arange(len(low)) * float(step) + step / 2, 2)
        x, values = middle, np.empty(2 * len(low))
        rising = np.arange(len(low)) % 2 == 0  # up one bucket, down the next: no teeth
        values[0::2], values[1::2] = np.where(rising, low, high), np.where(rising, high, low)
    rows = (view.high - values) * scale + view.box.top + 0.5
    return (x - view.start) * np.float64(view.room) + view.box.left, rows


def runs(values: Numbers) -> list[tuple[int, int]]:
    """The stretches of `values` without nan, as start and end."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
