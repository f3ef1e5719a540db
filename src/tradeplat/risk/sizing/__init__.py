"""How many shares an entry is worth, before the gate caps it."""

from collections.abc import Callable
from typing import Protocol


class Sizer(Protocol):
    """Turns one entry into a quantity."""

    def quantity(self, price: float, stop: float, equity: Callable[[], float]) -> float:
        """Unsigned shares for an entry at `price` with protective `stop` (nan: none).

        `equity` is asked only when it is needed: valuing the account costs time.
        """
        ...
