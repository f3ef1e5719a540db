"""Which bars and prices a chart shows, and how that moves: a chart that is left alone follows."""

from math import isnan

import numpy as np

from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.painter import Box, View

LEAST_BARS = 8
MARGIN = 0.04
"""Share of the chart's width that stays free behind the newest bar, at least one bar."""
INNER = 0.05
"""Share of the height at each edge which a price may not enter before the prices shown move."""
PAD = 0.10

DAY_BARS = 40, 120
"""At least and at most so many bars where a chart shows the newest day."""
SHORT = 300
"""Seconds of bars that are looked at by the day."""
NIGHT = 3 * 3_600 * 1_000_000_000
"""A gap of so many ns between two short bars parts two days."""


class Viewport:
    """`start` to `end` in bars (bar i reaches from i to i + 1), `low` to `high` in prices.

    While it is `daily` it shows the newest day, until somebody zooms or fits.
    """

    def __init__(self, bars: int = 120, *, daily: bool = False) -> None:
        self.bars = float(bars)
        """How many bars it shows."""
        self.end = 0.0
        self.low, self.high = 0.0, 1.0
        self.following = True
        """Whether the newest bar stays in view."""
        self.daily = daily
        self._count = 0
        self._checked: tuple[object, ...] = ()
        self._framed: tuple[object, ...] = ()

    @property
    def start(self) -> float:
        """The left edge."""
        return self.end - self.bars

    def follow_day(self, model: ChartModel) -> None:
        """Show as many bars as the newest day has."""
        if self.daily and self.following and self._count != len(model.bars):
            self.bars = day_bars(model)

    def follow(self, count: int, grain: int = 1) -> None:
        """Move with the newest of `count` bars, by whole bars; where `grain` of them share a pixel
        column, by so many at once: columns then move and do not change.
        """
        if self.following:
            end = count + max(round(self.bars * MARGIN), 1)
            self.end = -(-end // grain) * grain
        self._count = count

    def frame(
        self, model: ChartModel, hidden: frozenset[int] = frozenset(), *, lines: bool = True
    ) -> None:
        """Let the prices in view be those of the bars in view: at once where other bars came into
        view, else only when a price leaves the inner part.
        """
        if self._rests(model, hidden):
            return
        first, last = max(int(self.start), 0), min(int(self.end) + 1, len(model.bars))
        low, high = model.range_of(first, last, hidden)
        if isnan(low):
            return
        if lines:
            low, high = self._with_lines(model, low, high)
        least = 2 * model.tick
        pad = max((high - low) * PAD, least)
        inner = (self.high - self.low) * INNER
        stays = self._framed == (self.start, self.end, hidden)
        inside = low >= self.low + inner * stays and high <= self.high - inner * stays
        self._checked = self._state(model)
        if inside and stays and high - low > 0.6 * (self.high - self.low) - 2 * least:
            return
        floor = 0.0 if low >= 0 else low - pad
        self.low, self.high = max(low - pad, floor), high + pad
        self._framed = (self.start, self.end, hidden)

    def _state(self, model: ChartModel) -> tuple[int, ...]:
        return id(model), len(model.bars), model.past_revision, model.lines_revision

    def _rests(self, model: ChartModel, hidden: frozenset[int]) -> bool:
        """Whether only the newest bar has changed, and is well inside."""
        if self._checked != self._state(model) or self._framed != (self.start, self.end, hidden):
            return False
        inner = (self.high - self.low) * INNER
        low, high = model.bars.newest_range()
        return low >= self.low + inner and high <= self.high - inner

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show `factor` times as many bars, bar `at` staying where it is (none: the newest)."""
        self.daily = False
        most = max(4.0 * self._count, 240.0)
        bars = min(max(self.bars * factor, LEAST_BARS), most)
        if at is None or self.following:
            self.bars = bars
            self.follow(self._count)
            return
        share = (self.end - at) / self.bars
        self.bars, self.end = bars, at + share * bars
        self._hold()

    def pan(self, bars: float) -> None:
        """Move by `bars` to the right; back at the newest bar the chart follows again."""
        self.end += bars
        newest = self._count + max(round(self.bars * MARGIN), 1)
        self.following = bars > 0 and self.end >= newest
        self._hold()
        if self.following:
            self.follow(self._count)

    def fit(self, count: int, *, bars: float | None = None) -> None:
        """Follow again, with all of `count` bars in view or with `bars` of them."""
        self.daily = False
        wanted = bars if bars is not None else (count + 1) / (1 - MARGIN)
        self.bars, self.following = max(wanted, LEAST_BARS), True
        self.follow(count)

    def view(self, box: Box) -> View:
        """The view in a box."""
        return View(self.start, self.end, self.low, self.high, box)

    def _hold(self) -> None:
        """Keep some bar in view."""
        keep = min(self.bars / 2, 20.0)
        self.end = min(max(self.end, keep), self._count + self.bars - keep)

    def _with_lines(self, model: ChartModel, low: float, high: float) -> tuple[float, float]:
        """The range with the price lines that are near enough to be shown with the candles."""
        reach = 1.5 * max(high - low, 10 * model.tick)
        prices = [one.price for one in model.levels.values()]
        near = [price for price in prices if low - reach <= price <= high + reach]
        return min([low, *near]), max([high, *near])


def day_bars(model: ChartModel) -> float:
    """How many bars show the newest day, within bounds, with room for those to come."""
    least, most = DAY_BARS
    ts = model.bars.ts[-most:]
    nights = np.flatnonzero(np.diff(ts) > NIGHT)
    if model.span > SHORT or not len(nights):
        return float(most)
    today = len(ts) - 1 - int(nights[-1])
    return float(min(max(today + today // 8, least), most))
