"""The numbers the gate holds orders to; every one can be set, none is a strategy's business."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from tradeplat.core.market import SECOND

ZERO = Decimal(0)


class Hours(StrEnum):
    """When entries are allowed."""

    REGULAR = "regular"
    """09:30-16:00 New York only."""
    EXTENDED = "extended"
    """Pre-market and after-hours too, limit orders only."""
    ANY = "any"
    """No calendar at all: round-the-clock markets and benchmarks."""


class Limits(msgspec.Struct, frozen=True):
    """Pre-trade limits (reliability.md 6); money in account currency, fractions of one, times and
    ages in nanoseconds of market time.

    What bounds one order has its value here. What depends on the pace of a session or on its
    losses is off (0) until the settings say otherwise: they carry the values of a live account.
    """

    max_open_trades: int | None = None
    """Campaigns open or opening at a time; None is no limit."""
    max_position: Decimal = Decimal(50_000)
    max_notional: Decimal = Decimal(25_000)
    max_quantity: Decimal = Decimal(2_000)
    max_volume_part: Decimal = Decimal("0.01")
    """Largest part of a day's average volume that one order may be, where that is known."""
    max_gross: Decimal = Decimal(2)
    """Value of all positions and working entries, as a multiple of equity."""
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
    allowed: tuple[str, ...] = ()
    """The only symbols that may be entered; empty is all."""
    denied: tuple[str, ...] = ()
    entry_seconds: int = 60
    """An unfilled entry limit order is cancelled after this many seconds (0: never)."""
    exit_seconds: int = 15
    """An unfilled exit limit is cancelled after this many seconds, to be asked for again."""
    quote_age_regular: int = 2 * SECOND
    quote_age_extended: int = 10 * SECOND
    """Ages up to which a quote prices an order."""
    stale_quote_regular: int = 0
    stale_quote_extended: int = 0
    """Ages of a symbol's newest quote beyond which it is not entered."""
    stale_signal: int = 0
    """How long after its cause was received a wish may still become an order."""
    resumption: int = 60 * SECOND
    """How long entries wait, and for two quotes, when a symbol trades again after a halt."""
    same_order: int = 0
    """The same order again is refused for this long."""
    orders_second: int = 0
    orders_minute: int = 0
    orders_minute_symbol: int = 0
    replaces_minute: int = 0
    """Cancels and moves of working orders a minute and symbol."""
    equal_rejections: int = 0
    """So many equal rejections of an equal order pause its symbol for `rejection_pause`."""
    rejection_pause: int = 300 * SECOND
    losing_trades: int = 0
    """So many losing trades in a row pause their strategy for `losing_pause`."""
    losing_pause: int = 1_800 * SECOND
    daily_loss: Decimal = ZERO
    """Loss of the day, as a part of its first equity, from which on positions only shrink."""
    daily_loss_kill: Decimal = ZERO
    """The same, from which on trading is killed and everything flattened."""
    max_drawdown: Decimal = ZERO
    """1 - equity / its highest, from which on positions only shrink until a person resets it."""
    flatten_at_drawdown: bool = False
    """Close everything as well when that is reached."""
    round_trips: int = 0
    """Round trips a day, whatever the broker's rules allow."""
