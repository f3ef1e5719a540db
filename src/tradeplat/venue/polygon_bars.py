"""Polygon's aggregates over REST: any range of a ticker, one day of all, the day before.

Only what was begun by the venue's now is told. Prices are those after every split that is known
(`adjusted`, the default), or as they were on their day.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import SECOND
from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle, as_was
from tradeplat.venue.days import day_start
from tradeplat.venue.market import Market
from tradeplat.venue.past import Past
from tradeplat.venue.plan import Plan
from tradeplat.venue.polygon_door import Asked, Body, Row, leaf, not_entitled, not_found
from tradeplat.venue.polygon_spans import Joined, Timespan, read_day, read_timespan, read_window
from tradeplat.venue.polygon_tape import second_bar
from tradeplat.venue.polygon_wire import MS
from tradeplat.venue.reference import Almanac
from tradeplat.venue.stamps import new_york

_LARGEST, _USUAL = 50_000, 5_000
_DAY = 86_400 * SECOND


class PolygonBar(Struct, gc=False):
    """An aggregate; `t` is its start in milliseconds, `n` counts its prints, `T` is its ticker."""

    v: float
    vw: float
    o: float
    c: float
    h: float
    low: float = field(name="l")
    t: int
    n: int
    T: str | UnsetType = UNSET


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages of Polygon and FMP are made of."""

    market: Market
    past: Past
    almanac: Almanac
    calendar: Calendar
    plan: Plan
    now: Callable[[], int]

    @property
    def books(self) -> Mapping[str, Book]:
        """Every symbol's record."""
        return self.market.books

    def today(self) -> str:
        """The venue's day, yyyy-mm-dd."""
        return day_text(self.now())

    def ratio(self, symbol: str, ts: int) -> float:
        """What a price of `symbol` at `ts` was then, over what is told of it today."""
        if not self.almanac.has_split(symbol):
            return 1.0
        return self.almanac.ratio(symbol, day_text(ts), self.today())


