"""A position is covered at every hour, by the venue or by us and never by both."""

from decimal import Decimal
from math import isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from covers import NEXT, Covered, enter, leave, protect
from tradeplat.core.cover import GUARDED, PROTECT, Levels
from tradeplat.core.ids import client_order_id, is_ours
from tradeplat.core.journal import Correction, Holding, Kind
from tradeplat.core.market import SECOND, Status
from tradeplat.core.orders import (
    Asked,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Report,
    TimeInForce,
)
from tradeplat.core.position import Position
from tradeplat.core.record import Restored
from tradeplat.desk.covering import CHAIN
from worlds import DAY

PRE = DAY.pre_open + 100 * SECOND
REGULAR = DAY.open + 100 * SECOND
MINUTE = 60 * SECOND


@pytest.fixture(params=[False, True], ids=["at facts", "at once"])
def world(request: pytest.FixtureRequest) -> Covered:
    return Covered(prompt=request.param)


def test_before_the_open_the_levels_are_armed_and_shown(world: Covered) -> None:
    world.hold(PRE, stop=97.0, target=105.0)
    assert world.legs == []
    assert world.shown() == (97.0, 105.0)


def test_an_armed_stop_that_is_hit_sells_through_the_market(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0)
    world.bar(ts + SECOND, 97.5)
    assert world.held == 100
    world.bar(ts + 2 * SECOND, 96.9)
    (order,) = world.legs
    assert (order.type, order.extended, order.quantity) == (OrderType.LIMIT, True, -100)
    assert order.purpose is Purpose.STOP
    world.bar(ts + 3 * SECOND, 96.8)
    assert world.held == 0
    world.bar(ts + 4 * SECOND, 96.8)
    assert world.legs == []
    assert not world.house.guarded


def test_a_fact_that_began_before_the_fill_hits_nothing(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0)
    world.bar(ts + 30 * SECOND, 99.0, low=90.0, span=60)
    world.bar(ts + 31 * SECOND, 99.0)
    assert world.legs == []
    assert world.held == 100


def test_an_exit_that_does_not_fill_is_repeated_further_out(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0)
    world.broker.engine.on_status(Status("A", ts, False, "H", "t"), ts)  # the venue alone: no fills
    world.quote(ts + SECOND, 96.9)
    limits = []
    for second in range(2, 40):
        world.quote(ts + second * SECOND, 96.9)
        limits += [o.limit for o in world.legs if o.limit not in limits]
    assert limits == sorted(limits, reverse=True)
    assert len(limits) > 2
    assert min(limits) >= 87.2


def test_an_armed_target_is_taken_and_one_missed_is_armed_anew(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0, target=105.0)
    world.bar(ts + SECOND, 105.2)
    (order,) = world.legs
    assert (order.purpose, order.limit, order.extended) == (Purpose.TARGET, 105, True)
    for second in range(2, 12):
        world.bar(ts + second * SECOND, 103.0)
    assert world.legs == []
    assert world.held == 100
    world.bar(ts + 20 * SECOND, 105.1)
    world.bar(ts + 21 * SECOND, 105.3)
    assert world.held == 0
    assert world.fills[-1].price >= 105


def test_at_the_open_the_venue_takes_the_stop_and_gives_it_back_at_the_close(
    world: Covered,
) -> None:
    world.hold(PRE, stop=97.0, target=105.0)
    world.bar(DAY.open + SECOND)
    assert world.stops == [(97, -100)]
    world.bar(DAY.close - SECOND)
    assert world.stops == [(97, -100)]
    world.bar(DAY.close)
    world.bar(DAY.close + SECOND)
    assert world.legs == []
    assert world.shown() == (97.0, 105.0)
    world.bar(DAY.close + 2 * SECOND, 96.0)
    world.bar(DAY.close + 3 * SECOND, 95.9)
    assert world.held == 0


@pytest.mark.parametrize(("ask", "held"), [(100.02, 100), (100.9, 0)])
def test_an_entry_at_once_fills_or_is_gone_and_gets_a_stop_of_our_own(
    world: Covered, ask: float, held: int
) -> None:
    world.quote(REGULAR, ask - 0.02, ask)
    wish = enter(1.0, 100.5, 97.0, 105.0)
    order = world.desk.command(wish, REGULAR, Asked("s", Decimal(100), at_once=True))
    assert (order.tif, order.legged) == (TimeInForce.IOC, False)
    world.bar(REGULAR + SECOND, ask)
    assert world.held == held
    assert world.book.order(order.id).state is not OrderState.WORKING
    world.bar(REGULAR + 2 * SECOND, ask)
    assert world.stops == ([(97, -100)] if held else [])
    assert world.house.guarded == ({"A"} if held else set())
    if held:
        assert world.shown() == (97.0, 105.0)
        world.bar(REGULAR + 3 * SECOND, 96.5)
        world.bar(REGULAR + 4 * SECOND, 96.5)
        assert (world.held, world.legs) == (0, [])


