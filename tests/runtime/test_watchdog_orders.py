"""Orders that stay where they should pass, and positions without the stop they asked for."""

from decimal import Decimal
from math import nan

import pytest
from msgspec.structs import replace

from tradeplat.core.intent import FLAT, Holding
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose
from tradeplat.runtime.watchdog_orders import AGES, BARE, OrderWatch

ORDER = Order("o", "AAA", "s", Decimal(10), OrderType.MARKET, Purpose.ENTRY, 0, 0)


class Book:
    def __init__(self) -> None:
        self.open_orders: dict[str, Order] = {}
        self.held = FLAT

    def holding(self, strategy: str, symbol: str) -> Holding:
        return self.held


class Told:
    def __init__(self) -> None:
        self.book = Book()
        self.codes: list[str] = []
        self.watch = OrderWatch(self.book, lambda code, _: self.codes.append(code))

    def state(self, state: OrderState) -> None:
        self.book.open_orders["o"] = replace(ORDER, state=state)


@pytest.mark.parametrize("state", list(AGES))
def test_an_order_that_stays_too_long_is_told_once(state: OrderState) -> None:
    told = Told()
    told.state(state)
    told.watch.look(0.0)
    told.watch.look(AGES[state] - 0.01)
    assert told.codes == []
    told.watch.look(AGES[state])
    told.watch.look(AGES[state] + 100)
    assert told.codes == ["ORDER_STUCK"]


def test_another_state_begins_anew() -> None:
    told = Told()
    told.state(OrderState.SENDING)
    told.watch.look(0.0)
    told.state(OrderState.UNKNOWN)
    told.watch.look(4.0)
    told.watch.look(63.9)
    assert told.codes == []
    told.watch.look(64.0)
    assert told.codes == ["ORDER_STUCK"]


def test_working_orders_may_stay() -> None:
    told = Told()
    told.state(OrderState.WORKING)
    told.watch.look(0.0)
    told.watch.look(10_000.0)
    assert told.codes == []


async def test_a_position_without_the_stop_its_entry_asked_for_is_told() -> None:
    told = Told()
    told.book.held = Holding(10.0, 5.0, 0, nan, nan)
    told.watch.heard(replace(ORDER, filled=Decimal(10), stop_loss=Decimal(4)))
    (since,) = told.watch._bare.values()
    told.watch.look(since + BARE - 0.1)
    assert told.codes == []
    told.watch.look(since + BARE)
    told.watch.look(since + 100)
    assert told.codes == ["UNPROTECTED"]


async def test_one_that_got_its_stop_in_time_or_was_closed_is_not() -> None:
    for held in (Holding(10.0, 5.0, 0, 4.0, nan), FLAT):
        told = Told()
        told.watch.heard(replace(ORDER, filled=Decimal(10), stop_loss=Decimal(4)))
        told.book.held = held
        told.watch.look(1e12)
        assert told.codes == []
