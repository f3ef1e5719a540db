"""What was approved, as an order."""

from decimal import Decimal
from math import isnan

from tradeplat.core.calendar import Phase
from tradeplat.core.exact import nearest
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderType, TimeInForce
from tradeplat.risk.checks import Proposal

# Looked up once: naming a member of an enum costs as much as a call.
_MARKET, _LIMIT = OrderType.MARKET, OrderType.LIMIT
_PRE, _POST, _REGULAR = Phase.PRE, Phase.POST, Phase.REGULAR
_DAY, _IOC = TimeInForce.DAY, TimeInForce.IOC

Levels = tuple[Decimal | None, Decimal | None]
"""Stop and target; None where there is none."""


def extended(phase: Phase) -> bool:
    """True in the hours before the open and after the close."""
    return phase is _PRE or phase is _POST


def levels(grid: Instrument, side: int, stop: float, target: float) -> Levels:
    """Protective levels of a position on `side`, rounded passively to the tick."""
    if side > 0:
        down, up = grid.price_down, grid.price_up
    else:
        down, up = grid.price_up, grid.price_down
    return None if isnan(stop) else down(stop), None if isnan(target) else up(target)


def entry(
    order_id: str,
    proposal: Proposal,
    quantity: Decimal,
    protection: Levels,
    seconds: int,
    *,
    at_once: bool = False,
) -> Order:
    """The order of an approved entry; an unfilled limit lives for `seconds` (0: for the day), one
    that is to fill `at_once` in regular hours not even that long.
    """
    limit, now = proposal.limit, proposal.now
    stop, target = protection
    return Order(
        order_id,
        proposal.symbol,
        proposal.strategy,
        quantity,
        _MARKET if limit is None else _LIMIT,
        proposal.purpose,
        proposal.cause,
        now,
        limit=limit,
        stop_loss=stop,
        take_profit=target,
        tif=_IOC if at_once and proposal.phase is _REGULAR and limit is not None else _DAY,
        extended=extended(proposal.phase),
        expires=now + seconds * SECOND if limit is not None and seconds else 0,
    )


def exit_limit(
    grid: Instrument, side: int, wanted: float, reference: float, through: Decimal | None
) -> Decimal | None:
    """The limit of an exit, None at market; `through` the market by this part where only limits
    are taken.
    """
    if isnan(wanted):
        if through is None:
            return None
        wanted = reference * (1.0 + side * nearest(through))
    return grid.price_up(wanted) if side > 0 else grid.price_down(wanted)


def leaving(order_id: str, proposal: Proposal, seconds: int) -> Order:
    """The order of an approved exit; a limit lives for `seconds`: one the market ran away from
    must not keep its strategy waiting for ever.
    """
    limit, now = proposal.limit, proposal.now
    return Order(
        order_id,
        proposal.symbol,
        proposal.strategy,
        proposal.quantity,
        _MARKET if limit is None else _LIMIT,
        proposal.purpose,
        proposal.cause,
        now,
        limit=limit,
        extended=extended(proposal.phase),
        expires=now + seconds * SECOND if limit is not None else 0,
    )