def test_a_bracket_of_regular_hours_is_kept_after_the_close_and_placed_anew_next_day(
    world: Covered,
) -> None:
    world.hold(REGULAR, stop=97.0, target=105.0)
    assert len(world.legs) == 2
    world.bar(DAY.close)
    world.bar(DAY.close + SECOND)
    assert world.legs == []
    assert world.shown() == (97.0, 105.0)
    world.bar(NEXT.pre_open + SECOND)
    assert world.legs == []
    world.bar(NEXT.open + SECOND)
    assert world.stops == [(97, -100)]


def test_in_regular_hours_the_target_beside_a_stop_of_ours_is_armed(world: Covered) -> None:
    world.hold(PRE, stop=97.0, target=105.0)
    world.bar(DAY.open + SECOND)
    for second in range(2, 8):
        world.bar(DAY.open + second * SECOND, 105.5)
    assert world.held == 0
    assert world.fills[-1].purpose is Purpose.TARGET
    assert world.legs == []


def test_a_stop_added_by_protect_is_placed_where_the_entry_had_none(world: Covered) -> None:
    ts = world.hold(REGULAR)
    world.wish(ts + SECOND, protect(stop=98.0))
    world.bar(ts + 2 * SECOND)
    assert world.stops == [(98, -100)]
    world.wish(ts + 3 * SECOND, protect(stop=98.5))
    world.bar(ts + 4 * SECOND)
    assert world.stops == [(98.5, -100)]


def test_a_stop_added_beside_a_lone_target_takes_its_place(world: Covered) -> None:
    ts = world.hold(REGULAR, target=105.0)
    world.wish(ts + SECOND, protect(stop=98.0))
    for second in range(2, 5):
        world.bar(ts + second * SECOND)
    assert world.stops == [(98, -100)]
    assert world.shown() == (98.0, 105.0)


def test_protect_moves_armed_levels(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0)
    world.wish(ts + SECOND, protect(stop=99.0))
    assert world.shown()[0] == 99.0
    world.bar(ts + 2 * SECOND, 98.5)
    world.bar(ts + 3 * SECOND, 98.5)
    assert world.held == 0


def test_an_exit_that_lapses_leaves_the_position_covered(world: Covered) -> None:
    ts = world.hold(REGULAR, stop=97.0, target=105.0)
    world.wish(ts + SECOND, leave(limit=104.0))
    assert world.legs == []
    for second in range(2, 20):
        world.bar(ts + second * SECOND)
    assert world.held == 100
    assert world.stops == [(97, -100)]


def test_an_exit_that_fills_in_part_leaves_the_rest_covered() -> None:
    world = Covered(cap=0.03)
    world.strategy.next = enter(1.0, nan, 97.0, nan)
    for second in range(8):
        world.bar(REGULAR + second * SECOND)
    assert world.held == 100
    ts = REGULAR + 8 * SECOND
    world.wish(ts, leave(limit=99.99))
    world.bar(ts + SECOND)
    for second in range(2, 25):
        world.bar(ts + second * SECOND, 98.0)
    assert world.held == 70
    assert world.stops == [(97, -70)]


def test_a_stop_that_is_hit_does_not_wait_for_an_exit_that_rests_above_it(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0)
    world.wish(ts + SECOND, leave(limit=104.0))
    for second in range(2, 6):
        world.bar(ts + second * SECOND, 96.5)
    assert world.held == 0


def test_a_level_the_price_has_passed_is_left_at_once(world: Covered) -> None:
    ts = world.hold(REGULAR)
    world.wish(ts + SECOND, protect(stop=101.0))
    for second in range(2, 5):
        world.bar(ts + second * SECOND)
    assert world.held == 0


def test_a_stop_the_venue_refuses_becomes_an_exit(world: Covered) -> None:
    alarms: list[str] = []
    world.guard.alarm = lambda code, _: alarms.append(code)
    ts = world.hold(REGULAR)
    refused = world.broker.engine.place

    def refuse(order, now):
        if order.purpose is Purpose.STOP and order.type is OrderType.STOP:
            world.heard(Report(order.id, "A", OrderState.REJECTED, now, reason="no"), now)
        else:
            refused(order, now)

    world.broker.engine.place = refuse
    world.wish(ts + SECOND, protect(stop=98.0))
    for second in range(2, 6):
        world.bar(ts + second * SECOND)
    assert world.held == 0
    assert "stop_refused" in alarms


