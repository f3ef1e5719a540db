"""How far one feed has come, and by how much it lags behind what it tells of."""

from collections.abc import Sequence
from typing import Protocol

from tradeplat.core.market import SECOND

WEIGHT = 1 / 64
"""Part of the lag told that a new sample makes up."""

LATE = SECOND
LATEST = 60 * SECOND
"""A feed whose newest event is read by more than the first of these later has more to tell than we
can take; by more than the second, it is the feed that is late.
"""


class Stamped(Protocol):
    """What happened at `ts` and came to us at `seen`, both in UTC nanoseconds."""

    @property
    def ts(self) -> int:
        """When it happened."""

    @property
    def seen(self) -> int:
        """When it was received; 0: nobody noted it."""


class Watermark:
    """The newest event time of a feed, and its lag: receipt less event time, in nanoseconds.

    The lag is sampled, one event of each batch, and smoothed; `worst` is the largest sample.
    `behind` is true while even the newest event is read later than `LATE`, beyond the `delay` that
    the feed has by contract: more comes than we can take. With None for that we never are.
    """

    __slots__ = ("_delay", "behind", "lag", "newest", "samples", "worst")

    def __init__(self, delay: int | None = None) -> None:
        self._delay = delay
        self.newest = 0
        self.lag = 0.0
        self.worst = 0
        self.samples = 0
        self.behind = False

    def note(self, batch: Sequence[Stamped]) -> None:
        """Take in a batch, in the order it came; its last event stands for it."""
        last = batch[-1]
        ts, seen = last.ts, last.seen
        self.newest = max(self.newest, ts)
        if not seen:
            return
        delay = self._delay
        self.behind = delay is not None and LATE < seen - self.newest - delay < LATEST
        lag = seen - ts
        if lag > self.worst or not self.samples:
            self.worst = lag
        self.lag = self.lag + (lag - self.lag) * WEIGHT if self.samples else float(lag)
        self.samples += 1

    def reached(self, now: int) -> int:
        """How far the feed is at `now`. While it is behind that is the time of its newest event, so
        that nothing ends before what belongs to it was read; `now` when nothing came since asked.
        """
        if not self.behind or self._delay is None:
            return now
        self.behind = False
        return min(now, self.newest + self._delay)

    def body(self) -> dict[str, object]:
        """The same for a person or a machine: milliseconds, and None before the first event."""
        if not self.samples:
            return {"newest": self.newest or None, "lag_ms": None, "worst_ms": None}
        return {
            "newest": self.newest,
            "lag_ms": round(self.lag / SECOND * 1e3, 1),
            "worst_ms": round(self.worst / SECOND * 1e3, 1),
        }
