"""The equity curve: its peak, its drawdowns, its returns, and a bounded number of its points."""

from array import array
from math import nan, sqrt
from typing import NamedTuple

from tradeplat.analytics.metrics import Running
from tradeplat.core.market import MINUTE, SECOND

POINTS = 4096
"""At most this many points are kept; when there are more, each covers twice the time."""

DAY = 86_400 * SECOND

DAWN = 5 * 3600 * SECOND
"""Days turn at 05:00 UTC, midnight in New York (01:00 in summer): when nothing trades."""


class Point(NamedTuple):
    """Equity over a stretch of time: its last, lowest and highest value; `ts` is its last mark."""

    ts: int
    last: float
    low: float
    high: float


class Drawdown:
    """How far equity is and was below its peak, told mark by mark.

    The first peak is the capital at the start, so a first loss is a finite fraction of it.
    `deepest` is the largest 1 - E / peak, `deepest_money` the largest peak - E; `longest` the
    longest time in ns from a peak to the next new one, or to now if none came since.
    """

    def __init__(self, start: float) -> None:
        self.peak = start
        self.deepest = 0.0
        self.deepest_money = 0.0
        self.longest = 0
        self.current = 0.0
        """1 - E / peak as of the last mark."""
        self.open = False
        """True while the last mark is below the peak."""
        self._since = 0

    def mark(self, ts: int, equity: float) -> None:
        """Take in equity as of `ts`."""
        if not self._since:
            self._since = ts
        if equity >= self.peak:
            self.peak = equity
            self._since = ts
            self.current = 0.0
            self.open = False
            return
        self.open = True
        below = self.peak - equity
        self.deepest_money = max(self.deepest_money, below)
        if self.peak > 0.0:
            self.current = below / self.peak
            self.deepest = max(self.deepest, self.current)
        self.longest = max(self.longest, ts - self._since)


class Returns:
    """Simple returns of equity sampled at the end of each stretch of `period` that had a mark.

    Stretches without a mark (nights) make no return of their own: the next one spans them.
    """

    def __init__(self, start: float, period: int, offset: int = 0) -> None:
        self.values = array("d")
        """Returns of the finished stretches."""
        self._running = Running()
        self._shortfall = 0.0
        self._period = period
        self._offset = offset
        self._stretch: int | None = None
        self._before = start
        self._last = start

    def mark(self, ts: int, equity: float) -> None:
        """Take in equity as of `ts`."""
        stretch = (ts - self._offset) // self._period
        if stretch != self._stretch:
            self._end()
            self._stretch = stretch
        self._last = equity

    def so_far(self) -> "array[float]":
        """Every return, that of the stretch in progress included."""
        done = self.values[:]
        if self._stretch is not None and self._before != 0.0:
            done.append(self._last / self._before - 1.0)
        return done

    def sharpe(self, year: float) -> float:
        """Annualised Sharpe of the finished stretches, in one pass (nan below two)."""
        deviation = self._running.deviation
        return sqrt(year) * self._running.mean / deviation if deviation > 0.0 else nan

    def sortino(self, year: float) -> float:
        """Annualised Sortino of the finished stretches, in one pass (nan without a loss)."""
        if self._running.count < 2 or not self._shortfall:
            return nan
        root = sqrt(self._shortfall / self._running.count)
        return sqrt(year) * self._running.mean / root

    def _end(self) -> None:
        if self._stretch is None:
            return
        if self._before != 0.0:
            made = self._last / self._before - 1.0
            self.values.append(made)
            self._running.add(made)
            self._shortfall += min(made, 0.0) ** 2
        self._before = self._last


class EquityCurve:
    """Equity over time, told mark by mark in the order of time."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.last = start
        self.drawdown = Drawdown(start)
        self.minutes = Returns(start, MINUTE)
        self.days = Returns(start, DAY, DAWN)
        self.width = SECOND
        """Nanoseconds that one point covers."""
        self._points: list[Point] = []

    def mark(self, ts: int, equity: float) -> None:
        """Take in equity as of `ts`."""
        self.last = equity
        self.drawdown.mark(ts, equity)
        self.minutes.mark(ts, equity)
        self.days.mark(ts, equity)
        points = self._points
        if points and points[-1].ts // self.width == ts // self.width:
            _, _, low, high = points[-1]
            points[-1] = Point(ts, equity, min(low, equity), max(high, equity))
            return
        points.append(Point(ts, equity, equity, equity))
        if len(points) > POINTS:
            self._halve()

    @property
    def points(self) -> tuple[Point, ...]:
        """The curve, oldest first, in at most POINTS points."""
        return tuple(self._points)

    def _halve(self) -> None:
        while len(self._points) > POINTS // 2:
            self.width *= 2
            merged: list[Point] = []
            for point in self._points:
                if merged and merged[-1].ts // self.width == point.ts // self.width:
                    _, _, low, high = merged[-1]
                    low, high = min(low, point.low), max(high, point.high)
                    merged[-1] = Point(point.ts, point.last, low, high)
                else:
                    merged.append(point)
            self._points = merged