def test_nothing_is_sent_while_a_symbol_is_halted(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0)
    world.show(Status("A", ts + SECOND, False, "LUDP", "t"))
    world.bar(ts + 2 * SECOND, 96.0)
    assert world.legs == []
    world.show(Status("A", ts + 3 * SECOND, True, "T", "t"))
    world.bar(ts + 4 * SECOND, 96.0)
    world.bar(ts + 5 * SECOND, 96.0)
    assert world.held == 0


def test_a_stop_without_a_position_is_withdrawn_at_the_next_look(world: Covered) -> None:
    world.hold(PRE, stop=97.0)
    world.bar(DAY.open + SECOND)
    (stop,) = world.legs
    now = DAY.open + 2 * SECOND
    # Sold behind the guard's back: no exit of the strategy, so nobody withdraws the stop.
    order = replace(stop, id="x", type=OrderType.MARKET, purpose=Purpose.ENTRY, parent="")
    order = replace(order, state=OrderState.INTENT, created=now)
    world.book.register(order)
    told = Report("x", "A", OrderState.FILLED, now, -stop.quantity, stop.stop)
    world.heard(told, now)
    world.guard.look(now + SECOND)
    assert world.held == 0
    assert world.legs == []


def test_levels_and_orders_of_the_guard_are_recorded_and_journaled() -> None:
    world = Covered()
    journaled: list[str] = []
    world.guard.journal = lambda kind, body: journaled.append(kind)
    ts = world.hold(PRE, stop=97.0)
    world.bar(ts + SECOND, 96.0)
    kinds = [kind for kind, _ in world.notes.kinds]
    assert PROTECT in kinds
    assert GUARDED in kinds
    assert set(journaled) == {Kind.PROTECT}


def test_after_a_restart_the_levels_are_armed_again() -> None:
    before = Covered()
    ts = before.hold(PRE, stop=97.0, target=105.0)
    before.wish(ts + SECOND, protect(stop=98.0))
    entry = before.book.order(before.fills[0].order_id)
    assert entry is not None
    after = Covered()
    sent = replace(entry, state=OrderState.INTENT, filled=entry.filled * 0, average=None)
    after.book.register(sent)
    price = before.fills[0].price
    after.heard(Report(entry.id, "A", OrderState.FILLED, ts, entry.filled, price), ts)
    levels = [Levels.of(body) for kind, body in before.notes.kinds if kind == PROTECT]
    after.guard.resume([entry], levels, ts)
    assert after.shown() == (98.0, 105.0)
    after.bar(ts + 10 * SECOND, 97.9)
    after.bar(ts + 11 * SECOND, 97.9)
    assert after.held == 0
    after.bar(ts + 12 * SECOND)
    assert isnan(after.shown()[0])


MOVES = st.tuples(
    st.sampled_from(["up", "down", "drop", "enter", "short", "leave", "rest", "protect", "hop"]),
    st.integers(1, 3),
)


@settings(max_examples=60, deadline=None)
@given(st.booleans(), st.lists(MOVES, max_size=60))
def test_no_stop_exceeds_its_position_nor_outlives_it(
    prompt: bool, moves: list[tuple[str, int]]
) -> None:
    """I9, through every part of the day, fills in part included."""
    world = Covered(prompt=prompt, cap=0.05)
    ts, price, late = PRE, 100.0, 0
    hops = [DAY.open - 3 * SECOND, DAY.close - 3 * SECOND, NEXT.pre_open, NEXT.open - 3 * SECOND]
    for move, size in moves:
        price = max(50.0, price + {"up": 0.5, "down": -0.5, "drop": -3.0}.get(move, 0.0) * size)
        side = 1.0 if world.held >= 0 else -1.0
        if move in ("enter", "short") and not world.held:
            side = 1.0 if move == "enter" else -1.0
            stop, target = price - side * 2.0, price + side * 3.0
            world.strategy.next = enter(side, price + side * 0.1, stop, target)
        elif move in ("leave", "rest") and world.held:
            world.strategy.next = leave(price + side if move == "rest" else nan)
        elif move == "protect" and world.held:
            world.strategy.next = protect(price - side, price + side * 4.0)
        elif move == "hop" and hops:
            ts = max(ts, hops.pop(0))
        for _ in range(size):
            ts += SECOND
            world.bar(ts, round(price, 2))
            held, stops = world.held, sum(left for _, left in world.stops)
            assert stops * held <= 0
            assert abs(stops) <= abs(held) or not held
            late = late + 1 if stops and not held else 0
            assert late <= 5


