"""Financial Modeling Prep's three pages: profile, float and the day's gainers, with a day's quota.

Both spellings of its paths are served, `/stable/...` and the older `/api/...`. The key comes as the
query's or a header's `apikey`. Budgets are of a day, as the vendor's plans are.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from aiohttp import web

from tradeplat.core.market import SECOND
from tradeplat.venue.accounts import Account
from tradeplat.venue.alpaca_wire import JSON, whole
from tradeplat.venue.data_door import Query
from tradeplat.venue.polygon_bars import Shelf
from tradeplat.venue.reference import Facts
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.screener import movers

_TOP = 50
_DAY = 86_400
_SITE = "https://site.financialmodelingprep.com/developer/docs"
_NAMES = {
    "NASDAQ": "NASDAQ Global Select",
    "NYSE": "New York Stock Exchange",
    "AMEX": "New York Stock Exchange Arca",
}

Page = Callable[[Query], object]
"""Makes the body that answers a query; a symbol of the path is its `symbol`."""


class FmpPages:
    """The bodies of the three pages."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def profile(self, query: Query) -> object:
        """What is known of the company: a list of one, or of none."""
        facts = self._facts(query)
        if facts is None:
            return []
        book = self._shelf.books.get(facts.symbol)
        now = self._shelf.now()
        price = book.last.price if book is not None and book.last is not None else None
        before = None if book is None else book.previous_day(now)
        day = None if book is None else book.day(now)
        change = None if price is None or before is None else round(price - before.close, 4)
        percent = None
        if change is not None and before is not None:
            percent = round(change / before.close * 100, 4)
        cap = facts.shares * price if facts.shares is not None and price is not None else None
        return [
            {
                "symbol": facts.symbol,
                "price": price,
                "marketCap": round(cap) if cap is not None else facts.market_cap,
                "change": change,
                "changePercentage": percent,
                "volume": 0 if day is None else whole(day.volume),
                "averageVolume": 0 if before is None else whole(before.volume),
                "companyName": facts.name,
                "currency": "USD",
                "cik": facts.cik,
                "exchangeFullName": _NAMES.get(facts.exchange, facts.exchange),
                "exchange": facts.exchange,
                "industry": facts.industry,
                "sector": facts.sector,
                "country": facts.country,
                "ipoDate": facts.list_day,
                "isEtf": facts.type == "ETF",
                "isAdr": facts.type.startswith("ADR"),
                "isFund": False,
                "isActivelyTrading": facts.is_active(self._shelf.today()),
            }
        ]

    def shares_float(self, query: Query) -> object:
        """The float of one ticker: a list of one, or of none where it is not known."""
        facts = self._facts(query)
        known = None if facts is None else facts.float_on(self._shelf.today())
        if facts is None or known is None or not facts.shares:
            return []
        return [
            {
                "symbol": facts.symbol,
                "date": f"{facts.float_day} 00:00:00",
                "freeFloat": round(known / facts.shares * 100, 4),
                "floatShares": known,
                "outstandingShares": facts.shares,
                "source": None,
            }
        ]

    def gainers(self, _: Query) -> object:
        """Who gained most since the last close."""
        found = movers(self._shelf.books.values(), self._shelf.now())
        return [
            {
                "symbol": one.symbol,
                "price": one.price,
                "name": self._name(one.symbol),
                "change": one.change,
                "changesPercentage": one.percent_change,
                "exchange": self._exchange(one.symbol),
            }
            for one in found
            if one.percent_change > 0
        ][:_TOP]

    def _facts(self, query: Query) -> Facts | None:
        symbol = query.text("symbol").upper()
        if not symbol:
            raise Refusal(400, None, "Query Error: Invalid or missing query parameter - symbol")
        return self._shelf.almanac.facts(symbol, self._shelf.today())

    def _name(self, symbol: str) -> str:
        facts = self._shelf.almanac.facts(symbol)
        return "" if facts is None else facts.name

    def _exchange(self, symbol: str) -> str:
        facts = self._shelf.almanac.facts(symbol)
        return "" if facts is None else facts.exchange


class Quota:
    """Requests a day and key; `wall` gives UTC ns."""

    def __init__(self, most: int, wall: Callable[[], int]) -> None:
        self.most = most
        self._wall = wall
        self._used: dict[str, tuple[int, int]] = {}

    def take(self, key: str) -> bool:
        """Count one request of `key`; False when its day is used up."""
        today = self._wall() // SECOND // _DAY
        day, used = self._used.get(key, (today, 0))
        used = used + 1 if day == today else 1
        self._used[key] = (today, used)
        return used <= self.most


def routes(pages: FmpPages, accounts: Sequence[Account], quota: Quota) -> list[web.RouteDef]:
    """Every path, old and new."""
    keys = {one.terms.key for one in accounts}

    def serving(page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            key = request.query.get("apikey") or request.headers.get("apikey", "")
            if key not in keys:
                return _said(401, f"Invalid API KEY. Please retry or visit {_SITE}")
            if not quota.take(key):
                return _said(429, f"Limit Reach . Please upgrade your plan or visit {_SITE}")
            values: Mapping[str, str] = {**request.query, **request.match_info}
            try:
                body = page(Query(values))
            except Refusal as refusal:
                return _said(refusal.status, refusal.message)
            return web.Response(body=JSON.encode(body), content_type="application/json")

        return serve

    served = {
        "/stable/profile": pages.profile,
        "/stable/shares-float": pages.shares_float,
        "/stable/biggest-gainers": pages.gainers,
        "/api/v3/profile/{symbol}": pages.profile,
        "/api/v4/shares_float": pages.shares_float,
        "/api/v3/stock_market/gainers": pages.gainers,
    }
    return [web.get(path, serving(page)) for path, page in served.items()]


def _said(status: int, words: str) -> web.Response:
    body = msgspec.json.encode({"Error Message": words})
    return web.Response(status=status, body=body, content_type="application/json")
