"""A gapper's morning: the gap, the first pull-back, the break of the high, and every way out."""

from math import nan

import pytest

from tapes import START, Ideal, bar, held, quote, session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Action
from tradeplat.core.machine import State
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.strategies.gap_momentum import GapMomentum

DAY = 1440 * MINUTE
TODAY = START + DAY
RUN = [
    bar(0, 10.8, 10.7, 10.9, start=TODAY),
    bar(1, 11.2, 10.8, 11.3, start=TODAY),
    bar(2, 11.6, 11.2, 11.7, start=TODAY),
]
PULL_BACK = bar(3, 11.45, 11.4, 11.6, start=TODAY)


def at(minute, second, close, low=None, high=None):
    """A bar of one second that closes `second` seconds into `minute` (from 0) of today."""
    return bar(minute * 60 + second - 1, close, low, high, span=1, start=TODAY)


def told(minute, second, bid, ask):
    return quote(TODAY + (minute * 60 + second) * SECOND, bid, ask)


def morning(*, pre=150, close=10.0, **options):
    """Yesterday closed at `close`; today it gapped, ran to 11.7 and pulls back to 11.4."""
    ideal = Ideal(GapMomentum(**options))
    ideal.strategy.on_session(session(START))
    ideal.play([bar(0, close - 1.0), bar(389, close), bar(400, 77.0)])
    ideal.strategy.on_session(session(TODAY, pre=pre))
    ideal.play([*RUN, PULL_BACK])
    ideal.count = 0
    return ideal


def entered(**options):
    ideal = morning(**options)
    ideal.show(at(4, 1, 11.75))
    assert ideal.actions == [(0, Action.ENTER)]
    return ideal


def test_a_second_above_the_high_enters_by_a_limit_with_the_pull_backs_low_as_stop():
    ideal = morning()
    assert ideal.strategy.machine.state is State.WATCHING
    assert ideal.show(at(4, 1, 11.7, 11.38, 11.72)) is HOLD
    intent = ideal.show(at(4, 2, 11.71))
    assert (intent.action, intent.conviction) == (Action.ENTER, 1.0)
    assert intent.limit == pytest.approx(11.71 * 1.002)
    assert intent.stop == 11.38


def test_a_bid_above_the_high_enters_by_a_limit_through_the_ask():
    ideal = morning()
    assert ideal.show(told(4, 1, 11.70, 11.72)) is HOLD
    assert ideal.show(told(4, 2, 11.71, 13.0)) is HOLD
    intent = ideal.show(told(4, 3, 11.71, 11.73))
    assert (intent.action, intent.stop) == (Action.ENTER, 11.4)
    assert intent.limit == pytest.approx(11.73 * 1.002)


def test_the_limit_goes_through_a_fresh_ask_and_not_through_an_old_one():
    for second, ask in ((3, 11.69), (30, 11.75)):
        ideal = morning()
        ideal.show(told(4, 1, 11.68, 11.69))
        assert ideal.show(at(4, second, 11.75)).limit == pytest.approx(ask * 1.002)


def test_minute_bars_alone_will_do():
    ideal = morning()
    assert ideal.show(bar(4, 11.8, 11.5, 11.9, start=TODAY)).action is Action.ENTER


def test_second_bars_alone_will_do():
    ideal = Ideal(GapMomentum())
    ideal.strategy.on_session(session(START))
    ideal.play([bar(389, 10.0)])
    ideal.strategy.on_session(session(TODAY, pre=150))
    for minute, (low, high, close) in enumerate(
        [(10.7, 10.9, 10.8), (10.8, 11.3, 11.2), (11.2, 11.7, 11.6), (11.4, 11.6, 11.45)]
    ):
        ideal.play([at(minute, 10, low), at(minute, 30, high), at(minute, 50, close)])
    assert ideal.log == []
    assert ideal.show(at(4, 5, 11.5)) is HOLD
    assert ideal.strategy.machine.state is State.WATCHING
    assert (ideal.strategy.high, ideal.strategy.low) == (11.7, 11.4)
    assert ideal.show(at(4, 9, 11.75)).stop == 11.4


def test_the_stop_is_guarded_on_bars():
    ideal = entered()
    assert ideal.show(at(4, 2, 11.5, 11.41)) is HOLD
    assert ideal.show(at(4, 3, 11.45, 11.4)).action is Action.EXIT
    assert ideal.show(at(4, 4, 11.45)) is HOLD
    assert ideal.strategy.machine.state is State.STOPPED


