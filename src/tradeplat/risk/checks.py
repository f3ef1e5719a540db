"""Pre-trade checks: each looks at one proposal and answers with a refusal or nothing."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from tradeplat.core.calendar import Phase
from tradeplat.core.orders import OrderType, Purpose
from tradeplat.core.ports import Book
from tradeplat.core.tape import Tape
from tradeplat.risk.limits import Hours, Limits

# Looked up once: naming a member of an enum costs as much as a call.
_ANY, _REGULAR_ONLY = Hours.ANY, Hours.REGULAR
_CLOSED, _REGULAR = Phase.CLOSED, Phase.REGULAR
_ENTRY = Purpose.ENTRY


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """An entry or exit on its way to becoming an order.

    `quantity` is signed, `limit` None means at market, `reference` is the price the order is
    judged by (the opposite side of a fresh quote, else the last price), `spread` the quote's
    width where there is a fresh quote.
    """

    symbol: str
    strategy: str
    purpose: Purpose
    cause: int
    quantity: Decimal
    limit: Decimal | None
    reference: float
    spread: float | None
    phase: Phase


class Grounds(msgspec.Struct, frozen=True, gc=False):
    """What a check may look at besides the proposal itself."""

    limits: Limits
    book: Book
    tape: Tape


Verdict = tuple[str, str] | None
"""(code, message), or None for no objection."""

Check = Callable[[Proposal, Grounds], Verdict]


def market_open(proposal: Proposal, grounds: Grounds) -> Verdict:
    """MARKET_CLOSED and EXT_HOURS: entries need their session, off-hours orders a limit."""
    hours = grounds.limits.hours
    phase = proposal.phase
    if hours is _ANY or phase is _REGULAR:
        return None
    if phase is _CLOSED:
        return "MARKET_CLOSED", "Refused: market is closed."
    if proposal.purpose is _ENTRY and hours is _REGULAR_ONLY:
        return (
            "MARKET_CLOSED",
            f"Refused: market is in its {phase} hours; entries are regular only.",
        )
    if proposal.limit is None:
        return "EXT_HOURS", "Refused: only limit orders outside regular hours."
    return None


def not_halted(proposal: Proposal, grounds: Grounds) -> Verdict:
    """HALTED: the exchange trades the symbol."""
    if not grounds.tape.halted:
        return None
    return "HALTED", f"Refused: {proposal.symbol} is halted ({grounds.tape.halt_code})."


def priced(proposal: Proposal, grounds: Grounds) -> Verdict:
    """NO_PRICE: there is something to judge the order's price and size by."""
    if proposal.reference > 0.0:
        return None
    return "NO_PRICE", f"Refused: no price of {proposal.symbol} is known yet."


def collared(proposal: Proposal, grounds: Grounds) -> Verdict:
    """PRICE_COLLAR: the limit is near the market, and the market is no wider than allowed."""
    limits = grounds.limits
    reference = proposal.reference
    if proposal.limit is not None:
        away = abs(float(proposal.limit) - reference) / reference
        entry = proposal.purpose is _ENTRY
        allowed = float(limits.price_collar if entry else limits.flatten_collar)
        if away > allowed:
            return (
                "PRICE_COLLAR",
                f"Refused: {proposal.limit} is {away:.2%} from {reference} (limit {allowed:.0%}).",
            )
    elif proposal.purpose is _ENTRY and proposal.spread is not None:
        wide = proposal.spread / reference
        if wide > float(limits.max_spread):
            return (
                "PRICE_COLLAR",
                f"Refused: spread {wide:.2%} of {proposal.symbol} (limit {limits.max_spread:.0%}).",
            )
    return None


def few_trades(proposal: Proposal, grounds: Grounds) -> Verdict:
    """MAX_OPEN_TRADES: campaigns open or opening."""
    limit = grounds.limits.max_open_trades
    if limit is None:
        return None
    open_trades = grounds.book.campaigns()
    if open_trades < limit:
        return None
    return "MAX_OPEN_TRADES", f"Refused: {open_trades} trades open (limit {limit})."


def few_orders(proposal: Proposal, grounds: Grounds) -> Verdict:
    """MAX_OPEN_ORDERS: working orders of the account and of the symbol."""
    orders = grounds.book.open_orders
    limits = grounds.limits
    if len(orders) >= limits.max_open_orders:
        return (
            "MAX_OPEN_ORDERS",
            f"Refused: {len(orders)} orders open (limit {limits.max_open_orders}).",
        )
    if orders:
        here = sum(order.symbol == proposal.symbol for order in orders.values())
        if here >= limits.max_open_orders_symbol:
            limit = limits.max_open_orders_symbol
            where = f"{here} orders open in {proposal.symbol}"
            return "MAX_OPEN_ORDERS", f"Refused: {where} (limit {limit})."
    return None


def no_self_cross(proposal: Proposal, grounds: Grounds) -> Verdict:
    """SELF_CROSS: the account has no opposite order at work that this one could trade with.

    Venues refuse such an order as a potential wash trade, whichever strategy the other one is of.
    """
    side = 1 if proposal.quantity > 0 else -1
    for order in grounds.book.open_orders.values():
        if order.symbol != proposal.symbol or order.side == side:
            continue
        apart = (
            order.type is OrderType.LIMIT
            and order.limit is not None
            and proposal.limit is not None
            and side * (order.limit - proposal.limit) > 0
        )
        if not apart:
            return "SELF_CROSS", f"Refused: would trade with own order {order.id}."
    return None


def may_short(proposal: Proposal, grounds: Grounds) -> Verdict:
    """SHORT: selling what is not held is allowed."""
    if grounds.limits.allow_short or proposal.quantity > 0:
        return None
    return "SHORT", f"Refused: {proposal.symbol} may not be sold short."


ENTRY_CHECKS: tuple[Check, ...] = (
    market_open,
    not_halted,
    priced,
    collared,
    few_trades,
    few_orders,
    no_self_cross,
    may_short,
)
"""In the order they are made; the first objection is the answer."""

EXIT_CHECKS: tuple[Check, ...] = (market_open, priced, collared)
"""A halted or crowded symbol never stops an exit: it waits at the venue."""
