"""G14: each minute of two years, by the packaged calendar and by the exchange's own."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pytest

from tradeplat.core.calendar import Phase
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.sessions import nyse_calendar

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
CODES = {phase: code for code, phase in enumerate(Phase)}


def ns(day: date, at: time) -> int:
    """An instant of the exchange's own clock; the zone's rules alone say what that is in UTC."""
    return int(datetime.combine(day, at, NEW_YORK).timestamp()) * SECOND


def days() -> Iterator[date]:
    day = FIRST
    while day <= LAST:
        yield day
        day += timedelta(days=1)


@pytest.mark.filterwarnings("ignore:Series.values returning")
def test_g14_every_minute_of_two_years_lies_in_the_part_of_the_day_the_exchange_says() -> None:
    oracle = exchange_calendars.get_calendar("XNYS", start="2024-12-01", end="2027-01-31")
    closes = dict(zip(oracle.sessions.strftime("%Y%m%d"), oracle.closes, strict=True))
    begin, end = ns(FIRST, time(0)), ns(LAST + timedelta(days=1), time(0))
    expected = np.full((end - begin) // MINUTE, CODES[Phase.CLOSED], np.int8)
    for day in days():
        close = closes.get(f"{day:%Y%m%d}")
        if close is None:
            continue
        rings = int(close.timestamp()) * SECOND
        evening = time(20) if rings == ns(day, time(16)) else time(17)
        edges = [ns(day, time(4)), ns(day, time(9, 30)), rings, ns(day, evening)]
        parts = (Phase.PRE, Phase.REGULAR, Phase.POST)
        for phase, since, until in zip(parts, edges[:-1], edges[1:], strict=True):
            expected[(since - begin) // MINUTE : (until - begin) // MINUTE] = CODES[phase]
    phase = nyse_calendar().phase
    found = np.fromiter(
        (CODES[phase(ts)] for ts in range(begin, end, MINUTE)), np.int8, len(expected)
    )
    assert len(found) == 1_051_200
    assert int((found != expected).sum()) == 0
    assert set(np.unique(found)) == set(CODES.values())
