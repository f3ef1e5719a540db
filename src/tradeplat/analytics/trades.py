"""Campaigns: what a strategy did with a symbol from flat to non-zero and back to flat."""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite, nan

import msgspec

from tradeplat.core.intent import Intent
from tradeplat.core.market import Bar, opened
from tradeplat.core.orders import Fill, Order, Purpose

ZERO = Decimal(0)
ONE = Decimal(1)


class Campaign(msgspec.Struct, frozen=True):
    """One campaign of one strategy in one symbol; money is in the account's currency.

    `side` is +1 long, -1 short; `entry` and `exit` are VWAPs of the fills that increased and
    decreased it (`exit` is None before the first of those); `quantity` is the largest it was,
    `left` the signed rest that is still open. `gross` is what its fills brought in, plus the rest
    at `mark` while it is open; `costs` are fees and commissions; net is gross less costs.
    `worst` and `best` are the most it was down and up before costs (MAE at or below 0, MFE at or
    above), judged at bars' extremes while it was held. `risk` is the money at stake at the first
    stop, costs included, nan when there was no stop. Times are UTC ns; `closed` is 0 while open.
    """

    strategy: str
    symbol: str
    side: int
    opened: int
    closed: int
    quantity: Decimal
    left: Decimal
    entry: Decimal
    exit: Decimal | None
    gross: Decimal
    costs: Decimal
    worst: float
    best: float
    risk: float
    stop: float
    bars: int
    fills: int
    entry_order: str
    exit_order: str
    exit_purpose: str

    @property
    def net(self) -> Decimal:
        """Profit after costs."""
        return self.gross - self.costs

    @property
    def multiple(self) -> float:
        """The R multiple: net over initial risk, nan without a stop."""
        return float(self.net) / self.risk if self.risk > 0.0 else nan

    @property
    def held(self) -> int:
        """Nanoseconds from first to last fill; 0 while open."""
        return self.closed - self.opened if self.closed else 0


class _Going:
    """A campaign while it is open."""

    def __init__(self, fill: Fill, multiplier: Decimal, stop: float, span: int) -> None:
        self.strategy = fill.strategy
        self.symbol = fill.symbol
        self.side = 1 if fill.quantity > 0 else -1
        self.opened = fill.ts
        self.multiplier = multiplier
        self.quantity = ZERO
        self.peak = ZERO
        self.entered = self.entered_value = ZERO
        self.left = self.left_value = ZERO
        self.costs = ZERO
        self.worst = self.best = 0.0
        self.stop = stop
        self.span = span
        self.bars = 0
        self.fills = 0
        self.entry_order = fill.order_id
        self.exit_order = ""
        self.exit_purpose = ""
        self.closed = 0
        self._flow = 0.0
        self._size = 0.0

    def trade(self, fill: Fill, quantity: Decimal, fee: Decimal) -> None:
        """Take in `quantity` of `fill`, which never carries the campaign through flat."""
        value = quantity * fill.price * self.multiplier
        if (quantity > 0) == (self.side > 0):
            self.entered += abs(quantity)
            self.entered_value += abs(quantity) * fill.price
        else:
            self.left += abs(quantity)
            self.left_value += abs(quantity) * fill.price
            self.exit_order = fill.order_id
            self.exit_purpose = fill.purpose.value
        self.quantity += quantity
        self.peak = max(self.peak, abs(self.quantity))
        self.costs += fee
        self.fills += 1
        self._flow -= float(value)
        self._size = float(self.quantity * self.multiplier)
        self.mark(float(fill.price))
        if self.quantity == 0:
            self.closed = fill.ts

    def see(self, bar: Bar) -> None:
        """Judge the bar's extremes, but only its close when it began before the campaign."""
        if opened(bar) >= self.opened:
            self.mark(bar.high)
            self.mark(bar.low)
        else:
            self.mark(bar.close)
        if bar.span == self.span or not self.span:
            self.bars += 1

    def mark(self, price: float) -> None:
        """Take in what the campaign is worth at `price`."""
        worth = self._flow + self._size * price
        if worth < self.worst:
            self.worst = worth
        elif worth > self.best:
            self.best = worth

    def campaign(self, mark: Decimal) -> Campaign:
        """The campaign as it stands, its rest valued at `mark`."""
        entry = self.entered_value / self.entered
        brought = (self.left_value - self.entered_value) * self.side
        gross = (brought + self.quantity * mark) * self.multiplier
        risk = nan
        if isfinite(self.stop):
            at_stake = abs(float(entry) - self.stop) * float(self.peak * self.multiplier)
            risk = at_stake + float(self.costs)
        return Campaign(
            self.strategy,
            self.symbol,
            self.side,
            self.opened,
            self.closed,
            self.peak,
            self.quantity,
            entry,
            self.left_value / self.left if self.left else None,
            gross,
            self.costs,
            self.worst,
            self.best,
            risk,
            self.stop,
            self.bars,
            self.fills,
            self.entry_order,
            self.exit_order,
            self.exit_purpose,
        )


