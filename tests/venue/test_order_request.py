from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.order_request import (
    OrderClass,
    Side,
    check_price,
    read_client_id,
    read_order,
    read_tif,
)
from tradeplat.venue.refusals import Refusal

MARKET = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}
LIMIT = MARKET | {"type": "limit", "limit_price": Decimal("5.01")}
BRACKET = LIMIT | {
    "order_class": "bracket",
    "take_profit": {"limit_price": "6"},
    "stop_loss": {"stop_price": Decimal("4.5"), "limit_price": "4.4"},
}
TRAIL = MARKET | {"type": "trailing_stop", "trail_percent": "1.5"}
OCO = BRACKET | {"order_class": "oco", "side": "sell"}


def without(body, key):
    return {k: v for k, v in body.items() if k != key}


def test_numbers_and_strings_mean_the_same():
    assert read_order(MARKET | {"qty": Decimal("10.0")}) == read_order(MARKET)
    assert read_order(LIMIT | {"limit_price": "5.01"}) == read_order(LIMIT)


def test_type_and_time_in_force_have_the_vendors_defaults():
    request = read_order({"symbol": "AAA", "qty": 1, "side": "sell"})
    assert (request.type, request.tif) == (OrderType.MARKET, TimeInForce.DAY)
    assert request.side is Side.SELL
    assert request.side.sign == -1
    assert request.side.opposite is Side.BUY


def test_a_bracket_carries_both_of_its_legs():
    request = read_order(BRACKET)
    assert request.order_class is OrderClass.BRACKET
    assert (request.take_profit, request.stop_loss) == (Decimal(6), Decimal("4.5"))
    assert request.stop_loss_limit == Decimal("4.4")