def test_the_stop_is_guarded_on_quotes():
    ideal = entered()
    assert ideal.show(told(4, 2, 11.41, 11.43)) is HOLD
    assert ideal.show(told(4, 2, 5.0, 11.43)) is HOLD
    assert ideal.show(told(4, 3, 11.40, 11.43)).action is Action.EXIT


def test_the_minute_it_entered_in_does_not_stop_it_with_what_came_before():
    ideal = morning()
    ideal.show(told(4, 30, 11.71, 11.73))
    assert ideal.show(bar(4, 11.8, 11.2, 11.9, start=TODAY)) is HOLD
    assert ideal.show(bar(5, 11.8, 11.4, 11.9, start=TODAY)).action is Action.EXIT


def test_a_minute_that_closes_below_the_mean_is_the_normal_way_out():
    ideal = entered()
    up = [bar(4 + i, 11.8 + i / 10, 11.7 + i / 10, start=TODAY) for i in range(4)]
    assert ideal.play(up).actions == [(0, Action.ENTER)]
    mean = ideal.strategy.mean
    ideal.strategy.machine.stop = 1.0
    assert ideal.show(bar(8, mean - 0.05, start=TODAY)).action is Action.EXIT


def test_from_one_r_on_the_stop_follows_the_lows():
    ideal = entered()
    ideal.show(bar(4, 12.0, 11.6, 12.05, start=TODAY))
    assert ideal.strategy.stop == 11.4
    ideal.show(bar(5, 12.2, 11.9, start=TODAY))
    assert ideal.strategy.stop == 11.9
    ideal.show(bar(6, 12.1, 11.95, start=TODAY))
    assert ideal.strategy.stop == 11.95
    ideal.show(bar(7, 12.3, 11.96, start=TODAY))
    assert ideal.strategy.stop == 11.96
    assert ideal.show(at(8, 1, 12.0, 11.96)).action is Action.EXIT


def test_a_stop_at_the_venue_is_moved_once_a_level_and_not_guarded_twice():
    strategy = morning().strategy
    strategy.on_bar(at(4, 1, 11.75), FLAT)
    guarded = held(100.0, 11.75, stop=11.4)
    assert strategy.on_bar(at(4, 2, 11.5, 11.3), guarded) is HOLD
    moved = strategy.on_bar(bar(5, 12.2, 11.9, start=TODAY), guarded)
    assert (moved.action, moved.stop) == (Action.PROTECT, 11.9)
    assert strategy.on_bar(at(6, 1, 12.2), guarded) is HOLD
    followed = held(100.0, 11.75, stop=11.9)
    assert strategy.on_bar(at(6, 2, 12.2), followed) is HOLD


def test_an_entry_that_stays_unfilled_is_withdrawn_and_not_chased():
    strategy = morning().strategy
    strategy.on_bar(at(4, 1, 11.75), FLAT)
    working = held(0.0, nan, working=1)
    assert strategy.on_bar(at(4, 11, 11.9), working) is HOLD
    assert strategy.on_quote(told(4, 12, 11.9, 11.91), working).action is Action.CANCEL
    assert strategy.on_bar(at(4, 13, 11.9), working) is HOLD
    assert strategy.on_bar(at(4, 14, 12.0), FLAT) is HOLD
    assert strategy.machine.state is State.STOPPED
    assert strategy.machine.entries == 1


def test_a_part_filled_while_the_rest_is_withdrawn_is_held_and_guarded():
    strategy = morning().strategy
    strategy.on_bar(at(4, 1, 11.75), FLAT)
    part = held(30.0, 11.75, working=1)
    assert strategy.on_bar(at(4, 2, 11.5, 11.3), part).action is Action.CANCEL
    assert strategy.on_bar(at(4, 3, 11.5), part) is HOLD
    assert strategy.on_bar(at(4, 4, 11.39), held(30.0, 11.75)).action is Action.EXIT
    assert strategy.on_bar(at(4, 5, 11.39), held(30.0, 11.75, working=1)) is HOLD
    assert strategy.on_bar(at(4, 6, 11.39), held(10.0, 11.75)).action is Action.EXIT