class Campaigns:
    """Folds fills into campaigns, one series for each (strategy, symbol).

    A fill through zero is split in two by quantity, its costs pro rata: the first part closes,
    the second opens the next campaign. The sum of all `net` plus the starting cash is the equity,
    whatever the fills were. `multipliers` is the money per point of symbols where it is not 1.
    """

    def __init__(self, multipliers: Mapping[str, Decimal] | None = None) -> None:
        self.closed: list[Campaign] = []
        """Finished campaigns, in the order in which they ended."""
        self._multipliers = multipliers or {}
        self._going: dict[str, dict[str, _Going]] = {}
        self._wishes: dict[str, tuple[float, int]] = {}
        self._spans: dict[str, int] = {}

    def on_decision(self, intent: Intent, order: Order) -> None:
        """Remember the stop an approved order was meant to have, and the bars it went by."""
        if order.purpose is Purpose.ENTRY:
            stop = float(order.stop_loss) if order.stop_loss is not None else intent.stop
            self._wishes[order.id] = (stop, self._spans.get(order.symbol, 0))

    def on_bar(self, bar: Bar) -> None:
        """Let the bar's extremes judge what is held of its symbol."""
        self._spans[bar.symbol] = bar.span
        for going in self._going.get(bar.symbol, {}).values():
            going.see(bar)

    def on_change(self, order: Order, fill: Fill | None) -> Campaign | None:
        """Book the fill, if there is one; the campaign that it ended, if it did."""
        ended = self._book(fill) if fill is not None else None
        if order.purpose is Purpose.STOP and order.stop is not None:
            going = self._going.get(order.symbol, {}).get(order.strategy)
            if going is not None and not isfinite(going.stop):
                going.stop = float(order.stop)
        if not order.open:
            self._wishes.pop(order.id, None)
        return ended

    def on_taken_over(self, fill: Fill) -> Campaign | None:
        """Take over shares that this session did not trade, at their price."""
        return self._book(fill)

    def ongoing(self, marks: Mapping[str, float]) -> list[Campaign]:
        """Campaigns still open, valued at `marks`; a symbol without one at its entry."""
        return [
            going.campaign(
                Decimal(repr(marks[symbol]))
                if symbol in marks
                else going.entered_value / going.entered
            )
            for symbol, strategies in self._going.items()
            for going in strategies.values()
        ]

    def _book(self, fill: Fill) -> Campaign | None:
        strategies = self._going.setdefault(fill.symbol, {})
        going = strategies.get(fill.strategy)
        if going is None:
            self._begin(fill, fill.quantity, fill.fee)
            return None
        total = going.quantity + fill.quantity
        through = total != 0 and (total > 0) != (going.quantity > 0)
        closing = -going.quantity if through else fill.quantity
        fee = fill.fee * closing / fill.quantity if through else fill.fee
        going.trade(fill, closing, fee)
        if going.quantity != 0:
            return None
        ended = going.campaign(ZERO)
        self.closed.append(ended)
        del strategies[fill.strategy]
        if not strategies:
            del self._going[fill.symbol]
        if through:
            self._begin(fill, total, fill.fee - fee)
        return ended

    def _begin(self, fill: Fill, quantity: Decimal, fee: Decimal) -> None:
        stop, span = self._wishes.get(fill.order_id, (nan, self._spans.get(fill.symbol, 0)))
        multiplier = self._multipliers.get(fill.symbol, ONE)
        going = _Going(fill, multiplier, stop, span)
        self._going.setdefault(fill.symbol, {})[fill.strategy] = going
        going.side = 1 if quantity > 0 else -1
        going.trade(fill, quantity, fee)
