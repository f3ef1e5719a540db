"""The seat of the person at the keys: it wishes nothing of its own, and is commanded instead."""

from tradeplat.core.intent import HOLD, Holding, Intent
from tradeplat.core.market import Bar, Quote
from tradeplat.core.orders import MANUAL

__all__ = ["MANUAL", "ByHand"]


class ByHand:
    """Holds through every fact: what this seat does comes from `Desk.command`."""

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:  # core.ports.Strategy
        """Nothing, whatever the bar."""
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:  # core.ports.Strategy
        """Nothing, whatever the quote."""
        return HOLD
