from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges import EXACT, TradingDay, at
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import Bar
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.sim.matching import MatchingEngine
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.profile import LOCKSTEP, PAPER
from tradeplat.venue.refusals import Refusal

LIMIT = {"type": "limit", "limit_price": "4.50"}
EXITS = {"take_profit": {"limit_price": "6"}, "stop_loss": {"stop_price": "4"}}
DELAYED = msgspec.structs.replace(PAPER, partial_rate=0.0)


def open_day(profile=EXACT, **given):
    return TradingDay(profile=profile, **given).quote(4.99, 5.00)


def long_day(**given):
    day = open_day(**given)
    day.post()
    day.wait(1)
    assert day.held == 10
    day.told.clear()
    return day


def test_a_market_order_is_answered_before_it_fills():
    day = open_day()
    taken = day.post(client_order_id="c1")
    assert (taken["status"], taken["filled_qty"], taken["client_order_id"]) == (
        "pending_new",
        "0",
        "c1",
    )
    assert day.events() == ["pending_new", "new", "fill"]
    fill = day.told[-1]
    assert (fill["price"], fill["qty"], fill["position_qty"]) == ("5", "10", "10")
    assert fill["order"]["status"] == "filled"
    assert fill["order"]["filled_avg_price"] == "5"
    day.check()


def test_delays_pass_in_venue_time():
    day = open_day(DELAYED)
    taken = day.post()
    assert day.events() == []
    day.wait(0.015)
    assert day.events() == ["pending_new"]
    assert day.status_of(taken["id"]) == "pending_new"
    day.wait(1)
    assert day.events() == ["pending_new", "new", "fill"]


def test_a_limit_order_rests_until_the_market_comes():
    day = open_day()
    order = day.post(**LIMIT)
    assert day.events() == ["pending_new", "new"]
    day.wait(1).quote(4.49, 4.50)
    assert day.events()[-1] == "fill"
    assert day.status_of(order["id"]) == "filled"


def test_stops_trigger_on_prints():
    day = long_day()
    day.post(side="sell", type="stop", stop_price="4.80")
    day.wait(1).trade(4.79)
    day.wait(1).quote(4.78, 4.79)
    assert day.events()[-1] == "fill"
    assert day.held == 0


def test_a_buy_stop_is_collared():
    day = open_day()
    order = day.post(type="stop", stop_price="5.20")
    day.wait(1).trade(5.50)
    assert day.status_of(order["id"]) == "new"
    day.wait(1).trade(5.30)
    assert day.status_of(order["id"]) == "filled"


def test_a_trailing_stop_follows_the_best_price():
    day = long_day()
    for trail, stop in (({"trail_price": "0.10"}, "5.1"), ({"trail_percent": "10"}, "4.68")):
        order = day.post(side="sell", type="trailing_stop", qty="5", **trail)
        day.wait(1).trade(5.2)
        shown = day.order(order["id"])
        assert shown.hwm == Decimal("5.2")
        assert shown.stop == Decimal(stop)
        day.wait(1).trade(float(stop) - 0.01)
        day.wait(1).quote(float(stop) - 0.01, float(stop))
        assert day.status_of(order["id"]) == "filled"
    assert day.held == 0


def test_an_order_outside_hours_waits_for_the_open():
    day = TradingDay("08:00").quote(4.99, 5.00)
    order = day.post()
    assert order["status"] == "accepted"
    assert order["expires_at"] == "2026-01-05T21:00:00Z"
    day.until("09:29:59").quote(4.99, 5.00)
    assert day.events() == ["accepted"]
    day.until("09:30:01").quote(4.99, 5.00)
    assert day.events() == ["accepted", "new", "fill"]


def test_only_extended_limits_trade_before_the_open_and_after_the_close():
    day = TradingDay("08:00").quote(4.99, 5.00)
    plain = day.post(type="limit", limit_price="5.10")
    early = day.post(type="limit", limit_price="5.10", extended_hours=True)
    assert day.status_of(early["id"]) == "filled"
    assert day.status_of(plain["id"]) == "accepted"
    day.until("16:30").quote(4.99, 5.00)
    late = day.post(type="limit", limit_price="5.10", extended_hours=True)
    assert day.status_of(late["id"]) == "filled"


