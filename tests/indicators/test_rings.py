"""Rings hold the last values, and their statistics are those of the values."""

from math import isnan, nan
from statistics import fmean, pstdev, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.rings import (
    push,
    ring_count,
    ring_moments,
    ring_total,
)

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(VALUES, st.integers(1, 12))
def test_push_returns_what_falls_out(values, span):
    ring = [0.0] * span
    for seen, value in enumerate(values):
        old = push(ring, value, seen)
        assert isnan(old) if seen < span else old == values[seen - span]
        count = ring_count(ring, seen + 1)
        assert sorted(ring[:count]) == sorted(values[max(0, seen + 1 - span) : seen + 1])


@given(VALUES)
def test_moments_are_the_textbooks(values):
    scale = max(abs(value) for value in values) + 1.0
    mean, whole = ring_moments(values, len(values), 0)
    assert mean == pytest.approx(fmean(values), abs=1e-9 * scale)
    assert whole == pytest.approx(pstdev(values), abs=1e-7 * scale)
    sample = ring_moments(values, len(values), 1)[1]
    if len(values) < 2:
        assert isnan(sample)
    else:
        assert sample == pytest.approx(stdev(values), abs=1e-7 * scale)


def test_a_small_deviation_far_from_zero_is_not_lost():
    rng = np.random.default_rng(1)
    values = (1e6 + rng.normal(0.0, 0.01, 50)).tolist()
    assert ring_moments(values, 50, 1)[1] == pytest.approx(stdev(values), rel=1e-9)


@given(st.floats(-1e9, 1e9), st.integers(1, 30))
def test_equal_values_have_their_own_mean_and_no_deviation(value, count):
    assert ring_moments([value] * count, count, 0) == (value, 0.0)


def test_only_the_filled_slots_count():
    assert ring_moments([1.0, 3.0, nan], 2, 0) == (2.0, 1.0)


def test_totals_are_added_from_the_left():
    assert ring_total([0.1, 0.2, 0.3, 9.0], 0, 3) == (0.1 + 0.2) + 0.3
    assert ring_total([1.0], 1, 1) == 0.0


def test_all_are_marked_as_kernels():
    assert all(map(is_kernel, (push, ring_count, ring_moments, ring_total)))
