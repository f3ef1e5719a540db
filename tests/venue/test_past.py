"""History that is made up when it is asked for."""

from itertools import pairwise

from facts import DAY, PAST
from markets import OPEN, venue
from tradeplat.core.market import MINUTE
from tradeplat.history.sessions import nyse_calendar
from tradeplat.venue.days import day_start
from tradeplat.venue.past import SESSIONS, Past

START = OPEN - 30 * MINUTE


def past(seed: int | None = 1) -> Past:
    return Past(venue(past=PAST).market.books, nyse_calendar(), START, seed)


def test_days_go_back_from_the_last_that_is_known() -> None:
    days = list(past().days("AAA", OPEN).values())
    assert len(days) == SESSIONS + 1
    assert days[-1].close == 5.0
    assert [day.start for day in days] == sorted(day.start for day in days)
    for day, later in pairwise(days):
        assert abs(day.close / later.open - 1) < 0.011
        assert day.low <= min(day.open, day.close) <= max(day.open, day.close) <= day.high
        assert 650_000 < day.volume < 1_350_000


def test_the_same_is_made_whatever_is_asked_first() -> None:
    first, second = past(), past()
    first.days("BBB", OPEN)
    minutes = first.minutes("AAA", OPEN - 5 * DAY, OPEN - 4 * DAY, OPEN)
    again = second.minutes("AAA", OPEN - 5 * DAY, OPEN - 4 * DAY, OPEN)
    assert [(one.start, one.volume, one.close) for one in minutes] == [
        (one.start, one.volume, one.close) for one in again
    ]
    assert len(minutes) > 300


def test_a_past_day_begins_to_trade_when_the_venue_does_and_not_beyond_its_volume() -> None:
    made = past()
    minutes = made.minutes("AAA", OPEN - 3 * DAY, OPEN - 3 * DAY + 12 * 60 * MINUTE, OPEN)
    early = made.minutes("AAA", day_start(OPEN - 3 * DAY), OPEN - 3 * DAY, OPEN)
    assert early[0].start == START - 3 * DAY
    total = sum(one.volume for one in minutes) + sum(one.volume for one in early)
    assert 800_000 < total <= 1_000_000 + 1_000


def test_nothing_is_made_of_today_or_without_a_seed_or_of_what_nobody_knows() -> None:
    assert past().minutes("AAA", day_start(OPEN), OPEN + DAY, OPEN) == []
    assert list(past(None).days("AAA", OPEN)) == [day_start(OPEN - 3 * DAY)]
    assert past(None).minutes("AAA", 0, OPEN, OPEN) == []
    empty = Past(venue().market.books, nyse_calendar(), START, 1)
    assert (empty.days("AAA", OPEN), empty.minutes("AAA", 0, OPEN, OPEN)) == ({}, [])
