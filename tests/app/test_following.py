"""Staying on a venue's clock: readings shared, failures told, a clock that went back waited for."""

import asyncio

import pytest

from tradeplat.app.following import Follower
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.execution.brokers.alpaca_codec import VenueClock
from tradeplat.runtime.wall_clock import FollowedClock


class Venue:
    """Answers when it is let, with `ts`, or with an error."""

    def __init__(self, ts=1_000 * SECOND):
        self.ts = ts
        self.asked = 0
        self.let = asyncio.Event()
        self.let.set()
        self.error = None
        self.alarms = []

    async def clock(self):
        self.asked += 1
        await self.let.wait()
        if self.error is not None:
            raise self.error
        return VenueClock(self.ts, True, 0, 0)

    def follower(self, speed=1.0):
        self.followed = FollowedClock(0, speed, lambda: 0)
        return Follower(self, self.followed, speed, lambda code, line: self.alarms.append(code))


async def test_a_reading_is_taken_over():
    venue = Venue()
    await venue.follower().catch_up()
    assert 0 <= venue.followed.now() - venue.ts < SECOND


async def test_calls_made_during_a_reading_share_the_next_one():
    venue = Venue()
    follower = venue.follower()
    venue.let.clear()
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(follower.catch_up())
        await asyncio.sleep(0)
        assert venue.asked == 1
        for _ in range(10):
            group.create_task(follower.catch_up())
        await asyncio.sleep(0)
        venue.let.set()
    assert venue.asked <= 3


async def test_a_failure_is_told_to_everybody_who_waited_and_forgotten():
    venue = Venue()
    follower = venue.follower()
    venue.error = Transient("no answer")
    venue.let.clear()
    asyncio.get_running_loop().call_later(0.01, venue.let.set)
    # Who is refused is what is looked at.
    results = await asyncio.gather(*(follower.catch_up() for _ in range(5)), return_exceptions=True)
    assert [str(error) for error in results] == ["no answer"] * 5
    assert venue.asked <= 2
    venue.error = None
    await follower.catch_up()
    assert 0 <= venue.followed.now() - venue.ts < SECOND


async def test_a_venue_that_went_back_is_waited_for_and_told_of_once():
    venue = Venue()
    follower = venue.follower(speed=10.0)
    await follower.catch_up()
    venue.ts -= 60 * SECOND
    for _ in range(3):
        await follower.catch_up()
    assert venue.alarms == ["CLOCK_BEHIND"]
    assert 0 <= venue.followed.now() - 1_000 * SECOND < SECOND
    venue.ts = 1_001 * SECOND
    await follower.catch_up()
    assert 0 <= venue.followed.now() - venue.ts < SECOND
    venue.ts -= 30 * SECOND
    await follower.catch_up()
    assert venue.alarms == ["CLOCK_BEHIND"] * 2


async def test_a_little_ahead_is_nothing_to_tell():
    venue = Venue()
    follower = venue.follower(speed=10.0)
    await follower.catch_up()
    venue.ts -= 15 * SECOND
    await follower.catch_up()
    assert venue.alarms == []


async def test_running_ends_with_the_venues_failure(monkeypatch):
    venue = Venue()
    venue.error = Transient("gone")
    monkeypatch.setattr("tradeplat.app.following.PERIOD", 0.0)
    with pytest.raises(Transient, match="gone"):
        await venue.follower().run()
