"""Bars and lines of one chart, by the index of the bar: what the painters draw from."""

from math import isnan, nan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.link import FORMING
from tradeplat.visualizer.pyramid import Numbers, Op, Pyramid

PRICES = ("open", "high", "low", "close", "volume")
Rows = npt.NDArray[np.void]
"""An array of core.market's BAR."""


class Window(NamedTuple):
    """Neighbouring buckets of `step` bars each, the first beginning at bar `first`; the rows of
    `prices` are open, high, low and close.
    """

    first: int
    step: int
    prices: Numbers
    volume: Numbers


class Candle(NamedTuple):
    """One bar; `ts` is its close in UTC nanoseconds."""

    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class BarStore:
    """Bars in order, the newest of which may go on; bar i is at i on the x axis."""

    def __init__(self, room: int = 256) -> None:
        self._pyramid = Pyramid((Op.FIRST, Op.MAX, Op.MIN, Op.LAST, Op.SUM), room)
        self._ts: npt.NDArray[np.int64] = np.empty(room, np.int64)
        self.forming = False
        """Whether the newest bar has not closed."""

    def __len__(self) -> int:
        return len(self._pyramid)

    @property
    def ts(self) -> npt.NDArray[np.int64]:
        """The close of each bar; a view that the next bar may leave behind."""
        return self._ts[: len(self)]

    def load(self, rows: Rows) -> None:
        """Replace every bar by `rows`; BadInput where they are out of order."""
        self._pyramid.clear()
        self.forming = False
        self.extend(rows)

    def extend(self, rows: Rows) -> None:
        """Add `rows` behind the newest bar, which the first replaces where it is the same bar;
        BadInput where they are out of order.
        """
        if not len(rows):
            return
        ts = rows["ts"]
        first = len(self)
        if first and ts[0] == self._ts[first - 1]:
            first -= 1
        self._check(ts, first)
        self._keep(ts, first)
        if len(rows) == 1:
            self._pyramid.put_one(first, _prices(rows[0].tolist()))
        else:
            block = np.array([rows[name] for name in PRICES])
            np.nan_to_num(block[4], copy=False)
            self._pyramid.put(first, block)
        self.forming = int(rows["revision"][-1]) == FORMING

    def replace(self, rows: Rows) -> None:
        """Let the newest bar be the last of `rows`; the first bar of all where there is none."""
        if not len(self):
            self.extend(rows[-1:])
            return
        values = rows[-1].tolist()
        last = len(self) - 1
        if last and values[0] <= self._ts[last - 1]:
            raise BadInput(f"bar at {values[0]}: older than the one before the newest")
        self._ts[last] = values[0]
        self._pyramid.put_one(last, _prices(values))
        self.forming = values[7] == FORMING

    @property
    def closed(self) -> int:
        """How many bars have closed."""
        return len(self) - self.forming

    def rows(self, start: int, end: int) -> tuple[Numbers, Numbers]:
        """Prices (open, high, low and close, a row each) and volumes of bars start to end."""
        columns = self._pyramid.columns[:, start:end]
        return columns[:4], columns[4]

    def prices(self, start: int) -> Numbers:
        """Open, high, low, close and volume of the bars from `start` on, a row each; a view that
        the next bar may leave behind.
        """
        return self._pyramid.columns[:, start : len(self)]

    def window(self, start: int, end: int, most: int) -> Window:
        """Bars start to end in at most `most` buckets of the finest level that has so few."""
        found = self._pyramid.window(start, end, most)
        return Window(found.first, found.step, found.columns[:4], found.columns[4])

    def low_high(self, start: int, end: int) -> tuple[float, float]:
        """The price range of bars start to end; nan where there are none."""
        return self._pyramid.low_high(start, end, 2, 1)

    def most_volume(self, start: int, end: int, most: int) -> float:
        """The tallest volume among what `window` gives; 0.0 where there is none."""
        volume = self._pyramid.window(start, end, most).columns[4]
        return float(volume.max()) if len(volume) else 0.0

    def candle(self, index: int) -> Candle | None:
        """Bar `index`; None where there is none."""
        if not 0 <= index < len(self):
            return None
        return Candle(int(self._ts[index]), *self._pyramid.columns[:, index].tolist())

    @property
    def last_close(self) -> float:
        """The close of the newest bar; nan where there is none."""
        return self._pyramid.cell(3, len(self) - 1) if len(self) else nan

    def newest_range(self) -> tuple[float, float]:
        """Low and high of the newest bar; there has to be one."""
        row = len(self) - 1
        return self._pyramid.cell(2, row), self._pyramid.cell(1, row)

    def last(self) -> Candle | None:
        """The newest bar."""
        return self.candle(len(self) - 1)

    def index_of(self, ts: int) -> int:
        """The bar that an instant falls into: the first that closes at it or later."""
        return int(np.searchsorted(self.ts, ts))

    def indexes_of(self, ts: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """The bars that instants fall into; one past the last for those to come."""
        return np.searchsorted(self.ts, ts)

    def _check(self, ts: npt.NDArray[np.int64], first: int) -> None:
        if (first and ts[0] <= self._ts[first - 1]) or (len(ts) > 1 and (np.diff(ts) <= 0).any()):
            raise BadInput(
                f"bars from {int(ts[0])} on: out of order, expected each later than the last"
            )

    def _keep(self, ts: npt.NDArray[np.int64], first: int) -> None:
        end = first + len(ts)
        if end > len(self._ts):
            larger = np.empty(max(end, 2 * len(self._ts)), np.int64)
            larger[:first] = self._ts[:first]
            self._ts = larger
        self._ts[first:end] = ts


class Series:
    """One line over the bars: a number a bar, nan where it has a gap."""

    def __init__(self, room: int = 256) -> None:
        self._pyramid = Pyramid((Op.MAX, Op.MIN), room)
        self._late: list[tuple[int, float]] = []

    def __len__(self) -> int:
        return len(self._pyramid)

    def clear(self) -> None:
        """Forget every point."""
        self._pyramid.clear()
        self._late.clear()

    def put(self, bars: BarStore, ts: npt.NDArray[np.int64], values: Numbers) -> None:
        """Take points in order of time; one for a bar that has not come yet waits for it."""
        if len(ts) == 1 and not self._late and len(bars) and ts[0] == bars.ts[-1]:
            row = len(bars) - 1  # the newest, as nearly always
            if row <= len(self):
                value = float(values[0])
                self._pyramid.put_one(row, (value, value))
                return
        if self._late:
            ts = np.concatenate([np.array([at for at, _ in self._late], np.int64), ts])
            values = np.concatenate([np.array([value for _, value in self._late]), values])
            self._late.clear()
        indexes = bars.indexes_of(ts)
        known = indexes < len(bars)
        if not known.all():
            self._late = [
                (int(at), float(v)) for at, v in zip(ts[~known], values[~known], strict=True)
            ]
            indexes, values = indexes[known], values[known]
        if len(indexes):
            self._write(indexes, values)

    def append(self, values: Numbers) -> None:
        """Add numbers behind the last."""
        self._pyramid.put(len(self), np.array([values, values]))

    def settle(self, bars: BarStore) -> None:
        """Give points that waited to bars that have come."""
        if self._late and self._late[0][0] <= (int(bars.ts[-1]) if len(bars) else -1):
            self.put(bars, np.empty(0, np.int64), np.empty(0))

    def window(self, start: int, end: int, most: int) -> tuple[int, int, Numbers, Numbers]:
        """First bar, bars a bucket, least and greatest of each bucket from start to end."""
        found = self._pyramid.window(start, end, most)
        return found.first, found.step, found.columns[1], found.columns[0]

    def buckets(self, start: int, end: int, step: int) -> tuple[int, int, Numbers, Numbers]:
        """As `window`, in buckets of `step` bars."""
        found = self._pyramid.buckets(start, end, step)
        return found.first, found.step, found.columns[1], found.columns[0]

    def low_high(self, start: int, end: int) -> tuple[float, float]:
        """The range in bars start to end; nan where there is no point."""
        return self._pyramid.low_high(start, end, 1, 0)

    def at(self, index: int) -> float:
        """The number at a bar; nan where there is none."""
        return float(self._pyramid.columns[0, index]) if 0 <= index < len(self) else np.nan

    def values(self, start: int) -> Numbers:
        """The numbers from bar `start` on; a view that the next may leave behind."""
        return self._pyramid.columns[0, start : len(self)]

    def _write(self, indexes: npt.NDArray[np.intp], values: Numbers) -> None:
        first, end = int(indexes.min()), int(indexes.max()) + 1
        have = len(self)
        if end - first == 1 and first <= have:
            value = float(values[-1])
            self._pyramid.put_one(first, (value, value))
            return
        first = min(first, have)
        block = np.full(end - first, np.nan)
        kept = min(end, have) - first
        if kept > 0:
            block[:kept] = self._pyramid.columns[0, first : first + kept]
        block[indexes - first] = values
        self._pyramid.put(first, np.array([block, block]))


def _prices(values: tuple[float, ...]) -> tuple[float, ...]:
    volume = values[5]
    return (*values[1:5], 0.0 if isnan(volume) else volume)
