from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderType, Purpose, Refused
from tradeplat.risk.limits import Hours, Limits
from worlds import CASH, DAY, EXIT, LONG, SHORT, Resting, World, bar, filled, quote

NOW = DAY.open + 60 * SECOND


def world(limits: Limits = Limits(), price: float = 100.0) -> World:
    made = World(lambda _: {}, limits)
    made.floor.open_desk("A", 0)
    made.market.tapes["A"].on_bar(bar("A", 1, price))
    return made


def entered(made: World, intent: Intent, now: int = NOW) -> Order:
    verdict = made.gate.review("A", "s", intent, now, now)
    assert isinstance(verdict, Order), verdict
    return verdict


def refused(made: World, intent: Intent, now: int = NOW) -> str:
    verdict = made.gate.review("A", "s", intent, now, now)
    assert isinstance(verdict, Refused), verdict
    return verdict.code


def test_an_entry_becomes_a_sized_order_with_its_bracket() -> None:
    order = entered(world(), Intent(Action.ENTER, 0.5, nan, 97.123, 105.551))
    assert (order.type, order.purpose, order.quantity) == (OrderType.MARKET, Purpose.ENTRY, 100)
    assert (order.stop_loss, order.take_profit) == (Decimal("97.12"), Decimal("105.56"))
    assert (order.cause, order.created, order.expires) == (NOW, NOW, 0)


def test_a_short_mirrors_it() -> None:
    order = entered(world(), Intent(Action.ENTER, -1.0, 99.999, 103.001, 90.009))
    assert (order.quantity, order.limit) == (-100, Decimal("100.00"))
    assert (order.stop_loss, order.take_profit) == (Decimal("103.01"), Decimal("90.00"))
    assert order.expires == NOW + 60 * SECOND


@pytest.mark.parametrize(
    "intent",
    [
        Intent(Action.ENTER, 0.0, nan, nan, nan),
        Intent(Action.ENTER, nan, nan, nan, nan),
        Intent(Action.ENTER, 1.5, nan, nan, nan),
        Intent(Action.ENTER, 1.0, inf, nan, nan),
        Intent(Action.ENTER, 1.0, nan, -1.0, nan),
        Intent(Action.ENTER, 1.0, nan, 101.0, nan),
        Intent(Action.ENTER, 1.0, nan, nan, 99.0),
        Intent(Action.ENTER, -1.0, nan, 99.0, nan),
    ],
)
def test_numbers_that_make_no_sense_are_refused(intent: Intent) -> None:
    assert refused(world(), intent) == "BAD_NUMBER"


def test_the_opposite_quote_prices_an_order_while_it_is_fresh() -> None:
    made = world()
    made.market.tapes["A"].on_quote(quote("A", NOW - SECOND, 79.9, 80.0))
    assert refused(made, Intent(Action.ENTER, 1.0, 100.0, nan, nan)) == "PRICE_COLLAR"
    later = NOW + 5 * SECOND
    assert entered(made, Intent(Action.ENTER, 1.0, 100.0, nan, nan), later).limit == 100


def test_one_intent_makes_one_order() -> None:
    made = world()
    entered(made, LONG)
    assert refused(made, LONG) == "DUP_INTENT"
    assert entered(made, LONG, NOW + 1)


def test_only_one_trade_may_be_open_where_that_is_the_rule() -> None:
    made = World(lambda _: {}, Limits(max_open_trades=1), executor=Resting)
    made.market.tapes["A"].on_bar(bar("A", 1))
    made.market.tapes["B"].on_bar(bar("B", 1))
    first = made.gate.review("A", "s", LONG, NOW, NOW)
    assert isinstance(first, Order)
    made.tracker.register(first)
    second = made.gate.review("B", "s", LONG, NOW, NOW)
    assert isinstance(second, Refused)
    assert second.code == "MAX_OPEN_TRADES"


