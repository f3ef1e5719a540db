"""Bollinger bands agree with TA-Lib; flat prices have no width."""

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.bands import bollinger


def bands(prices, span, width):
    ring = [0.0] * span
    return np.array([bollinger(ring, price, seen, width) for seen, price in enumerate(prices)])


@pytest.mark.parametrize(("span", "width"), [(2, 1.0), (20, 2.0), (50, 2.5)])
def test_bands_are_talibs_from_their_first_value_on(span, width):
    prices = 30.0 + np.cumsum(np.random.default_rng(1).normal(0.0, 0.2, 500))
    upper, middle, lower = talib.BBANDS(prices, span, width, width)
    assert np.isnan(upper[: span - 1]).all()
    ours = bands(prices.tolist(), span, width)[span - 1 :]
    oracle = np.stack([lower, middle, upper], axis=1)[span - 1 :]
    assert np.abs(ours - oracle).max() < 1e-9


@given(st.floats(0.01, 1e6), st.integers(1, 30))
def test_flat_prices_have_no_width(price, span):
    assert set(bands([price] * 70, span, 2.0).ravel().tolist()) == {price}


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=50), st.integers(1, 20))
def test_the_mean_lies_between_the_bands(prices, span):
    for lower, middle, upper in bands(prices, span, 2.0).tolist():
        assert lower <= middle <= upper


def test_it_is_marked_as_a_kernel():
    assert is_kernel(bollinger)
