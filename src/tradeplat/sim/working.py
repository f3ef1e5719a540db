"""Orders as they stand at a simulated venue: what is left of them and at which prices."""

from decimal import Decimal
from math import isnan, nan
from typing import NamedTuple

from msgspec.structs import replace

from tradeplat.core.exact import nearest
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND, Bar, Trade
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, TimeInForce
from tradeplat.sim import rules

ZERO = Decimal(0)
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
_LIMITS = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
# Looked up once: naming a member of an enum costs as much as a call.
_TRAILING = OrderType.TRAILING_STOP


class Swing(NamedTuple):
    """Where the price went between two instants; a print is a swing of no length."""

    opened: int
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def bar_swing(bar: Bar, since: int = 0) -> Swing:
    """The swing a bar tells of, which began at `since` where the bar itself began before."""
    opened = max(bar.ts - bar.span * SECOND, since)
    return Swing(opened, bar.ts, bar.open, bar.high, bar.low, bar.close, bar.volume)


def print_swing(trade: Trade) -> Swing:
    """The swing a single print is."""
    price = trade.price
    return Swing(trade.ts, trade.ts, price, price, price, price, trade.size)


class Work:
    """One order at the venue. Prices are floats, nan where the order has none.

    `armed` is True until its stop was triggered; what is left then is a market order, or a limit
    order where it has a limit. `since` is the instant it became active, `until` the one it lapses
    at (0: never), in UTC nanoseconds. What of an `immediate` order does not fill at once is
    cancelled. A leg whose entry filled inside the swing being matched knows the price of that
    fill as `entry`.
    """

    __slots__ = (
        "armed",
        "done",
        "entry",
        "fills",
        "group",
        "immediate",
        "left",
        "limit",
        "moved",
        "notional",
        "order",
        "prior",
        "reach",
        "side",
        "since",
        "stop",
        "total",
        "trail",
        "until",
    )

    def __init__(self, order: Order, since: int, until: int = 0) -> None:
        self.order = order
        self.side = 1 if order.quantity > 0 else -1
        self.total = abs(order.quantity)
        self.left = self.total
        self.notional = ZERO
        self.fills = 0
        self.done = False
        self.since = since
        self.until = until
        self.group: Bracket | None = None
        self.entry = nan
        self.moved = 0
        self.prior = nan
        self.armed = order.type in _STOPS
        self.limit = self.reach = _price(order.limit) if order.type in _LIMITS else nan
        self.stop = _price(order.stop) if self.armed else nan
        self.trail = _price(order.trail) if order.type is _TRAILING else 0.0
        self.immediate = order.tif in _IMMEDIATE

    @property
    def filled(self) -> Decimal:
        """Cumulative filled quantity, without sign."""
        return self.total - self.left

    @property
    def at_market(self) -> bool:
        """True when any price will do."""
        return not self.armed and isnan(self.limit)

    @property
    def simple(self) -> bool:
        """True for a plain market order: the next price fills it whole and nothing follows."""
        return self.at_market and self.group is None and not self.immediate

    @property
    def state(self) -> OrderState:
        """WORKING, PARTIAL or FILLED, by what is left."""
        if not self.left:
            return OrderState.FILLED
        return OrderState.PARTIAL if self.fills else OrderState.WORKING

    def stop_level(self, opened: int) -> float:
        """The stop that held throughout a swing that began at `opened`."""
        if self.moved <= opened:
            self.prior = nan
            return self.stop
        return _farther(self.prior, self.stop, self.side)

    def limit_level(self, opened: int) -> float:
        """The limit that held throughout a swing that began at `opened`."""
        if self.moved <= opened:
            self.prior = nan
            return self.limit
        return _farther(self.prior, self.limit, -self.side)

    def move(self, price: Decimal, now: int) -> None:
        """Move a leg's level; a swing begun before is judged by the level that is harder to hit."""
        if self.armed:
            self.prior = _farther(self.prior, self.stop, self.side)
            self.stop = float(price)
            self.order = replace(self.order, stop=price)
        else:
            self.prior = _farther(self.prior, self.limit, -self.side)
            self.limit = self.reach = float(price)
            self.order = replace(self.order, limit=price)
        self.moved = now

    def resize(self, total: Decimal) -> None:
        """Make `total` (no sign) the whole quantity, filled part included."""
        self.left += total - self.total
        self.total = total
        self.order = replace(self.order, quantity=total * self.side)


