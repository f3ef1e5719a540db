"""The account's curve: equity under its high-water line, what is made and what is open apart, and
the drawdown below.
"""

from math import isnan

import numpy as np

from tradeplat.visualizer import axes
from tradeplat.visualizer.chart import Inks
from tradeplat.visualizer.head import draw_head
from tradeplat.visualizer.ink import Ink
from tradeplat.visualizer.numerals import dollar_text, money_text, percent_text
from tradeplat.visualizer.painter import Box, View
from tradeplat.visualizer.palette import DEFAULT, Palette
from tradeplat.visualizer.paths import path_of
from tradeplat.visualizer.pyramid import Numbers
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets
from tradeplat.visualizer.store import Rows, Series
from tradeplat.visualizer.ticks import TimeTick, TimeTicks, price_step, price_ticks

FRAME_MS = 200
"""An account is looked at five times a second."""

CENT = 0.01
APART = 26
"""Points between two labels, at the least."""

TALL = 190
"""Points of height from which what is made and what is open have curves of their own."""


class EquityModel:
    """Points of an account in order of time; every change moves `revision`."""

    def __init__(self) -> None:
        self.clear()
        self.revision = 0

    def __len__(self) -> int:
        return len(self.equity)

    def clear(self) -> None:
        """Begin anew."""
        self.equity, self.high_water, self.drawdown = Series(), Series(), Series()
        self.realised, self.open = Series(), Series()
        self.times = TimeTicks(0)
        self.worst = 0.0
        """The deepest drawdown, zero or less."""

    def load(self, rows: Rows) -> None:
        """Begin anew with points: fields ts, equity, realised and open."""
        self.clear()
        self.extend(rows)

    def extend(self, rows: Rows) -> None:
        """Add points behind the last."""
        if len(rows):
            equity: Numbers = np.ascontiguousarray(rows["equity"], np.float64)
            before = self.high_water.at(len(self) - 1) if len(self) else -np.inf
            high = np.maximum.accumulate(np.maximum(equity, before))
            self.equity.append(equity)
            self.high_water.append(high)
            self.drawdown.append(equity - high)
            self.realised.append(np.ascontiguousarray(rows["realised"], np.float64))
            self.open.append(np.ascontiguousarray(rows["open"], np.float64))
            self.times.extend(np.ascontiguousarray(rows["ts"], np.int64))
            self.worst = min(self.worst, float((equity - high).min()))
        self.revision += 1

    def now(self, series: Series) -> float:
        """The newest number of one of its series; nan before the first point."""
        return series.at(len(series) - 1)


