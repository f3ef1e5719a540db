"""Orders as the venue keeps and shows them, findable by id, by client id and by listing."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum

import msgspec

from tradeplat.core.market import SECOND
from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.numbers import text, text_or_none
from tradeplat.venue.order_request import OrderClass, Side
from tradeplat.venue.stamps import utc_text, utc_text_or_none

ZERO = Decimal(0)
_PAST = 120 * SECOND
"""How far back it is remembered how orders stood."""


class Status(StrEnum):
    """The vendor's words for where an order stands."""

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    DONE_FOR_DAY = "done_for_day"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REPLACED = "replaced"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    ACCEPTED = "accepted"
    PENDING_NEW = "pending_new"
    REJECTED = "rejected"
    HELD = "held"


CLOSED = frozenset(
    {Status.FILLED, Status.CANCELED, Status.EXPIRED, Status.REPLACED, Status.REJECTED}
)
"""Statuses that an order never leaves."""


class VenueOrder(msgspec.Struct, kw_only=True, eq=False):
    """One order at the venue. Mutable: the exchange moves it; times are UTC ns, 0 for never.

    `parent` is the order whose fill or group it depends on, `legs` those that depend on it.
    `opening` orders reserve `unit_value` a share of buying power. `waiting` marks a leg whose
    parent has not filled yet, and an order that is about to replace another.
    """

    id: str
    client_id: str
    symbol: str
    asset_id: str
    side: Side
    type: OrderType
    tif: TimeInForce
    order_class: OrderClass
    qty: Decimal | None
    notional: Decimal | None
    limit: Decimal | None
    stop: Decimal | None
    created: int
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None
    extended: bool = False
    intent: str = ""
    status: Status = Status.PENDING_NEW
    filled: Decimal = ZERO
    average: Decimal | None = None
    updated: int = 0
    submitted: int = 0
    filled_at: int = 0
    expired_at: int = 0
    expires_at: int = 0
    canceled_at: int = 0
    failed_at: int = 0
    replaced_at: int = 0
    replaced_by: str = ""
    replaces: str = ""
    parent: "VenueOrder | None" = None
    legs: "list[VenueOrder]" = msgspec.field(default_factory=list)
    opening: bool = True
    waiting: bool = False
    unit_value: Decimal = ZERO
    shares: Decimal = ZERO
    """What it may trade in shares: `qty`, or what `notional` bought so far and may still buy."""

    @property
    def open(self) -> bool:
        """True while it may still fill."""
        return self.status not in CLOSED

    @property
    def leaves(self) -> Decimal:
        """Shares that may still fill, without sign."""
        return max(self.shares - self.filled, ZERO) if self.open else ZERO

    @property
    def group(self) -> str:
        """The id shared by an order and its legs."""
        return self.id if self.parent is None else self.parent.id


