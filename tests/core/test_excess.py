from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.excess import covered, excess
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.core.position import Position
from tradeplat.core.tape import Tapes
from tradeplat.execution.tracker import PositionTracker

HELD = Decimal(10)


def order(name: str, quantity: int, purpose: Purpose = Purpose.STOP, **more: object) -> Order:
    kind = OrderType.STOP if purpose is Purpose.STOP else OrderType.MARKET
    made = Order(f"tp1-260105-{name:0>14}-0", "A", "s", Decimal(quantity), kind, purpose, 1, 1)
    return replace(made, **more)


def book(held: Decimal, *orders: Order) -> PositionTracker:
    made = PositionTracker(Decimal(0), Tapes())
    made.restore(orders, {("s", "A"): Position(held, Decimal(5))}, Decimal(0))
    return made


@pytest.mark.parametrize(
    ("standing", "asked", "free"),
    [
        ((), order("x", -10), True),
        ((), order("x", -11), False),
        ((), order("x", 1), False),
        ((), order("x", 20, Purpose.ENTRY), True),
        ((order("a", -4),), order("x", -6), True),
        ((order("a", -4),), order("x", -7), False),
        ((order("a", -4, strategy="t"),), order("x", -10), True),
        ((order("a", -4, symbol="B"),), order("x", -10), True),
        ((order("a", -4, state=OrderState.CANCELED),), order("x", -10), True),
        ((order("a", -9, filled=Decimal(5)),), order("x", -6), True),
        ((order("a", -10, Purpose.TARGET),), order("x", -10), True),
        ((order("a", -4),), order("x", -10, Purpose.EXIT), True),
        ((order("a", -4, Purpose.EXIT),), order("x", -10, Purpose.FLATTEN), False),
        ((order("a", -4, Purpose.EXIT),), order("x", -6, Purpose.FLATTEN), True),
        ((), order("x", -11, Purpose.TARGET), False),
    ],
)
def test_what_closes_leaves_for_no_more_than_is_free(
    standing: tuple[Order, ...], asked: Order, *, free: bool
) -> None:
    for sign in (1, -1):
        turned = [replace(one, quantity=sign * one.quantity) for one in (*standing, asked)]
        said = excess(turned[-1], book(sign * HELD, *turned))
        assert (said == "") is free
        assert free or said.startswith("REDUCE_ONLY_QTY: Refused: exit of ")


def test_nothing_held_leaves_nothing_to_close() -> None:
    said = excess(order("x", -1), book(Decimal(0)))
    assert said == "REDUCE_ONLY_QTY: Refused: exit of -1 exceeds free position 0."


@given(
    st.integers(1, 50), st.lists(st.integers(1, 20), max_size=4), st.integers(1, 60), st.booleans()
)
def test_stops_that_may_leave_never_cover_more_than_is_held(
    held: int, sizes: list[int], asked: int, short: bool
) -> None:
    sign = -1 if short else 1
    stops = [order(f"a{n}", -sign * size) for n, size in enumerate(sizes)]
    wanted = order("x", -sign * asked)
    known = book(Decimal(sign * held), *stops, wanted)
    before = covered("s", "A", known, wanted.id)
    assert before == sum(sizes)
    assert (excess(wanted, known) == "") is (before + asked <= held)
