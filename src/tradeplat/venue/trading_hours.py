"""The exchange's day as the vendor tells it: clock, calendar, and when an order may trade."""

from datetime import date

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.market import MINUTE
from tradeplat.core.orders import TimeInForce
from tradeplat.venue.stamps import new_york, new_york_text

_OPG_CUTOFF = 2 * MINUTE
_CLS_CUTOFF = 10 * MINUTE
_EVENING = 3 * 60 * MINUTE
"""Auction orders are taken again three hours after the close (19:00 on a full day)."""


def clock_wire(calendar: Calendar, now: int) -> dict[str, object]:
    """The clock object at `now`; times are New York's."""
    session = calendar.upcoming(now)
    if session is not None and now >= session.close:
        session = _following(calendar, session)
    current = session is not None and session.open <= now
    later = _following(calendar, session) if session is not None and current else session
    # Past the calendar's end there is nothing to name: the present stands in.
    return {
        "timestamp": new_york_text(now),
        "is_open": current,
        "next_open": new_york_text(later.open if later is not None else now),
        "next_close": new_york_text(session.close if session is not None else now),
    }


def calendar_wire(
    calendar: Calendar, start: date | None = None, end: date | None = None
) -> list[dict[str, str]]:
    """Trading days from `start` to `end`, both included; None is without bound."""
    first = int(start.strftime("%Y%m%d")) if start is not None else 0
    last = int(end.strftime("%Y%m%d")) if end is not None else 99_999_999
    return [_day_wire(session) for session in calendar.sessions if first <= session.day <= last]


def session_of(calendar: Calendar, now: int) -> Session | None:
    """The session whose orders an order sent at `now` joins: today's until its very end."""
    return calendar.upcoming(now)


def regular_session(calendar: Calendar, now: int) -> Session | None:
    """The session in whose regular hours an order sent at `now` can trade first."""
    session = calendar.upcoming(now)
    if session is not None and now >= session.close:
        return _following(calendar, session)
    return session


def auction_closed(calendar: Calendar, now: int, tif: TimeInForce) -> bool:
    """True while opening (9:28 to 19:00) or closing (15:50 to 19:00) auctions refuse orders."""
    session = calendar.upcoming(now)
    if session is None:
        return False
    cutoff = {
        TimeInForce.OPG: session.open - _OPG_CUTOFF,
        TimeInForce.CLS: session.close - _CLS_CUTOFF,
    }
    return tif in cutoff and cutoff[tif] < now < session.close + _EVENING


def _following(calendar: Calendar, session: Session) -> Session | None:
    return calendar.upcoming(session.post_close + 1)


def _day_wire(session: Session) -> dict[str, str]:
    day = str(session.day)
    return {
        "date": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "open": new_york(session.open).strftime("%H:%M"),
        "close": new_york(session.close).strftime("%H:%M"),
        "session_open": new_york(session.pre_open).strftime("%H%M"),
        "session_close": new_york(session.post_close).strftime("%H%M"),
    }
