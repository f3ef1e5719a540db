"""Polygon's aggregates over REST: any range of a ticker, one day of all, the day before.

Only what was begun by the venue's now is told. Prices are those after every split that is known
(`adjusted`, the default), or as they were on their day.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import SECOND
from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.days import day_start
from tradeplat.venue.market import Market
from tradeplat.venue.past import Past
from tradeplat.venue.plan import Plan
from tradeplat.venue.polygon_door import Asked, Body, Row, not_entitled, paged
from tradeplat.venue.polygon_tape import second_bar
from tradeplat.venue.polygon_wire import MS
from tradeplat.venue.reference import Almanac
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import new_york, read_instant
from tradeplat.venue.timeframe import Timeframe, Unit

_UNITS = {
    "minute": Unit.MINUTE,
    "hour": Unit.HOUR,
    "day": Unit.DAY,
    "week": Unit.WEEK,
    "month": Unit.MONTH,
}
_LARGEST, _USUAL = 50_000, 5_000
_MOST = 1_000
"""Units a bar may be long."""

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
        """Bars of a ticker from `from` to `to`, both included: dates, or milliseconds."""
        shelf = self._shelf
        symbol = asked.path["ticker"].upper()
        amount, unit = _length(asked)
        start, end = _window(asked.path["from"], asked.path["to"])
        now = shelf.now()
        if not shelf.plan.polygon and end >= day_start(now):
            end = day_start(now) - 1
        ascending = asked.ascending("sort", default=True)
        adjusted = asked.flag("adjusted", default=True)
        limit = asked.query.count("limit", _USUAL, _LARGEST)
        found: list[Candle] = []
        if symbol in shelf.books:
            found = self._bars(symbol, amount, unit, start, min(end, now))
        if not ascending:
            found.reverse()
        rows = [
            Row(f"{one.start // MS:015d}", self._row(symbol, one, adjusted=adjusted))
            for one in found
        ]
        body = paged(asked, rows, limit, ascending=ascending)
        count = body["count"]
        return {
            "ticker": symbol, "queryCount": count, "resultsCount": count, "adjusted": adjusted,
            **body,
        }  # fmt: skip

    def grouped(self, asked: Asked) -> Body:
        """The bar of one day of every ticker that traded on it."""
        start = _date(asked.path["date"], "date")
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

    def _bars(self, symbol: str, amount: int, unit: str, start: int, end: int) -> list[Candle]:
        shelf, now = self._shelf, self._shelf.now()
        if unit == "second":
            return _within(_seconds(shelf.books[symbol], amount, start, end), start, end)
        frame = Timeframe(amount, _UNITS[unit])
        # Minutes and days are what longer bars are made of.
        as_is = amount == 1 and unit in {"minute", "day"}
        parts: Iterable[Candle]
        if unit in {"minute", "hour"}:
            # A bar that begins in the window is whole, whatever lies behind its end.
            last = end if as_is else end + _DAY
            parts = shelf.past.minutes(symbol, frame.start(start), last, now)
        else:
            parts = shelf.past.days(symbol, now).values()
            parts = [day for day in parts if day.volume > 0]
            if amount > 1 and unit == "day":
                return _within(_joined_days(parts, amount), start, end)
        return _within(parts if as_is else frame.joined(parts), start, end)

    def _row(self, symbol: str, bar: Candle, *, adjusted: bool) -> PolygonBar:
        ratio = 1.0 if adjusted else self._shelf.ratio(symbol, bar.start)
        return bar_row(bar, ratio)

    def _close(self, start: int) -> int:
        session = self._shelf.calendar.upcoming(start + _DAY // 2)
        return start + _DAY if session is None else session.close


def bar_row(bar: Candle, ratio: float = 1.0) -> PolygonBar:
    """`bar` as it was when its prices were `ratio` times what they are told as."""
    prices = [bar.vwap, bar.open, bar.close, bar.high, bar.low]
    vwap, first, close, high, low = (
        prices if ratio == 1.0 else [round(price * ratio, 6) for price in prices]
    )
    volume = bar.volume if ratio == 1.0 else round(bar.volume / ratio)
    shown = int(volume) if volume == int(volume) else volume
    return PolygonBar(shown, vwap, first, close, high, low, bar.start // MS, bar.count)


def day_text(ts: int) -> str:
    """The New York day of `ts`, yyyy-mm-dd."""
    return new_york(ts).date().isoformat()


def _within(bars: Iterable[Candle], start: int, end: int) -> list[Candle]:
    return [bar for bar in bars if start <= bar.start <= end and bar.priced]


def _seconds(book: Book, amount: int, start: int, end: int) -> list[Candle]:
    span = amount * SECOND
    # A bar that begins in the window is whole, whatever lies behind its end.
    prints = book.prints.within(start - start % span, end - end % span + span - 1)
    begun = dict.fromkeys(book.prints.ts(at) // span * span for at in prints)
    bars = []
    for first in begun:
        whole = Candle(first)
        for second in range(amount):
            part = second_bar(book, first + second * SECOND)
            if part.priced:
                whole.merge(part)
        bars.append(whole)
    return bars


def _joined_days(days: Iterable[Candle], amount: int) -> list[Candle]:
    bars: list[Candle] = []
    for number, day in enumerate(days):
        if number % amount == 0:
            bars.append(Candle(day.start))
        bars[-1].merge(day)
    return bars


def _length(asked: Asked) -> tuple[int, str]:
    text, unit = asked.path["multiplier"], asked.path["timespan"]
    if unit != "second" and unit not in _UNITS:
        raise bad_request(f"Could not parse the time span: '{unit[:32]}'")
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= _MOST:
        raise bad_request("The parameter 'multiplier' must be a whole number above 0")
    return int(text), unit


def _window(first: str, last: str) -> tuple[int, int]:
    start = _moment(first, "from")
    end = _moment(last, "to")
    if not last.lstrip("-").isdigit():
        # A day counts whole.
        local = date.fromisoformat(last) + timedelta(days=1)
        end = _date(local.isoformat(), "to") - 1
    if end < start:
        raise bad_request("'to' must not be before 'from'")
    return start, end


def _moment(text: str, name: str) -> int:
    if text.lstrip("-").isdigit() and len(text) < 16:
        return int(text) * MS
    return _date(text, name)


def _date(text: str, name: str) -> int:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise bad_request(f"Could not parse the time input: '{name}'. Use YYYY-MM-DD or ms")
    try:
        return read_instant(text, name)
    except Refusal:
        raise bad_request(f"Could not parse the time input: '{name}'. No such day") from None
