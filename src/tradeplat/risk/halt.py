"""The drawdown halt: what equity may fall from its highest before only a person goes on."""

from collections.abc import Callable, Iterable
from math import isfinite

from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.market import MINUTE
from tradeplat.core.ports import Impose

HALT = "risk:MAX_DRAWDOWN"
"""Source of the condition; a person lifts it, and nothing else does."""
WORTH_KEEPING = 0.001
"""A high that rose by this part is told at once, a smaller rise within a minute."""

Keep = Callable[[float, int], None]
"""Keeps a new high of equity beyond this process; the instant is in UTC ns."""


def max_drawdown(equity: Iterable[float]) -> float:
    """The largest 1 - E / peak along a curve of equity, 0.0 for an empty or never falling one.

    A curve that was never above zero has no peak to fall from.
    """
    peak, deepest = 0.0, 0.0
    for value in equity:
        peak = max(peak, value)
        if peak > 0.0:
            deepest = max(deepest, 1.0 - value / peak)
    return deepest


class DrawdownHalt:
    """Turns a fall of `limit` (a part of the highest equity; 0: none) into REDUCE_ONLY.

    `configured` and `measured` are both there to be shown: measured is the fall as it stands,
    `deepest` the largest since the last reset. The high and the halt outlive the process (`keep`,
    a durable condition) until `reset`.
    """

    def __init__(self, limit: float, impose: Impose, keep: Keep | None = None) -> None:
        self.configured = limit
        self.measured = 0.0
        self.deepest = 0.0
        self.high_water = 0.0
        self._impose = impose
        self._keep = keep
        self._kept = (0.0, 0)

    def restore(self, high_water: float) -> None:
        """Go on from the high of an earlier session."""
        if isfinite(high_water):
            self.high_water = max(self.high_water, high_water)
            self._kept = (self.high_water, 0)

    def look(self, equity: float, now: int) -> bool:
        """Take in `equity` as of `now` (UTC ns); True when it has just begun to halt."""
        if equity > self.high_water:
            self.high_water = equity
            self._tell(now)
        if self.high_water <= 0.0:
            return False
        self.measured = 1.0 - equity / self.high_water
        self.deepest = max(self.deepest, self.measured)
        if not self.configured or self.measured < self.configured:
            return False
        why = f"drawdown {self.measured:.2%} (limit {self.configured:.2%})"
        return self._impose(
            Condition(HALT, ACCOUNT, Mode.REDUCE_ONLY, "MAX_DRAWDOWN", why, "the gate", now), now
        )

    def reset(self, equity: float, now: int) -> None:
        """Begin anew from `equity`: a person said so."""
        self.high_water, self.measured, self.deepest = equity, 0.0, 0.0
        self._kept = (0.0, 0)
        self._tell(now)

    def _tell(self, now: int) -> None:
        kept, at = self._kept
        if self._keep is None:
            return
        if self.high_water > kept * (1.0 + WORTH_KEEPING) or now - at >= MINUTE:
            self._kept = (self.high_water, now)
            self._keep(self.high_water, now)
