"""What one chart shows: bars, studies, markers, price lines. Widgets look at its `revision`.

Rows come with the field names of the link's records (control/records.py).
"""

from math import inf, isnan, nan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradeplat.visualizer.link import MarkerKind
from tradeplat.visualizer.pyramid import Numbers
from tradeplat.visualizer.store import BarStore, Rows, Series
from tradeplat.visualizer.ticks import TimeTicks


class Study(NamedTuple):
    """What a strategy declares worth drawing: `kind` is line, step, dots, band, box, marker or
    histogram, `pane` 0 the price pane; a band or box lies between the points of `id` and of
    `partner` (0: none).
    """

    id: int
    name: str
    kind: str = "line"
    pane: int = 0
    colour: str = ""
    strategy: str = ""
    label: str = ""
    partner: int = 0


class Level(NamedTuple):
    """A price line; `reference` is the average entry of its position, nan for none."""

    key: int
    price: float
    quantity: float
    reference: float
    kind: int
    state: int
    seat: int = 0


class Marks(NamedTuple):
    """Markers in order of time, a column each; `bar` is where they stand."""

    bar: npt.NDArray[np.intp]
    price: Numbers
    quantity: Numbers
    kind: npt.NDArray[np.uint8]
    seat: npt.NDArray[np.uint16]

    def of(self, chosen: slice | npt.NDArray[np.bool_]) -> "Marks":
        """Some of them."""
        rest = (self.price[chosen], self.quantity[chosen], self.kind[chosen], self.seat[chosen])
        return Marks(self.bar[chosen], *rest)


OWN = 60_000
"""The first number of studies that no engine tells of: a window computes them itself."""

MARK = np.dtype(
    [("ts", "<i8"), ("price", "<f8"), ("quantity", "<f8"), ("kind", "u1"), ("seat", "<u2")]
)


