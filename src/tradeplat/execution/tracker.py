"""Venue reports become orders, fills and positions, each exactly once, whatever their order."""

from collections import deque
from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import nan

from tradeplat.core.errors import Corrupt
from tradeplat.core.exact import exact, nearest
from tradeplat.core.fold import fold, moved
from tradeplat.core.intent import FLAT, Holding
from tradeplat.core.journal import Correction
from tradeplat.core.ledger import Ledger
from tradeplat.core.orders import (
    OPEN_STATES,
    Change,
    Fill,
    Order,
    OrderState,
    Purpose,
    Report,
)
from tradeplat.core.position import NOTHING, Position
from tradeplat.core.tape import Tape, Tapes

_NONE = (0.0, nan)
_UNSET = (nan, nan)
# Looked up once: naming a member of an enum costs as much as a call.
_ENTRY, _STOP, _TARGET = Purpose.ENTRY, Purpose.STOP, Purpose.TARGET


class PositionTracker:
    """The account as the venue's reports tell it (core.ports.Tracker).

    Cumulative quantity is the truth: a report that repeats or lags behind changes nothing, one
    that shows growth books the growth once. Closed orders stay known for late fills, the newest
    `keep_closed` of them.
    """

    def __init__(self, cash: Decimal, tapes: Tapes, keep_closed: int = 100_000) -> None:
        self._cash = cash
        self._net: dict[str, Position] = {}
        self._tapes = tapes
        self._keep_closed = keep_closed
        self._open: dict[str, Order] = {}
        self._closed: dict[str, Order] = {}
        self._closings: deque[str] = deque()
        self._held: dict[tuple[str, str], Position] = {}
        self._sizes: dict[str, tuple[Tape, float, float]] = {}
        self._told: dict[tuple[str, str], tuple[float, float]] = {}
        self._armed: dict[tuple[str, str], tuple[float, float]] = {}
        self.stale_reports = 0
        self.unknown_reports = 0

    @property
    def open_orders(self) -> Mapping[str, Order]:
        """Every order that may still fill, by id."""
        return self._open

    @property
    def cash(self) -> Decimal:
        """Settled and unsettled cash, fees paid."""
        return self._cash

    @property
    def positions(self) -> Mapping[str, Position]:
        """Net position of every symbol ever traded."""
        return self._net

    @property
    def holdings(self) -> Mapping[tuple[str, str], Position]:
        """Position by (strategy, symbol)."""
        return self._held

    def order(self, order_id: str) -> Order | None:
        """The order of this id, open or closed, if it is still remembered."""
        return self._open.get(order_id) or self._closed.get(order_id)

    def held(self, strategy: str, symbol: str) -> Position:
        """What one strategy holds of one symbol."""
        return self._held.get((strategy, symbol), NOTHING)

    def net(self, symbol: str) -> Decimal:
        """Signed account quantity of `symbol` over all strategies."""
        return self._net.get(symbol, NOTHING).quantity

    def campaigns(self) -> int:
        """(strategy, symbol) pairs that hold a position or have an entry working."""
        busy = {key for key, held in self._held.items() if held.quantity}
        busy.update(
            (order.strategy, order.symbol)
            for order in self._open.values()
            if order.purpose is _ENTRY
        )
        return len(busy)

    def equity(self) -> Decimal:
        """Cash plus every position at its last price."""
        return Ledger(self._cash, self._net).equity(self.mark)

    def exposure(self) -> Decimal:
        """Gross value of all positions at their last prices."""
        return Ledger(self._cash, self._net).exposure(self.mark)

    def worth(self) -> tuple[float, float]:
        """Equity and exposure to float accuracy, at a fraction of their cost."""
        equity = float(self._cash)
        exposure = 0.0
        for tape, size, entry in self._sizes.values():
            value = size * (tape.last or entry)
            equity += value
            exposure += abs(value)
        return equity, exposure

    def holding(self, strategy: str, symbol: str) -> Holding:
        """What `strategy` is told it holds of `symbol`."""
        quantity, entry = self._told.get((strategy, symbol), _NONE)
        if not self._open:
            if not quantity:
                return FLAT
            return Holding(quantity, entry, 0, *self._armed.get((strategy, symbol), _UNSET))
        working = 0
        stop, target = self._armed.get((strategy, symbol), _UNSET) if quantity else _UNSET
        for order in self._open.values():
            if order.symbol != symbol or order.strategy != strategy:
                continue
            if order.purpose is not _STOP and order.purpose is not _TARGET:
                working += 1
            elif not quantity:
                # Held legs of an entry that has not filled protect nothing, and not every venue
                # tells of them.
                continue
            elif order.purpose is _STOP:
                stop = nearest(order.stop) if order.stop is not None else stop
            else:
                target = nearest(order.limit) if order.limit is not None else target
        if not quantity and not working:
            return FLAT
        return Holding(quantity, entry, working, stop, target)

    def register(self, order: Order) -> None:
        """Reserve exposure for `order` before anything is sent."""
        if order.id in self._open or order.id in self._closed:
            raise Corrupt(f"order id {order.id} is used twice")
        self._open[order.id] = order

    def arm(self, strategy: str, symbol: str, stop: Decimal | None, target: Decimal | None) -> None:
        """Show these levels in the holding while no leg at the venue shows others."""
        if stop is None and target is None:
            self._armed.pop((strategy, symbol), None)
            return
        self._armed[strategy, symbol] = (
            nan if stop is None else nearest(stop),
            nan if target is None else nearest(target),
        )

    def restore(
        self, orders: Iterable[Order], held: Mapping[tuple[str, str], Position], cash: Decimal
    ) -> None:
        """Stand as an earlier session left the account; Corrupt unless nothing was known yet."""
        if self._open or self._closed or self._held:
            raise Corrupt("a book with orders or positions cannot be restored")
        self._cash = cash
        for order in orders:
            self._store(order)
        for (strategy, symbol), position in held.items():
            self._held[strategy, symbol] = position
            self._tell((strategy, symbol), position)
            net = self._net.get(symbol)
            self._net[symbol] = position if net is None else _joined(net, position)
        for symbol, net in self._net.items():
            self._size(symbol, net)

    def correct(self, correction: Correction) -> None:
        """Book a change of the account that no order explains; its money is told beside it."""
        self._cash += correction.cash
        if not correction.quantity:
            return
        symbol, quantity, price = correction.symbol, correction.quantity, correction.price
        key = (correction.strategy, symbol)
        net = self._net[symbol] = self._net.get(symbol, NOTHING).after(quantity, price)
        held = self._held[key] = self._held.get(key, NOTHING).after(quantity, price)
        self._tell(key, held)
        self._size(symbol, net)

    def apply(self, report: Report) -> Change | None:
        """Move the order by `report`; None when it says nothing new or names nobody known."""
        known = self._open.get(report.order_id) or self._closed.get(report.order_id)
        if known is None and report.order is None:
            self.unknown_reports += 1
            return None
        change = fold(known, report)
        if change is None:
            self.stale_reports += 1
            return None
        after, fill = change
        self._store(after)
        if fill is not None:
            self._book(fill)
        return change

    def move(self, order_id: str, state: OrderState, reason: str = "") -> Change | None:
        """Move an order by our own doing (sending, cancel asked, given up)."""
        order = self.order(order_id)
        after = None if order is None else moved(order, state, reason)
        if after is None:
            return None
        self._store(after)
        return Change(after, None)

    def mark(self, symbol: str) -> Decimal:
        """The last price of `symbol`, its entry price while nothing has been seen of it."""
        last = self._tapes[symbol].last
        return exact(last) if last else self._net.get(symbol, NOTHING).average

    def _store(self, order: Order) -> None:
        if order.state in OPEN_STATES:
            self._closed.pop(order.id, None)
            self._open[order.id] = order
            return
        self._open.pop(order.id, None)
        if order.id not in self._closed:
            self._closings.append(order.id)
        self._closed[order.id] = order
        if len(self._closings) > self._keep_closed:
            self._closed.pop(self._closings.popleft(), None)

    def _book(self, fill: Fill) -> None:
        symbol, quantity, price, fee = fill.symbol, fill.quantity, fill.price, fill.fee
        key = (fill.strategy, symbol)
        before, held = self._net.get(symbol, NOTHING), self._held.get(key, NOTHING)
        self._cash -= quantity * price + fee
        net = self._net[symbol] = before.after(quantity, price, fee)
        # While one strategy trades a symbol alone, its position is the account's.
        mine = self._held[key] = net if held is before else held.after(quantity, price, fee)
        self._tell(key, mine)
        self._size(symbol, net)

    def _tell(self, key: tuple[str, str], position: Position) -> None:
        if position.quantity:
            self._told[key] = (nearest(position.quantity), nearest(position.average))
        else:
            self._told.pop(key, None)

    def _size(self, symbol: str, position: Position) -> None:
        if position.quantity:
            size, entry = nearest(position.quantity), nearest(position.average)
            self._sizes[symbol] = (self._tapes[symbol], size, entry)
        else:
            self._sizes.pop(symbol, None)


def _joined(one: Position, other: Position) -> Position:
    """Two strategies' positions in one symbol as the account has them."""
    total = one.quantity + other.quantity
    realised, fees = one.realised + other.realised, one.fees + other.fees
    if not total:
        return Position(realised=realised, fees=fees)
    if one.quantity * other.quantity >= 0:
        value = one.quantity * one.average + other.quantity * other.average
        return Position(total, value / total, realised, fees)
    larger = one if abs(one.quantity) > abs(other.quantity) else other
    return Position(total, larger.average, realised, fees)
