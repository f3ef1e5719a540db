"""The order side of the machine never strands: the holding has the last word."""

from itertools import product
from math import inf, isnan, nan

import pytest

from tradeplat.core.intent import FLAT, HOLD, Action, Holding
from tradeplat.core.machine import ORDERED, Machine, State, settled
from tradeplat.core.market import Quote

LONG = Holding(100.0, 10.0, 0, nan, nan)
SHORT = Holding(-100.0, 10.0, 0, nan, nan)
WORKING = Holding(0.0, nan, 1, nan, nan)
PART = Holding(40.0, 10.0, 1, nan, nan)


def quote(bid, ask):
    return Quote("A", 0, bid, 1.0, ask, 1.0, "csv")


def entered(stop=9.0, target=nan, side=1.0):
    machine = Machine(State.WATCHING)
    machine.enter(side, nan, stop, target)
    return machine


@pytest.mark.parametrize("state", ORDERED)
def test_flat_and_idle_always_comes_to_rest(state):
    assert settled(state, FLAT, State.WATCHING) is State.WATCHING
    assert settled(state, FLAT, State.STOPPED) is State.STOPPED


@pytest.mark.parametrize("state", [s for s in State if s not in ORDERED])
def test_flat_and_idle_leaves_setup_states_alone(state):
    assert settled(state, FLAT, State.WATCHING) is state


def test_every_state_and_holding_has_an_answer_that_does_not_change_when_told_again():
    for state, holding in product(State, (FLAT, LONG, SHORT, WORKING, PART)):
        once = settled(state, holding, State.WATCHING)
        assert settled(once, holding, State.WATCHING) is once


def test_an_exit_that_left_something_behind_is_asked_for_again():
    assert settled(State.EXITING, LONG, State.WATCHING) is State.EXITING
    assert settled(State.EXITING, PART, State.WATCHING) is State.EXITING


def test_a_partial_entry_counts_as_held_once_nothing_works():
    assert settled(State.ENTERING, PART, State.WATCHING) is State.ENTERING
    assert settled(State.ENTERING, LONG, State.WATCHING) is State.HELD
    assert settled(State.CANCELING, LONG, State.WATCHING) is State.HELD


def test_a_position_it_does_not_remember_is_adopted_with_its_venue_levels():
    machine = Machine(State.WARMING)
    assert machine.settle(Holding(-5.0, 10.0, 0, 11.0, 8.0), nan, nan) is State.HELD
    assert (machine.side, machine.stop, machine.target) == (-1.0, 11.0, 8.0)
    assert machine.rest is State.STOPPED


def test_a_refused_entry_goes_back_to_watching_and_forgets_its_levels():
    machine = entered()
    assert machine.settle(FLAT, 9.5, 10.0) is State.WATCHING
    assert isnan(machine.stop)


def test_an_entry_whose_stop_was_traded_through_counts_as_stopped():
    assert entered().settle(FLAT, 8.9, 10.0) is State.STOPPED
    assert entered(stop=11.0, side=-1.0).settle(FLAT, 10.0, 11.0) is State.STOPPED


def test_flat_without_our_asking_means_stopped_out():
    machine = entered()
    assert machine.settle(LONG, nan, nan) is State.HELD
    assert machine.settle(FLAT, nan, nan) is State.STOPPED


def test_leaving_ends_where_it_was_told_to():
    machine = entered()
    machine.settle(LONG, nan, nan)
    assert machine.leave(State.WATCHING, nan).action is Action.EXIT
    assert machine.settle(Holding(100.0, 10.0, 1, nan, nan), nan, nan) is State.EXITING
    assert machine.settle(FLAT, nan, nan) is State.WATCHING


def test_withdrawing_asks_to_cancel_once_and_keeps_what_was_filled():
    machine = entered()
    assert machine.withdraw().action is Action.CANCEL
    assert machine.settle(PART, nan, nan) is State.CANCELING
    assert machine.settle(LONG, nan, nan) is State.HELD


def test_stop_and_target_are_reached_on_the_bar_that_touches_them():
    machine = entered(stop=9.0, target=12.0)
    assert machine.reached(LONG, 9.0, 10.0)
    assert machine.reached(LONG, 9.5, 12.0)
    assert not machine.reached(LONG, 9.1, 11.9)
    short = entered(stop=11.0, target=8.0, side=-1.0)
    assert short.reached(SHORT, 10.0, 11.0)
    assert short.reached(SHORT, 8.0, 9.0)
    assert not short.reached(SHORT, 8.1, 10.9)


def test_levels_that_work_at_the_venue_are_left_to_the_venue():
    machine = entered(stop=9.0, target=12.0)
    assert not machine.reached(Holding(100.0, 10.0, 0, 9.0, 12.0), 1.0, 20.0)
    assert machine.reached(Holding(100.0, 10.0, 0, 9.0, nan), 9.5, 20.0)
    assert not machine.quoted(Holding(100.0, 10.0, 0, 9.0, nan), quote(8.0, 8.01))


def test_no_levels_are_never_reached():
    machine = entered(stop=nan, target=nan)
    assert not machine.reached(LONG, 0.01, inf)
    assert not machine.quoted(LONG, quote(0.01, 0.01))


def test_only_a_sound_quote_triggers_the_stop():
    machine = entered(stop=9.0)
    assert machine.quoted(LONG, quote(9.0, 9.01))
    for bid, ask in ((9.01, 9.02), (0.0, 9.0), (8.0, 0.0), (8.0, 9.5), (8.5, 8.4), (nan, 9.0)):
        assert not machine.quoted(LONG, quote(bid, ask))
    assert entered(stop=11.0, side=-1.0).quoted(SHORT, quote(10.99, 11.0))


def test_only_entries_that_came_to_something_are_counted():
    machine = Machine(State.WATCHING)
    for holding in (FLAT, WORKING, LONG, FLAT):
        machine.enter(1.0, nan, 9.0, nan)
        for _ in range(2):
            machine.settle(holding, nan, nan)
    assert machine.entries == 2


def test_a_quote_through_the_stop_leaves_once_and_only_what_is_held():
    machine = entered(stop=9.0)
    low = quote(8.99, 9.0)
    assert machine.guard(low, FLAT) is HOLD
    assert machine.guard(low, PART) is HOLD
    assert machine.guard(quote(9.1, 9.2), LONG) is HOLD
    assert machine.guard(low, LONG).action is Action.EXIT
    assert machine.guard(low, LONG) is HOLD
    assert (machine.state, machine.rest) == (State.EXITING, State.STOPPED)
