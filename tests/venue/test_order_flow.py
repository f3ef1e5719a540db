from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges import EXACT, TradingDay
from tradeplat.venue.order_flow import relatives
from tradeplat.venue.profile import PAPER
from tradeplat.venue.refusals import Refusal

EXITS = {"take_profit": {"limit_price": "6"}, "stop_loss": {"stop_price": "4"}}
FINAL = {"filled", "canceled", "expired", "replaced", "rejected"}


def test_relatives_are_the_open_orders_of_a_group():
    day = TradingDay().quote(4.99, 5.00)
    order = day.order(
        day.post(order_class="bracket", type="limit", limit_price="4.5", **EXITS)["id"]
    )
    target, stop = order.legs
    assert relatives(order) == [target, stop]
    assert relatives(target) == [order, stop]
    day.cancel(stop.id)
    assert relatives(order) == []


def test_a_cancelled_entry_that_was_filled_in_part_takes_its_legs_along():
    day = TradingDay(profile=msgspec.structs.replace(EXACT, partial_rate=1.0, latency=10**9))
    day.quote(4.99, 5.00)
    order = day.post(order_class="bracket", type="limit", limit_price="5.1", **EXITS)
    day.wait(1)
    assert day.status_of(order["id"]) == "partially_filled"
    day.cancel(order["id"])
    day.wait(1)
    legs = {day.status_of(leg["id"]) for leg in order["legs"]}
    assert legs == {"canceled"}
    assert 0 < day.held < 10


def test_both_legs_expire_with_the_day():
    day = TradingDay().quote(4.99, 5.00)
    order = day.post(order_class="bracket", **EXITS)
    day.until("16:00:01")
    assert {day.status_of(leg["id"]) for leg in order["legs"]} == {"expired"}


SIDES = st.sampled_from(["buy", "sell"])
PRICES = st.sampled_from(["4.60", "4.90", "5.00", "5.10", "5.40"])
TIFS = st.sampled_from(["day", "gtc", "ioc", "fok", "opg", "cls"])
POSTS = st.fixed_dictionaries(
    {"side": SIDES, "qty": st.sampled_from(["1", "10", "137"]), "time_in_force": TIFS},
    optional={
        "type": st.sampled_from(["market", "limit", "stop", "stop_limit", "trailing_stop"]),
        "limit_price": PRICES,
        "stop_price": PRICES,
        "trail_price": st.just("0.20"),
        "trail_percent": st.just("3"),
        "order_class": st.sampled_from(["bracket", "oto", "oco"]),
        "take_profit": st.fixed_dictionaries({"limit_price": PRICES}),
        "stop_loss": st.fixed_dictionaries({"stop_price": PRICES}),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), POSTS),
        st.tuples(st.just("market"), st.fixed_dictionaries({"side": SIDES, "qty": st.just("20")})),
        st.tuples(
            st.just("bracket"),
            st.fixed_dictionaries({"side": st.just("buy"), "qty": st.just("20")}),
        ),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("patch"), st.tuples(st.integers(0, 20), PRICES)),
        st.tuples(st.just("close"), st.none()),
        st.tuples(st.just("quote"), st.sampled_from([4.4, 4.8, 5.0, 5.2, 5.6, 6.1])),
        st.tuples(st.just("trade"), st.sampled_from([3.9, 4.4, 4.8, 5.0, 5.2, 5.6, 6.1])),
        st.tuples(st.just("wait"), st.sampled_from([0.01, 1, 60, 3_600, 20_000])),
    ),
    max_size=25,
)


def act(day, kind, given):
    orders = list(day.account.orders)
    match kind:
        case "post":
            day.post(**given)
        case "market":
            day.post(**given)
        case "bracket":
            day.post(order_class="bracket", **EXITS, **given)
        case "cancel" if orders:
            day.cancel(orders[given % len(orders)].id)
        case "patch" if orders:
            day.patch(orders[given[0] % len(orders)].id, limit_price=given[1])
        case "close" if day.held:
            day.exchange.close_position(day.account, "AAA", None)
        case "quote":
            day.quote(given, round(given + 0.01, 2))
        case "trade":
            day.trade(given)
        case "wait":
            day.wait(given)
        case _:
            pass


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.sampled_from([EXACT, PAPER]))
def test_the_books_balance_after_anything(steps, profile):
    day = TradingDay(profile=profile).quote(4.99, 5.00)
    seen = {}
    for kind, given_ in steps:
        with suppress(Refusal):
            act(day, kind, given_)
        day.check()
    day.wait(60)
    for update in day.told:
        order = update["order"]
        assert seen.get(order["id"]) not in FINAL - {"filled", order["status"]}
        assert Decimal(order["filled_qty"]) >= 0
        seen[order["id"]] = order["status"]
    held = sum((f.qty * f.side.sign for f in day.account.fills), Decimal(0))
    assert held == day.held
    assert day.exchange.cancel_all(day.account, at_once=True) is not None
    assert day.account.orders.open_orders() == []
    assert day.account.figures(day.exchange.board.mark).reserved == 0


@pytest.mark.parametrize("profile", [EXACT, PAPER])
def test_an_order_ends_once(profile):
    day = TradingDay(profile=profile).quote(4.99, 5.00)
    for _ in range(20):
        day.post(type="limit", limit_price="5.1", qty="50")
        day.wait(1).quote(4.99, 5.00)
    ends = [u["order"]["id"] for u in day.told if u["order"]["status"] in FINAL]
    assert len(ends) == len(set(ends)) == 20
