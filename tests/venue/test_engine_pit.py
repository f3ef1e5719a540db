from decimal import Decimal

import msgspec
import numpy as np
import pytest

from exchanges import EXACT, TradingDay
from tradeplat.core.market import Quote, Trade
from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.sim.options import Costs
from tradeplat.venue.engine_pit import EnginePit
from tradeplat.venue.order_book import Status, VenueOrder
from tradeplat.venue.order_request import OrderClass, Side

LIMIT = {"type": "limit", "limit_price": "4.50"}


def order(**changed):
    given = {
        "id": "o",
        "client_id": "c",
        "symbol": "AAA",
        "asset_id": "a",
        "side": Side.BUY,
        "type": OrderType.MARKET,
        "tif": TimeInForce.DAY,
        "order_class": OrderClass.SIMPLE,
        "qty": Decimal(100),
        "notional": None,
        "limit": None,
        "stop": None,
        "created": 1,
        "shares": Decimal(100),
        "status": Status.NEW,
    }
    return VenueOrder(**(given | changed))


def pit(rate=0.0, costs=None):
    profile = msgspec.structs.replace(EXACT, partial_rate=rate)
    made = EnginePit(profile, np.random.default_rng(1), costs or Costs())
    made.on_event(quote(1))
    return made


def quote(ts):
    return Quote("AAA", ts, 4.99, 500, 5.0, 500, "builtin")


def test_an_order_that_works_is_left_alone():
    here = pit()
    resting = order(type=OrderType.LIMIT, limit=Decimal("4.5"))
    assert here.place(resting, 2) == []
    assert here.place(resting, 3) == []
    here.withdraw(resting, 4)
    here.withdraw(resting, 4)
    assert here.on_event(Trade("AAA", 5, 4.4, 10, "builtin")) == []
    here.place(resting, 6)
    (outcome,) = here.on_event(Trade("AAA", 7, 4.4, 10, "builtin"))
    assert (outcome.order_id, outcome.execution.qty) == ("o", 100)


def test_a_cut_fill_leaves_the_rest_to_be_placed_again():
    here = pit(rate=1.0)
    mine = order()
    (first,) = here.place(mine, 2)
    assert 0 < first.execution.qty < 100
    mine.filled = first.execution.qty
    (second,) = here.place(mine, 3)
    assert 0 < second.execution.qty <= 100 - first.execution.qty


def test_an_immediate_order_does_not_wait_for_the_rest():
    here = pit(rate=1.0)
    first, second = here.place(order(tif=TimeInForce.IOC), 2)
    assert first.execution is not None
    assert second.over


def test_all_or_nothing_is_never_cut():
    (only,) = pit(rate=1.0).place(order(tif=TimeInForce.FOK), 2)
    assert only.execution.qty == 100


def test_costs_come_with_the_execution():
    (only,) = pit(costs=Costs(commission=0.01)).place(order(), 2)
    assert only.execution.fee == 1


@pytest.mark.parametrize(
    ("kind", "prices"),
    [
        (OrderType.STOP, {"stop": Decimal("5.2")}),
        (OrderType.STOP_LIMIT, {"stop": Decimal("5.2"), "limit": Decimal("5.4")}),
        (OrderType.TRAILING_STOP, {"trail_price": Decimal(1), "hwm": Decimal(5)}),
    ],
)
def test_the_rest_of_a_triggered_stop_waits_for_no_second_trigger(kind, prices):
    here = pit()
    (outcome,) = here.place(order(type=kind, filled=Decimal(40), **prices), 2)
    assert outcome.execution.qty == 60


def test_a_trailing_stop_without_any_price_waits_for_the_first():
    here = EnginePit(EXACT, np.random.default_rng(1))
    mine = order(
        type=OrderType.TRAILING_STOP,
        side=Side.SELL,
        opening=False,
        trail_percent=Decimal(10),
    )
    here.place(mine, 1)
    here.on_event(Trade("AAA", 2, 10.0, 10, "builtin"))
    assert (mine.hwm, mine.stop) == (10, 9)
    here.on_event(Trade("AAA", 3, 12.0, 10, "builtin"))
    assert mine.stop == Decimal("10.8")
    (outcome,) = here.on_event(Trade("AAA", 4, 10.7, 10, "builtin"))
    assert outcome.execution.qty == 100


def test_a_short_side_trail_follows_downwards():
    day = TradingDay().quote(4.99, 5.00)
    day.post(side="sell")
    placed = day.post(type="trailing_stop", trail_price="0.50", time_in_force="gtc")
    day.wait(1).trade(4.0)
    shown = day.order(placed["id"])
    assert (shown.hwm, shown.stop) == (4, Decimal("4.5"))
    day.until("2026-01-06T09:31").trade(4.6)
    assert day.status_of(placed["id"]) == "filled"


def test_a_bracket_kept_overnight_still_protects():
    day = TradingDay().quote(4.99, 5.00)
    placed = day.post(
        order_class="bracket",
        time_in_force="gtc",
        take_profit={"limit_price": "6"},
        stop_loss={"stop_price": "4"},
    )
    target, stop = (leg["id"] for leg in placed["legs"])
    day.until("18:00").trade(3.0)
    assert day.status_of(stop) == "new"
    day.until("2026-01-06T09:30:01").trade(3.9)
    assert day.status_of(stop) == "filled"
    assert day.status_of(target) == "canceled"
    assert day.held == 0
