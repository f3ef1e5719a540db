"""Floats to the decimals they print as, and back; what comes again is converted once."""

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
def spelled(value: Decimal) -> str:
    """The one spelling of `value`, whose zeros venues write or leave out."""
    return str((value + 0).normalize())
