"""What the venue is asked to hold: as much as is held, once, and what it already has left alone."""

from decimal import Decimal
from math import nan

from msgspec.structs import replace

from covers import Covered, enter, protect
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.journal import Correction
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report
from worlds import DAY

REGULAR = DAY.open + 100 * SECOND
PRE = DAY.pre_open + 100 * SECOND


def test_a_bracket_that_covers_all_is_left_to_itself() -> None:
    world = Covered()
    ts = world.hold(REGULAR, stop=97.0, target=105.0)
    ids = [order.id for order in world.legs]
    for second in range(1, 30):
        world.bar(ts + second * SECOND)
    assert [order.id for order in world.legs] == ids


def test_legs_that_never_show_are_replaced_after_three_seconds() -> None:
    """A venue that took the bracket and made no legs of it."""
    world = Covered(prompt=True)
    place = world.broker.engine.place

    def legless(order: Order, now: int) -> None:
        place(_without_legs(order), now)

    world.broker.engine.place = legless
    ts = world.hold(REGULAR, stop=97.0)
    world.guard.look(ts + SECOND)
    assert world.legs == []
    world.guard.look(ts + 3 * SECOND)
    assert world.stops == [(97, -100)]


def test_a_stop_too_large_is_withdrawn_and_placed_anew() -> None:
    world = Covered()
    ts = world.hold(PRE, stop=97.0)
    world.bar(DAY.open + SECOND)
    (stop,) = world.legs
    ts = DAY.open + 2 * SECOND
    sold = _external(stop, "x", ts, 40)
    world.book.register(sold)
    world.heard(Report("x", "A", OrderState.FILLED, ts, sold.quantity.copy_abs(), stop.stop), ts)
    assert world.held == 60
    for second in range(1, 6):
        world.bar(ts + second * SECOND)
    assert world.stops == [(97, -60)]


def test_one_stop_covers_what_two_entries_have_bought() -> None:
    world = Covered()
    ts = world.hold(PRE, stop=97.0)
    world.wish(ts + SECOND, enter(1.0, 100.5, 98.0, nan))
    world.bar(ts + 2 * SECOND)
    assert world.held == 200
    world.bar(DAY.open + SECOND)
    assert world.stops == [(98, -200)]


def test_an_exit_that_an_earlier_process_sent_is_waited_for_while_it_may_still_arrive() -> None:
    """A stop beside it would sell the position twice."""
    world = Covered()
    world.hold(PRE, stop=97.0)
    sent = Order(
        "tp1-260105-0123456789abcd-0-sl-30000",
        "A",
        "s",
        -world.held,
        OrderType.MARKET,
        Purpose.STOP,
        PRE,
        PRE,
    )
    world.book.register(sent)
    world.book.move(sent.id, OrderState.SENDING)
    world.book.move(sent.id, OrderState.UNKNOWN)
    for second in range(1, 8):
        world.bar(DAY.open + second * SECOND)
    assert world.stops == []
    ts = DAY.open + 8 * SECOND
    world.floor.on_move(sent.id, OrderState.NOT_PLACED, "nobody knows it", ts)
    world.bar(ts + 4 * SECOND)
    assert world.stops == [(97, -100)]


def test_nothing_is_sent_against_a_condition_that_forbids_it() -> None:
    world = Covered()
    ts = world.hold(PRE, stop=97.0)
    killed = Condition("operator", "", Mode.KILLED, "KILLED", "a test", "me", ts)
    world.floor.on_condition(killed, ts)
    world.bar(ts + SECOND, 96.0)
    assert world.legs == []
    lifted = Condition("operator", "", Mode.NORMAL)
    world.floor.on_condition(lifted, ts + SECOND)
    world.bar(ts + 3 * SECOND, 96.0)
    world.bar(ts + 4 * SECOND, 96.0)
    assert world.held == 0


def test_a_level_wanted_before_the_fill_is_the_level_of_the_leg() -> None:
    world = Covered()
    world.strategy.next = enter(1.0, 99.0, 95.0, nan)
    world.bar(REGULAR)
    world.wish(REGULAR + SECOND, protect(stop=96.0))
    for second in range(2, 6):
        world.bar(REGULAR + second * SECOND, 98.9)
    assert world.held == 100
    assert world.stops == [(96, -100)]


def _without_legs(order: Order) -> Order:

    return replace(order, stop_loss=None, take_profit=None)


def _external(stop: Order, order_id: str, now: int, quantity: int) -> Order:
    return Order(
        order_id, "A", "s", stop.quantity * quantity / 100, OrderType.MARKET, Purpose.ENTRY, 1, now
    )


