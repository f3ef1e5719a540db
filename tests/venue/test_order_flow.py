from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges import EXACT, TradingDay
from tradeplat.venue.faults import Fault
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
            pass  # nothing there to cancel, change or close


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.sampled_from([EXACT, PAPER]))
def test_the_books_balance_after_anything(steps, profile):
    day = TradingDay(profile=profile).quote(4.99, 5.00)
    seen = {}
    for kind, given_ in steps:
        with suppress(Refusal):  # what the account may not do
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


def struck(*faults, **options):
    day = TradingDay(**options).quote(4.99, 5.00)
    day.exchange.faults.arm(*faults)
    return day


def test_an_order_may_be_rejected_after_it_was_accepted():
    day = struck(Fault(name="late_reject", seconds=0), Fault(name="late_reject", seconds=2))
    refused = day.post(order_class="bracket", **EXITS)
    assert day.status_of(refused["id"]) == "rejected"
    assert {day.status_of(leg["id"]) for leg in refused["legs"]} == {"canceled"}
    late = day.post(type="limit", limit_price="4")
    assert day.status_of(late["id"]) == "new"
    day.wait(2)
    assert day.status_of(late["id"]) == "rejected"
    assert day.status_of(day.post()["id"]) == "filled"


def test_what_has_filled_is_not_rejected_late():
    day = struck(Fault(name="late_reject", seconds=2))
    order = day.post()
    day.wait(3)
    assert (day.status_of(order["id"]), day.held) == ("filled", 10)


@pytest.mark.parametrize("native", [True, False])
def test_both_exits_may_fill(native):
    day = struck(Fault(name="both_exits"))
    stop = {"stop_price": "4"} if native else {"stop_price": "4", "limit_price": "3.9"}
    placed = day.post(order_class="bracket", **EXITS | {"stop_loss": stop})
    day.wait(1).trade(6.01)
    assert {day.status_of(leg["id"]) for leg in placed["legs"]} == {"filled"}
    assert day.held == -10
    day.check()


def test_latency_may_be_changed_while_it_runs():
    day = struck(Fault(name="latency", seconds=2))
    order = day.post(type="limit", limit_price="5.10")
    day.wait(1).quote(4.99, 5.00)
    assert day.status_of(order["id"]) == "pending_new"
    day.wait(1.5)
    assert day.status_of(order["id"]) == "filled"
    assert day.status_of(day.post()["id"]) == "filled"


def test_a_fill_races_a_cancel_in_part_or_whole():
    seen = set()
    for seed in range(12):
        day = raced("fill_races_cancel", seed)
        order = day.post(type="limit", limit_price="4.5")
        day.cancel(order["id"])
        filled = day.order(order["id"]).filled
        status = day.status_of(order["id"])
        seen.add((status, int(filled)))
        assert day.events(order["id"])[-1] == (
            "order_cancel_rejected" if status == "filled" else "canceled"
        )
        assert day.held == filled
        day.check()
    assert seen == {("filled", 10), ("canceled", 5)}


def raced(name, seed):
    day = TradingDay().quote(4.99, 5.00)
    for _ in range(seed):
        day.exchange.faults.coin()
    day.exchange.faults.arm(Fault(name=name))
    return day


def test_a_fill_races_a_replacement_in_part_or_whole():
    seen = set()
    for seed in range(12):
        day = raced("fill_races_replace", seed)
        order = day.post(type="limit", limit_price="4.5")
        made = day.patch(order["id"], limit_price="4.6")
        filled = day.order(order["id"]).filled
        seen.add((day.status_of(order["id"]), day.status_of(made["id"]), int(filled)))
        assert day.held == filled
        day.check()
    assert seen == {("filled", "rejected", 10), ("replaced", "new", 5)}


def test_a_bracket_whose_entry_fills_during_its_cancel_keeps_its_exits():
    for seed in range(12):
        day = raced("fill_races_cancel", seed)
        order = day.post(order_class="bracket", type="limit", limit_price="4.5", **EXITS)
        day.cancel(order["id"])
        legs = {day.status_of(leg["id"]) for leg in order["legs"]}
        assert legs == ({"new"} if day.status_of(order["id"]) == "filled" else {"canceled"})


def test_one_share_fills_first():
    day = struck(Fault(name="partial_one_share"), profile=SLOW)
    order = day.post()
    day.wait(1)
    assert (day.status_of(order["id"]), day.held) == ("partially_filled", 1)
    day.wait(2).quote(4.99, 5.00)
    assert (day.status_of(order["id"]), day.held) == ("filled", 10)


SLOW = msgspec.structs.replace(EXACT, latency=10**9)


@pytest.mark.parametrize(("name", "left"), [("bust", 0), ("correction", 5)])
def test_a_fill_is_taken_back_with_a_lower_total(name, left):
    day = struck(Fault(name=name, seconds=5))
    order = day.post()
    assert day.held == 10
    day.wait(5)
    assert (day.held, day.order(order["id"]).filled) == (left, left)
    told = day.told[-1]
    assert told["event"] == ("trade_correct" if left else "trade_bust")
    assert told["previous_execution_id"] == day.told[-2]["execution_id"]
    assert told["order"]["filled_qty"] == str(left)
    assert day.account.ledger.cash == day.account.terms.cash - 5 * left
    assert [one.delta for one in day.account.fills] == [10, left - 10]


def test_a_fill_of_an_open_order_is_taken_back_when_the_order_is_over():
    day = struck(Fault(name="bust", seconds=1), Fault(name="partial_one_share"), profile=SLOW)
    order = day.post(type="limit", limit_price="5.10")
    day.wait(1)
    day.wait(0.5)
    assert day.held == 1
    day.wait(5).quote(4.99, 5.00)
    day.wait(5)
    assert (day.status_of(order["id"]), day.held) == ("filled", 9)


def test_a_symbol_is_halted_as_an_order_arrives():
    day = struck(Fault(name="halt", seconds=60))
    halted = []
    day.exchange.on_halt = lambda symbol, ns: halted.append((symbol, ns))
    day.post()
    assert halted == [("AAA", 60 * 10**9)]


def test_an_id_of_a_finished_order_is_given_again_to_one_that_lives_its_own_life():
    day = struck()
    first = day.post()
    day.exchange.faults.arm(Fault(name="restart_id_rollback"))
    again = day.post(type="limit", limit_price="4.5")
    assert again["id"] == first["id"]
    assert day.status_of(again["id"]) == "new"
    third = day.post(type="limit", limit_price="4.4")
    assert third["id"] != first["id"]
    day.until("16:00")
    assert {day.status_of(again["id"]), day.status_of(third["id"])} == {"expired"}
    assert day.held == 10
