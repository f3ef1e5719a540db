"""Orders, fills and venue reports; their states and legal steps are core/lifecycle.py's."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

from tradeplat.core.lifecycle import IN_DOUBT, OPEN_STATES, TRANSITIONS, OrderState

__all__ = [
    "AS_USUAL",
    "EXITS",
    "EXTERNAL",
    "IN_DOUBT",
    "LEGS",
    "MANUAL",
    "OPEN_STATES",
    "STOPS",
    "TRANSITIONS",
    "ZERO",
    "Asked",
    "Change",
    "Fill",
    "Order",
    "OrderState",
    "OrderType",
    "Purpose",
    "Refused",
    "Report",
    "TimeInForce",
]

ZERO = Decimal(0)
MANUAL = "manual"
"""The strategy name under which a person trades."""
EXTERNAL = "external"
"""Strategy name of orders and positions that nobody here asked for."""


class OrderType(StrEnum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
"""Orders that the venue keeps until a price was seen."""


class Purpose(StrEnum):
    """Why an order exists."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP = "stop"
    TARGET = "target"
    FLATTEN = "flatten"


LEGS = frozenset({Purpose.STOP, Purpose.TARGET})
"""Purposes of the orders that protect a position."""
EXITS = frozenset({Purpose.EXIT, Purpose.FLATTEN})
"""Purposes of the orders that were asked for to close one."""


class TimeInForce(StrEnum):
    """How long an order lives at the venue."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


LASTING = frozenset({TimeInForce.DAY, TimeInForce.GTC})
"""Orders that work until they fill, or the day or a person ends them."""


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
    def legged(self) -> bool:
        """True where a venue is to hold the levels asked for as legs: none does so outside regular
        hours, nor for an order that fills at once or not at all.
        """
        levels = self.stop_loss is not None or self.take_profit is not None
        return levels and not self.extended and self.tif in LASTING

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
    With `corrects` the venue itself says that it took a fill back or changed it (a bust, a
    correction, a restatement): `filled` may be less than it was and counts all the same (T27).
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
    corrects: bool = False


class Refused(msgspec.Struct, frozen=True, gc=False, tag="refused", tag_field="kind"):
    """An intent the gate turned down: a value, not an exception."""

    symbol: str
    strategy: str
    cause: int
    code: str
    message: str


class Asked(NamedTuple):
    """How a person wants a wish done: `strategy` says whose position is meant.

    `quantity` is without sign; None leaves it to the sizing, and closes all. Unless `whole`, as
    much of it is ordered as the limits leave. An entry that is asked for `at_once` fills in regular
    hours at once or not at all (IOC).
    """

    strategy: str = MANUAL
    quantity: Decimal | None = None
    whole: bool = True
    at_once: bool = False


AS_USUAL = Asked()
"""By hand, and as large as every other order."""


class Change(NamedTuple):
    """One step of an order: how it stands now, and what filled, if anything did."""

    order: Order
    fill: Fill | None
