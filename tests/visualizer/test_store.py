"""Bars by index: loaded, added, changed while they form; lines over them that may come early."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR
from tradeplat.visualizer.link import FORMING
from tradeplat.visualizer.store import BarStore, Series

MINUTE = 60_000_000_000


def bars(prices, start=1, revision=0):
    """One bar a minute: each opens at the close of the one before and reaches 1 beyond both."""
    rows = np.zeros(len(prices), BAR)
    before = np.concatenate([prices[:1], prices[:-1]])
    rows["ts"] = (np.arange(len(prices)) + start) * MINUTE
    rows["open"], rows["close"] = before, prices
    rows["high"], rows["low"] = np.maximum(before, prices) + 1, np.minimum(before, prices) - 1
    rows["volume"], rows["span"], rows["revision"] = 100, 60, revision
    return rows


def whole(store):
    return store.window(0, len(store), 10**6).prices


PRICES = st.lists(st.integers(10, 99).map(float), min_size=1, max_size=70)


@settings(max_examples=60, deadline=None)
@given(PRICES, st.lists(st.integers(1, 9), max_size=12), st.integers(1, 80))
def test_bars_in_any_pieces_are_the_bars_at_once(prices, pieces, most):
    rows = bars(np.array(prices))
    once, apart = BarStore(), BarStore(room=4)
    once.load(rows)
    at = 0
    for piece in [*pieces, len(rows)]:
        part = rows[at : at + piece]
        for row in range(len(part)):  # a bar forms, then it closes
            half = part[row : row + 1].copy()
            half["close"], half["volume"], half["revision"] = half["open"], np.nan, FORMING
            apart.extend(half)
            assert apart.forming
            apart.replace(part[row : row + 1])
        at += len(part)
    assert not apart.forming
    assert (apart.ts == once.ts).all()
    for left, right in zip(apart.window(0, 99, most), once.window(0, 99, most), strict=True):
        assert np.array_equal(left, right)
    assert apart.low_high(0, 99) == (rows["low"].min(), rows["high"].max())


def test_a_bar_that_comes_twice_is_one_bar():
    store = BarStore()
    rows = bars(np.array([10.0, 11.0, 12.0]))
    store.load(rows[:2])
    store.extend(rows[1:])
    assert len(store) == 3
    assert store.last() == (3 * MINUTE, 11.0, 13.0, 10.0, 12.0, 100.0)


def test_bars_out_of_order_are_refused_and_change_nothing():
    store = BarStore()
    rows = bars(np.array([10.0, 11.0, 12.0]))
    store.load(rows)
    for wrong in (rows[:1], rows[[2, 1]]):
        with pytest.raises(BadInput, match="out of order"):
            store.extend(wrong)
    with pytest.raises(BadInput, match="older"):
        store.replace(rows[:1])
    assert len(store) == 3
    assert np.array_equal(whole(store)[3], [10, 11, 12])


def test_an_empty_store_has_nothing_to_draw():
    store = BarStore()
    store.load(bars(np.empty(0)))
    assert (len(store), store.last(), store.most_volume(0, 9, 9)) == (0, None, 0.0)
    assert np.isnan(store.low_high(0, 9)).all()
    store.replace(bars(np.array([5.0])))  # the first bar of all
    assert len(store) == 1


def test_an_instant_falls_into_the_bar_that_closes_at_it_or_next():
    store = BarStore()
    store.load(bars(np.array([10.0, 11.0])))
    found = [store.index_of(at) for at in (0, MINUTE, MINUTE + 1, 2 * MINUTE, 2 * MINUTE + 1)]
    assert found == [0, 0, 1, 1, 2]


def test_a_line_has_gaps_and_waits_for_bars():
    store, line = BarStore(), Series(room=4)
    rows = bars(np.arange(10.0, 20.0))
    store.load(rows[:5])
    line.put(store, rows["ts"][[1, 2, 4, 6]], np.array([1.0, 2.0, 4.0, 6.0]))
    assert np.array_equal(
        [line.at(i) for i in range(6)], [np.nan, 1, 2, np.nan, 4, np.nan], equal_nan=True
    )
    assert line.low_high(0, 9) == (1.0, 4.0)
    store.extend(rows[5:])
    line.settle(store)
    assert line.at(6) == 6.0
    line.put(store, rows["ts"][3:4], np.array([3.0]))  # an old point corrected
    line.put(store, rows["ts"][6:7], np.array([7.0]))
    assert (line.at(3), line.at(6), len(line)) == (3.0, 7.0, 7)
    first, step, low, high = line.window(0, 10, 4)
    assert (first, step) == (0, 2)
    assert np.array_equal(low, [1, 2, 4, 7])
    assert np.array_equal(high, [1, 3, 4, 7])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 9)), max_size=30), st.integers(1, 40))
def test_a_line_in_any_pieces_is_what_was_said_last(points, cut):
    store, line = BarStore(), Series(room=4)
    rows = bars(np.arange(10.0, 50.0))
    store.load(rows)
    said = {}
    points.sort(key=lambda point: point[0])
    for at in range(0, len(points), cut):
        part = points[at : at + cut]
        line.put(store, rows["ts"][[i for i, _ in part]], np.array([float(v) for _, v in part]))
        said.update(part)
    assert {i: line.at(i) for i in said} == said
    assert sum(not np.isnan(line.at(i)) for i in range(40)) == len(said)
