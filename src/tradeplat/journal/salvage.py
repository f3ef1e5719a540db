"""The tables of a journal beside its records: do they agree, and what do they add to them."""

import sqlite3
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tradeplat.core.conditions import Condition
from tradeplat.core.journal import SeatState
from tradeplat.core.orders import Order
from tradeplat.core.position import Position
from tradeplat.journal.batch import seat_hash
from tradeplat.journal.chain import Broken
from tradeplat.journal.kept import UNREADABLE, Kept
from tradeplat.journal.tables import amount

T = TypeVar("T")
_ORDERS = "SELECT coid, state, filled FROM orders"
_POSITIONS = "SELECT strategy, symbol, quantity FROM positions"
_EPOCH = "SELECT max(epoch) FROM journal WHERE epoch < 1000000000"
"""The last epoch that anything was written in; larger ones are no numbers of epochs."""
_SEATS = "SELECT strategy, symbol, ts, state, hash FROM seats"


def compare(connection: sqlite3.Connection, kept: Kept) -> None:
    """Raise Broken when the tables do not say what the records say."""
    orders = {
        order.id.encode(): (order.state.value.encode(), amount(order.filled).encode())
        for order in kept.orders.values()
    }
    told = {row[0]: row[1:] for row in connection.execute(_ORDERS)}
    if told != orders:
        raise Broken(f"{_first(told, orders)}: the table of orders differs from the records")
    held = {
        (strategy.encode(), symbol.encode()): str(position.quantity).encode()
        for (strategy, symbol), position in kept.holdings.items()
        if position.quantity
    }
    found = {row[:2]: row[2] for row in connection.execute(_POSITIONS)}
    flat = {key for key in found if key not in held and not _amount(found[key])}
    if {key: held for key, held in found.items() if key not in flat} != held:
        raise Broken("the table of positions differs from the records")


def salvage(connection: sqlite3.Connection, kept: Kept) -> None:
    """Add to `kept` what the tables tell beyond the records that could be read.

    No epoch comes a second time: ids of closing orders carry it.
    """
    for (epoch,) in _readable(connection, _EPOCH):
        kept.epoch = max(kept.epoch, int(epoch or 0))
    for row in _readable(connection, "SELECT body FROM orders"):
        order = _decoded(row[0], Order)
        known = None if order is None else kept.orders.get(order.id)
        if order is not None and known is None:
            kept.meant(order)
        elif order is not None and known is not None and order.filled >= known.filled:
            kept.orders[order.id] = order
    for row in _readable(connection, "SELECT * FROM positions"):
        try:
            position = msgspec.convert(
                {
                    name: text.decode()
                    for name, text in zip(Position.__struct_fields__, row[2:], strict=True)
                },
                Position,
            )
            kept.holdings[row[0].decode(), row[1].decode()] = position
        except (*UNREADABLE, AttributeError):
            continue
    for row in _readable(connection, "SELECT body FROM modes"):
        condition = _decoded(row[0], Condition)
        if condition is not None:
            kept.impose(condition)


def seats(connection: sqlite3.Connection) -> list[SeatState]:
    """The memory of every strategy that is as it was written."""
    found = []
    for strategy, symbol, ts, state, told in connection.execute(_SEATS):
        try:
            names = strategy.decode(), symbol.decode()
            if seat_hash(*names, ts, state) == told:
                found.append(SeatState(*names, ts, msgspec.json.decode(state)))
        except (*UNREADABLE, AttributeError):
            continue
    return found


def _readable(connection: sqlite3.Connection, query: str) -> list[tuple[bytes, ...]]:
    """The rows of `query`, as far as they can be read."""
    rows: list[tuple[bytes, ...]] = []
    try:
        rows.extend(connection.execute(query))
    except sqlite3.Error:
        return rows
    return rows


def _decoded(data: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(data, type=kind)
    except UNREADABLE:
        return None


def _amount(text: bytes) -> bool:
    return text.strip(b"0.-+eE") != b""


def _first(one: Mapping[bytes, object], other: Mapping[bytes, object]) -> str:
    keys = [key for key in (*one, *other) if one.get(key) != other.get(key)]
    return ascii(keys[0]) if keys else "?"
