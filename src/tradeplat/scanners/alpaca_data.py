"""Alpaca's screener, snapshots and asset list as plain rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from tradeplat.core.errors import Corrupt, Denied, Throttled, Transient
from tradeplat.scanners.budget import Budget
from tradeplat.scanners.rest import LARGEST

NEW_YORK = ZoneInfo("America/New_York")
_BATCH = 100
"""Symbols a snapshot request; longer ones meet limits on the length of an address."""
_T = TypeVar("_T")


class Mover(NamedTuple):
    """One gainer: its price and its change in percent since the last close."""

    symbol: str
    price: float | None
    change: float | None


class Snapshot(NamedTuple):
    """A ticker now: last price, last session's close, today's volume, best bid and offer."""

    price: float | None
    previous: float | None
    volume: float | None
    bid: float | None
    ask: float | None


Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
"""A price or a volume; 0 where there is none."""

Name = Annotated[str, msgspec.Meta(min_length=1)]
"""A symbol."""


class _Mover(msgspec.Struct):
    symbol: Name
    price: Amount | None = None
    percent_change: float | None = None


class _Movers(msgspec.Struct):
    gainers: list[msgspec.Raw]


class _Active(msgspec.Struct):
    symbol: Name
    volume: Amount | None = None


class _Actives(msgspec.Struct):
    most_actives: list[msgspec.Raw]


class _Trade(msgspec.Struct):
    p: Amount | None = None
    t: str | None = None


class _Quote(msgspec.Struct):
    bp: Amount | None = None
    ap: Amount | None = None


class _Bar(msgspec.Struct):
    c: Amount | None = None
    v: Amount | None = None
    t: str | None = None


class _Snapshot(msgspec.Struct, rename="camel"):
    latest_trade: _Trade | None = None
    latest_quote: _Quote | None = None
    minute_bar: _Bar | None = None
    daily_bar: _Bar | None = None
    prev_daily_bar: _Bar | None = None


class _Asset(msgspec.Struct):
    symbol: Name
    status: str | None = None
    tradable: bool | None = None
    asset_class: str | None = msgspec.field(default=None, name="class")


_MOVERS = msgspec.json.Decoder(_Movers)
_ACTIVES = msgspec.json.Decoder(_Actives)
_SNAPSHOTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ASSETS = msgspec.json.Decoder(list[msgspec.Raw])
_MOVER = msgspec.json.Decoder(_Mover)
_ACTIVE = msgspec.json.Decoder(_Active)
_SNAPSHOT = msgspec.json.Decoder(_Snapshot | None)
_ASSET = msgspec.json.Decoder(_Asset)
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)


class AlpacaScreener:
    """Reads the screener and snapshots at `data_url` and the assets at `trading_url`.

    `async with` holds the HTTP session. Credentials refused raise Denied, a spent budget
    Throttled, anything else that is no answer Transient. Snapshots come from `feed`; `builtin`
    and an empty name let the venue choose. What it asks is paid from `budget`, where it has one.
    Rows that cannot be read are passed over and counted in `unreadable`.
    """

    def __init__(
        self,
        data_url: str,
        trading_url: str,
        key: str,
        secret: str,
        feed: str = "iex",
        *,
        budget: Budget | None = None,
    ) -> None:
        self._data = data_url.rstrip("/")
        self._trading = trading_url.rstrip("/")
        self._headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        self._session: ClientSession | None = None
        self._budget = budget
        self.feed = feed
        self.unreadable = 0

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            headers=self._headers,
            timeout=ClientTimeout(total=10.0, connect=2.0),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def gainers(self, top: int) -> list[Mover]:
        """The `top` risers since the last close, best first."""
        raw = await self._get(f"{self._data}/v1beta1/screener/stocks/movers", {"top": str(top)})
        rows = self._each(_MOVER, _read(_MOVERS, raw, "movers").gainers)
        return [Mover(row.symbol, row.price, row.percent_change) for row in rows]

    async def actives(self, top: int) -> dict[str, float | None]:
        """The `top` most traded tickers and their volume today."""
        where = f"{self._data}/v1beta1/screener/stocks/most-actives"
        raw = await self._get(where, {"top": str(top), "by": "volume"})
        rows = self._each(_ACTIVE, _read(_ACTIVES, raw, "most actives").most_actives)
        return {row.symbol: row.volume for row in rows}

    async def snapshots(self, symbols: Sequence[str]) -> dict[str, Snapshot]:
        """How these tickers stand; those the venue knows nothing of are left out."""
        found: dict[str, Snapshot] = {}
        for start in range(0, len(symbols), _BATCH):
            params = {"symbols": ",".join(symbols[start : start + _BATCH])}
            if self.feed not in ("", "builtin"):
                params["feed"] = self.feed
            raw = await self._get(f"{self._data}/v2/stocks/snapshots", params)
            for name, one in _read(_SNAPSHOTS, raw, "snapshots").items():
                for row in self._each(_SNAPSHOT, [one]):
                    if row is not None:
                        found[name] = _now(row)
        return found

    async def assets(self) -> dict[str, bool]:
        """Every active US stock, and whether orders in it are taken."""
        params = {"status": "active", "asset_class": "us_equity"}
        raw = await self._get(f"{self._trading}/v2/assets", params)
        told = _read(_ASSETS, raw, "assets")
        rows = self._each(_ASSET, told)
        if told and not rows:
            raise Transient("alpaca scan: unreadable assets: none of the rows is one")
        return {
            row.symbol: row.tradable is True
            for row in rows
            if row.status in (None, "active") and row.asset_class in (None, "us_equity")
        }

    def _each(self, decoder: msgspec.json.Decoder[_T], rows: Iterable[msgspec.Raw]) -> list[_T]:
        found: list[_T] = []
        for row in rows:
            try:
                found.append(decoder.decode(row))
            except _UNREADABLE:
                self.unreadable += 1
        return found

    async def _get(self, url: str, params: Mapping[str, str]) -> bytes:
        if self._session is None:
            raise Corrupt("the screener was used before it was entered")
        if self._budget is not None:
            await self._budget.take()
        try:
            async with self._session.get(url, params=params, allow_redirects=False) as answer:
                status, body, headers = answer.status, await _body(url, answer), answer.headers
        except (ClientError, TimeoutError, OSError) as error:
            told = str(error) or type(error).__name__
            raise Transient(f"alpaca scan: no answer from {url} ({told})") from None
        wait = self._budget.hear(status, headers) if self._budget is not None else 0.0
        if status == 200:
            return body
        if status in (401, 403):
            raise Denied(f"alpaca scan: {url} refuses these API keys (HTTP {status})")
        if wait or status == 429:
            raise Throttled(f"alpaca scan: too many requests to {url}", wait or _wait(headers))
        raise Transient(f"alpaca scan: {url} answers HTTP {status}")


async def _body(url: str, answer: ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(1 << 18):
        size += len(part)
        if size > LARGEST:
            raise Transient(f"alpaca scan: the answer of {url} is above {LARGEST:,} B")
        parts.append(part)
    return b"".join(parts)


def _now(row: _Snapshot) -> Snapshot:
    """Put the parts of a snapshot in place: a daily bar may still be the last session's."""
    trade, quote = row.latest_trade or _Trade(), row.latest_quote or _Quote()
    today, before = row.daily_bar, row.prev_daily_bar
    minute = row.minute_bar
    price = trade.p if trade.p is not None else minute.c if minute is not None else None
    if today is not None and _older(today.t, trade.t):
        today, before = None, today
    previous = before.c if before is not None else None
    volume = today.v if today is not None else None
    return Snapshot(price, previous, volume, quote.bp, quote.ap)


def _older(bar: str | None, trade: str | None) -> bool:
    """True when the daily bar is of an earlier New York day than the last trade."""
    day, now = _day(bar), _day(trade)
    return day is not None and now is not None and day < now


def _day(text: str | None) -> date | None:
    try:
        whole = datetime.fromisoformat(f"{(text or '')[:19]}+00:00")
    except ValueError:
        return None
    return whole.astimezone(NEW_YORK).date()


def _wait(headers: Mapping[str, str]) -> float:
    try:
        return min(max(float(headers.get("Retry-After", "10")), 1.0), 120.0)
    except ValueError:
        return 10.0


def _read(decoder: msgspec.json.Decoder[_T], raw: bytes, what: str) -> _T:
    try:
        return decoder.decode(raw)
    except _UNREADABLE as error:
        raise Transient(f"alpaca scan: unreadable {what}: {error}") from None
