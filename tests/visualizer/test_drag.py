"""A line in the hand: on ticks, with R and money, never past the market."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.charts import model, walk
from tradeplat.control.records import PRICE_LINE
from tradeplat.visualizer.drag import Ghost, movable, nearest
from tradeplat.visualizer.link import LineKind, LineState
from tradeplat.visualizer.model import Level

NAN = float("nan")
ROWS = walk(30)
LONG = {
    1: (LineKind.ENTRY, 97.98, 200, 97.98),
    2: (LineKind.STOP, 97.74, -200, 97.98),
    3: (LineKind.TARGET, 98.52, -200, 97.98),
    4: (LineKind.WORKING, 97.50, 100, NAN),
}


def chart(levels=LONG, bid=98.07, ask=98.09, state=LineState.WORKING):
    made = model(ROWS)
    rows = np.zeros(len(levels), PRICE_LINE)
    for row, (key, values) in zip(rows, levels.items(), strict=True):
        row["key"], row["state"] = key, state
        row["kind"], row["price"], row["quantity"], row["reference"] = values
    made.line(rows)
    made.quote(bid, ask)
    return made


def ghost(key, price, made=None):
    made = made or chart()
    found = Ghost(made, made.levels[key])
    found.move(price)
    return found


@pytest.mark.parametrize(
    ("key", "price", "text"),
    [
        (2, 97.86, "stop 97.86  \u22120.50 R  \u2212$24.00"),
        (2, 97.98, "stop 97.98  +0.00 R  $0.00"),
        (3, 98.46, "target 98.46  +2.00 R  +$96.00"),
        (4, 97.55, "order 97.55  +100 sh"),
    ],
)
def test_it_says_what_the_line_would_be(key, price, text):
    assert ghost(key, price).text() == text


def test_a_short_position_gains_downwards():
    short = {2: (LineKind.STOP, 98.5, 100, 98.0), 3: (LineKind.TARGET, 97.0, -100, 98.0)}
    short[3] = (LineKind.TARGET, 97.0, 100, 98.0)
    made = chart(short)
    assert ghost(3, 97.5, made).text() == "target 97.50  +1.00 R  +$50.00"
    assert ghost(2, 98.25, made).text() == "stop 98.25  \u22120.50 R  \u2212$25.00"


def test_without_a_stop_there_is_no_r():
    made = chart({3: LONG[3]})
    assert ghost(3, 98.5, made).text() == "target 98.50  +$104.00"


@pytest.mark.parametrize(
    ("quantity", "price", "allowed"),
    [(-200, 98.06, True), (-200, 98.07, False), (200, 98.10, True), (200, 98.09, False)],
)
def test_a_stop_may_not_lie_past_the_market(quantity, price, allowed):
    made = chart({2: (LineKind.STOP, 97.0, quantity, 97.98)})
    objection = ghost(2, price, made).objection()
    assert bool(objection) != allowed
    assert allowed or f"{price:.2f} is past the market" in objection


def test_without_a_quote_the_last_price_is_the_market():
    made = chart(bid=NAN, ask=NAN)
    assert ghost(2, made.last, made).objection()
    assert not ghost(2, made.last - 0.01, made).objection()


def test_targets_and_orders_are_the_engines_to_judge():
    assert not ghost(3, 90.0).objection()
    assert not ghost(4, 99.0).objection()


@given(st.floats(0.0, 200.0), st.sampled_from([0.0001, 0.01, 0.25]))
def test_it_stands_on_ticks_above_nothing(price, tick):
    made = chart()
    made.tick = tick
    found = ghost(2, price, made)
    assert found.price >= tick
    assert found.price / tick == pytest.approx(round(found.price / tick))
    assert abs(found.price - price) <= max(tick, tick / 2 + 1e-9)


def test_it_goes_by_ticks():
    found = ghost(2, 97.74)
    assert not found.moved
    found.nudge(-3)
    assert found.moved
    assert found.price == pytest.approx(97.71)


@pytest.mark.parametrize("state", [LineState.SENT, LineState.REPLACING])
def test_what_the_engine_has_not_confirmed_is_not_taken(state):
    level = Level(2, 97.74, -200, 97.98, LineKind.STOP, state)
    assert not movable(level)
    assert movable(level._replace(state=LineState.WORKING))
    assert not movable(level._replace(kind=LineKind.ENTRY, state=LineState.WORKING))


def test_the_nearest_line_in_reach_is_taken():
    levels = chart().levels.values()
    assert nearest(levels, 97.70, 0.1).key == 2
    assert nearest(levels, 97.98, 0.1) is None  # an entry stays
    assert nearest(levels, 98.0, 0.01) is None
