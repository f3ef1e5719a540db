from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.risk.caps import Ample, room
from tradeplat.risk.limits import Limits
from worlds import CASH, World, bar, found

A, B = Instrument("A"), Instrument("B")


def entry(quantity: int, limit: str, symbol: str = "A") -> Order:
    return Order(
        f"o{quantity}{symbol}",
        symbol,
        "s",
        Decimal(quantity),
        OrderType.LIMIT,
        Purpose.ENTRY,
        1,
        1,
        limit=Decimal(limit),
    )


@pytest.mark.parametrize(
    ("wanted", "limits", "quantity", "code"),
    [
        (100, Limits(), 100, "SIZE"),
        (900, Limits(), 250, "MAX_NOTIONAL"),
        (900, Limits(max_notional=CASH), 500, "MAX_POSITION"),
        (9_000, Limits(max_notional=CASH * 9, max_position=CASH * 9), 1904, "BUYING_POWER"),
    ],
)
def test_the_tightest_cap_binds_and_is_named(
    wanted: int, limits: Limits, quantity: int, code: str
) -> None:
    world = World(lambda _: {})
    space = room(Decimal(wanted), 1, A, Decimal(100), limits, world.tracker)
    assert (int(space.quantity), space.code) == (quantity, code)


def test_working_entries_reserve_position_and_buying_power() -> None:
    world = World(lambda _: {})
    world.tracker.register(entry(400, "100"))
    space = room(Decimal(900), 1, A, Decimal(100), Limits(max_notional=CASH), world.tracker)
    assert (space.quantity, space.code) == (100, "MAX_POSITION")
    other = Limits(max_notional=CASH * 9, max_position=CASH * 9, leverage=Decimal("0.5"))
    space = room(Decimal(900), 1, B, Decimal(100), other, world.tracker)
    assert (int(space.quantity), space.code) == (95, "BUYING_POWER")


def test_selling_into_a_long_position_has_its_room_too() -> None:
    world = World(lambda _: {})
    world.floor.open_desk("A", 0).on_market(bar("A", 1), 0)
    found(world.tracker, "A", Decimal(500), Decimal(100))
    limits = Limits(max_notional=CASH, leverage=Decimal(9))
    assert room(Decimal(900), 1, A, Decimal(100), limits, world.tracker).quantity == 0
    space = room(Decimal(900), -1, A, Decimal(100), limits, world.tracker)
    assert (space.quantity, space.code) == (500, "SHORT")
    assert room(Decimal(400), -1, A, Decimal(100), limits, world.tracker).quantity == 400


@given(st.integers(1, 3_000), st.integers(1, 2_000), st.integers(0, 900))
def test_what_is_called_ample_is_never_cut_by_the_exact_caps(
    wanted: int, price: int, held: int
) -> None:
    world = World(lambda _: {})
    world.floor.open_desk("B", 0).on_market(bar("B", 1), 0)
    if held:
        found(world.tracker, "B", Decimal(held), Decimal(100))
    ample = Ample(Limits(), world.tracker).room(float(wanted), A, float(price))
    exact = room(Decimal(wanted), 1, A, Decimal(price), Limits(), world.tracker)
    assert not ample or exact.quantity == wanted
