"""The z-score is the sample's, and undefined where nothing varies."""

from math import isnan
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.spread import zscore


def zscores(values, span):
    ring = [0.0] * span
    return [zscore(ring, value, seen) for seen, value in enumerate(values)]


@given(st.lists(st.integers(-1000, 1000), min_size=3, max_size=60), st.integers(2, 12))
def test_it_is_the_textbooks_over_the_last_values(values, span):
    for end, ours in enumerate(zscores([float(v) for v in values], span)):
        window = values[max(0, end + 1 - span) : end + 1]
        if len(window) < span or len(set(window)) == 1:
            assert isnan(ours)
        else:
            assert ours == pytest.approx((values[end] - fmean(window)) / stdev(window), abs=1e-9)


@given(st.floats(-1e9, 1e9))
def test_equal_values_have_none(value):
    assert all(map(isnan, zscores([value] * 20, 5)))


def test_it_is_marked_as_a_kernel():
    assert is_kernel(zscore)
