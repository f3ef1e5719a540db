"""The loss of a day: at a first limit positions only shrink, at a second one trading is killed."""

from collections.abc import Callable

from tradeplat.core.calendar import Calendar
from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.market import DAY
from tradeplat.core.ports import Impose
from tradeplat.risk.limits import Limits

STOPPED = "risk:DAILY_LOSS"
"""Source of the condition."""

Kill = Callable[[str, str], None]
"""Pulls the kill switch and closes everything: who did so, and why. Never waits."""
Begun = Callable[[float, int], None]
"""Keeps the first equity of a day beyond this process; the instant is in UTC ns."""


class DailyLoss:
    """Holds the loss since the day began against `daily_loss` and `daily_loss_kill`.

    The day is that of the calendar, in UTC where it knows none. What begins at the first limit
    ends with the day; a kill only a person lifts. Without a kill switch the second limit does what
    the first one does.
    """

    def __init__(
        self, limits: Limits, calendar: Calendar, impose: Impose, begun: Begun | None = None
    ) -> None:
        self._stop = float(limits.daily_loss)
        self._kill_at = float(limits.daily_loss_kill)
        self._calendar = calendar
        self._impose = impose
        self._begun = begun
        self._ends = 0
        self._killed = False
        self.start = 0.0
        """Equity when the day began."""
        self.made = 0.0
        """Profit (loss, if negative) of the day so far."""
        self.kill: Kill | None = None

    def restore(self, start: float, at: int, now: int) -> None:
        """Go on with the day that began with equity `start`, told at `at`, if it still lasts."""
        if start > 0.0 and now < self._end(at):
            self.start, self._ends = start, self._end(now)

    def look(self, equity: float, now: int) -> None:
        """Take in `equity` as of `now` (UTC ns)."""
        if now >= self._ends:
            self._begin(equity, now)
        self.made = equity - self.start
        if self.start <= 0.0 or self.made >= 0.0:
            return
        lost = -self.made / self.start
        if self._kill_at and lost >= self._kill_at and self.kill is not None:
            if not self._killed:
                self._killed = True
                why = self._words(self._kill_at)
                self._stands(Mode.KILLED, why, now)
                self.kill(STOPPED, why)
        elif (self._stop and lost >= self._stop) or (self._kill_at and lost >= self._kill_at):
            limit = self._stop or self._kill_at
            if not self._killed:
                self._stands(Mode.REDUCE_ONLY, self._words(limit), now)

    def reset(self, equity: float, now: int) -> None:
        """Begin anew from `equity`: a person said so."""
        self._begin(equity, now)
        self.made = 0.0

    def _begin(self, equity: float, now: int) -> None:
        self.start, self._ends, self._killed = equity, self._end(now), False
        if self._begun is not None:
            self._begun(equity, now)

    def _stands(self, mode: Mode, why: str, now: int) -> None:
        until = 0 if mode is Mode.KILLED else self._ends
        self._impose(
            Condition(STOPPED, ACCOUNT, mode, "DAILY_LOSS", why, "the gate", now, until), now
        )

    def _words(self, limit: float) -> str:
        return f"P/L {self.made:+,.2f} (limit {-limit * self.start:+,.2f})"

    def _end(self, now: int) -> int:
        session = self._calendar.upcoming(now + 1)
        return (now // DAY + 1) * DAY if session is None else session.post_close
