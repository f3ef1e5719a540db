"""How unusual the latest value is among its neighbours."""

from math import nan

from tradeplat.core.kernel import kernel
from tradeplat.indicators.rings import push, ring_count, ring_moments


@kernel
def zscore(ring: list[float], value: float, seen: int) -> float:
    """Distance of `value` from the mean of the last `len(ring)` values, itself among them, in
    sample standard deviations (ddof 1).

    nan until the ring is full and where the values do not vary.
    """
    push(ring, value, seen)
    count = ring_count(ring, seen + 1)
    if count < len(ring):
        return nan
    mean, deviation = ring_moments(ring, count, 1)
    return (value - mean) / deviation if deviation > 0.0 else nan
