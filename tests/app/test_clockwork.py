"""A session compares clock and calendar with its venue's from the start."""

from types import SimpleNamespace

from tradeplat.app.clockwork import Clockwork
from tradeplat.app.machine import Machine
from tradeplat.core.conditions import Mode
from worlds import World


class Supervisor:
    """Keeps the names of what it was to start."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start(self, name: str, *_: object) -> None:
        self.started.append(name)


async def begun(*, lockstep: bool) -> tuple[World, list[str], SimpleNamespace]:
    world = World(lambda _: {})

    async def calendar(start: str, end: str) -> list[object]:
        return []

    supervisor, follower = Supervisor(), SimpleNamespace(skewed=None)
    clock = SimpleNamespace(now=lambda: 0)
    broker = SimpleNamespace(calendar=calendar)
    work = Clockwork(world.floor, clock, broker, lambda code, line: None)
    place = SimpleNamespace(lockstep=lockstep, speed=1.0)
    await work.begin(supervisor, place, Machine(), follower)
    return world, supervisor.started, follower


async def test_all_is_compared_where_time_runs_by_itself() -> None:
    world, started, follower = await begun(lockstep=False)
    assert started == ["calendar", "clock-step"]
    assert follower.skewed is not None
    # The calendar of this world ends before the day the venue has.
    assert world.house.conditions.mode() is Mode.REDUCE_ONLY
    assert world.house.conditions.asked("calendar") is not None


async def test_only_the_calendar_where_the_venue_waits() -> None:
    _, started, follower = await begun(lockstep=True)
    assert started == []
    assert follower.skewed is None