def test_what_replaces_a_leg_is_waited_for_and_its_id_never_given_to_another() -> None:
    world = Covered(prompt=True)
    ts = world.hold(REGULAR, stop=97.0)
    (leg,) = world.legs
    world.heard(Report(leg.id, "A", OrderState.REPLACED, ts), ts)
    for second in range(1, 15):
        world.guard.look(ts + second * SECOND)
        assert world.legs == []
    heir = replace(leg, id=f"{leg.id}-1", stop=leg.stop)
    world.heard(Report(heir.id, "A", OrderState.WORKING, ts, order=heir), ts + 15 * SECOND)
    world.guard.look(ts + 16 * SECOND)
    assert [order.id for order in world.legs] == [heir.id]
    world.heard(Report(heir.id, "A", OrderState.CANCELED, ts), ts + 17 * SECOND)
    world.guard.look(ts + 21 * SECOND)
    (ours,) = world.legs
    assert ours.id == f"{leg.id}-10000"


def test_no_stop_is_placed_before_the_account_was_held_against_the_brokers() -> None:
    """After a restart the venue may have one that nobody here knows of yet."""
    world = Covered(prompt=True)
    ts = world.hold(REGULAR)
    locked = Condition("reconcile", "", Mode.REDUCE_ONLY, "NOT_RECONCILED", "a start", "us", ts)
    world.floor.on_condition(locked, ts)
    world.wish(ts + SECOND, protect(stop=98.0))
    for second in range(2, 20):
        world.bar(ts + second * SECOND)
    assert world.legs == []
    world.floor.on_condition(Condition("reconcile", "", Mode.NORMAL), ts + 20 * SECOND)
    world.guard.look(ts + 21 * SECOND)
    assert world.stops == [(98, -100)]


def test_what_the_venue_made_smaller_is_not_made_up_for_before_the_reason_is_heard() -> None:
    """A target fills while the stop is moved: the smaller stop is heard of first (plain 9195)."""
    world = Covered(prompt=True)
    world.hold(REGULAR, stop=97.0, target=105.0)
    stop, target = sorted(world.legs, key=lambda order: order.purpose)
    ts = REGULAR + 60 * SECOND
    world.floor.on_move(stop.id, OrderState.REPLACE_PENDING, "", ts)
    heir = replace(stop, id=f"{stop.id}-1", quantity=Decimal(-30), stop=Decimal(98))
    world.heard(Report(heir.id, "A", OrderState.WORKING, ts, order=heir), ts)
    shrunk = replace(stop, quantity=Decimal(-30))
    world.heard(Report(stop.id, "A", OrderState.REPLACE_PENDING, ts, order=shrunk), ts)
    assert {order.id for order in world.legs} == {stop.id, heir.id, target.id}
    world.guard.look(ts + SECOND)
    told = Report(target.id, "A", OrderState.PARTIAL, ts, Decimal(70), Decimal(105))
    world.heard(told, ts + SECOND)
    world.heard(Report(stop.id, "A", OrderState.REPLACED, ts), ts + SECOND)
    for second in range(2, 10):
        world.guard.look(ts + second * SECOND)
    assert world.held == 30
    assert world.stops == [(98, -30)]
    assert {order.id for order in world.legs} == {heir.id, target.id}


def test_what_the_venue_made_smaller_for_no_reason_is_made_up_for_after_three_seconds() -> None:
    world = Covered(prompt=True)
    world.hold(REGULAR, stop=97.0)
    (stop,) = world.legs
    ts = REGULAR + 60 * SECOND
    shrunk = replace(stop, quantity=Decimal(-30))
    world.heard(Report(stop.id, "A", OrderState.WORKING, ts, order=shrunk), ts)
    world.guard.look(ts + 2 * SECOND)
    assert world.stops == [(97, -30)]
    world.guard.look(ts + 3 * SECOND)
    assert world.stops == [(97, -30), (97, -70)]


def test_a_stop_kept_back_as_too_large_is_placed_anew_at_once_for_what_is_left() -> None:
    world = Covered(prompt=True)
    alarms: list[str] = []
    world.guard.alarm = lambda code, _: alarms.append(code)
    ts = world.hold(REGULAR)
    sent: list[Order] = []
    world.broker.accept = sent.append
    world.wish(ts + SECOND, protect(stop=98.0))
    (stop,) = sent
    assert stop.quantity == -100
    now = ts + 2 * SECOND
    sold = _external(stop, "x", now, 40)
    world.book.register(sold)
    world.heard(Report("x", "A", OrderState.FILLED, now, Decimal(40), Decimal(100)), now)
    assert world.held == 60
    world.floor.on_move(stop.id, OrderState.ABANDONED, "REDUCE_ONLY_QTY: Refused", now)
    assert [order.quantity for order in sent] == [-100, -60]
    assert sent[-1].id != stop.id
    assert alarms == []
    # Were it too large for another reason, it would not be tried again and again.
    world.house.book.correct(Correction("A", "s", Decimal(-10), Decimal(100)))
    world.floor.on_move(sent[-1].id, OrderState.ABANDONED, "REDUCE_ONLY_QTY: Refused", now)
    assert (len(sent), alarms) == (2, ["protection_refused"])
    world.guard.look(now + SECOND)
    assert [order.quantity for order in sent] == [-100, -60, -50]
