"""Studies, markers and price lines over the candles."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.charts import FAST, model, points, traded, walk
from tradeplat.control.records import MARKER, PRICE_LINE
from tradeplat.visualizer import overlay
from tradeplat.visualizer.link import LineKind, LineState, MarkerKind
from tradeplat.visualizer.model import Level, Study
from tradeplat.visualizer.painter import Box, View
from tradeplat.visualizer.palette import DEFAULT
from visualizer.drawing import Noted, apart, canvas, pixels, places

NAN = float("nan")
RED = "#ff0000"


def painted(draw, width=600, height=200, ratio=1.0):
    image, painter = canvas(width, height, ratio)
    ink = Noted()
    ink.begin(painter)
    draw(ink)
    painter.end()
    return image, ink


def flat(count=20, price=10.0):
    rows = walk(count, price)
    for name in ("open", "high", "low", "close"):
        rows[name] = price
    return rows


def marked(*marks):
    rows = flat()
    made = model(rows)
    added = np.zeros(len(marks), MARKER)
    for row, (bar, price, quantity, kind) in zip(added, marks, strict=True):
        row["ts"], row["price"], row["quantity"] = rows["ts"][bar], price, quantity
        row["kind"] = kind
    made.mark(added)
    return made


@pytest.mark.parametrize(
    "kind", ["line", "step", "dots", "band", "box", "marker", "histogram", "?"]
)
@pytest.mark.parametrize("count", [3, 20, 5000])
def test_every_kind_of_study_is_drawn_inside_of_its_box(kind, count):
    rows = flat(count)
    made = model(rows)
    made.declare(Study(FAST, "a", kind, 0, RED, partner=FAST + 1))
    made.points(points(rows, FAST, np.linspace(-30, 30, count)))
    made.points(points(rows, FAST + 1, np.full(count, 3.0)))
    view = View(0.0, float(count), -10.0, 10.0, Box(50, 20, 550, 180))
    image, _ = painted(lambda ink: overlay.draw_studies(ink, made, view, [made.studies[FAST]]))
    found = pixels(image)
    assert found.any()
    found[17:183, 47:553] = 0  # a dot may reach over by its own size
    assert not found.any()


def test_studies_without_a_colour_take_one_in_turn_and_none_when_stale():
    bare = [Study(k, "x") for k in (1, 2)]
    shown = [overlay.study_colour(study, DEFAULT, stale=False) for study in bare]
    assert len(set(shown)) == 2
    assert overlay.study_colour(Study(1, "x", colour=RED), DEFAULT, stale=False) == RED
    assert overlay.study_colour(Study(1, "x", colour=RED), DEFAULT, stale=True) == DEFAULT.faint


def test_fills_point_at_their_price():
    made = marked((5, 10.0, 100, MarkerKind.FILL), (15, 10.0, -100, MarkerKind.FILL))
    view = View(0.0, 20.0, 9.0, 11.0, Box(0, 0, 600, 200))
    image, _ = painted(lambda ink: overlay.draw_marks(ink, made, view))
    bought, sold = places(image, DEFAULT.up), places(image, DEFAULT.down)
    assert bought[0].min() >= view.y(10.0)  # below
    assert sold[0].max() <= view.y(10.0)  # above
    assert abs(np.mean(bought[1]) - view.x(5)) < 1.5
    assert abs(np.mean(sold[1]) - view.x(15)) < 1.5


def test_markers_out_of_view_cost_nothing_and_are_not_drawn():
    made = marked((1, 10.0, 100, MarkerKind.FILL), (18, 10.0, -100, MarkerKind.FILL))
    view = View(5.0, 10.0, 9.0, 11.0, Box(0, 0, 600, 200))
    image, _ = painted(lambda ink: overlay.draw_marks(ink, made, view))
    assert not pixels(image).any()


def test_a_crowd_of_markers_is_one_tick_a_pixel_column():
    made = traded(model(walk(3000)), walk(3000), fills=900)
    view = View(0.0, 3000.0, 1.0, 2.0, Box(0, 0, 300, 200))
    image, _ = painted(lambda ink: overlay.draw_marks(ink, made, view))
    rows, columns = places(image, DEFAULT.up)
    assert rows.min() == 194
    assert len(rows) == 6 * len(set(columns.tolist()))
    assert places(image, DEFAULT.down)[0].max() == 5


def test_a_halt_is_a_rule_with_its_word():
    made = marked((5, NAN, 0, MarkerKind.HALT), (6, NAN, 0, MarkerKind.RESUME))
    assert not made.halted
    view = View(0.0, 20.0, 9.0, 11.0, Box(0, 0, 600, 200))
    image, ink = painted(lambda ink: overlay.draw_marks(ink, made, view))
    assert [text for text, _ in ink.said] == ["halt", "resume"]
    assert apart([box for _, box in ink.said])
    columns = places(image, DEFAULT.last)[1].tolist()
    assert {view.x(5), view.x(6)} <= set(columns)


def test_signals_and_notes_are_neither_bought_nor_sold():
    made = marked((5, 10.0, 0, MarkerKind.ENTRY), (9, NAN, 0, MarkerKind.NOTE))
    view = View(0.0, 20.0, 9.0, 11.0, Box(0, 0, 600, 200))
    image, _ = painted(lambda ink: overlay.draw_marks(ink, made, view))
    assert len(places(image, DEFAULT.text)[0])
    assert not len(places(image, DEFAULT.up)[0])


def level(kind, price, quantity=-200.0, state=LineState.WORKING):
    return Level(int(kind) + 1, price, quantity, 97.98, kind, state)


@pytest.mark.parametrize(
    ("shown", "text", "colour"),
    [
        (level(LineKind.STOP, 97.74), "stop \u2212200 97.74", DEFAULT.stop),
        (level(LineKind.ENTRY, 97.98, 200), "entry +200 97.98", DEFAULT.entry),
        (level(LineKind.TARGET, 98.5, NAN), "target 98.50", DEFAULT.target),
        (level(LineKind.WORKING, 98, 50, LineState.SENT), "order +50 98.00 sent", DEFAULT.sent),
        (
            level(LineKind.STOP, 97.8, state=LineState.REPLACING),
            "stop \u2212200 97.80 replacing",
            DEFAULT.stop,
        ),
    ],
)
def test_a_price_line_says_what_it_is_and_how_sure(shown, text, colour):
    assert overlay.level_text(shown, 2) == text
    assert overlay.level_colour(shown, DEFAULT) == colour


def lined(prices, width):
    made = model(flat())
    rows = np.zeros(len(prices), PRICE_LINE)
    for k, (row, price) in enumerate(zip(rows, prices, strict=True)):
        row["key"], row["price"], row["kind"], row["state"] = k + 1, price, k % 4, 1
        row["quantity"] = 100
    made.line(rows)
    view = View(0.0, 20.0, 9.0, 11.0, Box(0, 0, width, 200))
    return painted(lambda ink: overlay.draw_levels(ink, made, view), width)


def test_names_of_lines_lie_apart_and_inside():
    for prices in ([10.0, 10.0, 10.01, 10.02], [12.0, 11.5, 8.0, 7.5], [9.0, 11.0]):
        _, ink = lined(prices, 600)
        boxes = [box for _, box in ink.said]
        assert len(boxes) == len(prices)
        assert apart(boxes)
        assert all(box[1] >= 0 and box[3] <= 201 for box in boxes)


def test_a_line_out_of_view_says_which_way_it_is():
    _, ink = lined([12.0, 8.0], 600)
    assert [text[0] for text, _ in ink.said] == ["▲", "▼"]


def test_in_a_small_chart_a_line_is_named_by_its_word():
    _, ink = lined([10.1, 9.9], 200)
    assert [text for text, _ in ink.said] == ["entry", "stop"]


@given(st.lists(st.integers(-50, 300), max_size=10), st.integers(5, 20))
def test_names_are_stacked_inside_without_meeting(rows, height):
    box = Box(0, 10, 100, 230)
    tops = overlay.stacked(sorted(rows), height, box)
    assert all(box.top <= top <= box.bottom - height for top in tops)
    assert all(b - a >= height for a, b in pairwise(tops))


def test_a_name_that_is_alone_stands_at_its_line():
    assert overlay.stacked([100], 16, Box(0, 0, 10, 200)) == [92]
