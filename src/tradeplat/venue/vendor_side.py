"""Everything of the venue that is not the broker's own: Polygon, FMP and the news."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiohttp import web

from tradeplat.core.calendar import Calendar
from tradeplat.venue import alpaca_stream, fmp, polygon_stream
from tradeplat.venue.accounts import Account
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.alpaca_wire import Message
from tradeplat.venue.clock import VenueClock
from tradeplat.venue.corporate_actions import ActionPages
from tradeplat.venue.data_door import DataDoor
from tradeplat.venue.market import Market
from tradeplat.venue.market_floor import MarketFloor
from tradeplat.venue.news import NewsPages, Newsroom
from tradeplat.venue.past import Past
from tradeplat.venue.polygon_bars import BarPages, Shelf
from tradeplat.venue.polygon_calendar import CalendarPages
from tradeplat.venue.polygon_codes import CodePages
from tradeplat.venue.polygon_door import Page, PolygonDoor
from tradeplat.venue.polygon_reference import ReferencePages
from tradeplat.venue.polygon_snapshots import SnapshotPages
from tradeplat.venue.polygon_tape import PolygonTape
from tradeplat.venue.polygon_ticks import TickPages
from tradeplat.venue.polygon_universal import UniversalPages
from tradeplat.venue.rate_limit import RateLimit
from tradeplat.venue.reference import Almanac, Reference
from tradeplat.venue.script import Script

_NEWS = "/v1beta1/news"
_CORPORATE = "/v1/corporate-actions"

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class VendorTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What this side needs of the venue. `delay` is how long aggregates are held, in ns; `limited`
    says whether budgets of requests count.
    """

    script: Script
    reference: Reference
    market: Market
    floor: MarketFloor
    agenda: Agenda
    calendar: Calendar
    clock: VenueClock
    accounts: Sequence[Account]
    wall: Callable[[], int]
    delay: int
    limited: bool


class VendorSide:
    """The tape of Polygon's socket, the newsroom, and every page."""

    def __init__(self, terms: VendorTerms) -> None:
        self._terms = terms
        market, script, now = terms.market, terms.script, terms.clock.now
        self.almanac = Almanac(terms.reference, script.names, script.exchanges, script.symbols)
        self.past = Past(market.books, terms.calendar, script.start, terms.reference.seed)
        self.tape = PolygonTape(market, terms.calendar, terms.agenda, terms.delay, self._outlet)
        market.on_change = self.tape.changed
        self._newsroom = Newsroom(self.almanac, terms.agenda, terms.floor.hub, script.start)
        self._shelf = Shelf(
            market=market,
            past=self.past,
            almanac=self.almanac,
            calendar=terms.calendar,
            plan=terms.floor.plan,
            now=now,
        )

    def take(self, messages: list[Message]) -> None:
        """Tell Polygon's listeners what Alpaca's are told."""
        if self._terms.floor.hub.is_heard(polygon_stream.FEED):
            self.tape.take(messages, self._terms.clock.now())

    def ratio(self, symbol: str, ts: int) -> float:
        """What a price of `symbol` at `ts` was then, over what is told of it today."""
        return self._shelf.ratio(symbol, ts)

    def routes(self, door: DataDoor) -> list[web.RouteDef]:
        """Every path; `door` is that of Alpaca's data."""
        terms, plan = self._terms, self._terms.floor.plan
        limit = RateLimit(plan.polygon_requests, enforced=terms.limited)
        quota = plan.fmp_requests if terms.limited else 1 << 40
        return [
            *polygon_stream.routes(terms.floor, self.tape),
            *_polygon(self._shelf, PolygonDoor(terms.accounts, limit, terms.wall)),
            *fmp.routes(fmp.FmpPages(self._shelf), terms.accounts, fmp.Quota(quota, terms.wall)),
            web.get(_NEWS, self._news(door)),
            web.get(_CORPORATE, door.serving(ActionPages(self.almanac, terms.clock.now).actions)),
        ]

    def _news(self, door: DataDoor) -> Serve:
        page = door.serving(NewsPages(self.almanac, self._terms.clock.now).news)
        stream = alpaca_stream.talking(self._terms.floor, alpaca_stream.NEWS)

        async def serve(request: web.Request) -> web.StreamResponse:
            upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
            return await (stream if upgrade else page)(request)

        return serve

    def _outlet(self, messages: list[Message]) -> None:
        self._terms.floor.hub.publish(messages, (polygon_stream.FEED,))


def _polygon(shelf: Shelf, door: PolygonDoor) -> list[web.RouteDef]:
    bars, shots, facts = BarPages(shelf), SnapshotPages(shelf), ReferencePages(shelf)
    ticks, days, universal = TickPages(shelf), CalendarPages(shelf), UniversalPages(shelf, shots)
    codes = CodePages()
    stocks = "/v2/snapshot/locale/us/markets/stocks"
    served: dict[str, Page] = {
        "/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{from}/{to}": bars.range,
        "/v2/aggs/grouped/locale/us/market/stocks/{date}": bars.grouped,
        "/v2/aggs/ticker/{ticker}/prev": bars.previous,
        "/v1/open-close/{ticker}/{date}": bars.day,
        f"{stocks}/tickers": shots.all,
        f"{stocks}/tickers/{{ticker}}": shots.one,
        f"{stocks}/{{direction:gainers|losers}}": shots.movers,
        "/v3/reference/tickers": facts.tickers,
        "/v3/reference/tickers/types": facts.types,
        "/v3/reference/tickers/{ticker}": facts.details,
        "/v3/reference/exchanges": codes.exchanges,
        "/v3/reference/conditions": codes.conditions,
        "/v3/reference/splits": facts.splits,
        "/stocks/v1/splits": facts.stock_splits,
        "/v3/reference/dividends": facts.dividends,
        "/stocks/v1/dividends": facts.dividends,
        "/stocks/vX/float": facts.floats,
        "/v2/reference/news": facts.news,
        "/v1/marketstatus/now": days.status,
        "/v1/marketstatus/upcoming": days.upcoming,
        "/v2/last/trade/{ticker}": ticks.last_trade,
        "/v2/last/nbbo/{ticker}": ticks.last_quote,
        "/v3/trades/{ticker}": ticks.trades,
        "/v3/quotes/{ticker}": ticks.quotes,
        "/v3/snapshot": universal.all,
    }
    return [web.get(path, door.serving(page)) for path, page in served.items()]
