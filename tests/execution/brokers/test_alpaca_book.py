from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import Transient
from tradeplat.core.ports import Activity, ActivityKind, Held
from tradeplat.execution.brokers.alpaca_book import (
    decode_activities,
    decode_asset,
    decode_position,
    decode_positions,
    decode_refused,
)


def activity(**fields: object) -> Activity:
    row = {"id": "20260105::e1", "activity_type": "FILL", "type": "fill", "side": "buy"} | fields
    [found] = decode_activities(msgspec.json.encode([row]), {"v1": "tp1-a"})
    return found


def position(**fields: object) -> Held:
    row = {"symbol": "AAA", "qty": "10", "avg_entry_price": "5"} | fields
    return decode_position(msgspec.json.encode(row))


@pytest.mark.parametrize(
    ("fields", "quantity", "free"),
    [
        ({}, 10, 10),
        ({"qty_available": "4"}, 10, 4),
        ({"qty": "-10", "side": "short", "qty_available": "-3"}, -10, -3),
        ({"qty": "10", "side": "short", "qty_available": "3"}, -10, -3),
        ({"qty_available": "11"}, 10, 10),
        ({"qty_available": "0"}, 10, 0),
    ],
)
def test_what_is_free_has_the_sign_of_the_position(
    fields: dict[str, object], quantity: int, free: int
) -> None:
    found = position(**fields)
    assert (found.quantity, found.free) == (quantity, free)


@pytest.mark.parametrize(
    ("fields", "kind", "quantity"),
    [
        ({"qty": "3"}, ActivityKind.FILL, 3),
        ({"qty": "3", "side": "sell"}, ActivityKind.FILL, -3),
        ({"qty": "3", "side": "sell_short"}, ActivityKind.FILL, -3),
        ({"qty": "3", "type": "trade_bust"}, ActivityKind.BUST, -3),
        ({"qty": "3", "type": "trade_bust", "side": "sell"}, ActivityKind.BUST, 3),
        ({"qty": "2", "type": "trade_correct"}, ActivityKind.CORRECTION, 2),
        ({"activity_type": "SPLIT", "qty": "10", "side": None}, ActivityKind.CORPORATE, 10),
        ({"activity_type": "JNLS", "qty": "-5", "side": None}, ActivityKind.TRANSFER, -5),
        ({"activity_type": "DIVNRA", "net_amount": "-1"}, ActivityKind.CASH, 0),
        ({"activity_type": "WHAT"}, ActivityKind.OTHER, 0),
    ],
)
def test_each_kind_of_activity_moves_the_position_its_own_way(
    fields: dict[str, object], kind: ActivityKind, quantity: int
) -> None:
    found = activity(**fields)
    assert (found.kind, found.quantity) == (kind, quantity)


def test_an_activity_names_order_execution_and_moment() -> None:
    told = activity(
        order_id="v1",
        transaction_time="2026-01-05T14:30:00.000000001Z",
        price="5.01",
        cum_qty="7",
        previous_execution_id="e0",
    )
    assert (told.order_id, told.venue_id, told.exec_id, told.corrects) == (
        "tp1-a",
        "v1",
        "e1",
        "e0",
    )
    assert told.ts == 1_767_623_400_000_000_001
    assert (told.price, told.cumulative) == (Decimal("5.01"), 7)
    assert activity(order_id="v2").order_id == ""
    assert activity(date="2026-01-05").ts == 1_767_571_200_000_000_000
    assert activity().ts == 0


def test_an_asset_that_is_not_active_is_not_tradable() -> None:
    asset = decode_asset(b'{"symbol":"A","tradable":true,"status":"inactive"}')
    assert not asset.tradable
    assert not asset.shortable


@given(st.binary(max_size=200))
def test_junk_is_transient_never_anything_else(raw: bytes) -> None:
    for decode in (decode_positions, decode_position, decode_asset, decode_refused):
        try:
            decode(raw)
        except Transient:
            continue
    with pytest.raises(Transient):
        decode_activities(raw + b"x", {})
    with pytest.raises(Transient):
        position(qty="NaN")
