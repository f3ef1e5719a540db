"""Orders, fills and venue reports, and the one table of legal order states."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

ZERO = Decimal(0)


class OrderType(StrEnum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class Purpose(StrEnum):
    """Why an order exists."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP = "stop"
    TARGET = "target"
    FLATTEN = "flatten"


class TimeInForce(StrEnum):
    """How long an order lives at the venue."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


class OrderState(StrEnum):
    """Where an order stands, in our own words (reliability.md 2.2); venue words map to these."""

    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    PARTIAL = "partial"
    CANCEL_PENDING = "cancel_pending"
    REPLACE_PENDING = "replace_pending"
    DENIED = "denied"
    ABANDONED = "abandoned"
    REJECTED = "rejected"
    NOT_PLACED = "not_placed"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REPLACED = "replaced"


_S = OrderState
_LANDED = frozenset(
    {
        _S.WORKING,
        _S.PARTIAL,
        _S.CANCEL_PENDING,
        _S.REPLACE_PENDING,
        _S.REJECTED,
        _S.FILLED,
        _S.CANCELED,
        _S.EXPIRED,
        _S.REPLACED,
    }
)

TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    _S.INTENT: _LANDED | {_S.SENDING, _S.ABANDONED, _S.UNKNOWN},
    _S.SENDING: _LANDED | {_S.UNKNOWN},
    _S.UNKNOWN: _LANDED | {_S.NOT_PLACED},
    _S.WORKING: _LANDED | {_S.UNKNOWN},
    _S.PARTIAL: _LANDED - {_S.WORKING} | {_S.UNKNOWN},
    _S.CANCEL_PENDING: _LANDED - {_S.REPLACE_PENDING} | {_S.UNKNOWN},
    _S.REPLACE_PENDING: _LANDED | {_S.UNKNOWN},
    _S.DENIED: frozenset(),
    # Evidence at the venue resurrects an order we had given up on (T12).
    _S.ABANDONED: _LANDED,
    _S.REJECTED: _LANDED - {_S.REJECTED},
    _S.NOT_PLACED: _LANDED,
    # A late fill moves the quantity, and at most the state to FILLED (T14, T26).
    _S.FILLED: frozenset(),
    _S.CANCELED: frozenset({_S.FILLED}),
    _S.EXPIRED: frozenset({_S.FILLED}),
    _S.REPLACED: frozenset({_S.FILLED}),
}
"""From each state, the states an order may move to next; staying is always legal."""

OPEN_STATES = frozenset(
    {
        _S.INTENT,
        _S.SENDING,
        _S.UNKNOWN,
        _S.WORKING,
        _S.PARTIAL,
        _S.CANCEL_PENDING,
        _S.REPLACE_PENDING,
    }
)
"""States in which an order may still fill and its exposure stays reserved."""


class Order(msgspec.Struct, frozen=True, gc=False, tag="order", tag_field="kind"):
    """One order we mean to place or have placed.

    `id` is our client order id, `quantity` is signed (buy > 0), `filled` is the cumulative filled
    quantity without sign and `average` its VWAP. `cause` is the `ts` of the event that led to it,
    `created` the moment the gate approved it; all times are UTC nanoseconds. `expires` is the
    moment our executor cancels it unfilled (0: never). `stop_loss` and `take_profit` are the
    protective legs asked for with an entry; the legs themselves are orders whose `parent` is the
    entry's id. `trail` is the distance of a trailing stop in money. `session` may extend to
    pre-market and after-hours.
    """

    id: str
    symbol: str
    strategy: str
    quantity: Decimal
    type: OrderType
    purpose: Purpose
    cause: int
    created: int
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    extended: bool = False
    expires: int = 0
    parent: str = ""
    state: OrderState = OrderState.INTENT
    filled: Decimal = ZERO
    average: Decimal | None = None
    fees: Decimal = ZERO
    venue_id: str = ""
    reason: str = ""

    @property
    def side(self) -> int:
        """+1 to buy, -1 to sell."""
        return 1 if self.quantity > 0 else -1

    @property
    def leaves(self) -> Decimal:
        """Signed quantity that may still fill."""
        if self.state not in OPEN_STATES:
            return ZERO
        return self.quantity - self.filled if self.quantity > 0 else self.quantity + self.filled

    @property
    def open(self) -> bool:
        """True while the order may still fill."""
        return self.state in OPEN_STATES


class Fill(msgspec.Struct, frozen=True, gc=False, tag="fill", tag_field="kind"):
    """Growth of an order's cumulative quantity, counted exactly once.

    `quantity` is signed, `price` the VWAP of this growth, `fee` the money it cost beyond price.
    """

    order_id: str
    symbol: str
    strategy: str
    ts: int
    quantity: Decimal
    price: Decimal
    fee: Decimal = ZERO
    purpose: Purpose = Purpose.ENTRY
    exec_id: str = ""


class Report(msgspec.Struct, frozen=True, gc=False, tag="report", tag_field="kind"):
    """What a venue says of one order: cumulative truth, never a difference.

    `filled` is cumulative without sign, `average` its VWAP, `fee` cumulative. `last_quantity` and
    `last_price` describe the execution that caused the report, where the venue tells. `order` is
    the full description of an order we did not send under this id: a bracket leg or a stranger.
    What that description says was `filled` is in the positions already and is not booked again.
    """

    order_id: str
    symbol: str
    state: OrderState
    ts: int
    filled: Decimal = ZERO
    average: Decimal | None = None
    fee: Decimal = ZERO
    venue_id: str = ""
    exec_id: str = ""
    last_quantity: Decimal | None = None
    last_price: Decimal | None = None
    reason: str = ""
    order: Order | None = None


class Refused(msgspec.Struct, frozen=True, gc=False, tag="refused", tag_field="kind"):
    """An intent the gate turned down: a value, not an exception."""

    symbol: str
    strategy: str
    cause: int
    code: str
    message: str


class Change(NamedTuple):
    """One step of an order: how it stands now, and what filled, if anything did."""

    order: Order
    fill: Fill | None
