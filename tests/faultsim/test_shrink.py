from msgspec.structs import replace

from faultsim.oracle import Violation
from faultsim.schedule import Kind, Schedule, Step
from faultsim.shrink import shrink
from faultsim.world import Outcome

TWENTY = tuple(Step(float(n), "keys", {"keys": "b"}) for n in range(20))


def outcome(schedule: Schedule, *invariants: str) -> Outcome:
    return Outcome(
        schedule=schedule,
        violations=tuple(Violation(name, "broken") for name in invariants),
        digest="",
        lines=(),
        lives=1,
        orders=0,
        fills=0,
        struck={},
        alarms={},
        refused={},
        seconds=0.0,
        deaths=(),
    )


def test_only_the_faults_that_are_needed_together_remain() -> None:
    def run(tried: Schedule) -> Outcome:
        moments = {step.at for step in tried.steps}
        return outcome(tried, "I4") if {3.0, 17.0} <= moments else outcome(tried)

    whole = Schedule(seed=1, kind=Kind.PLAIN, steps=TWENTY)
    found = shrink(outcome(whole, "I4"), run)
    assert [step.at for step in found.schedule.steps] == [3.0, 17.0]


def test_another_failure_is_not_taken_for_the_same() -> None:
    def run(tried: Schedule) -> Outcome:
        return outcome(tried, "I4" if len(tried.steps) > 18 else "I9")

    found = shrink(outcome(Schedule(seed=1, kind=Kind.PLAIN, steps=TWENTY), "I4"), run)
    assert len(found.schedule.steps) == 19


def test_a_failure_without_any_fault_shrinks_to_none() -> None:
    whole = Schedule(seed=1, kind=Kind.PLAIN, steps=TWENTY)
    found = shrink(outcome(whole, "I1"), lambda tried: outcome(tried, "I1"))
    assert found.schedule == replace(whole, steps=())
