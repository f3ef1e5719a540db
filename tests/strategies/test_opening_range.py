"""The break of the first minutes, its stop, its target and the end of the day."""

from math import nan

import pytest

from tapes import START, Ideal, bar, held, quote, session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Action
from tradeplat.core.machine import State
from tradeplat.core.market import MINUTE, Bar
from tradeplat.strategies.opening_range import OpeningRange

RANGE = [bar(0, 10.2, 10.0, 10.3), bar(1, 10.4, 10.1, 10.5), bar(2, 10.3, 10.2, 10.4)]
"""Three minutes between 10.0 and 10.5."""


def opened(*, minutes=390, **options):
    ideal = Ideal(OpeningRange(minutes=3, **options))
    ideal.strategy.on_session(session(minutes=minutes))
    return ideal.play(RANGE)


def test_a_close_above_the_range_enters_with_the_stop_below_it_and_a_target():
    ideal = opened()
    assert ideal.strategy.machine.state is State.FORMING
    assert ideal.show(bar(3, 10.5, 10.3, 10.6)) is HOLD
    assert ideal.strategy.machine.state is State.WATCHING
    intent = ideal.show(bar(4, 10.6))
    assert (intent.action, intent.conviction, intent.stop) == (Action.ENTER, 1.0, 10.0)
    assert intent.target == pytest.approx(10.6 + 2.0 * 0.6)


def test_it_leaves_on_the_bar_that_touches_the_stop_and_waits_for_a_close_inside():
    ideal = opened().play([bar(3, 10.6), bar(4, 10.5, 10.01), bar(5, 10.2, 10.0)])
    assert ideal.actions == [(3, Action.ENTER), (5, Action.EXIT)]
    ideal.play([bar(6, 10.7), bar(7, 10.4), bar(8, 10.6)])
    assert ideal.actions[2:] == [(8, Action.ENTER)]


def test_it_leaves_on_the_bar_that_touches_the_target():
    ideal = opened(target_r=1.0).play([bar(3, 10.6), bar(4, 10.9, 10.8, 11.19), bar(5, 11.0)])
    assert ideal.actions == [(3, Action.ENTER)]
    assert ideal.show(bar(6, 11.1, 11.0, 11.21)).action is Action.EXIT


def test_it_leaves_before_the_close_and_enters_no_more():
    ideal = opened(minutes=12).play(bar(i, 10.6 + i / 100) for i in range(3, 12))
    assert ideal.actions == [(3, Action.ENTER), (6, Action.EXIT)]
    assert ideal.strategy.machine.state is State.DONE


def test_it_gives_up_after_so_many_trades_until_the_next_day():
    ideal = opened(tries=1).play([bar(3, 10.6), bar(4, 10.2, 9.9), bar(5, 10.2), bar(6, 10.7)])
    assert ideal.actions == [(3, Action.ENTER), (4, Action.EXIT)]
    assert ideal.strategy.machine.state is State.DONE
    tomorrow = START + 1440 * MINUTE
    ideal.strategy.on_session(session(tomorrow))
    ideal.play([bar(i, 20.0 + i / 10, start=tomorrow) for i in range(5)])
    assert ideal.actions[2:] == [(10, Action.ENTER)]


def test_shorts_are_taken_only_when_asked_for():
    fall = [bar(3, 9.9), bar(4, 10.2, 9.9, 10.4), bar(5, 10.3, 10.2, 10.5)]
    assert opened().play(fall).log == []
    ideal = opened(shorts=True).play(fall)
    assert ideal.actions == [(3, Action.ENTER), (5, Action.EXIT)]
    assert ideal.log[0][2:] == (-1.0, 10.5)


def test_without_a_session_it_never_enters():
    ideal = Ideal(OpeningRange(minutes=3)).play([*RANGE, bar(3, 10.6), bar(4, 10.9)])
    assert ideal.log == []
    assert ideal.strategy.machine.state is State.IDLE


def test_the_pre_market_is_no_part_of_the_range():
    ideal = Ideal(OpeningRange(minutes=2))
    ideal.strategy.on_session(session(pre=3))
    ideal.play([bar(0, 50.0), bar(1, 1.0), bar(2, 2.0), bar(3, 10.0), bar(4, 10.5)])
    assert (ideal.strategy.high, ideal.strategy.low) == (10.5, 10.0)


def test_no_bar_in_the_first_minutes_means_no_trade_that_day():
    ideal = Ideal(OpeningRange(minutes=3))
    ideal.strategy.on_session(session())
    assert ideal.play([bar(9, 10.0), bar(10, 11.0), bar(11, 12.0)]).log == []


def test_a_missed_entry_is_not_chased():
    strategy = OpeningRange(minutes=3)
    strategy.on_session(session())
    for event in RANGE:
        strategy.on_bar(event, FLAT)
    assert strategy.on_bar(bar(3, 10.6), FLAT).action is Action.ENTER
    assert strategy.on_bar(bar(4, 10.7), FLAT) is HOLD
    assert strategy.on_bar(bar(5, 10.4), FLAT) is HOLD
    assert strategy.on_bar(bar(6, 10.6), FLAT).action is Action.ENTER
    assert strategy.machine.entries == 0


def test_a_revised_bar_widens_the_range():
    ideal = opened()
    first = RANGE[0]
    ideal.strategy.on_amend(Bar("TEST", first.ts, 10.0, 10.9, 9.8, 10.2, 1.0, 60, "csv", 0, 1))
    assert (ideal.strategy.high, ideal.strategy.low) == (10.9, 9.8)
    assert ideal.show(bar(3, 10.6)) is HOLD


def test_levels_that_work_at_the_venue_are_left_to_it():
    strategy = opened().strategy
    strategy.on_bar(bar(3, 10.6), FLAT)
    guarded = held(100.0, 10.6, stop=10.0, target=11.8)
    assert strategy.on_bar(bar(4, 10.6, 9.0, 13.0), guarded) is HOLD
    assert strategy.on_quote(quote(0, 9.0, 9.01), guarded) is HOLD


def test_a_quote_through_the_stop_leaves_and_counts_as_a_trade():
    ideal = opened(tries=1).play([bar(3, 10.6)])
    assert ideal.show(quote(0, 9.99, 10.0)).action is Action.EXIT
    ideal.play([bar(4, 10.2), bar(5, 10.7)])
    assert ideal.strategy.machine.state is State.DONE


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"minutes": 0}, "minutes"),
        ({"tries": 0}, "tries"),
        ({"flat_minutes": -1}, "flat_minutes"),
        ({"span": -1}, "span"),
        ({"target_r": nan}, "target_r"),
    ],
)
def test_wrong_parameters_are_named(options, names):
    with pytest.raises(BadInput, match=names):
        OpeningRange(**options)