class BarPages:
    """The bodies of the aggregates."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def range(self, asked: Asked) -> Body:
        """Bars of a ticker from the one that `from` lies in to the one that `to` lies in.

        `limit` counts the seconds, minutes or days that the bars of a page are made of.
        """
        shelf, path = self._shelf, asked.path
        symbol = path["ticker"].upper()
        window = read_window(path["from"], path["to"])
        span = read_timespan(path["multiplier"], path["timespan"], window.start)
        ascending = asked.ascending("sort", default=True)
        adjusted = asked.flag("adjusted", default=True)
        limit = asked.query.count("limit", _USUAL, _LARGEST)
        latest = shelf.now() if shelf.plan.polygon else day_start(shelf.now()) - 1
        found: list[Joined] = []
        if symbol in shelf.books:
            start, end = span.start(window.start), min(window.end, latest)
            parts = self._parts(symbol, span, start, min(span.reach(end), latest))
            if not adjusted and shelf.almanac.has_split(symbol):
                parts = [as_was(part, shelf.ratio(symbol, part.start)) for part in parts]
            found = [one for one in span.joined(parts) if start <= one.bar.start <= end]
        if not ascending:
            found.reverse()
        rows = [Row(f"{one.bar.start // MS:015d}", bar_row(one.bar), one.parts) for one in found]
        shown, next_url = leaf(asked, rows, limit, ascending=ascending)
        more: Body = {} if next_url is None else {"next_url": next_url}
        return {
            "ticker": symbol, "queryCount": sum(row.weight for row in shown),
            "resultsCount": len(shown), "adjusted": adjusted, "count": len(shown),
            "results": [row.body for row in shown], **more,
        }  # fmt: skip

    def grouped(self, asked: Asked) -> Body:
        """The bar of one day of every ticker that traded on it."""
        start, _ = read_day(asked.path["date"], "date")
        if not self._shelf.plan.polygon and start >= day_start(self._shelf.now()):
            raise not_entitled()
        adjusted = asked.flag("adjusted", default=True)
        rows: list[PolygonBar] = []
        for symbol in self._shelf.market.symbols:
            day = self._shelf.past.days(symbol, self._shelf.now()).get(start)
            if day is not None and day.volume > 0:
                row = self._row(symbol, day, adjusted=adjusted)
                row.T, row.t = symbol, self._close(start) // MS
                rows.append(row)
        count = len(rows)
        return {
            "queryCount": count, "resultsCount": count, "adjusted": adjusted, "results": rows,
            "count": count,
        }  # fmt: skip

    def previous(self, asked: Asked) -> Body:
        """The last session before today."""
        symbol = asked.path["ticker"].upper()
        adjusted = asked.flag("adjusted", default=True)
        rows: list[PolygonBar] = []
        if symbol in self._shelf.books:
            now = self._shelf.now()
            days = self._shelf.past.days(symbol, now)
            before = [day for start, day in days.items() if start < day_start(now)]
            if before:
                row = self._row(symbol, before[-1], adjusted=adjusted)
                row.T, row.t = symbol, self._close(before[-1].start) // MS
                rows.append(row)
        return {
            "ticker": symbol, "queryCount": len(rows), "resultsCount": len(rows),
            "adjusted": adjusted, "results": rows, "count": len(rows),
        }  # fmt: skip

    def day(self, asked: Asked) -> Body:
        """What a ticker did on one day: regular hours' open and close, and what came beside."""
        shelf = self._shelf
        symbol = asked.path["ticker"].upper()
        start, end = read_day(asked.path["date"], "date")
        adjusted = asked.flag("adjusted", default=True)
        now = shelf.now()
        if not shelf.plan.polygon and end >= day_start(now):
            raise not_entitled()
        day = shelf.past.days(symbol, now).get(start) if symbol in shelf.books else None
        if day is None or not day.volume:
            raise not_found("Data not found.")
        ratio = 1.0 if adjusted else shelf.ratio(symbol, day.start)
        row = bar_row(as_was(day, ratio))
        body: Body = {
            "from": asked.path["date"], "symbol": symbol, "open": row.o, "high": row.h,
            "low": row.low, "close": row.c, "volume": row.v,
        }  # fmt: skip
        return body | self._around(symbol, day, ratio)

    def _around(self, symbol: str, day: Candle, ratio: float) -> Body:
        """The first price before regular hours and the last one behind them, where there are any;
        open and close of the regular hours themselves, where their minutes are known.
        """
        shelf = self._shelf
        session = shelf.calendar.upcoming(day.start + _DAY // 2)
        found: Body = {}
        if session is None:
            return found
        minutes = shelf.past.minutes(symbol, day.start, day.start + _DAY, shelf.now())
        for one in minutes:
            if one.start < session.open:
                found.setdefault("preMarket", round(one.open * ratio, 6))
            elif one.start < session.close:
                found.setdefault("open", round(one.open * ratio, 6))
                found["close"] = round(one.close * ratio, 6)
            else:
                found["afterHours"] = round(one.close * ratio, 6)
        return found

    def _parts(self, symbol: str, span: Timespan, start: int, end: int) -> list[Candle]:
        """The bars begun from `start` to `end` that longer ones are made of."""
        shelf = self._shelf
        if span.base == "second":
            return _seconds(shelf.books[symbol], start, end)
        if span.base == "minute":
            return shelf.past.minutes(symbol, start, end, shelf.now())
        days = shelf.past.days(symbol, shelf.now()).values()
        return [day for day in days if day.volume > 0 and start <= day.start <= end]

    def _row(self, symbol: str, bar: Candle, *, adjusted: bool) -> PolygonBar:
        ratio = 1.0 if adjusted else self._shelf.ratio(symbol, bar.start)
        return bar_row(as_was(bar, ratio))

    def _close(self, start: int) -> int:
        session = self._shelf.calendar.upcoming(start + _DAY // 2)
        return start + _DAY if session is None else session.close


def bar_row(bar: Candle) -> PolygonBar:
    """`bar` as the vendor shows it."""
    volume = int(bar.volume) if bar.volume == int(bar.volume) else bar.volume
    return PolygonBar(
        volume, bar.vwap, bar.open, bar.close, bar.high, bar.low, bar.start // MS, bar.count
    )


def day_text(ts: int) -> str:
    """The New York day of `ts`, yyyy-mm-dd."""
    return new_york(ts).date().isoformat()


def _seconds(book: Book, start: int, end: int) -> list[Candle]:
    begun = dict.fromkeys(
        book.prints.ts(at) // SECOND * SECOND for at in book.prints.within(start, end)
    )
    return [second_bar(book, first) for first in begun]
