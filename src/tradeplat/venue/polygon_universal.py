"""Polygon's universal snapshot: the same news of a ticker as its older snapshots, in plain words.

A ticker that is asked for by name and not listed is answered with an error in its own row.
"""

from msgspec import Struct

from tradeplat.core.calendar import Phase, Session
from tradeplat.venue.book import Book
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.polygon_bars import Shelf
from tradeplat.venue.polygon_door import Asked, Body, Row, not_entitled, paged
from tradeplat.venue.polygon_snapshots import MinuteBar, Snapshot, SnapshotPages
from tradeplat.venue.polygon_wire import MS

_USUAL, _MOST = 10, 250
_TYPES = frozenset({"stocks", "options", "crypto", "fx", "indices"})
_PHASES = {
    Phase.CLOSED: "closed",
    Phase.PRE: "early_trading",
    Phase.REGULAR: "open",
    Phase.POST: "late_trading",
}
_LIVE = "REAL-TIME"


class UniversalPages:
    """The body of the universal snapshot."""

    def __init__(self, shelf: Shelf, snapshots: SnapshotPages) -> None:
        self._shelf = shelf
        self._snapshots = snapshots

    def all(self, asked: Asked) -> Body:
        """The tickers named by `ticker.any_of`, or all that pass, sorted by their names."""
        if not self._shelf.plan.polygon:
            raise not_entitled()
        kind = asked.query.text("type", "stocks")
        if kind not in _TYPES:
            raise bad_request(f"'type' must be one of {', '.join(sorted(_TYPES))}")
        if asked.query.text("sort", "ticker") != "ticker":
            raise bad_request("'sort' must be ticker")
        named = asked.names("ticker.any_of")
        if len(named) > _MOST:
            raise bad_request(f"'ticker.any_of' must name at most {_MOST} tickers")
        limit = asked.query.count("limit", _USUAL, _MOST)
        ascending = asked.ascending("order", default=True)
        wanted = named or self._shelf.market.symbols
        passing = (one for one in wanted if asked.passes("ticker", one, ignored="any_of"))
        rows = [Row(one, one) for one in sorted(passing, reverse=not ascending)]
        if kind != "stocks":
            rows = []
        body = paged(asked, rows, limit, ascending=ascending)
        body.pop("count")
        return body | {"results": [self._row(str(one)) for one in _symbols(body)]}

    def _row(self, symbol: str) -> Body:
        told = self._snapshots.snapshot(symbol)
        if told is None:
            return {"ticker": symbol, "error": "NOT_FOUND", "message": "Ticker not found."}
        shelf = self._shelf
        book, now = shelf.books[symbol], shelf.now()
        facts = shelf.almanac.facts(symbol)
        body: Body = {
            "ticker": symbol,
            "type": "stocks",
            "name": "" if facts is None else facts.name,
            "market_status": _PHASES[shelf.calendar.phase(now)],
            "session": _session(told, book, shelf.calendar.upcoming(now)),
            "last_updated": told.updated,
        }
        return body | _last(told) | _minute(told.min)


def _symbols(body: Body) -> list[object]:
    found = body["results"]
    return found if isinstance(found, list) else []


def _session(told: Snapshot, book: Book, session: Session | None) -> Body:
    day, before = told.day, told.prevDay.c
    body: Body = {
        "change": told.change, "change_percent": told.percent, "open": day.o, "high": day.h,
        "low": day.low, "close": day.c, "volume": day.v, "previous_close": before,
    }  # fmt: skip
    if isinstance(told.lastTrade, Struct):
        body["price"] = told.lastTrade.p
    if session is None or not before:
        return body
    ends: dict[str, float] = {}
    for one in book.minutes.all():
        if one.priced and session.pre_open <= one.start < session.post_close:
            ends[_part(one.start, session)] = one.close
    bases = {"early": before, "regular": before, "late": ends.get("regular", before)}
    for part, close in ends.items():
        change = round(close - bases[part], 4)
        body[f"{part}_trading_change"] = change
        body[f"{part}_trading_change_percent"] = round(change / bases[part] * 100, 3)
    return body


def _part(ts: int, session: Session) -> str:
    if ts < session.open:
        return "early"
    return "regular" if ts < session.close else "late"


def _last(told: Snapshot) -> Body:
    body: Body = {}
    trade, quote = told.lastTrade, told.lastQuote
    if isinstance(trade, Struct):
        body["last_trade"] = {
            "id": trade.i, "price": trade.p, "size": trade.s, "exchange": trade.x,
            "conditions": trade.c, "last_updated": trade.t, "timeframe": _LIVE,
        }  # fmt: skip
    if isinstance(quote, Struct):
        body["last_quote"] = {
            "bid": quote.p, "bid_size": quote.s, "ask": quote.P, "ask_size": quote.S,
            "midpoint": round((quote.p + quote.P) / 2, 6), "last_updated": quote.t,
            "timeframe": _LIVE,
        }  # fmt: skip
    return body


def _minute(bar: MinuteBar) -> Body:
    if not bar.t:
        return {}
    return {
        "last_minute": {
            "open": bar.o, "high": bar.h, "low": bar.low, "close": bar.c, "volume": bar.v,
            "vwap": bar.vw, "transactions": bar.n, "last_updated": bar.t * MS,
        }
    }  # fmt: skip
