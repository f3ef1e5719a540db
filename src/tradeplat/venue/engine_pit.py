"""The pit of a venue: its orders, worked by the platform's own matching engine.

One venue order may be several orders in the engine, one after the other: it is placed again each
morning, and once more for the rest of a fill that chance has cut.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec
import numpy as np

from tradeplat.core.instrument import Instrument
from tradeplat.core.market import Bar, Quote, Trade
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report, TimeInForce
from tradeplat.sim.matching import MatchingEngine
from tradeplat.sim.options import FREE, Costs, MatchOptions
from tradeplat.venue.faults import Faults, Spot
from tradeplat.venue.lifecycle import Execution
from tradeplat.venue.numbers import price_grid
from tradeplat.venue.order_book import VenueOrder
from tradeplat.venue.order_flow import Event, Outcome
from tradeplat.venue.order_request import Side
from tradeplat.venue.profile import Profile

ZERO = Decimal(0)
_OVER = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.REJECTED})
_LOW_STOP = Decimal(50)
_AFTER_TRIGGER = {
    OrderType.STOP: OrderType.MARKET,
    OrderType.STOP_LIMIT: OrderType.LIMIT,
    OrderType.TRAILING_STOP: OrderType.MARKET,
}


class EnginePit:
    """Works venue orders in a MatchingEngine.

    A bracket whose exits are a plain limit and a plain stop is handed over whole, so that its
    exits live from the very fill of the entry; other groups are the venue's own to keep.
    """

    def __init__(
        self,
        profile: Profile,
        rng: np.random.Generator,
        costs: Costs = FREE,
        faults: Faults | None = None,
    ) -> None:
        self._profile = profile
        self._faults = faults
        self._rng = rng
        self._reports: list[Report] = []
        self._engine = MatchingEngine(
            self._reports.append, _instrument, costs, MatchOptions(quote_age=profile.quote_age)
        )
        self._alias: dict[str, str] = {}
        self._placed: dict[str, _Placed] = {}
        self._turns: dict[str, int] = {}
        self._trailing: dict[str, list[VenueOrder]] = {}

    def place(self, order: VenueOrder, ts: int) -> list[Outcome]:
        """Let `order` trade for what is left of it; one that works already is left alone."""
        if order.id not in self._alias and order.leaves:
            if order.type is OrderType.TRAILING_STOP:
                order.stop = _stop_of(order)
                self._trailing.setdefault(order.symbol, []).append(order)
            if order.type is not OrderType.TRAILING_STOP or order.hwm is not None:
                self._place(order, ts)
        return self._outcomes()

    def withdraw(self, order: VenueOrder, ts: int) -> None:
        """Let `order` trade no more."""
        alias = self._alias.pop(order.id, None)
        trailing = self._trailing.get(order.symbol, [])
        if order in trailing:
            trailing.remove(order)
        if alias is None:
            return
        self._drop(alias)
        for leg in order.legs:
            if leg.waiting:
                self._drop(self._alias.get(leg.id, ""))
        earlier = len(self._reports)
        self._engine.cancel(alias, ts)
        for report in self._reports[earlier:]:
            self._drop(report.order_id)
        del self._reports[earlier:]

    def resize(self, order: VenueOrder, ts: int) -> None:
        """Let `order` trade for what is left of it now; the engine sizes its own legs itself."""
        placed = self._placed.get(self._alias.get(order.id, ""))
        if placed is not None and not placed.leg:
            total = (placed.filled + order.leaves) * order.side.sign
            self._engine.replace(self._alias[order.id], ts, quantity=total)

    def take_over(self, order: VenueOrder, made: VenueOrder, ts: int) -> None:
        """Put `made` in the place of `order`; a leg stays where the engine has it."""
        alias = self._alias.get(order.id, "")
        placed = self._placed.get(alias)
        if placed is None or not placed.leg:
            self.withdraw(order, ts)
            return
        self._alias[made.id] = self._alias.pop(order.id)
        placed.order = made
        if order.waiting and order.parent is not None:
            entry = self._alias[order.parent.id]
            if made.stop is not None:
                self._engine.replace(entry, ts, stop_loss=made.stop)
            else:
                self._engine.replace(entry, ts, take_profit=made.limit)
        elif made.stop is not None:
            self._engine.replace(alias, ts, stop=made.stop)
        else:
            self._engine.replace(alias, ts, limit=made.limit)

    def on_event(self, event: Event) -> list[Outcome]:
        """Match every working order of the symbol against `event`."""
        if isinstance(event, Quote):
            self._engine.on_quote(event, event.ts)
        elif isinstance(event, Trade):
            self._engine.on_trade(event, event.ts)
        elif isinstance(event, Bar):
            self._engine.on_bar(event, event.ts)
        else:
            self._engine.on_status(event, event.ts)
        if event.symbol in self._trailing:
            self._trail(event)
        return self._outcomes()

    def _place(self, order: VenueOrder, ts: int) -> None:
        turn = self._turns[order.id] = self._turns.get(order.id, -1) + 1
        alias = f"{order.id}.{turn}" if turn else order.id
        piece = self._piece(order)
        self._alias[order.id] = alias
        self._placed[alias] = _Placed(order)
        core = self._core(order, piece, ts)
        if piece == order.shares and _whole_group(order):
            core = self._with_legs(core, order, alias)
        self._engine.place(msgspec.structs.replace(core, id=alias), ts)

    def _with_legs(self, core: Order, order: VenueOrder, alias: str) -> Order:
        """`core` with the exits of `order`, which the engine will make as `alias`-sl and -tp."""
        for leg in order.legs:
            stops = leg.type is OrderType.STOP
            name = f"{alias}-{'sl' if stops else 'tp'}"
            self._alias[leg.id] = name
            self._placed[name] = _Placed(leg, leg=True)
            if stops:
                core = msgspec.structs.replace(core, stop_loss=leg.stop)
            else:
                core = msgspec.structs.replace(core, take_profit=leg.limit)
        return core

    def _core(self, order: VenueOrder, piece: Decimal, ts: int) -> Order:
        kind, limit, stop = order.type, order.limit, _stop_of(order)
        if order.filled and kind in _AFTER_TRIGGER:
            kind = _AFTER_TRIGGER[kind]
        elif kind is OrderType.STOP and order.side.sign > 0 and self._profile.stop_collars:
            kind, limit = OrderType.STOP_LIMIT, _collar(order.stop)
        elif kind is OrderType.TRAILING_STOP and order.trail_percent is not None:
            kind = OrderType.STOP
        immediate = order.tif in {TimeInForce.IOC, TimeInForce.FOK}
        return Order(
            id=order.id,
            symbol=order.symbol,
            strategy="",
            quantity=piece * order.side.sign,
            type=kind,
            purpose=Purpose.ENTRY if order.opening else Purpose.EXIT,
            cause=ts,
            created=ts,
            limit=limit,
            stop=stop,
            trail=order.trail_price,
            tif=order.tif if immediate else TimeInForce.GTC,
            extended=order.extended,
        )

    def _piece(self, order: VenueOrder) -> Decimal:
        """What may fill in one go: mostly all that is left, at times a random part of it."""
        shares = int(order.leaves)
        if shares < 2 or order.tif is TimeInForce.FOK:
            return order.leaves
        faults = self._faults
        if faults is not None and faults.strike("partial_one_share", Spot(symbol=order.symbol)):
            return Decimal(1)
        rate = self._profile.partial_rate
        if not rate or self._rng.random() >= rate:
            return order.leaves
        return Decimal(int(self._rng.integers(1, shares)))

    def _outcomes(self) -> list[Outcome]:
        found: list[Outcome] = []
        for report in self._reports:
            placed = self._placed.get(report.order_id)
            if placed is None:
                continue
            growth = report.filled - placed.filled
            if growth > 0:
                price = report.last_price if report.last_price is not None else report.average
                fee = report.fee - placed.fee
                placed.filled, placed.fee = report.filled, report.fee
                traded = Execution(growth, price if price is not None else ZERO, fee)
                found.append(Outcome(placed.order.id, report.ts, traded))
            if report.state in _OVER:
                self._drop(report.order_id)
                # Of its own legs the engine ends one for the other: the venue does so itself.
                cut = placed.order.tif is TimeInForce.IOC
                if cut or (report.state is not OrderState.FILLED and not placed.leg):
                    found.append(Outcome(placed.order.id, report.ts, over=True))
        self._reports.clear()
        return found

    def _drop(self, alias: str) -> None:
        placed = self._placed.pop(alias, None)
        if placed is not None and self._alias.get(placed.order.id) == alias:
            del self._alias[placed.order.id]

    def _trail(self, event: Event) -> None:
        """Let trailing stops follow the market; those in per cent are moved in the engine too."""
        for order in list(self._trailing[event.symbol]):
            if not order.open or not _follow(order, event):
                continue
            alias = self._alias.get(order.id)
            if alias is None:
                self._place(order, event.ts)
            elif order.trail_percent is not None:
                self._engine.replace(alias, event.ts, stop=order.stop)


class _Placed(msgspec.Struct):
    """An order as it stands in the engine: a leg of the engine's own making, or one we placed."""

    order: VenueOrder
    leg: bool = False
    filled: Decimal = ZERO
    fee: Decimal = ZERO


