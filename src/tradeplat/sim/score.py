"""What a replay came to: equity and drawdown mark by mark, counts, digests."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.exact import nearest
from tradeplat.core.orders import Fill
from tradeplat.core.position import Position
from tradeplat.core.tape import Tapes
from tradeplat.journal.digest import RunDigest

ZERO = Decimal(0)


class Result(msgspec.Struct, frozen=True):
    """One replay in figures; money in account currency.

    `bars` and `quotes` count what the data delivered and `repeats` the bars it held twice.
    `orders` counts approved intents, `campaigns` the round trips that ended flat. `max_drawdown`
    is the largest 1 - E / peak, `max_drawdown_money` the largest peak - E. Digests are those of
    journal/digest.py.
    """

    bars: int
    quotes: int
    repeats: int
    orders: int
    fills: int
    campaigns: int
    start_equity: Decimal
    end_equity: Decimal
    net: Decimal
    max_drawdown: float
    max_drawdown_money: float
    elapsed_s: float
    bars_per_s: float
    decisions_sha256: str
    fills_sha256: str
    refused: dict[str, int]
    by_symbol: dict[str, Decimal]
    by_strategy: dict[str, Decimal]


class Score:
    """Equity of one account as its fills and marks tell it; memory does not grow with time.

    Equity is cash plus what is held at its last close, a fill's own price before the first. One
    point counts per instant, when all of its fills and marks are in; instants in which nothing
    was held or filled add none, for equity stands still in them.
    """

    def __init__(self, cash: Decimal, digest: RunDigest) -> None:
        self.digest = digest
        self.start = cash
        self.tapes = Tapes()
        """The last close of every symbol; the broker puts the market's own here."""
        self.ts = 0
        """The instant that is being played."""
        self.held: dict[str, float] = {}
        """Signed quantity of every symbol that is not flat."""
        self.campaigns = 0
        self.deepest = 0.0
        """Largest 1 - E / peak so far."""
        self.deepest_money = 0.0
        """Largest peak - E so far."""
        self._cash = cash
        self._equity = float(cash)
        self._peak = float(cash)
        self.marks: dict[str, float] = {}
        """Last mark of every symbol that is held."""
        self.low = self.high = 0.0
        """Marks of the only symbol held between these change neither peak nor drawdown: a drive
        may put them into `marks` itself and leave it at that. 0 while a new extreme is pending.
        """
        self._alone = False
        self._base = 0.0
        self._fresh: set[str] = set()
        self._net: dict[str, Decimal] = {}
        self._positions: dict[tuple[str, str], Decimal] = {}

    def advance(self, ts: int) -> None:
        """Begin the instant `ts`: the one before it is complete."""
        if self._fresh:
            self._value_fresh()
        self.ts = ts
        equity = self._equity
        below = self._peak - equity
        if below < 0.0:
            self._peak = equity
        elif below > 0.0:
            self.deepest_money = max(self.deepest_money, below)
            if self._peak > 0.0:
                self.deepest = max(self.deepest, below / self._peak)
        self.low = self.high = 0.0

    def mark(self, ts: int, symbol: str, price: float) -> None:
        """Value what is held of `symbol` at `price` as of `ts`."""
        if ts > self.ts:
            self.advance(ts)
        size, marks = self.held[symbol], self.marks
        if self._alone:
            self._equity = self._base + size * price
            self._bound(size, price)
        else:
            self._equity += size * (price - marks[symbol])
        marks[symbol] = price

    def on_fill(self, fill: Fill) -> None:
        """Book one fill."""
        if fill.ts > self.ts:
            self.advance(fill.ts)
        self.digest.fill(fill)
        symbol = fill.symbol
        net = self._net[symbol] = self._net.get(symbol, ZERO) + fill.quantity
        self._cash -= fill.quantity * fill.price + fill.fee
        if net:
            if symbol not in self.marks:
                self.marks[symbol] = nearest(fill.price)
                self._fresh.add(symbol)
            self.held[symbol] = nearest(net)
        else:
            self.held.pop(symbol, None)
            self.marks.pop(symbol, None)
        marks = self.marks
        self._base = equity = float(self._cash)
        for held, size in self.held.items():
            equity += size * marks[held]
        self._equity = equity
        self._alone = len(self.held) == 1
        self.low = self.high = 0.0
        self._count(fill)

    def finish(self) -> None:
        """The last instant is complete."""
        self.advance(self.ts)

    def _value_fresh(self) -> None:
        """What was bought in the last instant stands at its last close, marked before or not."""
        for symbol in sorted(self._fresh):
            last = self.tapes[symbol].last
            if last and symbol in self.held:
                self.mark(self.ts, symbol, last)
        self._fresh.clear()

    def _bound(self, size: float, price: float) -> None:
        """Between which marks of the only symbol held nothing new can be learned.

        Nothing is known before `price` has had its instant, if it is such a mark itself. Drawn a
        little too tight, so that rounding never hides a new extreme.
        """
        worst = min(self.deepest * self._peak, self.deepest_money)
        top = (self._peak - self._base) / size
        bottom = top - worst / size
        low, high = (bottom, top) if size > 0.0 else (top, bottom)
        slack = 1e-9 * (abs(low) + abs(high) + abs(self._base / size))
        low, high = low + slack, high - slack
        if low < price < high:
            self.low, self.high = low, high
        else:
            self.low = self.high = 0.0

    def _count(self, fill: Fill) -> None:
        key = (fill.strategy, fill.symbol)
        before = self._positions.get(key, ZERO)
        after = self._positions[key] = before + fill.quantity
        if before and (not after or (after > 0) != (before > 0)):
            self.campaigns += 1


def nets(
    holdings: Mapping[tuple[str, str], Position], marks: Mapping[str, Decimal]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Profit after costs by symbol and by strategy, open positions valued at `marks`."""
    by_symbol: dict[str, Decimal] = {}
    by_strategy: dict[str, Decimal] = {}
    for (strategy, symbol), position in sorted(holdings.items()):
        net = position.realised - position.fees
        if position.quantity:
            net += position.quantity * (marks[symbol] - position.average)
        by_symbol[symbol] = by_symbol.get(symbol, ZERO) + net
        by_strategy[strategy] = by_strategy.get(strategy, ZERO) + net
    return by_symbol, by_strategy
