"""The pyramid says of every stretch what looking at each row says."""

from math import isnan

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.visualizer.pyramid import Op, Pyramid

OPS = (Op.FIRST, Op.MAX, Op.MIN, Op.LAST, Op.SUM)
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: float(round(x)))
STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.lists(NUMBERS | st.just(np.nan), min_size=1, max_size=40)),
    max_size=12,
)


def folded(rows, op):
    if op == Op.FIRST:
        return rows[0]
    if op == Op.LAST:
        return rows[-1]
    if op == Op.SUM:
        return sum(rows)
    known = [row for row in rows if not isnan(row)]
    if not known:
        return np.nan
    return max(known) if op == Op.MAX else min(known)


def same(found, expected):
    return found == expected or (isnan(found) and isnan(expected))


def built(steps):
    pyramid, rows = Pyramid(OPS, room=4), []
    for back, values in steps:
        first = max(len(rows) - back, 0)
        rows[first : first + len(values)] = values
        if len(values) == 1:
            pyramid.put_one(first, values * 5)
        else:
            pyramid.put(first, np.array([values] * 5))
    return pyramid, rows


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(0, 200), st.integers(0, 200), st.integers(1, 60))
def test_every_bucket_is_the_fold_of_its_rows(steps, start, length, most):
    pyramid, rows = built(steps)
    assert len(pyramid) == len(rows)
    end = start + length
    found = pyramid.window(start, end, most)
    inside = range(max(start, 0), min(end, len(rows)))
    count = found.columns.shape[1]
    assert count <= most
    assert bool(count) == bool(inside)
    if count:
        assert found.first <= inside[0] < found.first + found.step
        last = found.first + (count - 1) * found.step
        assert last <= inside[-1] < last + found.step
    for j in range(count):
        at = found.first + j * found.step
        for c, op in enumerate(OPS):
            assert same(found.columns[c, j], folded(rows[at : at + found.step], op))


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(0, 200), st.integers(0, 200))
def test_the_range_of_a_stretch_is_exact(steps, start, length):
    pyramid, rows = built(steps)
    known = [row for row in rows[start : start + length] if not isnan(row)]
    expected = (min(known), max(known)) if known else (np.nan, np.nan)
    assert all(map(same, pyramid.low_high(start, start + length, 2, 1), expected))


def test_the_range_is_exact_over_many_levels():
    rows = np.random.default_rng(7).normal(size=20_001)
    pyramid = Pyramid((Op.MAX, Op.MIN))
    pyramid.put(0, np.array([rows, rows]))
    for start, end in ((0, 20_001), (1, 20_000), (513, 18_111), (7, 9), (4096, 8192)):
        expected = (rows[start:end].min(), rows[start:end].max())
        assert pyramid.low_high(start, end, 1, 0) == expected


def test_the_finest_level_that_fits_is_taken():
    pyramid = Pyramid((Op.LAST,))
    pyramid.put(0, np.arange(1000.0)[None, :])
    assert [pyramid.window(0, 1000, most).step for most in (1000, 999, 500, 499, 1)] == [
        1, 2, 2, 4, 1024,
    ]  # fmt: skip


def test_what_was_cleared_is_forgotten():
    pyramid, _ = built([(0, [1.0, 2.0, 3.0])])
    pyramid.clear()
    assert len(pyramid) == 0
    assert pyramid.window(0, 10, 10).columns.shape[1] == 0
    assert all(map(isnan, pyramid.low_high(0, 10, 2, 1)))