def test_orders_pile_up_to_the_limit_only() -> None:
    made = world(Limits(max_open_orders_symbol=2, hours=Hours.ANY))
    for n in range(2):
        made.tracker.register(entered(made, LONG, NOW + n))
    assert refused(made, LONG, NOW + 9) == "MAX_OPEN_ORDERS"


def test_a_share_too_dear_is_refused_by_the_cap_that_binds() -> None:
    assert refused(world(price=30_000.0), LONG) == "MAX_NOTIONAL"


def test_outside_regular_hours_orders_are_extended_limits_that_keep_their_levels() -> None:
    before = DAY.pre_open + SECOND
    made = world()
    assert refused(made, LONG, before) == "EXT_HOURS"
    order = entered(made, Intent(Action.ENTER, 1.0, 100.5, 97.0, 110.0), before)
    assert (order.extended, order.stop_loss, order.take_profit) == (True, 97, 110)
    assert refused(made, LONG, DAY.post_close + SECOND) == "MARKET_CLOSED"


def test_an_exit_closes_what_is_free_and_no_more() -> None:
    made = world()
    assert refused(made, EXIT) == "REDUCE_ONLY_QTY"
    made.tracker.register(entered(made, LONG))
    order = next(iter(made.tracker.open_orders.values()))
    made.floor.on_report(filled(order, Decimal(100)), NOW)
    leaving = entered(made, EXIT, NOW + 1)
    assert (leaving.quantity, leaving.type, leaving.purpose) == (-100, "market", Purpose.EXIT)
    made.tracker.register(leaving)
    assert refused(made, EXIT, NOW + 2) == "REDUCE_ONLY_QTY"


def test_off_hours_exits_go_through_the_market_as_limits() -> None:
    made = world()
    made.tracker.register(entered(made, SHORT))
    made.floor.on_report(filled(next(iter(made.tracker.open_orders.values())), Decimal(100)), NOW)
    late = DAY.close + SECOND
    verdict = made.gate.flatten("A", "s", late, late)
    assert isinstance(verdict, Order)
    assert (verdict.quantity, verdict.limit, verdict.extended) == (100, Decimal("102.00"), True)
    assert verdict.purpose is Purpose.FLATTEN


@given(
    st.floats(0.02, 5_000.0),
    st.sampled_from([1.0, -1.0]),
    st.floats(0.005, 0.5),
    st.floats(0.005, 0.5),
)
def test_no_order_breaks_a_limit_whatever_the_price(
    price: float, side: float, down: float, up: float
) -> None:
    limits = Limits(hours=Hours.ANY)
    made = world(limits, price)
    stop, target = price * (1 - side * down), price * (1 + side * up)
    verdict = made.gate.review("A", "s", Intent(Action.ENTER, side, nan, stop, target), NOW, NOW)
    if isinstance(verdict, Refused):
        assert verdict.code in {"MAX_NOTIONAL", "MAX_POSITION", "BUYING_POWER", "BAD_NUMBER"}
        return
    worth = abs(verdict.quantity) * Decimal(repr(price))
    assert worth <= min(limits.max_notional, limits.max_position, 2 * CASH)
    assert verdict.quantity == int(verdict.quantity)
    assert verdict.stop_loss is not None
    assert (verdict.stop_loss <= Decimal(repr(price))) == (side > 0)


def test_a_stop_beyond_a_quote_that_a_venue_would_still_fill_at_is_refused() -> None:
    """The last print is far above the market; at 98.00 a stop of 99.00 would be no stop."""
    made = world()
    long = Intent(Action.ENTER, 1.0, nan, 99.0, nan)
    made.market.tapes["A"].on_quote(quote("A", NOW - 5 * SECOND, 97.9, 98.0))
    assert refused(made, long) == "BAD_NUMBER"
    assert refused(made, Intent(Action.ENTER, -1.0, nan, 101.0, 97.95)) == "BAD_NUMBER"
    made.market.tapes["A"].on_quote(quote("A", NOW - 60 * SECOND, 97.9, 98.0))
    assert entered(made, long).stop_loss == Decimal("99.00")
