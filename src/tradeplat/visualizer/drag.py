"""A price line in somebody's hand: where it would go, what that would risk, whether it may.

The line itself moves only when the engine says so; this is the ghost.
"""

from collections.abc import Iterable
from math import isfinite, isnan

from tradeplat.visualizer.link import LineKind, LineState
from tradeplat.visualizer.model import ChartModel, Level
from tradeplat.visualizer.numerals import MINUS, dollar_text, price_text, quantity_text

MOVABLE = frozenset({LineKind.STOP, LineKind.TARGET})
"""Working orders are cancelled and sent anew: no command moves them."""


def movable(level: Level) -> bool:
    """Whether a line may be taken: a level that works, and that nobody is replacing."""
    return level.kind in MOVABLE and level.state == LineState.WORKING


def nearest(levels: Iterable[Level], price: float, reach: float) -> Level | None:
    """The line nearest to a price among those that may be taken within `reach` of it."""
    near = [one for one in levels if movable(one) and abs(one.price - price) <= reach]
    return min(near, key=lambda one: (abs(one.price - price), one.key), default=None)


class Ghost:
    """A line on its way to `price`, a multiple of the tick; `sent` once it was let go."""

    def __init__(self, model: ChartModel, level: Level) -> None:
        self.key = level.key
        self.level = level
        self.price = level.price
        self.sent = False
        self._model = model

    @property
    def moved(self) -> bool:
        """Whether it is anywhere else than its line."""
        return abs(self.price - self.level.price) > self._model.tick / 2

    def move(self, price: float) -> None:
        """Go to the tick next to `price`, at least one tick above nothing."""
        tick = self._model.tick
        self.price = max(round(price / tick), 1) * tick

    def nudge(self, ticks: int) -> None:
        """Go up or down by ticks."""
        self.move(self.price + ticks * self._model.tick)

    def objection(self) -> str:
        """Why the engine would not take it here; empty where it may be let go."""
        level, model = self.level, self._model
        if level.kind != LineKind.STOP or not level.quantity:
            return ""
        sells = level.quantity < 0
        side = model.bid if sells else model.ask
        market = side if side > 0 and isfinite(side) else model.last
        if isnan(market):
            return ""
        past = self.price >= market if sells else self.price <= market
        if not past:
            return ""
        shown, there = price_text(self.price, model.decimals), price_text(market, model.decimals)
        which = "a sell stop must lie below" if sells else "a buy stop must lie above"
        return f"stop {shown} is past the market: {which} {there}"

    def text(self) -> str:
        """What the line would be here: its price, R, and money against the entry."""
        level, model = self.level, self._model
        word = {LineKind.STOP: "stop", LineKind.TARGET: "target"}.get(LineKind(level.kind), "order")
        said = [f"{word} {price_text(self.price, model.decimals)}"]
        if isfinite(level.reference) and level.quantity and level.kind != LineKind.WORKING:
            gain = (self.price - level.reference) * -level.quantity
            risk = self.risk()
            if risk > 0:
                said.append(r_text(gain / risk))
            said.append(dollar_text(gain))
        elif level.quantity:
            said.append(f"{quantity_text(level.quantity)} sh")
        return "  ".join(said)

    def risk(self) -> float:
        """Money from the entry to the stop as it is now, of this line's shares; 0.0 for none."""
        level = self.level
        stops = [
            one.price
            for one in self._model.levels.values()
            if one.kind == LineKind.STOP and one.seat == level.seat
        ]
        if not stops or not isfinite(level.reference):
            return 0.0
        away = [abs(level.reference - stop) for stop in stops]
        return max(away) * abs(level.quantity)


def r_text(r: float) -> str:
    """A multiple of the risk with its sign: +1.85 R."""
    return f"{round(r, 2) + 0.0:+.2f} R".replace("-", MINUS)