class Bracket:
    """An entry and the two legs that protect what of it has filled; one cancels the other.

    `id` is the first entry's, and stays when the entry is replaced. `entered` and `exited` count
    the fills of the entry and of the legs, without sign.
    """

    __slots__ = ("entered", "entry", "exited", "id", "side", "stop", "target")

    def __init__(self, entry: Work) -> None:
        self.id = entry.order.id
        self.entry = entry
        self.side = entry.side
        self.stop: Work | None = None
        self.target: Work | None = None
        self.entered = ZERO
        self.exited = ZERO

    @property
    def held(self) -> Decimal:
        """What is left to protect, without sign."""
        return self.entered - self.exited

    @property
    def over(self) -> bool:
        """True when no leg is at work."""
        stop, target = self.stop, self.target
        return (stop is None or stop.done) and (target is None or target.done)

    def other(self, leg: Work) -> Work | None:
        """The leg that `leg` cancels, while it is working."""
        found = self.target if leg is self.stop else self.stop
        return found if found is not None and not found.done else None

    def succeed(self, old: Work, new: Work) -> None:
        """Let `new` take the place of `old`."""
        new.group = self
        if self.entry is old:
            self.entry = new
        elif self.stop is old:
            self.stop = new
        else:
            self.target = new


class Book:
    """The working orders of one symbol, oldest first."""

    __slots__ = ("_change", "_small_tick", "_tick", "grid", "seen", "works")

    def __init__(self, grid: Instrument) -> None:
        self.grid = grid
        self.works: list[Work] = []
        self.seen: dict[int, int] = {}
        self._change = float(grid.tick_change)
        self._tick = float(grid.tick)
        self._small_tick = float(grid.small_tick)

    def executed(self, price: float, side: int) -> Decimal:
        """`price` on its tick, rounded against the trader, exact."""
        grid = self.grid
        if price >= self._change:
            return rules.executed_ticks(price, side, self._tick) * grid.tick
        return rules.executed_ticks(price, side, self._small_tick) * grid.small_tick

    def superseded(self, bar: Bar) -> bool:
        """True when a finer bar closed inside this one: it told the same story better."""
        opened = bar.ts - bar.span * SECOND
        seen = self.seen
        seen[bar.span] = bar.ts
        if len(seen) == 1:
            return False
        return any(span < bar.span and ts > opened for span, ts in seen.items())


def leg_of(group: Bracket, purpose: Purpose, price: Decimal, ts: int) -> Order:
    """The description of a protective leg for all that `group` holds."""
    entry = group.entry.order
    stop = purpose is Purpose.STOP
    return Order(
        f"{group.id}-{'sl' if stop else 'tp'}",
        entry.symbol,
        entry.strategy,
        -group.held * group.side,
        OrderType.STOP if stop else OrderType.LIMIT,
        purpose,
        entry.cause,
        ts,
        limit=None if stop else price,
        stop=price if stop else None,
        tif=entry.tif,
        extended=entry.extended,
        parent=group.id,
        state=OrderState.WORKING,
    )


def objection(order: Order) -> str:
    """Why a venue would not take `order`; empty when it would."""
    if not order.quantity:
        return "quantity is zero"
    if order.type in _LIMITS and (order.limit is None or order.limit <= 0):
        return f"{order.type} order without a limit price"
    if order.type is _TRAILING:
        return "" if order.trail is not None and order.trail > 0 else "no trail given"
    if order.type in _STOPS and (order.stop is None or order.stop <= 0):
        return f"{order.type} order without a stop price"
    return ""


def _price(price: Decimal | None) -> float:
    return nan if price is None else nearest(price)


def _farther(one: float, other: float, side: int) -> float:
    """The higher of two levels for `side` > 0, the lower for `side` < 0; nan is no level."""
    if isnan(one):
        return other
    if isnan(other):
        return one
    return max(one, other) if side > 0 else min(one, other)
