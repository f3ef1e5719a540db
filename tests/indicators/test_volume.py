"""VWAP starts anew each session; relative volume compares the same time of day."""

from math import isnan, nan

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.indicators.volume import note_volume, relative_volume, time_slot, typical, vwap


def vwaps(high, low, close, volume):
    mean, before, out = nan, 0.0, []
    for top, bottom, end, traded in zip(high, low, close, volume, strict=True):
        mean = vwap(mean, typical(top, bottom, end), traded, before)
        before += traded
        out.append(mean)
    return np.array(out)


def test_vwap_is_talibs_when_each_session_has_a_handle_of_its_own():
    rng = np.random.default_rng(1)
    for _session in range(3):
        close = 20.0 + np.cumsum(rng.normal(0.0, 0.05, 390))
        high, low = close + rng.exponential(0.05, 390), close - rng.exponential(0.05, 390)
        volume = rng.integers(1, 90_000, 390).astype(float)
        oracle = talib.VWAP(high, low, close, volume)
        ours = vwaps(high.tolist(), low.tolist(), close.tolist(), volume.tolist())
        assert np.abs(ours - oracle).max() < 1e-9


@given(st.floats(0.01, 1e6), st.lists(st.floats(0.0, 1e9), min_size=1, max_size=40))
def test_flat_prices_are_their_own_vwap(price, volumes):
    size = len(volumes)
    means = vwaps([price] * size, [price] * size, [price] * size, volumes)
    assert all(isnan(mean) or mean == price for mean in means)


def test_bars_without_volume_do_not_move_vwap():
    assert isnan(vwap(nan, 10.0, 0.0, 0.0))
    assert vwap(nan, 10.0, 5.0, 0.0) == 10.0
    assert vwap(10.0, 99.0, 0.0, 5.0) == 10.0
    assert vwap(10.0, 20.0, 15.0, 5.0) == 17.5


def test_volume_of_zero_before_restarts_vwap():
    assert vwap(123.0, 7.0, 1.0, 0.0) == 7.0


def test_a_bar_belongs_to_the_slot_that_its_close_ends():
    assert time_slot(MINUTE, 0, MINUTE) == 0
    assert time_slot(MINUTE + 1, 0, MINUTE) == 1
    assert time_slot(SECOND, 0, MINUTE) == 0
    assert time_slot(0, 0, MINUTE) == -1


def test_relative_volume_is_against_the_mean_at_the_same_time_of_earlier_days():
    days = [[(0, 100.0), (3, 200.0)], [(1, 300.0)], [(0, 50.0), (2, 250.0)], [(0, 9.0)]]
    slots, rows = 4, 3
    curves = [0.0] * (slots * rows)
    for session, day in enumerate(days):
        reached, total = -1, 0.0
        for slot, volume in day:
            total += volume
            note_volume(curves, slots, session, slot, reached, total)
            reached = slot
            ratio = relative_volume(curves, slots, session, slot)
            if session == 0:
                assert isnan(ratio)
            if (session, slot) == (1, 1):
                assert ratio == 300.0 / 100.0
            if (session, slot) == (2, 2):
                assert ratio == 300.0 / ((100.0 + 300.0) / 2)
            if (session, slot) == (3, 0):
                assert ratio == 9.0 / ((0.0 + 50.0) / 2)
        note_volume(curves, slots, session, slots - 1, reached, total)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.floats(1.0, 1e6)), min_size=1, max_size=8),
        min_size=2,
        max_size=7,
    ),
    st.integers(1, 4),
)
def test_relative_volume_equals_a_recount_of_all_days(days, earlier):
    slots = 10
    curves = [0.0] * (slots * (earlier + 1))
    for session, day in enumerate(days):
        reached, total = -1, 0.0
        for slot, volume in sorted(day):
            total += volume
            note_volume(curves, slots, session, slot, reached, total)
            reached = slot
            before = [
                sum(v for s, v in other if s <= slot)
                for other in days[max(0, session - earlier) : session]
            ]
            ratio = relative_volume(curves, slots, session, slot)
            if not sum(before):
                assert isnan(ratio)
            else:
                assert ratio == pytest.approx(total / (sum(before) / len(before)))
        note_volume(curves, slots, session, slots - 1, reached, total)


def test_all_are_marked_as_kernels():
    assert all(map(is_kernel, (note_volume, relative_volume, time_slot, typical, vwap)))
