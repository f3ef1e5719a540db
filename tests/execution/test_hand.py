from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND, Quote
from tradeplat.core.tape import Tape
from tradeplat.execution.hand import (
    Arming,
    No,
    Offset,
    Repeats,
    Rules,
    at_risk,
    behind,
    far_limit,
    looser,
    lots,
    near_limit,
    past,
    swing,
    too_far,
    too_wide,
)
from tradeplat.execution.hotkeys import ARMED, HELD, SAME

A = Instrument("A")
RULES = Rules()
MS = 1_000_000


def tape(bid: float = 98.0, ask: float = 98.02) -> Tape:
    made = Tape()
    made.quote = Quote("A", 1, bid, 100.0, ask, 100.0, "x")
    return made


def code(said: object) -> str:
    assert isinstance(said, No)
    return said.code


def test_it_begins_disarmed_and_says_why() -> None:
    arming = Arming()
    assert code(arming.objection("gui", 5)) == "DISARMED"
    arming.arm("gui", 5)
    assert arming.objection("gui", 6) is None
    assert "armed by gui" in arming.objection("other", 6).text
    assert arming.disarm("the feed is stale")
    assert not arming.disarm("twice")
    assert "the feed is stale" in arming.objection("gui", 7).text


def test_it_disarms_itself_without_an_order_key() -> None:
    arming = Arming()
    arming.arm("gui", 0)
    arming.used("other", ARMED - 2)
    arming.used("gui", ARMED - 1)
    assert arming.objection("gui", 2 * ARMED - 2) is None
    assert "15 minutes" in arming.objection("gui", 2 * ARMED - 1).text
    arming.used("gui", 2 * ARMED)
    assert arming.by == ""


def test_the_same_order_is_sent_again_only_when_it_is_meant() -> None:
    repeats = Repeats()
    assert repeats.objection("x", 0) is None
    repeats.sent("x", 0)
    assert code(repeats.objection("x", HELD - 1)) == "DUP_SHAPE"
    assert repeats.objection("y", HELD - 1) is None
    assert code(repeats.objection("x", 2 * HELD)) == "PRESS_AGAIN"
    assert code(repeats.objection("x", 3 * HELD - 1)) == "DUP_SHAPE"
    assert repeats.objection("x", 4 * HELD) is None
    assert repeats.meant("x")
    repeats.sent("x", 4 * HELD)
    assert not repeats.meant("x")
    assert code(repeats.objection("x", 4 * HELD + 1)) == "DUP_SHAPE"
    assert repeats.objection("x", 4 * HELD + SAME) is None


@given(st.integers(1, HELD - 1), st.integers(1, 60))
def test_a_key_that_is_held_down_sends_once(apart: int, presses: int) -> None:
    repeats = Repeats()
    sent = 0
    for n in range(presses):
        if repeats.objection("x", n * apart) is None:
            repeats.sent("x", n * apart)
            sent += 1
    assert sent == 1


def test_what_is_kept_of_presses_is_bounded() -> None:
    repeats = Repeats()
    for n in range(5_000):
        assert repeats.objection(n, n) is None
    assert len(repeats._pressed) < 2_000


def test_a_warning_is_forgotten_with_the_order_it_was_about() -> None:
    repeats = Repeats()
    repeats.sent("x", 0)
    assert code(repeats.objection("x", SECOND)) == "PRESS_AGAIN"
    assert repeats.objection("x", SAME) is None
    assert not repeats.meant("x")


def test_nothing_follows_a_market_that_is_too_wide() -> None:
    assert too_wide(tape(), "A") is None
    assert code(too_wide(tape(98.0, 101.0), "A")) == "PRICE_COLLAR"
    assert too_wide(Tape(), "A") is None
    older = tape(98.0, 101.0)
    older.last_ts = 2
    assert too_wide(older, "A") is None


def test_limits_go_through_the_market_by_the_offset_and_no_further() -> None:
    assert far_limit(1, tape(), A, RULES, None) == pytest.approx(98.07)
    assert far_limit(-1, tape(), A, RULES, None) == pytest.approx(97.95)
    assert far_limit(1, tape(), A, RULES, 0.0) == 98.02
    assert far_limit(1, tape(3.0, 3.01), A, RULES, 1.0) == pytest.approx(3.01 * 1.01)
    assert far_limit(1, tape(), A, RULES, 5.0) == pytest.approx(98.22)
    assert near_limit(1, tape(), A) == 98.0
    assert near_limit(-1, tape(), A) == 98.02
    assert code(far_limit(1, Tape(), A, RULES, None)) == "NO_PRICE"


