from decimal import Decimal

import msgspec
import pytest

from tradeplat.core.orders import (
    OPEN_STATES,
    TRANSITIONS,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Report,
    TimeInForce,
)

ORDER = Order("id", "BAC", "ema", Decimal(-100), OrderType.MARKET, Purpose.EXIT, 1, 2)


def test_the_table_names_every_state_once() -> None:
    assert set(TRANSITIONS) == set(OrderState)


@pytest.mark.parametrize("state", sorted(set(OrderState) - OPEN_STATES))
def test_a_closed_order_moves_only_on_evidence_from_the_venue(state: OrderState) -> None:
    quiet = {OrderState.INTENT, OrderState.SENDING, OrderState.UNKNOWN, OrderState.ABANDONED}
    assert not TRANSITIONS[state] & quiet


def test_nothing_returns_to_intent() -> None:
    assert not any(OrderState.INTENT in after for after in TRANSITIONS.values())


def test_leaves_are_signed_and_vanish_with_the_order() -> None:
    part = msgspec.structs.replace(ORDER, filled=Decimal(30), state=OrderState.PARTIAL)
    assert (ORDER.side, part.leaves, part.open) == (-1, Decimal(-70), True)
    gone = msgspec.structs.replace(part, state=OrderState.CANCELED)
    assert (gone.leaves, gone.open) == (0, False)


def test_a_venue_holds_levels_in_regular_hours_and_of_orders_that_last() -> None:
    bought = msgspec.structs.replace(ORDER, stop_loss=Decimal(9))
    assert bought.legged
    assert msgspec.structs.replace(bought, tif=TimeInForce.GTC).legged
    assert not ORDER.legged
    assert not msgspec.structs.replace(bought, extended=True).legged
    assert not msgspec.structs.replace(bought, tif=TimeInForce.IOC).legged


def test_money_crosses_json_exactly() -> None:
    report = Report("id", "BAC", OrderState.PARTIAL, 3, Decimal("0.1"), Decimal("13.955"))
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    assert msgspec.json.decode(msgspec.json.encode(ORDER), type=Order) == ORDER
