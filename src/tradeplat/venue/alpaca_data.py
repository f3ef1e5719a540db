"""Alpaca's data REST: bars, quotes, trades, their latest forms, snapshots and the screener.

Only what lies at or before the venue's now is told. A delayed feed ends 15 minutes earlier.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from aiohttp import web

from tradeplat.core.market import MINUTE, Quote
from tradeplat.venue.alpaca_wire import RestQuote, RestTrade, whole, write_text
from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle, as_was, rest_bar
from tradeplat.venue.data_door import DataDoor, Query, bad_request
from tradeplat.venue.days import day_start
from tradeplat.venue.market import EXCHANGE, Market
from tradeplat.venue.paging import Rows, page
from tradeplat.venue.past import Past
from tradeplat.venue.plan import Plan
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.screener import Active, Mover, actives, movers
from tradeplat.venue.ticks import Print, Prints, Quotes
from tradeplat.venue.timeframe import Ratio, Timeframe, read_timeframe

DELAY = 15 * MINUTE
"""How recent consolidated data may not be without a plan for it."""

_LARGEST_PAGE = 10_000
_DEFAULT_PAGE = 1_000
_FEEDS = frozenset({"iex", "sip", "delayed_sip"})
_ADJUSTMENTS = frozenset({"raw", "split", "dividend", "spin-off", "all"})
_FOR_SPLITS = frozenset({"split", "all"})
_OTHER_FEEDS = frozenset({"otc", "boats", "overnight"})


class Window(msgspec.Struct, frozen=True):
    """The stretch of time a request asks for, both ends included, in UTC nanoseconds."""

    start: int
    end: int


class DataPages:
    """The bodies of the data API; `past` has the bars, `ratio` undoes splits."""

    def __init__(
        self, market: Market, past: Past, plan: Plan, now: Callable[[], int], ratio: Ratio
    ) -> None:
        self._market = market
        self._past = past
        self._plan = plan
        self._now = now
        self._ratio = ratio

    def bars(self, query: Query) -> object:
        """Bars of any timeframe, `t` their start; as they were on their day unless splits are asked
        to be adjusted for.
        """
        frame = read_timeframe(query.text("timeframe"))
        window = self._window(query)
        wanted = {part.strip() for part in query.text("adjustment", "raw").lower().split(",")}
        if not wanted <= _ADJUSTMENTS:
            raise bad_request(f"invalid adjustment: {query.text('adjustment')[:32]}")
        ratio = None if wanted & _FOR_SPLITS else self._ratio

        def rows(book: Book) -> tuple[Sequence[int], Callable[[int], object]]:
            parts = self._parts(frame, book.symbol, window)
            if ratio is not None:
                parts = [as_was(part, ratio(book.symbol, part.start)) for part in parts]
            found = [
                candle
                for candle in frame.joined(parts)
                if window.start <= candle.start <= window.end
            ]
            return [candle.start for candle in found], lambda at: rest_bar(found[at])

        return self._paged("bars", query, rows)

    def quotes(self, query: Query) -> object:
        """Quotes in the order they came."""

        def row(book: Book, at: int) -> object:
            return rest_quote(book, book.quotes[at])

        return self._ticks("quotes", query, lambda book: book.quotes, row)

    def trades(self, query: Query) -> object:
        """Prints in the order of their time, as they stand after corrections."""

        def row(book: Book, at: int) -> object:
            return rest_trade(book, book.prints[at])

        return self._ticks("trades", query, lambda book: book.prints, row)

    def latest_bars(self, query: Query) -> object:
        """The newest closed minute of each symbol."""
        return self._latest("bars", query, _minute)

    def latest_quotes(self, query: Query) -> object:
        """The newest quote of each symbol."""
        return self._latest("quotes", query, _quote)

    def latest_trades(self, query: Query) -> object:
        """The newest print of each symbol."""
        return self._latest("trades", query, _trade)

    def snapshots(self, query: Query) -> object:
        """All that is new of each symbol, without an envelope; unknown parts are null."""
        at = self._horizon(query)
        return {
            book.symbol: {
                "latestTrade": _trade(book, at),
                "latestQuote": _quote(book, at),
                "minuteBar": _minute(book, at),
                "dailyBar": _bar(book.day(at)),
                "prevDailyBar": _bar(book.previous_day(at)),
            }
            for book in self._wanted(query)
        }

    def movers(self, query: Query) -> object:
        """Gainers and losers against the last close."""
        top = query.count("top", 10, 50)
        found = movers(self._market.books.values(), self._now())
        gainers: list[Mover] = [one for one in found if one.percent_change > 0]
        losers: list[Mover] = [one for one in reversed(found) if one.percent_change < 0]
        return {
            "gainers": gainers[:top],
            "losers": losers[:top],
            "market_type": "stocks",
            "last_updated": write_text(self._now()),
        }

    def most_actives(self, query: Query) -> object:
        """The busiest symbols of the day."""
        top = query.count("top", 10, 100)
        by = query.text("by", "volume")
        if by not in {"volume", "trades"}:
            raise bad_request(f"invalid by: {by[:32]}, expected volume or trades")
        found: list[Active] = actives(self._market.books.values(), self._now(), by=by)
        return {"most_actives": found[:top], "last_updated": write_text(self._now())}

    def _parts(self, frame: Timeframe, symbol: str, window: Window) -> Sequence[Candle]:
        """What the bars of `window` are made of: the venue's one history, whoever tells it."""
        now = self._now()
        if not frame.intraday:
            return [*self._past.days(symbol, now).values()]
        first, last = frame.start(window.start), frame.reach(window.end)
        return self._past.minutes(symbol, first, last, now)

    def _ticks(
        self,
        name: str,
        query: Query,
        ticks: Callable[[Book], Prints | Quotes],
        row: Callable[[Book, int], object],
    ) -> object:
        """The window that `query` asks for of what `ticks` finds in a book."""
        window = self._window(query)

        def rows(book: Book) -> tuple[Sequence[int], Callable[[int], object]]:
            found = ticks(book)
            span = found.within(window.start, window.end)
            return [found.ts(at) for at in span], lambda at: row(book, span[at])

        return self._paged(name, query, rows)

    def _paged(
        self,
        name: str,
        query: Query,
        rows: Callable[[Book], tuple[Sequence[int], Callable[[int], object]]],
    ) -> object:
        limit = query.count("limit", _DEFAULT_PAGE, _LARGEST_PAGE)
        ascending = query.ascending()
        sources: dict[str, Rows] = {}
        for book in self._wanted(query):
            times, body = rows(book)
            sources[book.symbol] = Rows(times, body) if ascending else _reversed(times, body)
        found = page(sources, limit, query.text("page_token"), ascending=ascending)
        return {name: found.rows, "next_page_token": found.token}

    def _latest(
        self, name: str, query: Query, newest: Callable[[Book, int], object | None]
    ) -> object:
        at = self._horizon(query)
        found = {book.symbol: newest(book, at) for book in self._wanted(query)}
        return {name: {symbol: body for symbol, body in found.items() if body is not None}}

    def _wanted(self, query: Query) -> list[Book]:
        """The books of the symbols asked for; symbols that are not listed have nothing to tell."""
        books: Mapping[str, Book] = self._market.books
        return [books[symbol] for symbol in query.symbols() if symbol in books]

    def _window(self, query: Query) -> Window:
        """From `start`, by default today's midnight in New York, to `end`, by default now."""
        now = self._now()
        end, start = query.instant("end"), query.instant("start")
        feed = self._feed(query)
        if feed == "sip" and not self._plan.recent_sip and (end is None or end > now - DELAY):
            raise _too_recent()
        latest = now - DELAY if feed == "delayed_sip" else now
        end = latest if end is None else min(end, latest)
        return Window(day_start(now) if start is None else start, end)

    def _horizon(self, query: Query) -> int:
        """The moment as of which the newest is told."""
        feed = self._feed(query)
        if feed == "sip" and not self._plan.recent_sip:
            raise _too_recent()
        return self._now() - DELAY if feed == "delayed_sip" else self._now()

    def _feed(self, query: Query) -> str:
        feed = query.text("feed", self._plan.best)
        if feed in _OTHER_FEEDS:
            raise Refusal(403, None, f"subscription does not permit querying {feed} data")
        if feed not in _FEEDS:
            raise bad_request(f"invalid feed: {feed[:32]}")
        return feed


