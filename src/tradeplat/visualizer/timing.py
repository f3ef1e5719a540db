"""How long orders took from the key to the wire, as a small histogram for the foot of a window."""

from collections.abc import Sequence
from math import isfinite

from tradeplat.visualizer.numerals import NONE
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets

Buckets = Sequence[tuple[float, int]]
"""Upper bounds in ms, rising, and how many fell into each."""

EDGES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Milliseconds up to which a bar counts; the last bar has what took longer."""

LATE_MS = 10.0
"""Keys that take longer than this for the wire are late."""

_BAR, _GAP, _HEIGHT = 4, 1, 14


def bars(buckets: Buckets) -> list[int]:
    """How many orders each bar of the picture stands for."""
    counts = [0] * (len(EDGES) + 1)
    for bound, count in buckets:
        counts[sum(bound > edge for edge in EDGES)] += count
    return counts


def summary(latency: dict[str, float | None], count: int) -> str:
    """The quantiles in a line; empty before the first order by hand."""
    if not count:
        return ""
    told = (latency.get("key_to_wire_p50"), latency.get("key_to_wire_p99"))
    middle, most = (NONE if one is None or not isfinite(one) else f"{one:.1f}" for one in told)
    return f"key to wire {middle} ms, p99 {most} ms"


class KeyTiming(QtWidgets.QWidget):
    """The histogram; nothing is shown before there is one."""

    def __init__(self, palette: Palette, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._bars: list[int] = []
        self.text = QtWidgets.QLabel()
        self.text.setStyleSheet(f"color: {palette.faint}; padding-right: 6px;")
        self.picture = _Picture(palette)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.picture)
        row.addWidget(self.text)
        self.setAccessibleName("Time from key to wire")
        self.hide()

    def tell(self, buckets: Buckets, latency: dict[str, float | None]) -> None:
        """Show this histogram and its quantiles in ms."""
        count = sum(number for _, number in buckets)
        text, counts = summary(latency, count), bars(buckets)
        if (text, counts) != (self.text.text(), self._bars):
            self._bars = counts
            self.text.setText(text)
            self.picture.tell(counts)
            self.setToolTip(_tip(counts, count))
        self.setVisible(bool(count))


class _Picture(QtWidgets.QWidget):
    """A bar for each step of time; late ones in the colour of what is late."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._bars: list[int] = []
        self.setFixedSize((len(EDGES) + 1) * (_BAR + _GAP), _HEIGHT)

    def tell(self, counts: list[int]) -> None:
        self._bars = counts
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        painter = QtGui.QPainter(self)
        most = max(self._bars, default=0) or 1
        for n, count in enumerate(self._bars):
            late = n > EDGES.index(LATE_MS)
            high = max(round(count / most * (_HEIGHT - 1)), 2) if count else 1
            colour = self._palette.last if late else self._palette.up
            box = QtCore.QRect(n * (_BAR + _GAP), _HEIGHT - high, _BAR, high)
            painter.fillRect(box, QtGui.QColor(colour if count else self._palette.border))
        painter.end()


def _tip(counts: list[int], count: int) -> str:
    """The histogram in words."""
    names = [*(f"up to {edge:g} ms" for edge in EDGES), f"over {EDGES[-1]:g} ms"]
    told = [f"{name}: {number}" for name, number in zip(names, counts, strict=True) if number]
    return "\n".join([f"From the key to the wire, {count} orders", *told])
