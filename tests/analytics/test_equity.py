"""Drawdowns start from capital, returns skip nights, points stay few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.analytics.equity import DAWN, DAY, POINTS, Drawdown, EquityCurve, Returns
from tradeplat.analytics.metrics import sharpe, sortino
from tradeplat.core.market import MINUTE, SECOND

values = st.lists(st.floats(1.0, 1e9), min_size=1, max_size=60)


def test_a_first_loss_is_a_finite_part_of_the_capital():
    drawdown = Drawdown(1000.0)
    drawdown.mark(1, 900.0)
    assert (drawdown.deepest, drawdown.deepest_money) == (pytest.approx(0.1), 100.0)
    assert drawdown.open


@given(values)
def test_drawdown_equals_the_batch_definition(equity):
    drawdown = Drawdown(equity[0])
    for ts, value in enumerate(equity, 1):
        drawdown.mark(ts, value)
    peaks = np.maximum.accumulate(equity)
    assert drawdown.deepest == pytest.approx(float(np.max(1 - np.array(equity) / peaks)))
    assert drawdown.deepest_money == pytest.approx(float(np.max(peaks - equity)))
    assert drawdown.open == (equity[-1] < peaks[-1])


def test_the_longest_drawdown_counts_while_it_lasts():
    drawdown = Drawdown(100.0)
    for ts, value in ((10, 100.0), (20, 90.0), (30, 101.0), (40, 95.0), (90, 99.0)):
        drawdown.mark(ts, value)
    assert drawdown.longest == 60
    assert drawdown.current == pytest.approx(1 - 99 / 101)


def test_capital_below_zero_is_no_error():
    drawdown = Drawdown(0.0)
    drawdown.mark(1, -5.0)
    assert (drawdown.deepest, drawdown.deepest_money) == (0.0, 5.0)


def test_returns_are_sampled_at_the_end_of_each_stretch_that_had_a_mark():
    returns = Returns(100.0, MINUTE)
    for at, value in ((1, 101.0), (30, 110.0), (61, 99.0), (600, 99.0), (601, 198.0)):
        returns.mark(at * SECOND, value)
    assert list(returns.values) == pytest.approx([0.1, -0.1])
    assert list(returns.so_far()) == pytest.approx([0.1, -0.1, 1.0])


def test_a_trading_day_ends_in_the_american_night():
    days = Returns(100.0, DAY, DAWN)
    evening = 1_759_881_540 * SECOND  # 2025-10-07 23:59 UTC, 19:59 in New York
    days.mark(evening, 110.0)
    days.mark(evening + 60 * SECOND, 120.0)
    assert list(days.values) == []
    days.mark(evening + 8 * 3600 * SECOND, 60.0)
    assert list(days.values) == pytest.approx([0.2])


@given(values)
def test_one_pass_ratios_equal_the_batch(equity):
    returns = Returns(equity[0], SECOND)
    for at, value in enumerate(equity):
        returns.mark(at * SECOND, value)
    batch = np.array(returns.values)
    if len(batch) > 1 and np.std(batch) > 1e-6 * np.max(np.abs(batch)):
        assert returns.sharpe(252) == pytest.approx(sharpe(batch, 252), rel=1e-9, abs=1e-9)
        assert returns.sortino(252) == pytest.approx(
            sortino(batch, 252), rel=1e-9, abs=1e-9, nan_ok=True
        )


@given(st.integers(1, 5 * POINTS), st.integers(1, 40))
def test_points_stay_few_and_keep_the_extremes(count, step):
    curve = EquityCurve(100.0)
    for number in range(count):
        curve.mark(number * step * SECOND, 100.0 + number % 97)
    points = curve.points
    assert len(points) <= POINTS
    assert points[-1].last == curve.last == 100.0 + (count - 1) % 97
    assert min(point.low for point in points) == 100.0
    assert max(point.high for point in points) == 100.0 + min(count - 1, 96)
    assert [p.ts for p in points] == sorted({p.ts for p in points})
