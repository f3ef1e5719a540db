from tradeplat.visualizer.numerals import NONE
from tradeplat.visualizer.palette import DEFAULT
from tradeplat.visualizer.timing import KeyTiming, bars, summary
from visualizer.drawing import number, pixels


def test_bars_hold_every_order_once():
    assert bars([(0.4, 2), (0.5, 1), (0.51, 3), (11.0, 4), (900.0, 5)]) == [
        3,
        3,
        0,
        0,
        0,
        4,
        0,
        0,
        5,
    ]
    assert sum(bars([])) == 0


def test_quantiles_are_said_once_there_are_any():
    assert summary({}, 0) == ""
    told = {"key_to_wire_p50": 0.44, "key_to_wire_p99": 1.23}
    assert summary(told, 3) == "key to wire 0.4 ms, p99 1.2 ms"
    assert summary({}, 3) == f"key to wire {NONE} ms, p99 {NONE} ms"


def test_it_is_hidden_without_orders_and_late_ones_have_a_colour_of_their_own(qtbot):
    shown = KeyTiming(DEFAULT)
    qtbot.addWidget(shown)
    shown.tell([], {})
    assert shown.isHidden()
    shown.tell([(0.4, 4), (30.0, 1)], {"key_to_wire_p50": 0.4, "key_to_wire_p99": 30.0})
    assert not shown.isHidden()
    assert "up to 0.5 ms: 4\nup to 50 ms: 1" in shown.toolTip()
    seen = pixels(shown.picture.grab().toImage())
    assert (seen == number(DEFAULT.up)).sum() > (seen == number(DEFAULT.last)).sum() > 0
