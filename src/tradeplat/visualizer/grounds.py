"""What an order is worked out from: the mirror's market, positions, limits and terms. Pure."""

from collections.abc import Mapping
from math import inf, isfinite, nan

from tradeplat.core.lifecycle import OPEN_STATES, OrderState
from tradeplat.indicators.ranges import atr, true_range
from tradeplat.visualizer import ticket
from tradeplat.visualizer.link import OrderRow
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.ticket import Level, Market, Plan, Stock, Terms, Written

ATR_BARS = 14
_FAR = 100
"""Bars that an average true range is worked out from."""

MANUAL = "manual"
"""Whose positions are those by hand."""

OVER = frozenset(str(state) for state in OrderState) - {str(state) for state in OPEN_STATES}
"""States of orders that fill no more."""


class Grounds:
    """Answers for a mirror as it stands; an average true range is kept until the next bar."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._atr: tuple[ChartModel | None, int, float] = (None, 0, nan)

    def terms(self) -> Terms:
        """How orders are made where nothing is said."""
        return ticket.terms(self._mirror.trading.terms)

    def market(self, symbol: str) -> Market:
        """What is known of a ticker; without a name where nothing is."""
        model = self._mirror.model(symbol)
        if model is None:
            return Market("")
        found = Market(symbol, model.bid, model.ask, model.last, model.tick, model.decimals)
        return found._replace(atr=self._range(model))

    def stock(self, symbol: str) -> Stock:
        """What is held and on its way, and what is left to buy with."""
        mirror = self._mirror
        rows = mirror.positions.rows
        own = sum(r.quantity for r in rows if (r.symbol, r.strategy) == (symbol, MANUAL))
        coming = {1: 0.0, -1: 0.0}
        for order in mirror.orders.values():
            entering = order.symbol == symbol and order.purpose == "entry"
            if entering and order.state.lower() not in OVER:
                left = abs(order.quantity) - abs(order.filled)
                coming[1 if order.quantity > 0 else -1] += left
        return Stock(own, mirror.position(symbol), coming[1], coming[-1], self._power())

    def plan(self, symbol: str, side: int, said: Written) -> Plan:
        """What an order would come to."""
        limits = self._mirror.hello.limits
        return ticket.plan(
            side, said, self.market(symbol), self.stock(symbol), self.terms(), limits
        )

    def written(self, symbol: str, body: Mapping[str, object]) -> Written:
        """What the fields of the order entry would say for the body of an `enter`."""
        told = {name: value for name, value in body.items() if isinstance(value, float)}
        limit = told.get("limit")
        if body.get("join"):
            market = self.market(symbol)
            near = market.bid if body.get("side") == "buy" else market.ask
            limit = near if isfinite(near) else None
        shares = told.get("shares")
        if "part" in told:
            shares = self.terms().size * told["part"]
        levels = [Level(told[name]) if name in told else None for name in ("stop", "target")]
        return Written(shares, limit, levels[0], levels[1], told.get("risk"))

    def draft(self, do: str, body: Mapping[str, object], wall: int) -> OrderRow | None:
        """The order that a command would become, as it is shown until the engine answers; None for
        commands that order nothing, or nobody knows how much.
        """
        symbol = str(body.get("symbol", ""))
        if do == "enter":
            side = 1 if body.get("side") == "buy" else -1
            plan = self.plan(symbol, side, self.written(symbol, body))
            purpose, quantity = ("exit" if plan.closes else "entry"), side * plan.shares
        elif do == "leave":
            held, part = self._mirror.position(symbol), body.get("part", 1.0)
            quantity = -held * part if isinstance(part, float) else -held
            plan = self.plan(symbol, 1 if quantity > 0 else -1, Written())
            purpose = "exit"
        else:
            return None
        if not quantity or not isfinite(quantity):
            return None
        limit = plan.price if isfinite(plan.price) else None
        return OrderRow(
            "", symbol, MANUAL, quantity, 0.0, "limit", purpose,
            "sent", wall, limit=limit,
        )  # fmt: skip

    def _power(self) -> float:
        told, limits = self._mirror.statistics, self._mirror.hello.limits
        times = [limits.get("leverage"), limits.get("max_gross")]
        known = [one for one in times if one is not None]
        return min(known) * told.equity - told.exposure if told and known else inf

    def _range(self, model: ChartModel) -> float:
        """The average true range of a series of bars; nan while there are too few."""
        count = len(model.bars)
        kept, at, found = self._atr
        if kept is model and at == count:
            return found
        found = last = nan
        for index in range(max(count - _FAR, 0), count):
            row = model.bars.candle(index)
            if row is None:
                continue
            seen = index - max(count - _FAR, 0)
            if seen:
                move = true_range(row.high, row.low, last)
                found = atr(found, move, ATR_BARS, seen - 1)
            last = row.close
        found = found if count > ATR_BARS else nan
        self._atr = (model, count, found)
        return found
