"""What hits a level, and how far out the exit that follows goes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.cover import (
    FARTHEST,
    Levels,
    began,
    beyond,
    exit_price,
    order_of,
    sane,
    stop_hit,
    target_hit,
)
from tradeplat.core.market import SECOND, Bar, Quote, Status

STOP, TARGET = Decimal(95), Decimal(110)


def bar(low: float, high: float, close: float, revision: int = 0) -> Bar:
    return Bar("A", 60 * SECOND, low, high, low, close, 1.0, 60, "t", revision=revision)


def quote(bid: float, ask: float) -> Quote:
    return Quote("A", 60 * SECOND, bid, 1.0, ask, 1.0, "t")


@pytest.mark.parametrize(
    ("event", "stop", "target"),
    [
        (bar(95.01, 109.99, 100.0), False, False),
        (bar(95.0, 100.0, 99.0), True, False),
        (bar(99.0, 111.0, 109.0), False, False),
        (bar(99.0, 111.0, 110.0), False, True),
        (bar(90.0, 120.0, 110.0, revision=1), False, False),
        (quote(95.0, 95.1), True, False),
        (quote(110.0, 110.1), False, True),
        (quote(95.01, 95.1), False, False),
        (quote(90.0, 99.0), False, False),
        (quote(0.0, 95.0), False, False),
        (Status("A", 1, False, "T1", "t"), False, False),
    ],
)
def test_a_long_position_is_left_at_or_beyond_its_levels(
    event: Bar | Quote | Status, stop: bool, target: bool
) -> None:
    assert stop_hit(1, STOP, event) is stop
    assert target_hit(1, TARGET, event) is target


def test_a_short_position_is_judged_the_other_way_round() -> None:
    assert stop_hit(-1, TARGET, bar(99.0, 110.0, 100.0))
    assert not stop_hit(-1, TARGET, bar(99.0, 109.0, 100.0))
    assert target_hit(-1, STOP, bar(90.0, 100.0, 95.0))
    assert target_hit(-1, STOP, quote(94.9, 95.0))
    assert stop_hit(-1, TARGET, quote(109.9, 110.0))


def test_a_crossed_empty_or_very_wide_quote_says_nothing() -> None:
    assert sane(quote(99.0, 101.0))
    assert not sane(quote(90.0, 101.0))
    assert not sane(quote(101.0, 100.0))
    assert not sane(quote(0.0, 100.0))


def test_a_bar_tells_of_its_whole_span() -> None:
    assert began(bar(1.0, 2.0, 1.5)) == 0
    assert began(quote(1.0, 2.0)) == 60 * SECOND


def test_a_stop_the_price_has_passed_is_none_a_venue_would_take() -> None:
    assert beyond(1, STOP, 95.0)
    assert not beyond(1, STOP, 95.01)
    assert beyond(-1, TARGET, 110.0)
    assert not beyond(1, STOP, 0.0)


@given(st.sampled_from((1, -1)), st.floats(1.0, 1e5), st.integers(0, 50))
def test_exits_go_farther_out_up_to_the_wide_collar(side: int, price: float, tries: int) -> None:
    here, there = (exit_price(side, price, n) for n in (tries, tries + 1))
    assert side * (here - there) >= 0.0
    assert side * (price - here) > 0.0
    assert abs(here / price - 1.0) <= FARTHEST + 1e-9


def test_levels_and_orders_come_back_from_their_notes() -> None:
    levels = Levels("A", "s", "tp1-x", Decimal("95.5"), None)
    assert Levels.of(levels.body()) == levels
    with pytest.raises(ValueError, match="id"):
        order_of({"order": {"kind": "order"}})