def rest_trade(book: Book, done: Print) -> RestTrade:
    """A print as REST shows it."""
    return RestTrade(
        write_text(done.ts),
        EXCHANGE,
        done.price,
        whole(done.size),
        list(done.conditions),
        done.id,
        book.tape,
    )


def rest_quote(book: Book, quote: Quote) -> RestQuote:
    """A quote as REST shows it."""
    return RestQuote(
        write_text(quote.ts),
        EXCHANGE,
        quote.ask,
        whole(quote.ask_size),
        EXCHANGE,
        quote.bid,
        whole(quote.bid_size),
        ["R"],
        book.tape,
    )


def routes(pages: DataPages, door: DataDoor) -> list[web.RouteDef]:
    """Every path of the data API."""
    stocks, screener = "/v2/stocks", "/v1beta1/screener/stocks"
    served = {
        f"{stocks}/bars": pages.bars,
        f"{stocks}/quotes": pages.quotes,
        f"{stocks}/trades": pages.trades,
        f"{stocks}/bars/latest": pages.latest_bars,
        f"{stocks}/quotes/latest": pages.latest_quotes,
        f"{stocks}/trades/latest": pages.latest_trades,
        f"{stocks}/snapshots": pages.snapshots,
        f"{screener}/movers": pages.movers,
        f"{screener}/most-actives": pages.most_actives,
    }
    return [web.get(path, door.serving(page)) for path, page in served.items()]


def _too_recent() -> Refusal:
    return Refusal(403, None, "subscription does not permit querying recent SIP data")


def _reversed(times: Sequence[int], body: Callable[[int], object]) -> Rows:
    last = len(times) - 1
    return Rows(list(reversed(times)), lambda at: body(last - at))


def _trade(book: Book, at: int) -> RestTrade | None:
    last = book.last
    if last is not None and last.ts > at:
        span = book.prints.within(0, at)
        last = book.prints[span[-1]] if span else None
    return None if last is None else rest_trade(book, last)


def _quote(book: Book, at: int) -> RestQuote | None:
    span = book.quotes.within(0, at)
    return rest_quote(book, book.quotes[span[-1]]) if span else None


def _minute(book: Book, at: int) -> object | None:
    return _bar(book.minutes.newest_closed(at))


def _bar(candle: Candle | None) -> object | None:
    return rest_bar(candle) if candle is not None and candle.priced else None
