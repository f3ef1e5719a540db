"""A strategy that trades at all hours, with levels that are hit: what a test plugs in."""

from math import nan

from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import Bar, Quote

__all__ = ["EarlyBirds"]


class EarlyBirds:
    """Enters, protects and leaves by a number drawn from what it is shown, and nothing else."""

    def __init__(self, every: int = 40) -> None:
        self.every = every
        self.mixed = 17

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        price = bar.close
        told = f"{round(holding.quantity * 100)}|{holding.working}|{holding.stop!r}"
        text = f"{self.mixed}|{round(price * 100)}|{bar.ts}|{told}"
        self.mixed = sum(n * ord(c) for n, c in enumerate(text, 1)) * 2_654_435_761 % 2**32
        pick = self.mixed >> 8
        if holding.quantity:
            return self._held(price, pick, 1.0 if holding.quantity > 0 else -1.0)
        if holding.working or pick % self.every:
            return HOLD
        side = 1.0 if pick % 2 else -1.0
        target = price * (1 + side * 0.0012) if pick % 3 else nan
        limit, stop = price * (1 + side * 0.001), price * (1 - side * 0.0008)
        return Intent(Action.ENTER, side, limit, stop, target)

    def _held(self, price: float, pick: int, side: float) -> Intent:
        if pick % 97 == 0:
            return Intent(Action.EXIT, side, nan, nan, nan)
        if pick % 53 == 0:
            return Intent(Action.PROTECT, 0.0, nan, price * (1 - side * 0.001), nan)
        return HOLD
