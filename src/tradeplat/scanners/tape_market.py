"""Recorded bars as the market a scan sees, so that a scanner is replayed with what it feeds."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.market import MINUTE
from tradeplat.scanners.sources import (
    DailyBar,
    Details,
    MinuteVolume,
    SharesFloat,
    Split,
    TickerSnapshot,
)

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class Tape(NamedTuple):
    """Bars of one ticker in order: when each closed (UTC ns), its close, its volume."""

    ts: Times
    close: Values
    volume: Values


class Before(NamedTuple):
    """What a record tells of a ticker beside its bars: the regular session before the first
    recorded one, what it is, and its float; None and 0 where it does not.
    """

    close: float | None = None
    volume: float = 0.0
    details: Details | None = None
    shares_float: SharesFloat | None = None


class TapeMarket:
    """`tapes` by ticker as Market, Reference and Splits (scanners/sources.py), nothing of them
    known before `now`. `before` tells last closes where no bars of that session are recorded.

    A ticker is in the market from its first bar of the day on. `calendar` holds the sessions that
    have bars, and the one before them: what is usual is a mean over those.
    """

    name = "recorded"
    feed = "recorded"

    def __init__(
        self,
        tapes: Mapping[str, Tape],
        calendar: Calendar,
        now: Callable[[], int],
        before: Mapping[str, Before] | None = None,
        splits: Sequence[Split] = (),
    ) -> None:
        self._tapes = dict(sorted(tapes.items()))
        self._sums = {
            symbol: np.concatenate([[0.0], np.cumsum(tape.volume)])
            for symbol, tape in self._tapes.items()
        }
        self._now = now
        self._before = before or {}
        self._splits = tuple(splits)
        self._sessions = calendar
        self._recorded = _sessions(self._tapes.values(), calendar)
        first = calendar.previous(self._recorded[0].pre_open) if self._recorded else None
        self._first = first.day if first is not None else 0
        closes = any(one.close for one in self._before.values())
        told = [first] if first is not None and closes else []
        self.calendar = Calendar([*told, *self._recorded])

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Those that have bars."""
        return self._recorded

    def minutes_with_trades(self) -> list[tuple[int, int, int]]:
        """Each whole minute at which any bar was closed within the minute before: the instant, its
        session's day, and how many tickers had traded that day by then.
        """
        found: list[tuple[int, int, int]] = []
        for session in self._recorded:
            firsts: list[int] = []
            ends: set[int] = set()
            for symbol, tape in self._tapes.items():
                low, high = self._span(symbol, session.pre_open, session.post_close)
                if low < high:
                    minutes = np.unique(-(-tape.ts[low:high] // MINUTE))
                    firsts.append(int(minutes[0]))
                    ends.update(minutes.tolist())
            firsts.sort()
            found += [
                (end * MINUTE, session.day, bisect_right(firsts, end)) for end in sorted(ends)
            ]
        return found

    async def snapshots(self, symbols: Sequence[str] = ()) -> list[TickerSnapshot]:
        """Every ticker that has traded today, or these of them."""
        now = self._now()
        session = self.calendar.upcoming(now)
        found: list[TickerSnapshot] = []
        for symbol in symbols or self._tapes:
            if session is None or symbol not in self._tapes:
                continue
            low, high = self._span(symbol, session.pre_open, now)
            if low < high:
                tape, sums = self._tapes[symbol], self._sums[symbol]
                price, volume = float(tape.close[high - 1]), float(sums[high] - sums[low])
                found.append(TickerSnapshot(symbol, int(tape.ts[high - 1]), price, volume))
        return found

    async def gainers(self) -> list[TickerSnapshot]:
        """Nobody ranks a tape: the scanner does."""
        return []

    async def grouped(self, day: int) -> dict[str, DailyBar]:
        """Closes of a recorded session, or those that are told of the one before the first; none
        where a session since is missing from the record.
        """
        if day == self._first:
            return {
                symbol: DailyBar(one.close, one.volume)
                for symbol, one in self._before.items()
                if one.close
            }
        session = next((one for one in self._recorded if one.day == day), None)
        found: dict[str, DailyBar] = {}
        if session is None or session.close > self._now() or self._gone(day):
            return found
        for symbol, tape in self._tapes.items():
            low, high = self._span(symbol, session.open, session.close)
            if low < high:
                volume = float(tape.volume[low:high].sum())
                found[symbol] = DailyBar(float(tape.close[high - 1]), volume)
        return found

    async def minutes(self, symbol: str, first: int, last: int) -> list[MinuteVolume]:
        """Minutes with trades of the recorded sessions between two days."""
        found: list[MinuteVolume] = []
        if symbol not in self._tapes:
            return found
        tape = self._tapes[symbol]
        for session in self._recorded:
            if not first <= session.day <= last:
                continue
            low, high = self._span(symbol, session.pre_open, min(session.post_close, self._now()))
            # A bar that closes on the minute belongs to the minute that it ends.
            starts = (tape.ts[low:high] - 1) // MINUTE * MINUTE
            minutes, places = np.unique(starts, return_inverse=True)
            sums = np.bincount(places, tape.volume[low:high], len(minutes))
            found += [
                MinuteVolume(int(ts), float(volume))
                for ts, volume in zip(minutes, sums, strict=True)
                if volume > 0.0
            ]
        return found

    async def details(self, symbol: str) -> Details | None:
        """What the record tells that it is, once that is known."""
        told = self._before.get(symbol, Before()).details
        return told if told is not None and told.as_of <= self._now() else None

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        """The float that the record tells, once it is known."""
        told = self._before.get(symbol, Before()).shares_float
        return told if told is not None and told.as_of <= self._now() else None

    async def splits(self, first: int, last: int) -> list[Split]:
        """Those that were handed in, once their day has come."""
        session = self.calendar.upcoming(self._now())
        today = session.day if session is not None else last
        return [one for one in self._splits if first <= one.day <= min(last, today)]

    def _gone(self, day: int) -> bool:
        """True when the session before that of now is later than `day`, and not recorded."""
        today = self._sessions.upcoming(self._now())
        last = self._sessions.previous(today.pre_open) if today is not None else None
        return last is not None and last.day > day and last not in self._recorded

    def _span(self, symbol: str, start: int, end: int) -> tuple[int, int]:
        """Bars that closed after `start` and at or before `end`."""
        ts = self._tapes[symbol].ts
        low, high = np.searchsorted(ts, [start, end], "right")
        return int(low), int(high)


def _sessions(tapes: Iterable[Tape], calendar: Calendar) -> tuple[Session, ...]:
    """The sessions in which any bar closed."""
    ends = np.array([session.post_close for session in calendar.sessions], np.int64)
    seen: set[int] = set()
    for tape in tapes:
        seen.update(np.unique(np.searchsorted(ends, tape.ts, "left")).tolist())
    found = [calendar.sessions[index] for index in sorted(seen) if index < len(ends)]
    return tuple(found)
