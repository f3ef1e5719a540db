"""Watches how long orders stay in passing states, and positions that should have a stop."""

import asyncio
from collections.abc import Callable, Mapping
from math import isnan
from typing import Protocol

from tradeplat.core.intent import Holding
from tradeplat.core.orders import Order, OrderState, Purpose

LOOK = 0.5
"""Seconds between looks."""
AGES: Mapping[OrderState, float] = {
    OrderState.SENDING: 5.0,
    OrderState.UNKNOWN: 60.0,
    OrderState.CANCEL_PENDING: 15.0,
    OrderState.REPLACE_PENDING: 15.0,
}
"""Seconds an order may stay in a state that should pass."""
BARE = 3.0
"""Seconds after a fill within which a position whose entry asked for a stop has one."""


class Book(Protocol):
    """What is known of orders and holdings (execution/tracker.py)."""

    @property
    def open_orders(self) -> Mapping[str, Order]:
        """Orders that may still fill."""

    def holding(self, strategy: str, symbol: str) -> Holding:
        """What a strategy holds, and the stop that protects it."""


class OrderWatch:
    """Tells a person, once each, of orders that are stuck and of positions without protection.

    Times are the loop's. What is done about them is the business of others, who pursue both.
    """

    def __init__(self, book: Book, alarm: Callable[[str, str], None]) -> None:
        self._book = book
        self._alarm = alarm
        self._since: dict[str, tuple[OrderState, float]] = {}
        self._told: set[str] = set()
        self._bare: dict[tuple[str, str], float] = {}

    def heard(self, order: Order) -> None:
        """Take in an order that changed: filled entries with a stop want to be protected."""
        if order.purpose is Purpose.ENTRY and order.filled and order.stop_loss is not None:
            now = asyncio.get_running_loop().time()
            self._bare.setdefault((order.strategy, order.symbol), now)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK)

    def look(self, now: float) -> None:
        """Judge everything as it stands at `now` (seconds)."""
        passing = {o.id: o for o in self._book.open_orders.values() if o.state in AGES}
        self._since = {i: one for i, one in self._since.items() if i in passing}
        self._told &= passing.keys()
        for order in passing.values():
            state, since = self._since.get(order.id, (order.state, now))
            if state is not order.state:
                since = now
                self._told.discard(order.id)
            self._since[order.id] = (order.state, since)
            if now - since >= AGES[order.state] and order.id not in self._told:
                self._told.add(order.id)
                self._alarm("ORDER_STUCK", f"{order.id} is {order.state} for {now - since:.0f} s")
        for key, since in list(self._bare.items()):
            holding = self._book.holding(*key)
            if not holding.quantity or not isnan(holding.stop):
                del self._bare[key]
            elif now - since >= BARE:
                del self._bare[key]
                strategy, symbol = key
                words = f"{strategy} holds {holding.quantity:+g} {symbol} without its stop"
                self._alarm("UNPROTECTED", words)
