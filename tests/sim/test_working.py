from decimal import Decimal
from math import isnan

from simmarkets import STEP, bar, order, trade
from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import OrderState, Purpose
from tradeplat.sim.working import Book, Bracket, Work, bar_swing, leg_of, objection, print_swing


def test_a_bar_swings_from_its_open_to_its_close_and_a_print_stands_still() -> None:
    swing = bar_swing(bar(2, 1, 4, 1, 3))
    assert (swing.opened, swing.ts, swing.high) == (STEP, 2 * STEP, 4)
    swing = print_swing(trade(7, 3.0))
    assert (swing.opened, swing.ts, swing.low, swing.high) == (7, 7, 3, 3)


def test_an_order_is_at_market_until_it_has_a_price_to_wait_for() -> None:
    assert Work(order(1), 0).at_market
    assert not Work(order(1, limit=5), 0).at_market
    stop = Work(order(1, stop=5), 0)
    assert not stop.at_market
    stop.armed = False
    assert stop.at_market
    assert isnan(Work(order(1, stop=5), 0).limit)


def test_a_moved_level_judges_earlier_swings_by_the_harder_of_the_two() -> None:
    stop = Work(order(-1, stop=95), 0)
    stop.move(Decimal(98), 10)
    assert stop.stop_level(9) == 95
    assert stop.stop_level(10) == 98
    target = Work(order(-1, limit=105), 0)
    target.move(Decimal(101), 10)
    target.move(Decimal(103), 11)
    assert target.limit_level(9) == 105
    assert target.limit_level(11) == 103
    assert target.order.limit == 103


def test_resizing_keeps_what_has_filled() -> None:
    work = Work(order(-10, limit=5), 0)
    work.left -= 4
    work.fills = 1
    work.resize(Decimal(6))
    assert (work.left, work.filled, work.order.quantity) == (2, 4, -6)
    assert work.state is OrderState.PARTIAL


def test_legs_close_what_is_held_on_the_other_side() -> None:
    group = Bracket(Work(order(10), 0))
    group.entered = Decimal(7)
    stop = leg_of(group, Purpose.STOP, Decimal(95), 3)
    target = leg_of(group, Purpose.TARGET, Decimal(105), 3)
    assert (stop.id, stop.quantity, stop.stop, stop.limit) == ("o-sl", -7, 95, None)
    assert (target.id, target.quantity, target.stop, target.limit) == ("o-tp", -7, None, 105)
    assert group.over


def test_finer_bars_supersede_the_coarse_one_they_lie_in() -> None:
    book = Book(Instrument("A"))
    prices = (1.0, 1.0, 1.0, 1.0)
    assert not book.superseded(bar(1, *prices, span=1))
    assert book.superseded(bar(1, *prices, span=60))
    assert not book.superseded(bar(2, *prices, span=60))
    assert book.superseded(bar(5, *prices, span=300))


def test_objections_name_what_is_missing() -> None:
    assert objection(order(1)) == ""
    assert objection(order(0)) == "quantity is zero"
    assert objection(order(1, limit=0)) == "limit order without a limit price"
    assert objection(order(1, stop=-1)) == "stop order without a stop price"
    assert objection(order(1, trail=0)) == "no trail given"
