"""Watches the loop itself: how late its ticks are, and what to do when they are too late."""

import asyncio
from collections import deque
from collections.abc import Callable

from tradeplat.runtime.metrics import Metrics

TICK = 0.05
"""Seconds between ticks."""
WINDOW = 10.0
"""Seconds over which lateness is judged."""
LATE = 0.1
"""More than this for one tick in a hundred of the window is told."""
STALLED = 1.0
"""A single tick later than this takes entries away for `PAUSE` seconds."""
PAUSE = 10.0
AGAIN = 60.0
"""Seconds before the same lateness is told again."""


def _nothing() -> None:
    """Do nothing."""


class LoopWatch:
    """Ticks, measures into `metrics`, tells through `alarm`, and lets `pause` know when entries
    are not to be taken (why) and when they are again (an empty text).

    `arm` is called at each tick: whatever it sets up outside the loop (a dump of the stack, say)
    has to act by itself when it is not called again for `STALLED` seconds.
    """

    arm: Callable[[], None]

    def __init__(
        self,
        metrics: Metrics,
        alarm: Callable[[str, str], None],
        pause: Callable[[str], None],
        arm: Callable[[], None] = _nothing,
    ) -> None:
        self._metrics = metrics
        self._alarm = alarm
        self._pause = pause
        self.arm = arm
        self._lags: deque[float] = deque(maxlen=int(WINDOW / TICK))
        self._told = -AGAIN
        self._until = 0.0
        self.paused = False
        self.worst = 0.0
        """The latest tick so far, in seconds."""

    @property
    def p99(self) -> float:
        """How late, in seconds, one tick in a hundred was of the last `WINDOW`."""
        lags = sorted(self._lags)
        return lags[int(len(lags) * 0.99)] if lags else 0.0

    async def run(self) -> None:
        """Tick for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self.arm()
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            now = loop.time()
            self.tick(now, now - due)

    def tick(self, now: float, lag: float) -> None:
        """Take in that the tick at `now` (seconds) came `lag` seconds late."""
        self._metrics.observe("loop_lag", int(lag * 1e9))
        self._lags.append(lag)
        self.worst = max(self.worst, lag)
        if lag > STALLED:
            self._stall(now, lag)
        elif self.paused and now >= self._until:
            self.paused = False
            self._pause("")
        if len(self._lags) == self._lags.maxlen and now - self._told >= AGAIN:
            slow = self.p99
            if slow > LATE:
                self._told = now
                self._alarm("LOOP_LAG", f"one tick in a hundred is {slow * 1e3:.0f} ms late")

    def _stall(self, now: float, lag: float) -> None:
        self._until = now + PAUSE
        self._alarm("LOOP_STALLED", f"the loop stood still for {lag:.1f} s: no entries for a while")
        if not self.paused:
            self.paused = True
            self._pause(f"the loop stood still for {lag:.1f} s")
