"""What one strategy may lose, or has to have made, before it is closed and stopped."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.conditions import Condition, Mode, strategy_scope
from tradeplat.core.ports import Impose
from tradeplat.core.rounds import LEVEL
from tradeplat.risk.ledgers import Holdings

Close = Callable[[str, int], None]
"""Closes what one strategy holds, and nothing else."""


class Levels(msgspec.Struct, frozen=True):
    """Money: `stop_loss_level` is the loss and `take_profit_level` the profit at which a strategy
    is done; 0 is none.
    """

    stop_loss_level: float = 0.0
    take_profit_level: float = 0.0


class StrategyLevels:
    """Holds each strategy's profit, costs and open positions included, against its levels.

    A breach closes that strategy's positions and no others, and keeps it from opening more until
    a person lets it go on; from then on its profit counts anew. `levels` can be shown.
    """

    def __init__(
        self, levels: Mapping[str, Levels], book: Holdings, impose: Impose, close: Close
    ) -> None:
        self.levels = dict(levels)
        self._book = book
        self._impose = impose
        self._close = close
        self._base: dict[str, float] = {}

    def made(self, strategy: str) -> float:
        """Profit of `strategy` since it began, in whatever session, or was let go on."""
        return self._worth(strategy) - self._base.get(strategy, 0.0)

    def restore(self, made: Mapping[str, Decimal]) -> None:
        """Go on from what earlier sessions made, by strategy; the book has their positions."""
        for strategy, money in made.items():
            self._base[strategy] = float(self._realised(strategy) - money)

    def look(self, now: int) -> None:
        """Hold every strategy against its levels as of `now` (UTC ns)."""
        for strategy, level in self.levels.items():
            made = self.made(strategy)
            why = ""
            if level.stop_loss_level and not made > -level.stop_loss_level:
                why = f"P/L {made:+,.2f} (stop-loss level {-level.stop_loss_level:+,.2f})"
            elif level.take_profit_level and not made < level.take_profit_level:
                why = f"P/L {made:+,.2f} (take-profit level {level.take_profit_level:+,.2f})"
            if why and self._impose(_stopped(strategy, why, now), now):
                self._close(strategy, now)

    def reset(self, strategy: str) -> None:
        """Count the profit of `strategy` anew: a person lets it go on."""
        self._base[strategy] = self._worth(strategy)

    def _worth(self, strategy: str) -> float:
        total = self._realised(strategy)
        for (owner, symbol), held in self._book.holdings.items():
            if owner == strategy and held.quantity:
                total += held.quantity * (self._book.mark(symbol) - held.average)
        return float(total)

    def _realised(self, strategy: str) -> Decimal:
        held = (at for (owner, _), at in self._book.holdings.items() if owner == strategy)
        return sum((at.realised - at.fees for at in held), Decimal(0))


def _stopped(strategy: str, why: str, now: int) -> Condition:
    return Condition(
        LEVEL, strategy_scope(strategy), Mode.REDUCE_ONLY, "LEVEL", why, "the gate", now
    )
