"""Instants as the vendor writes and reads them: RFC 3339 with nanoseconds, UTC or New York."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tradeplat.core.market import SECOND
from tradeplat.venue.refusals import invalid

NEW_YORK = ZoneInfo("America/New_York")
_DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def utc_text(ts: int) -> str:
    """`ts` (UTC nanoseconds) as 2026-01-05T14:30:00.123456789Z; zero fractions are left out."""
    seconds, rest = divmod(ts, SECOND)
    return f"{_utc_second(seconds)}{_fraction(rest)}Z"


def utc_text_or_none(ts: int) -> str | None:
    """As `utc_text`, 0 meaning that it never happened."""
    return utc_text(ts) if ts else None


def new_york_text(ts: int) -> str:
    """`ts` in New York time with its offset: 2026-01-05T09:31:00.1-05:00."""
    seconds, rest = divmod(ts, SECOND)
    local = (_EPOCH + timedelta(seconds=seconds)).astimezone(NEW_YORK)
    offset = local.strftime("%z")
    whole = local.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}{_fraction(rest)}{offset[:3]}:{offset[3:]}"


def new_york(ts: int) -> datetime:
    """`ts` as a New York datetime, cut to microseconds."""
    moment = _EPOCH + timedelta(microseconds=ts // 1000)
    return moment.astimezone(NEW_YORK)


def read_instant(value: str, field: str) -> int:
    """UTC nanoseconds of an RFC 3339 instant; a bare date is its first instant in New York.

    A time without offset is UTC. Raises Refusal (422) naming `field` for anything else.
    """
    match = _SHAPE.fullmatch(value.strip())
    if match is None:
        raise invalid(f"{field} must be an RFC 3339 time or a date")
    day, clock, fraction, zone = match.groups()
    try:
        if clock is None:
            start = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)
        else:
            suffix = "+00:00" if zone is None or zone in "Zz" else zone
            start = datetime.fromisoformat(f"{day}T{clock}{suffix}")
        gone = start - _EPOCH
    except (ValueError, OverflowError):
        raise invalid(f"{field} must be an RFC 3339 time or a date") from None
    return (gone.days * 86_400 + gone.seconds) * SECOND + int((fraction or "0").ljust(9, "0"))


def read_date(value: str, field: str) -> date:
    """A yyyy-mm-dd date (a time behind it is ignored); raises Refusal (422) naming `field`."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise invalid(f"{field} must be a date, yyyy-mm-dd") from None


@lru_cache(maxsize=512)
def _utc_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
