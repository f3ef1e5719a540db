"""Floats to the decimals they print as and back; values that come again are converted once."""

from decimal import Decimal
from functools import lru_cache

KEPT = 8_192
"""Values remembered each way: a day of one symbol has fewer prices than that."""


@lru_cache(KEPT)
def exact(value: float) -> Decimal:
    """The decimal that `value` prints as; a negative zero loses its sign."""
    return Decimal(repr(value + 0.0))


@lru_cache(KEPT)
def nearest(value: Decimal) -> float:
    """The float nearest to `value`; a negative zero loses its sign."""
    return float(value) + 0.0


@lru_cache(KEPT)
def shortest(value: Decimal) -> str:
    """The shortest text of the float nearest to `value`: venues write one decimal in many ways."""
    return repr(float(value) + 0.0)
