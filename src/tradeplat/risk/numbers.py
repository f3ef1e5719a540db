"""BAD_NUMBER: numbers of a wish that cannot be those of an order."""

from math import isnan

from tradeplat.core.intent import Intent
from tradeplat.core.market import Quote

LOWEST, HIGHEST = 1e-4, 1e9
"""No price is below the smallest tick or above what no share costs: what is, is no price."""

_PRICES = Intent._fields[2:]


def bad_number(intent: Intent, symbol: str) -> str | None:
    """Why an entry's numbers cannot be used, None when they can."""
    conviction = intent.conviction
    if not 0.0 < abs(conviction) <= 1.0:
        return not_valid("conviction", conviction, "side and strength", symbol)
    if isnan(intent.limit) and isnan(intent.stop) and isnan(intent.target):
        return None
    for name, value in zip(_PRICES, intent[2:], strict=True):
        if not isnan(value) and not LOWEST <= value < HIGHEST:
            return not_valid(name, value, "price", symbol)
    return None


def wrong_side(side: int, price: float, intent: Intent, symbol: str) -> str | None:
    """Why the stop is not on the loss side of `price`, or the target not beyond it."""
    if not isnan(intent.stop) and side * (price - intent.stop) <= 0.0:
        return not_valid("stop", intent.stop, f"stop from {price}", symbol)
    if not isnan(intent.target) and side * (intent.target - price) <= 0.0:
        return not_valid("target", intent.target, f"target from {price}", symbol)
    return None


def older_quote_objects(quote: Quote | None, side: int, intent: Intent, symbol: str) -> str | None:
    """What is wrong with levels that suit the last price but not a quote too old to judge by, yet
    young enough for a venue to fill at: it would refuse the bracket.
    """
    taking = 0.0 if quote is None else quote.ask if side > 0 else quote.bid
    return wrong_side(side, taking, intent, symbol) if taking > 0.0 else None


def not_valid(field: str, value: float, kind: str, symbol: str) -> str:
    """What is said of a number that is no `kind`."""
    return f"Refused: {field}={value} is not a valid {kind} for {symbol}."
