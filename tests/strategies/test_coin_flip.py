"""Fair, repeatable flips, and a trade that ends at its stop or its age."""

from math import nan

import msgspec
import pytest

from tapes import Ideal, bar, held, quote
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Action
from tradeplat.core.machine import State
from tradeplat.strategies.coin_flip import CoinFlip


def swinging(count, start=0):
    """Bars that go up and down by a tenth: a true range of 0.1 and no trend."""
    return [bar(start + i, 10.0 + 0.1 * ((start + i) % 2), 10.0, 10.1) for i in range(count)]


def test_the_same_seed_trades_the_same_and_another_does_not():
    tape = swinging(600)
    logs = [Ideal(CoinFlip(seed=seed)).play(tape).log for seed in (7, 7, 8)]
    assert logs[0] == logs[1] != logs[2]


def test_another_symbol_flips_otherwise():
    mine, other = CoinFlip(), CoinFlip()
    for event in swinging(5):
        mine.on_bar(event, FLAT)
        other.on_bar(msgspec.structs.replace(event, symbol="B"), FLAT)
    assert mine.flip != other.flip


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_the_share_of_longs_is_what_was_asked_for(share):
    strategy = CoinFlip(seed=3, chance=1.0, long_share=share)
    sides = [strategy.on_bar(event, FLAT).conviction for event in swinging(10_015)][15:]
    assert len(sides) == 10_000
    assert sides.count(1.0) / 10_000 == pytest.approx(share, abs=0.015)
    assert sides.count(1.0) + sides.count(-1.0) == 10_000


def test_entries_are_as_frequent_as_asked_for():
    strategy = CoinFlip(seed=5, chance=0.1)
    entries = sum(strategy.on_bar(event, FLAT) is not HOLD for event in swinging(10_015))
    assert entries == pytest.approx(1000, abs=90)


def test_refusals_and_fills_change_no_later_flip():
    lucky, unlucky = Ideal(CoinFlip(seed=2)), CoinFlip(seed=2)
    for event in swinging(300):
        lucky.show(event)
        unlucky.on_bar(event, FLAT)
        assert lucky.strategy.flip == unlucky.flip


def test_it_enters_once_warm_and_leaves_at_its_age():
    ideal = Ideal(CoinFlip(chance=1.0, long_share=1.0, hold_bars=3, stop_atr=5.0))
    ideal.play(swinging(19))
    assert ideal.actions == [(14, Action.ENTER), (17, Action.EXIT), (18, Action.ENTER)]
    assert ideal.log[0][3] == pytest.approx(10.0 - 5.0 * 0.1)


@pytest.mark.parametrize(("share", "beyond"), [(1.0, (9.7, 10.0)), (0.0, (10.0, 10.3))])
def test_it_leaves_on_the_bar_that_touches_its_stop(share, beyond):
    ideal = Ideal(CoinFlip(chance=1.0, long_share=share, hold_bars=99, stop_atr=2.0))
    ideal.play(swinging(17))
    assert ideal.actions == [(14, Action.ENTER)]
    assert ideal.show(bar(17, 10.0, *beyond)).action is Action.EXIT


def test_a_quote_through_the_stop_leaves_between_bars():
    ideal = Ideal(CoinFlip(chance=1.0, long_share=1.0)).play(swinging(16))
    assert ideal.show(quote(0, 9.81, 9.82)) is HOLD
    assert ideal.show(quote(0, 9.79, 9.82)).action is Action.EXIT


def test_an_exit_that_was_refused_is_asked_for_again():
    strategy = CoinFlip(chance=0.0, hold_bars=1)
    for event in swinging(16):
        strategy.on_bar(event, FLAT)
    answers = [strategy.on_bar(event, held(10.0)).action for event in swinging(3, 16)]
    assert answers == [Action.EXIT] * 3
    assert strategy.on_bar(swinging(1, 19)[0], held(10.0, working=1)) is HOLD
    assert strategy.on_bar(swinging(1, 20)[0], FLAT) is HOLD
    assert strategy.machine.state is State.WATCHING


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"chance": 1.5}, "chance"),
        ({"long_share": nan}, "long_share"),
        ({"hold_bars": 0}, "hold_bars"),
        ({"stop_atr": -1.0}, "stop_atr"),
        ({"span": -1}, "span"),
    ],
)
def test_wrong_parameters_are_named(options, names):
    with pytest.raises(BadInput, match=names):
        CoinFlip(**options)
