from decimal import Decimal
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.test_handling import BUY, Person
from tradeplat.control.orders import Enter, Leave
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import Purpose
from tradeplat.core.position import Position
from tradeplat.core.tape import Tape
from tradeplat.execution.hand import Rules
from tradeplat.execution.hotkeys import HELD


async def holds(rules: Rules = Rules()) -> Person:  # noqa: B008  # a frozen struct of numbers
    """A hundred shares bought by hand at 98.02, and keys that are disarmed again."""
    person = await Person(rules).armed()
    await person.does("enter", Enter("A", "buy", stop=96.0))
    person.fill(person.orders[0])
    await person.does("disarm")
    return person


@pytest.mark.parametrize(
    ("body", "quantity", "limit"),
    [
        (Enter("A", "sell"), -100, "97.95"),
        (Enter("A", "sell", part=0.5), -50, "97.95"),
        (Enter("A", "sell", shares=30.0, limit=99.5), -30, "99.5"),
        (Enter("A", "sell", shares=30.0, join=True), -30, "98.02"),
        (Enter("A", "sell", dollars=980.0), -10, "97.95"),
        (Enter("A", "sell", risk=50.0, stop=98.95), -50, "97.95"),
        (Enter("A", "sell", shares=1e6), -100, "97.95"),
    ],
)
async def test_a_position_is_closed_by_what_is_asked_for_at_the_price_asked_for(
    body: Enter, quantity: int, limit: str
) -> None:
    person = await holds()
    told = await person.does("enter", body)
    assert told.done, told.text
    order = person.orders[-1]
    assert (order.purpose, order.quantity) == (Purpose.EXIT, quantity)
    assert order.limit == Decimal(limit)


async def test_less_than_a_lot_closes_nothing() -> None:
    person = await holds()
    told = await person.does("enter", Enter("A", "sell", shares=0.4))
    assert told.detail["code"] == "BAD_NUMBER"
    assert len(person.orders) == 1


async def test_without_a_price_or_a_stop_to_count_by_all_of_it_is_closed() -> None:
    person = await holds(Rules(stop=0.0))
    assert (await person.does("enter", Enter("A", "sell", risk=50.0))).done
    assert person.orders[-1].quantity == -100
    blind = await holds()
    blind.world.market.tapes["A"] = blind.world.floor.desks["A"]._tape = Tape()
    assert (await blind.does("enter", Enter("A", "sell", dollars=50.0))).done
    assert (blind.orders[-1].quantity, blind.orders[-1].limit) == (-100, None)


async def test_parts_are_of_what_is_not_on_its_way_out_yet() -> None:
    person = await holds()
    assert (await person.does("leave", Leave("A", 0.5))).done
    person.at += HELD
    assert (await person.does("leave", Leave("A", 0.5))).done
    assert [order.quantity for order in person.orders[1:]] == [-50, -25]
    person.at += HELD
    assert (await person.does("leave", Leave("A"))).done
    assert person.orders[-1].quantity == -25
    assert (await person.does("leave", Leave("A"))).detail["code"] == "REDUCE_ONLY_QTY"


async def test_what_a_strategy_left_here_is_closed_as_its_own() -> None:
    person = await Person().armed()
    await person.does("enter", BUY)
    person.fill(person.orders[0])
    held = {("gone", "A"): Position(Decimal(40), Decimal(98))}
    person.world.house.book._held.update(held)
    person.world.house.book._tell(("gone", "A"), held["gone", "A"])
    assert (await person.does("leave", Leave("A", 0.5))).done
    closing = {order.strategy: order.quantity for order in person.orders[1:]}
    assert closing == {"manual": -50, "gone": -20}
    assert [seat.name for seat in person.world.floor.desks["A"].seats] == ["s", "manual", "gone"]


async def test_another_strategy_s_position_is_nothing_that_a_key_closes_instead() -> None:
    person = await Person().armed()
    desk = person.world.floor.desks["A"]
    desk._act(desk.seats[0], Intent(Action.ENTER, 1.0, nan, 90.0, nan), person.now, person.now)
    person.fill(person.orders[0])
    told = await person.does("enter", Enter("A", "sell", shares=10.0))
    assert told.done, told.text
    assert (person.orders[-1].strategy, person.orders[-1].purpose) == ("manual", Purpose.ENTRY)


ENTERS = st.builds(
    Enter,
    st.just("A"),
    st.sampled_from(["buy", "sell"]),
    shares=st.sampled_from([None, 0.4, 10.0, 100.0, 250.0]),
    part=st.sampled_from([0.5, 1.0]),
    limit=st.sampled_from([None, 98.0, 99.5]),
)
LEAVES = st.builds(Leave, st.just("A"), st.sampled_from([0.25, 0.5, 1.0]))
WHOLE, HALF, NEITHER = 1, 2, 0
STEPS = st.lists(
    st.tuples(
        st.one_of(ENTERS, LEAVES, st.sampled_from(["arm", "disarm"])),
        st.sampled_from([0, HELD // 3, HELD, 9 * HELD]),
        st.sampled_from([WHOLE, HALF, NEITHER]),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(steps=STEPS)
async def test_whatever_is_pressed_nothing_opens_unarmed_and_no_exit_turns_a_position_round(
    steps: list[tuple[object, int, int]],
) -> None:
    person = Person()
    book = person.world.house.book
    for what, later, fills in steps:
        person.at += later
        before, held = len(person.orders), book.held("manual", "A").quantity
        armed = person.hands.arming.by
        name = what if isinstance(what, str) else "enter" if isinstance(what, Enter) else "leave"
        await person.does(name, *([] if isinstance(what, str) else [what]))
        new = person.orders[before:]
        assert len(new) <= 1
        for order in new:
            if order.purpose is Purpose.ENTRY:
                assert armed
                assert held * order.side >= 0
            assert order.limit is None or isinstance(what, Leave) or what.limit in {
                None, float(order.limit)
            }  # fmt: skip
        exits = [one for one in book.open_orders.values() if one.purpose is Purpose.EXIT]
        assert sum(abs(one.leaves) for one in exits) <= abs(held)
        for order in new if fills else []:
            size = abs(order.quantity) if fills == WHOLE else max(1, abs(order.quantity) // 2)
            person.fill(order, 98.0, size)
