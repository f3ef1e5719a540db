"""No label of an axis is clipped, none lies over another or over a tag, at any scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.charts import model, walk
from tradeplat.visualizer import axes
from tradeplat.visualizer.ink import Tag
from tradeplat.visualizer.numerals import price_text
from tradeplat.visualizer.painter import View
from tradeplat.visualizer.palette import DEFAULT
from visualizer.drawing import Noted, apart, canvas, number, pixels, places

DAY = model(walk(900, seed=6))


def begun(width=400, height=300, ratio=1.0):
    image, painter = canvas(width, height, ratio)
    ink = Noted()
    device = ink.begin(painter)
    return image, painter, ink, device.box(width, height)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(("width", "height"), [(96, 72), (120, 300), (400, 60), (1280, 600)])
def test_the_parts_of_a_chart_fill_it_and_lie_apart(width, height, ratio):
    _, painter, ink, whole = begun(width, height, ratio)
    layout = axes.laid_out(whole, ink, round(50 * ratio))
    painter.end()
    parts = [layout.head, layout.price, layout.volume, layout.prices, layout.times]
    assert apart([part for part in parts if part.height])
    assert all(part.top <= part.bottom and part.left <= part.right for part in parts)
    assert layout.price.bottom == layout.volume.top
    assert layout.volume.bottom == layout.times.top
    assert layout.price.height > 0


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 890), st.floats(8, 900), st.integers(96, 900),
    st.sampled_from([1.0, 1.5, 2.0]),
)  # fmt: skip
def test_times_are_whole_and_apart(start, bars, width, ratio):
    _, painter, ink, whole = begun(width, 40, ratio)
    layout = axes.laid_out(whole, ink, round(40 * ratio))
    view = View(start, start + bars, 0.0, 1.0, layout.price)
    axes.draw_times(ink, view, layout.times, axes.timed(DAY, view, ink))
    painter.end()
    boxes = [box for _, box in ink.said]
    assert apart(boxes)
    assert all(layout.times.left <= box[0] and box[2] <= layout.times.right for box in boxes)


def test_a_session_has_its_hours():
    _, painter, ink, whole = begun(1280, 40)
    view = View(390.0, 780.0, 0.0, 1.0, whole)
    found = axes.timed(DAY, view, ink)
    painter.end()
    assert [tick.text for tick in found][:4] == ["23 Nov", "10:00", "10:30", "11:00"]


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-50, 350), st.floats(-50, 350), st.sampled_from([1.0, 1.5, 2.0]),
    st.sampled_from([(97.1, 97.9, 0.01, 2), (0.0001, 0.0009, 0.0001, 4), (4e5, 6e5, 0.01, 2)]),
)  # fmt: skip
def test_prices_are_whole_apart_and_give_way_to_tags(last, cross, ratio, range_):
    low, high, tick, decimals = range_
    image, painter, ink, whole = begun(90, 300, ratio)
    view = View(0.0, 1.0, low, high, whole)
    prices = axes.labelled(view, tick, ink)
    labels = [(view.y(price), price_text(price, decimals)) for price in prices]
    tags = [Tag(round(last * ratio), "last", DEFAULT.ground, DEFAULT.last)]
    axes.draw_prices(ink, whole, labels, tags)
    painter.end()
    boxes = [box for text, box in ink.said if text != "last"]
    assert apart(boxes)
    assert all(whole.top <= box[1] and box[3] <= whole.bottom + 1 for box in boxes)
    assert all(box[0] >= 0 for box in boxes)
    tag = ink.tag_box(whole, tags[0].y)
    found = pixels(image)
    found[tag.top : tag.bottom] = 0
    for _, top, _, bottom in boxes:
        if top < tag.bottom and bottom - ratio > tag.top:  # nothing of it is left
            rest = found[int(top) : int(bottom - ratio)]
            assert set(np.unique(rest[:, 1:]).tolist()) <= {0, number(DEFAULT.ground)}
    assert len({round(box[2]) for box in boxes}) <= 1  # numbers end below one another


def test_an_axis_is_wide_enough_for_its_longest_price():
    dear = model(walk(30, 500_000))
    _, painter, ink, _ = begun()
    width = axes.axis_width(ink, dear, (99_000.0, 501_000.0))
    painter.end()
    assert width >= ink.text_width("501,000.00")
    assert width > axes.axis_width(ink, DAY, (97.0, 99.0))


def test_the_grid_is_stronger_where_a_day_begins():
    image, painter, ink, whole = begun(300, 100)
    view = View(380.0, 400.0, 97.0, 99.0, whole)
    axes.draw_grid(ink, view, [98.0], axes.timed(DAY, view, ink))
    painter.end()
    rows, columns = places(image, DEFAULT.border)
    assert set(columns.tolist()) == {view.x(390)}
    assert len(rows) == 100
    assert set(places(image, DEFAULT.grid)[0].tolist()) >= {view.y(98.0)}


def test_the_tallest_volume_is_named():
    _, painter, ink, whole = begun()
    layout = axes.laid_out(whole, ink, 60)
    axes.draw_volume_label(ink, layout, 85_600.0)
    axes.draw_volume_label(ink, layout, 0.0)
    painter.end()
    assert [text for text, _ in ink.said] == ["85.6K"]
