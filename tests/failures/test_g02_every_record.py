"""G2: one session dies at each record of its journal, in each of the three phases of its write."""

from itertools import count

import pytest

import goals
from faultsim.schedule import Kind, Schedule, Step
from faultsim.world import simulate

STRIDE = 1 if goals.ASKED else 12
"""Records between two deaths; where all are asked for, none."""


@goals.whole
@pytest.mark.timeout(600)
@pytest.mark.parametrize("phase", ["before", "written", "synced"])
def test_g02_a_death_at_any_record_is_recovered_from_twice_alike(phase: str) -> None:
    reached = 0
    for number in count(1, STRIDE):
        # A multiple of four: the world then recovers twice more and compares (I10).
        death = Step(0.0, "die_at_record", {"count": number, "phase": phase})
        outcome = simulate(
            Schedule(seed=8, kind=Kind.CRASH, trading=5.0, chance=0.7, steps=(death,))
        )
        assert outcome.passed, (number, phase, outcome.violations)
        if outcome.deaths[0] != f"at record {number}, {phase}":
            break
        reached = number
    # A session of this length writes so many at least.
    assert reached > 16, outcome.deaths
