"""Alpaca's data REST as history: closed bars, and seconds folded from prints."""

from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Self, TypeVar

import msgspec

from tradeplat.core.errors import BadInput, Corrupt, Denied
from tradeplat.core.market import SECOND, Bar, Trade
from tradeplat.streams.alpaca_wire import Amount, Price
from tradeplat.streams.connection import Access
from tradeplat.streams.pages import Sieve, page_of, within
from tradeplat.streams.prints import moves
from tradeplat.streams.rest import Rest
from tradeplat.streams.seconds import SecondFold
from tradeplat.streams.stamps import Rfc3339, write_rfc3339

PAGE = 10_000
"""Rows asked for in one page."""

PAGES = 200
"""More pages than this for one request is a loop, not history."""

FEEDS: Mapping[str, str] = MappingProxyType(
    {"iex": "iex", "sip": "sip", "delayed": "sip", "delayed_sip": "sip"}
)
"""Our name of a feed -> the service's; another feed is the service's best."""

ADJUSTED = "split"
"""Bars are adjusted for the splits until today, as live bars are of today: not for dividends."""

FAR = 4 * 86_400 * SECOND
"""How far back `recent` looks, in nanoseconds: across a long week-end."""

FURTHER = 30 * 86_400 * SECOND
"""How far back it looks for a thin ticker, of which there is less than was asked for."""

WHOLE = "sip"
"""The service's feed of the whole market."""

FAR_DAYS = 60 * 86_400 * SECOND
"""How far back daily bars are looked for, in nanoseconds."""

Row = TypeVar("Row")
T = TypeVar("T")


class RestBar(msgspec.Struct, gc=False):
    """A bar as the REST service writes it; `t` is its start."""

    t: str
    o: Price
    h: Price
    low: Price = msgspec.field(name="l")
    c: Price
    v: Amount


class RestTrade(msgspec.Struct, gc=False):
    """A print as the REST service writes it; `u` tells what became of it later."""

    t: str
    p: Price
    s: Amount
    i: int | None = None
    c: list[str] | None = None
    z: str | None = None
    u: str | None = None


class BarPage(msgspec.Struct, Generic[Row]):
    """One page of bars."""

    bars: dict[str, list[Row] | None] | None
    next_page_token: str | None = None

    @property
    def rows(self) -> dict[str, list[Row] | None]:
        """Rows by symbol."""
        return self.bars or {}


class TradePage(msgspec.Struct, Generic[Row]):
    """One page of prints."""

    trades: dict[str, list[Row] | None] | None
    next_page_token: str | None = None

    @property
    def rows(self) -> dict[str, list[Row] | None]:
        """Rows by symbol."""
        return self.trades or {}


class Kind(NamedTuple):
    """What is asked for: its name, and who decodes a page, a page of raw rows, and a row."""

    name: str
    whole: Any
    split: Any
    row: Any


BARS = Kind(
    "bars",
    msgspec.json.Decoder(BarPage[RestBar]),
    msgspec.json.Decoder(BarPage[msgspec.Raw]),
    msgspec.json.Decoder(RestBar),
)
TRADES = Kind(
    "trades",
    msgspec.json.Decoder(TradePage[RestTrade]),
    msgspec.json.Decoder(TradePage[msgspec.Raw]),
    msgspec.json.Decoder(RestTrade),
)


