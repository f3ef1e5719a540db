"""The guardian's own way to the broker: a few requests, and nothing shared with the daemon's."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self, TypeVar

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from tradeplat.core.closing import Placed, Stood, Working
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order
from tradeplat.core.ports import Held

PAGE = 500
_OVER = frozenset(
    {"filled", "canceled", "expired", "rejected", "replaced", "done_for_day", "calculated"}
)
_STOPS = frozenset({"stop", "stop_limit", "trailing_stop"})
_DUPLICATE = "must be unique"
T = TypeVar("T")


class Wire(msgspec.Struct, frozen=True):
    """An order as the broker shows it."""

    id: str
    symbol: str | None = None
    client_order_id: str | None = None
    side: str = "buy"
    type: str = "market"
    status: str = "new"
    qty: Decimal | None = None
    filled_qty: Decimal | None = None
    submitted_at: str | None = None
    legs: tuple["Wire", ...] | None = None

    @property
    def open(self) -> bool:
        """True while it may fill, held legs included."""
        return self.status not in _OVER

    @property
    def sign(self) -> int:
        """+1 to buy, -1 to sell."""
        return 1 if self.side == "buy" else -1

    @property
    def left(self) -> Decimal:
        """What of it may still fill, without sign."""
        return (self.qty or Decimal(0)) - (self.filled_qty or Decimal(0))


class _Position(msgspec.Struct):
    symbol: str
    qty: Decimal
    side: str | None = None
    qty_available: Decimal | None = None
    avg_entry_price: Decimal = Decimal(0)
    current_price: Decimal | None = None


class _Clock(msgspec.Struct):
    timestamp: datetime


class _Error(msgspec.Struct):
    message: str = ""


class Account:
    """One account by REST (core.closing.ClosingVenue; an async context).

    Raises Transient where there is no answer, Throttled where the broker asks to wait, Denied
    where it refuses the keys.
    """

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        self._session: ClientSession | None = None
        self._venue_ids: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        timeout = ClientTimeout(total=5.0, connect=2.0, sock_read=3.0)
        self._session = ClientSession(headers=self._headers, timeout=timeout, trust_env=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def orders(self) -> list[Wire]:
        """Every open order, legs in their parents, every page of them."""
        params = {"status": "open", "limit": str(PAGE), "nested": "true", "direction": "asc"}
        found: dict[str, Wire] = {}
        while True:
            page = _decoded(await self._read("/v2/orders", params), list[Wire])
            known = len(found)
            found.update((wire.id, wire) for wire in page)
            if sum(1 + len(wire.legs or ()) for wire in page) < PAGE or len(found) == known:
                return list(found.values())
            params["after"] = page[-1].submitted_at or ""

    async def legs(self, symbol: str) -> list[Wire]:
        """Open legs of brackets in `symbol`: no list of open orders shows those that are held."""
        params = {"status": "all", "limit": str(PAGE), "nested": "true", "symbols": symbol}
        rows = _decoded(await self._read("/v2/orders", params), list[Wire])
        return [leg for wire in rows for leg in wire.legs or () if leg.open]

    async def working(self) -> Sequence[Working]:
        """Every open order."""
        found = []
        for wire in each(await self.orders()):
            self._venue_ids[wire.client_order_id or wire.id] = wire.id
            name = wire.client_order_id or wire.id
            found.append(Working(name, wire.symbol or "", wire.filled_qty or Decimal(0)))
        return found

    async def held(self) -> Sequence[Held]:
        """Every position."""
        rows = _decoded(await self._read("/v2/positions"), list[_Position])
        return [_held(row) for row in rows]

    async def now(self) -> int:
        """The broker's clock, in UTC nanoseconds."""
        told = _decoded(await self._read("/v2/clock"), _Clock).timestamp
        return int(told.timestamp() * SECOND)

    async def withdraw_all(self) -> None:
        """One request for all orders."""
        await self._send("DELETE", "/v2/orders")

    async def withdraw(self, orders: Sequence[Working]) -> None:
        """One request for each order."""
        await self.cancel([self._venue_ids.get(order.id, order.id) for order in orders])

    async def cancel(self, venue_ids: Iterable[str]) -> None:
        """Ask for the cancel of each; what cannot be cancelled any more is over."""
        for venue_id in venue_ids:
            await self._send("DELETE", f"/v2/orders/{venue_id}")

    async def place(self, order: Order) -> Stood:
        """Place `order`; repeated, it finds the one that is there."""
        body: dict[str, object] = {
            "symbol": order.symbol,
            "qty": f"{abs(order.quantity):f}",
            "side": "buy" if order.quantity > 0 else "sell",
            "type": order.type.value,
            "time_in_force": "day",
            "client_order_id": order.id,
            "position_intent": "buy_to_close" if order.quantity > 0 else "sell_to_close",
        }
        if order.limit is not None:
            body["limit_price"] = f"{order.limit:f}"
        if order.extended:
            body["extended_hours"] = True
        try:
            status, raw = await self._send("POST", "/v2/orders", body=body)
        except Throttled:
            raise
        except Transient:
            return Stood(Placed.DOUBT)
        if 200 <= status < 300:
            return _stood(_decoded(raw, Wire))
        if status == 422 and _DUPLICATE in _words(raw):
            return await self.stands(order.id)
        return Stood(Placed.OVER)

    async def stands(self, order_id: str) -> Stood:
        """How an order of ours stands."""
        path, params = "/v2/orders:by_client_order_id", {"client_order_id": order_id}
        status, raw = await self._send("GET", path, params=params)
        return _stood(_decoded(raw, Wire)) if 200 <= status < 300 else Stood(Placed.DOUBT)

    async def close_all(self) -> None:
        """The broker's own way to close everything."""
        await self._send("DELETE", "/v2/positions", params={"cancel_orders": "true"})

    async def _read(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        status, raw = await self._send("GET", path, params=params)
        if not 200 <= status < 300:
            raise Transient(f"GET {path}: HTTP {status}")
        return raw

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> tuple[int, bytes]:
        assert self._session is not None
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if data is not None else None
        try:
            async with self._session.request(
                method,
                self._url + path,
                params=params,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                status, raw = answer.status, await answer.read()
                wait = answer.headers.get("Retry-After", "1")
        except (ClientError, TimeoutError, OSError) as error:
            raise Transient(f"{method} {path}: {str(error) or type(error).__name__}") from None
        if status == 429:
            raise Throttled(f"{method} {path}: too many requests", _seconds(wait))
        if status >= 500:
            raise Transient(f"{method} {path}: HTTP {status}")
        if status == 401:
            raise Denied("the broker refuses these keys")
        return status, raw


def each(orders: Iterable[Wire]) -> Iterable[Wire]:
    """Every open one of `orders` and of their legs."""
    for wire in orders:
        if wire.open:
            yield wire
        yield from each(wire.legs or ())


def guards(wire: Wire, held: Held) -> bool:
    """True for a stop that would close the position it belongs to."""
    return wire.type in _STOPS and wire.sign * held.quantity < 0


async def in_turn(jobs: Sequence[Awaitable[T]]) -> Sequence[T]:
    """Await `jobs` side by side."""
    return await asyncio.gather(*jobs)


def _held(row: _Position) -> Held:
    quantity = -abs(row.qty) if row.side == "short" else row.qty
    free = quantity if row.qty_available is None else abs(row.qty_available).copy_sign(quantity)
    return Held(row.symbol, quantity, free, row.avg_entry_price, row.current_price)


def _stood(wire: Wire) -> Stood:
    return Stood(Placed.OPEN if wire.open else Placed.OVER, wire.filled_qty or Decimal(0))


def _decoded(raw: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=shape, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Transient(f"unreadable answer: {error}") from None


def _words(raw: bytes) -> str:
    try:
        return msgspec.json.decode(raw, type=_Error).message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.05), 10.0)
    except ValueError:
        return 1.0
