"""The guard of a session is told how its market's time goes."""

import asyncio
from types import SimpleNamespace

import numpy as np

from tradeplat.app import protecting
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import SECOND
from tradeplat.desk.guard import Guard
from tradeplat.execution.timings import Seams
from tradeplat.runtime.supervisor import Supervisor
from waits import until
from worlds import World


def joined(speed: float, *, lockstep: bool) -> Guard:
    house = World(lambda _: {}).house
    place = SimpleNamespace(speed=speed, lockstep=lockstep)
    protecting.join(house, place, Seams())
    assert house.guard is not None
    return house.guard


def test_a_guard_is_prompt_wherever_no_venue_waits() -> None:
    assert joined(1.0, lockstep=False).prompt
    assert not joined(0.0, lockstep=True).prompt


def test_the_grace_for_the_venues_legs_grows_with_the_speed_of_its_clock() -> None:
    assert joined(1.0, lockstep=False).covering.grace == 3 * SECOND
    assert joined(60.0, lockstep=False).covering.grace == 180 * SECOND


def test_the_guard_looks_as_time_goes_on() -> None:
    seen: list[int] = []
    clock = ReplayClock()
    clock.ts = 7

    async def looked() -> None:
        house = SimpleNamespace(guard=SimpleNamespace(look=seen.append))
        async with Supervisor(np.random.default_rng(1)) as supervisor:
            for lockstep in (True, False):
                place = SimpleNamespace(lockstep=lockstep)
                protecting.watch(supervisor, house, clock, place)
                assert len(supervisor.running) == (not lockstep)
            await until(lambda: seen)
            await supervisor.stop("protection")

    asyncio.run(looked())
    assert seen == [7]


def test_where_a_venue_waits_the_guard_acts_when_an_instant_is_over() -> None:
    settled: list[int] = []
    house = SimpleNamespace(guard=SimpleNamespace(settle=settled.append))
    protecting.settling(house)(5)
    protecting.settling(SimpleNamespace(guard=None))(6)
    assert settled == [5]
