from datetime import UTC, datetime

import pytest

from tradeplat.core.market import SECOND
from tradeplat.venue.days import day_start


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("moment", "midnight"),
    [
        ("2026-01-05T14:30", "2026-01-05T05:00"),
        ("2026-01-05T04:59", "2026-01-04T05:00"),
        ("2026-07-06T04:00", "2026-07-06T04:00"),
        ("2026-03-08T23:00", "2026-03-08T05:00"),
        ("2026-11-02T04:30", "2026-11-01T04:00"),
    ],
)
def test_days_begin_at_midnight_in_new_york(moment, midnight):
    assert day_start(ns(moment)) == ns(midnight)
