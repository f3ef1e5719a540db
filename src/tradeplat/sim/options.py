"""What a simulated fill costs, and how the simulated market answers where a bar leaves it open."""

from decimal import Decimal

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.sim.rules import TieBreak, order_fee

ZERO = Decimal(0)


class Costs(msgspec.Struct, frozen=True):
    """The tariff of one account, in money (quant-spec 3).

    `commission` is due per share or contract and kept within `least` and `most` per order (0: no
    such bound), `fee_per_trade` per fill. Slippage is `slippage_ticks` ticks or `slippage_pct` of
    the price (a fraction: 0.001 is ten basis points), never both; market and stop orders pay it.
    """

    commission: float = 0.0
    fee_per_trade: float = 0.0
    least: float = 0.0
    most: float = 0.0
    slippage_ticks: float = 0.0
    slippage_pct: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if not getattr(self, name) >= 0.0:
                raise BadInput(f"costs.{name}: found {getattr(self, name)}, expected 0 or more")
        if self.slippage_ticks and self.slippage_pct:
            raise BadInput("costs: slippage_ticks and slippage_pct are both set, expected one")

    @property
    def flat(self) -> Decimal | None:
        """What each fill costs where that does not depend on its size, else None."""
        if self.commission or self.least:
            return None
        return Decimal(repr(self.fee_per_trade)) if self.fee_per_trade else ZERO

    def total(self, quantity: Decimal, fills: int) -> Decimal:
        """What an order has cost beyond price after `fills` fills of `quantity` in all."""
        flat = self.flat
        if flat is not None:
            return flat * fills
        fee = order_fee(
            float(quantity), fills, self.commission, self.fee_per_trade, self.least, self.most
        )
        return Decimal(repr(round(fee, 9)))


class MatchOptions(msgspec.Struct, frozen=True):
    """How the simulated market decides.

    `through` asks resting limits to be traded through by a tick. `volume_cap` is the share of a
    bar's or print's volume that one symbol's orders may take, `quote_cap` the share of a quote's
    size (None: no bound). A quote older than `quote_age` ns does not fill an order at once.
    Orders become active `latency` ns after they were placed. `clamp` holds slipped market fills
    inside the bar. `seed` drives TieBreak.RANDOM. Without `acknowledge` a placed order is not
    reported before something happens to it.
    """

    tie_break: TieBreak = TieBreak.PESSIMISTIC
    through: bool = False
    volume_cap: float | None = None
    quote_cap: float | None = None
    quote_age: int = 10 * SECOND
    latency: int = 0
    clamp: bool = False
    seed: int = 0
    acknowledge: bool = True

    def __post_init__(self) -> None:
        for name in ("volume_cap", "quote_cap"):
            share = getattr(self, name)
            if share is not None and not share > 0.0:
                raise BadInput(f"{name}: found {share}, expected more than 0")


FREE = Costs()
"""Trading costs nothing."""

PLAIN = MatchOptions()
"""The defaults of quant-spec 2 and 3."""