def test_day_orders_end_with_their_hours():
    day = open_day()
    plain = day.post(**LIMIT)
    extended = day.post(extended_hours=True, **LIMIT)
    day.until("16:00:01")
    assert day.status_of(plain["id"]) == "expired"
    assert day.status_of(extended["id"]) == "new"
    day.until("20:00:01")
    assert day.status_of(extended["id"]) == "expired"
    assert day.events(plain["id"])[-1] == "expired"


def test_the_end_of_a_day_order_may_be_called_canceled():
    day = open_day(msgspec.structs.replace(EXACT, expired_as_canceled=True))
    order = day.post(**LIMIT)
    day.until("16:00:01")
    assert day.status_of(order["id"]) == "canceled"


def test_good_till_cancelled_orders_rest_at_night():
    day = open_day()
    order = day.post(time_in_force="gtc", **LIMIT)
    day.until("17:00").quote(4.0, 4.1)
    assert day.status_of(order["id"]) == "new"
    day.until("2026-01-06T09:30:01").quote(4.0, 4.1)
    assert day.status_of(order["id"]) == "filled"


@pytest.mark.parametrize(("tif", "filled"), [("ioc", "canceled"), ("fok", "canceled")])
def test_immediate_orders_fill_or_go(tif, filled):
    day = open_day()
    order = day.post(time_in_force=tif, **LIMIT)
    assert day.status_of(order["id"]) == filled
    order = day.post(time_in_force=tif, type="limit", limit_price="5.10")
    assert day.status_of(order["id"]) == "filled"


def test_opening_auction_orders_fill_at_the_open_or_are_cancelled():
    day = TradingDay("09:00").quote(4.99, 5.00)
    market = day.post(time_in_force="opg")
    limit = day.post(time_in_force="opg", **LIMIT)
    assert market["status"] == "accepted"
    day.until("09:30:01").quote(4.99, 5.00)
    assert day.status_of(market["id"]) == "filled"
    day.until("09:32")
    assert day.status_of(limit["id"]) == "canceled"


def test_closing_auction_orders_fill_at_the_last_price_or_are_cancelled():
    day = open_day()
    market = day.post(time_in_force="cls")
    limit = day.post(time_in_force="cls", **LIMIT)
    day.until("15:59:59").trade(5.05)
    assert day.status_of(market["id"]) == "accepted"
    day.until("16:00:01")
    assert day.order(market["id"]).average == Decimal("5.05")
    assert day.status_of(limit["id"]) == "canceled"


@pytest.mark.parametrize(("tif", "time"), [("opg", "10:00"), ("cls", "15:55")])
def test_auction_orders_that_come_too_late_are_rejected(tif, time):
    day = TradingDay(time).quote(4.99, 5.00)
    order = day.post(time_in_force=tif)
    assert day.events() == ["accepted", "rejected"]
    assert day.status_of(order["id"]) == "rejected"
    assert day.told[-1]["order"]["failed_at"] is not None


def test_a_halted_symbol_fills_nothing():
    day = open_day()
    day.status(trading=False)
    order = day.post(type="limit", limit_price="5.10")
    day.wait(1).trade(5.00).quote(4.99, 5.00)
    assert day.status_of(order["id"]) == "new"
    day.status(trading=True)
    day.wait(1).quote(4.99, 5.00)
    assert day.status_of(order["id"]) == "filled"


def test_a_cancel_is_pending_before_it_is_done():
    day = open_day(DELAYED)
    order = day.post(**LIMIT)
    day.wait(1)
    day.cancel(order["id"])
    assert day.status_of(order["id"]) == "pending_cancel"
    day.cancel(order["id"])
    day.wait(1)
    assert day.events(order["id"])[-2:] == ["pending_cancel", "canceled"]
    with pytest.raises(Refusal, match='already in "canceled" state') as caught:
        day.cancel(order["id"])
    assert (caught.value.status, caught.value.code) == (422, 42210000)


