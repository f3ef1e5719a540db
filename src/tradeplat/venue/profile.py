"""How faithful, strict and slow the venue is: one value that every part of it reads."""

from decimal import Decimal

import msgspec

from tradeplat.core.market import SECOND
from tradeplat.sim.options import PLAIN


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The trading side's behaviour; delays are venue time in nanoseconds.

    `latency` passes before an order, a cancel or a replace takes effect, `update_latency` before
    an update is sent. A share `partial_rate` of fills is cut at random. `longest_client_id` is
    48, newer texts of the vendor say 128. A quote older than `quote_age` fills nothing at once.
    """

    name: str = "alpaca-paper"
    latency: int = SECOND // 50
    update_latency: int = SECOND // 100
    partial_rate: float = 0.1
    quote_age: int = 86_400 * SECOND
    update_before_response: bool = False
    self_crosses_refused: bool = True
    stop_collars: bool = True
    expired_as_canceled: bool = False
    replace_keeps_quantity: bool = True
    fractional_extended: bool = False
    longest_client_id: int = 48
    market_margin: Decimal = Decimal("1.03")
    binary_updates: bool = True
    rate_limit: int = 200
    rate_limited: bool = False


PAPER = Profile()
"""What the vendor's own paper service does."""

LOCKSTEP = Profile(
    name="lockstep",
    latency=0,
    update_latency=0,
    partial_rate=0.0,
    quote_age=PLAIN.quote_age,
    self_crosses_refused=False,
    stop_collars=False,
)
"""No delay, no chance and no rule a replay does not know: fills equal those of the replay."""

STRICT = Profile(name="strict", rate_limited=True)
"""As `alpaca-paper`, with the request budget enforced."""

PROFILES = {profile.name: profile for profile in (PAPER, LOCKSTEP, STRICT)}
"""Profiles by name."""
