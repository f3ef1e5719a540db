import time

from tradeplat.runtime.wall_clock import FollowedClock, WallClock


class Ticks:
    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


def test_a_followed_clock_runs_at_the_venues_speed() -> None:
    ticks = Ticks()
    clock = FollowedClock(1_000, 60.0, ticks)
    ticks.ns = 10
    assert clock.now() == 1_600


def test_a_venue_behind_us_holds_the_clock_and_never_turns_it_back() -> None:
    ticks = Ticks()
    clock = FollowedClock(1_000, 1.0, ticks)
    ticks.ns = 500
    assert clock.now() == 1_500
    assert clock.anchor(1_200, 1.0) == 300
    assert clock.now() == 1_500
    ticks.ns = 900
    assert clock.now() == 1_600


async def test_sleeping_ends_when_the_venue_gets_there() -> None:
    clock = FollowedClock(0, 1_000.0)
    await clock.sleep_until(2_000_000)
    assert clock.now() >= 2_000_000
    await clock.sleep_until(0)


async def test_the_wall_clock_is_the_machines() -> None:
    clock = WallClock()
    before = time.time_ns()
    await clock.sleep_until(before + 1_000_000)
    assert before + 1_000_000 <= clock.now() <= time.time_ns()
