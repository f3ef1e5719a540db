"""Pre-trade checks: each looks at one proposal and answers with a refusal or nothing."""

from collections.abc import Callable
from decimal import Decimal
from math import inf

import msgspec

from tradeplat.core.calendar import Phase
from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.core.ports import Book
from tradeplat.core.spoken import instant, lasting, time_of_day
from tradeplat.core.tape import RESUMING, Market, Tape
from tradeplat.risk.limits import Hours, Limits

# Looked up once: naming a member of an enum costs as much as a call.
_ANY, _REGULAR_ONLY = Hours.ANY, Hours.REGULAR
_CLOSED, _REGULAR = Phase.CLOSED, Phase.REGULAR
_ENTRY = Purpose.ENTRY


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """An entry or exit on its way to becoming an order.

    `quantity` is signed, `limit` None means at market, `reference` is the price the order is
    judged by (the opposite side of a fresh quote, else the last price), `spread` the quote's
    width where there is a fresh quote; `now` is the instant of judgement. An entry that has not
    been sized yet has a quantity of one.
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
    now: int = 0


def approved(order: Order, phase: Phase, now: int) -> Proposal:
    """An order that was approved before, to be looked at once more as of `now`."""
    return Proposal(
        order.symbol,
        order.strategy,
        order.purpose,
        order.cause,
        order.quantity,
        order.limit,
        0.0,
        None,
        phase,
        now,
    )


class Grounds(msgspec.Struct, frozen=True, gc=False):
    """What a check may look at besides the proposal itself."""

    limits: Limits
    book: Book
    tape: Tape
    market: Market

    def instrument(self, symbol: str) -> Instrument:
        """The trading terms of `symbol`."""
        return self.market.instrument(symbol)


Verdict = tuple[str, str] | None
"""(code, message), or None for no objection."""

Check = Callable[[Proposal, Grounds], Verdict]


def fresh_signal(proposal: Proposal, grounds: Grounds) -> Verdict:
    """STALE_SIGNAL: what caused the wish was received a short while ago."""
    heard, limit = grounds.tape.heard, grounds.limits.stale_signal
    age = proposal.now - heard
    if not heard or age <= limit:
        return None
    return "STALE_SIGNAL", f"Refused: signal is {lasting(age)} old."


def fresh_quote(proposal: Proposal, grounds: Grounds) -> Verdict:
    """STALE_QUOTE: the newest quote is young enough to enter by; where no quote ever came, the
    last bar is.
    """
    tape, limits = grounds.tape, grounds.limits
    what, ts = ("quote", tape.quote.ts) if tape.quote is not None else ("bar", tape.last_ts)
    regular = proposal.phase is _REGULAR
    limit = limits.stale_quote_regular if regular else limits.stale_quote_extended
    age = proposal.now - ts
    if age <= limit:
        return None
    said = f"{proposal.symbol} {what} is {lasting(age)} old (limit {lasting(limit)})"
    return "STALE_QUOTE", f"Refused: {said}."


def allowed(proposal: Proposal, grounds: Grounds) -> Verdict:
    """SYMBOL_DENIED: the lists and the broker let the symbol be traded."""
    limits, symbol = grounds.limits, proposal.symbol
    why = grounds.instrument(symbol).barred
    if limits.allowed and symbol not in limits.allowed:
        why = "it is not on the list of allowed symbols"
    elif symbol in limits.denied:
        why = "it is on the list of denied symbols"
    return ("SYMBOL_DENIED", f"Refused: {symbol} is not allowed ({why}).") if why else None


def market_open(proposal: Proposal, grounds: Grounds) -> Verdict:
    """MARKET_CLOSED and EXT_HOURS: entries need their session, off-hours orders a limit."""
    hours = grounds.limits.hours
    phase = proposal.phase
    if hours is _ANY or phase is _REGULAR:
        return None
    regular_only = proposal.purpose is _ENTRY and hours is _REGULAR_ONLY
    if phase is _CLOSED or regular_only:
        opens = _opening(grounds.market, proposal.now, regular_only=regular_only)
        state = "closed" if phase is _CLOSED else f"in its {phase} hours"
        return "MARKET_CLOSED", f"Refused: market is {state}; opens {opens}."
    if proposal.limit is None:
        return "EXT_HOURS", "Refused: only limit orders outside regular hours."
    return None


def not_halted(proposal: Proposal, grounds: Grounds) -> Verdict:
    """HALTED: the exchange trades the symbol, and has done so again for a while: entries wait for
    the market to find itself, and for two quotes where any ever came.
    """
    tape = grounds.tape
    if not tape.halted:
        return _settled(proposal, grounds) if tape.resumed else None
    since = time_of_day(tape.halted_since)
    return "HALTED", f"Refused: {proposal.symbol} halted since {since} ({tape.halt_code})."


def _settled(proposal: Proposal, grounds: Grounds) -> Verdict:
    tape, wait = grounds.tape, grounds.limits.resumption
    early = proposal.now - tape.resumed < wait
    if not early and not (wait and tape.awaited and tape.quote is not None):
        return None
    since = f"halted until {time_of_day(tape.resumed)} ({tape.halt_code})"
    said = f"entries wait {lasting(wait)} and for {RESUMING} quotes"
    return "HALTED", f"Refused: {proposal.symbol} {since}; {said}."


def priced(proposal: Proposal, grounds: Grounds) -> Verdict:
    """NO_PRICE: there is something to judge the order's price and size by."""
    if 0.0 < proposal.reference < inf:
        return None
    return "NO_PRICE", f"Refused: no price of {proposal.symbol} is known yet."


