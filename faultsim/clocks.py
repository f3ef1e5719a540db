"""The clocks of the machine that the daemon runs on: they are set, they drift, and so does time."""

import os
import time
from collections.abc import Callable

from tradeplat.core.market import SECOND


class Clocks:
    """What a machine shows, in nanoseconds; `true` is the time that really passes.

    `steady` only ever grows, `wall` is UTC as the machine believes it. Both may run too fast or
    too slow, and the wall may be set; neither is anybody else's: a venue has its own.
    """

    def __init__(self, true: Callable[[], int], wall: int) -> None:
        self._true = true
        self._steady = _Hand(true(), true())
        self._wall = _Hand(true(), wall)

    def steady(self) -> int:
        """Counts from anywhere."""
        return self._steady.at(self._true())

    def wall(self) -> int:
        """UTC, as far as the machine knows."""
        return self._wall.at(self._true())

    def set(self, seconds: float) -> None:
        """Somebody moves the wall by so much."""
        self._wall.shown += int(seconds * SECOND)

    def drift(self, wall: float, steady: float) -> None:
        """From now on both are off by so many seconds more each second."""
        now = self._true()
        self._wall.drift(now, wall)
        self._steady.drift(now, steady)


class _Hand:
    """One hand: showed `shown` at `since`, and runs off by `rate` from there."""

    __slots__ = ("rate", "shown", "since")

    def __init__(self, since: int, shown: int) -> None:
        self.since, self.shown, self.rate = since, shown, 0.0

    def at(self, now: int) -> int:
        passed = now - self.since
        return self.shown + passed + int(passed * self.rate)

    def drift(self, now: int, rate: float) -> None:
        self.shown, self.since, self.rate = self.at(now), now, rate


class Zone:
    """The zone that local time of this process is told in, as an hour's change moves it."""

    def __init__(self) -> None:
        self._before = os.environ.get("TZ")
        self._moved = False

    def move(self, hours: int) -> None:
        """Local time is UTC plus so many hours from now on."""
        # POSIX counts the other way round.
        self._put(f"SIM{-hours:+d}")
        self._moved = True

    def restore(self) -> None:
        """Be where the process was."""
        if self._moved:
            self._put(self._before)
            self._moved = False

    @staticmethod
    def _put(zone: str | None) -> None:
        if zone is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = zone
        time.tzset()
