"""How far price travels in a bar, and where that puts a stop."""

from math import isnan

from tradeplat.core.kernel import kernel
from tradeplat.indicators.means import wilder


@kernel
def true_range(high: float, low: float, last: float) -> float:
    """The bar's range, stretched to `last`, the close before it (nan: there is none)."""
    if isnan(last):
        return high - low
    return max(high, last) - min(low, last)


@kernel
def atr(previous: float, move: float, span: int, seen: int) -> float:
    """Average true range: Wilder's mean of true ranges `move`, of which `seen` came before.

    TA-Lib's value when the first bar, which has no close before it, is left out.
    """
    return wilder(previous, move, span, seen)


@kernel
def stop_level(side: float, price: float, atr_value: float, multiple: float) -> float:
    """The stop of a position taken at `price`: `multiple` ATR to the losing side of it."""
    return price - side * multiple * atr_value


@kernel
def protects(side: float, price: float, stop: float) -> bool:
    """True when `stop` is a price on the losing side of `price`; in a market that does not move,
    or moves by more than it is worth, there is no such place and nothing to trade.
    """
    return stop > 0.0 and side * (price - stop) > 0.0
