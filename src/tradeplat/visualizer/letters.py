"""Texts of a chart: laid out once, then drawn again and again."""

from tradeplat.visualizer.painter import Device
from tradeplat.visualizer.qt import Qt, QtCore, QtGui

MOST = 2000
"""Texts that are kept; prices change, so they are forgotten all at once when there are more."""


class Letters:
    """One font's texts, measured in points."""

    def __init__(self, font: QtGui.QFont) -> None:
        self.font = font
        metrics = QtGui.QFontMetricsF(font)
        self._metrics = metrics
        self.height = metrics.height()
        """Points from the top of a line to the next."""
        self.ascent = metrics.ascent()
        self._texts: dict[str, QtGui.QStaticText] = {}
        self._widths: dict[str, float] = {}

    def width(self, text: str) -> float:
        """How wide a text is, in points."""
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > MOST:
                self._widths.clear()
            width = self._widths[text] = self._metrics.horizontalAdvance(text)
        return width

    def draw(self, device: Device, left: float, top: float, text: str) -> None:
        """Write with the painter's pen; `left` and `top`, in points, are to be whole pixels."""
        known = self._texts.get(text)
        if known is None:
            if len(self._texts) > MOST:
                self._texts.clear()
            known = QtGui.QStaticText(text)
            known.setTextFormat(Qt.TextFormat.PlainText)
            known.setPerformanceHint(QtGui.QStaticText.PerformanceHint.AggressiveCaching)
            known.prepare(QtGui.QTransform(), self.font)
            self._texts[text] = known
        device.painter.drawStaticText(QtCore.QPointF(left, top), known)

    def fitted(self, parts: list[str], room: float, gap: float) -> int:
        """How many of `parts` stand side by side in `room` points."""
        used = 0.0
        for count, part in enumerate(parts):
            used += self.width(part) + (gap if count else 0)
            if used > room:
                return count
        return len(parts)
