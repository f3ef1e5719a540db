"""Stays on a venue's clock, by asking for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from tradeplat.app import edges
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.execution.timings import Alarm
from tradeplat.runtime.pacing import PacedClock
from tradeplat.runtime.wall_clock import FollowedClock

PERIOD = 1.0
"""Wall seconds between two readings."""
SKEW = 2.0
"""Wall seconds' worth of market time between two clocks that a person is told of."""


class Follower:
    """Keeps `clock` on the clock of the venue behind `broker`, which runs at `speed`.

    A venue whose clock is behind ours (another one in its place, or one that began again) is
    waited for: our time stands still until it has caught up, and `alarm` says so once.
    """

    def __init__(self, broker: Any, clock: FollowedClock, speed: float, alarm: Alarm) -> None:
        self._broker = broker
        self._clock = clock
        self._speed = speed
        self._alarm = alarm
        self._one = asyncio.Lock()
        self._asked_at = -1.0
        self._error: Transient | None = None
        self._told = False
        self.skewed: Callable[[int, int], None] = lambda ahead, doubt: None
        """Is told how far each reading found our clock off, and how much of that is doubtful."""

    async def run(self) -> None:
        """Read the clock every second, for ever; Transient when it cannot be read."""
        while True:
            await asyncio.sleep(PERIOD)
            await self.catch_up()

    async def catch_up(self) -> None:
        """Return once a reading is in that was asked for since this call; many calls share one."""
        loop = asyncio.get_running_loop()
        called = loop.time()
        async with self._one:
            if self._asked_at < called:
                self._asked_at, self._error = loop.time(), None
                try:
                    skew = await edges.follow_once(self._broker, self._clock, self._speed)
                    self._judge(skew.ahead)
                    self.skewed(*skew)
                except Transient as error:
                    self._error = error
            if self._error is not None:
                raise Transient(str(self._error))

    def _judge(self, ahead: int) -> None:
        """Tell of a venue that is behind us, once, until it has caught up."""
        behind = ahead / SECOND
        far = behind > SKEW * max(1.0, self._speed)
        if far and not self._told:
            line = f"the venue's clock is {behind:.0f} s behind ours: time stands until it is here"
            self._alarm("CLOCK_BEHIND", line)
        self._told = far


async def begun(
    broker: Any, clock: FollowedClock | PacedClock, speed: float, alarm: Alarm
) -> Follower | None:
    """Take over the venue's instant; what follows it from then on (in lockstep its prompts do)."""
    if isinstance(clock, PacedClock):
        clock.advance((await edges.answered(broker.clock)).ts)
        return None
    await edges.answered(lambda: edges.follow_once(broker, clock, speed))
    return Follower(broker, clock, speed, alarm)
