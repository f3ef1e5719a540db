"""What becomes of an order when the venue reports on it, or when we move it: one pure fold.

The tracker (execution/tracker.py) and the order journal (journal/orders.py) both call it, so what
is recovered from disk is what was in memory.
"""

from decimal import Decimal

from msgspec.structs import replace

from tradeplat.core.errors import Corrupt
from tradeplat.core.orders import TRANSITIONS, Change, Fill, Order, OrderState, Report

_ZERO = Decimal(0)
# Looked up once: naming a member of an enum costs as much as a call.
_INTENT, _WORKING, _PARTIAL = OrderState.INTENT, OrderState.WORKING, OrderState.PARTIAL
_FILLED, _DENIED = OrderState.FILLED, OrderState.DENIED


def fold(known: Order | None, report: Report) -> Change | None:
    """How the order stands after `report`, and what filled; None when it says nothing new.

    `known` is the order as it stood, None when nobody knows its id: then the report's own
    description opens it, and a report without one says nothing. Cumulative quantity is the
    truth: growth is booked once, whatever repeats or lags behind books nothing. Raises Corrupt
    when the venue fills more than the order's size, fills without a price, or fills an order that
    was never sent. A report that `corrects` may also take back what a known order has filled.
    """
    if known is not None:
        order = known if report.order is None else _redescribed(known, report.order)
    elif report.order is not None:
        order = replace(report.order, state=_INTENT)
    else:
        return None
    size = abs(order.quantity)
    if report.filled > size:
        raise Corrupt(f"{order.id}: venue filled {report.filled} of an order for {size}")
    if report.corrects and order is known and report.filled <= order.filled:
        return _restated(order, report)
    fill = _growth(order, report) if report.filled > order.filled else None
    if fill is not None and order.state is _DENIED:
        raise Corrupt(f"{order.id}: venue filled an order that was never sent")
    if (order.filled if fill is None else report.filled) == size:
        state = _FILLED
    else:
        state = _next_state(order, report, grew=fill is not None)
    after = _merged(order, report, state, fill)
    return None if after is known else Change(after, fill)


def _restated(order: Order, report: Report) -> Change | None:
    """What the venue takes back or tells anew (T27): the state stays, a signed fill corrects.

    Where only the price was told anew, the money it makes up is the correction's fee.
    """
    average = report.average if report.average is not None else order.average
    if average is None:
        average = _ZERO
    before = order.filled * order.average if order.average is not None else _ZERO
    grown = report.filled - order.filled
    money = (report.filled * average - before) * order.side
    fee = report.fee - order.fees
    if not grown and not money and not fee:
        return None
    price = money / (grown * order.side) if grown else average
    fill = Fill(
        order.id,
        order.symbol,
        order.strategy,
        report.ts,
        grown * order.side,
        price,
        fee if grown else fee + money,
        order.purpose,
        report.exec_id,
    )
    after = replace(
        order,
        filled=report.filled,
        average=average if report.filled else None,
        fees=report.fee,
        reason=report.reason or order.reason,
    )
    return Change(after, fill)


def moved(order: Order, state: OrderState, reason: str = "") -> Order | None:
    """The order after a move of our own; None when the table of states forbids it, or when the
    order is over: what revives one that we had given up is the venue's word alone (T12).
    """
    if order.state == state or not order.open or state not in TRANSITIONS[order.state]:
        return None
    return replace(order, state=state, reason=reason or order.reason)


def _growth(order: Order, report: Report) -> Fill:
    grown = report.filled - order.filled
    if report.last_price is not None and report.last_quantity == grown:
        price = report.last_price
    elif report.average is not None:
        before = order.filled * order.average if order.average is not None else _ZERO
        price = (report.filled * report.average - before) / grown
    else:
        raise Corrupt(f"{order.id}: venue reports {report.filled} filled without a price")
    return Fill(
        order.id,
        order.symbol,
        order.strategy,
        report.ts,
        grown if order.quantity > 0 else -grown,
        price,
        report.fee - order.fees,
        order.purpose,
        report.exec_id,
    )


def _next_state(order: Order, report: Report, *, grew: bool) -> OrderState:
    target = report.state
    if target == order.state or target in TRANSITIONS[order.state]:
        if target is _WORKING and (grew or order.filled):
            return _PARTIAL
        return target
    return order.state


def _redescribed(known: Order, told: Order) -> Order:
    """A working order whose size or prices the venue changed, as legs of a bracket are."""
    before = (known.quantity, known.limit, known.stop)
    if not known.open or before == (told.quantity, told.limit, told.stop):
        return known
    return replace(known, quantity=told.quantity, limit=told.limit, stop=told.stop)


def _merged(order: Order, report: Report, state: OrderState, fill: Fill | None) -> Order:
    if fill is None:
        if state is order.state and report.venue_id in ("", order.venue_id):
            return order
        return replace(
            order,
            state=state,
            venue_id=report.venue_id or order.venue_id,
            reason=report.reason or order.reason,
        )
    return replace(
        order,
        state=state,
        filled=report.filled,
        average=report.average if report.average is not None else fill.price,
        fees=report.fee,
        venue_id=report.venue_id or order.venue_id,
        reason=report.reason or order.reason,
    )
