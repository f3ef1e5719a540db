"""How far one feed has come, and by how much it lags behind what it tells of."""

from collections.abc import Sequence
from typing import Protocol

from tradeplat.core.market import SECOND

WEIGHT = 1 / 64
"""Part of the lag told that a new sample makes up."""


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
    """

    __slots__ = ("lag", "newest", "samples", "worst")

    def __init__(self) -> None:
        self.newest = 0
        self.lag = 0.0
        self.worst = 0
        self.samples = 0

    def note(self, batch: Sequence[Stamped]) -> None:
        """Take in a batch, in the order it came; its last event stands for it."""
        last = batch[-1]
        ts, seen = last.ts, last.seen
        self.newest = max(self.newest, ts)
        if not seen:
            return
        lag = seen - ts
        if lag > self.worst or not self.samples:
            self.worst = lag
        self.lag = self.lag + (lag - self.lag) * WEIGHT if self.samples else float(lag)
        self.samples += 1

    def body(self) -> dict[str, object]:
        """The same for a person or a machine: milliseconds, and None before the first event."""
        if not self.samples:
            return {"newest": self.newest or None, "lag_ms": None, "worst_ms": None}
        return {
            "newest": self.newest,
            "lag_ms": round(self.lag / SECOND * 1e3, 1),
            "worst_ms": round(self.worst / SECOND * 1e3, 1),
        }
