"""When a connected peer has been quiet for longer than its own traffic explains."""

import asyncio
from collections import deque
from collections.abc import Callable

GAPS = 20
"""A silence of so many usual gaps is no chance: of independent messages, one in 500 million."""

_REMEMBERED = 64
_ENOUGH = 8


class Silence:
    """Judges a silence by the traffic before it: `floor` seconds at least, 20 usual gaps at most.

    Whoever reads sets `heard` at each message; `check`, called at regular intervals, notes the
    intervals in which anything came. A stream of one bar a minute is not doubted for twenty
    minutes, one that never rests for `floor` seconds, and one that has said little so far never.
    """

    __slots__ = ("_floor", "_times", "heard")

    def __init__(self, floor: float | None) -> None:
        self._floor = floor
        self._times: deque[float] = deque(maxlen=_REMEMBERED)
        self.heard = False
        """Set by the reader when a message came."""

    def begin(self) -> None:
        """Forget the traffic of an earlier connection."""
        self._times.clear()
        self.heard = False

    def check(self, now: float) -> str:
        """Why the silence up to `now` (in seconds) is none to be expected, or nothing."""
        if self.heard:
            self.heard = False
            self._times.append(now)
            return ""
        if self._floor is None or len(self._times) < _ENOUGH:
            return ""
        gap = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        quiet = now - self._times[-1]
        if quiet <= max(self._floor, GAPS * gap):
            return ""
        return f"mute for {quiet:.1f} s, though a message came each {gap:.2f} s before"


class Watch:
    """Looks at `overdue(now)` every `period` seconds and ends `deadline` once it gives a reason."""

    def __init__(
        self, overdue: Callable[[float], str], deadline: asyncio.Timeout, period: float
    ) -> None:
        self._overdue = overdue
        self._deadline = deadline
        self._period = period
        self._timer: asyncio.TimerHandle | None = None
        self.reason = ""
        """Why the deadline was ended; empty as long as it was not."""

    def start(self) -> None:
        """Look for the first time a period from now."""
        self._timer = asyncio.get_running_loop().call_later(self._period, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        self.reason = self._overdue(now)
        if self.reason:
            self._deadline.reschedule(now)
            return
        self.start()
