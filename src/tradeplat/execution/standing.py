"""What the account's state asks of everybody: locks, corrections and a record of both."""

from typing import Protocol

from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.cover import Levels
from tradeplat.core.journal import Correction, Kind
from tradeplat.core.ports import Clock
from tradeplat.execution.results import Reports
from tradeplat.execution.timings import Alarm, OrderJournal

RECONCILE = "reconcile"
"""Source of the lock on the whole account until it was held against the broker's."""
FEED = "account"
"""Source of the lock while the account's feed is down."""
DRIFT = "drift"
"""Source of the lock on a symbol whose position, or on an account whose cash, differs."""
UNEXPLAINED = "unexplained"
"""Source of the lock on a symbol whose quantity was adopted: a person lifts it, or the broker by
going back to what we had counted.
"""
LIFECYCLE = "lifecycle"
"""Source of the lock on a symbol of which an order was told what cannot be."""


class Rules(Protocol):
    """Lets conditions stand and books corrections (desk/floor.py)."""

    def on_condition(self, condition: Condition, now: int) -> bool:
        """Impose or lift; False when it changes nothing."""

    def on_correction(self, correction: Correction, now: int) -> None:
        """Book what no order explains."""

    def on_levels(self, levels: Levels, now: int) -> None:
        """Protect a position by these levels."""


class AccountFloor(Reports, Rules, Protocol):
    """What takes in everything that happens to an account (desk/floor.py)."""


class Standing:
    """Imposes and lifts on behalf of the account, and books what no order explains.

    All locks are REDUCE_ONLY. What is journaled here keeps its place among the reports.
    """

    def __init__(self, rules: Rules, journal: OrderJournal, clock: Clock, alarm: Alarm) -> None:
        self._rules = rules
        self._journal = journal
        self._clock = clock
        self._alarm = alarm

    @property
    def now(self) -> int:
        """UTC nanoseconds of the session's clock."""
        return self._clock.now()

    def lock(self, source: str, scope: str, code: str, why: str) -> None:
        """Let only orders pass that reduce; again changes nothing."""
        self._impose(Condition(source, scope, Mode.REDUCE_ONLY, code, why, source, self.now))

    async def lock_for_good(self, source: str, scope: str, code: str, why: str) -> None:
        """The same beyond a restart, until a person lifts it."""
        self.lock(source, scope, code, why)
        condition = Condition(source, scope, Mode.REDUCE_ONLY, code, why, source, self.now)
        await self._journal.mode(condition)

    def free(self, source: str, scope: str = ACCOUNT) -> None:
        """Lift what `source` asked of `scope`."""
        self._impose(Condition(source, scope, Mode.NORMAL, who=source, ts=self.now))

    async def free_for_good(self, source: str, scope: str) -> None:
        """Lift what was locked for good."""
        self.free(source, scope)
        await self._journal.mode(Condition(source, scope, Mode.NORMAL, who=source, ts=self.now))

    def protect(self, levels: Levels) -> None:
        """Have a position protected by `levels` from now on."""
        self._rules.on_levels(levels, self.now)

    def correct(self, correction: Correction) -> None:
        """Book a change that no order explains, in the journal and on the floor."""
        self._journal.note(Kind.CORRECTION, correction.body())
        self._rules.on_correction(correction, self.now)

    def note(self, kind: str, body: dict[str, object]) -> None:
        """Keep a record in the journal."""
        self._journal.note(kind, body)

    def alarm(self, code: str, line: str) -> None:
        """Tell a person, and the journal."""
        self._journal.note(Kind.ALERT, {"code": code, "line": line})
        self._alarm(code, line)

    def _impose(self, condition: Condition) -> None:
        self._rules.on_condition(condition, condition.ts)
