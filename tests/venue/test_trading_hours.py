from datetime import UTC, date, datetime

import pytest

from tradeplat.core.calendar import Calendar
from tradeplat.core.orders import TimeInForce
from tradeplat.history.sessions import nyse_calendar
from tradeplat.venue.stamps import NEW_YORK
from tradeplat.venue.trading_hours import (
    auction_closed,
    calendar_wire,
    clock_wire,
    regular_session,
    session_of,
)

CALENDAR = nyse_calendar()


def at(text):
    moment = datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)
    return int(moment.timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("now", "is_open", "next_open", "next_close"),
    [
        ("2026-01-05T09:00", False, "2026-01-05T09:30:00-05:00", "2026-01-05T16:00:00-05:00"),
        ("2026-01-05T09:30", True, "2026-01-06T09:30:00-05:00", "2026-01-05T16:00:00-05:00"),
        ("2026-01-05T16:00", False, "2026-01-06T09:30:00-05:00", "2026-01-06T16:00:00-05:00"),
        ("2026-01-03T12:00", False, "2026-01-05T09:30:00-05:00", "2026-01-05T16:00:00-05:00"),
        ("2025-11-28T12:00", True, "2025-12-01T09:30:00-05:00", "2025-11-28T13:00:00-05:00"),
        ("2026-03-06T17:00", False, "2026-03-09T09:30:00-04:00", "2026-03-09T16:00:00-04:00"),
    ],
)
def test_the_clock_knows_open_close_and_what_comes_next(now, is_open, next_open, next_close):
    clock = clock_wire(CALENDAR, at(now))
    assert clock["is_open"] is is_open
    assert (clock["next_open"], clock["next_close"]) == (next_open, next_close)


def test_an_empty_calendar_is_always_closed():
    assert clock_wire(Calendar([]), at("2026-01-05T10:00"))["is_open"] is False
    assert session_of(Calendar([]), 0) is None
    assert not auction_closed(Calendar([]), 0, TimeInForce.OPG)


def test_the_calendar_lists_days_with_their_hours():
    days = calendar_wire(CALENDAR, date(2025, 11, 27), date(2025, 11, 28))
    assert days == [
        {
            "date": "2025-11-28",
            "open": "09:30",
            "close": "13:00",
            "session_open": "0400",
            "session_close": "1700",
        }
    ]


@pytest.mark.parametrize(
    ("tif", "now", "closed"),
    [
        (TimeInForce.OPG, "2026-01-05T09:27", False),
        (TimeInForce.OPG, "2026-01-05T09:29", True),
        (TimeInForce.OPG, "2026-01-05T18:59", True),
        (TimeInForce.OPG, "2026-01-05T19:01", False),
        (TimeInForce.CLS, "2026-01-05T15:49", False),
        (TimeInForce.CLS, "2026-01-05T15:51", True),
        (TimeInForce.DAY, "2026-01-05T15:51", False),
    ],
)
def test_auctions_take_no_orders_from_their_cutoff_to_the_evening(tif, now, closed):
    assert auction_closed(CALENDAR, at(now), tif) is closed


def test_an_order_sent_after_the_close_trades_the_next_day():
    assert regular_session(CALENDAR, at("2026-01-05T17:00")).day == 20260106
    assert session_of(CALENDAR, at("2026-01-05T17:00")).day == 20260105
    assert regular_session(CALENDAR, at("2026-01-05T15:00")).day == 20260105
