"""One netted account, and what of it is each strategy's: the parts add up to the whole."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from tradeplat.core.position import Position

ZERO = Decimal(0)
ROUNDING = Decimal("1e-9")
"""Money that averages of endless fractions may lose on the way."""


class Holdings(Protocol):
    """The account's book (execution/tracker.py)."""

    @property
    def holdings(self) -> Mapping[tuple[str, str], Position]:
        """Position by (strategy, symbol)."""

    @property
    def positions(self) -> Mapping[str, Position]:
        """Net position of the account by symbol."""

    def mark(self, symbol: str) -> Decimal:
        """The last price of a symbol."""


class Ledger(msgspec.Struct, frozen=True):
    """Money of one strategy, or of the account: `open` is that of positions at their last price.

    What is realised depends on who counts: where two strategies hold opposite sides, the account
    has closed what neither of them has. `made` does not depend on it.
    """

    realised: Decimal = ZERO
    open: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def made(self) -> Decimal:
        """Profit after fees, open positions included."""
        return self.realised + self.open - self.fees

    def plus(self, held: Position, mark: Decimal) -> "Ledger":
        """This ledger with one position more."""
        gain = held.quantity * (mark - held.average) if held.quantity else ZERO
        return Ledger(self.realised + held.realised, self.open + gain, self.fees + held.fees)


def by_strategy(book: Holdings) -> dict[str, Ledger]:
    """The ledger of each strategy that ever traded, by name."""
    found: dict[str, Ledger] = {}
    for (strategy, symbol), held in sorted(book.holdings.items()):
        found[strategy] = found.get(strategy, Ledger()).plus(held, book.mark(symbol))
    return found


def disagreements(book: Holdings) -> dict[str, str]:
    """Symbols whose strategies do not add up to the account, and in what; empty as it must be."""
    quantities: dict[str, Decimal] = {}
    made: dict[str, Decimal] = {}
    for (_, symbol), held in book.holdings.items():
        quantities[symbol] = quantities.get(symbol, ZERO) + held.quantity
        made[symbol] = made.get(symbol, ZERO) + Ledger().plus(held, book.mark(symbol)).made
    found: dict[str, str] = {}
    for symbol in sorted({*quantities, *book.positions}):
        whole = book.positions.get(symbol, Position())
        parts = quantities.get(symbol, ZERO)
        if parts != whole.quantity:
            found[symbol] = f"strategies hold {parts:+f} {symbol}, the account {whole.quantity:+f}"
            continue
        theirs = made.get(symbol, ZERO)
        ours = Ledger().plus(whole, book.mark(symbol)).made
        if abs(theirs - ours) > ROUNDING * (1 + abs(ours)):
            found[symbol] = f"strategies made {theirs:+.2f} in {symbol}, the account {ours:+.2f}"
    return found
