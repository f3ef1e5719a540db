from faultsim.campaign import Result, Tally, campaign, jobs, mixed
from faultsim.schedule import Kind

Traces = dict[tuple[Kind, int], str]


def test_lists_are_mixed_evenly() -> None:
    order = mixed(jobs(Kind.PLAIN, 0, 2), jobs(Kind.CRASH, 0, 6))
    assert len(order) == 8
    assert [kind for kind, _ in order[:4]].count(Kind.PLAIN) == 1


def test_schedules_run_in_one_process_and_in_two_with_the_same_traces() -> None:
    todo = mixed(jobs(Kind.PLAIN, 0, 5), jobs(Kind.CRASH, 0, 9))
    traces: list[Traces] = []
    for processes in (1, 2):
        tally, seen = Tally(), Traces()

        def told(result: Result, tally: Tally = tally, seen: Traces = seen) -> bool:
            tally.take(result)
            seen[result.kind, result.seed] = result.digest
            return True

        campaign(todo, processes, told)
        assert not tally.failed
        assert tally.numbers()["schedules"] == {"plain": 5, "crash": 9}
        traces.append(seen)
    assert traces[0] == traces[1]


def test_a_campaign_stops_when_told() -> None:
    count = 0

    def told(_: Result) -> bool:
        nonlocal count
        count += 1
        return False

    campaign(jobs(Kind.PLAIN, 0, 40), 1, told)
    assert count == 1
