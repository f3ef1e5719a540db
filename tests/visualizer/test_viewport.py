"""A chart follows the newest bar until it is moved, and its prices rest while they can."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.charts import model, walk
from tradeplat.control.records import PRICE_LINE
from tradeplat.visualizer.painter import Box
from tradeplat.visualizer.viewport import LEAST_BARS, Viewport

ROWS = walk(500, seed=8)


def ported(count=400, bars=100):
    made, port = model(ROWS[:count]), Viewport(bars)
    port.follow(count)
    port.frame(made)
    return made, port


def test_the_newest_bar_has_room_behind_it():
    _, port = ported()
    assert (port.start, port.end) == (304, 404)
    assert port.start == int(port.start)  # bars stand still on their pixels


def test_bars_move_only_when_one_is_added():
    made, port = ported()
    changed = ROWS[399:400].copy()
    made.replace(changed)
    port.follow(len(made.bars))
    assert port.end == 404
    made.extend(ROWS[400:401])
    port.follow(len(made.bars))
    assert port.end == 405


def test_every_price_in_view_is_inside():
    made, port = ported()
    low, high = made.bars.low_high(304, 400)
    assert port.low < low < high < port.high


def test_prices_rest_while_the_last_moves_inside_and_move_when_it_leaves():
    made, port = ported()
    before = (port.low, port.high)
    changed = ROWS[399:400].copy()
    changed["high"] += 0.01
    made.replace(changed)
    port.frame(made)
    assert (port.low, port.high) == before
    changed["high"] = port.high + 1
    made.replace(changed)
    port.frame(made)
    assert port.high > changed["high"][0]


def test_a_price_that_never_was_low_is_not_drawn_below_nothing():
    made = model(walk(50, 0.0006, 0.0001), tick=0.0001, decimals=4)
    port = Viewport()
    port.follow(50)
    port.frame(made)
    assert port.low >= 0


@pytest.mark.parametrize("count", [0, 1])
def test_no_bar_and_one_bar_have_a_range(count):
    made, port = model(ROWS[:count]), Viewport()
    port.follow(count)
    port.frame(made)
    assert port.high > port.low
    assert port.view(Box(0, 0, 100, 100)).room > 0


def test_near_lines_are_in_view_and_far_ones_do_not_crush_the_candles():
    made, port = ported()
    span = port.high - port.low
    lines = np.zeros(2, PRICE_LINE)
    lines["key"], lines["state"] = (1, 2), 1
    lines["price"] = port.high + 0.5 * span, port.high + 50 * span
    made.line(lines)
    port.frame(made)
    assert lines["price"][0] < port.high < lines["price"][1]


@settings(deadline=None)
@given(st.floats(0.5, 2.0), st.floats(0, 399))
def test_zoom_keeps_the_bar_under_the_pointer(factor, at):
    _, port = ported()
    port.pan(-100)
    assert not port.following
    at = port.start + at / 400 * port.bars
    share = (at - port.start) / port.bars
    port.zoom(factor, at)
    assert (at - port.start) / port.bars == pytest.approx(share)


def test_zoom_while_following_keeps_the_newest():
    _, port = ported()
    port.zoom(0.5, 310)
    assert (port.following, port.bars, port.end) == (True, 50, 402)
    for _ in range(50):
        port.zoom(0.5)
    assert port.bars == LEAST_BARS


def test_panned_back_to_the_newest_a_chart_follows_again():
    _, port = ported()
    port.pan(-50)
    port.follow(401)
    assert (port.following, port.end) == (False, 354)
    port.pan(60)
    assert (port.following, port.end) == (True, 405)


def test_some_bar_always_stays_in_view():
    _, port = ported()
    for move in (-9999, 9999, -9999):
        port.pan(move)
        assert port.end > 0
        assert port.start < 400


@pytest.mark.parametrize("count", [1, 8, 25, 400, 2_000, 99_999])
def test_fit_shows_everything(count):
    _, port = ported()
    port.pan(-300)
    port.fit(count)
    assert port.start <= 0
    assert port.end > count
    assert port.following
