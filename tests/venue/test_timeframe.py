from datetime import UTC, datetime

import pytest

from markets import OPEN, SECOND, trade
from tradeplat.core.market import MINUTE
from tradeplat.venue.book import Book
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.timeframe import read_timeframe


def text(ts: int) -> str:
    return datetime.fromtimestamp(ts // SECOND, UTC).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("1Min", "2026-01-05T14:47"), ("5T", "2026-01-05T14:45"), ("59Min", "2026-01-05T14:50"),
        ("1Hour", "2026-01-05T14:00"), ("4H", "2026-01-05T13:00"), ("1Day", "2026-01-05T05:00"),
        ("1Week", "2026-01-05T05:00"), ("1W", "2026-01-05T05:00"), ("1Month", "2026-01-01T05:00"),
        ("3M", "2026-01-01T05:00"), ("12Month", "2026-01-01T05:00"),
    ],
)  # fmt: skip
def test_a_period_begins_where_new_york_says(name, start):
    frame = read_timeframe(name)
    ts = OPEN + 17 * MINUTE + 5
    if name == "59Min":
        assert (ts - frame.start(ts)) < 59 * MINUTE
    else:
        assert text(frame.start(ts)) == start


def test_weeks_begin_on_monday_across_a_clock_change():
    sunday = int(datetime(2026, 3, 8, 20, tzinfo=UTC).timestamp()) * SECOND
    assert text(read_timeframe("1Week").start(sunday)) == "2026-03-02T05:00"
    assert text(read_timeframe("1Month").start(sunday)) == "2026-03-01T05:00"
    assert text(read_timeframe("1Day").start(sunday)) == "2026-03-08T05:00"


@pytest.mark.parametrize("name", ["", "Min", "0Min", "60Min", "24Hour", "2Day", "5Month", "1min"])
def test_other_periods_are_refused(name):
    with pytest.raises(Refusal, match="invalid timeframe"):
        read_timeframe(name)


def test_bars_of_a_period_hold_all_that_traded_in_it():
    book = Book("AAA")
    for minute in (0, 3, 4, 5, 70):
        book.print(trade(OPEN + minute * MINUTE, 5.0 + minute), ("@",))
    fives = read_timeframe("5Min").joined(book.minutes.all())
    assert [(one.start - OPEN) // MINUTE for one in fives] == [0, 5, 70]
    assert (fives[0].open, fives[0].close, fives[0].count) == (5.0, 9.0, 3)
    assert [one.count for one in read_timeframe("1Day").joined(book.days.values())] == [5]
    last = fives[-1].start
    assert read_timeframe("5Min").reach(last) == last + 5 * MINUTE
