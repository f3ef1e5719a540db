"""What an order would come to, before it is sent."""

from decimal import Decimal
from math import isnan, nan

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persons import Person
from tradeplat.control.orders import Enter
from tradeplat.core.errors import BadInput
from tradeplat.execution.hand import Offset, Rules
from tradeplat.visualizer import ticket
from tradeplat.visualizer.ticket import Level, Market, Stock, Terms, Unit, Written

MARKET = Market("AAPL", 98.07, 98.09, 98.08, 0.01, 2, 0.12)
TERMS = Terms(200.0, 50.0, 0.05, 0.01, 0.01)
LIMITS = {"max_quantity": 5_000.0, "max_notional": 25_000.0, "max_position": 50_000.0}
NOTHING = Stock()


def made(side=1, said=None, market=MARKET, stock=NOTHING, by=TERMS, limits=LIMITS):
    return ticket.plan(side, said or Written(), market, stock, by, limits)


@pytest.mark.parametrize(("side", "price", "stop"), [(1, 98.14, 97.15), (-1, 98.02, 99.01)])
def test_nothing_written_is_the_default_order_through_the_market(side, price, stop):
    plan = made(side)
    assert (round(plan.price, 4), plan.shares, round(plan.stop, 4)) == (price, 200.0, stop)
    assert plan.risk == pytest.approx(abs(price - stop) * 200)
    assert (plan.after, plan.why, plan.own_stop) == (side * 200, "", False)
    assert ticket.body("AAPL", Written(), plan) == {
        "symbol": "AAPL", "side": "buy" if side > 0 else "sell",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "offset", "price"),
    [(2.0, 0.05, 2.02), (98.09, 5.0, 98.29), (98.09, 0.0, 98.09), (nan, 0.05, 98.13)],
)
def test_the_offset_keeps_to_the_engines_bounds(ask, offset, price):
    plan = made(market=MARKET._replace(ask=ask), by=TERMS._replace(offset=offset))
    assert plan.price == pytest.approx(price)


@pytest.mark.parametrize(
    ("stop", "buy", "sell"),
    [
        (Level(97.74), 97.74, 99.01),  # a stop below is a buyer's: a seller has the default
        (Level(98.5), 97.15, 98.5),
        (Level(2, Unit.ATR), 97.90, 98.26),
        (Level(1, Unit.PART), 97.15, 99.01),
    ],
)
def test_a_stop_is_a_price_or_a_distance_and_counts_for_its_side(stop, buy, sell):
    said = Written(stop=stop)
    plans = made(1, said), made(-1, said)
    assert [round(one.stop, 4) for one in plans] == [buy, sell]
    own = [not stop.unit and stop.number < 98, not stop.unit and stop.number > 98]
    assert [one.own_stop for one in plans] == ([True, True] if stop.unit else own)


def test_a_target_may_be_counted_in_risk():
    plan = made(1, Written(stop=Level(97.74), target=Level(2, Unit.RISK)))
    assert plan.target == pytest.approx(98.94)
    assert isnan(made(-1, Written(target=Level(98.52))).target)
    assert made(1, Written(target=Level(98.52))).target == pytest.approx(98.52)


def test_size_by_risk_is_rounded_down_and_cut_to_the_limits():
    said = Written(stop=Level(97.90), risk=50.0)
    assert made(1, said).shares == 208.0  # 50 / 0.24 = 208.3
    cut = made(1, said._replace(risk=5_000.0))
    assert cut.shares == 254.0  # 25,000 / 98.14
    assert (cut.use.name, cut.use.part <= 1) == ("order value", True)
    assert made(1, said._replace(risk=0.1)).why.startswith("no share")


def test_the_nearest_limit_is_named_and_the_position_after_the_fill():
    stock = Stock(200.0, 300.0, buying=100.0)
    plan = made(1, Written(shares=100.0), stock=stock)
    assert (plan.after, plan.use.name) == (400.0, "position")
    assert plan.use.part == pytest.approx(500 * 98.14 / 50_000)
    assert made(1, Written(shares=400.0), stock=stock).use.part > 1
    broke = made(1, stock=Stock(power=1_000.0))
    assert broke.use.name == "buying power"


def test_against_a_position_by_hand_it_closes_at_most_what_is_held():
    stock = Stock(200.0, 200.0)
    for shares, after in ((50.0, 150.0), (900.0, 0.0), (None, 0.0)):
        plan = made(-1, Written(shares=shares, stop=Level(99.0)), stock=stock)
        assert (plan.closes, plan.after, isnan(plan.risk)) == (True, after, True)
        assert "stop" not in ticket.body("AAPL", Written(shares=shares), plan)
    assert made(1, stock=stock).after == 400.0
    # What a strategy holds is no position by hand, and no order crosses zero.
    other = made(-1, Written(shares=250.0), stock=Stock(0.0, 200.0))
    assert (other.closes, other.use.name, other.use.part) == (False, "shares held", 1.25)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"market": Market("")}, "no symbol"),
        ({"market": Market("F")}, "no price"),
        ({"by": TERMS._replace(stop=0.0)}, "no stop"),
        ({"market": MARKET._replace(atr=nan), "said": Written(stop=Level(2, Unit.ATR))}, "bars"),
        ({"said": Written(stop=Level(150, Unit.PART))}, "below nothing"),
        ({"by": TERMS._replace(size=nan)}, "no size"),
        ({"said": Written(limit=98.40)}, "0.3% through the market"),
        ({"side": -1, "said": Written(limit=97.00)}, "through the market"),
        ({"market": MARKET._replace(bid=90.0)}, "8.2% wide"),
    ],
)
def test_what_the_engine_would_refuse_is_seen_before(changes, said):
    assert said in made(**changes).why


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        (" 97.74 ", Level(97.74)),
        ("2atr", Level(2, Unit.ATR)),
        ("1.5 %", Level(1.5, Unit.PART)),
        ("$5", Level(5.0)),
    ],
)
def test_levels_are_written_as_people_write_them(text, found):
    assert ticket.level(text, "Stop") == found


