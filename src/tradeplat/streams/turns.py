"""When market data lets whatever else is due have a turn of the loop."""

from collections.abc import Callable, Sequence

from tradeplat.streams.dialect import Fact

FEW = 10
"""Tickers that are handed something in one turn while an order is on its way."""
LONGEST = 100
"""Facts in one turn at most."""


def never() -> bool:
    """Nothing is urgent."""
    return False


class Turns:
    """Counts what a burst of market data has set in motion since the last turn.

    Each ticker that is handed something wakes a desk, and an order must not wait until the whole
    of a burst is dealt with. While one is on its way (`urgent`) turns are short; else they are
    long, for a desk that is woken once for many events costs less.
    """

    __slots__ = ("_handed", "_stirred", "_urgent")

    def __init__(self, urgent: Callable[[], bool] = never) -> None:
        self._urgent = urgent
        self._handed = 0
        self._stirred: set[str] = set()

    def over(self, facts: Sequence[Fact]) -> bool:
        """True when the turn in which `facts` were handed on shall be the end of it."""
        self._handed += len(facts)
        self._stirred.update([fact.symbol for fact in facts])
        if self._handed < LONGEST and (len(self._stirred) < FEW or not self._urgent()):
            return False
        self._handed = 0
        self._stirred.clear()
        return True