class AlpacaHistory:
    """Closed bars of one feed (core.ports.History). Use as an async context.

    Spans of whole minutes up to an hour come as bars, seconds are folded from prints by the same
    rules as the live ones. At most `per_minute` requests a minute go out, a quarter of them at
    once; a venue that still asks to slow down is obeyed. Raises Transient when the service fails
    or is too slow, Denied when credentials or plan do not allow the request, Corrupt when the
    answer makes no sense: a row that makes none is left out.
    """

    def __init__(self, access: Access, feed: str, per_minute: int = 200) -> None:
        self._feed = feed
        self._read = Rfc3339().read
        keys = {"APCA-API-KEY-ID": access.key, "APCA-API-SECRET-KEY": access.secret}
        self._rest = Rest(access, keys, per_minute)
        self.refused = 0
        """Rows left out because they make no sense."""
        self.last_refused = ""
        """Why the last of them does not."""

    async def __aenter__(self) -> Self:
        await self._rest.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._rest.close()

    @property
    def requests(self) -> int:
        """Requests made so far, repeated ones included."""
        return self._rest.requests

    async def bars(self, symbol: str, span: int, start: int, end: int) -> list[Bar]:
        """Bars with `start` < `ts` <= `end` (UTC nanoseconds), oldest first."""
        if end <= start:
            return []
        return await (
            self._seconds(symbol, start, end) if span == 1 else self._bars(symbol, span, start, end)
        )

    async def recent(self, symbol: str, span: int, end: int, count: int) -> list[Bar]:
        """The last `count` bars with `ts` <= `end`, oldest first, from the last days; from the last
        weeks where those have too few.
        """
        near, far = max(end - FAR, 0), max(end - FURTHER, 0)
        found = await self._last(symbol, span, (near, end - span * SECOND), count)
        if len(found) < count and far < near:
            found = await self._last(symbol, span, (far, near - 1), count - len(found)) + found
        return [bar for bar in found if bar.ts <= end]

    async def _last(self, symbol: str, span: int, window: tuple[int, int], count: int) -> list[Bar]:
        query = {"timeframe": timeframe(span), "adjustment": ADJUSTED, "sort": "desc"}
        query["limit"] = str(min(count, PAGE))
        found: list[Bar] = []
        async for bar in self._bars_of(symbol, span, query, window):
            found.append(bar)
            if len(found) >= count:
                break
        return sorted(found, key=_close)

    async def days(self, symbol: str, end: int, count: int) -> list[Bar]:
        """The last `count` daily bars that begin before `end`, oldest first; `feed` is whose.

        Of a feed that hears only a part of the market the whole market's days are asked for: what
        is finished every plan allows. Where one does not, the feed's own come.
        """
        own = FEEDS.get(self._feed)
        if own is None or own == WHOLE:
            return await self._days(symbol, end, count, own)
        try:
            return await self._days(symbol, end, count, WHOLE)
        except Denied:
            return await self._days(symbol, end, count, own)

    async def _days(self, symbol: str, end: int, count: int, feed: str | None) -> list[Bar]:
        query = {"timeframe": "1Day", "adjustment": ADJUSTED, "sort": "desc", "limit": str(count)}
        if feed is not None:
            query["feed"] = feed
        found: list[Bar] = []
        async for bar in self._bars_of(symbol, 86_400, query, (max(end - FAR_DAYS, 0), end)):
            if bar.ts - 86_400 * SECOND < end:
                found.append(msgspec.structs.replace(bar, feed=feed or self._feed))
            if len(found) >= count:
                break
        return sorted(found, key=_close)

    async def _bars(self, symbol: str, span: int, start: int, end: int) -> list[Bar]:
        length = span * SECOND
        query = {"timeframe": timeframe(span), "adjustment": ADJUSTED}
        window = (max(start - length + 1, 0), end - length)
        found = self._bars_of(symbol, span, query, window)
        return sorted([bar async for bar in found if start < bar.ts <= end], key=_close)

    def _bars_of(
        self, symbol: str, span: int, query: dict[str, str], window: tuple[int, int]
    ) -> AsyncIterator[Bar]:
        def bar(row: RestBar) -> Bar:
            if not row.low <= row.o <= row.h >= row.c >= row.low:
                found = f"open {row.o}, high {row.h}, low {row.low}, close {row.c}"
                raise Corrupt(f"{row.t}: {found}: expected all within low and high")
            ts = within(self._read(row.t), window) + span * SECOND
            return Bar(symbol, ts, row.o, row.h, row.low, row.c, row.v, span, self._feed)

        return self._rows(BARS, symbol, query, window, bar)

    async def _seconds(self, symbol: str, start: int, end: int) -> list[Bar]:
        first, last = start - start % SECOND, end - end % SECOND
        latest: dict[int, Bar] = {}
        fold = SecondFold(symbol, self._feed, first)
        window = (first, last - 1)

        def stamped(row: RestTrade) -> tuple[int, RestTrade]:
            return within(self._read(row.t), window), row

        async for ts, row in self._rows(TRADES, symbol, {}, window, stamped):
            if row.u in ("canceled", "incorrect") or not first <= ts < last:
                continue
            trade = Trade(symbol, ts, row.p, row.s, self._feed, row.i or 0)
            for bar in fold.add(trade, moves(row.c or (), row.z or "")):
                latest[bar.ts] = bar
        for bar in fold.close(last):
            latest[bar.ts] = bar
        found = [msgspec.structs.replace(bar, revision=0) for bar in latest.values()]
        return sorted((bar for bar in found if start < bar.ts <= end), key=_close)

    async def _rows(
        self,
        kind: Kind,
        symbol: str,
        query: dict[str, str],
        window: tuple[int, int],
        make: Callable[[Any], T],
    ) -> AsyncIterator[T]:
        """What `make` makes of every row of `symbol` in `window`, page after page."""
        query = {
            "symbols": symbol,
            "start": write_rfc3339(window[0]),
            "end": write_rfc3339(window[1]),
            "limit": str(PAGE),
            "sort": "asc",
            **query,
        }
        if self._feed in FEEDS:
            query.setdefault("feed", FEEDS[self._feed])
        tokens: set[str] = set()
        where = f"history of {symbol}: {kind.name}"
        sieve = Sieve(where, kind.row, self._refuse)
        for _ in range(PAGES):
            body = await self._rest.get(f"/v2/stocks/{kind.name}", query)
            page = page_of(where, body, kind.whole, kind.split)
            for row in page.rows.get(symbol) or ():
                made = sieve.keep(row, make)
                if made is not None:
                    yield made
            token = page.next_page_token
            if not token:
                sieve.end()
                return
            if token in tokens:
                raise Corrupt(f"history of {symbol}: page {token!r} leads back to itself")
            tokens.add(token)
            query["page_token"] = token
        raise Corrupt(f"history of {symbol}: more than {PAGES} pages")

    def _refuse(self, why: str) -> None:
        self.refused += 1
        self.last_refused = why


def timeframe(span: int) -> str:
    """The vendor's name of a span in seconds; BadInput when it has none that closes by itself."""
    if span == 3_600:
        return "1Hour"
    if span % 60 or not 60 <= span < 3_600:
        raise BadInput(f"history: found span {span}, expected 1, whole minutes, or 3600 seconds")
    return f"{span // 60}Min"


def _close(bar: Bar) -> int:
    return bar.ts
