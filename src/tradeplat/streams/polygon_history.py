"""Polygon's (Massive's) data REST as history: the vendor's own bars of every span."""

from collections.abc import AsyncIterator
from typing import Generic, Self, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from tradeplat.core.errors import BadInput, Corrupt, Denied, Transient
from tradeplat.core.market import SECOND, Bar
from tradeplat.streams.connection import Access
from tradeplat.streams.pages import Sieve, page_of, within
from tradeplat.streams.polygon_wire import Amount, Highest, Lowest
from tradeplat.streams.rest import Rest
from tradeplat.streams.salvage import one_line
from tradeplat.streams.stamps import LATEST

PAGE = 50_000
"""Base bars asked for in one page, the vendor's most."""

PAGES = 100
"""More pages than this for one request is a loop, not history."""

FAR = 4 * 86_400 * SECOND
"""How far back `recent` looks, in nanoseconds: across a long week-end."""

FURTHER = 30 * 86_400 * SECOND
"""How far back it looks for a thin ticker, of which there is less than was asked for."""

FAR_DAYS = 60 * 86_400 * SECOND
"""How far back daily bars are looked for, in nanoseconds."""

MILLISECOND = 1_000_000

_LAST_MS = LATEST // MILLISECOND - 86_400_000


class RestBar(msgspec.Struct, gc=False):
    """A bar as the REST service writes it; `t` is its start in milliseconds."""

    v: Amount
    o: float
    c: float
    h: Highest
    low: Lowest = msgspec.field(name="l")
    t: int = msgspec.field()


Row = TypeVar("Row")


class Page(msgspec.Struct, Generic[Row]):
    """One page of bars. A page of none has no `results`, but says so in `resultsCount`."""

    status: str = ""
    results: list[Row] | None = None
    count: int | None = msgspec.field(name="resultsCount", default=None)
    next_url: str | None = None
    error: str | None = None
    message: str | None = None


_WHOLE = msgspec.json.Decoder(Page[RestBar])
_SPLIT = msgspec.json.Decoder(Page[msgspec.Raw])
_ROW = msgspec.json.Decoder(RestBar)


