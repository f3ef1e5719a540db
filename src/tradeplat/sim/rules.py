"""Every price rule of a simulated fill: scalars in, scalars out (quant-spec 2 and 3).

`side` is +1 to buy and -1 to sell, prices are floats in money, nan means "does not fill". Levels
arrive rounded to their tick; bars are taken raw.
"""

from enum import IntEnum
from math import nan

from tradeplat.core.instrument import ticks_down, ticks_up
from tradeplat.core.kernel import kernel


class TieBreak(IntEnum):
    """Which of stop and target filled first when one bar reached both."""

    PESSIMISTIC = 0
    """The stop."""
    OPTIMISTIC = 1
    """The target."""
    NEAREST_OPEN = 2
    """The bar went to the extreme nearer to its open first; the stop when both are as near."""
    RANDOM = 3
    """A coin thrown by symbol and bar time."""
    FINER = 4
    """Finer bars decide where there are any, else the stop."""


NEITHER, STOP, TARGET = 0, 1, 2
"""Answers of `same_bar_exit`."""

Path = tuple[float, float, float, float]
"""Where the price went inside a bar, in order."""


@kernel
def stop_fill(side: int, level: float, open_: float, high: float, low: float) -> float:
    """Reference price of a stop order at `level`: the open if it gapped beyond, else the level."""
    if side > 0:
        if open_ >= level:
            return open_
        return level if high >= level else nan
    if open_ <= level:
        return open_
    return level if low <= level else nan


@kernel
def limit_fill(
    side: int, level: float, reach: float, open_: float, high: float, low: float
) -> float:
    """Price of a limit order at `level`: the open if it was better, else the level.

    `reach` is the price that has to trade: the level itself (TOUCH), or one tick beyond it
    (THROUGH).
    """
    if side > 0:
        if open_ <= reach:
            return open_
        return level if low <= reach else nan
    if open_ >= reach:
        return open_
    return level if high >= reach else nan


@kernel
def slipped(reference: float, side: int, ticks: float, tick: float, fraction: float) -> float:
    """`reference` moved against the trader by `ticks` ticks, or by `fraction` of itself."""
    if ticks != 0.0:
        return reference + side * ticks * tick
    return reference * (1.0 + side * fraction)


@kernel
def clamped(price: float, high: float, low: float) -> float:
    """`price` held inside the bar: an option for market orders only."""
    return min(max(price, low), high)


@kernel
def executed_ticks(price: float, side: int, tick: float) -> int:
    """The executed price in whole ticks, rounded against the trader: buys up, sells down."""
    return ticks_up(price, tick) if side > 0 else ticks_down(price, tick)


@kernel
def order_fee(
    quantity: float, fills: int, unit: float, trade: float, least: float, most: float
) -> float:
    """What an order has cost after `fills` fills of `quantity` in all, beyond price.

    `unit` is due per share or contract and kept within `least` and `most` per order (0: no such
    bound), `trade` is due per fill.
    """
    by_unit = unit * quantity
    if fills > 0 and by_unit < least:
        by_unit = least
    if most > 0.0 and by_unit > most:
        by_unit = most
    return by_unit + trade * fills


@kernel
def capped(quantity: float, fraction: float, volume: float, lot: float) -> float:
    """At most `fraction` of `volume` in whole lots; the rest is carried to the next event."""
    room = ticks_down(fraction * volume, lot) * lot
    return min(quantity, room)


@kernel
def stop_first(policy: int, side: int, open_: float, high: float, low: float, draw: float) -> bool:
    """True when the stop of a position on `side` fills before its target in the same bar.

    `draw` in [0, 1) decides under RANDOM.
    """
    if policy == TieBreak.OPTIMISTIC:
        return False
    if policy == TieBreak.NEAREST_OPEN:
        up, down = high - open_, open_ - low
        return down <= up if side > 0 else up <= down
    if policy == TieBreak.RANDOM:
        return draw < 0.5
    return True


@kernel
def bar_path(side: int, open_: float, high: float, low: float, close: float) -> Path:
    """The way a bar is taken to have gone: open, nearer extreme, other extreme, close.

    When both extremes are as near, the one that hurts a position on `side` comes first.
    """
    up, down = high - open_, open_ - low
    if up < down or (up == down and side < 0):
        return open_, high, low, close
    return open_, low, high, close


@kernel
def same_bar_exit(side: int, entry: float, stop: float, target: float, path: Path) -> int:
    """What a position opened inside the bar at `entry` meets on the rest of the bar's path.

    Only what follows the entry counts; an unset level is nan. Not for PESSIMISTIC, which tests
    the stop alone.
    """
    here = path[0]
    entered = here == entry
    for there in (path[1], path[2], path[3]):
        if not entered:
            entered = min(here, there) <= entry <= max(here, there)
            here = entry if entered else there
            if not entered:
                continue
        move = side * (there - here)
        if move < 0.0 and side * (there - stop) <= 0.0:
            return STOP
        if move > 0.0 and side * (there - target) >= 0.0:
            return TARGET
        here = there
    return NEITHER


@kernel
def trailed(side: int, level: float, extreme: float, trail: float) -> float:
    """A trailing stop's level once the market has been at `extreme`: it only ever tightens.

    `side` is the order's: a sell stop trails below, a buy stop above. nan levels start anew.
    """
    fresh = extreme + side * trail
    if level != level:  # noqa: PLR0124  # nan is the one number unequal to itself; isnan also compiles, slower
        return fresh
    return min(level, fresh) if side > 0 else max(level, fresh)
