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
    for value in ring[start:stop]:
        total += value
    return total


@kernel
def ring_moments(ring: list[float], count: int, ddof: int) -> tuple[float, float]:
    """Mean and standard deviation of the first `count` slots, dividing by `count - ddof`.

    One pass around the first slot: it neither drifts nor cancels, and equal values have exactly
    their own mean and no deviation. The deviation is nan with too few values.
    """
    base = ring[0]
    total = squares = 0.0
    for index in range(1, count):
        away = ring[index] - base
        total += away
        squares += away * away
    mean = base + total / count
    if count <= ddof:
        return mean, nan
    return mean, sqrt(max(squares - total * total / count, 0.0) / (count - ddof))
