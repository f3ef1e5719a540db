"""Venue orders under our own names: ids we sent, bracket legs, replacements and strangers."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

from tradeplat.core.ids import is_ours
from tradeplat.core.orders import (
    EXTERNAL,
    OPEN_STATES,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Report,
)
from tradeplat.execution.brokers.alpaca_codec import (
    Unreadable,
    WireOrder,
    WireUpdate,
    finite,
    stamp,
    state_of,
    tif_of,
    type_of,
)

_ZERO = Decimal(0)
_T = TypeVar("_T")
_LEG = re.compile(r"(.+)-(sl|tp)(?:-\d+)?", re.ASCII)
_LATER_LEG = re.compile(r"(.+-(?:sl|tp)-)(\d+)", re.ASCII)
_LATER = re.compile(r"(.+)-r(\d+)", re.ASCII)
_FILLS = frozenset({"fill", "partial_fill"})
_CORRECTIONS = frozenset({"trade_bust", "trade_correct", "restated"})


class Names:
    """Gives every venue order one local id for good, and says what the venue says of it.

    An order of ours keeps its client order id. A bracket's children, which the venue names itself,
    are `<parent>-sl` and `<parent>-tp`; what replaces an order has the next id of its chain. The
    first name of a venue id stays, so no fill is ever told under two names; only a venue that
    gives an id a second time, to an order that says it is another one of ours, names it anew.
    """

    def __init__(self, keep: int = 100_000) -> None:
        self._keep = keep
        self._ids: dict[str, str] = {}
        self._venue_ids: dict[str, str] = {}
        self._births: dict[str, str] = {}
        self._born: dict[tuple[str, str], str] = {}
        self._orders: dict[str, Order] = {}
        self._awaited: dict[str, str] = {}
        self.open_ids: set[str] = set()
        """Local ids of orders that were open when the venue last spoke of them."""
        self.shared: set[str] = set()
        """Venue ids that were given to more than one order."""

    def remember(self, order: Order) -> None:
        """An order of ours, before it is sent; legs it asks for are awaited from now on."""
        self._put(self._orders, order.id, order)
        if order.legged:
            self._awaited[order.id] = order.symbol

    def recall(self, order: Order) -> None:
        """An order of an earlier life, as it was last known, with its name at the venue."""
        self._put(self._orders, order.id, order)
        if order.venue_id:
            if self._ids.get(order.venue_id, order.id) != order.id:
                self.shared.add(order.venue_id)
            self._put(self._ids, order.venue_id, order.id)
            self._put(self._venue_ids, order.id, order.venue_id)
        # What was given up unanswered may still arrive, and its legs before it (T12).
        may_come = order.open or order.state is OrderState.NOT_PLACED
        if may_come and (order.stop_loss is not None or order.take_profit is not None):
            self._awaited[order.id] = order.symbol

    def forget_legs(self, order_id: str) -> None:
        """The venue refused the order: it will have no legs."""
        self._awaited.pop(order_id, None)

    def awaiting(self, symbol: str) -> list[str]:
        """Orders in `symbol` whose legs exist, or may, and are not known yet."""
        return [order_id for order_id, name in self._awaited.items() if name == symbol]

    def venue_id(self, order_id: str) -> str:
        """The venue's id of our `order_id`, empty while unknown."""
        return self._venue_ids.get(order_id, "")

    @property
    def by_venue_id(self) -> Mapping[str, str]:
        """Our ids by the venue's."""
        return self._ids

    def is_another(self, wire: WireOrder, order_id: str) -> bool:
        """True when `wire` says itself that it is not our `order_id`."""
        other = _another(order_id, wire.client_order_id or "", "")
        return other or not self._same_birth(order_id, wire)

    def known(self, wire: WireOrder) -> bool:
        """True when this venue order has a name without help from its parent."""
        name = self._ids.get(wire.id)
        same = name is not None and self._same_birth(name, wire)
        told = (wire.id, wire.created_at or "") in self._born
        return same or told or is_ours(wire.client_order_id or "")

    def reports(
        self, wire: WireOrder, update: WireUpdate | None = None, *, adopting: bool = False
    ) -> list[Report]:
        """What the venue says of the order and of its legs.

        While `adopting`, what orders new to us have filled is taken for part of the account's
        position. Raises Unreadable on numbers that cannot be.
        """
        return list(self._walk(wire, update, "", adopting=adopting))

    def leg(self, wire: WireOrder, order_id: str) -> WireOrder | None:
        """The leg of the order `wire` that is our `order_id`."""
        name = self._name(wire, "")
        legs = (leg for leg in wire.legs or () if leg.id)
        return next((leg for leg in legs if self._name(leg, name) == order_id), None)

    def learn(self, wire: WireOrder) -> None:
        """Name an order of ours and its legs, saying nothing of them."""
        if wire.id and is_ours(wire.client_order_id or ""):
            order_id = self._name(wire, "")
            for leg in wire.legs or ():
                self._name(leg, order_id)

    def _walk(
        self, wire: WireOrder, update: WireUpdate | None, parent: str, *, adopting: bool
    ) -> Iterator[Report]:
        if not wire.id:
            raise Unreadable("order: no id in the venue's answer")
        order_id = self._name(wire, parent)
        report = self._report(order_id, wire, update, adopting=adopting)
        if report is not None:
            yield report
        for leg in wire.legs or ():
            yield from self._walk(leg, None, order_id, adopting=adopting)
        if wire.legs:
            self._awaited.pop(order_id, None)

    def _name(self, wire: WireOrder, parent: str) -> str:
        client = wire.client_order_id or ""
        name = self._born.get((wire.id, wire.created_at or ""))
        if name is not None and not _another(name, client, parent):
            return name
        known = self._ids.get(wire.id)
        if known is not None:
            if not _another(known, client, parent) and self._same_birth(known, wire):
                self._record(known, wire)
                return known
            # A venue that lost its memory gives ids again: this is another order.
            self.shared.add(wire.id)
            self._venue_ids.pop(known, None)
        if is_ours(client):
            name = client
        elif wire.replaces in self._ids:
            name = self._free(next_id(self._ids[wire.replaces]), wire)
        elif parent:
            leg = "tp" if type_of(wire) is OrderType.LIMIT else "sl"
            name = self._free(f"{parent}-{leg}", wire)
        else:
            name = client or wire.id
        self._put(self._ids, wire.id, name)
        self._put(self._venue_ids, name, wire.id)
        self._record(name, wire)
        return name

    def _same_birth(self, name: str, wire: WireOrder) -> bool:
        """False when the venue said that what we call `name` was made at another instant."""
        return self._births.get(name, wire.created_at or "") == (wire.created_at or "")

    def _record(self, name: str, wire: WireOrder) -> None:
        """Two orders that were given one id are told apart by when each was made."""
        if wire.created_at and name not in self._births:
            self._put(self._births, name, wire.created_at)
            self._born[wire.id, wire.created_at] = name
            if len(self._born) > self._keep:
                del self._born[next(iter(self._born))]

    def _free(self, name: str, wire: WireOrder) -> str:
        """The first of the chain from `name` on that no other order goes by.

        What went by it in an earlier life goes by it still, whoever has had its id since.
        """
        while self._venue_ids.get(name, wire.id) != wire.id or not self._same_birth(name, wire):
            name = next_id(name)
        return name

    def _report(
        self, order_id: str, wire: WireOrder, update: WireUpdate | None, *, adopting: bool
    ) -> Report | None:
        state = state_of(wire.status, wire.time_in_force)
        filled = _amount(wire.filled_qty, "filled quantity") or _ZERO
        average = _amount(wire.filled_avg_price, "average price") if filled else None
        grew = update is not None and update.event in _FILLS
        last = _amount(update.price, "price of a fill") if update and grew else None
        if filled and average is None and last is None:
            raise Unreadable(f"order {order_id}: {filled} filled without a price")
        corrects = update is not None and update.event in _CORRECTIONS
        order = None
        if order_id not in self._orders:
            order = _described(order_id, wire, self._origin(order_id, wire), adopting=adopting)
            if order is None:
                return None
        (self.open_ids.add if state in OPEN_STATES else self.open_ids.discard)(order_id)
        return Report(
            order_id,
            wire.symbol or (self._orders[order_id].symbol if order is None else ""),
            state,
            _moment(wire, update),
            filled,
            average,
            _amount(wire.commission, "commission") or _ZERO,
            wire.id,
            (update.execution_id or "") if update and (grew or corrects) else "",
            _amount(update.qty, "quantity of a fill") if update and grew else None,
            last,
            update.event if update and corrects else self._reason(wire, state),
            order,
            corrects,
        )

    def _origin(self, order_id: str, wire: WireOrder) -> Order | None:
        """The order that one new to us comes of: its entry, or what it replaces.

        A position that no entry made (legs filled past it) has stops that share an entry's name
        without one; what replaces such a stop is as much ours as the stop.
        """
        entry = self._orders.get(parent_of(order_id) or _root(order_id))
        if entry is not None or not wire.replaces:
            return entry
        return self._orders.get(self._ids.get(wire.replaces, ""))

    @staticmethod
    def _reason(wire: WireOrder, state: OrderState) -> str:
        if state is OrderState.UNKNOWN:
            return f"venue says {wire.status!r}"
        return wire.reject_reason or ("rejected by the venue" if wire.status == "rejected" else "")

    def _put(self, book: dict[str, _T], key: str, value: _T) -> None:
        book[key] = value
        if len(book) > self._keep:
            del book[next(iter(book))]


