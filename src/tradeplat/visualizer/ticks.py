"""Where an axis is labelled: prices at round steps of the tick size, times at the bars' indexes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil, floor, isfinite, log10
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
HOUR = 3600
DAY = 86_400
MONTH = 31 * DAY
YEAR = 366 * DAY
NICE = (1.0, 2.0, 2.5, 5.0)
STEPS = (5, 15, 30, 60, 300, 900, 1800, HOUR, 2 * HOUR, 4 * HOUR, DAY, MONTH, YEAR)
"""Seconds between labels, each a multiple of the one before it (a month's and a year's by name)."""

Times = npt.NDArray[np.int64]


class TimeTick(NamedTuple):
    """A label under a bar; `step` in seconds says how great a step of time begins there."""

    bar: int
    text: str
    step: int


def price_step(span: float, tick: float, most: int) -> float:
    """The least round step, a multiple of `tick`, that cuts `span` into at most `most` pieces."""
    least = max(span / max(most, 1), tick)
    power = floor(log10(least)) if least > 0 else 0
    for exponent in range(power, power + 4):
        for nice in NICE:
            step = nice * 10.0**exponent
            if step >= least * (1 - 1e-9) and abs(step / tick - round(step / tick)) < 1e-6:
                return step
    return ceil(least / tick) * tick


def price_ticks(low: float, high: float, tick: float, most: int) -> list[float]:
    """Round prices from low to high, at most about `most`; none where there is no range."""
    if not (isfinite(low) and isfinite(high)) or high <= low or most < 1:
        return []
    step = price_step(high - low, tick, most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def offsets(seconds: Times) -> Times:
    """What New York's clocks add to UTC at each instant, in seconds; both in Unix seconds."""
    hours, where = np.unique(seconds // HOUR, return_inverse=True)
    added = [
        int(datetime.fromtimestamp(hour * HOUR, NEW_YORK).utcoffset().total_seconds())  # type: ignore[union-attr]  # a zone always knows it
        for hour in hours.tolist()
    ]
    return np.array(added, np.int64)[where]


def shown(ts: int, span: int) -> int:
    """Unix seconds that a bar is labelled with: its opening, or its day where it lasts one."""
    return ts // SECOND - (1 if span >= DAY else span)


def clock_text(ts: int, *, seconds: bool = True) -> str:
    """An instant in UTC nanoseconds as the clock in New York shows it."""
    at = datetime.fromtimestamp(ts // SECOND, UTC).astimezone(NEW_YORK)
    return at.strftime("%H:%M:%S" if seconds else "%H:%M")


def instant_text(ts: int) -> str:
    """An instant in UTC nanoseconds in full, in New York."""
    at = datetime.fromtimestamp(ts // SECOND, UTC).astimezone(NEW_YORK)
    return f"{at:%a} {at.day} {at:%b %H:%M:%S}"


def bar_text(ts: int, span: int) -> str:
    """The time of a bar in full, as a read-out shows it."""
    at = datetime.fromtimestamp(shown(ts, span), UTC).astimezone(NEW_YORK)
    if span >= DAY:
        return f"{at:%a} {at.day} {at:%b %Y}"
    return (
        f"{at:%a} {at.day} {at:%b} {at:%H:%M:%S}"
        if span % 60
        else f"{at:%a} {at.day} {at:%b %H:%M}"
    )


class TimeTicks:
    """The bars at which a minute, an hour, a day ... begins in New York, kept while bars come."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._steps = [step for step in STEPS if step > span or step >= DAY]
        self._at: list[list[int]] = [[] for _ in self._steps]
        self._texts: list[list[str]] = [[] for _ in self._steps]
        self._count = 0
        self._before: list[int] | None = None
        self._hour = self._day = (-1, 0)

    def __len__(self) -> int:
        return self._count

    def extend(self, ts: Times) -> None:
        """Take the closes of the bars behind those that are known, in UTC nanoseconds."""
        if len(ts) == 1 and self._before is not None:
            self._add(int(ts[0]) // SECOND - (1 if self._span >= DAY else self._span))
            return
        if not len(ts):
            return
        seconds = ts // SECOND - (1 if self._span >= DAY else self._span)
        local = seconds + offsets(seconds)
        cells = self._cells(local)
        first = zip(self._steps, cells[:, 0].tolist(), strict=True)
        if self._before is None:  # with the first of all a day begins, but no month, no year
            self._before = [-1 if step <= DAY else cell for step, cell in first]
        before = np.array(self._before)[:, None]
        changed = cells != np.concatenate([before, cells[:, :-1]], axis=1)
        taken = np.zeros(len(local), bool)
        for row in range(len(self._steps) - 1, -1, -1):
            begun = np.flatnonzero(changed[row] & ~taken)
            taken[begun] = True
            self._at[row].extend((begun + self._count).tolist())
            self._texts[row].extend(self._named(local[begun].tolist(), self._steps[row]))
        self._before = cells[:, -1].tolist()
        self._count += len(ts)

    def _add(self, second: int) -> None:
        """Take one bar, as `extend` does: bars come one by one while somebody watches."""
        hour = second // HOUR
        if self._hour[0] != hour:
            self._hour = hour, int(offsets(np.array([second], np.int64))[0])
        local = second + self._hour[1]
        cells = self._cells_of(local)
        if cells != self._before:
            pairs = zip(cells, self._before or [], strict=True)
            changed = [row for row, (now, then) in enumerate(pairs) if now != then]
            self._at[changed[-1]].append(self._count)
            self._texts[changed[-1]].extend(self._named([local], self._steps[changed[-1]]))
            self._before = cells
        self._count += 1

    def between(self, start: int, end: int, gap: float) -> list[TimeTick]:
        """Labels for the bars start to end, at least `gap` bars apart, the greatest steps first:
        a step is shown where most of its bars find room. In order.
        """
        found: list[TimeTick] = []
        for row in range(len(self._steps) - 1, -1, -1):
            at = self._at[row]
            first, last = bisect_left(at, start), bisect_right(at, end - 1)
            if not last - first:
                continue
            if self._steps[row] < DAY and last - first > 2 * ((end - start) / gap + 1):
                break  # not half of them would fit
            fitting = self._fitting(row, range(first, last), found, gap)
            whole = 2 * len(fitting) >= last - first
            if whole or (self._steps[row] >= DAY and len(found) < 3):
                found = sorted([*found, *fitting])
            if not whole and last - first > 2:
                break
        return found

    def _cells(self, local: Times) -> Times:
        """For each step the number of the cell of time that each bar lies in."""
        days = local // DAY
        months = (days.astype("datetime64[D]").astype("datetime64[M]")).astype(np.int64)
        named = {DAY: days, MONTH: months, YEAR: months // 12}
        return np.array([named[step] if step in named else local // step for step in self._steps])

    def _cells_of(self, local: int) -> list[int]:
        """`_cells` of one bar."""
        if self._day[0] != local // DAY:
            at = datetime.fromtimestamp(local, UTC)
            self._day = local // DAY, 12 * (at.year - 1970) + at.month - 1
        named = {DAY: self._day[0], MONTH: self._day[1], YEAR: self._day[1] // 12}
        return [named[step] if step >= DAY else local // step for step in self._steps]

    def _fitting(
        self, row: int, candidates: range, taken: list[TimeTick], gap: float
    ) -> list[TimeTick]:
        """Those of one step's bars that are far enough from what is labelled and one another."""
        at, places = self._at[row], [tick.bar for tick in taken]
        fitting: list[TimeTick] = []
        last, every = -gap, 1 + len(candidates) // 500  # no chart is wide enough for more
        for candidate in candidates[::every]:
            bar = at[candidate]
            close = bar - last < gap
            if close and last:
                continue
            k = bisect_left(places, bar)
            near = [places[j] for j in (k - 1, k) if 0 <= j < len(places)]
            if all(abs(bar - place) >= gap for place in near):
                if close:  # with the first bar of all no day begins: its label gives way
                    fitting.clear()
                last = bar
                fitting.append(TimeTick(bar, self._texts[row][candidate], self._steps[row]))
        return fitting

    def _named(self, local: list[int], step: int) -> Iterator[str]:
        for second in local:
            at = datetime.fromtimestamp(second, UTC)  # wall time, so no zone is applied again
            if step == YEAR:
                yield f"{at:%b %Y}" if self._span < DAY else f"{at:%Y}"
            elif step >= DAY:
                yield f"{at:%b}" if step == MONTH and self._span >= DAY else f"{at.day} {at:%b}"
            else:
                yield f"{at:%H:%M:%S}" if step < 60 else f"{at:%H:%M}"
