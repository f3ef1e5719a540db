"""Execution quality: what fills cost against the middle of the market, and how long they took."""

from array import array
from typing import NamedTuple

from tradeplat.core.market import Bar, MarketEvent, Quote
from tradeplat.core.orders import Fill, Order, OrderState

ACKNOWLEDGED = frozenset(
    {OrderState.WORKING, OrderState.PARTIAL, OrderState.FILLED, OrderState.REJECTED}
)
"""States that show the venue has heard of the order."""


class _Arrival(NamedTuple):
    """When an order was approved, and the middle of the market then."""

    now: int
    mid: float


class Quality:
    """Costs of fills in basis points (positive = cost) and delays in nanoseconds.

    `slippage` compares each fill with the middle at the decision, `spread` is twice the distance
    from the middle at the fill; the middle is that of the last quote shown, the last bar's close
    where there was no quote. `acknowledged` is from decision to the venue's first word, `filled`
    from decision to the first fill by the venue's stamp. `asked` and `got` are quantities of orders
    that are over.
    """

    def __init__(self) -> None:
        self.slippage = array("d")
        self.spread = array("d")
        self.acknowledged = array("d")
        self.filled = array("d")
        self.asked = 0.0
        self.got = 0.0
        self._mids: dict[str, float] = {}
        self._quoted: set[str] = set()
        self._arrivals: dict[str, _Arrival] = {}
        self._heard: set[str] = set()

    def on_fact(self, event: MarketEvent) -> None:
        """Keep the middle of the market."""
        if isinstance(event, Quote):
            if event.bid > 0.0 and event.ask > 0.0:
                self._mids[event.symbol] = (event.bid + event.ask) / 2.0
                self._quoted.add(event.symbol)
        elif isinstance(event, Bar) and event.symbol not in self._quoted:
            self._mids[event.symbol] = event.close

    def on_decision(self, now: int, order: Order) -> None:
        """Keep where the market was when `order` was approved."""
        self._arrivals[order.id] = _Arrival(now, self._mids.get(order.symbol, 0.0))

    def on_change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Take in one step of an order."""
        arrival = self._arrivals.get(order.id)
        if arrival is None:
            return
        if order.state in ACKNOWLEDGED and order.id not in self._heard:
            self._heard.add(order.id)
            self.acknowledged.append(float(now - arrival.now))
        if fill is not None:
            self._fill(fill, arrival, first=order.filled == abs(fill.quantity))
        if not order.open:
            self.asked += float(abs(order.quantity))
            self.got += float(order.filled)
            del self._arrivals[order.id]
            self._heard.discard(order.id)

    @property
    def fill_ratio(self) -> float:
        """Filled over asked quantity of the orders that are over; nan before the first."""
        return self.got / self.asked if self.asked else float("nan")

    def _fill(self, fill: Fill, arrival: _Arrival, *, first: bool) -> None:
        side = 1.0 if fill.quantity > 0 else -1.0
        price = float(fill.price)
        mid = self._mids.get(fill.symbol, 0.0)
        if arrival.mid > 0.0:
            self.slippage.append(1e4 * side * (price - arrival.mid) / arrival.mid)
        if mid > 0.0:
            self.spread.append(2e4 * side * (price - mid) / mid)
        if first:
            self.filled.append(float(max(0, fill.ts - arrival.now)))
