"""A cross entered, stopped, left and waited for."""

from math import nan

import pytest

from tapes import START, Ideal, bar, held, quote, session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Action
from tradeplat.core.machine import State
from tradeplat.core.market import MINUTE
from tradeplat.strategies.ema_cross import EmaCross


def made(**options):
    return EmaCross(**{"fast_span": 2, "slow_span": 4, "atr_span": 2, **options})


def rising(count, start=0):
    return [bar(start + i, 10.0 + (start + i) * 0.1, 9.9 + (start + i) * 0.1) for i in range(count)]


def test_it_enters_with_a_stop_below_and_leaves_at_the_cross_back():
    ideal = Ideal(made(stop_atr=50.0)).play(rising(6))
    assert ideal.actions == [(3, Action.ENTER)]
    assert ideal.log[0][3] == pytest.approx(10.3 - 50.0 * 0.1)
    ideal.play([bar(6, 10.4), bar(7, 10.0), bar(8, 9.0)])
    assert ideal.actions == [(3, Action.ENTER), (7, Action.EXIT)]
    assert ideal.strategy.machine.state is State.WATCHING


def test_a_touched_stop_leaves_and_waits_for_the_next_cross():
    ideal = Ideal(made()).play(rising(6))
    stop = ideal.log[0][3]
    assert stop == pytest.approx(10.1)
    assert ideal.show(bar(6, 10.7, stop + 0.01)) is HOLD
    assert ideal.show(bar(7, 10.8, stop)).action is Action.EXIT
    ideal.play(rising(5, 8))
    assert ideal.actions == [(3, Action.ENTER), (7, Action.EXIT)]
    ideal.play([bar(13, 9.0), bar(14, 8.0), bar(15, 12.0, 8.0)])
    assert ideal.actions[2:] == [(15, Action.ENTER)]


def test_a_quote_through_the_stop_leaves_between_bars():
    ideal = Ideal(made()).play(rising(5))
    assert ideal.show(quote(0, 10.11, 10.12)) is HOLD
    assert ideal.show(quote(0, 10.09, 10.12)).action is Action.EXIT


def test_a_stop_working_at_the_venue_is_left_to_it():
    strategy = made()
    for event in rising(5):
        strategy.on_bar(event, FLAT)
    guarded = held(100.0, 10.4, stop=9.9)
    assert strategy.on_bar(bar(5, 10.5, 9.0), guarded) is HOLD
    assert strategy.on_quote(quote(0, 9.0, 9.01), guarded) is HOLD
    assert strategy.on_bar(bar(6, 10.6), FLAT) is HOLD
    assert strategy.machine.state is State.STOPPED


def test_a_position_found_after_a_restart_gets_a_stop_and_an_end():
    strategy = made()
    for event in rising(5):
        strategy.on_bar(event, FLAT)
    fresh = made()
    for event in rising(5):
        fresh.on_bar(event, held(100.0, 10.4))
    assert fresh.stop == pytest.approx(10.3 - 0.2)
    assert fresh.on_bar(bar(5, 10.5, 9.0), held(100.0)).action is Action.EXIT


def test_an_entry_that_still_works_when_its_stop_is_passed_is_withdrawn():
    strategy = made()
    for event in rising(4):
        strategy.on_bar(event, FLAT)
    working = held(0.0, nan, working=1)
    assert strategy.on_bar(bar(4, 10.4, 9.0), working).action is Action.CANCEL
    assert strategy.on_bar(bar(5, 10.5), working) is HOLD
    assert strategy.on_bar(bar(6, 10.6), FLAT) is HOLD
    assert strategy.machine.state is State.STOPPED


def test_a_market_that_does_not_move_has_no_place_for_a_stop():
    assert Ideal(made()).play(bar(i, 10.1) for i in range(60)).log == []


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"fast_span": 4}, "fast_span < slow_span"),
        ({"atr_span": 9}, "atr_span"),
        ({"stop_atr": 0.0}, "stop_atr"),
        ({"span": -60}, "span"),
    ],
)
def test_wrong_parameters_are_named(options, names):
    with pytest.raises(BadInput, match=names):
        made(**options)


def asked(strategy, bars):
    """The places at which it asks, refused every time."""
    return [i for i, event in enumerate(bars) if strategy.on_bar(event, FLAT) is not HOLD]


def test_refused_before_the_open_it_asks_again_at_the_open():
    strategy = made(stop_atr=50.0)
    strategy.on_session(session(START, pre=10))
    assert asked(strategy, rising(20)) == [3, *range(9, 20)]


def test_refused_before_the_open_it_asks_again_after_the_next_cross():
    strategy = made(stop_atr=5.0)
    strategy.on_session(session(START, pre=60))
    down = [bar(i, 10.5 - (i - 6) * 0.2) for i in range(6, 10)]
    up = [bar(i, 9.7 + (i - 9) * 0.3) for i in range(10, 20)]
    first, second = asked(strategy, [*rising(6), *down, *up])
    assert first == 3
    assert second > 9


def test_refused_after_the_close_it_asks_again_the_next_morning():
    strategy = made(stop_atr=50.0)
    strategy.on_session(session(START, minutes=5))
    assert asked(strategy, rising(20)) == [3]
    strategy.on_session(session(START + 1440 * MINUTE, pre=30))
    assert asked(strategy, rising(60, 1440))[0] == 29


def test_without_a_calendar_it_asks_at_every_bar():
    assert asked(made(stop_atr=50.0), rising(8)) == [3, 4, 5, 6, 7]


def test_stopped_out_before_the_open_it_still_waits_for_the_next_cross():
    strategy = made()
    strategy.on_session(session(START, pre=6))
    ideal = Ideal(strategy).play(rising(4))
    ideal.show(bar(4, 10.4, 5.0))
    ideal.play(rising(5, 5))
    assert ideal.actions == [(3, Action.ENTER), (4, Action.EXIT)]
