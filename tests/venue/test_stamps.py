from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import (
    new_york,
    new_york_text,
    read_date,
    read_instant,
    utc_text,
    utc_text_or_none,
)

OPEN = int(datetime(2026, 1, 5, 14, 30, tzinfo=UTC).timestamp()) * 1_000_000_000


def test_instants_are_written_with_the_digits_they_have():
    assert utc_text(OPEN) == "2026-01-05T14:30:00Z"
    assert utc_text(OPEN + 123_456_789) == "2026-01-05T14:30:00.123456789Z"
    assert new_york_text(OPEN + 100_000_000) == "2026-01-05T09:30:00.1-05:00"
    assert utc_text_or_none(0) is None


def test_new_york_knows_its_summer():
    july = int(datetime(2026, 7, 6, 13, 30, tzinfo=UTC).timestamp()) * 1_000_000_000
    assert new_york_text(july) == "2026-07-06T09:30:00-04:00"
    assert new_york(july).hour == 9


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T14:30:00Z",
        "2026-01-05T14:30:00+00:00",
        "2026-01-05T09:30:00-05:00",
        "2026-01-05 14:30:00",
        "2026-01-05T14:30:00.000000000Z",
    ],
)
def test_every_spelling_of_an_instant_is_read(value):
    assert read_instant(value, "after") == OPEN


def test_a_bare_date_begins_in_new_york():
    assert read_instant("2026-01-05", "after") == OPEN - int(9.5 * 3600) * 1_000_000_000


@pytest.mark.parametrize("value", ["", "soon", "2026-13-01", "2026-01-05T25:00:00Z", "\u0661"])
def test_what_is_no_instant_is_refused_by_field(value):
    with pytest.raises(Refusal, match="after"):
        read_instant(value, "after")


def test_dates_are_read_and_refused():
    assert read_date("2026-01-05", "start") == date(2026, 1, 5)
    with pytest.raises(Refusal, match="start"):
        read_date("yesterday", "start")


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000_000))
def test_written_instants_read_back_to_the_nanosecond(ts):
    assert read_instant(utc_text(ts), "t") == ts
    assert read_instant(new_york_text(ts), "t") == ts
