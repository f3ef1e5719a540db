"""`tradeplat feeds`: which feed of a recorded session was late, missing or wrong."""

from pathlib import Path

from tradeplat.analytics.feed_picture import picture
from tradeplat.analytics.feed_words import words
from tradeplat.analytics.feeds import FeedDifferences
from tradeplat.app.outcome import Outcome
from tradeplat.app.run_folder import EVENTS
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.core.record import RunHeader
from tradeplat.journal.reader import Record

PICTURE = "feeds.svg"

LATE = 2.0
"""Market seconds beyond the vendor's own hold from which a fact is late (reliability.md 9)."""

WIRE = 0.1
"""Wall seconds that a fact may take at a venue whose clock runs fast."""


def run(folder: Path, picture_: Path | None = None, late: float | None = None) -> Outcome:
    """Judge the record in `folder`; the picture is written beside it unless named otherwise.

    Raises BadInput when there is no record, it cannot be read, or nothing can be judged by it.
    """
    events = folder / EVENTS
    if not events.is_file():
        raise BadInput(f"{folder}: no recorded run (expected {EVENTS} in it)")
    if late is not None and not 0.0 < late < 86_400.0:
        raise BadInput(f"--late {late:g}: expected seconds above 0")
    record = Record(events)
    limit = late if late is not None else max(LATE, WIRE * _speed(record.header()))
    found = FeedDifferences(int(limit * SECOND))
    found.fold(record)
    if not found.sides:
        raise BadInput(f"{folder}: no bar and no quote in its record")
    page = picture_ or folder / PICTURE
    try:
        page.write_text(picture(found), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{page}: cannot be written ({error.strerror})") from None
    numbers = {"run": str(folder), **found.report(), "picture": str(page)}
    return Outcome(numbers, f"{words(numbers)}\n\npicture: {page}")


def _speed(header: RunHeader) -> float:
    """How fast the clock of the session ran."""
    run_, venue = header.settings.get("run"), header.settings.get("venue")
    if not isinstance(run_, dict) or not isinstance(venue, dict):
        return 1.0
    speed = venue.get("speed")
    at_venue = run_.get("venue") == "builtin" and isinstance(speed, int | float)
    return float(speed) if at_venue and isinstance(speed, int | float) else 1.0