def test_an_oco_order_takes_its_target_from_either_place():
    assert read_order(without(OCO, "limit_price")).limit == Decimal(6)
    assert read_order(OCO | {"take_profit": None}).take_profit == Decimal("5.01")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (without(MARKET, "symbol"), 40010001, "symbol is required"),
        (MARKET | {"symbol": 7}, 40010001, "symbol is required"),
        (without(MARKET, "side"), 40010001, "side is required"),
        (MARKET | {"side": "hold"}, 40010001, "invalid side"),
        (MARKET | {"type": "iceberg"}, 40010001, "invalid order type"),
        (MARKET | {"time_in_force": "gtd"}, 40010001, "invalid time_in_force"),
        (MARKET | {"order_class": "ladder"}, 40010001, "invalid order_class"),
        (without(MARKET, "qty"), 40010001, "qty or notional is required"),
        (MARKET | {"notional": 5}, 40010001, "only one of qty or notional is accepted"),
        (MARKET | {"qty": 0}, 40010001, "qty must be > 0"),
        (MARKET | {"extended_hours": "yes"}, 40010001, "extended_hours must be a boolean"),
        (MARKET | {"client_order_id": "x" * 49}, 40010001, "no more than 48"),
        (MARKET | {"client_order_id": 5}, 40010001, "must be a string"),
        (MARKET | {"position_intent": "buy"}, 40010001, "invalid position_intent"),
        (MARKET | {"position_intent": "sell_to_open"}, 40010001, "does not match side"),
        (MARKET | {"limit_price": 5}, 40010001, "require no limit price"),
        (LIMIT | {"stop_price": 5}, 40010001, "require no stop price"),
        (without(LIMIT, "limit_price"), 40010001, "limit orders require limit price"),
        (MARKET | {"type": "stop"}, 40010001, "stop orders require stop price"),
        (LIMIT | {"type": "stop_limit"}, 40010001, "stop limit orders require stop price"),
        (LIMIT | {"limit_price": "5.011"}, 42210000, "invalid limit_price 5.011. sub-penny"),
        (LIMIT | {"limit_price": "0.99999"}, 42210000, "sub-penny"),
        (MARKET | {"type": "stop", "stop_price": "5.011"}, 42210000, "invalid stop_price 5.011"),
        (BRACKET | {"take_profit": {"limit_price": "6.001"}}, 42210000, "take_profit.limit_price"),
        (BRACKET | {"stop_loss": {"stop_price": "4.001"}}, 42210000, "stop_loss.stop_price"),
        (MARKET | {"extended_hours": True}, 40010001, "only type=limit is allowed"),
        (LIMIT | {"extended_hours": True, "time_in_force": "gtc"}, 42210000, "DAY limit"),
        (BRACKET | {"extended_hours": True}, 42210000, "simple orders"),
        (MARKET | {"notional": 5, "qty": None, "time_in_force": "gtc"}, 42210000, "DAY"),
        (MARKET | {"qty": "1.5", "time_in_force": "ioc"}, 42210000, "DAY"),
        (BRACKET | {"qty": "1.5"}, 42210000, "simple"),
        (LIMIT | {"notional": 5, "qty": None}, 42210000, "market orders"),
        (MARKET | {"notional": "5.001", "qty": None}, 42210000, "2 decimal places"),
        (MARKET | {"notional": "0.5", "qty": None}, 42210000, "at least 1"),
        (without(TRAIL, "trail_percent"), 42210000, "exactly one of"),
        (TRAIL | {"trail_price": 1}, 42210000, "exactly one of"),
        (TRAIL | {"trail_percent": 100}, 42210000, "below 100"),
        (TRAIL | {"time_in_force": "ioc"}, 42210000, "ioc orders"),
        (TRAIL | {"extended_hours": True}, 40010001, "only type=limit"),
        (TRAIL | {"order_class": "bracket"}, 42210000, "trailing stop orders must be simple"),
        (without(BRACKET, "take_profit"), 42210000, "require take_profit.limit_price"),
        (without(BRACKET, "stop_loss"), 42210000, "require stop_loss.stop_price"),
        (BRACKET | {"time_in_force": "ioc"}, 42210000, "DAY or GTC"),
        (BRACKET | {"order_class": "oto"}, 42210000, "either take_profit or stop_loss"),
        (LIMIT | {"order_class": "oto"}, 42210000, "either take_profit or stop_loss"),
        (BRACKET | {"order_class": ""}, 42210000, "complex order_class"),
        (
            BRACKET | {"order_class": "oco", "type": "market", "limit_price": None},
            42210000,
            "limit",
        ),
        (OCO | {"stop_loss": {}}, 42210000, "require stop_loss.stop_price"),
        (BRACKET | {"stop_loss": {"limit_price": 4}}, 42210000, "stop_loss.stop_price"),
        (BRACKET | {"stop_loss": 5}, 40010001, "must be an object"),
        (MARKET | {"type": "stop", "stop_price": 5, "time_in_force": "opg"}, 42210000, "opg"),
        (MARKET | {"order_class": "mleg"}, 42210000, "mleg"),
    ],
)
def test_each_broken_rule_has_its_code_and_words(body, code, words):
    with pytest.raises(Refusal) as caught:
        read_order(body)
    assert (caught.value.status, caught.value.code) == (422, code)
    assert words in caught.value.message


def test_the_longer_client_id_is_a_setting():
    assert len(read_client_id("x" * 128, 128)) == 128


def test_absent_parts_have_their_defaults():
    assert read_tif(None) is TimeInForce.DAY
    assert read_client_id(None) == ""
    check_price(None, "limit_price")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
FIELDS = st.sampled_from([*BRACKET, *TRAIL, "notional", "stop_price", "extended_hours", "legs"])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([MARKET, LIMIT, BRACKET, TRAIL, OCO]), st.dictionaries(FIELDS, JSON, max_size=3)
)
def test_any_body_is_read_or_refused(body, changed):
    try:
        request = read_order(body | changed)
    except Refusal as refusal:
        answer = refusal
    else:
        assert (request.qty is None) != (request.notional is None)
        return
    assert answer.status == 422
    assert msgspec.json.encode(answer.body())