def _another(known: str, client: str, parent: str) -> bool:
    """True when what was named `known` cannot be the order of this client id and parent."""
    if is_ours(client):
        return known != client
    return bool(parent) and is_ours(known) and parent_of(known) != parent


def next_id(order_id: str) -> str:
    """The id of what replaces `order_id`: `x-sl` -> `x-sl-1` -> `x-sl-2`, `x` -> `x-r1`."""
    later = _LATER_LEG.fullmatch(order_id)
    if later is not None:
        return f"{later[1]}{int(later[2]) + 1}"
    if _LEG.fullmatch(order_id):
        return f"{order_id}-1"
    later = _LATER.fullmatch(order_id)
    return f"{order_id}-r1" if later is None else f"{later[1]}-r{int(later[2]) + 1}"


def parent_of(order_id: str) -> str:
    """The entry whose leg `order_id` is, empty for an order of its own."""
    leg = _LEG.fullmatch(order_id) if is_ours(order_id) else None
    return "" if leg is None else leg[1]


def _described(
    order_id: str, wire: WireOrder, origin: Order | None, *, adopting: bool
) -> Order | None:
    """The order as the venue describes it; None while it does not tell how much it is for."""
    filled = _amount(wire.filled_qty, "filled quantity") or _ZERO
    quantity = _amount(wire.qty, "quantity")
    if quantity is None and state_of(wire.status, wire.time_in_force) not in OPEN_STATES:
        # An order for a sum of money: known only once it is over.
        quantity = filled
    if not quantity or not wire.symbol:
        return None
    created = _moment(wire, None)
    met = adopting and origin is None
    return Order(
        order_id,
        wire.symbol,
        EXTERNAL if origin is None else origin.strategy,
        quantity if wire.side == "buy" else -quantity,
        type_of(wire),
        _purpose(order_id, wire, origin),
        created if origin is None else origin.cause,
        created if origin is None else origin.created,
        limit=_amount(wire.limit_price, "limit price"),
        stop=_amount(wire.stop_price, "stop price"),
        trail=_amount(wire.trail_price, "trail"),
        tif=tif_of(wire),
        extended=bool(wire.extended_hours),
        parent=parent_of(order_id),
        filled=filled if met else _ZERO,
        average=_amount(wire.filled_avg_price, "average price") if met and filled else None,
        venue_id=wire.id,
    )


def _purpose(order_id: str, wire: WireOrder, origin: Order | None) -> Purpose:
    leg = _LEG.fullmatch(order_id)
    if leg is not None:
        return Purpose.TARGET if leg[2] == "tp" else Purpose.STOP
    if origin is not None:
        return origin.purpose
    closes = (wire.position_intent or "").endswith("_to_close")
    return Purpose.EXIT if closes else Purpose.ENTRY


def _root(order_id: str) -> str:
    later = _LATER.fullmatch(order_id)
    return order_id if later is None else later[1]


def _moment(wire: WireOrder, update: WireUpdate | None) -> int:
    texts = (update.timestamp if update else None, wire.updated_at, wire.submitted_at)
    text = next((text for text in texts if text), wire.created_at)
    return stamp(text) if text else 0


def _amount(value: Decimal | None, what: str) -> Decimal | None:
    if value is None:
        return None
    if finite(value, what) < 0:
        raise Unreadable(f"{what}: found {value}, expected none below zero")
    return value
