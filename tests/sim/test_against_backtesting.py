"""An independent judge: the same signals through backtesting.py give the same fills."""

import warnings
from math import nan
from typing import Any

import pytest

from replays import Setting, chunked, research
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import SECOND, Bar, MarketEvent, Quote
from tradeplat.sim.broker import USUAL, VenueRules
from tradeplat.sim.options import Costs
from tradeplat.strategies.sma_cross import SmaCross

DAY = 86_400 * SECOND
HOURS = 21_600
"""Seconds from open to close: a fill's day tells its bar."""
SIZE = 10

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    backtesting = pytest.importorskip("backtesting", reason="no second engine to compare with")
    from backtesting.test import GOOG


def theirs(strategy: type, *, commission: float = 0.0) -> list[tuple[int, float, float]]:
    """(bar, quantity, price) of every fill of backtesting.py on its own GOOG data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = backtesting.Backtest(GOOG, strategy, cash=1e6, commission=(commission, 0.0))
        trades = test.run()["_trades"]
    fills = []
    for trade in trades.itertuples():
        fills.append((trade.EntryBar, float(trade.Size), trade.EntryPrice))
        fills.append((trade.ExitBar, -float(trade.Size), trade.ExitPrice))
    return sorted(fills)


def ours(made: Any, rules: VenueRules = USUAL) -> list[tuple[int, float, float]]:
    events: list[MarketEvent] = [
        Bar("GOOG", n * DAY + HOURS * SECOND, *(float(v) for v in row), HOURS, "t")
        for n, row in enumerate(GOOG[["Open", "High", "Low", "Close", "Volume"]].to_numpy())
    ]
    setting = Setting(lambda _: {"s": made}, ("GOOG",), rules, quantity=SIZE)
    fills = research(chunked(events), setting).fills
    return sorted((f.ts // DAY, float(f.quantity), float(f.price)) for f in fills)


def agree(mine: list[tuple[int, float, float]], expected: list[tuple[int, float, float]]) -> None:
    """Equal to the last fill; backtesting.py tells nothing of a trade still open at the end."""
    assert len(mine) - len(expected) in (0, 1)
    assert mine[: len(expected)] == expected


def test_means_that_cross_fill_alike() -> None:
    class Crossing(backtesting.Strategy):
        def init(self) -> None:
            close = self.data.Close.s
            self.fast = self.I(lambda: close.rolling(20).mean())
            self.slow = self.I(lambda: close.rolling(50).mean())

        def next(self) -> None:
            if self.fast[-1] > self.slow[-1]:
                if not self.position:
                    self.buy(size=SIZE)
            elif self.position:
                self.position.close()

    rules = VenueRules(Costs(fee_per_trade=1.0))
    expected = theirs(Crossing, commission=1.0)
    assert len(expected) > 30
    mine = ours(SmaCross(20, 50), rules)
    # It asks for a first answer one bar after the means exist: the first entry is its own.
    assert (mine[0][0], expected[0][0]) == (50, 51)
    agree(mine[1:], expected[1:])


class Bracketed:
    """Enters every tenth bar it is flat, on alternating sides, with both legs."""

    def __init__(self, stop: float, target: float) -> None:
        self.seen = 0
        self.stop = stop
        self.target = target

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        self.seen += 1
        if holding.quantity or holding.working or self.seen % 10:
            return HOLD
        side, stop, target = wanted(self.seen, bar.close, self.stop, self.target)
        return Intent(Action.ENTER, side, nan, stop, target)

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


def wanted(seen: int, close: float, stop: float, target: float) -> tuple[float, float, float]:
    side = 1.0 if seen % 20 else -1.0
    return side, round(close * (1 - side * stop), 2), round(close * (1 + side * target), 2)


@pytest.mark.parametrize(("stop", "target"), [(0.03, 0.05), (0.06, 0.03), (0.02, 0.02)])
def test_brackets_fill_alike(stop: float, target: float) -> None:
    class Legs(backtesting.Strategy):
        def init(self) -> None:
            pass  # no indicators

        def next(self) -> None:
            seen = len(self.data)
            if self.position or self.orders or seen % 10:
                return
            side, sl, tp = wanted(seen, float(self.data.Close[-1]), stop, target)
            (self.buy if side > 0 else self.sell)(size=SIZE, sl=sl, tp=tp)

    expected = theirs(Legs)
    assert len(expected) > 100
    agree(ours(Bracketed(stop, target)), expected)