class PolygonHistory:
    """Closed bars of one feed (core.ports.History). Use as an async context.

    `access.key` is the one key of the account. At most `per_minute` requests a minute go out.
    Bars are adjusted for the splits until today, as live bars are of today. Raises as `rest.Rest`,
    and Corrupt when the answer makes no sense: an answer without bars has to say that there are
    none, and a row that makes no sense is left out.
    """

    def __init__(self, access: Access, feed: str, per_minute: int = 200) -> None:
        self._feed = feed
        self.refused = 0
        """Rows left out because they make no sense."""
        self.last_refused = ""
        """Why the last of them does not."""
        self._rest = Rest(access, {"Authorization": f"Bearer {access.key}"}, per_minute)

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
        length = span * SECOND
        window = (max(start - length + 1, 0), end - length)
        found = {bar.ts: bar async for bar in self._rows(symbol, span, window)}
        return [found[ts] for ts in sorted(found) if start < ts <= end]

    async def recent(self, symbol: str, span: int, end: int, count: int) -> list[Bar]:
        """The last `count` bars with `ts` <= `end`, oldest first, from the last days; from the last
        weeks where those have too few.
        """
        near, far = max(end - FAR, 0), max(end - FURTHER, 0)
        found = await self._last(symbol, span, (near, end - span * SECOND), count)
        if len(found) < count and far < near:
            # The vendor widens what was asked for to whole bars: one may come again.
            older = await self._last(symbol, span, (far, near - 1), count - len(found))
            found = sorted({bar.ts: bar for bar in (*older, *found)}.values(), key=_close)
        return [bar for bar in found if bar.ts <= end]

    async def days(self, symbol: str, end: int, count: int) -> list[Bar]:
        """The last `count` daily bars that begin before `end`, oldest first; `feed` is whose."""
        return await self._last(symbol, 86_400, (max(end - FAR_DAYS, 0), end - 1), count)

    async def _last(self, symbol: str, span: int, window: tuple[int, int], count: int) -> list[Bar]:
        found: dict[int, Bar] = {}
        if window[1] < window[0]:
            return []
        async for bar in self._rows(symbol, span, window, newest=count):
            found[bar.ts] = bar
            if len(found) >= count:
                break
        return [found[ts] for ts in sorted(found)]

    async def _rows(
        self, symbol: str, span: int, window: tuple[int, int], newest: int = 0
    ) -> AsyncIterator[Bar]:
        """Every bar of `symbol` that begins in `window`, page after page; the last ones first
        where only the `newest` are wanted.
        """
        number, unit, base = timeframe(span)
        first, last = -(-window[0] // MILLISECOND), window[1] // MILLISECOND
        path = f"/v2/aggs/ticker/{quote(symbol, safe='')}/range/{number}/{unit}/{first}/{last}"
        query = {"adjusted": "true", "sort": "desc" if newest else "asc"}
        query["limit"] = str(min(max(newest * base, 1), PAGE) if newest else PAGE)
        seen: set[str] = set()

        def made(row: RestBar) -> Bar:
            bar = self._bar(symbol, span, row)
            within(bar.ts - span * SECOND, window)
            return bar

        sieve = Sieve(f"history of {symbol}", _ROW, self._refuse)
        for _ in range(PAGES):
            page = _page(symbol, await self._rest.get(path, query))
            for row in page.results or ():
                bar = sieve.keep(row, made)
                if bar is not None:
                    yield bar
            following = page.next_url
            if not following:
                sieve.end()
                return
            if following in seen:
                raise Corrupt(f"history of {symbol}: page {following[-80:]!r} leads back to itself")
            seen.add(following)
            path, query = next_page(symbol, following)
        raise Corrupt(f"history of {symbol}: more than {PAGES} pages")

    def _bar(self, symbol: str, span: int, row: RestBar) -> Bar:
        if not (row.low <= row.o <= row.h and row.low <= row.c <= row.h):
            found = f"open {row.o}, high {row.h}, low {row.low}, close {row.c}"
            raise Corrupt(f"{row.t}: {found}: expected all within low and high")
        if not 0 <= row.t <= _LAST_MS:
            raise Corrupt(f"t {row.t}: expected milliseconds since 1970")
        ts = row.t * MILLISECOND + span * SECOND
        return Bar(symbol, ts, row.o, row.h, row.low, row.c, row.v, span, self._feed)

    def _refuse(self, why: str) -> None:
        self.refused += 1
        self.last_refused = why


def timeframe(span: int) -> tuple[int, str, int]:
    """The vendor's name of a span in seconds, and of how many base bars one is made; BadInput when
    it has none that closes by itself.
    """
    if span == 86_400:
        return 1, "day", 1
    if span == 3_600:
        return 1, "hour", 60
    if span == 1:
        return 1, "second", 1
    if span % 60 or not 60 <= span < 3_600:
        raise BadInput(
            f"history: found span {span}, expected 1, whole minutes, 3600 or 86400 seconds"
        )
    return span // 60, "minute", span // 60


def next_page(symbol: str, address: str) -> tuple[str, dict[str, str]]:
    """Path and query of the page at `address`. Whatever host the vendor writes there, we stay on
    the one we were told of, for our key is meant for that: the path begins behind it.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise Corrupt(one_line(f"history of {symbol}: page {address[-80:]!r}: {error}")) from None
    return f"/{parts.path.lstrip('/')}", dict(parse_qsl(parts.query))


def _page(symbol: str, body: bytes) -> "Page[RestBar]":
    """The page that `body` is; an error inside an answer that says 200 is one as well."""
    page: Page[RestBar] = page_of(f"history of {symbol}", body, _WHOLE, _SPLIT)
    why = f"history of {symbol}: status {page.status} {page.error or page.message or ''}".rstrip()
    if page.status == "NOT_AUTHORIZED":
        raise Denied(why)
    if page.status not in ("OK", "DELAYED"):
        raise Transient(why)
    if page.results is None and page.count != 0:
        raise Corrupt(f"history of {symbol}: found no results, expected them or resultsCount 0")
    return page


def _close(bar: Bar) -> int:
    return bar.ts
