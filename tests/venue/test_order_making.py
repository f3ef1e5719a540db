import pytest

from exchanges import CALENDAR, TradingDay, at
from tradeplat.core.calendar import Calendar
from tradeplat.venue.order_making import GTC_LIFE, NEVER, expiry, hours_of
from tradeplat.venue.order_request import read_order

LIMIT = {"symbol": "AAA", "qty": 10, "side": "buy", "type": "limit", "limit_price": "4"}


def hours(now, **given):
    return hours_of(CALENDAR, read_order(LIMIT | given), at(now))


@pytest.mark.parametrize(
    ("now", "given", "start", "end"),
    [
        ("10:00", {}, "10:00", "16:00"),
        ("08:00", {}, "09:30", "16:00"),
        ("16:00", {}, "2026-01-06T09:30", "2026-01-06T16:00"),
        ("08:00", {"extended_hours": True}, "08:00", "20:00"),
        ("02:00", {"extended_hours": True}, "04:00", "20:00"),
        ("17:00", {"extended_hours": True}, "17:00", "20:00"),
        ("08:00", {"time_in_force": "opg"}, "09:30", "09:31"),
        ("10:00", {"time_in_force": "opg"}, "2026-01-06T09:30", "2026-01-06T09:31"),
        ("10:00", {"time_in_force": "cls"}, "16:00", "16:00"),
        ("2026-01-10T12:00", {}, "2026-01-12T09:30", "2026-01-12T16:00"),
    ],
)
def test_an_order_trades_in_its_own_hours(now, given, start, end):
    found = hours(now, **given)
    assert (found.start, found.end) == (at(start), at(end))


@pytest.mark.parametrize("given", [{}, {"extended_hours": True}, {"time_in_force": "opg"}])
def test_without_a_session_there_are_no_hours(given):
    found = hours_of(Calendar([]), read_order(LIMIT | given), at("10:00"))
    assert found.start == found.end == NEVER


def test_good_till_cancelled_orders_end_after_ninety_days():
    request = read_order(LIMIT | {"time_in_force": "gtc"})
    now = at("10:00")
    assert expiry(request.tif, hours_of(CALENDAR, request, now), now) == now + GTC_LIFE


def test_the_legs_of_an_entry_close_what_it_opens():
    day = TradingDay().quote(4.99, 5.00)
    order = day.post(
        order_class="bracket",
        type="limit",
        limit_price="4",
        time_in_force="gtc",
        take_profit={"limit_price": "6"},
        stop_loss={"stop_price": "3", "limit_price": "2.9"},
    )
    target, stop = order["legs"]
    assert order["position_intent"] == "buy_to_open"
    assert {leg["position_intent"] for leg in order["legs"]} == {"sell_to_close"}
    assert (target["type"], target["limit_price"]) == ("limit", "6")
    assert (stop["type"], stop["stop_price"], stop["limit_price"]) == ("stop_limit", "3", "2.9")
    assert {leg["time_in_force"] for leg in order["legs"]} == {"gtc"}
    assert len({order["id"], target["id"], stop["id"]}) == 3
    assert order["client_order_id"] not in {target["client_order_id"], stop["client_order_id"]}
