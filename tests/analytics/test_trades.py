"""Campaigns add up to the account, whatever the fills were."""

from decimal import Decimal
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.analytics.trades import Campaigns
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import Fill, OrderState, Purpose

ENTER = Intent(Action.ENTER, 1.0, nan, 9.5, nan)


def book(campaigns, make, *fills):
    for fill in fills:
        order = make.order(0, fill.quantity, name=fill.order_id, state=OrderState.FILLED)
        campaigns.on_change(order, fill)
    return campaigns


def test_in_and_out_is_one_campaign(make):
    done = book(
        Campaigns(), make, make.fill(1, 100, "10.00", fee="1"), make.fill(5, -100, "10.50", fee="2")
    ).closed
    assert len(done) == 1
    one = done[0]
    assert (one.side, one.quantity, one.left) == (1, 100, 0)
    assert (one.entry, one.exit) == (Decimal("10.00"), Decimal("10.50"))
    assert (one.gross, one.costs, one.net) == (Decimal(50), Decimal(3), Decimal(47))
    assert one.held == 4_000_000_000
    assert isnan(one.multiple)


def test_scaling_in_and_out_stays_one_campaign(make):
    campaigns = book(
        Campaigns(),
        make,
        make.fill(1, 100, "10"),
        make.fill(2, 100, "11"),
        make.fill(3, -50, "12"),
        make.fill(4, 50, "12"),
        make.fill(5, -200, "13", why="target"),
    )
    (one,) = campaigns.closed
    assert one.quantity == 200
    assert one.entry == Decimal("10.8")
    assert one.exit == Decimal("12.8")
    assert one.net == 50 * 12 + 200 * 13 - 100 * 10 - 100 * 11 - 50 * 12
    assert (one.fills, one.exit_purpose) == (5, "target")


def test_a_reversal_closes_one_and_opens_the_next_with_costs_pro_rata(make):
    campaigns = book(
        Campaigns(),
        make,
        make.fill(1, -100, "10"),
        make.fill(2, 150, "9", fee="3"),
        make.fill(3, -50, "9.5"),
    )
    first, second = campaigns.closed
    assert (first.side, first.gross, first.costs) == (-1, 100, 2)
    assert (second.side, second.gross, second.costs) == (1, 25, 1)
    assert second.opened == make.now(2)


def test_strategies_keep_apart_in_one_symbol(make):
    campaigns = book(
        Campaigns(),
        make,
        make.fill(1, 100, "10", strategy="a"),
        make.fill(1, -100, "10", strategy="b"),
        make.fill(2, -100, "11", strategy="a"),
    )
    assert [c.strategy for c in campaigns.closed] == ["a"]
    (still,) = campaigns.ongoing({"ABC": 11.0})
    assert (still.strategy, still.net, still.left) == ("b", -100, -100)


def test_an_open_campaign_without_a_mark_is_worth_its_entry(make):
    campaigns = book(Campaigns(), make, make.fill(1, 100, "10", fee="1"))
    (still,) = campaigns.ongoing({})
    assert (still.gross, still.net, still.closed, still.held) == (0, -1, 0, 0)


def test_money_per_point_counts(make):
    campaigns = Campaigns({"ES": Decimal(50)})
    book(campaigns, make, make.fill(1, 2, "4000", symbol="ES", fee="4"))
    campaigns.on_bar(make.bar(2, 4001.0, symbol="ES", spread=1.0))
    book(campaigns, make, make.fill(3, -2, "4002.5", symbol="ES", fee="4"))
    (one,) = campaigns.closed
    assert one.net == Decimal(242)
    assert (one.worst, one.best) == (0.0, 250.0)


def test_excursions_are_judged_at_extremes_of_bars_that_began_inside(make):
    campaigns = Campaigns()
    book(campaigns, make, make.fill(10, 100, "10"))
    campaigns.on_bar(make.bar(60, 10.2, span=60, spread=3.0))  # began before: only its close
    campaigns.on_bar(make.bar(11, 10.0, spread=0.5))
    campaigns.on_bar(make.bar(12, 10.3, spread=0.1))
    campaigns.on_bar(make.bar(12, 99.0, symbol="XYZ"))
    book(campaigns, make, make.fill(13, -100, "10.45"))
    campaigns.on_bar(make.bar(14, 20.0))
    (one,) = campaigns.closed
    assert one.worst == pytest.approx(-50)
    assert one.best == pytest.approx(50)


