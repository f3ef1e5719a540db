"""The same quantity for every entry."""

from collections.abc import Callable
from math import inf

from tradeplat.core.errors import BadInput

__all__ = ["FixedQuantity"]


class FixedQuantity:
    """The same quantity each time."""

    def __init__(self, quantity: float = 100.0) -> None:
        if not 0.0 < quantity < inf:
            raise BadInput(f"fixed_quantity: expected a quantity above 0, found {quantity}")
        self._quantity = quantity

    def quantity(self, price: float, stop: float, equity: Callable[[], float]) -> float:  # Sizer
        """The fixed quantity, whatever the trade."""
        return self._quantity
