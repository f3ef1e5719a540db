"""The numbers the gate holds orders to; every one can be set, none is a strategy's business."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from tradeplat.core.market import SECOND


class Hours(StrEnum):
    """When entries are allowed."""

    REGULAR = "regular"
    """09:30-16:00 New York only."""
    EXTENDED = "extended"
    """Pre-market and after-hours too, limit orders only."""
    ANY = "any"
    """No calendar at all: round-the-clock markets and benchmarks."""


class Limits(msgspec.Struct, frozen=True):
    """Pre-trade limits (reliability.md 6); money in account currency, fractions of one.

    `max_open_trades` None is no limit. `quote_age_regular` and `quote_age_extended` are the ages
    in nanoseconds up to which a quote prices an order.
    """

    max_open_trades: int | None = None
    max_position: Decimal = Decimal(50_000)
    max_notional: Decimal = Decimal(25_000)
    leverage: Decimal = Decimal(2)
    buying_power_margin: Decimal = Decimal("0.05")
    price_collar: Decimal = Decimal("0.03")
    flatten_collar: Decimal = Decimal("0.10")
    extended_exit_through: Decimal = Decimal("0.02")
    max_spread: Decimal = Decimal("0.02")
    max_open_orders: int = 50
    max_open_orders_symbol: int = 5
    hours: Hours = Hours.EXTENDED
    allow_short: bool = True
    entry_seconds: int = 60
    """An unfilled entry limit order is cancelled after this many seconds (0: never)."""
    exit_seconds: int = 15
    """An unfilled exit limit is cancelled after this many seconds, to be asked for again."""
    quote_age_regular: int = 2 * SECOND
    quote_age_extended: int = 10 * SECOND
