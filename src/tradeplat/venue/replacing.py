"""Changing a working order: what was asked, whether it may be, and the order that results."""

from decimal import Decimal

import msgspec

from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.accounts import Account, Figures
from tradeplat.venue.numbers import read_positive, read_quantity
from tradeplat.venue.order_book import Status, VenueOrder
from tradeplat.venue.order_checks import check_free, insufficient_power
from tradeplat.venue.order_request import Body, check_price, read_client_id, read_tif
from tradeplat.venue.refusals import forbidden, invalid, unprocessable

_OPEN_FOR_CHANGE = frozenset(
    {Status.NEW, Status.PARTIALLY_FILLED, Status.ACCEPTED, Status.PENDING_NEW, Status.HELD}
)
_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPPED = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wants different; None leaves a field as it is."""

    qty: Decimal | None = None
    tif: TimeInForce | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    client_id: str = ""


def read_change(body: Body, longest_id: int) -> Change:
    """The change in `body`; raises Refusal (422) for what cannot be read."""
    change = Change(
        qty=None if body.get("qty") is None else read_quantity(body["qty"], "qty"),
        tif=None if body.get("time_in_force") is None else read_tif(body["time_in_force"]),
        limit=_price(body, "limit_price"),
        stop=_price(body, "stop_price"),
        trail=_price(body, "trail"),
        client_id=read_client_id(body.get("client_order_id"), longest_id),
    )
    check_price(change.limit, "limit_price")
    check_price(change.stop, "stop_price")
    return change


def check_change(account: Account, order: VenueOrder, change: Change) -> None:
    """Raise the Refusal (403 or 422) that stands against changing `order` so, if any."""
    if order.status not in _OPEN_FOR_CHANGE:
        raise unprocessable(f'order is not open for replacement, it is in "{order.status}" state')
    if is_replacing(account, order):
        # One after the other: what has no place yet gives none to another.
        raise unprocessable("order is pending replace and cannot be replaced")
    if order.notional is not None or (order.qty is not None and order.qty % 1):
        raise unprocessable("fractional orders cannot be replaced")
    if change.client_id and account.orders.by_client_id(change.client_id) is not None:
        raise invalid("client_order_id must be unique")
    _check_fields(order, change)
    if not _differs(order, change):
        raise forbidden("order parameters are not changed")
    if change.qty is not None and change.qty % 1:
        raise unprocessable("qty must be a whole number of shares")
    if change.qty is not None and change.qty != order.shares and order.parent is not None:
        raise unprocessable("qty of a leg follows its order and cannot be replaced")
    if order.legs and change.tif not in {None, TimeInForce.DAY, TimeInForce.GTC}:
        raise unprocessable(f"{order.order_class.value} orders must be DAY or GTC orders")
    if order.extended and change.tif not in {None, TimeInForce.DAY}:
        raise unprocessable("extended hours order must be DAY limit orders")


def is_replacing(account: Account, order: VenueOrder) -> bool:
    """True while `order` only waits to take the place of another."""
    old = account.orders.get(order.replaces)
    return old is not None and old.status is Status.PENDING_REPLACE


def changed_order(order: VenueOrder, change: Change) -> VenueOrder:
    """A copy of `order` with `change` applied and nothing filled; ids and times are the caller's.

    The whole quantity is asked for, what was filled of the old order included.
    """
    quantity = change.qty if change.qty is not None else order.shares
    made = msgspec.structs.replace(
        order,
        qty=quantity,
        shares=quantity,
        tif=change.tif or order.tif,
        limit=_or(change.limit, order.limit),
        stop=_or(change.stop, order.stop),
        filled=Decimal(0),
        average=None,
        filled_at=0,
        replaces=order.id,
        replaced_by="",
        legs=[],
    )
    if change.trail is not None:
        if order.trail_price is not None:
            made.trail_price = change.trail
        else:
            made.trail_percent = change.trail
    if order.opening:
        made.unit_value = _unit_value(order, made)
    return made


def check_cost(account: Account, figures: Figures, order: VenueOrder, made: VenueOrder) -> None:
    """Raise Refusal (403) when `made` in place of `order` is more than the account can carry."""
    if order.opening:
        before = order.unit_value * order.leaves
        cost = made.unit_value * made.shares
        room = figures.equity * figures.multiplier - figures.gross - figures.reserved
        if cost > before and cost - before > room:
            raise insufficient_power(figures, cost)
    elif made.shares > order.leaves:
        check_free(account, order.symbol, order.side, made.shares - order.leaves)


def _unit_value(order: VenueOrder, made: VenueOrder) -> Decimal:
    """What a share reserves after the change: the new price, never less for a market's worth."""
    old = order.limit if order.limit is not None else order.stop
    new = made.limit if made.limit is not None else made.stop
    if old is None or new is None or old == new:
        return order.unit_value
    if order.side.sign > 0:
        return new
    return max(new, order.unit_value if order.unit_value > old else new)


def _price(body: Body, field: str) -> Decimal | None:
    value = body.get(field)
    return None if value is None else read_positive(value, field)


def _or(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if value is None else value


def _check_fields(order: VenueOrder, change: Change) -> None:
    words = order.type.value.replace("_", " ")
    if change.limit is not None and order.type not in _LIMITED:
        raise unprocessable(f"{words} orders have no limit_price to replace")
    if change.stop is not None and order.type not in _STOPPED:
        raise unprocessable(f"{words} orders have no stop_price to replace")
    if change.trail is not None:
        if order.type is not OrderType.TRAILING_STOP:
            raise unprocessable(f"{words} orders have no trail to replace")
        if order.trail_price is not None:
            check_price(change.trail, "trail")
        elif change.trail >= 100:
            raise unprocessable("trail must be below 100")


def _differs(order: VenueOrder, change: Change) -> bool:
    trail = order.trail_price if order.trail_price is not None else order.trail_percent
    pairs = (
        (change.qty, order.shares),
        (change.tif, order.tif),
        (change.limit, order.limit),
        (change.stop, order.stop),
        (change.trail, trail),
    )
    return any(new is not None and new != old for new, old in pairs)
