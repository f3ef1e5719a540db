"""Small markets for tests: an engine whose reports are kept, and facts in one line."""

from decimal import Decimal

from msgspec.structs import replace

from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report, TimeInForce
from tradeplat.sim.matching import MatchingEngine
from tradeplat.sim.options import FREE, PLAIN, Costs, MatchOptions
from tradeplat.sim.orderbook import DayEnd

STEP = 60 * SECOND


def dec(value: float | str | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def order(quantity: int, **given: object) -> Order:
    """A market order; a limit, stop or trail makes it the kind it takes."""
    prices = {k: dec(given.pop(k, None)) for k in ("limit", "stop", "trail")}
    legs = {k: dec(given.pop(k, None)) for k in ("stop_loss", "take_profit")}
    kind = OrderType.MARKET
    if prices["trail"] is not None:
        kind = OrderType.TRAILING_STOP
    elif prices["stop"] is not None:
        kind = OrderType.STOP if prices["limit"] is None else OrderType.STOP_LIMIT
    elif prices["limit"] is not None:
        kind = OrderType.LIMIT
    made = Order("o", "A", "s", Decimal(quantity), kind, Purpose.ENTRY, 0, 0, **prices, **legs)
    return replace(made, **given)


def bar(step: int, *prices: float, volume: float = 1e6, span: int = 60, symbol: str = "A") -> Bar:
    """The bar of open, high, low and close that ends at `step` steps."""
    open_, high, low, close = prices
    return Bar(symbol, step * STEP, open_, high, low, close, volume, span, "csv")


def quote(ts: int, bid: float, ask: float, size: float = 100.0, symbol: str = "A") -> Quote:
    return Quote(symbol, ts, bid, size, ask, size, "csv")


def trade(ts: int, price: float, size: float = 100.0) -> Trade:
    return Trade("A", ts, price, size, "csv")


def status(ts: int, trading: bool) -> Status:
    return Status("A", ts, trading, "T", "csv")


class Market:
    """An engine with its reports."""

    def __init__(
        self,
        costs: Costs = FREE,
        options: MatchOptions = PLAIN,
        day_end: DayEnd | None = None,
    ) -> None:
        self.reports: list[Report] = []
        self.engine = MatchingEngine(self.reports.append, Instrument, costs, options, day_end)

    def place(self, made: Order, now: int = 0) -> None:
        self.engine.place(made, now)

    def bars(self, *bars: Bar) -> None:
        for one in bars:
            self.engine.on_bar(one, one.ts)

    def last(self, order_id: str = "o") -> Report:
        return [r for r in self.reports if r.order_id == order_id][-1]

    def state(self, order_id: str = "o") -> OrderState:
        return self.last(order_id).state

    @property
    def fills(self) -> list[tuple[str, int, float, int]]:
        """(order, quantity, price, ts) of every execution."""
        return [
            (r.order_id, int(r.last_quantity), float(r.last_price), r.ts)
            for r in self.reports
            if r.last_quantity is not None and r.last_price is not None
        ]


IOC, FOK, GTC = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC
