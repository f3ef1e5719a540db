"""Alpaca's trading bytes to values and back: pure, tolerant of what is missing, never of junk."""

import re
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from tradeplat.core.calendar import Session
from tradeplat.core.errors import Transient
from tradeplat.core.ids import is_flatten
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderState, OrderType, TimeInForce
from tradeplat.core.ports import Account, Held

NEW_YORK = ZoneInfo("America/New_York")
DUPLICATE_ID = "must be unique"
"""What a 422 says when the client order id was used before."""

STATES: dict[str, OrderState] = {
    "new": OrderState.WORKING,
    "accepted": OrderState.WORKING,
    "accepted_for_bidding": OrderState.WORKING,
    "pending_new": OrderState.WORKING,
    "pending_review": OrderState.WORKING,
    "held": OrderState.WORKING,
    "stopped": OrderState.WORKING,
    "suspended": OrderState.WORKING,
    "calculated": OrderState.WORKING,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "done_for_day": OrderState.WORKING,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
    "replaced": OrderState.REPLACED,
    "pending_cancel": OrderState.CANCEL_PENDING,
    "pending_replace": OrderState.REPLACE_PENDING,
    "rejected": OrderState.REJECTED,
}
"""Order states by the venue's word; any other word is UNKNOWN (done_for_day ends a DAY order)."""

_PENNY, _SUBPENNY, _ONE = Decimal("0.01"), Decimal("0.0001"), Decimal(1)
_MOST_DIGITS = 18
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)", re.ASCII
)
_T = TypeVar("_T")


class Unreadable(Transient):
    """The venue sent something that is not what the protocol promises: read it again."""


class WireOrder(msgspec.Struct, frozen=True):
    """An order object; whatever the venue leaves out is None."""

    id: str
    client_order_id: str | None = None
    symbol: str | None = None
    status: str = ""
    side: str | None = None
    type: str | None = None
    order_type: str | None = None
    order_class: str | None = None
    time_in_force: str | None = None
    position_intent: str | None = None
    qty: Decimal | None = None
    filled_qty: Decimal | None = None
    filled_avg_price: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    commission: Decimal | None = None
    extended_hours: bool | None = None
    created_at: str | None = None
    submitted_at: str | None = None
    updated_at: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    reject_reason: str | None = None
    legs: "list[WireOrder] | None" = None


class WireUpdate(msgspec.Struct, frozen=True):
    """One trade update: an event and the whole order after it."""

    event: str
    order: WireOrder
    timestamp: str | None = None
    execution_id: str | None = None
    price: Decimal | None = None
    qty: Decimal | None = None


class WireFrame(msgspec.Struct, frozen=True):
    """The envelope of the account socket; `data` depends on `stream`."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class WireStatus(msgspec.Struct, frozen=True):
    """What authorization and listening frames carry."""

    status: str = ""
    action: str = ""
    streams: list[str] = []
    error: str | None = None
    message: str | None = None


class VenueError(NamedTuple):
    """The venue's own words for a refusal."""

    status: int
    code: str
    message: str


class VenueClock(NamedTuple):
    """The venue's time and its next bells in UTC nanoseconds, 0 where it does not tell."""

    ts: int
    is_open: bool
    next_open: int
    next_close: int


class _Error(msgspec.Struct):
    message: str
    code: int | str | None = None


class _Account(msgspec.Struct):
    id: str | None = None
    account_number: str | None = None
    cash: Decimal | None = None
    equity: Decimal | None = None
    portfolio_value: Decimal | None = None
    buying_power: Decimal | None = None


class _Clock(msgspec.Struct):
    timestamp: str
    is_open: bool = False
    next_open: str | None = None
    next_close: str | None = None


class _Day(msgspec.Struct):
    date: str
    open: str
    close: str
    session_open: str = "0400"
    session_close: str = "2000"


_ORDER = msgspec.json.Decoder(WireOrder)
_ORDERS = msgspec.json.Decoder(list[WireOrder])
_FRAME = msgspec.json.Decoder(WireFrame)
_UPDATE = msgspec.json.Decoder(WireUpdate)
_STATUS = msgspec.json.Decoder(WireStatus)
_ERROR = msgspec.json.Decoder(_Error)
_ACCOUNT = msgspec.json.Decoder(_Account)
_CLOCK = msgspec.json.Decoder(_Clock)
_DAYS = msgspec.json.Decoder(list[_Day])


def order_body(order: Order) -> bytes:
    """The JSON of a new order: prices and quantities are decimal strings on their grid."""
    body: dict[str, object] = {
        "symbol": order.symbol,
        "qty": quantity_text(order.quantity),
        "side": "buy" if order.quantity > 0 else "sell",
        "type": order.type.value,
        "time_in_force": order.tif.value,
        "client_order_id": order.id,
    }
    if order.limit is not None:
        body["limit_price"] = price_text(order.limit, -order.side)
    if order.stop is not None:
        body["stop_price"] = price_text(order.stop, order.side)
    if order.trail is not None:
        body["trail_price"] = quantity_text(order.trail.quantize(_SUBPENNY))
    if order.extended:
        body["extended_hours"] = True
    if is_flatten(order.id):
        # Whatever else happens, it can shrink the position and never turn it.
        body["position_intent"] = "buy_to_close" if order.quantity > 0 else "sell_to_close"
    if order.legged:
        # Levels of all others are the guard's: no venue takes them.
        body.update(_bracket(order))
    return msgspec.json.encode(body)


def _bracket(order: Order) -> dict[str, object]:
    """The fields of the legs that an entry asks for."""
    body: dict[str, object] = {}
    if order.stop_loss is not None:
        body["stop_loss"] = {"stop_price": price_text(order.stop_loss, -order.side)}
    if order.take_profit is not None:
        body["take_profit"] = {"limit_price": price_text(order.take_profit, order.side)}
    if order.stop_loss is not None or order.take_profit is not None:
        both = order.stop_loss is not None and order.take_profit is not None
        body["order_class"] = "bracket" if both else "oto"
    return body


def replace_body(order: Order, limit: Decimal | None, stop: Decimal | None, new_id: str) -> bytes:
    """The JSON that moves `order`; a part-filled order asks for its remainder only (trap 37)."""
    body: dict[str, object] = {"client_order_id": new_id}
    if limit is not None:
        body["limit_price"] = price_text(limit, -order.side)
    if stop is not None:
        body["stop_price"] = price_text(stop, order.side)
    if order.filled:
        body["qty"] = quantity_text(order.leaves)
    return msgspec.json.encode(body)


def price_text(price: Decimal, away: int) -> str:
    """`price` on the tick grid; one between two ticks goes up where `away` > 0, else down."""
    tick = _PENNY if price >= _ONE else _SUBPENNY
    rounding = ROUND_CEILING if away > 0 else ROUND_FLOOR
    return format(price.quantize(tick, rounding), "f")


def quantity_text(quantity: Decimal) -> str:
    """An amount without sign, exponent or trailing zeros."""
    return format(abs(quantity).normalize(), "f")


def decode_order(raw: bytes) -> WireOrder:
    """One order object."""
    return read(_ORDER, raw, "order")


def decode_orders(raw: bytes) -> list[WireOrder]:
    """A list of order objects."""
    return read(_ORDERS, raw, "orders")


def decode_frame(raw: bytes | str) -> WireFrame:
    """One frame of the account socket, text or binary."""
    return read(_FRAME, raw, "account frame")


def decode_update(frame: WireFrame) -> WireUpdate:
    """The trade update inside a frame."""
    return read(_UPDATE, frame.data, "trade update")


def decode_status(frame: WireFrame) -> WireStatus:
    """The authorization or listening answer inside a frame."""
    return read(_STATUS, frame.data, "account status")


def decode_error(status: int, raw: bytes) -> VenueError | None:
    """The venue's own refusal, None when the body is not one (a gateway's page, nothing)."""
    try:
        found = read(_ERROR, raw, "error")
    except Unreadable:
        return None
    return VenueError(status, "" if found.code is None else str(found.code), found.message)


