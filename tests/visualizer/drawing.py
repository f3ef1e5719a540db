"""Pictures in memory, to be looked at pixel by pixel."""

import numpy as np

from tradeplat.visualizer.ink import Ink
from tradeplat.visualizer.palette import DEFAULT, Palette
from tradeplat.visualizer.qt import QtGui


def font():
    letters = QtGui.QFont("DejaVu Sans")
    letters.setPixelSize(12)
    return letters


def canvas(width, height, ratio=1.0):
    """A picture of so many points, and a painter on it."""
    image = QtGui.QImage(
        round(width * ratio), round(height * ratio), QtGui.QImage.Format.Format_RGB32
    )
    image.setDevicePixelRatio(ratio)
    image.fill(QtGui.QColor("#000000"))
    painter = QtGui.QPainter(image)
    painter.picture = image  # it must not go before the painter
    return image, painter


def opened(qtbot, chart, size, shown):
    """A chart on the screen, with a model to show."""
    qtbot.addWidget(chart)
    chart.resize(*size)
    chart.show_model(shown)
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def shot(chart):
    return chart.grab().toImage()


def pixels(image):
    """Its colours as rows of #rrggbb numbers."""
    image = image.convertToFormat(QtGui.QImage.Format.Format_RGB32)
    memory = image.constBits().asarray(image.sizeInBytes())
    rows = np.frombuffer(memory, np.uint32).reshape(image.height(), -1)[:, : image.width()]
    return rows & 0xFFFFFF


def number(colour):
    return int(colour[1:], 16)


def places(image, colour):
    """Rows and columns of a colour."""
    return np.nonzero(pixels(image) == number(colour))


class Noted(Ink):
    """Paints, and notes each text with the box that it takes."""

    def __init__(self, palette: Palette = DEFAULT) -> None:
        super().__init__(palette, font())
        self.said = []

    def write(self, left, top, text, colour):
        width, height = self.letters.width(text) * self.ratio, self.letters.height * self.ratio
        self.said.append((text, (left, top, left + width, top + height)))
        super().write(left, top, text, colour)


def apart(boxes):
    """Whether none of the boxes lies over another."""
    return not any(
        a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        for i, a in enumerate(boxes)
        for b in boxes[:i]
    )
