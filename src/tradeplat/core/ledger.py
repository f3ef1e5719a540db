"""Cash and positions across symbols; equity is cash plus every position at its mark."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.orders import Fill
from tradeplat.core.position import NOTHING, Position

ZERO = Decimal(0)


class Ledger(msgspec.Struct, frozen=True):
    """One account's book. Frozen: `after` returns the next one.

    Invariant: equity(mark) == starting cash + realised + open P&L - fees, for any fills.
    """

    cash: Decimal
    positions: Mapping[str, Position] = msgspec.field(default_factory=dict)

    def position(self, symbol: str) -> Position:
        """The net position in `symbol` (flat when there never was one)."""
        return self.positions.get(symbol, NOTHING)

    def after(self, fill: Fill, multiplier: Decimal = Decimal(1)) -> "Ledger":
        """The ledger once `fill` has been booked."""
        held = self.position(fill.symbol).after(fill.quantity, fill.price, fill.fee, multiplier)
        cash = self.cash - fill.quantity * fill.price * multiplier - fill.fee
        return Ledger(cash, {**self.positions, fill.symbol: held})

    def equity(self, mark: Callable[[str], Decimal]) -> Decimal:
        """Cash plus every open position at its `mark`."""
        total = self.cash
        for symbol, held in self.positions.items():
            if held.quantity:
                total += held.quantity * mark(symbol)
        return total

    def exposure(self, mark: Callable[[str], Decimal]) -> Decimal:
        """Gross value of every open position at its `mark`."""
        return sum(
            (abs(p.quantity) * mark(s) for s, p in self.positions.items() if p.quantity), ZERO
        )
