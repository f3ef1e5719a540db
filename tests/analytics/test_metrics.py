"""Figures of merit follow their definitions; where those say nothing, the figure is nan."""

from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.analytics.metrics import (
    Outcomes,
    Running,
    cagr,
    deflated_benchmark,
    expected_shortfall,
    moments,
    omega,
    probabilistic_sharpe,
    quantiles,
    sharpe,
    sortino,
    value_at_risk,
)

lists = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


def outcomes(*nets):
    found = Outcomes()
    for net in nets:
        found.add(net)
    return found


@given(lists)
def test_one_pass_equals_the_batch(values):
    running = Running()
    for value in values:
        running.add(value)
    assert running.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    if len(values) > 1:
        assert running.deviation == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-7)
    else:
        assert isnan(running.deviation)


@given(lists)
def test_expectancy_is_the_mean_and_its_parts_agree(nets):
    found = outcomes(*nets)
    assert found.expectancy == pytest.approx(np.mean(nets), rel=1e-9, abs=1e-9)
    parts = found.wins.count * found.wins.mean - found.losses.count * found.losses.mean
    assert parts / found.count == pytest.approx(found.expectancy, rel=1e-9, abs=1e-6)
    assert found.wins.count + found.losses.count + found.scratches == found.count


def test_a_break_even_counts_in_neither_group():
    found = outcomes(10.0, 0.0, -5.0, 0.0)
    assert (found.wins.count, found.losses.count, found.scratches) == (1, 1, 2)
    assert (found.win_rate, found.expectancy, found.profit_factor) == (0.25, 1.25, 2.0)
    assert (found.average_win, found.average_loss) == (10.0, 5.0)


def test_nothing_and_no_losses_are_undefined():
    none = Outcomes()
    for value in (none.win_rate, none.expectancy, none.profit_factor, none.best, none.worst):
        assert isnan(value)
    assert isnan(none.average_win)
    assert isnan(none.average_loss)
    assert isnan(none.expectancy_r)
    assert isnan(outcomes(1.0, 2.0).profit_factor)
    assert outcomes(-1.0, -2.0).profit_factor == 0.0


def test_losing_runs_end_at_wins_and_break_evens():
    assert outcomes(-1, -1, 0, -1, -1, -1, 2, -1).losing_run == 3
    assert (outcomes(-3, 5).best, outcomes(-3, 5).worst) == (5, -3)


def test_only_campaigns_with_a_stop_have_a_multiple():
    found = Outcomes()
    found.add(10.0, 2.0)
    found.add(-5.0, nan)
    assert found.expectancy_r == 2.0


def test_ratios_follow_their_formulas():
    returns = [0.01, -0.02, 0.03, 0.0]
    mean, deviation = np.mean(returns), np.std(returns, ddof=1)
    assert sharpe(returns, 252) == pytest.approx(sqrt(252) * mean / deviation)
    assert sharpe(returns, 252, 0.001) == pytest.approx(sqrt(252) * (mean - 0.001) / deviation)
    assert sortino(returns, 252) == pytest.approx(sqrt(252) * mean / sqrt(0.0004 / 4))
    assert omega(returns) == pytest.approx(2.0)
    assert value_at_risk(returns, 0.05) == pytest.approx(np.quantile(returns, 0.05))
    assert expected_shortfall(returns, 0.05) == -0.02
    assert cagr(100, 110, 126, 252) == pytest.approx(1.1**2 - 1)
    assert quantiles([1.0, 3.0], [0.5]) == [2.0]


def test_what_is_undefined_is_nan():
    for returns in ([], [0.1], [0.1, 0.1, 0.1], [0.0, 0.0]):
        assert isnan(sharpe(returns, 252))
    assert isnan(sortino([0.1, 0.2], 252))
    assert isnan(omega([0.1, 0.2]))
    assert isnan(value_at_risk([]))
    assert isnan(expected_shortfall([0.1]))
    assert isnan(cagr(0, 1, 1, 252))
    assert isnan(cagr(1, -1, 1, 252))
    assert isnan(cagr(1, 2, 0, 252))
    assert isnan(cagr(1, 2, 1, 98_280))
    assert all(map(isnan, moments([1.0, 1.0])))
    assert all(map(isnan, quantiles([], [0.5, 0.9])))
    assert isnan(probabilistic_sharpe(0.1, 0.0, 1, 0.0, 3.0))
    assert isnan(deflated_benchmark(1, 0.1))


def test_probabilistic_sharpe_equals_the_published_examples():
    monthly = 0.458
    assert probabilistic_sharpe(monthly, 0, 24, 0, 3) == pytest.approx(0.9817, abs=1e-4)
    assert probabilistic_sharpe(monthly, 0, 24, -2.448, 10.164) == pytest.approx(0.9134, abs=1e-4)


@pytest.mark.parametrize(("trials", "chance"), [(100, 0.9004), (46, 0.9505)])
def test_deflated_sharpe_equals_the_published_examples(trials, chance):
    benchmark = deflated_benchmark(trials, 0.5 / 250)
    if trials == 100:
        assert benchmark == pytest.approx(0.1132, abs=1e-4)
    found = probabilistic_sharpe(2.5 / sqrt(250), benchmark, 1250, -3, 10)
    assert found == pytest.approx(chance, abs=1e-4)
