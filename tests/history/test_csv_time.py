"""Every form of a time names one instant, and impossible ones name none."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import SECOND
from tradeplat.history.csv_time import (
    EARLIEST,
    LATEST,
    TimeForm,
    closes,
    parse_time,
    session_closes,
    time_form,
)
from tradeplat.history.sessions import nyse_calendar

moments = st.integers(315_532_800, 4_102_444_800).map(
    lambda second: datetime.fromtimestamp(second, tz=UTC)
)


@given(moment=moments, nanos=st.integers(0, SECOND - 1), hours=st.integers(-12, 14))
def test_iso_times_in_any_zone(moment: datetime, nanos: int, hours: int):
    local = (moment + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")
    text = f"{local}.{nanos:09}{'-' if hours < 0 else '+'}{abs(hours):02}:00"
    form = time_form(text)
    assert form == TimeForm("zoned")
    assert parse_time(form, text) == int(moment.timestamp()) * SECOND + nanos


@pytest.mark.parametrize("unit", [SECOND, 10**6, 10**3, 1])
@given(seconds=st.integers(10**8, 4 * 10**9))
def test_whole_numbers_tell_their_unit_by_their_size(unit: int, seconds: int):
    text = str(seconds * SECOND // unit)
    form = time_form(text)
    assert form == TimeForm("epoch", unit=unit)
    assert parse_time(form, text) == seconds * SECOND


@pytest.mark.parametrize(
    ("text", "name", "dates"),
    [
        ("2013-10-07", "date", True),
        ("20131007", "compact", True),
        ("10/07/2013", "text", True),
        ("10/07/2013 08:00", "text", False),
        ("2013-10-07 08:00", "naive", False),
    ],
)
def test_dates_are_told_from_times(text: str, name: str, dates: bool):
    form = time_form(text)
    assert form is not None
    assert (form.name, form.dates) == (name, dates)
    assert parse_time(form, text) in (1_381_104_000 * SECOND, 1_381_132_800 * SECOND)


@pytest.mark.parametrize("text", ["", "yesterday", "1.5", "2013-13-01x", "2013-10-07Z", "08:00"])
def test_what_is_no_time_has_no_form(text: str):
    assert time_form(text) is None


@pytest.mark.parametrize(
    ("first", "text"),
    [
        ("2013-10-07", "2013-02-30"),
        ("2013-10-07", "0000-01-01"),
        ("2013-10-07", "9999-01-01"),
        ("2013-10-07T08:00:00Z", "2013-10-07T24:00:00Z"),
        ("2013-10-07T08:00:00Z", "2013-10-07T08:00:60Z"),
        ("2013-10-07T08:00:00Z", "2013-10-07T08:00:00"),
        ("1381132800", "-99999999999999"),
        ("20131007", "20130230"),
    ],
)
def test_impossible_or_different_times_name_nothing(first: str, text: str):
    form = time_form(first)
    assert form is not None
    assert parse_time(form, text) is None


def test_the_bounds_are_what_they_say():
    for ts, year in ((EARLIEST, 1900), (LATEST, 2200)):
        assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ts // SECOND) == datetime(
            year, 1, 1, tzinfo=UTC
        )


def test_daily_bars_close_with_their_session_however_they_are_stamped():
    days = session_closes(nyse_calendar())
    close = 1_381_176_000 * SECOND  # 2013-10-07 16:00 New York
    midnight_utc, midnight_new_york = 1_381_104_000 * SECOND, 1_381_118_400 * SECOND
    stamps = np.array([midnight_utc, midnight_new_york, close], "i8")
    assert closes(stamps, 86_400, closed=False, days=days).tolist() == [close] * 3


def test_shorter_bars_close_a_span_after_their_open_unless_stamped_closed():
    stamps = np.array([0, 60 * SECOND], "i8")
    none = (stamps, stamps)
    assert closes(stamps, 60, closed=False, days=none).tolist() == [60 * SECOND, 120 * SECOND]
    assert closes(stamps, 60, closed=True, days=none).tolist() == stamps.tolist()
