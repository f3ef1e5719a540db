"""The venue's time: a scaled day that never gets ahead of what the venue has played."""

import asyncio
import math
import time
from collections.abc import Callable
from heapq import heappop, heappush

from tradeplat.core.errors import BadInput, Corrupt
from tradeplat.core.market import SECOND

MAX = math.inf
"""The speed that jumps from instant to instant: time moves only when `advance` says so."""

_LONGEST_NAP = 0.5
"""Seconds a sleeper sleeps before it looks again, for the speed may have been changed."""


class VenueClock:
    """Time of the venue in UTC nanoseconds, `speed` times as fast as the monotonic clock.

    At any finite speed the clock runs by itself up to `limit`, the next instant not yet played,
    and waits there. At speed MAX it stands still until `advance`. It never goes back.
    """

    def __init__(
        self, start: int, speed: float = 1.0, monotonic: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._monotonic = monotonic
        self._base = start
        self._at = monotonic()
        self._high = start
        self._speed = checked_speed(speed)
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._slept = 0
        self.limit: int | None = None
        """The clock does not pass this instant; None lets it run."""

    @property
    def speed(self) -> float:
        """Venue seconds a real second; MAX when time jumps."""
        return self._speed

    @property
    def jumping(self) -> bool:
        """True at speed MAX."""
        return self._speed == MAX

    def now(self) -> int:
        """The venue's instant."""
        reading = self._high if self.jumping else self._running()
        if self.limit is not None:
            reading = min(reading, self.limit)
        self._high = max(self._high, reading)
        return self._high

    def advance(self, ts: int) -> None:
        """Move on to `ts` at once; the clock runs on from there. Going back raises Corrupt."""
        now = self.now()
        if ts < now:
            raise Corrupt(f"the venue's clock was asked to go back from {now} to {ts}")
        self._anchor(ts)
        self._wake(ts)

    def resume(self) -> None:
        """Run on from the present reading: what passed while held at the limit is forgotten."""
        self.change_speed(self._speed)

    def change_speed(self, speed: float) -> None:
        """Run at `speed` from now on."""
        now = self.now()
        self._speed = checked_speed(speed)
        self._anchor(now)

    def seconds_until(self, ts: int) -> float:
        """Real seconds until the clock shows `ts`; infinite when only `advance` gets it there."""
        left = ts - self.now()
        if left <= 0:
            return 0.0
        return math.inf if self.jumping else left / SECOND / self._speed

    async def sleep_until(self, ts: int) -> None:
        """Return once the clock shows `ts`."""
        while self.now() < ts:
            if self.jumping:
                await self._sleep(ts)
            else:
                await asyncio.sleep(min(self.seconds_until(ts), _LONGEST_NAP))

    async def _sleep(self, ts: int) -> None:
        future = asyncio.get_running_loop().create_future()
        self._slept += 1
        heappush(self._sleepers, (ts, self._slept, future))
        await asyncio.wait([future], timeout=_LONGEST_NAP)

    def _wake(self, ts: int) -> None:
        while self._sleepers and self._sleepers[0][0] <= ts:
            future = heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)

    def _running(self) -> int:
        return self._base + int((self._monotonic() - self._at) * self._speed)

    def _anchor(self, ts: int) -> None:
        self._base = self._high = ts
        self._at = self._monotonic()


def checked_speed(speed: float) -> float:
    """`speed` if it is above zero; BadInput otherwise."""
    if not speed > 0:
        raise BadInput(f"venue speed {speed}: expected a number above 0, or max")
    return speed


def read_speed(text: str) -> float:
    """A speed as a person writes it: `60`, `0.5` or `max`. Raises BadInput."""
    word = text.strip().lower()
    if word == "max":
        return MAX
    try:
        return checked_speed(float(word))
    except ValueError:
        raise BadInput(f"venue speed {text!r}: expected a number above 0, or max") from None


def speed_text(speed: float) -> str:
    """`speed` as headers and answers show it: `max`, or the shortest number."""
    return "max" if speed == MAX else f"{speed:g}"