class EquityView(QtWidgets.QWidget):
    """The whole curve, always: nobody zooms into a day's account."""

    def __init__(
        self,
        palette: Palette = DEFAULT,
        font: QtGui.QFont | None = None,
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 90)
        self.setAccessibleName("Equity curve with high-water line and drawdown")
        self.model = EquityModel()
        self._inks = Inks(palette, font)
        self._stale = False
        self._drawn = -1
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.refresh)

    def load(self, rows: Rows) -> None:
        """Begin the curve anew."""
        self.model.load(rows)

    def extend(self, rows: Rows) -> None:
        """Add points behind the last."""
        self.model.extend(rows)

    def set_stale(self, *, stale: bool) -> None:
        """Be grey, or not."""
        self._stale = stale
        self.update()

    def set_palette(self, palette: Palette, font: QtGui.QFont | None = None) -> None:
        """Use other colours, or other letters."""
        self._inks.dip(palette, font)
        self.update()

    def refresh(self) -> None:
        """Paint soon if there are new points; a clock calls it while the curve is visible."""
        if self._drawn != self.model.revision and self.isVisible():
            self.update()

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Run the clock while somebody can see it."""
        self._timer.start()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:
        """Stop the clock: what is hidden repaints nothing."""
        self._timer.stop()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """Paint everything."""
        with QtGui.QPainter(self) as painter:  # ends it whatever happens: see Ink.end
            self.paint(painter)

    def paint(self, painter: QtGui.QPainter) -> None:
        """Paint everything with a painter of this widget."""
        ink = self._inks.stale if self._stale else self._inks.fresh
        device = ink.begin(painter)
        whole = device.box(self.width(), self.height())
        beyond = Box(0, 0, whole.right + 1, whole.bottom + 1)
        ink.bars.fill(device, beyond, ink.palette.ground)
        self._drawn = self.model.revision
        row = ink.row_height()
        head = whole._replace(bottom=row + round(2 * ink.ratio))
        draw_head(ink, head, head_of(self.model, ink.palette))
        if not len(self.model):
            ink.middle(whole._replace(top=head.bottom), "no account yet")
        else:
            self._paint_curves(ink, Box(0, head.bottom, whole.right, whole.bottom - row))
        ink.written()

    def _paint_curves(self, ink: Ink, box: Box) -> None:
        model, palette = self.model, ink.palette
        tall = self.height() >= TALL
        shares = (0.52, 0.24, 0.24) if tall else (0.68, 0.0, 0.32)
        money = [(model.equity, palette.curve), (model.high_water, palette.high_water)]
        made = [(model.open, palette.last), (model.realised, palette.target)]
        below = [(model.drawdown, palette.drawdown)]
        parts = [part for part, share in zip((money, made, below), shares, strict=True) if share]
        ranges = [range_of(part, len(model), zero=part is not money) for part in parts]
        wide = max(ink.text_width(longest(range_, ink, box)) for range_ in ranges)
        right = max(box.right - wide - round(4 * ink.ratio), box.left + 10)
        top = box.top
        times: list[TimeTick] = []
        for part, range_, share in zip(parts, ranges, [s for s in shares if s], strict=True):
            bottom = box.bottom if part is below else top + int(share * box.height)
            place = Box(box.left, top, right, max(bottom, top + 2))
            view = View(0.0, max(len(model) * 1.01, 2.0), *range_, place)
            times = times or self._labels(ink, view)
            axis = Box(right, top, box.right, place.bottom)
            self._paint_part(ink, (view, axis), part, times)
            top = bottom
        under = Box(box.left, box.bottom, right, box.bottom + ink.row_height())
        axes.draw_times(ink, view, under, times)

    def _paint_part(
        self,
        ink: Ink,
        where: tuple[View, Box],
        part: list[tuple[Series, str]],
        times: list[TimeTick],
    ) -> None:
        view, axis = where
        values = round_values(view, ink)
        axes.draw_grid(ink, view, values, times)
        ink.across(
            view.box, [view.box.top, *([view.y(0.0)] if view.low <= 0 else [])], ink.palette.border
        )
        painter = ink.device.painter
        painter.setClipRect(view.box.left, view.box.top, view.box.width, view.box.height)
        for series, colour in reversed(part):
            if series is self.model.drawdown:
                draw_under(ink, view, series, colour)
                continue
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            ink.paths.line(ink.device, path_of(series, view), ink.colour(colour))
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, on=False)
        painter.setClipping(False)
        labels = [(view.y(value), value_text(value, view, ink)) for value in values]
        axes.draw_prices(ink, axis, labels, [])
        ink.down(axis, [axis.left], ink.palette.border)

    def _labels(self, ink: Ink, view: View) -> list[TimeTick]:
        gap = 1.6 * ink.text_width("00:00:00") / view.room
        return self.model.times.between(0, len(self.model), gap)


def head_of(model: EquityModel, palette: Palette) -> list[tuple[str, str]]:
    """The account in numbers, the most important first."""
    texts = [("Equity", palette.faint)]
    if not len(model):
        return texts
    equity, high = model.now(model.equity), model.now(model.high_water)
    realised, open_ = model.now(model.realised), model.now(model.open)
    fallen = equity - high
    texts.append((money_text(equity), palette.curve))
    texts.append((f"realised {dollar_text(realised)}", palette.target))
    texts.append((f"open {dollar_text(open_)}", palette.last))
    part = f" {percent_text(fallen / high)}" if high > 0 and fallen < 0 else ""
    texts.append((f"drawdown {dollar_text(fallen)}{part}", palette.drawdown))
    texts.append((f"worst {dollar_text(model.worst)}", palette.faint))
    texts.append((f"high {money_text(high)}", palette.high_water))
    return texts


def range_of(part: list[tuple[Series, str]], count: int, *, zero: bool) -> tuple[float, float]:
    """What some series reach, with a little room; `zero` is in it where that is asked."""
    found = [series.low_high(0, count) for series, _ in part]
    known = [pair for pair in found if not isnan(pair[0])] + ([(0.0, 0.0)] if zero else [])
    low, high = min(pair[0] for pair in known), max(pair[1] for pair in known)
    pad = max(0.08 * (high - low), 0.5)
    return low - pad, high + (pad if high or not zero else 0.15 * pad)


def round_values(view: View, ink: Ink) -> list[float]:
    """The amounts of a part that are labelled."""
    most = max(int(view.box.height / (APART * ink.ratio)), 2)
    return price_ticks(view.low, view.high, CENT, most)


def value_text(value: float, view: View, ink: Ink) -> str:
    """An amount of the axis: without cents where the steps have none."""
    most = max(int(view.box.height / (APART * ink.ratio)), 2)
    step = price_step(view.high - view.low, CENT, most)
    return money_text(value, 0 if abs(step - round(step)) < 1e-9 else 2)


def longest(range_: tuple[float, float], ink: Ink, box: Box) -> str:
    """The widest label that a range may have."""
    view = View(0.0, 1.0, *range_, box)
    return max((value_text(value, view, ink) for value in range_), key=len)


def draw_under(ink: Ink, view: View, series: Series, colour: str) -> None:
    """Fill from nothing down to a series that is never above it."""
    x, y = path_of(series, view)
    half = view.room / 2 if len(x) == len(series) else 1.0
    left = np.clip(np.floor(x - half), view.box.left, view.box.right - 1).astype(np.int32)
    right = np.clip(np.ceil(x + half), view.box.left, view.box.right - 1).astype(np.int32)
    bottom = np.clip(y, view.box.top, view.box.bottom - 1).astype(np.int32)
    top = np.full(len(x), view.rows(np.zeros(1))[0], np.int32)
    some = bottom > top
    sides = (left[some], top[some], right[some], bottom[some])
    ink.bars.fills(ink.device, ink.soft(colour, 0.55), sides)
