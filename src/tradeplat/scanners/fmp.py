"""Financial Modeling Prep: what tickers are, how many shares float, and the day's risers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import TypeVar

import msgspec

from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import SECOND
from tradeplat.scanners.rest import Missing, Rest, reason_in
from tradeplat.scanners.sources import Details, SharesFloat, TickerSnapshot

PROFILE, FLOAT, GAINERS = "/stable/profile", "/stable/shares-float", "/stable/biggest-gainers"
A_DAY, A_MINUTE = 250, 300
"""Requests that the free plan allows in 24 hours, and the smallest paid one in a minute."""
_EXHAUSTED = "limit reach"
_PLAN = ("exclusive", "premium", "special", "legacy", "subscription", "upgrade", "api key")
"""Words of a refusal that a person has to answer."""
_T = TypeVar("_T")


class _Profile(msgspec.Struct, rename="camel"):
    symbol: str
    company_name: str | None = None
    market_cap: float | None = None
    ipo_date: str | None = None
    is_etf: bool | None = None
    is_fund: bool | None = None
    is_adr: bool | None = None


class _Float(msgspec.Struct, rename="camel"):
    symbol: str
    float_shares: float | None = None
    date: str | None = None


class _Gainer(msgspec.Struct, rename="camel"):
    symbol: str
    price: float | None = None
    change: float | None = None
    changes_percentage: float | None = None


_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_PROFILES = msgspec.json.Decoder(_Profile)
_FLOATS = msgspec.json.Decoder(_Float)
_GAINERS = msgspec.json.Decoder(_Gainer)


class Fmp:
    """Reads the vendor through `rest`, whose budget holds the quota of the plan
    (scanners.sources.Reference; its `gainers` are a Market's).

    The vendor reports faults in bodies with status 200 as well: they are raised as Throttled,
    Denied or Transient like any other. Rows that cannot be read are counted in `unreadable`.
    """

    name = "fmp"

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.unreadable = 0

    async def details(self, symbol: str) -> Details | None:
        """The company behind a ticker; the vendor tells neither SIC code nor shares outstanding."""
        row = await self._one("profile", PROFILE, symbol, _PROFILES)
        if row is None:
            return None
        flags = ((row.is_etf, "ETF"), (row.is_fund, "FUND"), (row.is_adr, "ADRC"))
        return Details(
            symbol,
            row.company_name or None,
            next((kind for flag, kind in flags if flag), None),
            market_cap=_positive(row.market_cap),
            listed_on=_day(row.ipo_date or ""),
        )

    async def shares_float(self, symbol: str) -> SharesFloat | None:
        """Shares that the public can trade, as of the vendor's date."""
        row = await self._one("shares-float", FLOAT, symbol, _FLOATS)
        shares = _positive(row.float_shares) if row is not None else None
        if row is None or shares is None:
            return None
        return SharesFloat(shares, _instant(row.date or ""))

    async def gainers(self) -> list[TickerSnapshot]:
        """The vendor's list of risers, best first."""
        rows = await self._rows("biggest-gainers", GAINERS, {}, _GAINERS)
        found = [(_rise(row), row) for row in rows if _positive(row.price) is not None]
        found.sort(key=lambda pair: (-(pair[0] or 0.0), pair[1].symbol))
        return [
            TickerSnapshot(ours(row.symbol), price=row.price, previous=_before(row))
            for _, row in found
        ]

    async def _one(
        self, subject: str, path: str, symbol: str, row: "msgspec.json.Decoder[_T]"
    ) -> "_T | None":
        """The row of `symbol`; None where the vendor has none."""
        asked = symbol.replace(".", "-")
        try:
            rows = await self._rows(subject, path, {"symbol": asked}, row)
        except Missing:
            return None
        return next((one for one in rows if ours(getattr(one, "symbol", "")) == symbol), None)

    async def _rows(
        self, subject: str, path: str, params: Mapping[str, str], row: "msgspec.json.Decoder[_T]"
    ) -> "list[_T]":
        raw = await self._rest.get(subject, path, params)
        try:
            rows = _ROWS.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise self._refused(subject, raw, error) from None
        found = []
        for one in rows:
            try:
                found.append(row.decode(one))
            except (msgspec.MsgspecError, RecursionError, UnicodeError):
                self.unreadable += 1
        return found

    def _refused(self, subject: str, raw: bytes, error: Exception) -> TradeplatError:
        """What a body means that is no list: the vendor's words tell."""
        said = reason_in(raw)
        if _EXHAUSTED in said.lower():
            return self._rest.exhausted(subject)
        if any(word in said.lower() for word in _PLAN):
            return self._rest.denied(subject, said)
        return self._rest.unreadable(subject, said or error)


def ours(symbol: str) -> str:
    """A ticker as we write it: the vendor writes a class of shares behind a dash."""
    return symbol.strip().upper().replace("-", ".")


def _rise(row: _Gainer) -> float | None:
    before = _before(row)
    return row.price / before - 1.0 if row.price is not None and before else None


def _before(row: _Gainer) -> float | None:
    """The last close, from the change in money, else from that in percent."""
    if row.price is None:
        return None
    if row.change is not None and isfinite(row.change):
        return _positive(row.price - row.change)
    percent = row.changes_percentage
    if percent is None or not isfinite(percent) or percent <= -100.0:
        return None
    return _positive(row.price / (1.0 + percent / 100.0))


def _positive(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) and value > 0.0 else None


def _day(text: str) -> int | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day.year * 10_000 + day.month * 100 + day.day


def _instant(text: str) -> int:
    """UTC nanoseconds of a date, with or without a time; 0 when it is none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp()) * SECOND
