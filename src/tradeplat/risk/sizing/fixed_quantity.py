"""The same quantity for every entry."""

from collections.abc import Callable

__all__ = ["FixedQuantity"]


class FixedQuantity:
    """The same quantity each time."""

    def __init__(self, quantity: float = 100.0) -> None:
        self._quantity = quantity

    def quantity(self, price: float, stop: float, equity: Callable[[], float]) -> float:  # Sizer
        """The fixed quantity, whatever the trade."""
        return self._quantity