def test_a_fill_may_win_against_a_cancel():
    day = open_day(DELAYED)
    order = day.post(**LIMIT)
    day.wait(1)
    day.cancel(order["id"])
    day.quote(4.40, 4.45)
    day.wait(1)
    assert day.events(order["id"])[-3:] == ["pending_cancel", "fill", "order_cancel_rejected"]
    assert day.status_of(order["id"]) == "filled"


def test_a_bracket_holds_its_legs_until_the_entry_is_filled():
    day = open_day()
    entry = day.post(order_class="bracket", **LIMIT, **EXITS)
    legs = [leg["id"] for leg in entry["legs"]]
    assert [leg["status"] for leg in entry["legs"]] == ["held", "held"]
    assert [leg["type"] for leg in entry["legs"]] == ["limit", "stop"]
    day.wait(1).quote(4.49, 4.50)
    assert [day.status_of(leg) for leg in legs] == ["new", "new"]
    day.wait(1).quote(6.00, 6.01)
    day.wait(1).trade(6.01)
    assert [day.status_of(leg) for leg in legs] == ["filled", "canceled"]
    assert day.held == 0
    day.check()


@pytest.mark.parametrize(
    "stop_loss", [{"stop_price": "4"}, {"stop_price": "4", "limit_price": "3.9"}]
)
def test_the_stop_of_a_bracket_cancels_its_target(stop_loss):
    day = open_day()
    exits = EXITS | {"stop_loss": stop_loss}
    entry = day.post(order_class="bracket", type="limit", limit_price="5.10", **exits)
    target, stop = (leg["id"] for leg in entry["legs"])
    day.wait(1).trade(3.99)
    day.wait(1).quote(3.98, 3.99)
    assert day.status_of(stop) == "filled"
    assert day.status_of(target) == "canceled"
    assert day.events(target) == ["new", "canceled"]
    assert day.held == 0


def test_exits_of_a_bracket_live_in_the_very_bar_of_the_entry():
    day = TradingDay()
    day.bar(5, 5, 5, 5)
    entry = day.post(order_class="bracket", **EXITS)
    target, stop = (leg["id"] for leg in entry["legs"])
    day.bar(5, 5.1, 3.9, 4.2)
    assert day.status_of(stop) == "filled"
    assert day.status_of(target) == "canceled"
    assert day.held == 0


@pytest.mark.parametrize(
    "part", [{"stop_loss": {"stop_price": "4"}}, {"take_profit": {"limit_price": "6"}}]
)
def test_one_triggers_other_has_one_leg(part):
    day = open_day()
    entry = day.post(order_class="oto", type="limit", limit_price="5.10", **part)
    (leg,) = entry["legs"]
    assert day.status_of(leg["id"]) == "new"
    day.wait(1).trade(3.9 if "stop_loss" in part else 6.1)
    day.wait(1).quote(*((3.89, 3.9) if "stop_loss" in part else (6.1, 6.11)))
    assert day.status_of(leg["id"]) == "filled"


def test_cancelling_one_order_of_a_group_cancels_the_rest():
    day = open_day()
    entry = day.post(order_class="bracket", **LIMIT, **EXITS)
    day.cancel(entry["legs"][0]["id"])
    assert {day.status_of(o["id"]) for o in (entry, *entry["legs"])} == {"canceled"}


def test_one_cancels_other_closes_a_position():
    day = long_day()
    target = day.post(side="sell", type="limit", order_class="oco", **EXITS)
    (stop,) = target["legs"]
    assert (day.status_of(target["id"]), stop["status"]) == ("new", "held")
    assert day.account.free("AAA") == 0
    day.wait(1).trade(3.9)
    day.wait(1).quote(3.89, 3.9)
    assert day.status_of(stop["id"]) == "filled"
    assert day.status_of(target["id"]) == "canceled"
    assert day.held == 0


def test_a_partial_fill_of_one_exit_shrinks_the_other():
    day = open_day(msgspec.structs.replace(EXACT, partial_rate=1.0, latency=10**9))
    day.post()
    day.wait(30)
    assert day.held == 10
    day.told.clear()
    target = day.post(side="sell", type="limit", order_class="oco", **EXITS)
    day.wait(2).quote(6.0, 6.01)
    assert day.events()[-1] == "partial_fill"
    first = day.order(target["id"])
    (stop,) = first.legs
    assert 0 < first.filled < 10
    assert stop.qty == 10 - first.filled
    day.wait(60)
    assert day.events().count("fill") == 1
    assert day.held == 0
    day.check()


