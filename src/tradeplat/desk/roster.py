"""Which desks to open and close, from what the scanner wants: the same rule in every world."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tradeplat.core.market import SECOND
from tradeplat.desk.desk import DeskState
from tradeplat.desk.floor import Floor


class Terms(msgspec.Struct, frozen=True):
    """How desks come and go; times in nanoseconds.

    The list is polled every `period`. A ticker loses its desk after `debounce` polls without it;
    a desk that still holds something then only closes: exits run on (`flatten` closes them at
    once), and `deadline` later it is flattened in any case. Beyond `max_desks` the list's tail
    waits.
    """

    period: int = 5 * SECOND
    debounce: int = 2
    flatten: bool = False
    deadline: int = 600 * SECOND
    max_desks: int = 40


class Delta(NamedTuple):
    """Tickers that get a desk now, and tickers whose desk can be taken away now."""

    opened: list[str]
    closed: list[str]


class Roster:
    """Turns each poll of the list into a delta. Desks on the floor are marked closing here; the
    driver opens and removes them.
    """

    def __init__(self, floor: Floor, terms: Terms) -> None:
        self._floor = floor
        self._terms = terms
        self._missed: dict[str, int] = {}
        self._deadline: dict[str, int] = {}

    def poll(self, wanted: Sequence[str], now: int) -> Delta:
        """What follows from the list `wanted` at `now` (UTC ns)."""
        names = list(dict.fromkeys(wanted))
        keep = set(names)
        closed = [symbol for symbol in list(self._floor.desks) if self._leave(symbol, keep, now)]
        free = self._terms.max_desks - len(self._floor.desks) + len(closed)
        opened = [symbol for symbol in names if symbol not in self._floor.desks]
        return Delta(opened[: max(0, free)], closed)

    def due(self, now: int, quiet_until: int) -> int:
        """When to poll next, having polled at `now`: a period later, unless nothing is leaving
        and the list cannot change before `quiet_until`.
        """
        due = now + self._terms.period
        return due if self._missed else max(due, quiet_until)

    def _leave(self, symbol: str, keep: set[str], now: int) -> bool:
        desk = self._floor.desks[symbol]
        if symbol in keep:
            self._missed.pop(symbol, None)
            self._deadline.pop(symbol, None)
            desk.turn(DeskState.OPEN, now)
            return False
        missed = self._missed[symbol] = self._missed.get(symbol, 0) + 1
        if missed < self._terms.debounce:
            return False
        first = desk.state is DeskState.OPEN
        desk.turn(DeskState.CLOSING, now)
        deadline = self._deadline.setdefault(symbol, now + self._terms.deadline)
        if not desk.done and ((first and self._terms.flatten) or now >= deadline):
            desk.flatten(now)
        if desk.done:
            self._missed.pop(symbol, None)
            self._deadline.pop(symbol, None)
            return True
        return False
