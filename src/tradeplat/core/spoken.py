"""Instants and durations in words for a person, without a calendar or a clock."""

from tradeplat.core.ids import civil_date
from tradeplat.core.market import DAY, SECOND

_UNITS = ((DAY, "d"), (3_600 * SECOND, "h"), (60 * SECOND, "min"))


def time_of_day(ts: int) -> str:
    """`ts` (UTC ns) as its time of day, such as `14:30:05 UTC`."""
    seconds = ts % DAY // SECOND
    return f"{seconds // 3_600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d} UTC"


def instant(ts: int) -> str:
    """`ts` (UTC ns) as its date and minute, such as `2026-11-23 14:30 UTC`."""
    year, month, day = civil_date(ts // DAY)
    return f"{year}-{month:02d}-{day:02d} {time_of_day(ts)[:5]} UTC"


def lasting(span: int) -> str:
    """A duration in nanoseconds in the unit that suits it, such as `250 ms`, `3.2 s` or `5 min`."""
    for unit, name in _UNITS:
        if span >= 2 * unit:
            return f"{span // unit} {name}"
    if span < SECOND:
        return f"{span // 1_000_000} ms"
    return f"{span / SECOND:.1f} s"
