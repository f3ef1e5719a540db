"""The venue's budget of requests: counted here, read from its headers, part of it kept back.

What ends orders or positions, and the questions that belong to it, must never wait behind entries
or our own curiosity: a part of the budget is theirs alone.
"""

from collections import deque
from enum import Enum
from typing import NamedTuple

from tradeplat.core.market import SECOND

WINDOW = 60.0
"""Seconds over which requests are counted, in a window that slides."""

_SHORTEST, _LONGEST = 0.05, 60.0


class Need(Enum):
    """How far into the budget a request may reach."""

    POLL = "poll"
    """A look that can be taken later: a quarter of what is not reserved is left to others."""
    ENTRY = "entry"
    """Whatever opens a position, and reads that nobody waits for: all but the reserve."""
    CANCEL = "cancel"
    """The cancel of one order: half of the reserve, for a flatten has to read and sell as well."""
    RESERVED = "reserved"
    """Questions about orders, exits, flattening: everything, and always the reserve."""


_PRESSING = frozenset({Need.CANCEL, Need.RESERVED})


class Budget(NamedTuple):
    """Requests a window that the venue allows, and how many of them are reserved."""

    limit: int = 200
    reserve: int = 40


class Told(NamedTuple):
    """What a venue said of its own count: limit, what is left of it, seconds to its reset."""

    limit: int
    remaining: int
    reset: float


class ApiBudget:
    """Says how long a request has to wait; all times are seconds of the loop.

    Its own count slides. The venue's, which also knows of requests that others sent with the same
    key, counts where it is higher, until it resets; its limit takes the place of ours.
    """

    def __init__(self, budget: Budget = Budget()) -> None:  # noqa: B008  # a frozen pair of numbers
        self._limit = budget.limit
        self._reserve = budget.reserve
        self._sent: deque[tuple[float, bool]] = deque()
        self._used, self._used_until = 0, 0.0
        self._blocked = 0.0

    def share(self, need: Need) -> int:
        """Requests a window that may be sent for `need`."""
        if need in _PRESSING:
            return self._limit - (self._kept // 2 if need is Need.CANCEL else 0)
        open_ = self._limit - self._kept
        return open_ if need is Need.ENTRY else max(1, open_ * 3 // 4)

    @property
    def _kept(self) -> int:
        return min(self._reserve, self._limit // 2)

    def wait(self, need: Need, now: float) -> float:
        """Seconds until a request for `need` may be sent, 0.0 for now."""
        self._slide(now)
        if need in _PRESSING:
            most = self._kept // 2 if need is Need.CANCEL else self._kept
            if sum(pressing for _, pressing in self._sent) < most:
                return 0.0
        if now < self._blocked:
            return sane(self._blocked - now)
        share, own = self.share(need), len(self._sent)
        if now < self._used_until and self._used >= share:
            return sane(self._used_until - now)
        if own < share:
            return 0.0
        return sane(self._sent[own - share][0] + WINDOW - now)

    def spend(self, need: Need, now: float) -> None:
        """Count a request that is being sent."""
        self._sent.append((now, need in _PRESSING))
        if now < self._used_until:
            self._used += 1

    def hear(self, told: Told, now: float) -> None:
        """Take in what an answer said of the venue's own count."""
        self._limit = max(1, told.limit)
        self._used = max(0, told.limit - told.remaining)
        self._used_until = now + min(max(told.reset, 0.0), _LONGEST)

    def refused(self, wait: float, now: float) -> None:
        """The venue takes nothing for `wait` seconds."""
        self._blocked = max(self._blocked, now + min(wait, _LONGEST))

    def until(self, ts: int, now: float) -> int:
        """When entries may be sent again (UTC ns), where `ts` is now; 0 when they may now."""
        wait = self.wait(Need.ENTRY, now)
        return ts + int(wait * SECOND) if wait else 0

    def _slide(self, now: float) -> None:
        while self._sent and self._sent[0][0] <= now - WINDOW:
            self._sent.popleft()


def sane(wait: float, longest: float = _LONGEST) -> float:
    """`wait` where it can be waited for; what is no number is waited for the shortest time."""
    return min(max(_SHORTEST, wait), longest)
