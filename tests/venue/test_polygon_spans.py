"""Where Polygon's aggregates begin."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets import OPEN, SECOND
from tradeplat.core.market import MINUTE
from tradeplat.venue.candles import Candle
from tradeplat.venue.days import day_start
from tradeplat.venue.polygon_spans import (
    LONG,
    SHORT,
    Timespan,
    read_day,
    read_timespan,
    read_window,
)
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import new_york

DAY = 86_400 * SECOND
LATEST = 2_000_000_000 * SECOND


def begin(amount: int, unit: str, ts: int = OPEN + 95 * MINUTE, origin: int | None = None) -> str:
    span = Timespan(amount, unit, ts if origin is None else origin)
    return f"{new_york(span.start(ts)):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (1, "second", "2026-01-05 11:05:00"), (1, "minute", "2026-01-05 11:05:00"),
        (30, "minute", "2026-01-05 11:00:00"), (1, "hour", "2026-01-05 11:00:00"),
        (4, "hour", "2026-01-05 08:00:00"), (1, "day", "2026-01-05 00:00:00"),
        (1, "week", "2026-01-04 00:00:00"), (1, "month", "2026-01-01 00:00:00"),
        (1, "quarter", "2026-01-01 00:00:00"), (1, "year", "2026-01-01 00:00:00"),
    ],
)  # fmt: skip
def test_an_aggregate_begins_where_its_unit_does(amount, unit, expected):
    assert begin(amount, unit) == expected


def test_several_long_units_are_counted_from_the_one_asked_from():
    origin = OPEN - 3 * DAY
    assert begin(2, "day", origin=origin) == "2026-01-04 00:00:00"
    assert begin(3, "day", origin=origin) == "2026-01-05 00:00:00"
    assert begin(2, "week", origin=origin) == "2025-12-28 00:00:00"
    assert begin(5, "month", origin=origin - 60 * DAY) == "2025-11-01 00:00:00"


@given(
    st.integers(1, 1_000), st.sampled_from([*SHORT, *LONG]),
    st.integers(0, LATEST), st.integers(0, LATEST),
)  # fmt: skip
def test_an_instant_lies_in_the_aggregate_that_begins_before_it(amount, unit, first, second):
    origin, ts = sorted((first, second))
    span = Timespan(amount, unit, origin)
    start = span.start(ts)
    assert start <= ts
    assert span.start(start) == start
    assert unit in SHORT or start >= span.start(origin)


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [
        ("2026-01-05", "2026-01-05", day_start(OPEN), day_start(OPEN) + DAY - 1),
        ("1767623400000", "1767623400001", OPEN, OPEN + 1_000_000),
        ("-5", "9" * 15, 0, 253_000_000_000 * SECOND),
        ("2026-03-08", "2026-03-08", 1_772_946_000 * SECOND, 1_773_028_800 * SECOND - 1),
    ],
)
def test_days_count_whole_and_milliseconds_as_they_are(first, last, start, end):
    assert read_window(first, last) == (start, end)


@pytest.mark.parametrize(
    ("first", "last"),
    [("²", "2026-01-05"), ("--5", "5"), ("5", "1"), ("2026-02-30", "2026-03-01"), ("", "1"),
     ("2026-01-05T00:00:00Z", "2026-01-06"), ("1e3", "2000"), ("9" * 16, "9" * 16)],
)  # fmt: skip
def test_what_is_no_window_is_refused(first, last):
    with pytest.raises(Refusal) as refused:
        read_window(first, last)
    assert refused.value.status == 400


def test_the_ends_of_time_are_days_as_well():
    assert read_day("9999-12-31", "to").end >= read_day("9999-12-31", "to").start
    assert datetime.fromtimestamp(read_day("9999-12-30", "to").start // SECOND, UTC).year == 9999


@pytest.mark.parametrize(
    ("amount", "unit"),
    [("0", "day"), ("x", "day"), ("1001", "day"), ("1", "Day"), ("1", "decade"), ("¹", "day")],
)
def test_what_is_no_timespan_is_refused(amount, unit):
    with pytest.raises(Refusal):
        read_timespan(amount, unit, 0)


def test_a_plain_aggregate_is_what_it_is_made_of_and_others_count_their_parts():
    parts = []
    for minute in range(4):
        part = Candle(OPEN + minute * MINUTE)
        part.add(part.start, 5.0 + minute, 100)
        parts.append(part)
    parts.append(Candle(OPEN + 5 * MINUTE))
    assert [one.bar for one in Timespan(1, "minute", 0).joined(parts)] == parts[:4]
    hour = Timespan(1, "hour", 0).joined(parts)
    assert [(one.parts, one.bar.open, one.bar.close, one.bar.volume) for one in hour] == [
        (4, 5.0, 8.0, 400)
    ]
    assert parts[0].volume == 100