def test_a_position_whose_entry_nobody_knows_is_covered_by_orders_of_ours(world: Covered) -> None:
    world.floor.close_desk("A", REGULAR)
    held = Holding("s", "A", Position(Decimal(100), Decimal(100)))
    world.floor.on_recovered(Restored((held,)), REGULAR)
    world.desk = world.floor.open_desk("A", REGULAR)
    world.wish(REGULAR + SECOND, protect(stop=97.0))
    world.bar(REGULAR + 2 * SECOND)
    (order,) = world.legs
    assert is_ours(order.id)
    assert order.id.endswith(f"-sl-{CHAIN}")
    assert (order.stop, order.quantity) == (97, -100)
    world.wish(REGULAR + 3 * SECOND, protect(stop=98.0))
    world.bar(REGULAR + 4 * SECOND)
    assert world.stops == [(98, -100)]


def test_a_leg_of_another_days_entry_gets_no_id_of_that_day(world: Covered) -> None:
    world.floor.close_desk("A", REGULAR)
    held = Holding("s", "A", Position(Decimal(100), Decimal(100)))
    entry = client_order_id("k", REGULAR - 86_400 * SECOND)
    levels = Levels("A", "s", entry, Decimal(97))
    world.floor.on_recovered(Restored((held,), levels=(levels,)), REGULAR)
    world.desk = world.floor.open_desk("A", REGULAR)
    world.bar(REGULAR + SECOND)
    world.bar(REGULAR + 10 * SECOND)
    (order,) = world.legs
    date = client_order_id("k", REGULAR).split("-")[1]
    assert order.id == f"{entry}-sl-{int(date) * 1_000_000 + CHAIN}"
    assert len(order.id) <= 48


def _taken_back(world: Covered, order: Order, filled: int, now: int) -> None:
    told = Report(order.id, "A", order.state, now, Decimal(filled), order.average, corrects=True)
    world.heard(told, now)


@pytest.mark.parametrize("prompt", [False, True])
def test_what_an_exit_that_was_taken_back_leaves_open_is_covered_again(prompt: bool) -> None:
    world = Covered(prompt=prompt)
    ts = world.hold(REGULAR, stop=97.0, target=105.0)
    world.wish(ts + SECOND, leave())
    world.bar(ts + 2 * SECOND)
    world.bar(ts + 3 * SECOND)
    assert world.held == 0
    assert not world.house.guarded
    sold = world.book.order(world.fills[-1].order_id)
    assert sold is not None
    _taken_back(world, sold, 60, ts + 4 * SECOND)
    assert world.held == 40
    world.bar(ts + 5 * SECOND)
    world.bar(ts + 6 * SECOND)
    assert world.stops == [(97, -40)]
    assert world.shown() == (97.0, 105.0)


def test_what_turned_over_is_not_covered_by_the_levels_of_the_other_side(world: Covered) -> None:
    ts = world.hold(REGULAR, stop=97.0, target=105.0)
    world.wish(ts + SECOND, leave())
    world.bar(ts + 2 * SECOND)
    world.bar(ts + 3 * SECOND)
    entry = world.book.order(world.fills[0].order_id)
    assert entry is not None
    _taken_back(world, entry, 30, ts + 4 * SECOND)
    assert world.held == -70
    world.bar(ts + 5 * SECOND)
    assert world.legs == []
    assert isnan(world.shown()[0])
    after = Covered()
    busted = world.book.order(entry.id)
    assert busted is not None
    after.floor.close_desk("A", REGULAR)
    held = Holding("s", "A", Position(Decimal(-70), Decimal(100)))
    after.floor.on_recovered(Restored((held,), (busted,)), ts + 6 * SECOND)
    assert isnan(after.shown()[0])


def test_shares_that_came_back_by_a_correction_are_covered_as_their_entry_was(
    world: Covered,
) -> None:
    ts = world.hold(REGULAR, stop=97.0)
    for quantity in (-100, 100):
        ts += SECOND
        body = Correction("A", "s", Decimal(quantity), Decimal(100), why="lost and found", ts=ts)
        world.floor.on_correction(body, ts)
        for _ in range(5):
            ts += SECOND
            world.bar(ts)
    assert world.held == 100
    assert world.stops == [(97, -100)]
