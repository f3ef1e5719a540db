"""Trades from flat to flat as fills tell them: losses in a row, round trips, money made.

Limits count these, so they are folded from the very records that positions are folded from: a
process that is killed between two fills goes on counting where it was.
"""

from collections import deque
from decimal import Decimal

import msgspec

from tradeplat.core.market import DAY
from tradeplat.core.orders import EXTERNAL, MANUAL, Fill
from tradeplat.core.position import Position

ZERO = Decimal(0)
LEVEL = "risk:LEVEL"
"""Source of the condition that stops a strategy for what it made; once a person lifts it, that
counts anew.
"""
MOST = 4_096
"""Round trips that are remembered, the newest; no limit on them is anywhere near."""

Key = tuple[str, str]


class Counted(msgspec.Struct, frozen=True):
    """How the counts stand; instants are UTC ns.

    `losses` are losing trades in a row and `made` money by strategy, costs included; `bases` what
    a strategy had made of a symbol as its open trade began. `opened` says since when the account
    holds a symbol, `trips` when each round trip began and ended.
    """

    losses: dict[str, int] = {}
    made: dict[str, Decimal] = {}
    bases: tuple[tuple[str, str, Decimal], ...] = ()
    opened: dict[str, int] = {}
    trips: tuple[tuple[int, int], ...] = ()


NONE = Counted()
"""Nothing was ever counted."""


class Rounds:
    """Counts fill after fill. Strangers' fills are nobody's trades, and a person's no streak."""

    def __init__(self, counted: Counted = NONE) -> None:
        self.losses = dict(counted.losses)
        self.made = dict(counted.made)
        self.opened = dict(counted.opened)
        self.trips = deque(counted.trips, MOST)
        self._bases: dict[Key, Decimal] = {
            (strategy, symbol): base for strategy, symbol, base in counted.bases
        }

    def counted(self) -> Counted:
        """The counts as they stand, to be kept."""
        bases = ((*key, base) for key, base in sorted(self._bases.items()))
        return Counted(
            dict(self.losses), dict(self.made), tuple(bases), dict(self.opened), tuple(self.trips)
        )

    def earned(self, strategy: str, money: Decimal) -> None:
        """Count what a fill has realised, less its cost."""
        self.made[strategy] = self.made.get(strategy, ZERO) + money

    def trade(self, fill: Fill, held: Position) -> Decimal | None:
        """Take in `fill`, after which its strategy holds `held`: what the trade made that it ends,
        None when it ends none, or one whose beginning is not known.
        """
        if fill.strategy in (EXTERNAL, MANUAL):
            return None
        key = (fill.strategy, fill.symbol)
        after, before = held.quantity, held.quantity - fill.quantity
        worth = held.realised - held.fees
        if not before:
            self._bases[key] = worth + fill.fee
            return None
        if after and (after > 0) == (before > 0):
            return None
        base = self._bases.pop(key, None)
        if after or base is None:
            # What was opened before our time cost nobody knows what: nothing is said against it.
            self._bases[key] = worth
        if base is None:
            return None
        made = worth - base
        self.losses[key[0]] = 0 if made >= 0 else self.losses.get(key[0], 0) + 1
        return made

    def trip(self, fill: Fill, after: Decimal, now: int) -> tuple[int, int] | None:
        """Take in `fill` at `now`, after which the account holds `after` of its symbol: when the
        round trip began and ended that it ends, None when it ends none.
        """
        if fill.strategy == EXTERNAL:
            return None
        symbol, before = fill.symbol, after - fill.quantity
        turned = not after or (after > 0) != (before > 0)
        ended = None
        if before and turned:
            began = self.opened.pop(symbol, None)
            if began is not None and now - began < DAY:
                ended = (began, now)
                self.trips.append(ended)
        if after and (not before or turned):
            self.opened[symbol] = now
        return ended
