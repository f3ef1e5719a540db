"""Stops and targets as they stood over time, whoever guarded them: the venue or the strategy."""

from decimal import Decimal
from math import isnan, nan

import msgspec

from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import Fill, Order, Purpose
from tradeplat.core.ports import Verdict

ZERO = Decimal(0)
_Key = tuple[str, str, Purpose]


class Level(msgspec.Struct):
    """A protective level from `start` to `end` (0: to the end of the record), UTC ns.

    `kind` is STOP or TARGET; `order_id` is empty where the strategy guarded the level itself.
    """

    symbol: str
    strategy: str
    kind: Purpose
    price: float
    start: int
    end: int = 0
    order_id: str = ""


class Levels:
    """Collects the levels of a session, call by call.

    A working stop or target order is a level. Where none works (venues take no bracket outside
    regular hours), what the strategy wished for is one, for as long as it holds the symbol.
    """

    def __init__(self) -> None:
        self.all: list[Level] = []
        """Every level, oldest first."""
        self._orders: dict[str, Level] = {}
        self._guards: dict[_Key, Level] = {}
        self._working: dict[_Key, int] = {}
        self._wishes: dict[str, Intent] = {}
        self._held: dict[tuple[str, str], Decimal] = {}

    def on_decision(
        self, now: int, symbol: str, strategy: str, intent: Intent, verdict: Verdict
    ) -> None:
        """Take in a wish for a level."""
        if isinstance(verdict, Order) and verdict.purpose is Purpose.ENTRY:
            kept = Intent(
                Action.PROTECT,
                0.0,
                nan,
                intent.stop if verdict.stop_loss is None else nan,
                intent.target if verdict.take_profit is None else nan,
            )
            self._wishes[verdict.id] = kept
        elif intent.action is Action.PROTECT and self._held.get((symbol, strategy)):
            self._guard(now, symbol, strategy, intent)

    def on_change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Take in one step of an order."""
        if order.purpose is Purpose.STOP or order.purpose is Purpose.TARGET:
            self._follow(now, order)
        if fill is not None:
            self._book(now, fill)
        if not order.open:
            self._wishes.pop(order.id, None)

    def _follow(self, now: int, order: Order) -> None:
        key = (order.symbol, order.strategy, order.purpose)
        exact = order.stop if order.purpose is Purpose.STOP else order.limit
        price = float(exact) if order.open and exact is not None else None
        before = self._orders.get(order.id)
        if before is not None and before.price != price:
            before.end = now
            del self._orders[order.id]
            self._working[key] -= 1
        if price is not None and order.id not in self._orders:
            self._orders[order.id] = self._add(key, price, now, order.id)
            self._working[key] = self._working.get(key, 0) + 1
            self._drop(key, now)

    def _guard(self, now: int, symbol: str, strategy: str, intent: Intent) -> None:
        for kind, price in ((Purpose.STOP, intent.stop), (Purpose.TARGET, intent.target)):
            key = (symbol, strategy, kind)
            before = self._guards.get(key)
            same = before is not None and before.price == price
            if isnan(price) or self._working.get(key) or same:
                continue
            self._drop(key, now)
            self._guards[key] = self._add(key, price, now)

    def _book(self, now: int, fill: Fill) -> None:
        place = (fill.symbol, fill.strategy)
        held = self._held[place] = self._held.get(place, ZERO) + fill.quantity
        wish = self._wishes.get(fill.order_id)
        if not held:
            self._drop((*place, Purpose.STOP), now)
            self._drop((*place, Purpose.TARGET), now)
        elif wish is not None:
            self._guard(now, *place, wish)

    def _add(self, key: _Key, price: float, now: int, order_id: str = "") -> Level:
        level = Level(*key, price, now, 0, order_id)
        self.all.append(level)
        return level

    def _drop(self, key: _Key, now: int) -> None:
        before = self._guards.pop(key, None)
        if before is not None:
            before.end = now
