"""What a chart is painted with, and the plain marks made with it: rules, boxes, tags."""

from typing import NamedTuple

import numpy as np

from tradeplat.visualizer.letters import Letters
from tradeplat.visualizer.painter import BarPainter, Box, Device
from tradeplat.visualizer.palette import Palette, mixed
from tradeplat.visualizer.paths import PathPainter
from tradeplat.visualizer.qt import QtCore, QtGui

PAD = 4
"""Points between a text and the edge of its box."""


class Tag(NamedTuple):
    """A text in a box at a pixel row of an axis; `fill` empty draws an outline in `ink`."""

    y: int
    text: str
    ink: str
    fill: str = ""


class Ink:
    """Colours, letters and painters of one or many charts, and the device they are painted on."""

    device: Device

    def __init__(self, palette: Palette, font: QtGui.QFont) -> None:
        self.palette = palette
        self.letters = Letters(font)
        self.bars = BarPainter()
        self.paths = PathPainter()
        self._dotted: dict[tuple[str, int], QtGui.QBrush] = {}
        self._soft: dict[tuple[str, float], str] = {}
        self._texts: list[tuple[int, int, str, str]] = []
        self.ratio = 1.0
        """Pixels a point of what is painted on."""

    def begin(self, painter: QtGui.QPainter) -> Device:
        """Paint with `painter` from here on, in pixels of its device."""
        self._texts.clear()
        self.device = Device(painter)
        self.ratio = self.device.ratio
        painter.setFont(self.letters.font)
        self.device.pixels()
        return self.device

    def end(self) -> None:
        """Let go of the painter. Who painted ends it too, whatever happened meanwhile: one that is
        left, or used again, after what it paints on has gone takes the whole process with it.
        """
        del self.device

    def colour(self, text: str) -> QtGui.QColor:
        """The colour written as #rrggbb."""
        return self.bars.colour(text)

    def soft(self, colour: str, share: float) -> str:
        """`share` of a colour on the ground."""
        made = self._soft.get((colour, share))
        if made is None:
            made = self._soft[colour, share] = mixed(colour, self.palette.ground, share)
        return made

    def row_height(self) -> int:
        """Pixels of a line of text in its box."""
        return int(np.ceil((self.letters.height + 2) * self.ratio))

    def text_width(self, text: str) -> int:
        """Pixels of a text with what is free beside it."""
        return int(np.ceil((self.letters.width(text) + 2 * PAD) * self.ratio))

    def across(self, box: Box, rows: list[int], colour: str) -> None:
        """Rules a pixel thick over the width of a box at pixel rows."""
        paint, width = self.colour(colour), box.width
        for y in rows:
            if box.top <= y < box.bottom:
                self.device.painter.fillRect(box.left, y, width, 1, paint)

    def down(self, box: Box, columns: list[int], colour: str) -> None:
        """Rules a pixel thick over the height of a box at pixel columns."""
        paint, height = self.colour(colour), box.height
        for x in columns:
            if box.left <= x < box.right:
                self.device.painter.fillRect(x, box.top, 1, height, paint)

    def rule(self, box: Box, y: int, colour: str) -> None:
        """A rule as thick as a point over the width of a box."""
        thick = max(int(self.ratio), 1)
        if box.top <= y < box.bottom:
            top = min(y - (thick - 1) // 2, box.bottom - thick)
            self.bars.fill(self.device, Box(box.left, top, box.right, top + thick), colour)

    def dashes(self, box: Box, y: int, colour: str) -> None:
        """A rule of dashes over the width of a box, as thick as a point."""
        if not box.top <= y < box.bottom:
            return
        on, off = round(5 * self.ratio), round(4 * self.ratio)
        left = np.arange(box.left, box.right, on + off, dtype=np.int32)
        right = np.minimum(left + on, box.right) - 1
        thick = max(int(self.ratio), 1)
        top = y - (thick - 1) // 2
        self.bars.fills(
            self.device, colour, (left, top, right, min(top + thick - 1, box.bottom - 1))
        )

    def dots(self, box: Box, y: int, colour: str) -> None:
        """A rule of dots over the width of a box."""
        if not box.top <= y < box.bottom:
            return
        size = max(int(self.ratio), 1)
        brush = self._dotted.get((colour, size))
        if brush is None:
            pattern = QtGui.QPixmap(4 * size, size)
            pattern.fill(QtGui.QColor(0, 0, 0, 0))
            with QtGui.QPainter(pattern) as painter:
                painter.fillRect(0, 0, size, size, self.colour(colour))
            brush = self._dotted[colour, size] = QtGui.QBrush(pattern)
        top = min(y - (size - 1) // 2, box.bottom - size)
        painter = self.device.painter
        painter.setBrushOrigin(QtCore.QPointF(box.left, top))
        painter.fillRect(box.left, top, box.width, size, brush)

    def drops(self, box: Box, x: int, colour: str) -> None:
        """A rule of dashes down a box."""
        if not box.left <= x < box.right:
            return
        on, off = round(3 * self.ratio), round(3 * self.ratio)
        top = np.arange(box.top, box.bottom, on + off, dtype=np.int32)
        left = np.full(len(top), x, np.int32)
        self.bars.fills(
            self.device, colour, (left, top, left, np.minimum(top + on, box.bottom) - 1)
        )

    def outline(self, box: Box, colour: str, thick: int = 1) -> None:
        """The edge of a box, inside of it."""
        paint, fill = self.colour(colour), self.device.painter.fillRect
        fill(box.left, box.top, box.width, thick, paint)
        fill(box.left, box.bottom - thick, box.width, thick, paint)
        fill(box.left, box.top, thick, box.height, paint)
        fill(box.right - thick, box.top, thick, box.height, paint)

    def write(self, left: float, top: float, text: str, colour: str) -> None:
        """A text whose line begins at a pixel; it is painted when the texts are `written`."""
        self._texts.append((round(left), round(top), text, colour))

    def written(self) -> None:
        """Paint the texts that wait; together, for a change of units costs as much as a text."""
        if not self._texts:
            return
        device, letters, ratio, last = self.device, self.letters, self.ratio, ""
        device.points()
        for left, top, text, colour in self._texts:
            if colour != last:
                device.pen(self.colour(colour))
                last = colour
            letters.draw(device, left / ratio, top / ratio, text)
        self._texts.clear()
        device.pixels()

    def write_right(self, right: float, top: float, text: str, colour: str) -> None:
        """A text that ends where it is padded from a pixel column, as numbers below one another."""
        left = right - (self.letters.width(text) + PAD) * self.ratio
        self.write(left, top, text, colour)

    def middle(self, box: Box, text: str) -> None:
        """A faint text in the middle of a box."""
        left = box.left + (box.width - self.letters.width(text) * self.ratio) / 2
        self.write(left, box.top + (box.height - self.row_height()) / 2, text, self.palette.faint)

    def tag(self, box: Box, tag: Tag, *, right: bool = False) -> None:
        """A text in a box, filled or outlined; at its right edge where that is asked."""
        if tag.fill:
            self.bars.fill(self.device, box, tag.fill)
        else:
            self.bars.fill(self.device, box, self.palette.ground)
            self.outline(box, tag.ink)
        if right:
            self.write_right(box.right, box.top + self.ratio, tag.text, tag.ink)
        else:
            self.write(box.left + PAD * self.ratio, box.top + self.ratio, tag.text, tag.ink)

    def tag_box(self, axis: Box, y: int) -> Box:
        """Where the tag of a pixel row stands on a price axis: all of it inside."""
        height = self.row_height()
        top = min(max(y - height // 2, axis.top), axis.bottom - height)
        return Box(axis.left, top, axis.right, top + height)
