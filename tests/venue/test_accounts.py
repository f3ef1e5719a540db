from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.orders import Fill
from tradeplat.venue.accounts import (
    Account,
    AccountTerms,
    account_wire,
    configurations_wire,
    configure,
    find_account,
    position_wire,
)
from tradeplat.venue.assets import Asset
from tradeplat.venue.prices import Prices
from tradeplat.venue.refusals import Refusal


def account(**terms):
    return Account(account_id="id", number=1, terms=AccountTerms(**terms), opened=1)


def fill(symbol, quantity, price):
    return Fill("o", symbol, "", 1, Decimal(quantity), Decimal(price))


def marks(**prices):
    known = {symbol: Decimal(str(price)) for symbol, price in prices.items()}
    return known.get


def test_a_fresh_account_shows_its_cash_in_every_amount():
    wire = account_wire(account(), marks())
    assert wire["cash"] == wire["equity"] == wire["last_equity"] == "100000"
    assert wire["buying_power"] == "200000"
    assert wire["account_number"] == "PA0000000001"
    assert "pattern_day_trader" not in wire
    assert "daytrade_count" in account_wire(account(legacy_fields=True), marks())


@pytest.mark.parametrize(("multiplier", "power"), [(1, 100_000), (2, 200_000), (4, 400_000)])
def test_buying_power_grows_with_the_multiplier(multiplier, power):
    assert account(multiplier=multiplier).figures(marks()).buying_power == power


def test_a_long_position_uses_buying_power_and_shows_its_gain():
    one = account()
    one.book(fill("AAA", 10, 5))
    figures = one.figures(marks(AAA=5.1))
    assert figures.equity == Decimal(100_001)
    assert figures.buying_power == 2 * Decimal(100_001) - 51
    wire = position_wire(
        one,
        one.held("AAA"),
        Asset(symbol="AAA"),
        Prices(last=Decimal("5.1"), last_day=Decimal("4.9")),
    )
    assert (wire["qty"], wire["qty_available"], wire["side"]) == ("10", "10", "long")
    assert (wire["market_value"], wire["cost_basis"], wire["unrealized_pl"]) == ("51", "50", "1")
    assert (wire["unrealized_plpc"], wire["change_today"]) == ("0.02", "0.040816")


def test_a_short_position_counts_below_zero():
    one = account()
    one.book(fill("AAA", -10, 5))
    wire = account_wire(one, marks(AAA=4))
    assert (wire["cash"], wire["equity"], wire["short_market_value"]) == ("100050", "100010", "-40")
    shown = position_wire(one, one.held("AAA"), Asset(symbol="AAA"), Prices(last=Decimal(4)))
    assert (shown["side"], shown["qty"], shown["unrealized_pl"]) == ("short", "-10", "10")


def test_what_was_held_overnight_gains_from_yesterdays_close():
    one = account()
    one.book(fill("AAA", 10, 5))
    one.roll_day(marks(AAA=6))
    one.book(fill("AAA", 10, 7))
    assert one.last_equity == 100_010
    wire = position_wire(
        one, one.held("AAA"), Asset(symbol="AAA"), Prices(last=Decimal(8), last_day=Decimal(6))
    )
    assert wire["unrealized_intraday_pl"] == "30"


def test_flat_positions_are_not_listed():
    one = account()
    one.book(fill("AAA", 10, 5))
    one.book(fill("AAA", -10, 6))
    assert one.positions == {}
    assert one.figures(marks()).equity == 100_010


def test_settings_change_together_or_not_at_all():
    one = account()
    configure(one, {"no_shorting": True, "max_margin_multiplier": 1, "unknown": 5})
    assert not one.may_short
    assert one.multiplier == 1
    with pytest.raises(Refusal):
        configure(one, {"suspend_trade": True, "no_shorting": "no"})
    assert one.settings.suspend_trade is False
    assert configurations_wire(one)["max_margin_multiplier"] == "1"


@pytest.mark.parametrize(
    "body",
    [
        {"max_margin_multiplier": "3"},
        {"trade_confirm_email": "some"},
        {"max_options_trading_level": 9},
        {"suspend_trade": 1},
    ],
)
def test_a_wrong_setting_is_refused(body):
    with pytest.raises(Refusal):
        configure(account(), body)


def test_settings_known_by_name_are_taken():
    one = account(legacy_fields=True)
    configure(one, {"trade_confirm_email": "none", "max_options_trading_level": 1})
    configure(one, {"max_options_trading_level": None})
    assert "pdt_check" in configurations_wire(one)


def test_accounts_are_found_by_both_halves_of_the_key():
    one = account(key="K", secret="S")
    assert find_account([one], "K", "S") is one
    assert find_account([one], "K", "s") is None


FILLS = st.lists(
    st.tuples(
        st.sampled_from(["AAA", "BBB"]),
        st.integers(-50, 50).filter(bool),
        st.decimals("0.5", "500", places=2),
    ),
    max_size=20,
)


@given(FILLS, st.decimals("0.5", "500", places=2))
def test_equity_is_cash_plus_positions_after_any_fills(fills, price):
    one = account()
    for symbol, quantity, at in fills:
        one.book(fill(symbol, quantity, at))
    figures = one.figures(lambda _: price)
    held = sum(p.quantity * price for p in one.positions.values())
    assert figures.equity == figures.cash + held
    spent = sum(quantity * at for _, quantity, at in fills)
    assert figures.cash == 100_000 - spent
    assert figures.buying_power >= 0
