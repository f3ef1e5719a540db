"""Means agree with TA-Lib, stay exact over long runs and never move on a flat series."""

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.means import ema, sma, sma_total, wilder

PRICES = st.floats(0.01, 1e6, allow_nan=False)


def emas(values, span):
    mean, out = float("nan"), []
    for seen, value in enumerate(values):
        mean = ema(mean, value, span, seen)
        out.append(mean)
    return out


def smas(values, span):
    ring, total, out = [0.0] * span, 0.0, []
    for seen, value in enumerate(values):
        total = sma_total(ring, total, value, seen)
        out.append(sma(total, span, seen))
    return out


def walk(seed, size, scale=0.1):
    steps = np.random.default_rng(seed).normal(0.0, scale, size)
    return np.maximum(100.0 + np.cumsum(steps), 1.0)


@pytest.mark.parametrize("span", [2, 10, 48])
def test_ema_is_talibs_from_its_first_value_on(span):
    prices = walk(1, 500)
    ours, oracle = np.array(emas(prices.tolist(), span)), talib.EMA(prices, span)
    assert np.isnan(oracle[: span - 1]).all()
    assert np.abs(ours - oracle)[span - 1 :].max() < 1e-9
    assert np.abs(np.array(emas(prices.tolist(), span)) - ours).max() == 0.0


@pytest.mark.parametrize("span", [2, 20, 50])
def test_sma_is_talibs_from_its_first_value_on(span):
    prices = walk(2, 500)
    ours, oracle = np.array(smas(prices.tolist(), span)), talib.SMA(prices, span)
    assert np.isnan(oracle[: span - 1]).all()
    assert np.abs(ours - oracle)[span - 1 :].max() < 1e-9


def test_a_mean_of_one_value_is_that_value():
    values = [3.0, 1.0, 2.0]
    assert emas(values, 1) == smas(values, 1) == values
    assert wilder(9.0, 4.0, 1, 5) == 4.0


def test_wilder_seeds_with_the_plain_mean_then_weighs_one_over_span():
    assert wilder(float("nan"), 6.0, 3, 0) == 6.0
    assert wilder(6.0, 12.0, 3, 1) == 9.0
    assert wilder(9.0, 15.0, 3, 2) == 11.0
    assert wilder(11.0, 14.0, 3, 3) == 12.0


@given(PRICES, st.integers(1, 60))
def test_flat_prices_give_flat_means_to_the_last_bit(price, span):
    assert set(emas([price] * 130, span)) == {price}
    assert all(abs(mean - price) <= 1e-12 * price for mean in smas([price] * 130, span))


@given(st.lists(PRICES, min_size=1, max_size=80), st.integers(1, 30))
def test_running_sma_is_the_mean_of_the_last_values(values, span):
    means = smas(values, span)
    for end in range(1, len(values) + 1):
        window = values[max(0, end - span) : end]
        assert means[end - 1] == pytest.approx(sum(window) / len(window), rel=1e-9)


@pytest.mark.parametrize("span", [20, 50])
def test_running_sma_does_not_drift_over_a_million_values(span):
    prices = walk(3, 1_000_000)
    means = np.array(smas(prices.tolist(), span))[span - 1 :]
    fresh = np.lib.stride_tricks.sliding_window_view(prices, span).mean(axis=1)
    assert np.abs(means - fresh).max() < 1e-9


def test_one_huge_value_leaves_no_trace_after_two_turns():
    values = [1e15] + [0.1] * 40
    assert smas(values, 10)[-1] == pytest.approx(0.1, rel=1e-15)


def test_all_are_marked_as_kernels():
    assert all(is_kernel(function) for function in (ema, sma, sma_total, wilder))
