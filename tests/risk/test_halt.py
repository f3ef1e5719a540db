from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.risk.halt import HALT, DrawdownHalt, max_drawdown


def halt(limit: float = 0.06) -> tuple[DrawdownHalt, list[Condition], list[tuple[float, int]]]:
    asked: list[Condition] = []
    kept: list[tuple[float, int]] = []
    standing: set[str] = set()

    def impose(condition: Condition, now: int) -> bool:
        if condition.code in standing:
            return False
        standing.add(condition.code)
        asked.append(condition)
        return True

    return DrawdownHalt(limit, impose, lambda high, now: kept.append((high, now))), asked, kept


@given(st.lists(st.floats(1.0, 1e6), max_size=60))
def test_the_largest_drawdown_is_that_of_the_definition(curve: list[float]) -> None:
    expected = 0.0
    for at, value in enumerate(curve):
        expected = max(expected, 1.0 - value / max(curve[: at + 1]))
    assert max_drawdown(curve) == pytest.approx(expected)
    if curve:
        array = np.array(curve)
        reference = (1.0 - array / np.maximum.accumulate(array)).max()
        assert max_drawdown(curve) == pytest.approx(reference)


def test_a_curve_without_a_peak_has_no_drawdown() -> None:
    assert max_drawdown([]) == 0.0
    assert max_drawdown([-5.0, -9.0]) == 0.0
    assert max_drawdown([100.0, -100.0]) == 2.0


@pytest.mark.parametrize(("equity", "halts"), [(94.01, False), (94.0, True), (50.0, True)])
def test_the_halt_begins_at_its_limit(equity: float, halts: bool) -> None:
    watch, asked, _ = halt()
    watch.look(90.0, 1)
    watch.look(100.0, 2)
    assert watch.look(equity, 3) == halts
    assert watch.measured == pytest.approx(1 - equity / 100.0)
    assert watch.configured == 0.06
    assert [condition.source for condition in asked] == [HALT] * halts
    if halts:
        assert (asked[0].mode, asked[0].code) == (Mode.REDUCE_ONLY, "MAX_DRAWDOWN")
        assert asked[0].durable
        assert asked[0].withdraws
        assert not watch.look(equity, 4)


def test_it_says_what_it_measured_and_what_it_allows() -> None:
    watch, asked, _ = halt()
    watch.look(100.0, 1)
    watch.look(93.5, 2)
    assert asked[0].why == "drawdown 6.50% (limit 6.00%)"
    assert watch.deepest == pytest.approx(0.065)


def test_the_high_goes_on_from_an_earlier_session_and_a_person_resets_it() -> None:
    watch, asked, kept = halt()
    watch.restore(200.0)
    assert watch.look(187.0, 1)
    watch.reset(187.0, 2)
    assert (watch.high_water, watch.measured, watch.deepest) == (187.0, 0.0, 0.0)
    assert kept[-1] == (187.0, 2)
    assert not watch.look(180.0, 3)
    for useless in (nan, inf, 1.0):
        watch.restore(useless)
    assert watch.high_water == 187.0
    assert len(asked) == 1


def test_a_new_high_is_kept_but_not_every_cent_of_it() -> None:
    watch, _, kept = halt()
    watch.look(100.0, 0)
    watch.look(100.05, SECOND)
    watch.look(100.2, 2 * SECOND)
    watch.look(100.25, 3 * SECOND)
    watch.look(100.3, 3 * SECOND + MINUTE)
    assert kept == [(100.0, 0), (100.2, 2 * SECOND), (100.3, 3 * SECOND + MINUTE)]


def test_without_a_limit_it_measures_only() -> None:
    watch, asked, _ = halt(0.0)
    watch.look(100.0, 1)
    assert not watch.look(1.0, 2)
    assert watch.measured == 0.99
    assert not asked


def test_equity_that_never_was_above_zero_halts_nothing() -> None:
    watch, asked, _ = halt()
    assert not watch.look(-5.0, 1)
    assert not watch.look(0.0, 2)
    assert not asked
