"""Polygon's calendar: whether the markets are open, and the holidays to come."""

from collections.abc import Iterator
from datetime import date, timedelta

from tradeplat.core.calendar import Calendar, Phase, Session
from tradeplat.core.market import SECOND
from tradeplat.venue.polygon_bars import Shelf
from tradeplat.venue.polygon_door import Asked, Body
from tradeplat.venue.stamps import new_york, new_york_text, utc_text

_PHASES = {
    Phase.CLOSED: "closed",
    Phase.PRE: "extended-hours",
    Phase.REGULAR: "open",
    Phase.POST: "extended-hours",
}
_EXCHANGES = ("NYSE", "NASDAQ")
_AHEAD = 365
"""Days that holidays are told ahead."""

_WEEKDAYS = 5
_REGULAR = 6 * 3_600 + 1_800
"""Seconds of a day that does not close early."""

_NAMES = {
    2: "Washington's Birthday", 3: "Good Friday", 4: "Good Friday", 5: "Memorial Day",
    6: "Juneteenth", 7: "Independence Day", 9: "Labor Day", 11: "Thanksgiving", 12: "Christmas",
}  # fmt: skip


class CalendarPages:
    """The bodies of the calendar."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def status(self, _: Asked) -> Body:
        """Whether the markets are open; the status of the answer is not part of it."""
        now = self._shelf.now()
        phase = self._shelf.calendar.phase(now)
        word = _PHASES[phase]
        return {
            "market": word,
            "earlyHours": phase is Phase.PRE,
            "afterHours": phase is Phase.POST,
            "serverTime": new_york_text(now - now % SECOND),
            "exchanges": dict.fromkeys(("nyse", "nasdaq", "otc"), word),
            "currencies": {"fx": "open", "crypto": "open"},
        }

    def upcoming(self, _: Asked) -> list[Body]:
        """Days of the year to come without a session or with a short one, the next first."""
        today = new_york(self._shelf.now()).date()
        return [
            {"date": day.isoformat(), "exchange": exchange, "name": _name(day), **body}
            for day, body in _special(self._shelf.calendar, today)
            for exchange in _EXCHANGES
        ]


def _special(calendar: Calendar, today: date) -> Iterator[tuple[date, Body]]:
    last = today + timedelta(days=_AHEAD)
    sessions = {
        one.day: one for one in calendar.sessions if _number(today) <= one.day <= _number(last)
    }
    if not sessions:
        return
    end = min(last, _date(max(sessions)))
    for ahead in range((end - today).days + 1):
        day = today + timedelta(days=ahead)
        session = sessions.get(_number(day))
        if session is None and day.weekday() < _WEEKDAYS:
            yield day, {"status": "closed"}
        elif session is not None and (session.close - session.open) // SECOND < _REGULAR:
            yield day, _short(session)


def _short(session: Session) -> Body:
    return {
        "status": "early-close",
        "open": utc_text(session.open),
        "close": utc_text(session.close),
    }


def _name(day: date) -> str:
    if day.month == 1:
        return "New Years Day" if day.day <= 3 else "Martin Luther King, Jr. Day"
    return _NAMES.get(day.month, "Market Holiday")


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
