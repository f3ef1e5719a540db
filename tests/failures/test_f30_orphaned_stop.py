"""F30: a stop that outlives its position, or comes back after it."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from covers import Covered, leave, protect
from tradeplat.core.market import SECOND
from tradeplat.core.orders import OrderState, OrderType, Purpose, Report
from worlds import DAY

REGULAR = DAY.open + 100 * SECOND
PRE = DAY.pre_open + 100 * SECOND


@pytest.fixture(params=[False, True], ids=["at facts", "at once"])
def world(request: pytest.FixtureRequest) -> Covered:
    return Covered(prompt=request.param)


def rest(world: Covered, ts: int, seconds: int, price: float = 100.0) -> int:
    for second in range(1, seconds + 1):
        world.bar(ts + second * SECOND, price)
    return ts + seconds * SECOND


def test_f30_no_stop_is_left_when_the_strategy_has_left(world: Covered) -> None:
    ts = world.hold(REGULAR, stop=97.0, target=105.0)
    world.wish(ts + SECOND, leave())
    rest(world, ts + SECOND, 5)
    assert world.held == 0
    assert world.legs == []
    assert not world.house.guarded


def test_f30_no_stop_comes_back_after_the_target_was_reached(world: Covered) -> None:
    ts = world.hold(REGULAR, stop=97.0, target=105.0)
    ts = rest(world, ts, 3, 106.0)
    assert world.held == 0
    for _ in range(10):
        ts = rest(world, ts, 1, 96.0)
        assert world.legs == []
    assert len(world.fills) == 2


def test_f30_levels_moved_after_the_end_place_nothing(world: Covered) -> None:
    ts = world.hold(REGULAR, stop=97.0)
    world.wish(ts + SECOND, leave())
    ts = rest(world, ts + SECOND, 2)
    world.wish(ts + SECOND, protect(stop=98.0))
    rest(world, ts + SECOND, 5)
    assert world.legs == []


def test_f30_a_position_closed_elsewhere_leaves_no_stop_for_five_seconds() -> None:
    world = Covered(prompt=True)
    ts = world.hold(REGULAR, stop=97.0)
    (leg,) = world.legs
    sold = replace(
        leg, id="x", type=OrderType.MARKET, purpose=Purpose.ENTRY, parent="", stop=None,
        state=OrderState.INTENT,
    )  # fmt: skip
    world.book.register(sold)
    world.heard(Report("x", "A", OrderState.FILLED, ts, Decimal(100), Decimal(100)), ts)
    world.guard.look(ts + SECOND)
    assert world.held == 0
    assert world.legs == []


def test_f30_a_leg_that_shows_late_protects_nothing_and_is_withdrawn() -> None:
    """The bracket's leg is heard of only after the position was closed."""
    world = Covered(prompt=True)
    ts = world.hold(PRE, stop=97.0)
    entry = world.fills[0].order_id
    late = replace(
        world.book.order(entry),
        id=f"{entry}-sl", quantity=Decimal(-100), type=OrderType.STOP, purpose=Purpose.STOP,
        parent=entry, limit=None, stop=Decimal(97), state=OrderState.WORKING, extended=False,
        filled=Decimal(0), average=None,
    )  # fmt: skip
    world.broker.engine.place(late, ts)
    world.heard(Report(late.id, "A", OrderState.WORKING, ts, order=late), ts)
    world.wish(ts + SECOND, leave())
    rest(world, ts + SECOND, 3)
    assert world.held == 0
    assert world.legs == []


def test_f30_one_stop_at_a_time_through_the_bells(world: Covered) -> None:
    ts = world.hold(PRE, stop=97.0, target=105.0)
    for bell in (DAY.open, DAY.close):
        for second in range(-2, 6):
            world.bar(bell + second * SECOND)
            held, stopped = world.held, -sum(left for _, left in world.stops)
            assert stopped in (0, held)
            assert len([o for o in world.legs if o.purpose is Purpose.STOP]) <= 1
    assert ts < DAY.close
