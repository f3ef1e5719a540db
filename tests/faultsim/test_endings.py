"""Ends in order: in time, whatever the weather, and with nothing left behind."""

import asyncio

import pytest

from faultsim.schedule import Kind, Schedule, Step, schedule
from faultsim.world import simulate
from tradeplat.app.closing import Closing
from tradeplat.core.lease import Lease

STOPPED = Schedule(
    seed=3,
    kind=Kind.PLAIN,
    trading=16.0,
    chance=0.5,
    steps=(Step(5.6, "dark", {"seconds": 30.0}), Step(6.0, "stop")),
)


def test_whoever_is_stopped_in_the_dark_ends_in_time_and_begins_again() -> None:
    outcome = simulate(STOPPED)
    assert outcome.passed, outcome.violations
    assert outcome.lives > 1


def test_an_end_that_waits_for_ever_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(self: Closing, on_exit: str) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Closing, "close", never)
    first = simulate(STOPPED).violations[0]
    assert first.invariant == "I20"


def test_a_lease_that_is_kept_beyond_the_end_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease, "free", lambda _: None)
    first = simulate(STOPPED).violations[0]
    assert first.invariant == "I14"
    assert "lease" in first.words


def test_sessions_are_stopped_in_every_weather() -> None:
    made = [schedule(seed, kind) for seed in range(160) for kind in Kind]
    stopped = [one for one in made if any(step.deed == "stop" for step in one.steps)]
    assert {one.kind for one in stopped} == set(Kind)
    before = {one.steps[at - 1].deed for one in stopped for at in _places(one)}
    assert {"dark", "outage", "congestion"} <= before


def _places(one: Schedule) -> list[int]:
    return [at for at, step in enumerate(one.steps) if step.deed == "stop"]