@pytest.mark.parametrize(
    "text", ["x", "0", "-3", "1e999", "nan", "ATR", "%", "1_0", "98,52", "2 R"]
)
def test_what_is_no_level_is_refused_and_named(text):
    with pytest.raises(BadInput, match="Stop"):
        ticket.level(text, "Stop")
    with pytest.raises(BadInput, match="Qty"):
        ticket.written({"Qty": text})
    assert isnan(ticket.price_of(text))


def test_a_class_of_shares_has_its_own_offset():
    classes = (Offset(1.0, 3, ticks=True), Offset(5.0, 0.02), Offset(0.5, 1, ticks=True))
    by = ticket.terms(Rules(offsets=classes).told())
    for price, far in ((0.3, 0.003), (0.8, 0.008), (2.0, 0.02), (4.99, 0.02), (5.0, 0.05)):
        assert ticket.beyond(price, MARKET, by) == pytest.approx(far)


def test_terms_are_what_the_engine_tells_of():
    told = {"size": 100.0, "risk": None, "offset": 0.05, "else": 1.0}
    assert ticket.terms(told)._replace(risk=0) == Terms(100.0, 0, 0.05)


LIMITED = {"max_quantity": Decimal(150), "max_notional": Decimal(9_900)}


@pytest.mark.parametrize("limits", [{}, LIMITED])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    "said",
    [
        Written(),
        Written(shares=37.0, limit=98.004, stop=Level(97.333)),
        Written(stop=Level(98.777), target=Level(96.666)),
        Written(stop=Level(2, Unit.ATR), target=Level(2, Unit.RISK)),
        Written(risk=77.0, stop=Level(0.7, Unit.PART)),
        Written(risk=1.0, stop=Level(97.0)),
        Written(limit=98.30),
        Written(limit=97.70),
        Written(risk=5_000.0),
    ],
)
@pytest.mark.parametrize("offsets", [(), (Offset(50.0, 0.5), Offset(99.0, 3, ticks=True))])
async def test_what_is_shown_is_what_the_engine_orders(side, said, limits, offsets):
    rules = Rules(offsets=offsets)
    person = await Person(rules, **limits).armed()
    market = Market("A", 98.0, 98.02, 98.0, 0.01, 2, 0.12)
    plan = made(side, said, market, by=ticket.terms(rules.told()), limits={
        "max_quantity": 2_000.0, "max_notional": 25_000.0, "max_position": 50_000.0,
        **{name: float(limit) for name, limit in limits.items()},
    })  # fmt: skip
    body = msgspec.convert(ticket.body("A", said, plan), Enter)
    outcome = await person.does("enter", body)
    assert outcome.done == (not plan.why and plan.use.part <= 1), (plan, outcome.text)
    if outcome.done:
        (order,) = person.orders
        levels = [
            None if one is None else float(one) for one in (order.stop_loss, order.take_profit)
        ]
        shown = (plan.price, side * plan.shares, plan.stop)
        assert shown == pytest.approx((float(order.limit), float(order.quantity), levels[0]))
        assert isnan(plan.target) if levels[1] is None else levels[1] == pytest.approx(plan.target)


NUMBERS = st.floats(0.01, 1e3)


@given(
    side=st.sampled_from([1, -1]),
    said=st.builds(
        Written,
        st.none() | st.floats(1, 1e6),
        st.none() | st.floats(0.01, 1e4),
        st.none() | st.builds(Level, NUMBERS, st.sampled_from(list(Unit)[:3])),
        st.none() | st.builds(Level, NUMBERS, st.sampled_from(list(Unit))),
        st.none() | st.floats(0.01, 1e6),
    ),
    own=st.floats(-1e4, 1e4),
)
def test_whatever_can_be_sent_is_a_command_that_the_engine_takes(side, said, own):
    said = said._replace(shares=None) if said.risk else said
    plan = made(side, said, stock=Stock(own, own))
    if plan.why:
        return
    body = ticket.body("AAPL", said, plan)
    found = msgspec.json.decode(msgspec.json.encode(body), type=Enter)
    assert found.sign == side
    if not plan.closes:
        assert plan.shares > 0
        assert (plan.price - plan.stop) * side >= -1e-9
