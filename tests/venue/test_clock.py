import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput, Corrupt
from tradeplat.core.market import SECOND
from tradeplat.venue.clock import MAX, VenueClock, read_speed, speed_text


class Wall:
    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


def test_time_runs_at_its_speed_and_waits_at_its_limit():
    wall = Wall()
    clock = VenueClock(1000, 60.0, wall)
    wall.ns = SECOND
    assert clock.now() == 1000 + 60 * SECOND
    clock.limit = 1000 + 90 * SECOND
    wall.ns = 10 * SECOND
    assert clock.now() == 1000 + 90 * SECOND
    clock.limit = None
    assert clock.now() == 1000 + 600 * SECOND


def test_time_that_passed_while_held_may_be_forgotten():
    wall = Wall()
    clock = VenueClock(1000, 60.0, wall)
    clock.limit = 1000
    wall.ns = 5 * SECOND
    clock.resume()
    clock.limit = None
    assert clock.now() == 1000


def test_a_change_of_speed_keeps_the_reading():
    wall = Wall()
    clock = VenueClock(0, 10.0, wall)
    wall.ns = SECOND
    clock.change_speed(1.0)
    assert (clock.now(), clock.speed) == (10 * SECOND, 1.0)
    wall.ns = 2 * SECOND
    assert clock.now() == 11 * SECOND
    clock.change_speed(MAX)
    wall.ns = 3 * SECOND
    assert clock.now() == 11 * SECOND


def test_at_max_time_stands_still_until_it_is_moved():
    wall = Wall()
    clock = VenueClock(5, MAX, wall)
    wall.ns = SECOND
    assert (clock.now(), clock.seconds_until(6)) == (5, MAX)
    clock.advance(7)
    assert (clock.now(), clock.seconds_until(7)) == (7, 0.0)
    with pytest.raises(Corrupt, match="go back from 7 to 6"):
        clock.advance(6)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**10),
            st.one_of(st.none(), st.integers(0, 10**12)),
            st.floats(0.001, 1e4),
        )
    )
)
def test_the_clock_never_goes_back(steps):
    wall = Wall()
    clock = VenueClock(0, 1.0, wall)
    last = 0
    for passed, limit, speed in steps:
        wall.ns += passed
        clock.limit = limit
        clock.change_speed(speed)
        assert clock.now() >= last
        last = clock.now()


async def test_sleepers_wake_when_their_instant_has_come():
    jumping, running = VenueClock(0, MAX), VenueClock(0, 1e6)
    woken = []

    async def sleep(clock: VenueClock, ts: int) -> None:
        await clock.sleep_until(ts)
        woken.append((clock.speed, ts))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleep(jumping, 20))
        group.create_task(sleep(jumping, 10))
        group.create_task(sleep(running, 1000 * SECOND))
        await asyncio.sleep(0)
        jumping.advance(10)
        while (MAX, 10) not in woken:
            await asyncio.sleep(0)
        assert (MAX, 20) not in woken
        jumping.advance(20)
    assert {(MAX, 10), (MAX, 20), (1e6, 1000 * SECOND)} == set(woken)


@pytest.mark.parametrize(("text", "speed"), [("60", 60.0), (" Max ", MAX), ("0.5", 0.5)])
def test_speeds_are_read_and_shown(text, speed):
    assert read_speed(text) == speed
    assert read_speed(speed_text(speed)) == speed


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "nan"])
def test_a_speed_that_is_none_is_bad_input(text):
    with pytest.raises(BadInput, match="expected a number above 0, or max"):
        read_speed(text)
