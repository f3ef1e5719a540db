"""What a session does to believe its clock and its calendar."""

import asyncio
from collections.abc import Callable
from typing import Any

from tradeplat.app.following import Follower
from tradeplat.app.machine import Machine
from tradeplat.app.place import Place
from tradeplat.core.conditions import Condition
from tradeplat.core.ports import Clock
from tradeplat.desk.floor import Floor
from tradeplat.execution.timings import Alarm
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.timekeeping import CalendarWatch, ClockJudge

PERIOD = 1.0
"""Seconds of the loop between looks at the machine's clock."""


class Clockwork:
    """Holds clock and calendar of one session against the broker's, and imposes what follows."""

    def __init__(self, floor: Floor, clock: Clock, broker: Any, alarm: Alarm) -> None:
        self._floor = floor
        self._clock = clock
        self._alarm = alarm
        calendar = floor.house.market.calendar
        self._days = CalendarWatch(broker.calendar, calendar, clock, self._impose, alarm)

    async def begin(
        self, supervisor: Supervisor, place: Place, machine: Machine, follower: Follower | None
    ) -> None:
        """Compare both calendars now, and go on comparing all that can change while we run.

        A venue that waits for us has its instant in every prompt: only the calendar is compared.
        """
        await self._days.check()
        if place.lockstep:
            return
        supervisor.start("calendar", self._days.run, OnFault.FATAL)
        judge = ClockJudge(self._impose, self._alarm, self._clock.now, place.speed)
        if follower is not None:
            follower.skewed = judge.skew
        supervisor.start("clock-step", _looking(judge, machine), OnFault.FATAL)

    def _impose(self, condition: Condition) -> bool:
        return self._floor.on_condition(condition, self._clock.now())


def _looking(judge: ClockJudge, machine: Machine) -> Callable[[], Any]:
    async def look() -> None:
        while True:
            judge.look(machine.wall(), machine.monotonic())
            await asyncio.sleep(PERIOD)

    return look
