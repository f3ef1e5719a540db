"""The New York Stock Exchange's sessions from 1990 to 2030, out of a small packaged file."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.market import SECOND

NEW_YORK = "America/New_York"
"""The zone the exchange keeps its hours in."""

_HOUR = 3600
_PRE_OPEN = 4 * _HOUR
_OPEN = 9 * _HOUR + 1800
_CLOSE = 16 * _HOUR
_POST_CLOSE = 20 * _HOUR
_EARLY_POST_CLOSE = 17 * _HOUR
_DAY = 24 * _HOUR
_EPOCH = date(1970, 1, 1).toordinal()


class _Days(msgspec.Struct, frozen=True):
    """What the packaged file holds: weekdays without a session, and early closes (HH:MM)."""

    first: date
    last: date
    holidays: list[date]
    early_closes: dict[date, str]


@cache
def nyse_calendar() -> Calendar:
    """Every NYSE session of 1990..2030: 04:00, 09:30, 16:00 and 20:00 New York, as UTC ns.

    A day that closes early (13:00, a few 14:00) ends its extended hours at 17:00. Reads the
    packaged file at the first call, in some milliseconds.
    """
    path = Path(__file__).with_name("nyse.json")
    days = msgspec.json.decode(path.read_bytes(), type=_Days)
    closed = {day.toordinal() for day in days.holidays}
    early = {day.toordinal(): _seconds(clock) for day, clock in days.early_closes.items()}
    zone = ZoneInfo(NEW_YORK)
    sessions: list[Session] = []
    ahead = _offset(days.first, zone)
    for ordinal in range(days.first.toordinal(), days.last.toordinal() + 1):
        weekday = ordinal % 7  # Sunday is 0
        if weekday == 1:
            ahead = _offset(date.fromordinal(ordinal), zone)
        if weekday in (0, 6) or ordinal in closed:
            continue
        day = date.fromordinal(ordinal)
        midnight = (ordinal - _EPOCH) * _DAY - ahead
        close = early.get(ordinal, _CLOSE)
        post_close = _POST_CLOSE if close == _CLOSE else _EARLY_POST_CLOSE
        sessions.append(
            Session(
                day.year * 10_000 + day.month * 100 + day.day,
                (midnight + _PRE_OPEN) * SECOND,
                (midnight + _OPEN) * SECOND,
                (midnight + close) * SECOND,
                (midnight + post_close) * SECOND,
            )
        )
    return Calendar(sessions)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * _HOUR + int(minutes) * 60


def _offset(day: date, zone: ZoneInfo) -> int:
    """Seconds New York is ahead of UTC in the week from `day` on: it changes on Sundays only."""
    offset = datetime(day.year, day.month, day.day, 4, tzinfo=zone).utcoffset()
    assert offset is not None, "a zone always has an offset"
    return offset.days * _DAY + offset.seconds
