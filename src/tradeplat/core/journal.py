"""What the order journal keeps and gives back, in the words of its writer and of recovery alike."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from tradeplat.core.conditions import Condition
from tradeplat.core.cover import Levels
from tradeplat.core.ids import PREFIX, intent_key
from tradeplat.core.note import Note
from tradeplat.core.orders import EXTERNAL, Order
from tradeplat.core.position import Position
from tradeplat.core.rounds import NONE, Counted

ZERO = Decimal(0)


class Kind(StrEnum):
    """What a record of the journal tells."""

    EPOCH = "EPOCH"
    """A process began to own the account."""
    CONFIG = "CONFIG"
    MODE = "MODE"
    """A condition was imposed or lifted; the body is a Condition."""
    INTENT = "INTENT"
    """An order is about to be sent; the body is the Order."""
    DENIED = "DENIED"
    ACK = "ACK"
    """The venue has it; the body of this and the next three is a Change: [order, fill or null]."""
    STATE = "STATE"
    FILL = "FILL"
    CANCEL_REQ = "CANCEL_REQ"
    REPLACE = "REPLACE"
    CORRECTION = "CORRECTION"
    """A position or the cash changed without a fill: the body is a Correction. Or the venue took
    back or told anew what an order had filled: then it is a Change."""
    SNAPSHOT = "SNAPSHOT"
    """How things stand; the body is a Snapshot, and what it leaves out stands as before."""
    RECON = "RECON"
    ALERT = "ALERT"
    NOTE = "NOTE"
    PROTECT = "PROTECT"
    """The levels that protect a position changed; the body is a Levels."""


class Holding(msgspec.Struct, frozen=True):
    """What one strategy holds of one symbol."""

    strategy: str
    symbol: str
    position: Position


class Correction(Note, frozen=True):
    """A change of the book that no fill explains: a bust, a transfer, a difference adopted.

    `quantity` is signed and changes what `strategy` holds of `symbol` at `price`; `cash` is the
    money that came (went, if negative) beside it, nothing of it implied by the quantity.
    """

    symbol: str
    strategy: str
    quantity: Decimal
    price: Decimal
    cash: Decimal = ZERO
    why: str = ""
    order_id: str = ""
    ts: int = 0


class Snapshot(Note, frozen=True, kw_only=True):
    """How things stand; a field that is None is not told and stays what it was.

    As first record of a day's file it holds all that goes on from the file before, whose name and
    last hash are `before` and `before_hash`.
    """

    ts: int
    cash: Decimal | None = None
    equity: Decimal | None = None
    high_water: Decimal | None = None
    holdings: tuple[Holding, ...] | None = None
    orders: tuple[Order, ...] | None = None
    conditions: tuple[Condition, ...] | None = None
    levels: tuple[Levels, ...] | None = None
    counted: Counted | None = None
    before: str = ""
    before_hash: str = ""

    def body(self) -> dict[str, object]:
        """The fields that are told, as plain values."""
        return {name: value for name, value in super().body().items() if value is not None}


class SeatState(msgspec.Struct, frozen=True):
    """The memory of one strategy on one symbol (core/state.py) after the event at `ts`."""

    strategy: str
    symbol: str
    ts: int
    state: dict[str, object]


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What an order journal told when it was opened.

    `orders` are all of today, those that were open when the day began and those that ended the day
    before, as they stood when last heard of: an INTENT or SENDING among them may have been sent.
    `holdings` are positions by (strategy, symbol), flat ones left out; `cash` is what the last
    snapshot said with every later fill and correction applied, None when none ever said.
    `intent_keys` are the intents already used today, with their order's id. `seq` and `wall` are
    those of the last record, 0 for a new journal; `epoch` the number of this opening, `run` the
    folder name of the run that wrote before, `before` the name of the
    file it wrote to. `lost` is empty, or says in one line why records
    may be missing: then nothing but a full reconcile can be trusted.
    """

    path: str
    mode: str
    account: str
    day: str
    epoch: int
    seq: int = 0
    wall: int = 0
    orders: tuple[Order, ...] = ()
    holdings: dict[tuple[str, str], Position] = msgspec.field(default_factory=dict)
    cash: Decimal | None = None
    conditions: tuple[Condition, ...] = ()
    levels: tuple[Levels, ...] = ()
    """By which positions were protected last."""
    intent_keys: dict[str, str] = msgspec.field(default_factory=dict)
    seats: tuple[SeatState, ...] = ()
    high_water: Decimal | None = None
    equity: Decimal | None = None
    """What the account was worth when this was last told, at `equity_at`: as a day began."""
    equity_at: int = 0
    counted: Counted = NONE
    """What limits have counted of trades from flat to flat."""
    run: str = ""
    before: str = ""
    lost: str = ""

    @property
    def fresh(self) -> bool:
        """True when nothing was ever journaled for this account."""
        return self.seq == 0 and not self.lost

    def standing(self, now: int) -> tuple[Condition, ...]:
        """The conditions that have not ended by themselves before `now` (UTC ns)."""
        return tuple(one for one in self.conditions if not 0 < one.until <= now)

    @property
    def open_orders(self) -> tuple[Order, ...]:
        """The orders that may still fill."""
        return tuple(order for order in self.orders if order.open)


def key_of(order: Order) -> str | None:
    """The intent an order carries out, once a day; None for what follows from another order.

    Legs and replacements have a parent, and flattening and strangers' orders have ids that are
    not made from an intent. What an order of ours meant that was found at the broker and is in no
    journal, nobody knows: several of them may be of one instant.
    """
    if order.parent or order.strategy == EXTERNAL or not order.id.startswith(PREFIX):
        return None
    return intent_key("", order.strategy, order.symbol, order.purpose, order.cause, 0)
