"""Ticks and lots: the one place where a price or a quantity is put on its grid."""

from decimal import Decimal
from math import ceil, floor

import msgspec

from tradeplat.core.exact import nearest
from tradeplat.core.kernel import kernel

EPSILON = 1e-9
"""Slack, in ticks, that keeps an on-grid float on its own tick (quant-spec 3)."""


@kernel
def ticks_down(price: float, tick: float) -> int:
    """Whole ticks at or below `price`; a price on the grid stays where it is."""
    return floor(price / tick + EPSILON)


@kernel
def ticks_up(price: float, tick: float) -> int:
    """Whole ticks at or above `price`; a price on the grid stays where it is."""
    return ceil(price / tick - EPSILON)


class Asset(msgspec.Struct, frozen=True):
    """What the broker allows of a symbol; nothing, until it has said so.

    `borrow_known` is True when shares to sell short are easy to borrow.
    """

    symbol: str
    tradable: bool = False
    shortable: bool = False
    borrow_known: bool = False
    fractionable: bool = False


class Instrument(msgspec.Struct, frozen=True):
    """Trading terms of one symbol.

    `tick` is valid at or above `tick_change`, `small_tick` below it (US stocks: 0.01 from 1.00,
    0.0001 below). `lot` is the smallest quantity step, `multiplier` the money per point. `barred`
    is why the broker does not trade it, empty when it does; `shortable` says whether it can be
    borrowed, None when the broker does not tell. `volume` is the average number of shares traded
    a day, 0.0 while unknown; `volume_from` says by whom and over how many days, `volume_at` when
    the newest of them ended (UTC ns).
    """

    symbol: str
    tick: Decimal = Decimal("0.01")
    small_tick: Decimal = Decimal("0.0001")
    tick_change: Decimal = Decimal(1)
    lot: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)
    barred: str = ""
    shortable: bool | None = True
    volume: float = 0.0
    volume_from: str = ""
    volume_at: int = 0

    def tick_at(self, price: float) -> Decimal:
        """The tick size that is valid at `price`."""
        return self.tick if price >= nearest(self.tick_change) else self.small_tick

    def price_down(self, price: float) -> Decimal:
        """`price` rounded down to its tick, as an exact Decimal."""
        tick = self.tick_at(price)
        return ticks_down(price, nearest(tick)) * tick

    def price_up(self, price: float) -> Decimal:
        """`price` rounded up to its tick, as an exact Decimal."""
        tick = self.tick_at(price)
        return ticks_up(price, nearest(tick)) * tick

    def lots(self, quantity: float) -> Decimal:
        """The largest whole number of lots not above abs(`quantity`), with its sign."""
        whole = ticks_down(abs(quantity), nearest(self.lot)) * self.lot
        return whole if quantity >= 0 else -whole
