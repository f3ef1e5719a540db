from decimal import Decimal

import pytest
from msgspec.structs import replace

from app.test_handling import BUY, Person
from tradeplat.control.orders import Enter, Protect
from tradeplat.core.market import MINUTE, Bar


async def holds(side: str = "buy") -> Person:
    person = await Person().armed()
    await person.does("enter", replace(BUY, side=side))
    person.fill(person.orders[0], 98.0)
    return person


def stop(person: Person) -> float:
    return person.world.floor.desks["A"].seats[-1].holding.stop


def bars(person: Person, lows: list[float]) -> None:
    """Minute bars two dollars high."""
    for n, low in enumerate(lows):
        ts = (n + 1) * MINUTE
        bar = Bar("A", ts, low + 1, low + 2, low, low + 1, 9.0, 60, "x")
        person.scene.fact(person.now, bar)


async def test_a_stop_moves_to_where_the_position_breaks_even() -> None:
    person = await holds()
    person.quote(99.0, 99.02)
    told = await person.does("protect", Protect("A", to="breakeven"))
    assert told.done, told.text
    assert stop(person) == 98.0
    again = await person.does("protect", Protect("A", to="breakeven"))
    assert again.done


async def test_fees_both_ways_are_part_of_breaking_even() -> None:
    person = await holds()
    entry = replace(person.orders[0], filled=Decimal(100), fees=Decimal(5), average=Decimal(98))
    person.scene.change(person.now, entry, None)
    person.quote(99.0, 99.02)
    await person.does("protect", Protect("A", to="breakeven"))
    assert stop(person) == 98.1


async def test_a_stop_that_would_loosen_is_refused_but_a_dragged_one_may() -> None:
    person = await holds()
    person.quote(99.0, 99.02)
    await person.does("protect", Protect("A", stop=98.5))
    assert stop(person) == 98.5
    told = await person.does("protect", Protect("A", to="breakeven"))
    assert (told.done, told.detail["code"]) == (False, "LOOSER")
    assert (await person.does("protect", Protect("A", stop=97.0))).done
    assert stop(person) == 97.0


@pytest.mark.parametrize(("side", "level"), [("buy", 99.0), ("sell", 97.0)])
async def test_a_stop_past_the_market_is_refused(side: str, level: float) -> None:
    person = await holds(side)
    told = await person.does("protect", Protect("A", stop=level))
    assert (told.done, told.detail["code"]) == (False, "PAST_MARKET")


async def test_a_stop_goes_a_tick_behind_the_last_swing() -> None:
    person = await holds()
    told = await person.does("protect", Protect("A", to="swing"))
    assert told.detail["code"] == "NO_SWING"
    bars(person, [97.5, 97.0, 96.5, 97.0, 97.5, 97.8])
    told = await person.does("protect", Protect("A", to="swing"))
    assert told.done, told.text
    assert stop(person) == 96.49


async def test_a_short_is_stopped_above_the_last_swing_high() -> None:
    person = await holds("sell")
    bars(person, [97.0, 97.2, 97.5, 97.2, 97.0])
    assert (await person.does("protect", Protect("A", to="swing"))).done
    assert stop(person) == 99.51


async def test_each_holder_is_answered_for() -> None:
    person = await holds()
    told = await person.does("protect", Protect("A", target=105.0, strategy="s"))
    assert told.detail["code"] == "NOT_HELD"
    told = await person.does("protect", Protect("A", target=105.0, strategy="manual"))
    assert told.text == "manual A: target 105 asked for"
    assert (await person.does("enter", Enter("A", "buy", shares=1.0))).text
