"""Whether our clock and calendar can be believed: the broker's are held against them."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from zoneinfo import ZoneInfo

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock

ALERT = SECOND // 2
"""Nanoseconds of the wall between our clock and the broker's that a person is told of."""

LIMIT = 2 * SECOND
"""The same that end entries until a reading agrees again."""

STEP = SECOND
"""By how much the machine's clock may move against elapsed time between two looks."""

DAYS = 7
"""Calendar days, today's included, of which both calendars have to say the same."""

RETRY = 30.0
"""Seconds until an unread calendar is asked for again."""

_NEW_YORK = ZoneInfo("America/New_York")
_CHECK_AT = 2 * 3600 * SECOND
"""After the pre-market's open at 04:00: 06:00, in whatever offset that day has."""

Impose = Callable[[Condition], object]
Alarm = Callable[[str, str], None]
Days = Callable[[str, str], Awaitable[Sequence[Session]]]
"""The broker's sessions from one day to another (yyyy-mm-dd), both included."""


class ClockJudge:
    """Tells of a clock that is off, and imposes REDUCE_ONLY (source `clock`) while it is far off.

    A market that runs at `speed` times the wall's pace is off by as much more. `now` is market
    time, for the conditions.
    """

    def __init__(
        self, impose: Impose, alarm: Alarm, now: Callable[[], int], speed: float = 1.0
    ) -> None:
        self._impose = impose
        self._alarm = alarm
        self._now = now
        self._pace = max(1.0, speed)
        self._told = False
        self._barred = False
        self._last: tuple[int, int] | None = None

    def skew(self, ahead: int, doubt: int) -> None:
        """Our clock was ahead of the broker's by `ahead` nanoseconds of market time; what is not
        more than `doubt` may be the answer's way alone.
        """
        off = max(0, abs(ahead) - doubt) / self._pace
        words = f"our clock is {ahead / SECOND / self._pace:+.3f} s off the broker's"
        if off > ALERT and not self._told:
            self._alarm("CLOCK_SKEW", words)
        self._told = off > ALERT
        if off > LIMIT:
            self._bar(words)
        elif self._barred:
            self._barred = False
            self._impose(Condition("clock", "", Mode.NORMAL, ts=self._now()))

    def look(self, wall: int, elapsed: int) -> None:
        """The machine's clock shows `wall` after `elapsed` nanoseconds, counted from anywhere."""
        last, self._last = self._last, (wall, elapsed)
        if last is None:
            return
        step = (wall - last[0]) - (elapsed - last[1])
        if abs(step) > STEP:
            words = f"the machine's clock was set by {step / SECOND:+.3f} s"
            self._alarm("CLOCK_STEP", words)
            # Until the broker's clock was read again and agrees.
            self._bar(words)

    def _bar(self, words: str) -> None:
        self._barred = True
        self._impose(
            Condition("clock", "", Mode.REDUCE_ONLY, why=words, who="clock", ts=self._now())
        )


class CalendarWatch:
    """Holds the broker's trading days against the packaged ones: at the start, then at 06:00 in
    New York of every trading day.

    While they differ, cannot be read, or lie beyond what is packaged, REDUCE_ONLY stands (source
    `calendar`).
    """

    def __init__(
        self, days: Days, calendar: Calendar, clock: Clock, impose: Impose, alarm: Alarm
    ) -> None:
        self._days = days
        self._calendar = calendar
        self._clock = clock
        self._impose = impose
        self._alarm = alarm
        self._told = ""

    async def check(self) -> bool:
        """Compare once; True when both agree."""
        now = self._clock.now()
        today = dt.datetime.fromtimestamp(now / SECOND, _NEW_YORK).date()
        last = today + dt.timedelta(days=DAYS - 1)
        try:
            told = await self._days(today.isoformat(), last.isoformat())
        except Transient as error:
            words = f"the broker's calendar could not be read: {error}"
        else:
            words = disagreement(self._calendar, told, _number(today), _number(last))
        self._judge(words, now)
        return not words

    async def run(self) -> None:
        """Compare again and again, for ever; what `check` said last counts as the first time."""
        while True:
            if self._told:
                await asyncio.sleep(RETRY)
            else:
                await self._clock.sleep_until(self._next())
            await self.check()

    def _next(self) -> int:
        """06:00 in New York of the next trading day for which that is still to come."""
        now = self._clock.now()
        session = self._calendar.upcoming(now)
        while session is not None and session.pre_open + _CHECK_AT <= now:
            session = self._calendar.upcoming(session.post_close + 1)
        # Beyond the calendar's end every check disagrees, so that this is not asked.
        return now + 86_400 * SECOND if session is None else session.pre_open + _CHECK_AT

    def _judge(self, words: str, now: int) -> None:
        if words == self._told:
            return
        self._told = words
        if not words:
            self._impose(Condition("calendar", "", Mode.NORMAL, ts=now))
            return
        self._alarm("CALENDAR", words)
        self._impose(Condition("calendar", "", Mode.REDUCE_ONLY, why=words, who="calendar", ts=now))


def disagreement(calendar: Calendar, told: Sequence[Session], first: int, last: int) -> str:
    """Where the broker's sessions from day `first` to `last` (yyyymmdd) are not the packaged ones,
    empty when nowhere. Extended hours are not compared: brokers tell different ones.
    """
    packaged = calendar.sessions
    if not packaged or not packaged[0].day <= first <= last <= packaged[-1].day:
        return f"{last} lies beyond the packaged calendar"
    ours = {s.day: (s.open, s.close) for s in packaged if first <= s.day <= last}
    theirs = {s.day: (s.open, s.close) for s in told if first <= s.day <= last}
    for day in sorted(ours.keys() | theirs.keys()):
        if ours.get(day) != theirs.get(day):
            return (
                f"{day}: the broker has {_hours(theirs.get(day))}, the packaged calendar"
                f" {_hours(ours.get(day))}"
            )
    return ""


def _hours(bells: tuple[int, int] | None) -> str:
    if bells is None:
        return "no session"
    return " to ".join(
        dt.datetime.fromtimestamp(ts / SECOND, _NEW_YORK).strftime("%H:%M") for ts in bells
    )


def _number(day: dt.date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
