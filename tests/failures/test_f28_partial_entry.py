"""F28: an entry that fills in parts, and the size of the stop that protects it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covers import Covered, enter, leave, protect
from tradeplat.core.market import SECOND
from worlds import DAY

REGULAR = DAY.open + 100 * SECOND
PRE = DAY.pre_open + 100 * SECOND


def sizes(world: Covered) -> tuple[int, int]:
    return int(world.held), -int(sum(left for _, left in world.stops))


@pytest.mark.parametrize("prompt", [False, True])
def test_f28_the_stop_grows_with_each_fill_and_is_never_of_nothing(prompt: bool) -> None:
    world = Covered(prompt=prompt, cap=0.017)
    world.strategy.next = enter(1.0, 100.5, 97.0)
    seen = []
    for second in range(10):
        world.bar(REGULAR + second * SECOND)
        held, stopped = sizes(world)
        assert held == stopped
        assert all(order.quantity for order in world.legs)
        seen.append(held)
    assert seen[-1] == 100
    assert len(set(seen)) > 4


@pytest.mark.parametrize("prompt", [False, True])
def test_f28_an_entry_cut_short_leaves_a_stop_of_what_has_filled(prompt: bool) -> None:
    world = Covered(prompt=prompt, cap=0.017)
    world.strategy.next = enter(1.0, 100.5, 97.0)
    for second in range(3):
        world.bar(REGULAR + second * SECOND)
    entry = world.fills[0].order_id
    world.broker.cancel(entry)
    for second in range(3, 9):
        world.bar(REGULAR + second * SECOND)
    held, stopped = sizes(world)
    assert 0 < held < 100
    assert stopped == held


def test_f28_before_the_open_a_part_that_filled_is_armed_as_the_part_it_is() -> None:
    world = Covered(prompt=True, cap=0.017)
    world.strategy.next = enter(1.0, 100.5, 97.0)
    for second in range(3):
        world.bar(PRE + second * SECOND)
    held = world.held
    assert 0 < held < 100
    world.bar(PRE + 4 * SECOND, 96.0)
    (order,) = world.legs
    assert order.quantity == -world.held
    for second in range(5, 40):
        world.bar(PRE + second * SECOND, 96.0)
    assert world.held == 0
    assert world.legs == []


@settings(max_examples=40, deadline=None)
@given(
    st.booleans(),
    st.floats(0.004, 0.2),
    st.lists(st.sampled_from(["on", "leave", "protect", "cancel"]), max_size=25),
)
def test_f28_whatever_fills_in_parts_the_stop_is_of_what_is_held(
    prompt: bool, cap: float, steps: list[str]
) -> None:
    world = Covered(prompt=prompt, cap=cap)
    world.strategy.next = enter(1.0, 100.5, 97.0, 104.0)
    for number, step in enumerate(steps):
        if step == "leave" and world.held:
            world.strategy.next = leave(100.0)
        elif step == "protect" and world.held:
            world.strategy.next = protect(97.5, 103.0)
        elif step == "cancel" and world.fills:
            world.broker.cancel(world.fills[0].order_id)
        world.bar(REGULAR + number * SECOND)
        held, stopped = sizes(world)
        assert 0 <= stopped <= max(held, 0)
    for number in range(len(steps), len(steps) + 40):
        world.bar(REGULAR + number * SECOND)
    held, stopped = sizes(world)
    assert stopped == held
