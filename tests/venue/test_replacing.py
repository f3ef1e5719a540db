from decimal import Decimal

import pytest

from exchanges import TradingDay
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.replacing import Change, changed_order, read_change

LIMIT = {"type": "limit", "limit_price": "4.50"}


def day(**given):
    return TradingDay(**given).quote(4.99, 5.00)


def test_numbers_and_strings_are_read_alike():
    assert read_change({"qty": 20, "limit_price": Decimal("4.6")}, 48) == read_change(
        {"qty": "20", "limit_price": "4.60"}, 48
    )
    assert read_change({}, 48) == Change()


@pytest.mark.parametrize(
    ("order", "change", "status", "words"),
    [
        (LIMIT, {}, 403, "not changed"),
        (LIMIT, {"limit_price": "4.5", "qty": "10"}, 403, "not changed"),
        (LIMIT, {"limit_price": "4.501"}, 422, "sub-penny"),
        (LIMIT, {"stop_price": "4"}, 422, "no stop_price"),
        (LIMIT, {"trail": "1"}, 422, "no trail"),
        (LIMIT, {"qty": "0"}, 422, "qty must be > 0"),
        (LIMIT, {"qty": "1.5"}, 422, "whole number"),
        (LIMIT, {"time_in_force": "never"}, 422, "time_in_force"),
        (LIMIT, {"qty": "90000"}, 403, "insufficient buying power"),
        ({"type": "stop", "stop_price": "6"}, {"limit_price": "5"}, 422, "no limit_price"),
        ({"type": "trailing_stop", "trail_percent": "5"}, {"trail": "100"}, 422, "below 100"),
        ({"type": "limit", "limit_price": "4.5", "qty": "1.5"}, {"qty": "2"}, 422, "fractional"),
        (
            LIMIT | {"extended_hours": True},
            {"time_in_force": "gtc"},
            422,
            "DAY limit",
        ),
    ],
)
def test_what_may_not_be_changed_is_refused(order, change, status, words):
    here = day()
    placed = here.post(**order)
    with pytest.raises(Refusal) as caught:
        here.patch(placed["id"], **change)
    assert caught.value.status == status
    assert words in caught.value.message
    assert here.status_of(placed["id"]) == "new"


def test_a_used_client_id_is_refused():
    here = day()
    placed = here.post(client_order_id="one", **LIMIT)
    with pytest.raises(Refusal, match="must be unique"):
        here.patch(placed["id"], limit_price="4.6", client_order_id="one")


def test_the_quantity_of_a_leg_cannot_be_replaced():
    here = day()
    placed = here.post(
        order_class="bracket",
        take_profit={"limit_price": "6"},
        stop_loss={"stop_price": "4"},
        **LIMIT,
    )
    with pytest.raises(Refusal, match="leg"):
        here.patch(placed["legs"][0]["id"], qty="5")
    with pytest.raises(Refusal, match="DAY or GTC"):
        here.patch(placed["id"], time_in_force="ioc")


def test_a_trail_is_replaced_in_its_own_unit():
    here = day()
    by_price = here.post(type="trailing_stop", trail_price="1")
    by_percent = here.post(type="trailing_stop", trail_percent="5")
    assert here.patch(by_price["id"], trail="2")["trail_price"] == "2"
    assert here.patch(by_percent["id"], trail="6")["trail_percent"] == "6"


def test_a_cheaper_order_needs_no_more_buying_power():
    here = day(terms=AccountTerms(cash=Decimal(45), multiplier=1))
    placed = here.post(**LIMIT)
    with pytest.raises(Refusal, match="insufficient buying power"):
        here.patch(placed["id"], limit_price="4.60")
    moved = here.patch(placed["id"], limit_price="4.40")
    assert here.account.figures(here.exchange.board.mark).reserved == 44
    assert here.status_of(moved["id"]) == "new"


def test_a_larger_exit_than_the_position_is_refused():
    here = day()
    here.post()
    placed = here.post(side="sell", type="limit", limit_price="6")
    with pytest.raises(Refusal, match="insufficient qty available"):
        here.patch(placed["id"], qty="11")
    assert here.patch(placed["id"], qty="9")["qty"] == "9"


def test_the_copy_starts_with_nothing_filled():
    here = day()
    order = here.order(here.post(**LIMIT)["id"])
    order.filled, order.average = Decimal(4), Decimal(5)
    made = changed_order(order, Change(limit=Decimal("4.7")))
    assert (made.filled, made.average, made.shares) == (0, None, 10)
    assert (made.limit, made.replaces, made.unit_value) == (
        Decimal("4.7"),
        order.id,
        Decimal("4.7"),
    )


def test_a_gtc_change_moves_the_expiry():
    here = day()
    placed = here.post(**LIMIT)
    moved = here.patch(placed["id"], time_in_force="gtc")
    here.until("16:00:01")
    assert here.status_of(moved["id"]) == "new"