def _instrument(symbol: str) -> Instrument:
    return Instrument(symbol, lot=Decimal("1e-9"))


def _whole_group(order: VenueOrder) -> bool:
    """True when the engine can keep the whole group: every leg waits and is limit or stop."""
    plain = {OrderType.LIMIT, OrderType.STOP}
    return bool(order.legs) and all(leg.waiting and leg.type in plain for leg in order.legs)


def _stop_of(order: VenueOrder) -> Decimal | None:
    """The stop in force; a trailing one hangs off the best price seen, None before any."""
    if order.type is not OrderType.TRAILING_STOP:
        return order.stop
    if order.hwm is None:
        return None
    if order.trail_price is not None:
        return order.hwm - order.side.opposite.sign * order.trail_price
    share = order.trail_percent if order.trail_percent is not None else ZERO
    level = order.hwm * (1 - order.side.opposite.sign * share / 100)
    grid = price_grid(level)
    rounding = ROUND_FLOOR if order.side is Side.SELL else ROUND_CEILING
    return (level / grid).to_integral_value(rounding) * grid


def _follow(order: VenueOrder, event: Event) -> bool:
    """Move the best price of a trailing stop by `event`; True when its stop is another now."""
    if isinstance(event, Trade):
        low = high = event.price
    elif isinstance(event, Bar) and not event.revision:
        low, high = event.low, event.high
    else:
        return False
    best = Decimal(repr(high if order.side is Side.SELL else low))
    if order.hwm is not None and (best - order.hwm) * order.side.sign >= 0:
        return False
    order.hwm = best
    order.stop = _stop_of(order)
    return True


def _collar(stop: Decimal | None) -> Decimal | None:
    """The limit of a buy stop: 4 % above a stop below 50, 2.5 % above a higher one."""
    if stop is None:
        return None
    limit = stop * (Decimal("1.04") if stop < _LOW_STOP else Decimal("1.025"))
    grid = price_grid(limit)
    return (limit / grid).to_integral_value(ROUND_CEILING) * grid
