"""Levels stand from when they were set until they moved or went, whoever guarded them."""

from decimal import Decimal
from math import nan

from tradeplat.analytics.levels import Levels
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import OrderState, Purpose

WORKING, CANCELED = OrderState.WORKING, OrderState.CANCELED


def stop(make, price, state=WORKING, name="s1"):
    return make.order(1, -100, name=name, why="stop", stop=Decimal(price), state=state)


def seen(make, levels):
    return [
        (one.kind.value, one.price, (one.start - make.start) / 1e9, (one.end - make.start) / 1e9)
        for one in levels.all
        if one.end
    ]


def test_a_working_stop_order_stands_until_it_moves_or_goes(make):
    levels = Levels()
    levels.on_change(make.now(1), stop(make, "9.5"), None)
    levels.on_change(make.now(2), stop(make, "9.5"), None)
    levels.on_change(make.now(3), stop(make, "9.7"), None)
    levels.on_change(make.now(5), stop(make, "9.7", CANCELED), None)
    assert seen(make, levels) == [("stop", 9.5, 1, 3), ("stop", 9.7, 3, 5)]
    assert levels.all[0].order_id == "s1"


def test_a_target_stands_at_its_limit(make):
    levels = Levels()
    target = make.order(1, -100, name="t", why="target", limit=Decimal(11), state=WORKING)
    levels.on_change(make.now(1), target, None)
    assert [(one.kind, one.price, one.end) for one in levels.all] == [(Purpose.TARGET, 11.0, 0)]


def test_a_stop_the_strategy_guards_stands_while_it_holds(make):
    levels = Levels()
    enter = Intent(Action.ENTER, 1.0, nan, 9.5, 12.0)
    protect = Intent(Action.PROTECT, 0.0, nan, 9.8, nan)
    levels.on_decision(make.now(0), "ABC", "s", protect, None)  # holds nothing: no level
    levels.on_decision(make.now(1), "ABC", "s", enter, make.order(1, 100))
    levels.on_change(make.now(2), make.order(1, 100), make.fill(2, 100, "10"))
    levels.on_decision(make.now(4), "ABC", "s", protect, None)
    levels.on_decision(make.now(5), "ABC", "s", protect, None)
    done = make.order(6, -100, name="x", why="exit", state=OrderState.FILLED)
    levels.on_change(make.now(6), done, make.fill(6, -100, "11", name="x", why="exit"))
    assert seen(make, levels) == [("stop", 9.5, 2, 4), ("target", 12.0, 2, 6), ("stop", 9.8, 4, 6)]


def test_an_order_at_the_venue_outranks_the_wish(make):
    levels = Levels()
    bracket = make.order(1, 100, stop_loss=Decimal("9.5"))
    levels.on_decision(make.now(1), "ABC", "s", Intent(Action.ENTER, 1.0, nan, 9.5, nan), bracket)
    levels.on_change(make.now(1), bracket, make.fill(1, 100, "10"))
    levels.on_change(make.now(1), stop(make, "9.5"), None)
    protect = Intent(Action.PROTECT, 0.0, nan, 9.8, nan)
    levels.on_decision(make.now(2), "ABC", "s", protect, None)
    levels.on_change(make.now(3), stop(make, "9.8"), None)
    assert seen(make, levels) == [("stop", 9.5, 1, 3)]
    assert len(levels.all) == 2


def test_the_venue_taking_over_ends_the_strategys_own(make):
    levels = Levels()
    enter = Intent(Action.ENTER, 1.0, nan, 9.5, nan)
    levels.on_decision(make.now(1), "ABC", "s", enter, make.order(1, 100))
    levels.on_change(make.now(1), make.order(1, 100), make.fill(1, 100, "10"))
    levels.on_change(make.now(5), stop(make, "9.6"), None)
    assert seen(make, levels) == [("stop", 9.5, 1, 5)]
