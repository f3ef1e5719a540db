"""Protective legs follow the level last asked for, one move at a time."""

from decimal import Decimal
from functools import partial

from msgspec.structs import replace

from tradeplat.core.orders import Order, OrderState, Purpose
from tradeplat.execution.errands import Errands
from tradeplat.execution.results import Results
from tradeplat.execution.timings import Alarm, TradingBroker

_Key = tuple[str, Purpose]
_SETTLED = frozenset({OrderState.WORKING, OrderState.PARTIAL})


class Protection:
    """Where each entry's stop and target shall be.

    Levels asked for while a leg is being moved replace one another: only the newest is sent. A leg
    that is not known yet is moved when it appears; one the entry was sent without cannot be added
    at the venue, which is told once. A refused move is told and not repeated.
    """

    def __init__(
        self, broker: TradingBroker, results: Results, errands: Errands, alarm: Alarm
    ) -> None:
        self._broker = broker
        self._results = results
        self._errands = errands
        self._alarm = alarm
        self._wanted: dict[_Key, Decimal] = {}
        self._moving: set[_Key] = set()
        self._absent: set[_Key] = set()

    def want(self, parent: str, stop: Decimal | None, target: Decimal | None) -> None:
        """Put the legs of entry `parent` at these levels; None leaves a leg where it is."""
        for purpose, level in ((Purpose.STOP, stop), (Purpose.TARGET, target)):
            if level is not None and self._exists(parent, purpose):
                self._wanted[parent, purpose] = level
                self._start((parent, purpose))

    def heard(self, order: Order) -> None:
        """Take in how a leg, or the entry it belongs to, now stands."""
        if not order.parent:
            if not order.open and not order.filled:
                for purpose in (Purpose.STOP, Purpose.TARGET):
                    self._wanted.pop((order.id, purpose), None)
            return
        key = (order.parent, order.purpose)
        if not order.open and order.state is not OrderState.REPLACED:
            self._absent -= {(order.parent, Purpose.STOP), (order.parent, Purpose.TARGET)}
        if key not in self._wanted:
            return
        if order.open:
            self._start(key)
        elif order.state is not OrderState.REPLACED:
            self._wanted.pop(key)

    def _exists(self, parent: str, purpose: Purpose) -> bool:
        entry = self._results.book.order(parent)
        if entry is None or self._leg((parent, purpose)) is not None:
            return True
        asked = entry.stop_loss if purpose is Purpose.STOP else entry.take_profit
        if asked is None and (parent, purpose) not in self._absent:
            self._absent.add((parent, purpose))
            self._alarm("leg_absent", f"{parent} was entered without a {purpose}")
        return asked is not None

    def _start(self, key: _Key) -> None:
        leg = self._leg(key)
        if leg is not None and leg.state in _SETTLED and key not in self._moving:
            self._moving.add(key)
            self._errands.add(partial(self._move, key))

    async def _move(self, key: _Key) -> None:
        leg, level = self._leg(key), self._wanted.get(key)
        if leg is not None and level is not None and level != _price(leg):
            self._results.move(leg.id, OrderState.REPLACE_PENDING)
            await self._send(leg, level)
            moved = self._leg(key)
            if moved is not None and moved.id == leg.id and moved.state in _SETTLED:
                self._alarm("move_refused", f"{leg.id} to {level}: {moved.reason or 'refused'}")
        await self._fit(key)
        self._done(key, level)

    async def _fit(self, key: _Key) -> None:
        """Shrink a leg that outgrew the position: its predecessor filled while it was moved."""
        leg = self._leg(key)
        entry = self._results.book.order(key[0])
        if leg is None or entry is None or entry.open or leg.state not in _SETTLED:
            return
        held = self._results.book.held(leg.strategy, leg.symbol).quantity
        excess = abs(leg.leaves) - abs(held)
        price = _price(leg)
        if held and excess > 0 and price is not None:
            await self._send(replace(leg, filled=leg.filled + excess), price)

    async def _send(self, leg: Order, level: Decimal) -> None:
        stop = leg.purpose is Purpose.STOP
        limit_price, stop_price = (None, level) if stop else (level, None)
        await self._results.reports(await self._broker.replace(leg, limit_price, stop_price))

    def _done(self, key: _Key, level: Decimal | None) -> None:
        self._moving.discard(key)
        if self._wanted.get(key) == level:
            self._wanted.pop(key, None)
        else:
            self._start(key)

    def _leg(self, key: _Key) -> Order | None:
        """The open leg of this entry and purpose; the newest where one replaces another."""
        parent, purpose = key
        found = None
        for order in self._results.book.open_orders.values():
            if order.parent == parent and order.purpose is purpose:
                found = order
        return found


def _price(leg: Order) -> Decimal | None:
    return leg.stop if leg.purpose is Purpose.STOP else leg.limit
