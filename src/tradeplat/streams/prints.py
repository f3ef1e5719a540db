"""What a print on the tape may move: its sale conditions, its cancellation, its correction."""

from collections.abc import Iterable

import msgspec

from tradeplat.core.market import Trade

NOTHING = 0
LAST = 1
"""A print moves a bar's open and close."""
RANGE = 2
"""A print moves a bar's high and low."""
VOLUME = 4
"""A print moves a bar's volume."""
ALL = LAST | RANGE | VOLUME
"""Plain numbers, for a member of an enumeration costs more than the print itself."""


class ConditionalTrade(msgspec.Struct, frozen=True, gc=False, tag="conditional_trade"):
    """A print whose sale conditions keep it from moving everything; `moves` says what is left."""

    symbol: str
    trade: Trade
    moves: int

    @property
    def ts(self) -> int:
        """When it was printed, in UTC nanoseconds."""
        return self.trade.ts

    @property
    def seen(self) -> int:
        """When it was received, in UTC nanoseconds."""
        return self.trade.seen


class Cancel(msgspec.Struct, frozen=True, gc=False, tag="cancel"):
    """A print is taken back; it is named by its id, price and size."""

    symbol: str
    ts: int
    trade_id: int
    price: float
    size: float
    seen: int = 0


class Correction(msgspec.Struct, frozen=True, gc=False, tag="correction"):
    """A print is replaced: the old one is named by id, price and size; `trade` is the new one."""

    symbol: str
    ts: int
    trade_id: int
    price: float
    size: float
    trade: Trade
    moves: int = ALL

    @property
    def seen(self) -> int:
        """When it was received, in UTC nanoseconds."""
        return self.trade.seen


VOLUME_ONLY = frozenset("CHINRUVW7")
"""Cash, price variation, odd lot, next day, seller, out of sequence, contingent, average price."""

NO_FIGURE = frozenset("MQ")
"""A market centre's official close and open repeat prints already reported."""

RANGE_AND_VOLUME = frozenset("GPZ4")
"""Sold bunched, prior reference price, sold out of sequence, derivatively priced."""

PRICE_ONLY = frozenset("9")
"""The corrected consolidated close carries no volume of its own."""


def moves(conditions: Iterable[str], tape: str) -> int:
    """What a print with these sale conditions may move: the strictest of them decides.

    `B` is an average price on tapes A and B and an ordinary bunched trade on tape C. Form T
    prints, outside regular hours, count: bars of extended hours are made of them.
    """
    left = ALL
    for condition in conditions:
        if condition in NO_FIGURE:
            return NOTHING
        if condition in VOLUME_ONLY or (condition == "B" and tape != "C"):
            left &= VOLUME
        elif condition in RANGE_AND_VOLUME:
            left &= RANGE | VOLUME
        elif condition in PRICE_ONLY:
            left &= LAST | RANGE
    return left
