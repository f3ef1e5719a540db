"""Time frames that an engine does not send, joined from shorter bars of the same ticker.

Minutes and hours begin where the clock's do, days and weeks at midnight in New York. The newest bar
forms until the clock has passed its end.
"""

import numpy as np
import numpy.typing as npt

from tradeplat.core.market import BAR
from tradeplat.visualizer.indicators import FIRST as OWN
from tradeplat.visualizer.link import FORMING
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.store import Rows
from tradeplat.visualizer.ticks import DAY, SECOND, offsets

SPANS = (60, 300, 900, 3600, 86_400, 604_800)
"""Seconds of the bars that F1 to F6 choose."""

WEEK = 7 * DAY
_MONDAY = 3
"""Days from a Monday to the first day of Unix time."""
_MOST = 16
"""Joined series that are kept."""

Instants = npt.NDArray[np.int64]


class Joined(ChartModel):
    """Bars of `span` seconds joined from those of `source`, with everything that is drawn over
    them. `follow` brings it up to date.
    """

    def __init__(self, source: ChartModel, span: int) -> None:
        super().__init__(source.symbol, span, source.tick, source.decimals)
        self.source = source
        self._past = self._told = -1
        self._from = 0
        """Where the source's bars begin that the newest bar is joined from."""
        self.follow()

    def follow(self) -> None:
        """Be what the source is now."""
        source = self.source
        if source.revision == self._told:
            return
        anew = source.past_revision != self._past or self._from >= len(source.bars)
        self._told, self._past = source.revision, source.past_revision
        if anew:
            self._from = 0
        cells = self._cells(source.bars.ts[self._from :])
        starts = np.flatnonzero(np.diff(cells, prepend=cells[:1] - 1))
        rows = self._rows(cells, starts)
        if anew:
            self.load(rows)
        elif len(rows):
            self.replace(rows[:1])
            self.extend(rows[1:])
        self._study(starts, rows["ts"])
        told = {key: one for key, one in source.studies.items() if key < OWN}
        self.studies = told | {key: one for key, one in self.studies.items() if key >= OWN}
        if len(starts):
            self._from += int(starts[-1])
        self.overlay(source)

    def _cells(self, ts: Instants) -> Instants:
        """The number of the bar that each of the source's bars lies in."""
        span = self.source.span
        return cell(ts // SECOND - (1 if span >= DAY else span), self.span)

    def _rows(self, cells: Instants, starts: npt.NDArray[np.intp]) -> Rows:
        """Bars joined from the source's bars from `_from` on."""
        bars = self.source.bars
        rows = np.zeros(len(starts), BAR)
        if not len(starts):
            return rows
        ts, prices = bars.ts[self._from :], bars.prices(self._from)
        ends = np.append(starts[1:], len(ts)) - 1
        rows["open"], rows["close"] = prices[0][starts], prices[3][ends]
        rows["high"] = np.maximum.reduceat(prices[1], starts)
        rows["low"] = np.minimum.reduceat(prices[2], starts)
        rows["volume"] = np.add.reduceat(prices[4], starts)
        rows["span"] = self.span
        rows["ts"] = (cells[starts] + 1) * self.span * SECOND if self.span < DAY else ts[ends]
        goes_on = cell(ts[-1:] // SECOND, self.span)[0] == cells[-1]
        rows["revision"][-1] = FORMING if bars.forming or goes_on else 0
        return rows

    def _study(self, starts: npt.NDArray[np.intp], ts: Instants) -> None:
        """Give each bar of `ts` the last point of the studies that lies in it."""
        for number, series in self.source.series.items():
            if number >= OWN:
                continue
            values = series.values(self._from)
            bars = starts[starts < len(values)]
            if len(bars):
                known = np.where(np.isnan(values), -1, np.arange(len(values)))
                last = np.maximum.reduceat(known, bars)
                there = last >= bars
                self.place(number, ts[: len(bars)][there], values[last[there]])


def cell(seconds: Instants, span: int) -> Instants:
    """The number of the bar of `span` seconds that Unix seconds lie in."""
    if span < DAY:
        return seconds // span
    days = (seconds + offsets(seconds)) // DAY if len(seconds) else seconds
    return days if span < WEEK else (days + _MONDAY) // 7


class Frames:
    """Models by ticker and span: the engine's own, or joined from shorter bars."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._joined: dict[tuple[str, int], Joined] = {}

    def spans(self, symbol: str) -> tuple[int, ...]:
        """Seconds of the bars that there are of a ticker, or can be, the shortest first."""
        own = self._mirror.series(symbol)
        joined = [span for span in SPANS if self._source(symbol, span) is not None]
        return tuple(sorted({*own, *joined}))

    def model(self, symbol: str, span: int) -> ChartModel | None:
        """The ticker's bars of so many seconds; None where they cannot be had."""
        own = self._mirror.series(symbol).get(span)
        if own is not None:
            return own
        source = self._source(symbol, span)
        if source is None:
            return None
        known = self._joined.pop((symbol, span), None)
        if known is None or known.source is not source:
            known = Joined(source, span)
        self._joined[symbol, span] = known
        while len(self._joined) > _MOST:
            del self._joined[next(iter(self._joined))]
        return known

    def _source(self, symbol: str, span: int) -> ChartModel | None:
        """The longest bars of the ticker that fill those of `span` seconds whole."""
        own = self._mirror.series(symbol)
        fits = [one for one in own if 0 < one < span and span % one == 0]
        return own[max(fits)] if fits else None
