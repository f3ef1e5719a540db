"""The packaged calendar is the exchange's."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest

from tradeplat.core.calendar import Calendar, Phase, Session
from tradeplat.core.market import SECOND
from tradeplat.history.sessions import nyse_calendar

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return nyse_calendar()


def on(calendar: Calendar, day: int) -> Session:
    return next(session for session in calendar.sessions if session.day == day)


def clock(ts: int) -> str:
    return datetime.fromtimestamp(ts // SECOND, tz=NEW_YORK).strftime("%Y-%m-%d %H:%M")


# The oracle (not we) reads pandas in a way pandas 3 warns about.
@pytest.mark.filterwarnings("ignore:Series.values returning")
def test_equals_exchange_calendars_on_every_day_of_its_range(calendar: Calendar):
    oracle = exchange_calendars.get_calendar("XNYS", start="1990-01-01", end="2030-12-31")
    theirs = [
        (int(day.strftime("%Y%m%d")), opens.timestamp(), closes.timestamp())
        for day, opens, closes in zip(oracle.sessions, oracle.opens, oracle.closes, strict=True)
    ]
    ours = [(s.day, s.open / SECOND, s.close / SECOND) for s in calendar.sessions]
    assert ours == theirs


def test_anchor_a18(calendar: Calendar):
    days = [session.day for session in calendar.sessions]
    assert [sum(day // 10_000 == year for day in days) for year in (2023, 2024, 2025)] == [
        250,
        252,
        250,
    ]
    early = [
        s.day
        for s in calendar.sessions
        if s.day // 10_000 == 2024 and s.close - s.open < 6 * 3600 * SECOND
    ]
    assert early == [20240703, 20241129, 20241224]
    assert 20250109 not in days


@pytest.mark.parametrize("day", [20130308, 20130311, 20131101, 20131104, 20240308, 20240311])
def test_clock_times_hold_on_both_sides_of_a_change_of_the_clocks(calendar: Calendar, day: int):
    session = on(calendar, day)
    text = f"{day // 10_000}-{day // 100 % 100:02}-{day % 100:02}"
    assert [clock(ts) for ts in session[1:]] == [
        f"{text} 04:00",
        f"{text} 09:30",
        f"{text} 16:00",
        f"{text} 20:00",
    ]


def test_an_early_close_ends_the_extended_hours_at_five(calendar: Calendar):
    session = on(calendar, 20241129)
    assert clock(session.close) == "2024-11-29 13:00"
    assert clock(session.post_close) == "2024-11-29 17:00"


def test_phases_of_a_day(calendar: Calendar):
    def phase(hour: int, minute: int) -> Phase:
        instant = datetime(2013, 10, 7, hour, minute, tzinfo=UTC)
        return calendar.phase(int(instant.timestamp()) * SECOND)

    assert [phase(7, 59), phase(8, 0), phase(13, 29), phase(13, 30)] == [
        Phase.CLOSED,
        Phase.PRE,
        Phase.PRE,
        Phase.REGULAR,
    ]
    assert [phase(19, 59), phase(20, 0), phase(23, 59)] == [Phase.REGULAR, Phase.POST, Phase.POST]


def test_loads_without_pandas_or_the_oracle():
    code = (
        "import sys; from tradeplat.history.sessions import nyse_calendar; nyse_calendar();"
        "sys.exit(bool({'pandas', 'exchange_calendars', 'pyarrow'} & set(sys.modules)))"
    )
    source = str(Path(__file__).parents[2] / "src")
    run = subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": source})
    assert run.returncode == 0