def decode_account(account: bytes, held: Iterable[Held], ts: int) -> Account:
    """The account with what is `held` in it, as read at `ts`; only its cash is indispensable."""
    found = read(_ACCOUNT, account, "account")
    if found.cash is None:
        raise Unreadable("account: no cash in the venue's answer")
    cash = finite(found.cash, "account cash")
    positions = tuple((row.symbol, row.quantity, row.average) for row in held)
    equity = found.equity if found.equity is not None else found.portfolio_value
    if equity is None:
        equity = cash + sum((quantity * average for _, quantity, average in positions), Decimal(0))
    power = found.buying_power
    return Account(
        found.id or found.account_number or "",
        cash,
        finite(equity, "account equity"),
        None if power is None else finite(power, "buying power"),
        ts,
        positions,
    )


def decode_clock(raw: bytes) -> VenueClock:
    """The venue's clock."""
    found = read(_CLOCK, raw, "clock")
    opens, closes = found.next_open, found.next_close
    return VenueClock(
        stamp(found.timestamp),
        found.is_open,
        stamp(opens) if opens else 0,
        stamp(closes) if closes else 0,
    )


def decode_calendar(raw: bytes) -> list[Session]:
    """Trading days, oldest first, from New York times of day."""
    return sorted(_session(row) for row in read(_DAYS, raw, "calendar"))


def state_of(word: str, tif: str | None) -> OrderState:
    """Our state for the venue's `word`; UNKNOWN for one we do not know."""
    if word == "done_for_day" and tif == TimeInForce.DAY.value:
        return OrderState.EXPIRED
    return STATES.get(word, OrderState.UNKNOWN)


def type_of(wire: WireOrder) -> OrderType:
    """The order's type; one we do not know is taken for the least predictable, a market order."""
    word = wire.type or wire.order_type
    return next((kind for kind in OrderType if kind.value == word), OrderType.MARKET)


def tif_of(wire: WireOrder) -> TimeInForce:
    """How long the order lives; DAY where the venue does not tell."""
    return next((tif for tif in TimeInForce if tif.value == wire.time_in_force), TimeInForce.DAY)


def stamp(text: str) -> int:
    """UTC nanoseconds of an RFC 3339 text, all nine digits kept, any offset."""
    found = _STAMP.fullmatch(text)
    if found is None:
        raise Unreadable(f"time {text[:40]!r}: expected RFC 3339")
    day, clock, digits, zone = found.groups()
    try:
        offset = "+00:00" if zone in "Zz" else zone
        whole = timegm(datetime.fromisoformat(f"{day}T{clock}{offset}").utctimetuple())
    except (ValueError, OverflowError):
        raise Unreadable(f"time {text[:40]!r}: no such instant") from None
    return whole * SECOND + int((digits or "")[:9].ljust(9, "0"))


def stamp_text(ts: int) -> str:
    """`ts` as RFC 3339 in UTC with nine digits."""
    seconds, rest = divmod(ts, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def finite(value: Decimal, what: str) -> Decimal:
    """`value` if it is a number of sane size."""
    if not value.is_finite() or (value and abs(value.adjusted()) > _MOST_DIGITS):
        raise Unreadable(f"{what}: found {str(value)[:40]}, expected a number")
    return value


def _session(row: _Day) -> Session:
    try:
        day = date.fromisoformat(row.date)
        pre, opened, closed, post = (
            _instant(day, text)
            for text in (row.session_open, row.open, row.close, row.session_close)
        )
    except (ValueError, OverflowError):
        raise Unreadable(f"calendar day {row.date[:20]!r}: not a day with its times") from None
    return Session(day.year * 10_000 + day.month * 100 + day.day, pre, opened, closed, post)


def _instant(day: date, text: str) -> int:
    digits = text.replace(":", "")
    clock = time(int(digits[:2]), int(digits[2:4]))
    return int(datetime.combine(day, clock, NEW_YORK).timestamp()) * SECOND


def read(decoder: msgspec.json.Decoder[_T], raw: bytes | str | msgspec.Raw, what: str) -> _T:
    """What `raw` says as `decoder` has it; Unreadable names `what` could not be read."""
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Unreadable(f"{what}: {error}") from None
