"""What stands above a chart."""

import pytest

from bench.charts import model, walk
from tradeplat.visualizer.head import Cross, draw_head, head_texts, span_text
from tradeplat.visualizer.painter import Box
from tradeplat.visualizer.palette import DEFAULT
from visualizer.drawing import Noted, apart, canvas

ROWS = walk(390, 98.0, seed=11)


def texts(made, cross=None):
    return [text for text, _ in head_texts(made, cross, DEFAULT)]


@pytest.mark.parametrize(
    ("span", "text"),
    [(60, "1m"), (900, "15m"), (3600, "1h"), (86_400, "D"), (120, "2m"), (5, "5s")],
)
def test_lengths_of_bars_are_named_as_traders_do(span, text):
    assert span_text(span) == text


def test_symbol_price_change_and_position_are_told():
    made = model(ROWS)
    made.position, made.reference = -200, 2 * made.last
    assert texts(made) == [
        "AAPL 1m", f"{made.last:.2f}", "▼ \u221250.00 %", "\u2212200",
    ]  # fmt: skip


def test_how_the_symbol_stands_comes_before_its_price():
    made = model(ROWS)
    made.halted = True
    made.set_stale(True)
    assert texts(made)[:3] == ["AAPL 1m", "STALE", "HALTED"]


def test_the_bar_under_the_crosshair_is_read_out():
    said = texts(model(ROWS), Cross(int(ROWS["ts"][300])))
    assert said[1] == "Fri 20 Nov 14:30"
    assert said[2] == f"C {ROWS['close'][300]:.2f}"
    assert said[4].startswith("V ")


def test_a_crosshair_past_the_last_bar_reads_out_the_chart():
    assert texts(model(ROWS), Cross(int(ROWS["ts"][-1]) + 1)) == texts(model(ROWS))


def test_no_bar_has_a_head_too():
    assert texts(model(ROWS[:0], "NONE")) == ["NONE 1m"]


@pytest.mark.parametrize("width", [60, 150, 400])
def test_only_what_fits_is_written(width):
    _, painter = canvas(400, 30)
    ink = Noted()
    ink.begin(painter)
    shown = head_texts(model(ROWS), Cross(int(ROWS["ts"][300])), DEFAULT)
    draw_head(ink, Box(0, 0, width, 20), shown)
    painter.end()
    boxes = [box for _, box in ink.said]
    assert apart(boxes)
    assert len(boxes) == 1 or boxes[-1][2] <= width
