import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import SECOND
from tradeplat.execution.brokers.budget import WINDOW, ApiBudget, Budget, Need, Told


def spent(*needs: Need, limit: int = 20, reserve: int = 4, step: float = 0.0) -> ApiBudget:
    made = ApiBudget(Budget(limit, reserve))
    for number, need in enumerate(needs):
        made.spend(need, number * step)
    return made


def test_polls_leave_a_quarter_to_entries_and_entries_leave_the_reserve() -> None:
    budget = spent()
    assert [budget.share(need) for need in (Need.POLL, Need.ENTRY, Need.RESERVED)] == [12, 16, 20]
    for need, used in ((Need.POLL, 12), (Need.ENTRY, 16)):
        assert spent(*[need] * (used - 1)).wait(need, 0.0) == 0.0
        assert spent(*[need] * used).wait(need, 0.0) == WINDOW
    assert spent(*[Need.ENTRY] * 16).wait(Need.RESERVED, 0.0) == 0.0


def test_cancels_leave_half_of_the_reserve_to_what_sells_and_asks() -> None:
    assert spent().share(Need.CANCEL) == 18
    budget = spent(*[Need.ENTRY] * 100)
    for _ in range(2):
        assert budget.wait(Need.CANCEL, 1.0) == 0.0
        budget.spend(Need.CANCEL, 1.0)
    assert budget.wait(Need.CANCEL, 1.0) > 0.0
    assert budget.wait(Need.RESERVED, 1.0) == 0.0


def test_the_window_slides() -> None:
    budget = spent(*[Need.ENTRY] * 16, step=1.0)
    assert budget.wait(Need.ENTRY, 20.0) == 40.0
    assert budget.wait(Need.ENTRY, 60.0) == 0.0
    budget.spend(Need.ENTRY, 60.0)
    assert budget.wait(Need.ENTRY, 60.5) == 0.5


def test_the_reserve_is_kept_whatever_happened() -> None:
    budget = spent(*[Need.ENTRY] * 100)
    budget.refused(30.0, 0.0)
    for _ in range(4):
        assert budget.wait(Need.RESERVED, 1.0) == 0.0
        budget.spend(Need.RESERVED, 1.0)
    assert budget.wait(Need.RESERVED, 1.0) == 29.0


def test_a_refusal_holds_everything_else_back_until_its_time() -> None:
    budget = spent()
    budget.refused(30.0, 0.0)
    assert (budget.wait(Need.ENTRY, 1.0), budget.wait(Need.POLL, 1.0)) == (29.0, 29.0)
    assert budget.wait(Need.ENTRY, 30.0) == 0.0


def test_the_venues_own_count_is_believed_where_it_is_higher() -> None:
    budget = spent(Need.ENTRY)
    budget.hear(Told(20, 5, 10.0), 0.0)
    assert budget.wait(Need.ENTRY, 0.0) == 0.0
    budget.spend(Need.ENTRY, 0.0)
    assert budget.wait(Need.ENTRY, 0.0) == 10.0
    assert budget.wait(Need.ENTRY, 10.0) == 0.0


def test_the_venues_limit_takes_the_place_of_ours() -> None:
    budget = spent(*[Need.ENTRY] * 100)
    assert budget.wait(Need.ENTRY, 0.0) > 0.0
    budget.hear(Told(1_000_000, 999_900, 30.0), 0.0)
    assert budget.wait(Need.POLL, 0.0) == 0.0
    budget.hear(Told(0, 0, 30.0), 0.0)
    assert budget.wait(Need.ENTRY, 0.0) > 0.0


def test_the_gate_hears_when_entries_are_possible_again() -> None:
    assert spent().until(5 * SECOND, 0.0) == 0
    assert spent(*[Need.ENTRY] * 16).until(5 * SECOND, 10.0) == 55 * SECOND


@given(
    st.lists(st.tuples(st.sampled_from(Need), st.floats(0.0, 5.0)), max_size=200),
    st.integers(2, 60),
    st.integers(0, 30),
)
def test_what_obeys_the_waits_never_passes_the_limit(
    wishes: list[tuple[Need, float]], limit: int, reserve: int
) -> None:
    budget = ApiBudget(Budget(limit, reserve))
    now, sent = 0.0, list[tuple[float, Need]]()
    for need, pause in wishes:
        now += pause
        wait = budget.wait(need, now)
        assert 0.0 <= wait <= WINDOW
        if wait == 0.0:
            budget.spend(need, now)
            sent.append((now, need))
        recent = [kind for at, kind in sent if at > now - WINDOW]
        assert len(recent) <= limit + reserve
        ordinary = sum(kind in {Need.POLL, Need.ENTRY} for kind in recent)
        assert ordinary <= budget.share(Need.ENTRY)


@pytest.mark.parametrize("need", list(Need))
def test_whoever_waits_as_long_as_told_may_go(need: Need) -> None:
    budget = spent(*[Need.ENTRY] * 30, *[Need.RESERVED] * 30, step=0.1)
    budget.refused(5.0, 6.0)
    now = 6.0
    for _ in range(20):
        wait = budget.wait(need, now)
        if not wait:
            return
        now += wait
    raise AssertionError(now)