def test_chance_cuts_a_share_of_the_fills():
    day = TradingDay(profile=msgspec.structs.replace(EXACT, partial_rate=1.0)).quote(4.99, 5.00)
    order = day.post(qty="100")
    assert day.events()[2] == "partial_fill"
    assert day.events()[-1] == "fill"
    assert day.status_of(order["id"]) == "filled"
    assert day.held == 100
    assert sum(Decimal(u["qty"]) for u in day.told if "qty" in u) == 100


def test_a_replace_makes_a_new_order():
    day = open_day(DELAYED)
    old = day.post(**LIMIT)
    day.wait(1)
    new = day.patch(old["id"], limit_price="4.60", qty="20")
    assert new["id"] != old["id"]
    assert (new["replaces"], new["qty"], new["limit_price"]) == (old["id"], "20", "4.6")
    assert day.status_of(old["id"]) == "pending_replace"
    with pytest.raises(Refusal, match="pending replace"):
        day.cancel(old["id"])
    with pytest.raises(Refusal, match="pending replace and cannot be replaced"):
        day.patch(new["id"], limit_price="4.70")
    day.wait(1)
    assert day.events(old["id"])[-2:] == ["pending_replace", "replaced"]
    assert day.order(old["id"]).replaced_by == new["id"]
    assert day.events(new["id"]) == ["new"]
    day.quote(4.59, 4.60)
    day.wait(1)
    assert day.held == 20
    day.check()


def test_a_fill_may_win_against_a_replace():
    day = open_day(DELAYED)
    old = day.post(**LIMIT)
    day.wait(1)
    new = day.patch(old["id"], limit_price="4.60")
    day.quote(4.40, 4.45)
    day.wait(1)
    assert day.events(old["id"])[-3:] == ["pending_replace", "fill", "order_replace_rejected"]
    assert day.events(new["id"]) == ["rejected"]
    assert day.held == 10


@pytest.mark.parametrize(("keeps", "quantity"), [(True, 100), (False, 60)])
def test_a_replace_after_a_partial_fill_keeps_the_whole_quantity(keeps, quantity):
    profile = msgspec.structs.replace(EXACT, replace_keeps_quantity=keeps)
    day = open_day(profile)
    old = day.post(**LIMIT | {"qty": "100"})
    order = day.order(old["id"])
    order.filled, order.status = Decimal(40), "partially_filled"
    new = day.patch(old["id"], limit_price="4.60")
    assert day.order(new["id"]).shares == quantity


def test_an_unchanged_replace_is_forbidden():
    day = open_day()
    old = day.post(**LIMIT)
    with pytest.raises(Refusal, match="order parameters are not changed") as caught:
        day.patch(old["id"], limit_price="4.50")
    assert (caught.value.status, caught.value.code) == (403, 40310000)


def test_replacing_an_entry_takes_its_legs_along():
    day = open_day()
    old = day.post(order_class="bracket", **LIMIT, **EXITS)
    new = day.patch(old["id"], limit_price="4.60", qty="20")
    legs = day.order(new["id"]).legs
    assert [leg.id for leg in legs] == [leg["id"] for leg in old["legs"]]
    assert {leg.qty for leg in legs} == {Decimal(20)}
    day.wait(1).quote(4.59, 4.60)
    assert {leg.status.value for leg in legs} == {"new"}
    day.wait(1).trade(6.01)
    assert day.held == 0


def test_replacing_a_leg_moves_it_alone():
    day = open_day()
    entry = day.post(order_class="bracket", type="limit", limit_price="5.10", **EXITS)
    target, stop = (leg["id"] for leg in entry["legs"])
    moved = day.patch(stop, stop_price="4.70")
    assert day.status_of(target) == "new"
    assert day.status_of(moved["id"]) == "new"
    day.wait(1).trade(4.65)
    day.wait(1).quote(4.64, 4.65)
    assert day.status_of(moved["id"]) == "filled"
    assert day.status_of(target) == "canceled"
    assert day.held == 0


