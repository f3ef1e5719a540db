from decimal import Decimal

import msgspec
import pytest

from tradeplat.core.orders import Fill, OrderType
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.assets import Asset
from tradeplat.venue.order_book import Status, VenueOrder
from tradeplat.venue.order_checks import Case, check_exit_prices, check_order, shares, unit_value
from tradeplat.venue.order_request import OrderClass, Side, read_order
from tradeplat.venue.prices import NO_PRICES, Prices
from tradeplat.venue.profile import LOCKSTEP, PAPER
from tradeplat.venue.refusals import Refusal

PRICES = Prices(bid=Decimal("4.99"), ask=Decimal("5.00"), last=Decimal("4.99"))
BUY = {"symbol": "AAA", "qty": 10, "side": "buy"}
SELL = BUY | {"side": "sell"}
LIMIT = {"type": "limit", "limit_price": "5"}
EXITS = {"take_profit": {"limit_price": "6"}, "stop_loss": {"stop_price": "4"}}
BRACKET = BUY | LIMIT | EXITS | {"order_class": "bracket"}


def account(held=0, **terms):
    made = Account(account_id="id", number=1, terms=AccountTerms(**terms), opened=1)
    if held:
        made.book(Fill("o", "AAA", "", 1, Decimal(held), Decimal(5)))
    return made


def case(body, one=None, asset=None, prices=PRICES, profile=PAPER):
    one = one or account()
    figures = one.figures(lambda _: prices.last)
    return Case(read_order(body), one, asset or Asset(symbol="AAA"), prices, figures, profile)


def resting(one, side, kind=OrderType.LIMIT, **changed):
    order = VenueOrder(
        id=f"r{len(one.orders)}",
        client_id=f"cr{len(one.orders)}",
        symbol="AAA",
        asset_id="x",
        side=side,
        type=kind,
        tif="day",
        order_class=OrderClass.SIMPLE,
        qty=Decimal(10),
        notional=None,
        limit=Decimal("5.50") if kind is OrderType.LIMIT else None,
        stop=None,
        created=1,
        shares=Decimal(10),
        status=Status.NEW,
    )
    for key, value in changed.items():
        setattr(order, key, value)
    one.orders.add(order)
    return order


def refused(*given, **named):
    with pytest.raises(Refusal) as caught:
        check_order(case(*given, **named))
    return caught.value


def test_a_sound_order_passes():
    check_order(case(BUY))
    check_order(case(SELL))
    check_order(case(BRACKET))
    check_order(case(SELL, account(10)))


def test_more_than_the_buying_power_is_refused_with_both_amounts():
    refusal = refused(BUY | LIMIT | {"qty": 50_000})
    assert (refusal.status, refusal.code) == (403, 40310000)
    assert refusal.message == "insufficient buying power"
    assert refusal.extra == {"buying_power": "200000", "cost_basis": "250000"}


def test_orders_are_valued_at_limit_or_above_the_market():
    assert unit_value(case(BUY | LIMIT)) == 5
    assert unit_value(case(BUY)) == Decimal("5.15")
    assert unit_value(case(SELL | LIMIT)) == Decimal("5.15")
    assert unit_value(case(SELL | {"type": "limit", "limit_price": "6"})) == 6
    assert unit_value(case(BUY, prices=NO_PRICES)) == 0


def test_a_notional_order_is_sized_by_what_it_would_take():
    notional = {"symbol": "AAA", "notional": "100", "side": "buy"}
    assert shares(case(notional)) == 20
    assert unit_value(case(notional)) == 5
    assert "no price" in refused(notional, prices=NO_PRICES).message


def test_selling_more_than_is_free_names_all_the_quantities():
    one = account(20)
    held = resting(one, Side.SELL, opening=False)
    refusal = refused(SELL | {"qty": 23}, one)
    assert refusal.status == 403
    assert refusal.message == (
        "insufficient qty available for order (requested: 23, available: 10)"
    )
    assert refusal.extra == {
        "symbol": "AAA",
        "existing_qty": "20",
        "held_for_orders": "10",
        "available": "10",
        "related_orders": [held.id],
    }


def test_a_used_client_id_is_refused_for_life():
    one = account()
    resting(one, Side.BUY, client_id="c1", status=Status.CANCELED)
    refusal = refused(BUY | {"client_order_id": "c1"}, one)
    assert (refusal.status, refusal.code) == (422, 40010001)
    assert refusal.message == "client_order_id must be unique"


