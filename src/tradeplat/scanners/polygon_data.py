"""Polygon, which is called Massive now: the whole market, bars, and what tickers are, over REST."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar
from urllib.parse import quote as escaped

import msgspec

from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import SECOND
from tradeplat.scanners.polygon_pages import UNREADABLE, Amount, Answer, Page, Refused, Rows
from tradeplat.scanners.rest import Missing, Rest
from tradeplat.scanners.sources import (
    DailyBar,
    Details,
    MinuteVolume,
    SharesFloat,
    Split,
    TickerSnapshot,
)

T = TypeVar("T")

SNAPSHOT = "/v2/snapshot/locale/us/markets/stocks"
TICKERS = "/v3/reference/tickers"
GROUPED = "/v2/aggs/grouped/locale/us/market/stocks"
MILLION = 1_000_000
"""Nanoseconds in a millisecond, the vendor's unit for bars."""
PAGES = 40
"""Pages of one answer that are read; more is a vendor that repeats itself."""
_LARGE = 1 << 20
"""Bytes from which an answer is decoded off the loop."""


class _Price(msgspec.Struct, gc=False):
    p: Amount | None = None


class _Quote(msgspec.Struct, gc=False):
    p: Amount | None = None
    P: Amount | None = None


class _Candle(msgspec.Struct, gc=False):
    c: Amount | None = None
    v: Amount | None = None


class _Minute(msgspec.Struct, gc=False):
    c: Amount | None = None
    av: Amount | None = None


class _Shot(msgspec.Struct, gc=False, rename="camel"):
    ticker: str
    updated: int | None = None
    day: _Candle | None = None
    prev_day: _Candle | None = None
    min: _Minute | None = None
    last_trade: _Price | None = None
    last_quote: _Quote | None = None


class _Row(msgspec.Struct, gc=False):
    T: str = ""
    c: Amount | None = None
    v: Amount | None = None
    t: int = 0


class _About(msgspec.Struct):
    name: str | None = None
    type: str | None = None
    sic_code: str | int | None = None
    share_class_shares_outstanding: float | None = None
    weighted_shares_outstanding: float | None = None
    market_cap: float | None = None
    list_date: str | None = None


class _Float(msgspec.Struct):
    ticker: str = ""
    free_float: Amount | None = None
    effective_date: str | None = None


class _Split(msgspec.Struct):
    ticker: str
    execution_date: str
    split_from: Amount
    split_to: Amount


_json = msgspec.json.Decoder
_SHOTS = Rows(_json(Answer[list[_Shot]]), _json(_Shot))
_ROWS = Rows(_json(Answer[list[_Row]]), _json(_Row))
_FLOATS = Rows(_json(Answer[list[_Float]]), _json(_Float))
_SPLITS = Rows(_json(Answer[list[_Split]]), _json(_Split))
_ABOUT = _json(Answer[_About])


