"""Candles fall on whole pixels, in their own colours, at any scale, and stay in their box."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.charts import walk
from tradeplat.core.market import BAR
from tradeplat.visualizer.painter import (
    BarPainter,
    Box,
    Device,
    Rects,
    Seen,
    Shapes,
    View,
)
from tradeplat.visualizer.qt import QtCore, QtGui
from tradeplat.visualizer.store import BarStore
from visualizer.drawing import canvas, number, pixels, places

UP, DOWN = "#5aa9ff", "#ff9a4d"


def store_of(rows):
    store = BarStore()
    store.load(rows)
    return store


def rows_of(*bars):
    rows = np.zeros(len(bars), BAR)
    rows["ts"] = (np.arange(len(bars)) + 1) * 60_000_000_000
    for k, name in enumerate(("open", "high", "low", "close")):
        rows[name] = [bar[k] for bar in bars]
    rows["volume"] = 1 + np.arange(len(bars))
    return rows


def drawn(store, view, ratio=1.0, paint=BarPainter.candles, size=(120, 60)):
    image, painter = canvas(*size, ratio)
    device = Device(painter)
    device.pixels()
    paint(BarPainter(), device, Seen(store, view), view, (UP, DOWN))
    painter.end()
    return image


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_bodies_and_wicks_are_where_their_prices_are(ratio):
    store = store_of(rows_of((10, 20, 5, 15), (15, 18, 8, 9)))
    box = Box(0, 0, round(120 * ratio), round(60 * ratio))
    view = View(0.0, 2.0, 0.0, 25.0, box)
    image = drawn(store, view, ratio)
    for bar, colour, top, bottom, high, low in ((0, UP, 15, 10, 20, 5), (1, DOWN, 15, 9, 18, 8)):
        rows, columns = places(image, colour)
        assert (rows.min(), rows.max()) == (view.y(high), view.y(low))
        wick = np.unique(columns[rows == view.y(high)])
        body = np.unique(columns[(rows >= view.y(top)) & (rows <= view.y(bottom))])
        assert wick.tolist() == [view.x(bar)]
        assert len(body) % 2 == 1
        assert (body[0] + body[-1]) // 2 == view.x(bar)
        assert 0.6 * view.room < len(body) < 0.8 * view.room
    assert set(np.unique(pixels(image)).tolist()) == {0, number(UP), number(DOWN)}  # nothing soft


def test_a_doji_and_a_bar_of_one_price_are_seen():
    store = store_of(rows_of((10, 10, 10, 10)))
    image = drawn(store, View(-1.0, 2.0, 9.0, 11.0, Box(0, 0, 120, 60)))
    rows, columns = places(image, UP)
    assert set(rows.tolist()) == {30}
    assert len(columns) > 20


def test_a_dense_view_keeps_both_colours_and_every_extreme():
    rows = walk(20_000, seed=2)
    store = store_of(rows)
    low, high = store.low_high(0, len(store))
    view = View(0.0, 20_000.0, low, high, Box(10, 5, 110, 55))
    image = drawn(store, view)
    up, down = places(image, UP), places(image, DOWN)
    assert min(len(up[0]), len(down[0])) > 0.2 * max(len(up[0]), len(down[0]))
    every = np.concatenate([up[0], down[0]])
    assert (every.min(), every.max()) == (5, 54)
    columns = np.unique(np.concatenate([up[1], down[1]]))
    assert columns.tolist() == list(range(10, 110))  # no pixel column is left out


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300), st.floats(-20, 320), st.floats(0.5, 400), st.floats(0.2, 3),
    st.sampled_from([BarPainter.candles, BarPainter.volume]),
)  # fmt: skip
def test_nothing_is_painted_outside_of_the_box(count, start, bars, stretch, paint):
    rows = walk(count, seed=3)
    store = store_of(rows)
    low, high = store.low_high(0, count)
    top = high if paint is BarPainter.candles else rows["volume"].max() / stretch
    bottom = low + 0.3 * (high - low) if paint is BarPainter.candles else 0.0
    box = Box(17, 9, 101, 48)
    image = drawn(store, View(start, start + bars, bottom, max(top, bottom + 1), box), paint=paint)
    found = pixels(image)
    found[box.top : box.bottom, box.left : box.right] = 0
    assert not found.any()


def test_more_bars_than_before_find_room():
    painter, image = BarPainter(), None
    for count in (3, 5000, 3):
        store = store_of(walk(count, seed=4))
        low, high = store.low_high(0, count)
        image, brush = canvas(6000, 40)
        device = Device(brush)
        device.pixels()
        view = View(0.0, float(count), low, high, Box(0, 0, 6000, 40))
        painter.candles(device, Seen(store, view), view, (UP, DOWN))
        brush.end()
        filled = (pixels(image) > 0).any(axis=0)
        assert filled.sum() >= min(count, 3000)


def test_columns_lie_between_their_neighbours():
    store = store_of(walk(50, seed=5))
    for end in (50.0, 33.3, 12.0):
        view = View(0.0, end, 0.0, 1.0, Box(0, 0, 400, 10))
        columns = Seen(store, view)
        left, right = columns.body_left[columns.bodies], columns.body_right[columns.bodies]
        assert (left[1:] > right[:-1]).all()
        assert (columns.left >= columns.body_left)[columns.inside].all()


@given(st.floats(0, 90), st.floats(4, 500), st.integers(0, 399))
def test_a_pixel_column_belongs_to_one_bar(start, bars, x):
    view = View(start, start + bars, 10.0, 20.0, Box(0, 0, 400, 100))
    bar = view.bar(x)
    if view.room >= 2:
        assert view.bar(view.x(bar)) == bar
    assert abs(view.x(bar) - x) <= view.room / 2 + 1


@given(st.floats(0, 99))
def test_a_pixel_row_and_its_price_agree(y):
    view = View(0.0, 1.0, 10.0, 20.0, Box(0, 7, 400, 107))
    assert abs(view.y(view.price(7 + y)) - (7 + y)) <= 1


def test_a_part_of_the_shapes_is_made_once_for_sip_never_frees_it():
    shapes = Shapes(QtCore.QRect, np.int32, 4, 8)
    shapes.view[:2] = [(1, 2, 3, 4), (5, 6, 7, 8)]
    part = shapes.first(2)
    assert shapes.first(2) is part
    assert [(one.left(), one.bottom()) for one in part] == [(1, 4), (5, 8)]
    shapes.view[1] = 9, 9, 9, 9
    assert part[1].top() == 9
    shapes.grow(9)
    assert len(shapes.view) == 16
    assert len(shapes.first(2)) == 2
    assert shapes.first(2) is not part


def test_frames_keep_nothing():
    rects, (_, painter) = Rects(), canvas(60, 40)
    device, colour = Device(painter), QtGui.QColor(UP)
    sides = tuple(np.arange(9, dtype=np.int32) for _ in range(4))
    held = []
    for _ in range(3):
        for count in (3, 9, 1) * 300:
            rects.draw(device, colour, tuple(side[:count] for side in sides))
        held.append(sys.getallocatedblocks())
    painter.end()
    assert held[2] - held[1] < 500  # a part for each stroke would be 900
