"""Icons of the transport, drawn: the letters of most machines have no glyphs for them."""

from collections.abc import Mapping

from tradeplat.visualizer.qt import Qt, QtCore, QtGui

SIZES = (16, 24, 32, 48)
"""Pixels of the pictures of an icon: Qt takes the one that suits the screen's scale."""

Shape = tuple[tuple[float, float], ...]

_LEFT: Shape = ((0.72, 0.2), (0.72, 0.8), (0.28, 0.5))
_RIGHT: Shape = ((0.28, 0.2), (0.28, 0.8), (0.72, 0.5))


def _moved(shape: Shape, by: float) -> Shape:
    return tuple((x + by, y) for x, y in shape)


def _bar(left: float, width: float = 0.12) -> Shape:
    return ((left, 0.2), (left + width, 0.2), (left + width, 0.8), (left, 0.8))


SHAPES: Mapping[str, tuple[Shape, ...]] = {
    "first": (_bar(0.16), _moved(_LEFT, 0.08)),
    "back": (_moved(_LEFT, -0.2), _moved(_LEFT, 0.2)),
    "play": (_RIGHT,),
    "pause": (_bar(0.28, 0.16), _bar(0.56, 0.16)),
    "forward": (_moved(_RIGHT, -0.2), _moved(_RIGHT, 0.2)),
    "last": (_moved(_RIGHT, -0.08), _bar(0.72)),
}
"""Polygons of each icon in a square of one by one."""


def icon(name: str, colour: str, faint: str) -> QtGui.QIcon:
    """An icon of SHAPES in a colour, and in a faint one where its button is off."""
    made = QtGui.QIcon()
    for size in SIZES:
        made.addPixmap(_picture(name, colour, size), QtGui.QIcon.Mode.Normal)
        made.addPixmap(_picture(name, faint, size), QtGui.QIcon.Mode.Disabled)
    return made


def _picture(name: str, colour: str, size: int) -> QtGui.QPixmap:
    picture = QtGui.QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    with QtGui.QPainter(picture) as painter:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(colour))
        for shape in SHAPES[name]:
            corners = [QtCore.QPointF(x * size, y * size) for x, y in shape]
            painter.drawPolygon(QtGui.QPolygonF(corners))
    return picture
