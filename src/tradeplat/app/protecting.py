"""How a session lets the guard of its positions speak, and look at them as time goes on."""

import asyncio
from collections.abc import Callable

from tradeplat.app.place import Place
from tradeplat.core.ports import Clock
from tradeplat.desk.covering import GRACE
from tradeplat.desk.desk import House
from tradeplat.execution.timings import Seams
from tradeplat.runtime.supervisor import OnFault, Supervisor

LOOK_SECONDS = 0.5
"""Seconds of the loop between looks at every position, besides those that reports cause."""


def join(house: House, place: Place, seams: Seams) -> None:
    """Let the guard alarm a person, journal its levels, and act at once wherever no venue waits."""
    guard = house.guard
    if guard is not None:
        guard.alarm = seams.alarm
        guard.journal = seams.journal.note
        guard.prompt = not place.lockstep
        # On a clock that runs fast, the venue's answer is long in market time.
        guard.covering.grace = int(GRACE * max(1.0, place.speed))


def settling(house: House) -> Callable[[int], None]:
    """What lets the guard act at the end of an instant, where a venue waits for us."""

    def settle(now: int) -> None:
        if house.guard is not None:
            house.guard.settle(now)

    return settle


def watch(supervisor: Supervisor, house: House, clock: Clock, place: Place) -> None:
    """Let the guard look again and again, where no venue waits for us."""
    guard = house.guard
    if guard is None or place.lockstep:
        return

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            guard.look(clock.now())

    supervisor.start("protection", look, OnFault.FATAL)