class PolygonData:
    """The vendor behind `rest` as a Market and a Reference (scanners/sources.py).

    Whoever opened `rest` closes it. `feed` is what prices are of: the whole tape, or delayed.
    Rows that cannot be read are passed over and counted in `unreadable`.
    """

    name = "polygon"

    def __init__(self, rest: Rest, feed: str = "sip") -> None:
        self._rest = rest
        self.feed = feed
        self.unreadable = 0

    async def snapshots(self, symbols: Sequence[str] = ()) -> list[TickerSnapshot]:
        """How these tickers stand, the whole market where none is named."""
        params = {"tickers": ",".join(symbols)} if symbols else {}
        raw = await self._rest.get("snapshot", f"{SNAPSHOT}/tickers", params)
        large = len(raw) >= _LARGE
        return await asyncio.to_thread(self._shots, raw) if large else self._shots(raw)

    async def gainers(self) -> list[TickerSnapshot]:
        """The vendor's own 20 risers, best first."""
        return self._shots(await self._rest.get("gainers", f"{SNAPSHOT}/gainers"))

    async def grouped(self, day: int) -> dict[str, DailyBar]:
        """Every ticker's regular session of `day`, unadjusted."""
        path = f"{GROUPED}/{_iso(day)}"
        raw = await self._rest.get("grouped day", path, {"adjusted": "false"})
        return {
            row.T: DailyBar(row.c, row.v or 0.0)
            for row in self._read(_ROWS, raw, "grouped day").rows
            if row.T and row.c is not None and row.c > 0.0
        }

    async def minutes(self, symbol: str, first: int, last: int) -> list[MinuteVolume]:
        """Minutes with trades, extended hours included, in order; volumes unadjusted."""
        path = (
            f"/v2/aggs/ticker/{escaped(symbol, safe='')}/range/1/minute/{_iso(first)}/{_iso(last)}"
        )
        params = {"adjusted": "false", "sort": "asc", "limit": "50000"}
        rows = await self._all("minutes", path, params, _ROWS)
        return [MinuteVolume(row.t * MILLION, row.v) for row in rows if row.v]

    async def details(self, symbol: str) -> Details | None:
        """What the ticker is; None when the vendor does not follow it."""
        raw = await _or_none(
            lambda: self._rest.get("details", f"{TICKERS}/{escaped(symbol, safe='')}")
        )
        about = None if raw is None else self._about(raw)
        if about is None:
            return None
        return Details(
            symbol,
            name=about.name,
            kind=about.type,
            sic=_sic(about.sic_code),
            shares_outstanding=_positive(about.share_class_shares_outstanding)
            or _positive(about.weighted_shares_outstanding),
            market_cap=_positive(about.market_cap),
            listed_on=_day(about.list_date),
        )

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        """Its float; None when the vendor does not know it."""
        raw = await _or_none(
            lambda: self._rest.get("float", "/stocks/vX/float", {"ticker": symbol})
        )
        rows = [] if raw is None else self._read(_FLOATS, raw, "float").rows
        found = [row for row in rows if row.ticker in ("", symbol) and row.free_float]
        newest = max(found, key=lambda row: row.effective_date or "", default=None)
        if newest is None or newest.free_float is None:
            return None
        return SharesFloat(newest.free_float, _midnight(newest.effective_date))

    async def splits(self, first: int, last: int) -> list[Split]:
        """Every split with effect from a day between `first` and `last`, both included."""
        params = {
            "execution_date.gte": _iso(first),
            "execution_date.lte": _iso(last),
            "limit": "1000",
        }
        found: list[Split] = []
        for row in await self._all("splits", "/v3/reference/splits", params, _SPLITS):
            day = _day(row.execution_date)
            # The venue or an older server may not know the filter: it is held to here.
            if day is not None and first <= day <= last and min(row.split_from, row.split_to) > 0.0:
                found.append(Split(row.ticker, day, row.split_to / row.split_from))
        return found

    async def _all(
        self,
        subject: str,
        path: str,
        params: Mapping[str, str],
        reader: Rows[T],
    ) -> list[T]:
        """Every page of an answer."""
        page = self._read(reader, await self._rest.get(subject, path, params), subject)
        rows = list(page.rows)
        for _ in range(PAGES):
            if not page.next_url:
                return rows
            raw = await self._rest.follow(subject, page.next_url)
            page = self._read(reader, raw, subject)
            rows += page.rows
        raise self._rest.unreadable(subject, f"more than {PAGES} pages")

    def _shots(self, raw: bytes) -> list[TickerSnapshot]:
        return list(map(_snapshot, self._read(_SHOTS, raw, "snapshot").rows))

    def _about(self, raw: bytes) -> _About | None:
        try:
            return _ABOUT.decode(raw).told()
        except (Refused, *UNREADABLE) as error:
            raise self._none("details", error) from None

    def _read(self, reader: Rows[T], raw: bytes, subject: str) -> Page[T]:
        try:
            page = reader.read(raw)
        except (Refused, *UNREADABLE) as error:
            raise self._none(subject, error) from None
        self.unreadable += page.unreadable
        if page.unreadable:
            self._rest.leave_out(subject, page.unreadable, page.why)
        return page

    def _none(self, subject: str, error: Exception) -> TradeplatError:
        """What a body means that is no answer."""
        if isinstance(error, Refused) and error.denied:
            return self._rest.denied(subject, str(error))
        return self._rest.unreadable(subject, error)


def decoded(raw: bytes) -> list[TickerSnapshot]:
    """The snapshots of an answer's body; raises what `Rows.read` does where it is none."""
    return list(map(_snapshot, _SHOTS.read(raw).rows))


def _snapshot(shot: _Shot) -> TickerSnapshot:
    """The last trade's price, else the last minute's; the day's bar begins at the opening only, so
    volume is the minute's running sum, which counts what came before it.
    """
    trade, quote, minute = shot.last_trade, shot.last_quote, shot.min
    price = trade.p if trade is not None else None
    if not price and minute is not None:
        price = minute.c
    if not price and shot.day is not None:
        price = shot.day.c
    volume = minute.av if minute is not None else None
    if not volume and shot.day is not None:
        volume = shot.day.v
    return TickerSnapshot(
        shot.ticker,
        shot.updated or 0,
        price or None,
        volume,
        (shot.prev_day.c or None) if shot.prev_day is not None else None,
        quote.p if quote is not None else None,
        quote.P if quote is not None else None,
    )


async def _or_none(ask: Callable[[], Awaitable[T]]) -> T | None:
    """What is asked for; None where the vendor has no page of it."""
    try:
        return await ask()
    except Missing:
        return None


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0.0 else None


def _sic(code: str | int | None) -> str | None:
    text = "" if code is None else str(code).strip()
    return text.zfill(4) if text.isdecimal() and int(text) else None


def _iso(day: int) -> str:
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _day(text: str | None) -> int | None:
    found = _date(text)
    return None if found is None else found.year * 10000 + found.month * 100 + found.day


def _midnight(text: str | None) -> int:
    found = _date(text)
    return 0 if found is None else (found - date(1970, 1, 1)).days * 86_400 * SECOND
