"""True range and ATR agree with TA-Lib; stops lie on the losing side."""

from math import nan

import numpy as np
import pytest
import talib

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.ranges import atr, stop_level, true_range


def bars(seed, size):
    rng = np.random.default_rng(seed)
    close = 100.0 + np.cumsum(rng.normal(0.0, 0.3, size))
    high = close + rng.exponential(0.2, size)
    low = close - rng.exponential(0.2, size)
    return high, low, close


def atrs(high, low, close, span):
    value, last, out = nan, nan, []
    for index, (top, bottom, end) in enumerate(
        zip(high.tolist(), low.tolist(), close.tolist(), strict=True)
    ):
        if index > 0:
            value = atr(value, true_range(top, bottom, last), span, index - 1)
        last = end
        out.append(value)
    return np.array(out)


@pytest.mark.parametrize("span", [2, 14, 48])
def test_atr_is_talibs_from_its_first_value_on(span):
    high, low, close = bars(1, 400)
    oracle = talib.ATR(high, low, close, span)
    assert np.isnan(oracle[:span]).all()
    assert np.abs(atrs(high, low, close, span) - oracle)[span:].max() < 1e-9


def test_true_range_is_talibs_and_the_plain_range_without_a_close_before():
    high, low, close = bars(2, 100)
    oracle = talib.TRANGE(high, low, close)
    ours = [true_range(high[i], low[i], close[i - 1]) for i in range(1, 100)]
    assert np.abs(np.array(ours) - oracle[1:]).max() < 1e-9
    assert true_range(12.0, 10.0, nan) == 2.0


def test_true_range_counts_the_gap():
    assert true_range(12.0, 11.0, 8.0) == 4.0
    assert true_range(12.0, 11.0, 15.0) == 4.0


def test_a_flat_series_has_no_range():
    flat = np.full(60, 10.1)
    assert atrs(flat, flat, flat, 14)[1:].max() == 0.0
    assert talib.ATR(flat, flat, flat, 14)[14:].max() == 0.0


def test_a_stop_lies_on_the_losing_side():
    assert stop_level(1.0, 100.0, 1.5, 2.0) == 97.0
    assert stop_level(-1.0, 100.0, 1.5, 2.0) == 103.0


def test_all_are_marked_as_kernels():
    assert all(is_kernel(function) for function in (atr, stop_level, true_range))
