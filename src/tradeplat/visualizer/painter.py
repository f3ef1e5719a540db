"""Candles and volume as rectangles in whole device pixels, from numpy arrays.

Rectangles are QRect, not QRectF: pixels are whole numbers, and Qt fills those in half the time.
"""

from math import ceil, floor
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from tradeplat.visualizer.pyramid import Numbers
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, sip
from tradeplat.visualizer.store import BarStore

Shape = TypeVar("Shape")
Pixels = npt.NDArray[np.int32]
Chosen = npt.NDArray[np.bool_]
Sides = tuple[Pixels | int, ...]
"""Left, top, right and bottom pixels of many rectangles; a number is that of all."""

BODY = 0.72
"""Share of a bar's room that its body fills."""

SMALLEST_BODY = 3
"""Pixels below which a bar is its wick alone."""


def kept_in(places: Numbers, first: int, last: int) -> Pixels:
    """Places as whole pixels no less than first and no more than last; np.clip takes four times as
    long.
    """
    np.maximum(places, first, out=places)
    np.minimum(places, last, out=places)
    return places.astype(np.int32)


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
        box, start, end = self.box, self.start, self.end
        return floor(box.left + (bar + 0.5 - start) * ((box.right - box.left) / (end - start)))

    def y(self, price: float) -> int:
        """The pixel row of a price, which may lie outside of the box."""
        share = (self.high - price) / (self.high - self.low)
        return floor(self.box.top + share * (self.box.height - 1) + 0.5)

    def bar(self, x: float) -> int:
        """The bar at a pixel column."""
        return floor(self.start + (x - self.box.left) / self.room)

    def price(self, y: float) -> float:
        """The price at a pixel row."""
        return self.high - (y - self.box.top) / (self.box.height - 1) * (self.high - self.low)

    def seen(self, count: int) -> tuple[int, int]:
        """The bars of `count` that are in view, and one more at each side."""
        return max(floor(self.start) - 1, 0), min(ceil(self.end) + 1, count)

    def row(self, price: float) -> int:
        """`y`, kept inside the box."""
        return min(max(self.y(price), self.box.top), self.box.bottom - 1)

    def rows(self, prices: Numbers) -> Pixels:
        """`y` of many, kept inside the box."""
        scale = (self.box.height - 1) / (self.high - self.low)
        rows = (self.high - prices) * scale
        rows += self.box.top + 0.5
        return kept_in(rows, self.box.top, self.box.bottom - 1)


class Device:
    """A painter in whole pixels of what it paints on, at any scale factor.

    A widget may begin between two pixels of its window; `pixels` begins at the nearest one.
    """

    def __init__(self, painter: QtGui.QPainter) -> None:
        self.painter = painter
        self._bare = False
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

    def pen(self, pen: QtGui.QPen | QtGui.QColor) -> None:
        """Draw lines and letters with a pen."""
        self.painter.setPen(pen)
        self._bare = False

    def brush(self, colour: QtGui.QColor) -> None:
        """Fill with a colour, without edges."""
        if not self._bare:
            self.painter.setPen(Qt.PenStyle.NoPen)
            self._bare = True
        self.painter.setBrush(colour)

    def box(self, width: float, height: float) -> Box:
        """The box of a widget of so many points."""
        return Box(0, 0, int(width * self.ratio), int(height * self.ratio))


class Shapes(Generic[Shape]):
    """Values of Qt's own that keep their memory from frame to frame and grow by doubling; `view` is
    that memory, a row of numbers each.
    """

    def __init__(self, kind: type[Shape], numbers: npt.DTypeLike, width: int, room: int) -> None:
        self._kind = kind
        self._numbers, self._width = numbers, width
        self._make(room)

    def grow(self, count: int) -> None:
        """Have room for so many."""
        if count > len(self.view):
            self._make(max(count, 2 * len(self.view)))

    def first(self, count: int) -> "sip.array[Shape | None]":
        """The first `count` of them, as Qt takes them. Kept, because sip never frees such a part:
        a new one with each stroke would take a gigabyte an hour.
        """
        found = self._parts.get(count)
        if found is None:
            found = self._parts[count] = self._array[:count]
        return found

    def _make(self, room: int) -> None:
        array: sip.array[Shape | None]
        array = sip.array(self._kind, room)  # type: ignore[call-arg]  # its stub has no room
        memory = memoryview(sip.voidptr(array))  # type: ignore[arg-type]  # it is a buffer
        self.view: npt.NDArray[Any] = np.frombuffer(memory, self._numbers).reshape(-1, self._width)
        self._array = array
        self._parts: dict[int, sip.array[Shape | None]] = {}


