"""Polygon's (Massive's) news as headlines, with the mood that it tells for each ticker."""

from collections.abc import Sequence

import msgspec

from tradeplat.scanners.press import Story, headline, spoken
from tradeplat.scanners.rest import Rest
from tradeplat.scanners.sources import Headline

PATH = "/v2/reference/news"
_PAGE = 1_000
_PAGES = 5
"""Pages a question; the newest come first, and a day has a thousand stories or two."""
MOODS = {"positive": 0.6, "neutral": 0.0, "negative": -0.6}
"""The vendor's three words as scores: it does not say how much."""


class _Insight(msgspec.Struct):
    ticker: str | None = None
    sentiment: str | None = None


class _Publisher(msgspec.Struct):
    name: str | None = None


class _Story(msgspec.Struct):
    id: str
    title: str
    published_utc: str
    tickers: list[str] | None = None
    description: str | None = None
    publisher: _Publisher | None = None
    insights: list[_Insight] | None = None


class _Page(msgspec.Struct):
    results: list[msgspec.Raw]
    next_url: str | None = None


_READ = msgspec.json.Decoder(_Page)
_ROW = msgspec.json.Decoder(_Story)


class PolygonNews:
    """Reads news through `rest` (scanners.sources.Headlines).

    The vendor takes one ticker a request or none: for several the whole market's news are read and
    sifted. Rows that cannot be read are passed over and counted in `unreadable`.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.unreadable = 0

    async def since(self, symbols: Sequence[str], ts: int) -> list[Headline]:
        """Headlines about any of `symbols` published at or after `ts`, newest first."""
        wanted = frozenset(symbols)
        if not wanted:
            return []
        params = {"published_utc.gte": spoken(ts), "order": "desc", "sort": "published_utc"}
        if len(wanted) == 1:
            params["ticker"] = next(iter(wanted))
        raw = await self._rest.get("news", PATH, {**params, "limit": str(_PAGE)})
        found: dict[str, Headline] = {}
        for number in range(1, _PAGES + 1):
            page = self._page(raw)
            for row in page.results:
                line = self._line(row)
                if line is not None and line.ts >= ts and wanted.intersection(line.symbols):
                    found[line.id] = line
            if not page.next_url or not page.results or number == _PAGES:
                break
            raw = await self._rest.follow("news", page.next_url)
        return sorted(found.values(), key=lambda line: (-line.ts, line.id))

    def _page(self, raw: bytes) -> _Page:
        try:
            return _READ.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise self._rest.unreadable("news", error) from None

    def _line(self, raw: msgspec.Raw) -> Headline | None:
        try:
            row = _ROW.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            self.unreadable += 1
            return None
        moods = {
            one.ticker: MOODS[one.sentiment]
            for one in row.insights or ()
            if one.ticker and one.sentiment in MOODS
        }
        source = (row.publisher.name if row.publisher is not None else None) or ""
        story = Story(
            row.id,
            row.title,
            row.description or "",
            source,
            (row.published_utc,),
            row.tickers or (),
            moods,
        )
        made = headline(story)
        self.unreadable += made is None
        return made
