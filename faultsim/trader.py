"""A strategy that does everything a strategy can do, at random, from a seed of its own."""

from math import isnan, nan

from faultsim.spy import WATCHER
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import Bar, Quote
from tradeplat.indicators.noise import step_noise, stir_noise, uniform

__all__ = ["SimTrader"]

_NEAR, _FAR = 0.001, 0.006


class SimTrader:
    """At each quote before `until` (UTC ns) it acts with probability `chance`.

    Flat it enters, at market or at a limit, with or without legs; holding something it leaves or
    moves its legs; with something working it may withdraw it, leave or wait. The draws depend on
    the seed, the symbol and the number of quotes seen. Whoever watches hears of each wish.
    """

    noise: int
    seed: int
    chance: float
    until: int
    seen: int

    def __init__(self, seed: int = 1, chance: float = 0.3, until: int = 0) -> None:
        self.seed = seed
        self.chance = chance
        self.until = until
        self.noise = 0
        self.seen = 0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Bars say nothing to it."""
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """Do something, or not."""
        if not self.noise:
            name = sum(ord(letter) << (7 * at) for at, letter in enumerate(quote.symbol[:4]))
            self.noise = stir_noise(stir_noise(1, self.seed), name)
        self.seen += 1
        if quote.ts >= self.until or self._draw() >= self.chance:
            return HOLD
        wish = self._wish(quote, holding)
        watcher = WATCHER.get(None)
        if watcher is not None and wish is not HOLD:
            watcher.wished(quote.symbol, wish)
        return wish

    def _wish(self, quote: Quote, holding: Holding) -> Intent:
        if holding.quantity != 0.0:
            return self._holding(quote, holding)
        if holding.working:
            return Intent(Action.CANCEL, 1.0, nan, nan, nan) if self._draw() < 0.5 else HOLD
        return self._enter(quote)

    def _holding(self, quote: Quote, holding: Holding) -> Intent:
        draw = self._draw()
        side = 1.0 if holding.quantity > 0 else -1.0
        if draw < 0.45:
            limit = nan if self._draw() < 0.6 else self._price(quote, -side, through=True)
            return Intent(Action.EXIT, side, limit, nan, nan)
        if draw < 0.8:
            stop = self._away(quote, -side) if self._draw() < 0.8 else nan
            target = self._away(quote, side) if self._draw() < 0.5 or isnan(stop) else nan
            return Intent(Action.PROTECT, side, nan, stop, target)
        return Intent(Action.CANCEL, side, nan, nan, nan)

    def _enter(self, quote: Quote) -> Intent:
        side = 1.0 if self._draw() < 0.7 else -1.0
        limit = nan
        draw = self._draw()
        if draw < 0.6:
            limit = self._price(quote, side, through=draw < 0.35)
        stop = self._away(quote, -side) if self._draw() < 0.7 else nan
        target = self._away(quote, side) if self._draw() < 0.6 else nan
        return Intent(Action.ENTER, side, limit, stop, target)

    def _price(self, quote: Quote, side: float, *, through: bool) -> float:
        """A limit for an order on `side`: at the other side of the market, or short of our own."""
        if through:
            return quote.ask + 0.01 if side > 0 else quote.bid - 0.01
        return quote.bid * (1.0 - side * _NEAR) if side > 0 else quote.ask * (1.0 - side * _NEAR)

    def _away(self, quote: Quote, direction: float) -> float:
        """A level beyond the market in `direction`."""
        edge = quote.ask if direction > 0 else quote.bid
        far = _NEAR + (_FAR - _NEAR) * self._draw()
        return round(edge * (1.0 + direction * far) + direction * 0.02, 2)

    def _draw(self) -> float:
        self.noise = step_noise(self.noise)
        return uniform(self.noise)
