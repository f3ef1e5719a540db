"""No rules beyond the account's own limits."""

from tradeplat.risk.rules import Allowance

__all__ = ["NoRules"]


class NoRules:
    """Limits nothing."""

    def round_trips(self, day: int, equity: float) -> Allowance | None:  # BrokerRules
        """None, whatever the day and the account."""
        return None
