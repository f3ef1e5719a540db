"""Rings of the last values: written in place, summed from the left, in every world alike."""

from math import nan, sqrt

from tradeplat.core.kernel import kernel


@kernel
def push(ring: list[float], value: float, seen: int) -> float:
    """Put `value`, of which `seen` came before, in place of the oldest, which is returned.

    nan while the ring is still filling up.
    """
    at = seen % len(ring)
    old = ring[at] if seen >= len(ring) else nan
    ring[at] = value
    return old


@kernel
def ring_count(ring: list[float], seen: int) -> int:
    """How many values the ring holds after `seen` of them came."""
    return min(seen, len(ring))


@kernel
def ring_total(ring: list[float], start: int, stop: int) -> float:
    """Sum of `ring[start:stop]`, added one by one from the left."""
    total = 0.0
    for index in range(start, stop):
        total += ring[index]
    return total


@kernel
def ring_mean(ring: list[float], count: int) -> float:
    """Mean of the first `count` slots, taken around the first: exact when all are equal."""
    base = ring[0]
    total = 0.0
    for index in range(1, count):
        total += ring[index] - base
    return base + total / count


@kernel
def ring_deviation(ring: list[float], count: int, mean: float, ddof: int) -> float:
    """Standard deviation of the first `count` slots, dividing by `count - ddof`.

    Two passes, so it neither drifts nor cancels; nan with too few values.
    """
    if count <= ddof:
        return nan
    total = 0.0
    for index in range(count):
        away = ring[index] - mean
        total += away * away
    return sqrt(total / (count - ddof))
