from math import nan

from tradeplat.core.intent import FLAT, HOLD, Action, Plot, given


def test_hold_asks_for_nothing_and_flat_holds_nothing() -> None:
    assert HOLD.action is Action.HOLD
    assert (FLAT.quantity, FLAT.working) == (0.0, 0)


def test_unset_becomes_none_where_json_would_choke() -> None:
    assert given(nan) is None
    assert given(0.0) == 0.0


def test_a_plot_needs_only_its_attribute() -> None:
    assert Plot("fast") == Plot("fast", 0, "line", "")