class Rects:
    """Rectangles filled many at once."""

    def __init__(self, room: int = 1024) -> None:
        self._shapes = Shapes(QtCore.QRect, np.int32, 4, room)

    def draw(self, device: Device, colour: QtGui.QColor, sides: Sides) -> None:
        """Fill rectangles; `sides` are left, top, right and bottom pixels, all inside."""
        count = next((len(side) for side in sides if isinstance(side, np.ndarray)), 1)
        if count:
            self._shapes.grow(count)
            for column, side in enumerate(sides):
                self._shapes.view[:count, column] = side
            self._fill(device, colour, count)

    def draw_some(self, device: Device, colour: QtGui.QColor, rows: Pixels, chosen: Chosen) -> None:
        """Fill those rectangles that are chosen, of rows of four sides."""
        count = int(np.count_nonzero(chosen))
        if count:
            self._shapes.grow(count)
            np.compress(chosen, rows, axis=0, out=self._shapes.view[:count])
            self._fill(device, colour, count)

    def _fill(self, device: Device, colour: QtGui.QColor, count: int) -> None:
        device.brush(colour)
        device.painter.drawRects(self._shapes.first(count))


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

    def candles(self, device: Device, seen: "Seen", view: View, colours: tuple[str, str]) -> None:
        """Draw bars in the colours of up and down."""
        if not seen.count:
            return
        opened, top, bottom, closed = view.rows(seen.prices)
        rows = np.empty((seen.count, 4), np.int32)
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = seen.left, top, seen.right, bottom
        up, down = self.colour(colours[0]), self.colour(colours[1])
        self._rects.draw_some(device, up, rows, seen.rising & seen.inside)
        self._rects.draw_some(device, down, rows, seen.falling & seen.inside)
        if seen.body >= SMALLEST_BODY:
            rows[:, 0], rows[:, 2] = seen.body_left, seen.body_right
            np.minimum(opened, closed, out=rows[:, 1])
            np.maximum(opened, closed, out=rows[:, 3])
            self._rects.draw_some(device, up, rows, seen.rising & seen.bodies)
            self._rects.draw_some(device, down, rows, seen.falling & seen.bodies)

    def newest(
        self,
        device: Device,
        seen: "Seen",
        views: tuple[View, View | None],
        colours: tuple[tuple[str, str], tuple[str, str]],
    ) -> None:
        """Draw the last of the buckets alone, as it is now: candle in the first view and colours,
        volume in the second.
        """
        first, high, low, last = seen.prices[:, -1].tolist()
        view, below = views
        up = last >= first
        body = seen.body >= SMALLEST_BODY
        if below is not None and seen.volume[-1] > 0:
            left, right = (seen.body_left, seen.body_right) if body else (seen.left, seen.right)
            sides = (
                int(left[-1]),
                below.row(float(seen.volume[-1])),
                int(right[-1]),
                below.box.bottom - 1,
            )
            self._one(device, colours[1][not up], sides)
        if seen.inside[-1]:
            sides = (int(seen.left[-1]), view.row(high), int(seen.right[-1]), view.row(low))
            self._one(device, colours[0][not up], sides)
        if body and seen.bodies[-1]:
            ends = view.row(first), view.row(last)
            sides = (int(seen.body_left[-1]), min(ends), int(seen.body_right[-1]), max(ends))
            self._one(device, colours[0][not up], sides)

    def _one(self, device: Device, colour: str, sides: tuple[int, int, int, int]) -> None:
        left, top, right, bottom = sides
        if right >= left:
            device.painter.fillRect(
                left, top, right - left + 1, bottom - top + 1, self.colour(colour)
            )

    def volume(self, device: Device, seen: "Seen", view: View, colours: tuple[str, str]) -> None:
        """Draw the volume of bars as columns from the bottom of the box."""
        if not seen.count:
            return
        body = seen.body >= SMALLEST_BODY
        rows = np.empty((seen.count, 4), np.int32)
        rows[:, 0] = seen.body_left if body else seen.left
        rows[:, 1] = view.rows(seen.volume)
        rows[:, 2] = seen.body_right if body else seen.right
        rows[:, 3] = view.box.bottom - 1
        some = (seen.bodies if body else seen.inside) & (seen.volume > 0)
        up, down = self.colour(colours[0]), self.colour(colours[1])
        self._rects.draw_some(device, up, rows, seen.rising & some)
        self._rects.draw_some(device, down, rows, seen.falling & some)

    def fill(self, device: Device, box: Box, colour: str) -> None:
        """Fill a box."""
        size = (box.left, box.top, box.width, box.height)
        device.painter.fillRect(*size, self.colour(colour))

    def fills(self, device: Device, colour: str, sides: Sides) -> None:
        """Fill many rectangles; `sides` are left, top, right and bottom pixels, all inside."""
        self._rects.draw(device, self.colour(colour), sides)


