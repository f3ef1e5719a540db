import msgspec
import pytest

from faultsim.deeds import DEEDS
from faultsim.market import DAYS, TODAY
from faultsim.schedule import Kind, Schedule, schedule


@pytest.mark.parametrize("kind", list(Kind))
def test_a_seed_is_a_schedule_for_good(kind: Kind) -> None:
    for seed in range(50):
        made = schedule(seed, kind)
        assert made == schedule(seed, kind)
        assert msgspec.json.decode(msgspec.json.encode(made), type=Schedule) == made
        assert all(step.deed in DEEDS for step in made.steps)
        assert list(made.steps) == sorted(made.steps, key=lambda step: step.at)


def test_every_crash_schedule_dies_and_the_phases_have_equal_shares() -> None:
    phases = {"before": 0, "written": 0, "synced": 0}
    for seed in range(3_000):
        steps = schedule(seed, Kind.CRASH).steps
        assert any(step.deed.startswith("die") for step in steps)
        for step in steps:
            if step.deed == "die_at_record":
                phases[step.body["phase"]] += 1
    assert min(phases.values()) > 0.8 * max(phases.values())


def test_plain_schedules_leave_the_process_alone() -> None:
    assert not any(
        step.deed.startswith("die")
        for seed in range(200)
        for step in schedule(seed, Kind.PLAIN).steps
    )


def test_steps_can_be_left_out_and_the_rest_stays() -> None:
    made = next(s for s in (schedule(n, Kind.PLAIN) for n in range(99)) if len(s.steps) > 3)
    fewer = made.without({0, 2})
    assert fewer.steps == (made.steps[1], *made.steps[3:])
    assert fewer.config == made.config


def test_every_kind_of_clock_fault_and_every_day_is_drawn() -> None:
    drawn = [schedule(seed, kind) for seed in range(400) for kind in Kind]
    deeds = {step.deed for one in drawn for step in one.steps}
    assert {"clock", "drift", "time_change"} <= deeds
    assert {one.day for one in drawn} == {TODAY, *DAYS}


def test_awaits_turn_with_the_seed_so_that_each_is_died_at() -> None:
    kinds = {
        step.body["kind"]
        for seed in range(2_000)
        for step in schedule(seed, Kind.CRASH).steps
        if step.deed == "die_at_await"
    }
    assert kinds == set(range(max(kinds) + 1))
