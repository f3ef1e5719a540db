"""The ways a CSV writes an instant, and how each becomes UTC nanoseconds."""

import re
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import SECOND
from tradeplat.history.csv_schema import DAY

EARLIEST = -2_208_988_800 * SECOND
"""1900-01-01: no market data is older, so an instant before it is a mistake."""

LATEST = 7_258_118_400 * SECOND
"""2200-01-01: no market data is younger, so an instant after it is a mistake."""

EXPECTED = "an ISO-8601 time or a whole number of s, ms, us or ns since 1970, from 1900 to 2200"
"""What a time has to be, as told to the user."""

_EPOCH = date(1970, 1, 1).toordinal()
_DAY_NS = DAY * SECOND
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
    r"(Z|[+-]\d{2}(?::?\d{2})?)?"
)
_PATTERNS = (
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y%m%d %H%M%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
)


class TimeForm(msgspec.Struct, frozen=True):
    """How every time of one file is written.

    `name` is `epoch` (whole numbers of `unit` nanoseconds), `zoned`, `naive` (ISO-8601, UTC),
    `date` (ISO), `compact` (yyyymmdd) or `text` (`pattern`); `dates` when there is no time of day.
    """

    name: str
    unit: int = 1
    pattern: str = ""

    @property
    def dates(self) -> bool:
        """True when a value names a day rather than an instant."""
        return self.name in ("date", "compact") or (self.name == "text" and "H" not in self.pattern)


def time_form(text: str) -> TimeForm | None:
    """The form `text` is written in, None when it is none of those known."""
    if re.fullmatch(r"-?\d+", text):
        return _number_form(text)
    match = _ISO.fullmatch(text)
    if match is not None:
        name = _iso_name(match)
        return TimeForm(name) if name else None
    for pattern in _PATTERNS:
        if _by_pattern(text, pattern) is not None:
            return TimeForm("text", pattern=pattern)
    return None


def _iso_name(match: re.Match[str]) -> str:
    """The form of a time that matches _ISO, empty for a date with a zone."""
    if match[4] is None:
        return "date" if match[8] is None else ""
    return "naive" if match[8] is None else "zoned"


def _number_form(text: str) -> TimeForm:
    if len(text) == 8 and text[:2] in ("19", "20", "21"):
        return TimeForm("compact")
    size = abs(int(text))
    unit = next((u for u, top in ((SECOND, 1e11), (10**6, 1e14), (10**3, 1e17)) if size < top), 1)
    return TimeForm("epoch", unit=unit)


def parse_time(form: TimeForm, text: str) -> int | None:
    """The instant `text` names, in UTC nanoseconds; None if it is not in `form` or impossible."""
    match form.name:
        case "epoch":
            found = int(text) * form.unit if re.fullmatch(r"[ \t]*-?\d+[ \t]*", text) else None
        case "compact":
            found = _by_pattern(text, "%Y%m%d") if re.fullmatch(r"\d{8}", text) else None
        case "text":
            found = _by_pattern(text, form.pattern)
        case _:
            found = _iso(form, text)
    return found if found is not None and EARLIEST <= found < LATEST else None


def _by_pattern(text: str, pattern: str) -> int | None:
    try:
        moment = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND


def _iso(form: TimeForm, text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if match is None or _iso_name(match) != form.name:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _ahead(match[8])
    except (ValueError, OverflowError):
        return None
    whole = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return whole * SECOND + int((match[7] or "").ljust(9, "0"))


def _ahead(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return size if zone[0] == "+" else -size


def closes(
    stamps: NDArray[np.int64], span: int, *, closed: bool, days: tuple[NDArray[np.int64], ...]
) -> NDArray[np.int64]:
    """The closes of bars of `span` seconds stamped `stamps`: at their close if `closed`.

    A daily bar closes at its session's close, looked up in `days` (see `session_closes`); a day
    without a session closes at its midnight UTC.
    """
    if span != DAY:
        return stamps if closed else stamps + span * SECOND
    # A midnight UTC names its date; vendors that stamp New York's midnight do so at 04 or 05 UTC.
    date_of = np.where(stamps % _DAY_NS == 0, stamps, stamps - 4 * 3600 * SECOND) // _DAY_NS
    first_day, ends = days
    place = np.searchsorted(first_day, date_of)
    place = np.minimum(place, len(first_day) - 1)
    known = first_day[place] == date_of
    return np.where(known, ends[place], (date_of + 1) * _DAY_NS)


def session_closes(calendar: Calendar) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The session days of `calendar` as days since 1970, and their closes, both ascending."""
    sessions = calendar.sessions
    days = [
        date(s.day // 10_000, s.day // 100 % 100, s.day % 100).toordinal() - _EPOCH
        for s in sessions
    ]
    return np.array(days, "i8"), np.array([s.close for s in sessions], "i8")