@pytest.mark.parametrize(
    ("kind", "mine", "cross"),
    [
        (OrderType.MARKET, LIMIT, True),
        (OrderType.STOP, LIMIT, True),
        (OrderType.LIMIT, {"type": "limit", "limit_price": "5.50"}, True),
        (OrderType.LIMIT, {"type": "limit", "limit_price": "5.49"}, False),
        (OrderType.LIMIT, {"type": "stop", "stop_price": "5.20"}, True),
        (OrderType.LIMIT, {}, False),
    ],
)
def test_trading_with_oneself_is_refused(kind, mine, cross):
    one = account(10)
    other = resting(one, Side.SELL, kind, opening=False)
    if not cross:
        check_order(case(BUY | mine, one))
        return
    refusal = refused(BUY | mine, one)
    assert refusal.message == "potential wash trade detected. use complex orders"
    assert refusal.extra["existing_order_id"] == other.id
    check_order(case(BUY | mine, one, profile=LOCKSTEP))


def test_waiting_legs_are_no_orders_to_trade_with():
    one = account()
    resting(one, Side.SELL, OrderType.STOP, waiting=True, opening=False)
    check_order(case(BUY, one))


def test_long_and_short_entries_exclude_one_another():
    one = account()
    resting(one, Side.SELL)
    assert refused(BUY | LIMIT, one).message.startswith("cannot open a long buy while a short sell")


@pytest.mark.parametrize("change", [{"shortable": False}, {"easy_to_borrow": False}])
def test_what_cannot_be_borrowed_is_not_sold_short(change):
    refusal = refused(SELL, asset=Asset(symbol="AAA", **change))
    assert (refusal.status, refusal.code) == (422, 42210000)
    assert refusal.message == 'asset "AAA" cannot be sold short'


def test_an_account_without_leverage_sells_nothing_short():
    assert refused(SELL, account(multiplier=1)).status == 403


@pytest.mark.parametrize(
    ("body", "asset", "words"),
    [
        (BUY, Asset(symbol="AAA", tradable=False), "not tradable"),
        (BUY | {"qty": "1.5"}, Asset(symbol="AAA", fractionable=False), "not fractionable"),
        (
            BUY | LIMIT | {"qty": "1.5", "extended_hours": True},
            Asset(symbol="AAA"),
            "not allowed in extended hours",
        ),
        (SELL | {"qty": "1.5"}, Asset(symbol="AAA"), "cannot be sold short"),
        (SELL | {"position_intent": "sell_to_close"}, Asset(symbol="AAA"), "does not match"),
        (
            SELL | LIMIT | EXITS | {"order_class": "oco"},
            Asset(symbol="AAA"),
            "oco orders must be exit orders",
        ),
    ],
)
def test_what_the_asset_or_position_does_not_allow_is_422(body, asset, words):
    refusal = refused(body, asset=asset)
    assert (refusal.status, refusal.code) == (422, 42210000)
    assert words in refusal.message


def test_fractions_may_be_switched_on_outside_regular_hours():
    body = BUY | LIMIT | {"qty": "1.5", "extended_hours": True}
    check_order(case(body, profile=msgspec.structs.replace(PAPER, fractional_extended=True)))
    check_order(case(body, asset=Asset(symbol="AAA", fractional_extended=True)))


def test_a_bracket_must_be_an_entry():
    assert refused(SELL | LIMIT | EXITS | {"order_class": "bracket"}, account(20)).message == (
        "bracket orders must be entry orders"
    )


def test_a_suspended_account_places_nothing():
    one = account()
    one.settings.suspend_trade = True
    assert refused(BUY, one).status == 403


@pytest.mark.parametrize(
    ("side", "target", "stop", "base", "words"),
    [
        (Side.BUY, "4", "4.5", "5", "must be higher than"),
        (Side.BUY, "6", "5", "5", "<= base_price - 0.01"),
        (Side.BUY, None, "4.995", "5", "<= base_price - 0.01"),
        (Side.SELL, "6", "5.5", "5", "must be lower than"),
        (Side.SELL, "4", "5", "5", ">= base_price + 0.01"),
    ],
)
def test_exits_lie_on_their_side_of_the_entry(side, target, stop, base, words):
    with pytest.raises(Refusal, match=r"base|take_profit") as caught:
        check_exit_prices(side, target and Decimal(target), Decimal(stop), Decimal(base))
    assert words in caught.value.message
    assert caught.value.extra["base_price"] == base


def test_exits_a_cent_from_the_entry_pass():
    check_exit_prices(Side.BUY, Decimal(6), Decimal("4.99"), Decimal(5))
    check_exit_prices(Side.SELL, Decimal(4), Decimal("5.01"), Decimal(5))
    check_exit_prices(Side.BUY, Decimal(6), Decimal(4), None)
