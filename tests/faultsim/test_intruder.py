"""A stranger at the control plane of a simulated session."""

from collections import Counter

import pytest

from faultsim.intruder import KNOCKS
from faultsim.schedule import Kind, Schedule
from faultsim.world import simulate
from tradeplat.control import door

VISITED = Schedule(seed=1, kind=Kind.PLAIN, trading=6.0, chance=0.5, symbols=1)


def test_only_what_has_its_right_is_done() -> None:
    outcome = simulate(VISITED)
    assert outcome.passed, outcome.violations
    knocks = [line.rpartition(": ")[2] for line in outcome.lines if " knock " in line]
    assert len(knocks) == len(KNOCKS)
    assert Counter(knocks) == {"401": 2, "403": 5, "409": 2, "200": 2}


def test_a_door_that_lets_every_page_in_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "stranger", lambda *_: None)
    outcome = simulate(VISITED)
    assert [one.invariant for one in outcome.violations] == ["I18"]
    assert "another host" in outcome.violations[0].words