class ChartModel:
    """One series of bars and everything that is drawn over it.

    Every change moves `revision`, one of the price lines `lines_revision` too, and one of bars
    before the newest and of studies there `past_revision`.
    """

    def __init__(self, symbol: str, span: int = 60, tick: float = 0.01, decimals: int = 2) -> None:
        self.symbol = symbol
        self.span = span
        self.tick = tick
        self.decimals = decimals
        self.bars = BarStore()
        self.times = TimeTicks(span)
        self.studies: dict[int, Study] = {}
        self.series: dict[int, Series] = {}
        self.levels: dict[int, Level] = {}
        self.bid = self.ask = nan
        self._reference = nan
        self._position = 0.0
        self.stale = False
        """Whether the engine has not been heard of, so that prices are old."""
        self.halted = False
        self.revision = 0
        self.lines_revision = 0
        self.past_revision = 0
        self.loads = 0
        """How often all bars were replaced."""
        self._marks: npt.NDArray[np.void] = np.empty(0, MARK)
        self._shown: Marks | None = None

    @property
    def last(self) -> float:
        """The newest price; nan before the first bar."""
        return self.bars.last_close

    @property
    def reference(self) -> float:
        """The close of the day before; nan where nobody told it."""
        return self._reference

    @reference.setter
    def reference(self, price: float) -> None:
        if price != self._reference and not (isnan(price) and isnan(self._reference)):
            self._reference = price
            self._changed()

    @property
    def position(self) -> float:
        """Signed shares held."""
        return self._position

    @position.setter
    def position(self, quantity: float) -> None:
        if quantity != self._position:
            self._position = quantity
            self._changed()

    def load(self, rows: Rows) -> None:
        """Begin anew with `rows` of core.market's BAR: markers and points of studies go too."""
        self.bars.load(rows)
        self.times = TimeTicks(self.span)
        self.times.extend(self.bars.ts)
        for series in self.series.values():
            series.clear()
        self._marks = self._marks[:0]
        self.loads += 1
        self.past_revision += 1
        self._changed()

    def extend(self, rows: Rows) -> None:
        """Add bars behind the newest, or the newest itself again."""
        self.bars.extend(rows)
        self.times.extend(self.bars.ts[len(self.times) :])
        for series in self.series.values():
            series.settle(self.bars)
        self._changed()

    def replace(self, rows: Rows) -> None:
        """The newest bar as it is now."""
        self.bars.replace(rows)
        self.times.extend(self.bars.ts[len(self.times) :])
        self._changed()

    def declare(self, study: Study) -> None:
        """Have a place for a study's points."""
        self.studies[study.id] = study
        for number in (study.id, study.partner):
            if number and number not in self.series:
                self.series[number] = Series()
        self.past_revision += 1
        self._changed()

    def withdraw(self, number: int) -> None:
        """Forget a study and its points."""
        study = self.studies.pop(number, None)
        if study is not None:
            for series in (study.id, study.partner):
                self.series.pop(series, None)
            self.past_revision += 1
            self._changed()

    def points(self, rows: Rows) -> None:
        """Take points of studies in order of time, of one or several."""
        studies = rows["study"]
        several = len(rows) > 1 and bool((studies != studies[0]).any())
        for number in np.unique(studies).tolist() if several else studies[:1].tolist():
            if number not in self.series:
                self.series[number] = Series()
            own = rows[studies == number] if several else rows
            self.series[number].put(self.bars, own["ts"], own["value"])
        if len(rows) and len(self.bars) and rows["ts"].min() < self.bars.ts[-1]:
            self.past_revision += 1
        self._changed()

    def mark(self, rows: Rows) -> None:
        """Add markers; HALT and RESUME also say how the symbol stands."""
        added = np.empty(len(rows), MARK)
        for name in MARK.names or ():
            added[name] = rows[name]
        marks = np.concatenate([self._marks, added])
        if len(self._marks) and len(added) and added["ts"][0] < self._marks["ts"][-1]:
            marks = marks[np.argsort(marks["ts"], kind="stable")]
        self._marks = marks
        stands = added["kind"][np.isin(added["kind"], (MarkerKind.HALT, MarkerKind.RESUME))]
        if len(stands):
            self.halted = bool(stands[-1] == MarkerKind.HALT)
        self._changed()

    def line(self, rows: Rows) -> None:
        """Set price lines, or take away those whose price is nan."""
        for row in rows:
            key, price, quantity, reference, kind, state, seat = row.tolist()[:7]
            if isnan(price):
                self.levels.pop(key, None)
            else:
                self.levels[key] = Level(key, price, quantity, reference, kind, state, seat)
        self.lines_revision += 1
        self._changed()

    def draft(self, key: int, level: Level | None) -> None:
        """Draw a line that the engine has not been heard of yet, or draw it no more."""
        if level is None:
            self.levels.pop(key, None)
        else:
            self.levels[key] = level
        self.lines_revision += 1
        self._changed()

    def place(self, study: int, ts: npt.NDArray[np.int64], values: Numbers) -> None:
        """Take points of one study at closes of bars, in order of time."""
        if study not in self.series:
            self.series[study] = Series()
        self.series[study].put(self.bars, ts, values)

    def overlay(self, other: "ChartModel") -> None:
        """Have what is drawn over the bars of another model of the ticker: price lines, markers,
        quote, position, and how all of that stands.
        """
        self.levels, self.lines_revision = other.levels, other.lines_revision
        self._marks = other.marked
        self.bid, self.ask, self.halted, self.stale = (
            other.bid,
            other.ask,
            other.halted,
            other.stale,
        )
        self._reference, self._position = other.reference, other.position
        self._changed()

    def undraw(self) -> None:
        """Forget what is drawn over the bars: points of studies, markers, price lines."""
        for series in self.series.values():
            series.clear()
        self._marks, self.levels = self._marks[:0], {}
        self.loads += 1
        self.lines_revision += 1
        self.past_revision += 1
        self._changed()

    def redraw(self, other: "ChartModel") -> None:
        """Have what is drawn over the bars of another model of the ticker, and go on from there."""
        self.overlay(other)
        self.levels = dict(other.levels)
        for study in other.studies.values():
            if study.id < OWN:
                self.declare(study)
                for number in (study.id, study.partner):
                    if number:
                        values = other.series[number].values(0)
                        self.place(number, other.bars.ts[: len(values)], values)

    def follow(self) -> None:
        """Bring the model up to date with what it is made from; the engine's own are."""

    def quote(self, bid: float, ask: float) -> None:
        """The newest quote."""
        self.bid, self.ask = bid, ask
        self._changed()

    def set_stale(self, stale: bool) -> None:  # noqa: FBT001  # a state, not a switch of what is done
        """Grey the chart, or let it have its colours again."""
        if stale != self.stale:
            self.stale = stale
            self._changed()

    @property
    def marked(self) -> npt.NDArray[np.void]:
        """The markers by their instants."""
        return self._marks

    def marks(self) -> Marks:
        """Every marker at its bar; those for a bar to come stand past the last."""
        if self._shown is None:
            rows = self._marks
            bar = self.bars.indexes_of(rows["ts"]) if len(rows) else np.empty(0, np.intp)
            self._shown = Marks(bar, rows["price"], rows["quantity"], rows["kind"], rows["seat"])
        return self._shown

    def range_of(
        self, start: int, end: int, hidden: frozenset[int] = frozenset()
    ) -> tuple[float, float]:
        """The prices that bars start to end and the studies over them reach; nan for none."""
        low, high = self.bars.low_high(start, end)
        if isnan(low):
            return low, high
        room = 0.5 * (high - low)
        for study in self.studies.values():
            if study.pane == 0 and study.id not in hidden and study.kind != "histogram":
                for number in (study.id, study.partner):
                    least, most = (
                        self.series[number].low_high(start, end) if number else (inf, -inf)
                    )
                    low = min(low, max(least, low - room)) if not isnan(least) else low
                    high = max(high, min(most, high + room)) if not isnan(most) else high
        return low, high

    def _changed(self) -> None:
        self.revision += 1
        self._shown = None
