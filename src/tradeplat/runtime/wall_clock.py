"""Clocks that run by themselves: the wall's, and one that follows a venue at any speed."""

import asyncio
import time
from collections.abc import Callable

SECOND = 1_000_000_000


class WallClock:
    """Coordinated universal time, in nanoseconds."""

    def now(self) -> int:
        """The instant the machine believes it is."""
        return time.time_ns()

    async def sleep_until(self, ts: int) -> None:
        """Return once the wall shows `ts`."""
        while (left := ts - self.now()) > 0:  # noqa: ASYNC110  # time is no event
            await asyncio.sleep(left / SECOND)


class FollowedClock:
    """A venue's clock: anchored to what the venue last said, running at the venue's speed.

    Never runs backwards: an anchor behind the reading holds the clock until the venue catches up.
    `monotonic` gives nanoseconds and is handed in for tests.
    """

    def __init__(
        self, ts: int, speed: float = 1.0, monotonic: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.monotonic = monotonic
        self._ts = ts
        self._at = monotonic()
        self._high = ts
        self.speed = speed

    def anchor(self, ts: int, speed: float) -> int:
        """Take over the venue's reading; returns by how much ours was ahead, in nanoseconds."""
        ahead = self.now() - ts
        self._ts, self._at, self.speed = ts, self.monotonic(), speed
        return ahead

    def now(self) -> int:
        """The venue's instant, as far as we can tell."""
        running = self._ts + int((self.monotonic() - self._at) * self.speed)
        self._high = max(self._high, running)
        return self._high

    async def sleep_until(self, ts: int) -> None:
        """Return once the venue's clock has reached `ts`."""
        while (left := ts - self.now()) > 0:  # noqa: ASYNC110  # time is no event
            await asyncio.sleep(min(left / SECOND / self.speed, 1.0))
