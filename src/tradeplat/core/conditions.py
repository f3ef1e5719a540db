"""What stands between a wish and an order: the modes of account, symbol and strategy.

A condition is what one source asks of one scope; the strictest of all that stand decides. This is
state and nothing else: it changes only through the floor (desk/floor.py), which records it.
"""

from collections.abc import Mapping
from enum import StrEnum

from tradeplat.core.note import Note
from tradeplat.core.orders import MANUAL

CONDITION = "condition"
"""Kind of the note that tells a condition; its body is a Condition."""

STOPPED = "STOPPED"
"""Code of a condition by which a person stops strategies: what is ordered by hand passes it."""

ACCOUNT = ""
"""The scope of the whole account."""


class Mode(StrEnum):
    """What may still be ordered, from everything to nothing but a way out."""

    NORMAL = "normal"
    REDUCE_ONLY = "reduce_only"
    """Only orders that shrink a position."""
    CANCEL_ONLY = "cancel_only"
    """Nothing is placed but what flattens."""
    KILLED = "killed"
    """Cancel, then flatten if asked; only a person lifts it."""


STRICTNESS: Mapping[Mode, int] = {mode: rank for rank, mode in enumerate(Mode)}
"""Rank of each mode; the highest of those that stand is the one that holds."""


_WITHDRAWS = frozenset({"HALTED", "DAILY_LOSS", "MAX_DRAWDOWN", "ORDER_RATE", "LEVEL", STOPPED})
_DURABLE = frozenset(
    {"KILLED", "MAX_DRAWDOWN", "DAILY_LOSS", "LEVEL", "LOSS_STREAK", "REJECT_LOOP", STOPPED}
)


def strategy_scope(name: str) -> str:
    """The scope of one strategy, on every symbol."""
    return f"@{name}"


class Condition(Note, frozen=True):
    """`source` asks `mode` of `scope` since `ts` (UTC ns); NORMAL lifts what it asked before.

    `scope` is "" for the account, a symbol, or "@" and a strategy's name. `code` is the refusal
    code that the gate gives for it, `why` the part of the message that only the source knows,
    `who` the person or part that decided. `until` is the instant it ends by itself (0: never).
    """

    source: str
    scope: str
    mode: Mode
    code: str = "MODE"
    why: str = ""
    who: str = ""
    ts: int = 0
    until: int = 0

    @property
    def rank(self) -> int:
        """How strict it is, 0 for NORMAL."""
        return STRICTNESS[self.mode]

    @property
    def withdraws(self) -> bool:
        """True when entries that work in its scope are withdrawn as it begins."""
        return self.rank > 1 or (self.rank == 1 and self.code in _WITHDRAWS)

    @property
    def durable(self) -> bool:
        """True for what outlives the process: it stands again after a restart."""
        return self.code in _DURABLE or (self.code == "ORDER_RATE" and not self.until)

    def covers(self, symbol: str, strategy: str) -> bool:
        """True for orders of `strategy` in `symbol`."""
        if strategy == MANUAL and self.code == STOPPED:
            return False
        return self.scope in (ACCOUNT, symbol, strategy_scope(strategy))


class Conditions:
    """Every condition that stands, at most one of each source in each scope."""

    __slots__ = ("_scopes", "standing")

    def __init__(self) -> None:
        self.standing: dict[tuple[str, str], Condition] = {}
        """By (source, scope), in the order imposed; empty while all is normal."""
        self._scopes: dict[str, dict[str, Condition]] = {}

    def impose(self, condition: Condition) -> bool:
        """Take `condition` in; False when it changes nothing.

        A source that asks the same mode of the same scope by the same code again changes nothing:
        what stands keeps the instant and the reason it began with, unless its end moves.
        """
        key = (condition.source, condition.scope)
        before = self.standing.get(key)
        if condition.mode is Mode.NORMAL:
            if before is None:
                return False
            del self.standing[key]
            sources = self._scopes[condition.scope]
            del sources[condition.source]
            if not sources:
                del self._scopes[condition.scope]
            return True
        if before is not None and _asks(before) == _asks(condition):
            return False
        self.standing[key] = condition
        self._scopes.setdefault(condition.scope, {})[condition.source] = condition
        return True

    def asked(self, source: str, scope: str = ACCOUNT) -> Condition | None:
        """What `source` asks of `scope`, None while it asks nothing."""
        return self.standing.get((source, scope))

    def strictest(self, symbol: str = "", strategy: str = "", now: int = 0) -> Condition | None:
        """The condition that decides for an order of `strategy` in `symbol`, None when none does.

        Of equally strict ones the account's comes before the symbol's and the strategy's, and in
        one scope the first that was imposed. What ended by itself before `now` is passed over.
        """
        if not self._scopes:
            return None
        return next(iter(self.against(symbol, strategy, now)), None)

    def against(self, symbol: str, strategy: str, now: int = 0) -> list[Condition]:
        """Everything that stands for an order of `strategy` in `symbol`, the strictest first."""
        found = [
            condition
            for scope in dict.fromkeys((ACCOUNT, symbol, strategy_scope(strategy)))
            for condition in self._scopes.get(scope, {}).values()
            if not 0 < condition.until <= now
            and not (strategy == MANUAL and condition.code == STOPPED)
        ]
        found.sort(key=_rank, reverse=True)
        return found

    def all(self, now: int = 0) -> tuple[Condition, ...]:
        """Everything that stands at `now`, in whatever scope, the strictest first."""
        found = [one for one in self.standing.values() if not 0 < one.until <= now]
        return tuple(sorted(found, key=_rank, reverse=True))

    def mode(self, symbol: str = "", strategy: str = "", now: int = 0) -> Mode:
        """The mode in which `strategy` trades `symbol`; without names, the account's."""
        found = self.strictest(symbol, strategy, now)
        return Mode.NORMAL if found is None else found.mode


def _rank(condition: Condition) -> int:
    return condition.rank


def _asks(condition: Condition) -> tuple[Mode, str, int]:
    return condition.mode, condition.code, condition.until