def again(ideal, minute):
    """A new high, a shallow pull-back, a break of the new high, and down through the stop."""
    top = ideal.strategy.high
    ideal.play(
        [
            bar(minute, top + 0.2, top - 0.2, top + 0.3, start=TODAY),
            bar(minute + 1, top + 0.15, top + 0.1, top + 0.25, start=TODAY),
            at(minute + 2, 1, top + 0.35),
            at(minute + 2, 2, top, top),
            at(minute + 2, 3, top, top),
        ]
    )


def test_it_gives_up_after_so_many_tries_until_the_next_day():
    ideal = entered(tries=2)
    ideal.play([at(4, 2, 11.4), at(4, 3, 11.4)])
    again(ideal, 5)
    assert [action for _, action in ideal.actions] == [Action.ENTER, Action.EXIT] * 2
    assert ideal.strategy.machine.state is State.DONE
    again(ideal, 10)
    assert len(ideal.log) == 4
    ideal.strategy.on_session(session(TODAY + DAY))
    assert ideal.strategy.machine.state is State.IDLE


def test_refused_entries_and_those_of_a_warm_up_do_not_count_as_tries():
    ideal = morning(tries=1)
    strategy = ideal.strategy
    assert strategy.on_bar(at(4, 1, 11.75), FLAT).action is Action.ENTER
    again(ideal, 5)
    assert [action for _, action in ideal.actions] == [Action.ENTER, Action.EXIT]


def test_a_pull_back_that_is_too_deep_waits_for_a_new_high():
    ideal = morning(retrace=0.25)
    assert ideal.strategy.machine.state is State.STOPPED
    assert ideal.show(at(4, 1, 11.75)) is HOLD
    again(ideal, 5)
    assert [action for _, action in ideal.actions] == [Action.ENTER, Action.EXIT]


def test_without_the_gap_nothing_happens():
    assert morning(close=11.3).show(at(4, 1, 11.75)) is HOLD
    assert morning(close=11.3, min_gap=0.0).show(at(4, 1, 11.75)).action is Action.ENTER


def test_the_gap_is_measured_from_the_last_regular_close():
    assert morning().strategy.base == 10.0


def test_without_a_previous_close_there_is_no_gap_unless_none_is_asked_for():
    for min_gap, wish in ((0.04, Action.HOLD), (0.0, Action.ENTER)):
        ideal = Ideal(GapMomentum(min_gap=min_gap))
        ideal.strategy.on_session(session(TODAY, pre=150))
        ideal.play([*RUN, PULL_BACK])
        assert ideal.show(at(4, 1, 11.75)).action is wish


def test_without_a_session_it_never_enters():
    ideal = Ideal(GapMomentum(min_gap=0.0)).play([*RUN, PULL_BACK, at(4, 1, 11.75)])
    assert ideal.log == []
    assert ideal.strategy.machine.state is State.IDLE


def test_an_hour_after_the_open_it_enters_no_more():
    ideal = morning(pre=0)
    late = [bar(59, 11.5, 11.41, start=TODAY), bar(60, 11.5, 11.45, start=TODAY)]
    ideal.play(late)
    assert ideal.strategy.machine.state is State.DONE
    assert ideal.show(told(61, 1, 11.9, 11.91)) is HOLD


def test_it_leaves_before_the_close():
    ideal = entered(pre=0)
    ideal.strategy.on_session(session(TODAY, minutes=12))
    assert ideal.show(at(6, 59, 11.75)) is HOLD
    assert ideal.show(at(7, 0, 11.75)).action is Action.EXIT


def test_a_revised_bar_may_raise_the_high():
    ideal = morning()
    ts = RUN[2].ts
    ideal.strategy.on_amend(Bar("TEST", ts, 11.2, 11.9, 11.2, 11.6, 1.0, 60, "csv", 0, 1))
    assert ideal.show(at(4, 1, 11.85)) is HOLD
    assert ideal.show(at(4, 2, 11.95)).action is Action.ENTER


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"min_gap": -0.1}, "min_gap"),
        ({"slip": 1.0}, "slip"),
        ({"retrace": 0.0}, "retrace"),
        ({"tries": 0}, "tries"),
        ({"fast_span": 60}, "fast_span < slow_span"),
    ],
)
def test_wrong_parameters_are_named(options, names):
    with pytest.raises(BadInput, match=names):
        GapMomentum(**options)
