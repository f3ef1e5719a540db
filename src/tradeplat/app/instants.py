"""Times and durations as people type them, turned into nanoseconds once."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from tradeplat.core.errors import BadInput

NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


def instant(text: str, option: str) -> int | None:
    """UTC nanoseconds of `text`, New York time unless it carries a zone; None when empty.

    Raises BadInput naming `option`.
    """
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"{option} {text}: expected a date or time such as 2013-10-08T09:30 ({error})"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=NEW_YORK)
    return nanoseconds(moment)


def window(first: str, last: str) -> tuple[int | None, int | None]:
    """The instants of --from and --to, None where one is empty; BadInput unless in this order."""
    start, end = instant(first, "--from"), instant(last, "--to")
    if start is not None and end is not None and start >= end:
        raise BadInput(f"{as_typed(first, last)}: expected a start before an end")
    return start, end


def as_typed(first: str, last: str) -> str:
    """`--from` and `--to` with what was typed for them, whatever was."""
    typed = (("--from", first), ("--to", last))
    return " ".join(f"{option} {text}" for option, text in typed if text)


LONGEST = 366 * 86_400
"""Seconds that no duration reaches."""


def nanoseconds(moment: dt.datetime) -> int:
    """UTC nanoseconds of an aware `moment`, exactly."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000


def duration(text: str, option: str) -> int | None:
    """Nanoseconds of `10m`, `1h30m`, `45s` or plain seconds; None when empty."""
    if not text:
        return None
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise BadInput(f"{option} {text}: expected a duration such as 10m, 1h30m or 45s")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = hours * 3_600 + minutes * 60 + seconds
    if not 0 < total < LONGEST:
        told = text if len(text) < 40 else f"{text[:40]}..."
        raise BadInput(f"{option} {told}: expected a duration above zero and below a year")
    return round(total * 1_000_000_000)
