from faultsim.schedule import Kind, Schedule, Step
from faultsim.world import Outcome, simulate


def died(kind: int, count: int, phase: str) -> Outcome:
    body = {"kind": kind, "count": count, "phase": phase}
    steps = (Step(0.0, "die_at_await", body),)
    return simulate(Schedule(seed=3, kind=Kind.CRASH, trading=10.0, chance=0.7, steps=steps))


def test_a_process_dies_at_the_place_that_was_asked_for() -> None:
    places = set()
    for kind in (0, 1, 12, 30):
        for phase in ("before", "after"):
            outcome = died(kind, 1, phase)
            assert outcome.passed, outcome.violations
            first = outcome.deaths[0]
            assert first.startswith(f"{phase} await ")
            places.add(first.partition(" await ")[2])
    assert len(places) >= 4


def test_the_same_place_is_died_at_each_time() -> None:
    once, again = died(20, 2, "before"), died(20, 2, "before")
    assert once.deaths == again.deaths
    assert once.digest == again.digest


def test_a_place_that_is_never_come_to_harms_nobody() -> None:
    outcome = died(900, 1, "after")
    assert outcome.passed, outcome.violations
    assert outcome.deaths[0] == "at the end of trading"
