"""Figures of an order for eyes."""

from math import nan

import pytest

from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.preview import ROWS, Preview, limit_text, sentence, texts
from tradeplat.visualizer.ticket import Plan, Use

BUY = Plan(1, 98.14, 208.0, 97.90, 98.62, 408.0, Use("order value", 20_413.12, 25_000.0))
SELL = Plan(-1, 98.02, 200.0, nan, nan, 0.0, Use(""), closes=True)


def test_every_row_says_its_figure():
    assert texts(BUY, 2) == {
        "order": "208 @ 98.14",
        "value": "20,413.12",
        "stop": "97.90  \u2212$49.92",
        "target": "98.62  +$99.84",
        "after fill": "+408",
        "limit": "order value 82 %",
    }
    assert (texts(SELL, 2)["after fill"], texts(SELL, 2)["limit"]) == ("flat", "closes")
    assert tuple(texts(BUY, 2)) == ROWS
    assert limit_text(BUY) == "order value: 20,413 of 25,000"
    assert limit_text(SELL) == "no limit is known"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (BUY, "BUY 208 F at 98.14, stop 97.90, target 98.62, risk $49.92"),
        (SELL, "SELL 200 F at 98.02"),
    ],
)
def test_an_order_is_one_sentence(plan, said):
    assert sentence(plan, "F", 2) == said


def test_what_would_be_refused_is_marked(qtbot):
    view = Preview(DEFAULT)
    qtbot.addWidget(view)
    view.tell(BUY, 2)
    view.tell(SELL, 2)
    cell = view.cells["limit", 1]
    assert (cell.text(), cell.styleSheet()) == ("order value 82 %", "")
    view.tell(BUY._replace(use=Use("position", 60_000.0, 50_000.0)), 2)
    assert cell.text() == "over position 120 %"
    assert DEFAULT.last in cell.styleSheet()
    assert view.cells["order", -1].text() == "200 @ 98.02"
