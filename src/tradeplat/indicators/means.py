"""Means, one value at a time; each is told how many values came before."""

from tradeplat.core.kernel import kernel
from tradeplat.indicators.rings import ring_total


@kernel
def ema(previous: float, value: float, span: int, seen: int) -> float:
    """Exponential mean with weight 2 / (span + 1), seeded by the plain mean of `span` values.

    `seen` values came before `value`, so the result is TA-Lib's from `seen == span - 1` on and
    the mean so far before that; `previous` is not read when `seen` is 0.
    """
    if seen == 0:
        return value
    if seen < span:
        return previous + (value - previous) / (seen + 1)
    return previous + (value - previous) * (2.0 / (span + 1))


@kernel
def wilder(previous: float, value: float, span: int, seen: int) -> float:
    """Wilder's mean (weight 1 / span), seeded by the plain mean of the first `span` values."""
    if seen == 0:
        return value
    if seen < span:
        return previous + (value - previous) / (seen + 1)
    return previous + (value - previous) / span


@kernel
def sma_total(ring: list[float], total: float, value: float, seen: int) -> float:
    """Sum of the last `len(ring)` values once `value` has replaced the oldest of them in `ring`.

    The ring starts as zeros and `total` as 0.0. At the end of every turn the ring is added afresh,
    so rounding errors live for one turn at most and a long run is as exact as a short one.
    """
    span = len(ring)
    at = seen % span
    old = ring[at]
    ring[at] = value
    if at == span - 1:
        return ring_total(ring, 0, span)
    return total + (value - old)


@kernel
def sma(total: float, span: int, seen: int) -> float:
    """Plain mean behind `sma_total`'s sum after `seen` earlier values; short while it warms up."""
    return total / (span if seen >= span else seen + 1)