def test_replacing_a_held_leg_before_the_entry_fills():
    day = open_day()
    entry = day.post(order_class="bracket", **LIMIT, **EXITS)
    moved = day.patch(entry["legs"][1]["id"], stop_price="4.20")
    assert day.status_of(moved["id"]) == "held"
    day.wait(1).quote(4.49, 4.50)
    assert day.status_of(moved["id"]) == "new"
    day.wait(1).trade(4.15)
    day.wait(1).quote(4.14, 4.15)
    assert day.status_of(moved["id"]) == "filled"


def test_an_accepted_order_may_be_replaced_before_the_open():
    day = TradingDay("08:00").quote(4.99, 5.00)
    old = day.post(**LIMIT)
    new = day.patch(old["id"], limit_price="5.10")
    assert new["status"] == "accepted"
    day.until("09:30:01").quote(4.99, 5.00)
    assert day.events(new["id"])[-2:] == ["new", "fill"]
    assert day.events(old["id"])[-1] == "replaced"


def test_positions_close_whole_or_in_part():
    day = long_day()
    part = day.exchange.close_position(day.account, "AAA", Decimal(4))
    assert (part["side"], part["qty"], part["position_intent"]) == ("sell", "4", "sell_to_close")
    assert day.held == 6
    day.post(side="sell", type="limit", limit_price="6", qty="6")
    with pytest.raises(Refusal, match="insufficient qty available"):
        day.exchange.close_position(day.account, "AAA", None)
    assert len(day.exchange.cancel_all(day.account, at_once=True)) == 1
    day.exchange.close_position(day.account, "AAA", None)
    assert day.held == 0


def test_notional_orders_buy_what_the_money_pays_for():
    day = open_day()
    order = day.post(qty=None, notional="100")
    assert order["qty"] is None
    assert day.held == 20
    assert day.status_of(order["id"]) == "filled"


def test_open_orders_reserve_buying_power_until_they_end():
    day = open_day(terms=AccountTerms(cash=Decimal(100), multiplier=1))
    order = day.post(qty="20", **LIMIT)
    assert day.account.figures(day.exchange.board.mark).buying_power == 10
    with pytest.raises(Refusal, match="insufficient buying power"):
        day.post(qty="3", **LIMIT)
    day.cancel(order["id"])
    day.post(qty="22", **LIMIT)
    day.check()


def test_submission_times_differ_even_within_one_instant():
    day = open_day()
    for _ in range(3):
        day.post(order_class="bracket", **LIMIT, **EXITS)
    times = [order.submitted for order in day.account.orders]
    assert len(set(times)) == 9


def test_the_day_rolls_after_the_extended_hours():
    day = long_day()
    day.wait(1).trade(6.0)
    day.until("20:00:01")
    assert day.account.last_equity == Decimal(100_010)
    assert day.exchange.board.of("AAA").last_day == 6


def test_the_log_holds_every_event():
    day = open_day()
    day.post()
    assert [line.kind for line in day.log.lines] == ["pending_new", "new", "fill"]
    assert day.log.lines[-1].detail["price"] == "5"


def test_two_exchanges_with_one_seed_do_the_same():
    def played():
        day = open_day(PAPER, seed=11)
        for _ in range(5):
            day.post(qty="50")
            day.wait(1)
        return [(u["event"], u["execution_id"], u.get("qty")) for u in day.told]

    assert played() == played()


def test_an_asset_not_traded_here_is_refused():
    day = open_day()
    with pytest.raises(Refusal, match='asset "ZZZ" not found') as caught:
        day.post(symbol="ZZZ")
    assert (caught.value.status, caught.value.code) == (422, 42210000)
    assert at("09:30") < day.now


WALKS = st.lists(
    st.tuples(st.integers(-30, 30), st.integers(0, 40), st.integers(0, 40)), max_size=25
)
ASKS = st.lists(
    st.tuples(
        st.integers(0, 24),
        st.sampled_from(["market", "limit", "stop", "bracket"]),
        st.sampled_from([-0.4, -0.2, 0.2, 0.4]),
    ),
    max_size=6,
)


