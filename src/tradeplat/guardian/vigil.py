"""When a daemon is silent, when it is dead: pure, and told the time by the caller."""

from enum import StrEnum

OWN_STALL = 2.0
"""A look later than this after the one before means that we stood still, not the daemon."""


class Finding(StrEnum):
    """What a look at the daemon comes to."""

    WELL = "well"
    SILENT = "silent"
    """No heartbeat for a while: told once, with a dump of its stack."""
    DEAD = "dead"
    """No heartbeat for so long that it has to be killed."""
    BLOATED = "bloated"
    """It took more memory than it may, and has to be killed."""


class Vigil:
    """Takes in heartbeats and looks; times are seconds of a clock that only grows.

    While the guardian itself did not run (a suspended machine), the daemon did not either: that
    time is not held against it.
    """

    def __init__(self, now: float, silent: float, dead: float, memory: int) -> None:
        self._silent = silent
        self._dead = dead
        self._memory = memory
        self._heard = now
        self._looked = now
        self._told = False

    def heard(self, now: float) -> None:
        """Take in a heartbeat."""
        self._heard = now
        self._told = False

    def silence(self, now: float) -> float:
        """Seconds since the last heartbeat."""
        return now - self._heard

    def look(self, now: float, resident: int) -> Finding:
        """What is to be thought of the daemon, which holds `resident` bytes of memory."""
        gap, self._looked = now - self._looked, now
        if gap > OWN_STALL:
            self._heard += gap
        if self._memory and resident > self._memory:
            return Finding.BLOATED
        silence = self.silence(now)
        if silence >= self._dead:
            return Finding.DEAD
        if silence >= self._silent and not self._told:
            self._told = True
            return Finding.SILENT
        return Finding.WELL
