"""The same charts as pyqtgraph would be used for them: what the drawing core is compared with."""

from collections.abc import Sequence

import numpy as np

from bench.charts import FAST, Rows
from tradeplat.visualizer.chart import Inks
from tradeplat.visualizer.ink import Ink
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.overlay import clip, unclip
from tradeplat.visualizer.painter import Box, Seen
from tradeplat.visualizer.panes import Pane
from tradeplat.visualizer.paths import path_of
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets

import pyqtgraph as pg  # isort: skip  # takes the binding that is loaded: after qt


class Pictured(pg.GraphicsObject):
    """Every bar in one QPicture, made anew with each tick: pyqtgraph's own example."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.rows = rows
        self.draw()

    def draw(self) -> None:
        self.picture = QtGui.QPicture()
        painter = QtGui.QPainter(self.picture)
        pens = [pg.mkPen("#ff9a4d"), pg.mkPen("#5aa9ff")]
        brushes = [pg.mkBrush("#ff9a4d"), pg.mkBrush("#5aa9ff")]
        prices = (self.rows[name].tolist() for name in ("open", "high", "low", "close"))
        for bar, (first, high, low, last) in enumerate(zip(*prices, strict=True)):
            painter.setPen(pens[last >= first])
            painter.drawLine(QtCore.QPointF(bar, low), QtCore.QPointF(bar, high))
            painter.setBrush(brushes[last >= first])
            painter.drawRect(QtCore.QRectF(bar - 0.3, first, 0.6, last - first))
        painter.end()

    def tick(self) -> None:
        self.draw()
        self.update()

    def paint(self, painter, *_rest):
        painter.drawPicture(0, 0, self.picture)

    def boundingRect(self):  # noqa: N802  # Qt calls it so
        return QtCore.QRectF(self.picture.boundingRect())


class Plot(pg.PlotWidget):
    """Candles, volume and an average by our painter, pyqtgraph's axes and last-price line."""

    def __init__(self, model: ChartModel, inks: Inks, bars: int, *, plain: bool = False) -> None:
        super().__init__(background="#12151d", enableMenu=False)
        self.model, self.bars, self.plain = model, bars, plain
        self.hideButtons()
        self.pane = Pane(inks, self._content, self._content)
        self.plotItem.vb.disableAutoRange()
        self.plotItem.addItem(self.pane.content, ignoreBounds=True)
        self.last = pg.InfiniteLine(angle=0, pen="#ffcc4d", label="{value:.2f}")
        if not plain:
            self.plotItem.addItem(self.last, ignoreBounds=True)
        self.follow()

    def follow(self) -> None:
        """Show the newest bars."""
        count = len(self.model.bars)
        low, high = self.model.bars.low_high(count - self.bars, count)
        pad = 0.1 * (high - low)
        bounds = QtCore.QRectF(count - self.bars, low - pad, 1.04 * self.bars, high - low + 2 * pad)
        self.pane.low, self.pane.high = low - pad, high + pad
        self.pane._range = (bounds.left(), bounds.right(), low - pad, high + pad)
        self.pane.content.set_bounds(bounds)
        self.plotItem.vb.setRange(bounds, padding=0)

    def tick(self) -> None:
        """Show what the newest bar is now."""
        self.last.setValue(self.model.last)
        self.pane.content.update()

    def _content(self, ink: Ink, box: Box) -> None:
        view = self.pane.view(box)
        model, below = self.model, box._replace(top=int(box.bottom - 0.2 * box.height))
        seen = Seen(model.bars, view)
        ink.bars.candles(ink.device, seen, view, ("#5aa9ff", "#ff9a4d"))
        if self.plain:
            return
        volume = view._replace(low=0.0, high=float(seen.volume.max()), box=below)
        ink.bars.volume(ink.device, seen, volume, ("#2a4a70", "#6b4630"))
        clip(ink, box)
        ink.paths.line(ink.device, path_of(model.series[FAST], view), ink.colour("#ffd479"))
        unclip(ink)


class PlotBoard(QtWidgets.QWidget):
    """A grid of plots."""

    def __init__(self, models: Sequence[ChartModel], columns: int, bars: int) -> None:
        super().__init__()
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        inks = Inks()
        self.plots = [Plot(model, inks, bars) for model in models]
        for at, plot in enumerate(self.plots):
            grid.addWidget(plot, at // columns, at % columns)

    def tick(self) -> None:
        for plot in self.plots:
            plot.tick()
        QtWidgets.QApplication.processEvents()

    def scroll(self) -> None:
        for plot in self.plots:
            plot.follow()
            plot.tick()
        QtWidgets.QApplication.processEvents()


def changed(rows: Rows, at: int, seed: int) -> Rows:
    """Bar `at` as another tick would leave it."""
    row = rows[at : at + 1].copy()
    row["close"] = np.clip(row["close"] + 0.01 * (seed % 3 - 1), row["low"], row["high"])
    row["volume"] += seed
    return row
