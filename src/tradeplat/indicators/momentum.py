"""How hard price has been pushed: relative strength and rate of change."""

from math import nan

from tradeplat.core.kernel import kernel
from tradeplat.indicators.means import wilder
from tradeplat.indicators.rings import push


@kernel
def gain_mean(previous: float, change: float, span: int, seen: int) -> float:
    """Wilder's mean of the rises among `seen` earlier changes and `change`; a fall counts as 0."""
    return wilder(previous, max(change, 0.0), span, seen)


@kernel
def loss_mean(previous: float, change: float, span: int, seen: int) -> float:
    """Wilder's mean of the falls, as positive numbers; a rise counts as 0."""
    return wilder(previous, max(-change, 0.0), span, seen)


@kernel
def rsi(gains: float, losses: float) -> float:
    """Relative strength index, 0 to 100, of the mean rise and the mean fall.

    TA-Lib's from the change number `span` on, and like TA-Lib's 0 where nothing moved at all.
    """
    total = gains + losses
    if total == 0.0:
        return 0.0
    return 100.0 * (gains / total)


@kernel
def roc(ring: list[float], value: float, seen: int) -> float:
    """Rate of change in percent against `len(ring)` values ago; nan until there is such a value.

    Like TA-Lib's 0 where the earlier value is 0.
    """
    old = push(ring, value, seen)
    if seen < len(ring):
        return nan
    if old == 0.0:
        return 0.0
    return (value / old - 1.0) * 100.0
