"""What the state of the data streams asks of entries, kept in the house's conditions."""

import asyncio
from collections.abc import Callable
from typing import Any

from tradeplat.app.place import Place
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.ports import Clock
from tradeplat.desk.floor import Floor
from tradeplat.execution.timings import Alarm
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.streams.health import SOURCE

LOOK_SECONDS = 0.02
"""Seconds of the loop between looks at the streams."""

TELL_AFTER = 10.0
"""Seconds for which market data may be down before a person hears of it."""

TELL_AGAIN = 300.0
"""Seconds until a person hears of it again."""


class Feeding:
    """Imposes what is wrong with the market data, and lifts it when it is right again.

    The account's own feed speaks for itself (execution/account.py). A stream client that does not
    tell how it stands (`conditions`) is taken for live.
    """

    def __init__(self, floor: Floor, clock: Clock, client: Any, alarm: Alarm) -> None:
        self._floor = floor
        self._clock = clock
        self._alarm = alarm
        self._since: float | None = None
        self._tell_at = 0.0
        self._told: Callable[[int], list[Condition]] | None = getattr(client, "conditions", None)

    def look(self) -> None:
        """Compare what stands with what should."""
        now = self._clock.now()
        wanted = {(c.source, c.scope): c for c in self._told(now)} if self._told else {}
        standing = self._floor.house.conditions.standing
        for source, scope in [key for key in standing if key[0].partition(":")[0] == SOURCE]:
            if (source, scope) not in wanted:
                self._floor.on_condition(Condition(source, scope, Mode.NORMAL, ts=now), now)
        for condition in wanted.values():
            self._floor.on_condition(condition, now)
        self._watch(next((c for (_, scope), c in wanted.items() if not scope), None))

    def _watch(self, down: Condition | None) -> None:
        """Tell of a stream that stays down, again and again: silence is no good news."""
        at = asyncio.get_running_loop().time()
        if down is None:
            self._since = None
        elif self._since is None:
            self._since, self._tell_at = at, at + TELL_AFTER
        elif at >= self._tell_at:
            self._tell_at = at + TELL_AGAIN
            self._alarm("STREAM_DOWN", f"{down.why} for {at - self._since:.0f} s; no entries")

    async def run(self) -> None:
        """Compare again and again, for ever."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def begin(self, supervisor: Supervisor, place: Place) -> None:
        """Look from now on; a venue that waits for us keeps nothing from us in time."""
        if not place.lockstep:
            supervisor.start("streams", self.run, OnFault.FATAL)
