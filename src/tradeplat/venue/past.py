"""Sessions before a made-up day, for clients that ask for history: made when they are asked for.

A symbol's daily bars go back from the last one that is known, at about its volume; the minutes of
such a day follow the usual shape of a day. No day begins to trade earlier than the venue's own
does, so that volumes can be compared by the time of the day. They are the same for the same seed,
whatever is asked first.
"""

from collections.abc import Mapping
from zlib import crc32

import numpy as np

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.profiles import pace_shape
from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle
from tradeplat.venue.days import day_start

SESSIONS = 30
"""How many sessions it goes back, the last known one included."""

_PRE_OPEN = 4 * 3_600
_MINUTES = 16 * 60


class Past:
    """The invented history of `books`; without a seed there is none. `start` is the venue's."""

    def __init__(
        self, books: Mapping[str, Book], calendar: Calendar, start: int, seed: int | None
    ) -> None:
        self._books = books
        self._calendar = calendar
        self._first = (start - day_start(start)) // SECOND
        self._seed = seed
        self._days: dict[str, dict[int, Candle]] = {}

    def days(self, symbol: str, now: int) -> dict[int, Candle]:
        """Daily bars by where the day begins, the oldest first: the book's, and older ones."""
        book = self._books[symbol]
        known = {start: day for start, day in book.days.items() if start <= now and day.priced}
        if self._seed is None or not known:
            return dict(sorted(known.items()))
        return dict(sorted({**self._invented(symbol, book, min(known)), **known}.items()))

    def minutes(self, symbol: str, start: int, end: int, now: int) -> list[Candle]:
        """Minutes that begin from `start` to `end` and were begun by `now`, the oldest first."""
        book = self._books[symbol]
        end = min(end, now)
        found = {
            one.start: one for one in book.minutes.all() if start <= one.start <= end and one.priced
        }
        if self._seed is not None:
            today = day_start(now)
            older: dict[int, Candle] = {}
            for begun, day in self.days(symbol, now).items():
                if begun < today and begun + 86_400 * SECOND > start and begun <= end:
                    made = self._day_minutes(symbol, begun, day)
                    older.update((at, one) for at, one in made.items() if start <= at <= end)
            found = {**older, **found}
        return [found[at] for at in sorted(found)]

    def _invented(self, symbol: str, book: Book, oldest: int) -> dict[int, Candle]:
        if symbol not in self._days:
            last = book.days[oldest]
            made: dict[int, Candle] = {}
            rng = self._rng(symbol, 0)
            price, volume = last.open, last.volume
            for session in self._before(oldest):
                draws = rng.random(4).tolist()
                candle = Candle(_midnight(session))
                candle.close = round(price * (0.99 + 0.02 * draws[0]), 2)
                candle.open = round(candle.close * (0.985 + 0.03 * draws[1]), 2)
                candle.high = round(max(candle.open, candle.close) * (1 + 0.01 * draws[2]), 2)
                candle.low = round(min(candle.open, candle.close) * (1 - 0.01 * draws[2]), 2)
                candle.volume = float(int(volume * (0.7 + 0.6 * draws[3])))
                candle.notional = candle.volume * (candle.high + candle.low + candle.close) / 3
                candle.count = max(1, int(candle.volume / 150))
                made[candle.start] = candle
                price = candle.open
            self._days[symbol] = made
        return self._days[symbol]

    def _before(self, oldest: int) -> list[Session]:
        """The sessions before the day that begins at `oldest`, the latest first."""
        older = [one for one in self._calendar.sessions if one.open < oldest]
        return older[: -SESSIONS - 1 : -1]

    def _day_minutes(self, symbol: str, begun: int, day: Candle) -> dict[int, Candle]:
        clock = _PRE_OPEN + 60.0 * np.arange(_MINUTES, dtype=np.float64)
        rng = self._rng(symbol, begun)
        shape = pace_shape(clock) * (0.4 + 1.2 * rng.random(_MINUTES))
        volumes = np.floor(day.volume * shape / float(shape.sum())).tolist()
        knots = (_PRE_OPEN, 9.5 * 3600, 16.0 * 3600, 20.0 * 3600)
        path = np.interp(clock, knots, (day.open, day.open, day.close, day.close))
        prices = np.round(path, 2).tolist()
        made = {}
        for minute, (volume, price) in enumerate(zip(volumes, prices, strict=True)):
            if volume < 1 or clock[minute] < self._first:
                continue
            candle = Candle(begun + (_PRE_OPEN + 60 * minute) * SECOND)
            candle.open = candle.high = candle.low = candle.close = price
            candle.volume, candle.notional = volume, volume * price
            candle.count = max(1, int(volume / 150))
            candle.first, candle.last = candle.start, candle.start + MINUTE - 1
            made[candle.start] = candle
        return made

    def _rng(self, symbol: str, day: int) -> np.random.Generator:
        return np.random.default_rng([self._seed or 0, crc32(symbol.encode()), day // SECOND])


def _midnight(session: Session) -> int:
    return day_start(session.open)
