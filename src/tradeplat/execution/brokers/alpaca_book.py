"""Alpaca's positions, assets and activities: bytes to values, tolerant of what is missing."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.instrument import Asset
from tradeplat.core.ports import Activity, ActivityKind, Held
from tradeplat.execution.brokers.alpaca_codec import finite, read, stamp

_ZERO = Decimal(0)
_BUSTS = frozenset({"trade_bust", "bust"})
_CORRECTIONS = frozenset({"trade_correct", "correct", "correction", "restated"})
_CORPORATE = frozenset(
    {"MA", "NC", "OPASN", "OPCA", "OPEXC", "OPEXP", "REORG", "SC", "SPIN",
     "SPLIT", "SSO", "SSP"}
)  # fmt: skip
_TRANSFERS = frozenset({"JNLS", "TRANS", "CSD", "CSW", "JNLC", "JNL", "ACATC", "ACATS"})
_CASH = frozenset({"DIV", "FEE", "INT", "MISC", "PTC"})


class _Position(msgspec.Struct):
    symbol: str
    qty: Decimal
    avg_entry_price: Decimal
    qty_available: Decimal | None = None
    current_price: Decimal | None = None
    side: str | None = None


class _Asset(msgspec.Struct):
    symbol: str
    tradable: bool = False
    shortable: bool = False
    easy_to_borrow: bool = False
    fractionable: bool = False
    marginable: bool = False
    status: str = ""


class _Activity(msgspec.Struct):
    id: str
    activity_type: str
    type: str = ""
    transaction_time: str | None = None
    date: str | None = None
    created_at: str | None = None
    symbol: str | None = None
    side: str | None = None
    order_id: str | None = None
    execution_id: str | None = None
    previous_execution_id: str | None = None
    qty: Decimal | None = None
    price: Decimal | None = None
    cum_qty: Decimal | None = None
    net_amount: Decimal | None = None
    description: str | None = None


class _Row(msgspec.Struct):
    status: int = 0
    id: str | None = None
    symbol: str | None = None
    body: msgspec.Raw = msgspec.Raw(b"{}")


class _Words(msgspec.Struct):
    message: str = ""


_POSITIONS = msgspec.json.Decoder(list[_Position])
_POSITION = msgspec.json.Decoder(_Position)
_ASSET = msgspec.json.Decoder(_Asset)
_ACTIVITIES = msgspec.json.Decoder(list[_Activity])
_ROWS = msgspec.json.Decoder(list[_Row])
_WORDS = msgspec.json.Decoder(_Words)


def decode_positions(raw: bytes) -> tuple[Held, ...]:
    """Every position."""
    return tuple(_held(row) for row in read(_POSITIONS, raw, "positions"))


def decode_position(raw: bytes) -> Held:
    """One position."""
    return _held(read(_POSITION, raw, "position"))


def decode_asset(raw: bytes) -> Asset:
    """One asset."""
    found = read(_ASSET, raw, "asset")
    return Asset(
        found.symbol,
        tradable=found.tradable and found.status in {"active", ""},
        shortable=found.shortable,
        borrow_known=found.easy_to_borrow,
        fractionable=found.fractionable,
    )


def decode_activities(raw: bytes, names: Mapping[str, str]) -> list[Activity]:
    """A page of activities; `names` are our order ids by the venue's."""
    return [_activity(row, names) for row in read(_ACTIVITIES, raw, "activities")]


def decode_refused(raw: bytes) -> dict[str, str]:
    """What an answer of many rows refused: the words by order id or symbol."""
    return {
        row.symbol or row.id or "?": _said(row)
        for row in read(_ROWS, raw, "rows")
        if not 200 <= row.status < 300
    }


def _said(row: _Row) -> str:
    try:
        words = _WORDS.decode(row.body).message
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        words = ""
    return f"HTTP {row.status} {words}".strip()


def _held(row: _Position) -> Held:
    quantity = finite(row.qty, f"position in {row.symbol}")
    if row.side is not None:
        quantity = -abs(quantity) if row.side == "short" else abs(quantity)
    free = quantity
    if row.qty_available is not None:
        size = abs(finite(row.qty_available, f"free quantity of {row.symbol}"))
        free = min(size, abs(quantity)).copy_sign(quantity)
    last = row.current_price
    return Held(
        row.symbol,
        quantity,
        free,
        finite(row.avg_entry_price, f"entry price of {row.symbol}"),
        None if last is None else finite(last, f"price of {row.symbol}"),
    )


def _activity(row: _Activity, names: Mapping[str, str]) -> Activity:
    kind = _kind(row)
    quantity = _ZERO if row.qty is None else finite(row.qty, f"quantity of {row.id}")
    sells = (row.side or "").startswith("sell")
    if kind.of_order:
        quantity = -quantity if sells else quantity
        if kind is ActivityKind.BUST:
            quantity = -quantity
    cash = _ZERO if row.net_amount is None else finite(row.net_amount, f"amount of {row.id}")
    venue_id = row.order_id or ""
    return Activity(
        id=row.id,
        kind=kind,
        ts=_moment(row),
        symbol=row.symbol or "",
        order_id=names.get(venue_id, ""),
        venue_id=venue_id,
        exec_id=row.execution_id or row.id.rpartition("::")[2],
        corrects=row.previous_execution_id or "",
        quantity=quantity,
        price=None if row.price is None else finite(row.price, f"price of {row.id}"),
        cumulative=None if row.cum_qty is None else finite(row.cum_qty, f"total of {row.id}"),
        cash=cash,
        words=row.description or row.activity_type,
    )


def _kind(row: _Activity) -> ActivityKind:
    if row.activity_type == "FILL":
        if row.type in _BUSTS:
            return ActivityKind.BUST
        return ActivityKind.CORRECTION if row.type in _CORRECTIONS else ActivityKind.FILL
    if row.activity_type in _TRANSFERS:
        return ActivityKind.TRANSFER
    if row.activity_type in _CORPORATE:
        return ActivityKind.CORPORATE
    if row.activity_type in _CASH or row.activity_type.startswith(("DIV", "INT")):
        return ActivityKind.CASH
    return ActivityKind.OTHER


def _moment(row: _Activity) -> int:
    text = row.transaction_time or row.created_at
    if text:
        return stamp(text)
    return stamp(f"{row.date}T00:00:00Z") if row.date else 0