def test_a_short_loses_at_highs(make):
    campaigns = Campaigns()
    book(campaigns, make, make.fill(1, -100, "10"))
    campaigns.on_bar(make.bar(2, 10.0, spread=1.0))
    (still,) = campaigns.ongoing({"ABC": 10.0})
    assert (still.worst, still.best) == (-100.0, 100.0)


def test_risk_is_the_way_to_the_first_stop_and_costs(make):
    campaigns = Campaigns()
    order = make.order(1, 100, stop_loss=Decimal("9.5"))
    campaigns.on_decision(ENTER, order)
    campaigns.on_change(order, make.fill(1, 100, "10", fee="1"))
    stop = make.order(2, -100, name="x", why="stop", stop=Decimal("9.9"), state=OrderState.WORKING)
    campaigns.on_change(stop, None)
    book(campaigns, make, make.fill(5, -100, "11.03", fee="1"))
    (one,) = campaigns.closed
    assert one.risk == pytest.approx(52)
    assert one.multiple == pytest.approx(101 / 52)


def test_the_stop_may_be_the_strategys_own_or_the_first_order_of_that_purpose(make):
    own = Campaigns()
    own.on_decision(ENTER, make.order(1, 100))
    book(own, make, make.fill(1, 100, "10"))
    assert own.ongoing({})[0].risk == pytest.approx(50)
    venue = Campaigns()
    book(venue, make, make.fill(1, 100, "10"))
    for price in ("9.8", "9.9"):
        stop = make.order(2, -100, name="x", why="stop", stop=Decimal(price))
        venue.on_change(stop, None)
    assert venue.ongoing({})[0].risk == pytest.approx(20)


def test_bars_are_counted_in_the_span_the_strategy_went_by(make):
    campaigns = Campaigns()
    campaigns.on_bar(make.bar(60, span=60))
    order = make.order(60, 100)
    campaigns.on_decision(ENTER, order)
    campaigns.on_bar(make.bar(61))
    campaigns.on_change(order, make.fill(61, 100, "10"))
    for second in range(62, 241):
        campaigns.on_bar(make.bar(second))
        if second % 60 == 0:
            campaigns.on_bar(make.bar(second, span=60))
    assert campaigns.ongoing({})[0].bars == 3


sizes = st.integers(-300, 300).filter(bool)
cents = st.integers(1, 100_000)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("XYZ"), sizes, cents, st.integers(0, 99)),
        max_size=40,
    ),
    st.integers(1, 5),
)
def test_equity_is_the_start_plus_every_campaign(fills, points):
    """An independent fold: cash flows and what is held, with no notion of a campaign."""
    multipliers = {"X": Decimal(points)}
    campaigns = Campaigns(multipliers)
    cash = Decimal(100_000)
    held: dict[str, int] = {}
    for number, (strategy, symbol, size, price, fee) in enumerate(fills):
        fill = Fill(
            str(number),
            symbol,
            strategy,
            number + 1,
            Decimal(size),
            Decimal(price) / 100,
            Decimal(fee) / 100,
            Purpose.ENTRY,
        )
        campaigns.on_change(_order(fill), fill)
        worth = multipliers.get(symbol, 1)
        cash -= fill.quantity * fill.price * worth + fill.fee
        held[symbol] = held.get(symbol, 0) + size
    marks = {"X": 12.34, "Y": 0.5, "Z": 400.0}
    equity = cash + sum(
        size * Decimal(repr(marks[symbol])) * multipliers.get(symbol, 1)
        for symbol, size in held.items()
    )
    made = sum((c.net for c in (*campaigns.closed, *campaigns.ongoing(marks))), Decimal(0))
    assert abs(Decimal(100_000) + made - equity) <= Decimal("1e-6")
    assert all(c.worst <= 0.0 <= c.best for c in campaigns.closed)


def _order(fill):
    from tradeplat.core.orders import Order, OrderType

    state = OrderState.FILLED
    kind, why = OrderType.MARKET, Purpose.ENTRY
    size = fill.quantity
    return Order(fill.order_id, fill.symbol, fill.strategy, size, kind, why, 0, 0, state=state)