def limit_priced(proposal: Proposal, grounds: Grounds) -> Verdict:
    """NO_PRICE: there is something to judge a limit by; an exit at market needs no judging."""
    return None if proposal.limit is None else priced(proposal, grounds)


def collared(proposal: Proposal, grounds: Grounds) -> Verdict:
    """PRICE_COLLAR: the limit is near the market, and the market is no wider than allowed."""
    limits = grounds.limits
    reference = proposal.reference
    if proposal.limit is not None:
        away = abs(float(proposal.limit) - reference) / reference
        entry = proposal.purpose is _ENTRY
        near = float(limits.price_collar if entry else limits.flatten_collar)
        # Written so that what cannot be compared is refused.
        if not away <= near:
            return (
                "PRICE_COLLAR",
                f"Refused: {proposal.limit} is {away:.2%} from {reference} (limit {near:.0%}).",
            )
    elif proposal.purpose is _ENTRY and proposal.spread is not None:
        wide = proposal.spread / reference
        if not wide <= float(limits.max_spread):
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
        if order.symbol == proposal.symbol and order.side != side and _meets(proposal, order, side):
            return "SELF_CROSS", f"Refused: would trade with own order {order.id}."
    return None


def may_short(proposal: Proposal, grounds: Grounds) -> Verdict:
    """SHORT: selling what is not held is allowed, and the shares can be borrowed.

    What the account holds may always be sold: that borrows nothing.
    """
    if proposal.quantity > 0:
        return None
    symbol = proposal.symbol
    shortable = grounds.instrument(symbol).shortable
    if grounds.limits.allow_short and shortable:
        return None
    if grounds.book.net(symbol) > 0:
        return None
    if not grounds.limits.allow_short:
        why = "may not be sold short"
    else:
        why = "cannot be borrowed" if shortable is False else "is not known to be borrowable"
    return "SHORT", f"Refused: {symbol} {why}."


ENTRY_CHECKS: tuple[Check, ...] = (
    allowed,
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

EXIT_CHECKS: tuple[Check, ...] = (market_open, limit_priced, collared)
"""A halted or crowded symbol never stops an exit: it waits at the venue."""


def entry_checks(limits: Limits) -> tuple[Check, ...]:
    """The checks of an entry under `limits`: one that is off is not made."""
    first: list[Check] = []
    if limits.stale_quote_regular or limits.stale_quote_extended:
        first.append(fresh_quote)
    if limits.stale_signal:
        first.append(fresh_signal)
    return (*first, *ENTRY_CHECKS)


def late_checks(limits: Limits) -> tuple[Check, ...]:
    """What is looked at once more right before an entry leaves: how fresh the market is, and
    whether there is one.
    """
    fresh = (fresh_quote,) if limits.stale_quote_regular or limits.stale_quote_extended else ()
    return (*fresh, not_halted)


def _meets(proposal: Proposal, order: Order, side: int) -> bool:
    """True unless both have limits that lie apart."""
    apart = (
        order.type is OrderType.LIMIT
        and order.limit is not None
        and proposal.limit is not None
        and side * (order.limit - proposal.limit) > 0
    )
    return not apart


def _opening(market: Market, now: int, *, regular_only: bool) -> str:
    """When entries are taken next, as the calendar has it."""
    session = market.calendar.upcoming(now + 1)
    if session is not None and regular_only and now >= session.close:
        session = market.calendar.upcoming(session.post_close + 1)
    if session is None:
        return "at no time the calendar knows of"
    return instant(session.open if regular_only else session.pre_open)