class Seen:
    """The bars in view, at most one bucket a pixel column, and the columns they take. At the edges
    of the box a body may be in it (`bodies`) when its wick is not (`inside`).
    """

    def __init__(self, bars: BarStore, view: View) -> None:
        box = view.box
        window = bars.window(*view.seen(len(bars)), max(box.width, 1))
        self.prices, self.volume = window.prices, window.volume
        self.count = len(self.volume)
        """How many buckets."""
        self.step = window.step
        """Bars a bucket."""
        self.last = window.first + (self.count - 1) * window.step
        """The first bar of the last bucket."""
        room = view.room * window.step
        begin = box.left + (window.first - view.start) * view.room
        edges = np.arange(self.count + 1) * room
        edges += begin
        middle = np.floor(edges[:-1] + room / 2).astype(np.int32)
        self.body = max(int(room * BODY - 1) | 1, 1) if room * BODY >= SMALLEST_BODY else 1
        """Pixels of a body, an odd number: the wick is in its middle."""
        if room < 2:  # no gaps where there is no room for them
            floors = np.floor(edges).astype(np.int32)
            left, right = floors[:-1], np.maximum(floors[1:] - 1, floors[:-1])
        else:
            left = right = middle
        last = box.right - 1
        self.inside = (right >= box.left) & (left <= last)
        self.left, self.right = np.maximum(left, box.left), np.minimum(right, last)
        if self.body < SMALLEST_BODY:
            self.bodies, self.body_left, self.body_right = self.inside, self.left, self.right
        else:
            half = self.body // 2
            one, other = middle - half, middle + half
            self.bodies = (other >= box.left) & (one <= last)
            self.body_left, self.body_right = np.maximum(one, box.left), np.minimum(other, last)
        self.rising = self.prices[3] >= self.prices[0]
        self.falling = ~self.rising

    def earlier(self) -> "Seen":
        """All buckets but the last, at the places that they have among all."""
        made, chosen = Seen.__new__(Seen), slice(0, -1)
        made.body = self.body
        made.prices, made.volume = self.prices[:, chosen], self.volume[chosen]
        made.count = len(made.volume)
        made.inside, made.bodies = self.inside[chosen], self.bodies[chosen]
        made.left, made.right = self.left[chosen], self.right[chosen]
        made.body_left, made.body_right = self.body_left[chosen], self.body_right[chosen]
        made.rising, made.falling = self.rising[chosen], self.falling[chosen]
        return made
