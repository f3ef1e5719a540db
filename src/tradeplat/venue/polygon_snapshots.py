"""Polygon's snapshots: all that is new of one ticker, of some or of all, and who moved most.

`prevDay` is the day before as it was: on the day of a split a ticker seems to have leapt, as at the
vendor. Volumes are the day's from its first print on, outside regular hours as well.
"""

from msgspec import UNSET, Struct, UnsetType, field

from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle, as_was
from tradeplat.venue.days import day_start
from tradeplat.venue.polygon_bars import Shelf, bar_row
from tradeplat.venue.polygon_door import Asked, Body, not_entitled, not_found
from tradeplat.venue.polygon_wire import EXCHANGE_ID, conditions

_TOP = 20
_LEAST_VOLUME = 10_000
"""Shares below which the vendor lists no gainer or loser."""


class DayBar(Struct, gc=False):
    """A day so far or gone; all 0 when nothing traded."""

    o: float = 0
    h: float = 0
    low: float = field(name="l", default=0)
    c: float = 0
    v: float = 0
    vw: float = 0


class MinuteBar(DayBar, gc=False):
    """The last minute begun; `av` is the day's volume, `t` its start in milliseconds."""

    av: float = 0
    t: int = 0
    n: int = 0


class LastTrade(Struct, gc=False):
    """The last print; `t` is in nanoseconds."""

    p: float
    s: float
    t: int
    i: str
    x: int
    c: list[int]


class LastQuote(Struct, gc=False):
    """The last quote: `p` and `s` of the bid, `P` and `S` of the ask; `t` is in nanoseconds."""

    p: float
    s: float
    P: float
    S: float
    t: int


class Snapshot(Struct, rename={"change": "todaysChange", "percent": "todaysChangePerc"}, gc=False):
    """One ticker now; `updated` is in nanoseconds, `change` is against `prevDay`."""

    ticker: str
    change: float
    percent: float
    updated: int
    day: DayBar
    prevDay: DayBar  # noqa: N815  # the vendor's name
    min: MinuteBar
    lastTrade: LastTrade | UnsetType = UNSET  # noqa: N815  # the vendor's name
    lastQuote: LastQuote | UnsetType = UNSET  # noqa: N815  # the vendor's name


class SnapshotPages:
    """The bodies of the snapshots."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def all(self, asked: Asked) -> Body:
        """Every ticker, or those named by `tickers`; who is not listed is not there."""
        self._entitled()
        wanted = asked.names("tickers") or self._shelf.market.symbols
        books = self._shelf.books
        found = [self._snapshot(books[symbol]) for symbol in wanted if symbol in books]
        return {"tickers": found, "count": len(found)}

    def one(self, asked: Asked) -> Body:
        """One ticker."""
        self._entitled()
        book = self._shelf.books.get(asked.path["ticker"].upper())
        if book is None:
            raise not_found("Ticker not found.")
        return {"ticker": self._snapshot(book)}

    def movers(self, asked: Asked) -> Body:
        """The twenty that gained or lost most, of those that traded enough."""
        self._entitled()
        gaining = asked.path["direction"] == "gainers"
        found = [
            snapshot
            for book in self._shelf.books.values()
            if (snapshot := self._snapshot(book)).day.v >= _LEAST_VOLUME
            and (snapshot.percent > 0 if gaining else snapshot.percent < 0)
        ]
        found.sort(key=lambda one: (-one.percent if gaining else one.percent, one.ticker))
        return {"tickers": found[:_TOP]}

    def snapshot(self, symbol: str) -> Snapshot | None:
        """All that is new of `symbol`, None when it is not listed."""
        book = self._shelf.books.get(symbol)
        return None if book is None else self._snapshot(book)

    def _entitled(self) -> None:
        if not self._shelf.plan.polygon:
            raise not_entitled()

    def _snapshot(self, book: Book) -> Snapshot:
        now = self._shelf.now()
        day, before = book.day(now), book.previous_day(now)
        quotes = book.quotes
        made = Snapshot(
            book.symbol,
            0.0,
            0.0,
            0,
            DayBar() if day is None else _day(day, 1.0),
            DayBar(),
            _minute(book, now, day),
        )
        if before is not None:
            ratio = self._shelf.ratio(book.symbol, before.start)
            made.prevDay = _day(before, ratio)
        if day is not None and book.last is not None:
            last = book.last
            kinds = conditions(last.conditions, book.tape)
            made.lastTrade = LastTrade(
                last.price, last.size, last.ts, str(last.id), EXCHANGE_ID, kinds
            )
            made.updated = last.ts
            if made.prevDay.c:
                made.change = round(last.price - made.prevDay.c, 4)
                made.percent = round(made.change / made.prevDay.c * 100, 3)
        if len(quotes):
            quote = quotes[len(quotes) - 1]
            if quote.ts >= day_start(now):
                made.lastQuote = LastQuote(
                    quote.bid, quote.bid_size, quote.ask, quote.ask_size, quote.ts
                )
                made.updated = max(made.updated, quote.ts)
        return made


def _day(bar: Candle, ratio: float) -> DayBar:
    row = bar_row(as_was(bar, ratio))
    return DayBar(row.o, row.h, row.low, row.c, row.v, row.vw)


def _minute(book: Book, now: int, day: Candle | None) -> MinuteBar:
    minutes = book.minutes.all()
    last = minutes[-1] if minutes else None
    if last is None or day is None or last.start < day.start or not last.priced:
        return MinuteBar()
    volume = bar_row(day).v
    row = bar_row(last)
    return MinuteBar(row.o, row.h, row.low, row.c, row.v, row.vw, volume, row.t, row.n)
