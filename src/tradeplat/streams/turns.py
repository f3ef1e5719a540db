"""When market data lets whatever else is due have a turn of the loop."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tradeplat.streams.dialect import Fact

FEW = 3
"""Tickers that are handed something in one turn while an order is on its way."""
SLICE = 20
"""Tickers whose clocks are looked at in one turn while none is."""
LONGEST = 100
"""Facts in one turn at most."""
BULK = 2_000
"""The same while what is read is old by the time that it is read."""
REST = 0.001
"""Seconds of the loop between looks whether a commit is still waited for."""


def never() -> bool:
    """Nothing is urgent."""
    return False


class Way(NamedTuple):
    """What market data makes way for."""

    sending: Callable[[], bool] = never
    """Says whether an order is on its way."""
    committing: Callable[[], bool] = never
    """Says whether an order waits for the disk, for a few milliseconds at most."""


class Turns:
    """Counts what a burst of market data has set in motion since the last turn.

    Each ticker that is handed something wakes a desk, and an order must not wait until the whole
    of a burst is dealt with. While one is on its way turns are short; else they are long, for a
    desk that is woken once for many events costs less. While a commit is waited for there are
    none: its thread needs the interpreter again and again, and gets it from a loop that works
    only when that is made to let go, at a tenth of a millisecond each time. When more comes than
    desks can take, they are asked less often, and quotes give way to newer ones meanwhile.
    """

    __slots__ = ("_handed", "_stirred", "_way")

    def __init__(self, way: Way = Way()) -> None:  # noqa: B008  # a frozen tuple
        self._way = way
        self._handed = 0
        self._stirred: set[str] = set()

    @property
    def held(self) -> bool:
        """True while nothing is to be handed on."""
        return self._way.committing()

    @property
    def tickers(self) -> int:
        """How many tickers' clocks may be looked at in this turn."""
        if self._way.committing():
            return 0
        return FEW if self._way.sending() else SLICE

    def over(self, facts: Sequence[Fact], *, behind: bool = False) -> bool:
        """True when the turn in which `facts` were handed on shall be the end of it; `behind`
        says that they are old.
        """
        self._handed += len(facts)
        self._stirred.update([fact.symbol for fact in facts])
        longest = BULK if behind else LONGEST
        if self._handed < longest and (len(self._stirred) < FEW or not self._way.sending()):
            return False
        self._handed = 0
        self._stirred.clear()
        return True
