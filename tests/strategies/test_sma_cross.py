"""The benchmark's strategy trades exactly where the means cross, and never strands."""

from itertools import pairwise
from math import isnan, nan

import numpy as np
import pytest

from tapes import Ideal, bar, held, quote
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Action
from tradeplat.core.machine import State
from tradeplat.indicators.means import sma, sma_total
from tradeplat.strategies.sma_cross import SmaCross

UP = [10.0, 10.0, 10.0, 10.0, 11.0]


def test_it_enters_when_the_fast_mean_leads_and_leaves_when_it_no_longer_does():
    closes = [10.0, 10.0, 10.0, 10.0, 11.0, 12.0, 11.0, 9.0, 8.0]
    ideal = Ideal(SmaCross(fast=2, slow=4)).play(bar(i, c) for i, c in enumerate(closes))
    assert ideal.actions == [(4, Action.ENTER), (7, Action.EXIT)]


def test_the_means_are_the_librarys():
    closes = (100.0 + np.cumsum(np.random.default_rng(1).normal(0.0, 1.0, 400))).tolist()
    strategy = SmaCross(fast=7, slow=30)
    fast, slow, fast_total, slow_total = [0.0] * 7, [0.0] * 30, 0.0, 0.0
    for seen, close in enumerate(closes):
        strategy.on_bar(bar(seen, close), FLAT)
        fast_total = sma_total(fast, fast_total, close, seen)
        slow_total = sma_total(slow, slow_total, close, seen)
        if seen < 29:
            assert isnan(strategy.slow_mean)
            continue
        assert strategy.slow_mean == sma(slow_total, 30, seen)
        assert strategy.fast_mean == pytest.approx(sma(fast_total, 7, seen), rel=1e-13)


def test_every_cross_of_a_cent_grid_is_decided_exactly():
    rng = np.random.default_rng(2)
    cents = 1000 + np.cumsum(rng.integers(-1, 2, 5000))
    ideal = Ideal(SmaCross(fast=4, slow=10)).play(bar(i, c / 100) for i, c in enumerate(cents))
    leads = {
        i: 10 * int(cents[i - 3 : i + 1].sum()) > 4 * int(cents[i - 9 : i + 1].sum())
        for i in range(9, 5000)
    }
    expected = [(9, Action.ENTER)] if leads[9] else []
    for before, now in pairwise(range(9, 5000)):
        if leads[before] != leads[now]:
            expected.append((now, Action.ENTER if leads[now] else Action.EXIT))
    assert ideal.actions == expected


def test_flat_prices_never_trade():
    assert Ideal(SmaCross(3, 7)).play(bar(i, 10.1) for i in range(100)).log == []


def test_bars_of_other_spans_are_not_seen():
    strategy = SmaCross(2, 4)
    tape = [bar(i, c) for i, c in enumerate(UP)]
    noise = [bar(i, 99.0 - i, span=1) for i in range(20)]
    assert [strategy.on_bar(b, FLAT) for b in tape[:2] + noise + tape[2:4]] == [HOLD] * 24
    assert strategy.on_bar(tape[4], FLAT).action is Action.ENTER
    assert SmaCross(2, 4, span=1).on_bar(tape[0], FLAT) is HOLD


def test_a_refused_entry_is_asked_for_again_while_the_means_still_say_so():
    strategy = SmaCross(2, 4)
    for i, close in enumerate(UP):
        last = strategy.on_bar(bar(i, close), FLAT)
    assert last.action is Action.ENTER
    assert strategy.on_bar(bar(5, 12.0), FLAT).action is Action.ENTER
    assert strategy.on_bar(bar(6, 12.0), held(0.0, nan, working=1)) is HOLD
    assert strategy.on_bar(bar(7, 12.5), held(40.0)) is HOLD
    assert strategy.machine.state is State.HELD


def test_an_entry_still_working_when_the_means_cross_back_is_withdrawn_once():
    strategy = SmaCross(2, 4)
    for i, close in enumerate(UP):
        strategy.on_bar(bar(i, close), FLAT)
    part = held(40.0, working=1)
    assert strategy.on_bar(bar(5, 5.0), part).action is Action.CANCEL
    assert strategy.on_bar(bar(6, 5.0), part) is HOLD
    assert strategy.on_bar(bar(7, 5.0), held(40.0)).action is Action.EXIT
    assert strategy.on_bar(bar(8, 5.0), held(40.0, working=1)) is HOLD
    assert strategy.on_bar(bar(9, 5.0), held(10.0)).action is Action.EXIT
    assert strategy.on_bar(bar(10, 5.0), FLAT) is HOLD
    assert strategy.machine.state is State.WATCHING


def rising(count, start=0):
    return [bar(start + i, 10.0 + (start + i) * 0.1, 9.9 + (start + i) * 0.1) for i in range(count)]


def test_with_a_stop_it_leaves_on_the_bar_that_touches_it_and_waits_for_the_next_cross():
    ideal = Ideal(SmaCross(2, 4, stop_atr=2.0)).play(rising(6))
    index, action, _, stop = ideal.log[0]
    assert (index, action) == (3, Action.ENTER)
    assert stop == pytest.approx(10.3 - 2.0 * 0.1)
    touch = bar(6, 10.7, stop)
    assert ideal.show(touch).action is Action.EXIT
    assert ideal.play(rising(4, 7)).actions == [(3, Action.ENTER), (6, Action.EXIT)]
    assert ideal.strategy.machine.state is State.STOPPED
    ideal.play([bar(11, 9.0), bar(12, 8.0), bar(13, 12.0, 8.0), bar(14, 13.0, 12.0)])
    assert ideal.actions[2:] == [(14, Action.ENTER)]  # at 13 the means are equal


def test_with_a_stop_a_quote_through_it_leaves_between_bars():
    ideal = Ideal(SmaCross(2, 4, stop_atr=2.0)).play(rising(5))
    ts = bar(4, 1.0).ts + 1
    assert ideal.show(quote(ts, 10.11, 10.12)) is HOLD
    assert ideal.show(quote(ts, 5.0, 10.12)) is HOLD
    assert ideal.show(quote(ts, 10.09, 10.12)).action is Action.EXIT


def test_without_a_stop_quotes_mean_nothing():
    ideal = Ideal(SmaCross(2, 4)).play(rising(5))
    assert ideal.show(quote(0, 0.01, 0.01)) is HOLD


def test_without_a_stop_an_outside_close_is_entered_anew():
    ideal = Ideal(SmaCross(2, 4)).play(rising(6))
    ideal.holding = FLAT
    assert ideal.show(rising(1, 6)[0]).action is Action.ENTER


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"fast": 50, "slow": 20}, "fast < slow"),
        ({"fast": 0}, "fast < slow"),
        ({"span": -1}, "span"),
        ({"stop_atr": nan}, "stop_atr"),
    ],
)
def test_wrong_parameters_are_named(options, names):
    with pytest.raises(BadInput, match=names):
        SmaCross(**options)
