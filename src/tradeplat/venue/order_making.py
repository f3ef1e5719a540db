"""Orders made from requests that passed every check: the order itself and its legs."""

from decimal import Decimal

import msgspec

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.order_book import Status, VenueOrder
from tradeplat.venue.order_checks import Case, shares, unit_value
from tradeplat.venue.order_request import OrderClass, OrderRequest, Side
from tradeplat.venue.trading_hours import regular_session, session_of
from tradeplat.venue.venue_ids import VenueIds

GTC_LIFE = 90 * 86_400 * SECOND
"""How long a good-till-cancelled order stays."""

AUCTION_WINDOW = MINUTE
"""How long an opening-auction order may find its price."""

NEVER = 0


class Hours(msgspec.Struct, frozen=True):
    """When an order may trade: from `start` until `end`, UTC ns; NEVER when no session is known."""

    start: int
    end: int


def hours_of(calendar: Calendar, order: VenueOrder | OrderRequest, now: int) -> Hours:
    """The next stretch of time in which an order sent at `now` may trade."""
    if order.extended:
        session = session_of(calendar, now)
        if session is None:
            return Hours(NEVER, NEVER)
        return Hours(max(now, session.pre_open), session.post_close)
    session = regular_session(calendar, now)
    if session is None:
        return Hours(NEVER, NEVER)
    if order.tif is TimeInForce.CLS:
        return Hours(session.close, session.close)
    if order.tif is TimeInForce.OPG:
        if now >= session.open:
            session = regular_session(calendar, session.close)
        if session is None:
            return Hours(NEVER, NEVER)
        return Hours(session.open, session.open + AUCTION_WINDOW)
    return Hours(max(now, session.open), session.close)


def make_order(case: Case, ids: VenueIds, hours: Hours, now: int) -> VenueOrder:
    """The order of `case`, with its legs; nothing is kept or told yet."""
    request = case.request
    made = VenueOrder(
        id=ids.draw(),
        client_id=request.client_id or ids.draw(),
        symbol=case.asset.symbol,
        asset_id=case.asset.id,
        side=request.side,
        type=request.type,
        tif=request.tif,
        order_class=request.order_class,
        qty=request.qty,
        notional=request.notional,
        limit=request.limit,
        stop=request.stop,
        created=now,
        trail_price=request.trail_price,
        trail_percent=request.trail_percent,
        extended=request.extended,
        intent=request.intent or _intent(request.side, opening=case.opening),
        submitted=now,
        expires_at=expiry(request.tif, hours, now),
        opening=case.opening,
        unit_value=unit_value(case) if case.opening else Decimal(0),
        shares=shares(case),
    )
    oco = request.order_class is OrderClass.OCO
    if request.take_profit is not None and not oco:
        made.legs.append(_leg(made, ids, limit=request.take_profit, stop=None))
    if request.stop_loss is not None:
        made.legs.append(_leg(made, ids, limit=request.stop_loss_limit, stop=request.stop_loss))
    return made


def expiry(tif: TimeInForce, hours: Hours, now: int) -> int:
    """When an order sent at `now` ends by itself, UTC ns; 0 when no session is known."""
    if tif is TimeInForce.GTC:
        return now + GTC_LIFE
    return hours.end


def _leg(
    parent: VenueOrder, ids: VenueIds, *, limit: Decimal | None, stop: Decimal | None
) -> VenueOrder:
    """An exit of `parent`: on the other side of an entry, on the same side of an oco order."""
    oco = parent.order_class is OrderClass.OCO
    side = parent.side if oco else parent.side.opposite
    if stop is None:
        kind = OrderType.LIMIT
    else:
        kind = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    return VenueOrder(
        id=ids.draw(),
        client_id=ids.draw(),
        symbol=parent.symbol,
        asset_id=parent.asset_id,
        side=side,
        type=kind,
        tif=parent.tif,
        order_class=parent.order_class,
        qty=parent.qty,
        notional=None,
        limit=limit,
        stop=stop,
        created=parent.created,
        intent=_intent(side, opening=False),
        status=Status.HELD,
        submitted=parent.submitted,
        expires_at=parent.expires_at,
        parent=parent,
        opening=False,
        waiting=not oco,
        shares=parent.shares,
    )


def _intent(side: Side, *, opening: bool) -> str:
    return f"{side.value}_to_{'open' if opening else 'close'}"