def order_wire(order: VenueOrder, *, nested: bool) -> dict[str, object]:
    """The order object of the vendor's API; legs are told only when `nested`."""
    legs = [order_wire(leg, nested=False) for leg in order.legs] if nested else []
    simple = order.order_class is OrderClass.SIMPLE
    return {
        "id": order.id,
        "client_order_id": order.client_id,
        "created_at": utc_text(order.created),
        "updated_at": utc_text(order.updated or order.created),
        "submitted_at": utc_text(order.submitted or order.created),
        "filled_at": utc_text_or_none(order.filled_at),
        "expired_at": utc_text_or_none(order.expired_at),
        "expires_at": utc_text_or_none(order.expires_at),
        "canceled_at": utc_text_or_none(order.canceled_at),
        "failed_at": utc_text_or_none(order.failed_at),
        "replaced_at": utc_text_or_none(order.replaced_at),
        "replaced_by": order.replaced_by or None,
        "replaces": order.replaces or None,
        "asset_id": order.asset_id,
        "symbol": order.symbol,
        "asset_class": "us_equity",
        "notional": text_or_none(order.notional),
        "qty": text_or_none(order.qty),
        "filled_qty": text(order.filled),
        "filled_avg_price": text_or_none(order.average),
        "order_class": "" if simple else order.order_class.value,
        "order_type": order.type.value,
        "type": order.type.value,
        "side": order.side.value,
        "time_in_force": order.tif.value,
        "limit_price": text_or_none(order.limit),
        "stop_price": text_or_none(order.stop),
        "status": order.status.value,
        "extended_hours": order.extended,
        "legs": legs or None,
        "trail_percent": text_or_none(order.trail_percent),
        "trail_price": text_or_none(order.trail_price),
        "hwm": text_or_none(order.hwm),
        "position_intent": order.intent,
    }


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing of orders asks for; times bound `submitted_at`, in UTC ns."""

    status: str = "open"
    limit: int = 50
    after: int | None = None
    until: int | None = None
    ascending: bool = False
    nested: bool = False
    side: Side | None = None
    symbols: frozenset[str] = frozenset()


class OrderBook:
    """Every order of one account, in the order of submission. Ids are unique for life."""

    def __init__(self) -> None:
        self._orders: dict[str, VenueOrder] = {}
        self._by_client: dict[str, VenueOrder] = {}
        self._live: dict[str, VenueOrder] = {}
        self._past: dict[str, list[tuple[int, VenueOrder]]] = {}

    def __iter__(self) -> Iterator[VenueOrder]:
        return iter(self._orders.values())

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, order: VenueOrder) -> None:
        """Keep `order`; its ids must be new."""
        self._orders[order.id] = order
        self._by_client[order.client_id] = order
        self._live[order.id] = order

    def get(self, order_id: str) -> VenueOrder | None:
        """The order of this venue id."""
        return self._orders.get(order_id)

    def by_client_id(self, client_id: str) -> VenueOrder | None:
        """The order of this client order id."""
        return self._by_client.get(client_id)

    def open_orders(self, symbol: str = "") -> list[VenueOrder]:
        """Orders that may still fill, oldest first, of one symbol or of all."""
        for gone in [order.id for order in self._live.values() if not order.open]:
            del self._live[gone]
        return [o for o in self._live.values() if not symbol or o.symbol == symbol]

    def remember(self, order: VenueOrder, ts: int) -> None:
        """Keep how `order` stands at `ts`, for `as_of`."""
        past = self._past.setdefault(order.id, [])
        past.append((ts, msgspec.structs.replace(order, legs=list(order.legs))))
        # Older ones are never asked for, but the last before them still counts.
        while len(past) > 1 and past[1][0] < ts - _PAST:
            del past[0]

    def as_of(self, ts: int) -> list[VenueOrder]:
        """Every order as it stood at `ts`, as far as that was remembered."""
        rows = [self._then(order, ts) for order in self]
        known = {row.id: row for row in rows if row is not None}
        for row in known.values():
            row.legs = [known[leg.id] for leg in row.legs if leg.id in known]
        return list(known.values())

    def _then(self, order: VenueOrder, ts: int) -> VenueOrder | None:
        past = self._past.get(order.id)
        if past is None:
            return msgspec.structs.replace(order) if _submission(order) <= ts else None
        versions = [version for at, version in past if at <= ts]
        return msgspec.structs.replace(versions[-1]) if versions else None

    def listed(
        self, listing: Listing, rows: Iterable[VenueOrder] | None = None
    ) -> list[VenueOrder]:
        """The page that `listing` asks for.

        A flat list of open orders leaves out `held` legs, as the vendor does; a nested one shows
        a leg below its parent, or by itself when the parent is not in the list.
        """
        among = self if rows is None else rows
        matching = {order.id: order for order in among if _matches(order, listing)}
        if listing.nested:
            found = [
                o for o in matching.values() if o.parent is None or o.parent.id not in matching
            ]
        else:
            flat_open = listing.status == "open"
            found = [o for o in matching.values() if not (flat_open and o.status is Status.HELD)]
        found.sort(key=_submission)
        if not listing.ascending:
            found.reverse()
        return found[: listing.limit]


def _submission(order: VenueOrder) -> int:
    return order.submitted or order.created


def _matches(order: VenueOrder, listing: Listing) -> bool:
    if listing.status != "all" and order.open != (listing.status == "open"):
        return False
    if listing.side is not None and order.side is not listing.side:
        return False
    if listing.symbols and order.symbol not in listing.symbols:
        return False
    submitted = _submission(order)
    if listing.after is not None and submitted <= listing.after:
        return False
    return listing.until is None or submitted <= listing.until


def held_for_orders(orders: Iterable[VenueOrder], side: Side) -> Decimal:
    """Shares that open closing orders of `side` may take; a group's exits share theirs."""
    groups: dict[str, Decimal] = {}
    for order in orders:
        if order.side is side and not order.opening and not order.waiting and order.open:
            groups[order.group] = max(groups.get(order.group, ZERO), order.leaves)
    return sum(groups.values(), ZERO)


def reserved(orders: Iterable[VenueOrder]) -> Decimal:
    """Buying power that open opening orders hold back; never negative."""
    counted = (o for o in orders if o.opening and o.open and not o.waiting)
    return sum((o.unit_value * o.leaves for o in counted), ZERO)
