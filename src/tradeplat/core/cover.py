"""When a protective level counts as hit, and at which price the exit that follows may trade.

One rule for every world: replay and live session judge by the same facts, and a fact counts only
if it began after the position was there to be protected.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.market import SECOND, Bar, MarketEvent, Quote
from tradeplat.core.note import Note
from tradeplat.core.orders import Order

PROTECT = "protect"
"""Kind of the note that tells the levels by which a position is protected; a Levels."""

GUARDED = "guarded"
"""Kind of the note that tells an order the guard placed: `order`."""

WIDEST_SPREAD = 0.05
"""A quote wider than this share of its middle says nothing of where the price is."""

THROUGH = 0.02
"""How far through the market, of the price, the first exit limit lies; each further one as much
farther."""

FARTHEST = 0.10
"""The wide collar: no exit limit lies farther through the market."""


class Levels(Note, frozen=True):
    """The levels by which `strategy` protects what it holds of `symbol`; None is no such level.

    `entry` is the id of the order that opened the position; without any level it is unprotected.
    """

    symbol: str
    strategy: str
    entry: str
    stop: Decimal | None = None
    target: Decimal | None = None


def order_of(body: Mapping[str, object]) -> Order:
    """The order of a GUARDED note; msgspec.ValidationError when it is none."""
    return msgspec.convert(body.get("order"), Order)


def began(event: MarketEvent) -> int:
    """When what `event` tells of began, in UTC nanoseconds: a bar tells of its whole span."""
    return event.ts - event.span * SECOND if isinstance(event, Bar) else event.ts


def stop_hit(side: int, stop: Decimal, event: MarketEvent) -> bool:
    """True when `event` shows the price at or beyond the stop of a position on `side`."""
    level = float(stop)
    if isinstance(event, Bar):
        return not event.revision and (event.low <= level if side > 0 else event.high >= level)
    if isinstance(event, Quote) and sane(event):
        return event.bid <= level if side > 0 else event.ask >= level
    return False


def target_hit(side: int, target: Decimal, event: MarketEvent) -> bool:
    """True when `event` leaves the price at or beyond the target of a position on `side`."""
    level = float(target)
    if isinstance(event, Bar):
        return not event.revision and side * (event.close - level) >= 0.0
    if isinstance(event, Quote) and sane(event):
        return side * ((event.bid if side > 0 else event.ask) - level) >= 0.0
    return False


def beyond(side: int, stop: Decimal, price: float) -> bool:
    """True when `price` has passed the stop of a position on `side`: no venue would take it."""
    return price > 0.0 and side * (price - float(stop)) <= 0.0


def sane(quote: Quote) -> bool:
    """True when both sides are quoted, in order, and near enough to one another."""
    if not 0.0 < quote.bid <= quote.ask:
        return False
    return quote.ask - quote.bid <= WIDEST_SPREAD * 0.5 * (quote.ask + quote.bid)


def exit_price(side: int, reference: float, tries: int) -> float:
    """Where the exit limit of a position on `side` lies after `tries` that did not fill."""
    return reference * (1.0 - side * min(THROUGH * (tries + 1), FARTHEST))
