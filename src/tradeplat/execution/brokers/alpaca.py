"""Alpaca as a broker: orders by our id, sent once, and an account feed that misses nothing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from tradeplat.core.errors import Ambiguous, Corrupt, Transient
from tradeplat.core.market import DAY, SECOND
from tradeplat.core.orders import Order, OrderState, Purpose, Report
from tradeplat.core.ports import Clock
from tradeplat.execution.brokers.alpaca_account import AlpacaAccount
from tradeplat.execution.brokers.alpaca_codec import (
    DUPLICATE_ID,
    Unreadable,
    VenueError,
    WireFrame,
    WireOrder,
    WireUpdate,
    decode_order,
    decode_orders,
    decode_update,
    order_body,
    replace_body,
    stamp,
    stamp_text,
)
from tradeplat.execution.brokers.alpaca_names import Names, next_id, parent_of
from tradeplat.execution.brokers.alpaca_rest import Answer, Limits, Rest, deny
from tradeplat.execution.brokers.alpaca_socket import TRADE_UPDATES, AccountSocket
from tradeplat.execution.brokers.alpaca_watch import Served
from tradeplat.execution.brokers.budget import Need

__all__ = ["AlpacaBroker"]

PAGE = 500
"""Orders a page, the most the venue gives."""

_BUSINESS = frozenset({400, 401, 403, 422})
_NOT_CANCELABLE = frozenset({404, 409, 422})
_REFUSED_REPLACE = frozenset({400, 403, 404, 409, 422})
_MULTI_LEG = frozenset({"bracket", "oto", "oco"})
_LEG_WAITS = (0.005, 0.1, 0.2, 0.4, 0.8)
_OVERLAP = 60 * SECOND


class AlpacaBroker(AlpacaAccount):
    """One Alpaca account (core.ports.Broker, Replaces, BrokerBook and Closes).

    `url` is the trading host without /v2. `async with` holds the HTTP session. Every venue order
    has one local id for good (alpaca_names.py); until the account feed has been entered once,
    what strangers have filled counts as part of the account's position.
    """

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        clock: Clock,
        limits: Limits = Limits(),
    ) -> None:
        super().__init__(Rest(url, key, secret, limits), clock, Names())
        self._socket_url = url.rstrip("/").replace("http", "ws", 1) + "/stream"
        self._limits = limits
        self._adopting = True
        self._latest = 0
        self._served = Served()
        self.updates_taken = 0
        """Trade updates of the account feed that were handed on, consumer included."""

    async def __aenter__(self) -> Self:
        await self._rest.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._rest.__aexit__(kind, error, trace)

    @property
    def idempotent_submit(self) -> bool:
        """True: the venue refuses a client order id it has seen, and we adopt that order."""
        return True

    @property
    def order_requests(self) -> int:
        """Requests sent so far to place, change or cancel an order."""
        return self._rest.changes

    async def submit(self, order: Order) -> list[Report]:
        """Send `order` once; the venue's refusal is a report, doubt is Ambiguous."""
        self.names.remember(order)
        need = Need.ENTRY if order.purpose is Purpose.ENTRY else Need.RESERVED
        answer = await self._rest.send("POST", "/v2/orders", body=order_body(order), need=need)
        if answer.ok:
            return self._placed(order, answer)
        error = answer.error
        if error is None or answer.status not in _BUSINESS:
            raise Ambiguous(f"order {order.id}: HTTP {answer.status} not from the venue itself")
        if answer.status == 422 and DUPLICATE_ID in error.message:
            return await self._adopt(order)
        self.names.forget_legs(order.id)
        return [self._refusal(order, error)]

    async def cancel(self, order: Order) -> bool:
        """Ask for a cancel; False when the venue says there is nothing to cancel."""
        venue_id = await self._venue_id(order)
        if not venue_id:
            return False
        answer = await self._rest.send("DELETE", f"/v2/orders/{venue_id}", need=Need.CANCEL)
        if answer.ok:
            return True
        deny(answer)
        if answer.error is not None and answer.status in _NOT_CANCELABLE:
            return False
        raise Ambiguous(f"cancel of {order.id}: HTTP {answer.status}")

    async def replace(
        self, order: Order, limit: Decimal | None, stop: Decimal | None
    ) -> list[Report]:
        """Move a working order; repeated, it reads what became of the first request."""
        venue_id = await self._venue_id(order)
        if not venue_id:
            return []
        body = replace_body(order, limit, stop, next_id(order.id))
        answer = await self._rest.send("PATCH", f"/v2/orders/{venue_id}", body=body)
        if answer.ok:
            placed = self._told(decode_order(answer.body))
            return placed + (await self.find(order.id) or [])
        error = answer.error
        if error is None or answer.status not in _REFUSED_REPLACE:
            raise Ambiguous(f"replace of {order.id}: HTTP {answer.status}")
        found = await self.find(order.id) or []
        return [replace(report, reason=report.reason or error.message) for report in found]

    async def find(self, order_id: str) -> list[Report] | None:
        """How the order stands, with its legs and whatever replaced it."""
        wire = await self._lookup(order_id)
        if wire is None:
            return None
        reports = self._told(wire)
        passed = {wire.id}
        while wire is not None and wire.replaced_by and wire.replaced_by not in passed:
            passed.add(wire.replaced_by)
            wire = await self._by_venue_id(wire.replaced_by)
            reports += [] if wire is None else self._told(wire)
        return reports

    def know(self, orders: Iterable[Order]) -> None:
        """Our orders of an earlier life: their legs find them, and whatever a stranger's order has
        filled from now on counts beside the position that was known.
        """
        # Of orders that the venue gave one id, the one that works is meant by it, else the last.
        known = sorted(orders, key=lambda order: (order.open, order.created))
        for order in known:
            self.names.recall(order)
        self._adopting = self._adopting and not known

    async def read_order(self, venue_id: str) -> list[Report]:
        """How the order of this venue id stands, whoever's it is; empty when there is none."""
        wire = await self._by_venue_id(venue_id)
        return [] if wire is None else self.names.reports(wire)

    async def closed_orders(self, since: int) -> list[Report]:
        """Every order submitted at or after `since` (UTC ns) that is over, legs included."""
        return [
            report for wire in await self._pages("closed", since) for report in self._told(wire)
        ]

    async def open_orders(self) -> list[Report]:
        """Every open order of the account, legs and strangers included."""
        reports: list[Report] = []
        for wire in await self._open():
            # Of a bracket whose POST got no answer, a leg may be listed before its entry is known.
            reports += await self._learn_legs(wire)
            reports += self._told(wire)
        return reports

    @asynccontextmanager
    async def updates(self) -> AsyncIterator[AsyncIterator[Report]]:
        """The account's reports: first how everything stands, then each change, none missed.

        Entering subscribes, then reads open orders and what closed since the last report; frames
        that arrive meanwhile follow. Iterating raises Transient when the socket is lost.
        """
        socket = AccountSocket(await self._rest.socket(self._socket_url), self._limits)
        try:
            early = await socket.listen(self._rest.login)
            snapshot = await self._snapshot()
            self._adopting = False
            self._served.begin(asyncio.get_running_loop().time())
            async with aclosing(self._events(socket, early, snapshot)) as events:
                yield events
        finally:
            await socket.close()

    async def _snapshot(self) -> list[Report]:
        reports = await self.open_orders()
        listed = {report.order_id for report in reports}
        for order_id in sorted(self.names.open_ids - listed):
            reports += await self.find(order_id) or []
        if self._latest:
            for wire in await self._pages("closed", self._latest - _OVERLAP):
                reports += self._told(wire)
        return reports

    async def _events(
        self, socket: AccountSocket, early: list[WireFrame], snapshot: list[Report]
    ) -> AsyncGenerator[Report, None]:
        for report in snapshot:
            yield report
        for frame in early:
            for report in await self._update(frame):
                yield report
            self.updates_taken += 1
        while True:
            heard = await socket.next()
            if heard is None:
                for report in await self._probe():
                    yield report
            elif heard.stream == TRADE_UPDATES:
                for report in await self._update(heard):
                    yield report
                self.updates_taken += 1
            elif heard.stream == "authorization":
                raise Transient("account socket: authorization withdrawn")

    async def _probe(self) -> list[Report]:
        """After a long silence, ask for the newest order: was there nothing, or nothing told."""
        now = asyncio.get_running_loop().time()
        if not self._served.unprobed(now):
            return []
        newest = {"status": "all", "limit": "1", "direction": "desc", "nested": "true"}
        try:
            raw = await self._rest.must_read("/v2/orders", newest, Need.POLL)
        except Transient:
            # That reading fails says nothing of the socket.
            return []
        reports = [report for wire in decode_orders(raw) for report in self._told(wire)]
        self._served.probed(now)
        return reports

    async def _update(self, frame: WireFrame) -> list[Report]:
        update = decode_update(frame)
        self._served.hear(update.order, asyncio.get_running_loop().time())
        learnt = await self._learn_legs(update.order)
        return learnt + self._told(update.order, update)

    async def _learn_legs(self, wire: WireOrder) -> list[Report]:
        """Ask for brackets whose legs are not known yet: `wire` may be one of them.

        A leg's update can come before the answer to its bracket's POST, and does not name the
        parent. Taking it for a stranger's order would book its fills to nobody's strategy.
        """
        learnt: list[Report] = []
        for wait in _LEG_WAITS:
            if self.names.known(wire) or not self.names.awaiting(wire.symbol or ""):
                break
            await asyncio.sleep(wait)
            # The POST's answer may have told by now; it also shortens the list of those to ask.
            for parent in self.names.awaiting(wire.symbol or ""):
                learnt += await self.find(parent) or []
        if not self.names.known(wire) and self.names.awaiting(wire.symbol or ""):
            # A venue that does not know an id yet may still list its order.
            for listed in await self._pages("all", _made(wire) - DAY):
                self.names.learn(listed)
        return learnt

    def _told(self, wire: WireOrder, update: WireUpdate | None = None) -> list[Report]:
        if update is None:
            self._served.read(wire, asyncio.get_running_loop().time())
        reports = self.names.reports(wire, update, adopting=self._adopting)
        self._latest = max((report.ts for report in reports), default=self._latest)
        return reports

    def _placed(self, order: Order, answer: Answer) -> list[Report]:
        try:
            wire = decode_order(answer.body)
            reports = self._told(wire)
        except Unreadable as error:
            raise Ambiguous(f"order {order.id}: {error}") from None
        if wire.client_order_id != order.id:
            raise Ambiguous(f"order {order.id}: answered about {wire.client_order_id}")
        return reports

    def _refusal(self, order: Order, error: VenueError) -> Report:
        told = f"{error.status} {error.code}".strip()
        return Report(
            order.id,
            order.symbol,
            OrderState.REJECTED,
            self._clock.now(),
            reason=f"{error.message} ({told})",
        )

    async def _adopt(self, order: Order) -> list[Report]:
        """The order that holds this id at the venue, if it is the one we mean (trap 17)."""
        try:
            wire = await self._lookup(order.id)
        except Transient as error:
            raise Ambiguous(f"order {order.id} exists at the venue; {error}") from None
        if wire is None:
            raise Ambiguous(f"order {order.id} exists at the venue, but is not found")
        side = "buy" if order.quantity > 0 else "sell"
        if (wire.symbol, wire.side, wire.qty) != (order.symbol, side, abs(order.quantity)):
            raise Corrupt(
                f"order id {order.id} is {wire.side} {wire.qty} {wire.symbol} at the venue, "
                f"ours is {side} {abs(order.quantity)} {order.symbol}"
            )
        return self._told(wire)

    async def _venue_id(self, order: Order) -> str:
        venue_id = self.names.venue_id(order.id)
        if not venue_id and self.names.by_venue_id.get(order.venue_id, order.id) == order.id:
            # Unless the venue has given that id to another order since.
            venue_id = order.venue_id
        if not venue_id and await self.find(order.id) is not None:
            venue_id = self.names.venue_id(order.id)
        if venue_id in self.names.shared:
            # An entry shows when its leg was made: of an earlier life that is not known.
            await self._leg(order.id)
            holder = await self._by_venue_id(venue_id)
            if holder is None or self.names.is_another(holder, order.id):
                # What is asked of this id would happen to somebody else.
                return ""
        return venue_id

    async def _lookup(self, order_id: str) -> WireOrder | None:
        venue_id = self.names.venue_id(order_id)
        if venue_id:
            found = await self._by_venue_id(venue_id)
            if found is None or not self.names.is_another(found, order_id):
                return found
            # The venue gave that id to another order: ours goes by its own name, or its entry's.
            self._told(found)
        if (leg := await self._leg(order_id)) is not None:
            return leg
        params = {"client_order_id": order_id, "nested": "true"}
        raw = await self._rest.read("/v2/orders:by_client_order_id", params)
        if raw is None:
            return None
        wire = decode_order(raw)
        if wire.order_class in _MULTI_LEG and not wire.legs:
            whole = await self._by_venue_id(wire.id)
            return wire if whole is None or self.names.is_another(whole, order_id) else whole
        return wire

    async def _leg(self, order_id: str) -> WireOrder | None:
        """The leg of this name as its entry shows it, None for what is no leg."""
        parent = parent_of(order_id)
        entry = await self._lookup(parent) if parent else None
        if entry is not None:
            self._told(entry)
        return None if entry is None else self.names.leg(entry, order_id)

    async def _by_venue_id(self, venue_id: str) -> WireOrder | None:
        raw = await self._rest.read(f"/v2/orders/{venue_id}", {"nested": "true"})
        return None if raw is None else decode_order(raw)

    async def _open(self) -> list[WireOrder]:
        """Open orders; at the start, legs of brackets that we sent in an earlier life are named.

        A leg whose entry has filled is listed alone and does not say whose it is; the entry does.
        """
        found = await self._pages("open", 0)
        nameless = [wire for wire in found if not self.names.known(wire)]
        if self._adopting and nameless:
            since = min(_made(wire) for wire in nameless)
            for wire in await self._pages("closed", since - DAY):
                self.names.learn(wire)
        return found

    async def _pages(self, status: str, after: int) -> list[WireOrder]:
        """All orders of `status` submitted after `after`, every page of them."""
        params = {"status": status, "limit": str(PAGE), "nested": "true", "direction": "asc"}
        found: dict[str, WireOrder] = {}
        while True:
            if after:
                params["after"] = stamp_text(after)
            page = decode_orders(await self._rest.must_read("/v2/orders", params))
            known = len(found)
            found.update((wire.id, wire) for wire in page)
            rows = sum(1 + len(wire.legs or ()) for wire in page)
            if rows < PAGE or len(found) == known:
                return list(found.values())
            # One nanosecond back: orders of the same instant may lie on both sides of the seam.
            after = stamp(page[-1].submitted_at or page[-1].created_at or "") - 1


def _made(wire: WireOrder) -> int:
    """When the venue took the order in (UTC ns)."""
    return stamp(wire.submitted_at or wire.created_at or "")
