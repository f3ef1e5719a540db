"""RSI and ROC agree with TA-Lib and with the published table."""

from math import nan

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.momentum import gain_mean, loss_mean, roc, rsi

TABLE = [
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826,
    45.8931, 46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
]  # fmt: skip
PUBLISHED = [70.53, 66.32, 66.55, 69.41, 66.36, 57.97]


def rsis(prices, span):
    gains = losses = nan
    out = [nan]
    for seen in range(len(prices) - 1):
        change = prices[seen + 1] - prices[seen]
        gains = gain_mean(gains, change, span, seen)
        losses = loss_mean(losses, change, span, seen)
        out.append(rsi(gains, losses))
    return np.array(out)


def rocs(prices, span):
    ring = [0.0] * span
    return np.array([roc(ring, price, seen) for seen, price in enumerate(prices)])


def walk(seed, size):
    return 50.0 + np.cumsum(np.random.default_rng(seed).normal(0.0, 0.2, size))


def test_rsi_is_the_published_one():
    assert rsis(TABLE, 14)[14:] == pytest.approx(PUBLISHED, abs=0.01)


@pytest.mark.parametrize("span", [2, 14, 30])
def test_rsi_is_talibs_from_its_first_value_on(span):
    prices = walk(1, 600)
    oracle = talib.RSI(prices, span)
    assert np.isnan(oracle[:span]).all()
    assert np.abs(rsis(prices.tolist(), span) - oracle)[span:].max() < 1e-9


def test_rsi_of_flat_rising_and_falling_prices_is_talibs():
    for prices in (np.full(60, 10.1), np.arange(1.0, 61.0), np.arange(61.0, 1.0, -1.0)):
        oracle = talib.RSI(prices, 14)
        assert np.abs(rsis(prices.tolist(), 14) - oracle)[14:].max() < 1e-9


@given(st.lists(st.floats(0.01, 1e5), min_size=3, max_size=60))
def test_rsi_stays_between_0_and_100(prices):
    values = rsis(prices, 5)[1:]
    assert ((values >= 0.0) & (values <= 100.0)).all()


@pytest.mark.parametrize("span", [1, 5, 30])
def test_roc_is_talibs_with_the_same_warm_up(span):
    prices = walk(2, 300)
    ours, oracle = rocs(prices.tolist(), span), talib.ROC(prices, span)
    assert (np.isnan(ours) == np.isnan(oracle)).all()
    assert np.abs(ours - oracle)[span:].max() < 1e-9


def test_roc_of_flat_prices_is_0_and_of_a_zero_base_too():
    assert rocs([10.1] * 10, 3)[3:].tolist() == [0.0] * 7
    assert rocs([0.0, 5.0], 1)[1] == talib.ROC(np.array([0.0, 5.0]), 1)[1] == 0.0


def test_all_are_marked_as_kernels():
    assert all(map(is_kernel, (gain_mean, loss_mean, roc, rsi)))