def engine_order(placed, bracket):
    qty = Decimal(placed["qty"])
    return Order(
        id=placed["id"],
        symbol="AAA",
        strategy="",
        quantity=qty,
        type=OrderType(placed["type"]),
        purpose=Purpose.ENTRY,
        cause=0,
        created=0,
        limit=placed["limit_price"] and Decimal(placed["limit_price"]),
        stop=placed["stop_price"] and Decimal(placed["stop_price"]),
        stop_loss=Decimal(bracket[0]) if bracket else None,
        take_profit=Decimal(bracket[1]) if bracket else None,
    )


@settings(max_examples=60, deadline=None)
@given(WALKS, ASKS)
def test_in_lockstep_fills_are_those_of_a_replay(walk, asks):
    day = TradingDay(profile=LOCKSTEP)
    reports = []
    engine = MatchingEngine(reports.append, Instrument)
    price = 10.0
    for number, (move, up, down) in enumerate(walk):
        open_, price = price, round(max(1.5, price + move / 100), 2)
        high, low = max(open_, price) + up / 100, min(open_, price) - down / 100
        day.bar(open_, round(high, 2), round(low, 2), price)
        bar = Bar("AAA", day.now, open_, round(high, 2), round(low, 2), price, 1000, 60, "builtin")
        engine.on_bar(bar, day.now)
        for at_bar, kind, distance in asks:
            if at_bar != number:
                continue
            level = f"{price + distance:.2f}"
            exits = (f"{price - 0.5:.2f}", f"{price + 0.5:.2f}") if kind == "bracket" else None
            fields = {"type": "market" if kind == "bracket" else kind}
            if kind in {"limit", "stop"}:
                fields[f"{kind}_price"] = level
            if exits is not None:
                fields |= {
                    "order_class": "bracket",
                    "stop_loss": {"stop_price": exits[0]},
                    "take_profit": {"limit_price": exits[1]},
                }
            engine.place(engine_order(day.post(**fields), exits), day.now)
    mine = [(fill.ts, fill.qty * fill.side.sign, fill.price) for fill in day.account.fills]
    theirs = [(r.ts, r.last_quantity, r.last_price) for r in reports if r.last_quantity is not None]
    assert [(ts, abs(qty), price) for ts, qty, price in mine] == [
        (ts, abs(qty), price) for ts, qty, price in theirs
    ]
    day.check()


def test_what_waits_to_replace_cannot_be_cancelled_before_it_has():
    day = open_day(DELAYED)
    old = day.post(**LIMIT)
    day.wait(1)
    new = day.patch(old["id"], limit_price="4.60")
    with pytest.raises(Refusal, match="pending replace"):
        day.cancel(new["id"])
    assert day.exchange.cancel_all(day.account) == []
    day.exchange.cancel_all(day.account, at_once=True)
    day.wait(1)
    assert {day.status_of(order["id"]) for order in (old, new)} == {"canceled"}
    assert day.events(new["id"]) == ["canceled"]


def test_a_cancel_of_a_held_leg_outlives_the_fill_of_its_entry():
    day = open_day(DELAYED)
    entry = day.post(order_class="bracket", **LIMIT, **EXITS)
    day.wait(1)
    day.cancel(entry["legs"][0]["id"])
    day.quote(4.40, 4.45)
    assert day.held == 10
    day.wait(1)
    assert {day.status_of(leg["id"]) for leg in entry["legs"]} == {"canceled"}


def test_a_replace_of_a_held_leg_outlives_the_fill_of_its_entry():
    day = open_day(DELAYED)
    entry = day.post(order_class="bracket", **LIMIT, **EXITS)
    day.wait(1)
    moved = day.patch(entry["legs"][1]["id"], stop_price="4.20")
    day.quote(4.40, 4.45)
    day.wait(1)
    assert day.status_of(moved["id"]) == "new"
    day.trade(4.15)
    day.wait(1)
    assert day.status_of(moved["id"]) == "filled"
    assert day.held == 0


def test_a_notional_sale_never_sells_more_than_is_held():
    day = open_day(DELAYED)
    day.post(qty="20")
    day.wait(1)
    day.post(side="sell", qty=None, notional="99")
    day.quote(4.50, 4.51)
    day.wait(1)
    assert 0 <= day.held < 1
