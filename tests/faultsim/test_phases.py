from pathlib import Path

from faultsim import again, fuzzing
from faultsim.campaign import jobs, mixed
from faultsim.phases import Phases, Wanted
from faultsim.progress import Fuzzed, Ledger, Line, Repeated
from faultsim.schedule import Kind

SLICE = Wanted(mixed(jobs(Kind.PLAIN, 0, 4), jobs(Kind.CRASH, 0, 8)), again=4)


def test_a_tier_runs_every_phase_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Ledger(path) as ledger:
        first = Phases(ledger, 1)
        first.run(SLICE)
    assert first.passed
    assert [(told.phase, told.done) for told in first.told] == [
        ("schedules", 12),
        ("schedules again", 4),
    ]
    size = path.stat().st_size
    with Ledger(path) as ledger:
        second = Phases(ledger, 1)
        second.run(SLICE)
    assert second.tally.numbers() == first.tally.numbers()
    assert [told.done for told in second.told] == [12, 4]
    assert path.stat().st_size == size


def test_what_broke_before_still_counts_and_later_phases_run_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Ledger(path) as ledger:
        Phases(ledger, 1).run(SLICE._replace(again=0))
    with Ledger(path) as ledger:
        broken = ledger.lines[0].result
    assert broken is not None
    with Ledger(path) as ledger:
        ledger.add(Line(1.0, repeated=Repeated(broken.kind.value, broken.seed, "I17: other")))
    with Ledger(path) as ledger:
        phases = Phases(ledger, 1)
        phases.run(SLICE)
    assert not phases.passed
    assert [told.broken for told in phases.told] == [0, 1]
    assert [told.done for told in phases.told] == [12, 4]


def test_other_processes_with_other_hashes_tell_the_same_traces() -> None:
    todo = SLICE.todo[:6]
    assert again.traces(todo, "4711") == again.traces(todo, "99")
    assert again.traces(todo).keys() == set(todo)


def test_every_parser_is_found_and_one_is_fuzzed_alone() -> None:
    tests = fuzzing.tests()
    assert len(tests) >= 35
    one = next(test for test in tests if "durations typed" in test)
    assert fuzzing.fuzz((one, 500)) == Fuzzed(one, "")
    assert fuzzing.fuzz((one + "x", 500)).failed
