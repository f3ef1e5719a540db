import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.spoken import instant, lasting, time_of_day


@given(st.integers(0, 4_000_000_000))
def test_an_instant_reads_as_utc(seconds: int) -> None:
    then = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert time_of_day(seconds * SECOND) == f"{then:%H:%M:%S} UTC"
    assert instant(seconds * SECOND) == f"{then:%Y-%m-%d %H:%M} UTC"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0, "0 ms"),
        (250_000_000, "250 ms"),
        (3_240_000_000, "3.2 s"),
        (60 * SECOND, "60.0 s"),
        (5 * MINUTE, "5 min"),
        (150 * MINUTE, "2 h"),
        (49 * 60 * MINUTE, "2 d"),
    ],
)
def test_a_duration_reads_in_the_unit_that_suits_it(span: int, said: str) -> None:
    assert lasting(span) == said
