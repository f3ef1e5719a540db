"""Bought far below VWAP, sold at VWAP, at the stop, at its age or at the end of the day."""

from math import isnan, nan

import pytest

from tapes import START, Ideal, bar, quote, session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Action
from tradeplat.core.machine import State
from tradeplat.core.market import MINUTE
from tradeplat.strategies.vwap_reversion import VwapReversion


def swinging(count, start=0, tape=START):
    """Bars around 10 with a true range of 0.1."""
    return [bar(start + i, 10.0 + 0.1 * (i % 2), 10.0, 10.1, start=tape) for i in range(count)]


def made(**options):
    return Ideal(VwapReversion(**{"depth": 2.0, "window": 10, **options}))


def fallen(**options):
    """Sixteen quiet bars and one that falls to 9.5: the entry."""
    return made(**options).play([*swinging(16), bar(16, 9.5, 9.5, 10.0)])


def test_an_unusual_distance_enters_with_a_stop_below():
    ideal = fallen()
    assert ideal.actions == [(16, Action.ENTER)]
    assert ideal.strategy.z <= -2.0
    assert ideal.log[0][3] == pytest.approx(9.5 - 2.0 * ideal.strategy.atr)


def test_it_leaves_on_the_bar_that_closes_at_vwap():
    ideal = fallen().play([bar(17, 9.6), bar(18, 9.9), bar(19, 10.05)])
    assert ideal.actions == [(16, Action.ENTER), (19, Action.EXIT)]
    assert ideal.strategy.machine.rest is State.WATCHING


def test_it_leaves_on_the_bar_that_touches_the_stop_and_waits_until_it_is_usual_again():
    ideal = fallen()
    stop = ideal.log[0][3]
    ideal.play([bar(17, 9.4, stop + 0.001, 9.5), bar(18, 9.4, stop, 9.5)])
    assert ideal.actions == [(16, Action.ENTER), (18, Action.EXIT)]
    ideal.show(bar(19, 8.0))
    assert ideal.strategy.machine.state is State.STOPPED
    ideal.play([bar(20 + i, 9.9) for i in range(3)])
    assert ideal.strategy.machine.state is State.WATCHING
    assert len(ideal.log) == 2


def test_it_leaves_at_its_age():
    ideal = fallen(hold_bars=3, stop_atr=50.0).play([bar(17 + i, 9.6) for i in range(3)])
    assert ideal.actions == [(16, Action.ENTER), (19, Action.EXIT)]


def test_a_quote_through_the_stop_leaves_between_bars():
    ideal = fallen()
    stop = ideal.log[0][3]
    assert ideal.show(quote(0, stop + 0.01, stop + 0.02)) is HOLD
    assert ideal.show(quote(0, stop - 0.01, stop + 0.02)).action is Action.EXIT


def test_vwap_restarts_with_the_day_and_at_its_open():
    ideal = made()
    ideal.strategy.on_session(session(pre=5))
    ideal.play(bar(i, 50.0) for i in range(5))
    assert ideal.strategy.vwap == 50.0
    ideal.show(bar(5, 10.0))
    assert ideal.strategy.vwap == 10.0
    tomorrow = START + 1440 * MINUTE
    ideal.strategy.on_session(session(tomorrow, pre=5))
    assert isnan(ideal.strategy.vwap)
    ideal.show(bar(0, 30.0, start=tomorrow))
    assert ideal.strategy.vwap == 30.0


def test_a_session_allows_entries_in_its_regular_hours_only():
    fall = bar(16, 9.5, 9.5, 10.0)
    early = made()
    early.strategy.on_session(session(pre=60))
    assert early.play([*swinging(16), fall]).log == []
    assert early.strategy.machine.state is State.IDLE
    late = made()
    late.strategy.on_session(session(minutes=20))
    assert late.play([*swinging(16), fall]).log == []
    regular = made()
    regular.strategy.on_session(session(minutes=30))
    assert regular.play([*swinging(16), fall]).actions == [(16, Action.ENTER)]


def test_it_leaves_before_the_close():
    ideal = made(stop_atr=50.0)
    ideal.strategy.on_session(session(minutes=24))
    ideal.play([*swinging(16), bar(16, 9.5, 9.5, 10.0), bar(17, 9.5), bar(18, 9.5), bar(19, 9.5)])
    assert ideal.actions == [(16, Action.ENTER), (18, Action.EXIT)]


def test_without_volume_there_is_no_vwap_and_no_entry():
    tape = [bar(i, 10.0 - i * 0.1, volume=0.0) for i in range(40)]
    ideal = made().play(tape)
    assert ideal.log == []
    assert isnan(ideal.strategy.vwap)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"depth": 0.0}, "depth"),
        ({"window": 2}, "window"),
        ({"stop_atr": nan}, "stop_atr"),
        ({"hold_bars": 0}, "hold_bars"),
        ({"span": -1}, "span"),
    ],
)
def test_wrong_parameters_are_named(options, names):
    with pytest.raises(BadInput, match=names):
        VwapReversion(**options)
