"""Rules of United States brokers for margin accounts, by the dates at which they were in force."""

from math import isfinite

from tradeplat.core.errors import BadInput
from tradeplat.risk.rules import Allowance

__all__ = ["UsEquities"]

FIRST, LAST = 20010928, 20260603
"""First and last day on which the pattern-day-trader rule (FINRA 4210) was in force."""
PATTERN = Allowance(3, 5)
"""A fourth day trade within five trading days made an account a pattern day trader's."""
MINIMUM = 25_000.0
"""Equity from which on such an account was not restricted."""


class UsEquities:
    """The pattern-day-trader rule while there was one, and nothing since June 2026.

    `cash_account` exempts the account: the rule was one of margin. Equity that is not known counts
    as too little.
    """

    def __init__(self, minimum: float = MINIMUM, *, cash_account: bool = False) -> None:
        if not minimum >= 0.0 or not isfinite(minimum):
            raise BadInput(f"us_equities: expected a minimum of 0 or more, found {minimum}")
        self._minimum = minimum
        self._cash = cash_account

    def round_trips(self, day: int, equity: float) -> Allowance | None:  # BrokerRules
        """Three in five days for a small margin account, as long as that rule was in force."""
        if self._cash or not FIRST <= day <= LAST or equity >= self._minimum:
            return None
        return PATTERN
