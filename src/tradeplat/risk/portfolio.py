"""The risk of a whole account as time goes on: its drawdown, its day, each strategy's levels."""

from collections.abc import Callable
from math import isfinite

from tradeplat.core.calendar import Calendar
from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.ports import Book, Impose
from tradeplat.core.rounds import LEVEL
from tradeplat.risk.halt import HALT, DrawdownHalt, Keep
from tradeplat.risk.limits import Limits
from tradeplat.risk.losses import STOPPED, Begun, DailyLoss
from tradeplat.risk.strategy_levels import StrategyLevels

UNVALUED = "risk:EQUITY"
"""Source of the condition that stands while equity is no number."""


class Kept:
    """What a session keeps of its account beyond its process: nothing, unless it is told how."""

    def __init__(self, high: Keep | None = None, day: Begun | None = None) -> None:
        self.high = high
        self.day = day


class PortfolioRisk:
    """Looks at equity whenever it is asked to, and imposes what follows.

    `flatten` is asked once for a halt that closes everything as well. A person who lifts a halt
    begins it anew: `heard` is told every condition that begins or ends.
    """

    def __init__(
        self,
        limits: Limits,
        book: Book,
        calendar: Calendar,
        impose: Impose,
        levels: StrategyLevels | None = None,
        kept: Kept | None = None,
    ) -> None:
        keep = kept or Kept()
        self.halt = DrawdownHalt(float(limits.max_drawdown), impose, keep.high)
        self.day = DailyLoss(limits, calendar, impose, keep.day)
        self.levels = levels
        self.flatten: Callable[[str, str], None] | None = None
        self._flattens = limits.flatten_at_drawdown
        self._book = book
        self._impose = impose
        self._unknown = False

    def look(self, now: int) -> None:
        """Judge the account, and each strategy, as they stand at `now` (UTC ns); never while a
        desk decides, since what a strategy holds may be closed.
        """
        self.judge(now)
        if self.levels is not None:
            self.levels.look(now)

    def judge(self, now: int) -> None:
        """Judge the account alone."""
        equity = self._book.worth()[0]
        if not isfinite(equity):
            unknown = Condition(UNVALUED, ACCOUNT, Mode.REDUCE_ONLY, "NOT_RECONCILED", ts=now)
            self._unknown = self._impose(unknown, now) or self._unknown
            return
        if self._unknown:
            self._unknown = False
            self._impose(Condition(UNVALUED, ACCOUNT, Mode.NORMAL), now)
        self.day.look(equity, now)
        if self.halt.look(equity, now) and self._flattens and self.flatten is not None:
            self.flatten(HALT, f"drawdown {self.halt.measured:.2%}")

    def heard(self, condition: Condition, now: int) -> bool:
        """Begin anew what a person lets go on."""
        if condition.mode is not Mode.NORMAL:
            return False
        if condition.source == HALT:
            self.halt.reset(self._book.worth()[0], now)
        elif condition.source == STOPPED:
            self.day.reset(self._book.worth()[0], now)
        elif condition.source == LEVEL and self.levels is not None:
            self.levels.reset(condition.scope.removeprefix("@"))
        else:
            return False
        return True