def test_a_class_of_shares_has_its_own_offset() -> None:
    rules = Rules(offsets=(Offset(99.0, 2, ticks=True), Offset(5.0, 0.02)))
    assert far_limit(1, tape(), A, rules, None) == pytest.approx(98.04)
    assert far_limit(-1, tape(3.0, 3.01), A, rules, None) == pytest.approx(2.98)
    assert far_limit(1, tape(120.0, 120.01), A, rules, None) == pytest.approx(120.06)
    assert rules.told() == {
        "size": 100.0, "risk": 100.0, "offset": 0.05, "offset_part": 0.01, "stop": 0.02,
        "ticks_under_99": 2, "offset_under_5": 0.02,
    }  # fmt: skip
    assert code(near_limit(1, Tape(), A)) == "NO_PRICE"
    assert code(too_far(1, 98.0, Tape(), A)) == "NO_PRICE"


@given(st.floats(0.1, 900.0), st.sampled_from([1, -1]), st.one_of(st.none(), st.floats(0.0, 50.0)))
def test_the_limit_we_make_ourselves_is_never_too_far(
    price: float, side: int, offset: float | None
) -> None:
    seen = tape(price, price * 1.001)
    limit = far_limit(side, seen, A, RULES, offset)
    assert isinstance(limit, float)
    assert too_far(side, limit, seen, A) is None


@pytest.mark.parametrize(
    ("limit", "side", "refused"),
    [
        (98.22, 1, False),
        (98.23, 1, True),
        (90.0, 1, False),
        (97.80, -1, False),
        (97.79, -1, True),
        (110.0, -1, False),
    ],
)
def test_a_limit_too_far_through_the_market_is_refused(
    limit: float, side: int, refused: bool
) -> None:
    said = too_far(side, limit, tape(), A)
    assert (said is not None) == refused
    if said is not None:
        assert said.code == "PRICE_CHECK"
        assert "21 ticks" in said.text


def test_two_in_a_hundred_bind_where_ticks_are_coarse() -> None:
    assert code(too_far(1, 2.05, tape(1.99, 2.0), A)) == "PRICE_CHECK"
    assert too_far(1, 2.04, tape(1.99, 2.0), A) is None


def test_an_order_without_a_stop_gets_the_one_that_is_set_or_none_is_sent() -> None:
    assert behind(1, 100.0, 97.0, RULES) == 97.0
    assert behind(1, 100.0, None, RULES) == 98.0
    assert behind(-1, 100.0, None, RULES) == 102.0
    assert code(behind(1, 100.0, None, Rules(stop=0.0))) == "NO_STOP"


def test_sizes_are_whole_lots_that_lose_no_more_than_the_risk() -> None:
    assert lots(at_risk(50.0, 98.08, 97.84), A) == Decimal(208)
    assert at_risk(50.0, 98.0, 98.0) == 0.0
    assert code(lots(0.4, A)) == "BAD_NUMBER"


@given(st.floats(1.0, 1e4), st.floats(10.0, 500.0), st.floats(0.02, 5.0))
def test_a_stopped_position_by_risk_loses_at_most_that(
    risk: float, limit: float, apart: float
) -> None:
    found = lots(at_risk(risk, limit, limit - apart), A)
    if isinstance(found, Decimal):
        assert float(found) * apart <= risk * (1 + 1e-6)


def test_a_stop_never_loosens_nor_lies_past_the_market() -> None:
    assert looser(1, 97.0, None) is None
    assert looser(1, 97.0, 97.0) is None
    assert code(looser(1, 96.9, 97.0)) == "LOOSER"
    assert looser(-1, 96.9, 97.0) is None
    assert code(looser(-1, 97.1, 97.0)) == "LOOSER"
    assert code(past(1, 98.0, tape())) == "PAST_MARKET"
    assert past(1, 97.99, tape()) is None
    assert code(past(-1, 98.02, tape())) == "PAST_MARKET"
    assert past(-1, 98.03, tape()) is None
    assert past(1, 200.0, Tape()) is None


def test_the_last_swing_is_found() -> None:
    lows = [5.0, 4.0, 3.0, 4.0, 5.0, 3.5, 6.0, 7.0, 6.9]
    highs = [6.0, 7.0, 8.0, 7.0, 6.0, 9.0, 8.5, 8.0, 7.5]
    assert swing(lows, highs, 1) == 3.5
    assert swing(lows, highs, -1) == 9.0
    assert swing(lows[:4], highs[:4], 1) is None
    assert swing([], [], 1) is None
    assert swing([3.0] * 9, [4.0] * 9, 1) is None
