"""Polygon's timespans: how long its aggregates are, where each begins, what it is made of.

The vendor widens what was asked for to whole aggregates: the one that `from` lies in is told, and
so is the one that `to` lies in. Seconds, minutes and hours are counted from midnight in New York,
weeks begin on Sunday. Several days, weeks or months in one are counted from the one `from` lies in.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from tradeplat.core.market import MINUTE, SECOND
from tradeplat.venue.candles import Candle
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.days import day_start
from tradeplat.venue.polygon_wire import MS
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import new_york, read_instant

SHORT = {"second": SECOND, "minute": MINUTE, "hour": 60 * MINUTE}
"""Timespans of a fixed length, in nanoseconds."""

LONG = ("day", "week", "month", "quarter", "year")
"""Timespans of whole days."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MOST = 1_000
_LAST_DAY = date(9999, 12, 30)
_LONGEST = 366 * 86_400 * SECOND
_LATEST = 253_000_000_000 * SECOND
"""Later than any session and still a date."""


class Joined(NamedTuple):
    """An aggregate and how many shorter ones it was made of."""

    bar: Candle
    parts: int


class Timespan(msgspec.Struct, frozen=True):
    """Aggregates of `amount` units; long ones are counted from the one that `origin` lies in."""

    amount: int
    unit: str
    origin: int

    @property
    def base(self) -> str:
        """What it is made of: seconds, minutes or days."""
        return {"second": "second", "minute": "minute", "hour": "minute"}.get(self.unit, "day")

    @property
    def plain(self) -> bool:
        """Whether each is one of those it is made of."""
        return self.amount == 1 and self.unit == self.base

    def start(self, ts: int) -> int:
        """Where the aggregate that `ts` lies in begins, in UTC nanoseconds."""
        if self.unit in SHORT:
            midnight, span = day_start(ts), self.amount * SHORT[self.unit]
            return midnight + (ts - midnight) // span * span
        first = _number(self.unit, self.origin)
        found = first + (_number(self.unit, ts) - first) // self.amount * self.amount
        return _begin(self.unit, found)

    def reach(self, ts: int) -> int:
        """An instant no earlier than the end of the aggregate that `ts` lies in."""
        if self.unit in SHORT:
            return ts + self.amount * SHORT[self.unit]
        return ts + self.amount * _LONGEST

    def joined(self, parts: Iterable[Candle]) -> list[Joined]:
        """Aggregates made of `parts`, which are in order."""
        found: list[Joined] = []
        for part in parts:
            if not part.priced:
                continue
            start = part.start if self.plain else self.start(part.start)
            if self.plain:
                found.append(Joined(part, 1))
            elif found and found[-1].bar.start == start:
                whole, count = found[-1]
                whole.merge(part)
                found[-1] = Joined(whole, count + 1)
            else:
                whole = Candle(start)
                whole.merge(part)
                found.append(Joined(whole, 1))
        return found


class Window(NamedTuple):
    """The stretch of time asked for, both ends included, in UTC nanoseconds."""

    start: int
    end: int


def read_timespan(amount: str, unit: str, origin: int) -> Timespan:
    """What a path asks for. Raises Refusal (400)."""
    if unit not in SHORT and unit not in LONG:
        raise bad_request(f"Could not parse the time span: '{unit[:32]}'")
    if not re.fullmatch(r"[0-9]{1,4}", amount) or not 1 <= int(amount) <= _MOST:
        raise bad_request("The parameter 'multiplier' must be a whole number above 0")
    return Timespan(int(amount), unit, origin)


def read_window(first: str, last: str) -> Window:
    """The window from `first` to `last`: days, which count whole, or milliseconds. Raises Refusal
    (400).
    """
    start, _ = _moments(first, "from")
    _, end = _moments(last, "to")
    if end < start:
        raise bad_request("'to' must not be before 'from'")
    return Window(start, end)


def read_day(text: str, name: str) -> Window:
    """The day `text` names, first and last instant. Raises Refusal (400)."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise bad_request(f"Could not parse the time input: '{name}'. Use YYYY-MM-DD or ms")
    try:
        start = read_instant(text, name)
        local = date.fromisoformat(text)
        # The last day a date can name has no day after it.
        following = min(local, _LAST_DAY) + timedelta(days=1)
        return Window(start, max(start, read_instant(following.isoformat(), name) - 1))
    except Refusal:
        raise bad_request(f"Could not parse the time input: '{name}'. No such day") from None


def _moments(text: str, name: str) -> Window:
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return Window(_dated(int(text) * MS), _dated(int(text) * MS))
    start, end = read_day(text, name)
    return Window(_dated(start), _dated(end))


def _dated(ts: int) -> int:
    """`ts`, or the nearest instant that has a date and may have been traded at."""
    return min(max(ts, 0), _LATEST)


def _number(unit: str, ts: int) -> int:
    """Which day, week, month, quarter or year `ts` lies in, counted from the first of all."""
    local = new_york(ts).date()
    if unit in _MONTHS:
        return (local.year * 12 + local.month - 1) // _MONTHS[unit]
    return local.toordinal() // (7 if unit == "week" else 1)


def _begin(unit: str, number: int) -> int:
    if unit in _MONTHS:
        year, month = divmod(number * _MONTHS[unit], 12)
        return _midnight(date(year, month + 1, 1))
    return _midnight(date.fromordinal(number * (7 if unit == "week" else 1)))


def _midnight(local: date) -> int:
    return read_instant(local.isoformat(), "date")
