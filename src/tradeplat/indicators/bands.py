"""Bollinger bands: a plain mean and so many population standard deviations around it."""

from tradeplat.core.kernel import kernel
from tradeplat.indicators.rings import push, ring_count, ring_moments


@kernel
def bollinger(
    ring: list[float], value: float, seen: int, width: float
) -> tuple[float, float, float]:
    """Lower band, mean and upper band once `value`, after `seen` others, is in `ring`.

    TA-Lib's from the moment the ring is full; of the values so far before that. Flat prices give
    three equal bands.
    """
    push(ring, value, seen)
    count = ring_count(ring, seen + 1)
    mean, deviation = ring_moments(ring, count, 0)
    away = width * deviation
    return mean - away, mean, mean + away
