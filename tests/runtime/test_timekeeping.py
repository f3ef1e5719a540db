"""A clock that is off ends entries, and so does a calendar that two sources tell differently."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pytest

from tradeplat.core.calendar import Calendar, Phase, Session
from tradeplat.core.clock import ReplayClock
from tradeplat.core.conditions import Condition, Conditions, Mode
from tradeplat.core.errors import Transient
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.sessions import nyse_calendar
from tradeplat.runtime.timekeeping import CalendarWatch, ClockJudge, disagreement

# The oracle (not we) reads pandas in a way pandas 3 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:Series.values returning")

NEW_YORK = ZoneInfo("America/New_York")
MS = SECOND // 1000


class Heard:
    """Conditions and alarms, as a floor would take them."""

    def __init__(self) -> None:
        self.conditions = Conditions()
        self.alarms: list[str] = []
        self.clock = ReplayClock()

    def impose(self, condition: Condition) -> bool:
        return self.conditions.impose(condition)

    def alarm(self, code: str, line: str) -> None:
        self.alarms.append(code)

    def judge(self, speed: float = 1.0) -> ClockJudge:
        return ClockJudge(self.impose, self.alarm, self.clock.now, speed)

    @property
    def mode(self) -> Mode:
        return self.conditions.mode()


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * SECOND


# The clock


def test_half_a_second_off_is_told_and_two_seconds_off_end_entries_until_it_agrees() -> None:
    heard = Heard()
    judge = heard.judge()
    judge.skew(500 * MS, 0)
    assert heard.alarms == []
    judge.skew(-501 * MS, 0)
    judge.skew(700 * MS, 0)
    assert heard.alarms == ["CLOCK_SKEW"]
    assert heard.mode is Mode.NORMAL
    judge.skew(2001 * MS, 0)
    assert heard.mode is Mode.REDUCE_ONLY
    judge.skew(3 * MS, 0)
    assert heard.mode is Mode.NORMAL


def test_what_the_way_of_the_answer_may_explain_is_no_skew() -> None:
    heard = Heard()
    heard.judge().skew(5 * SECOND, 5 * SECOND)
    assert (heard.alarms, heard.mode) == ([], Mode.NORMAL)


def test_on_a_market_that_runs_fast_limits_are_of_the_wall() -> None:
    heard = Heard()
    judge = heard.judge(speed=60.0)
    judge.skew(29 * SECOND, 0)
    assert heard.alarms == []
    judge.skew(121 * SECOND, 0)
    assert heard.mode is Mode.REDUCE_ONLY


@pytest.mark.parametrize("step", [3_600, -3_600, 2, -2])
def test_a_clock_that_is_set_ends_entries_until_the_brokers_was_read(step: int) -> None:
    heard = Heard()
    judge = heard.judge()
    for second in range(3):
        judge.look((1_000 + second) * SECOND, second * SECOND)
    assert heard.alarms == []
    judge.look((1_003 + step) * SECOND, 3 * SECOND)
    assert heard.alarms == ["CLOCK_STEP"]
    assert heard.mode is Mode.REDUCE_ONLY
    judge.look((1_004 + step) * SECOND, 4 * SECOND)
    assert heard.alarms == ["CLOCK_STEP"]
    judge.skew(0, 0)
    assert heard.mode is Mode.NORMAL


def test_a_machine_that_slept_was_not_set() -> None:
    heard = Heard()
    judge = heard.judge()
    judge.look(1_000 * SECOND, 0)
    judge.look(1_600 * SECOND, 600 * SECOND)
    assert heard.alarms == []


# The calendar


class Broker:
    """Tells the packaged days but for what a test changed."""

    def __init__(self, calendar: Calendar) -> None:
        self.sessions = list(calendar.sessions)
        self.error: Transient | None = None
        self.asked: list[tuple[str, str]] = []

    async def calendar(self, start: str, end: str) -> list[Session]:
        self.asked.append((start, end))
        if self.error is not None:
            raise self.error
        return self.sessions


@pytest.fixture(scope="module")
def packaged() -> Calendar:
    return nyse_calendar()


def watch(heard: Heard, broker: Broker, packaged: Calendar) -> CalendarWatch:
    return CalendarWatch(broker.calendar, packaged, heard.clock, heard.impose, heard.alarm)


async def test_calendars_that_agree_let_trading_be(packaged: Calendar) -> None:
    heard, broker = Heard(), Broker(packaged)
    heard.clock.ts = ns("2026-11-25 05:00")
    assert await watch(heard, broker, packaged).check()
    assert broker.asked == [("2026-11-25", "2026-12-01")]
    assert heard.mode is Mode.NORMAL


@pytest.mark.parametrize("change", ["missing", "extra", "early close"])
async def test_a_day_the_broker_has_otherwise_keeps_entries_out_until_both_agree(
    packaged: Calendar, change: str
) -> None:
    heard, broker = Heard(), Broker(packaged)
    heard.clock.ts = ns("2026-11-23 05:00")
    days = [s.day for s in broker.sessions]
    at = days.index(20261124)
    right = list(broker.sessions)
    found = broker.sessions[at]
    if change == "missing":
        del broker.sessions[at]
    elif change == "extra":
        holiday = found._replace(day=20261126)
        broker.sessions.insert(at + 2, holiday)
    else:
        broker.sessions[at] = found._replace(close=found.close - 3 * 60 * MINUTE)
    watched = watch(heard, broker, packaged)
    assert not await watched.check()
    assert not await watched.check()
    assert heard.alarms == ["CALENDAR"]
    condition = heard.conditions.strictest()
    assert condition is not None
    assert (condition.mode, condition.source) == (Mode.REDUCE_ONLY, "calendar")
    assert condition.why.startswith("202611")
    broker.sessions = right
    assert await watched.check()
    assert heard.mode is Mode.NORMAL


async def test_an_unread_calendar_and_one_beyond_its_end_keep_entries_out(
    packaged: Calendar,
) -> None:
    heard, broker = Heard(), Broker(packaged)
    heard.clock.ts = ns("2026-11-23 05:00")
    broker.error = Transient("no answer")
    watched = watch(heard, broker, packaged)
    assert not await watched.check()
    assert heard.mode is Mode.REDUCE_ONLY
    broker.error = None
    heard.clock.ts = ns("2031-01-02 05:00")
    assert not await watched.check()
    assert heard.alarms == ["CALENDAR", "CALENDAR"]
    assert heard.mode is Mode.REDUCE_ONLY


async def test_it_is_compared_again_at_six_in_new_york_in_either_offset(
    packaged: Calendar,
) -> None:
    heard, broker = Heard(), Broker(packaged)
    slept: list[int] = []
    # Friday noon before both time changes of 2026, a Thanksgiving, and a morning before six.
    starts = ["2026-03-06 12:00", "2026-10-30 12:00", "2026-11-25 12:00", "2026-11-23 03:00"]

    class Napping(ReplayClock):
        async def sleep_until(self, ts: int) -> None:
            slept.append(ts)
            await asyncio.get_running_loop().create_future()

    for start in starts:
        clock = Napping()
        clock.ts = ns(start)
        watched = CalendarWatch(broker.calendar, packaged, clock, heard.impose, heard.alarm)
        await watched.check()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await watched.run()
    told = [datetime.fromtimestamp(ts / SECOND, NEW_YORK).isoformat(" ", "minutes") for ts in slept]
    assert told == [
        "2026-03-09 06:00-04:00", "2026-11-02 06:00-05:00",
        "2026-11-27 06:00-05:00", "2026-11-23 06:00-05:00",
    ]  # fmt: skip


def test_a_disagreement_names_the_day_and_both_sides(packaged: Calendar) -> None:
    told = [s for s in packaged.sessions if s.day != 20261127]
    said = disagreement(packaged, told, 20261125, 20261201)
    assert said == ("20261127: the broker has no session, the packaged calendar 09:30 to 13:00")


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND


def oracle_minutes(first: date, last: date) -> np.ndarray:
    """1 for each UTC minute from `first` to `last` in which regular trading goes on, by
    exchange_calendars: nothing of ours has a part in it."""
    xnys = exchange_calendars.get_calendar("XNYS", start=str(first), end=str(last))
    start = midnight(first)
    count = ((last - first).days + 1) * 1440
    flags = np.zeros(count, dtype=bool)
    opens = [(int(at.timestamp()) * SECOND - start) // MINUTE for at in xnys.opens]
    closes = [(int(at.timestamp()) * SECOND - start) // MINUTE for at in xnys.closes]
    for begin, end in zip(opens, closes, strict=True):
        flags[begin:end] = True
    return flags


@pytest.mark.parametrize("years", [(2023, 2024), (2025, 2026), (2027, 2028)])
def test_every_minute_of_two_years_is_the_same_by_two_calendars(
    packaged: Calendar, years: tuple[int, int]
) -> None:
    """G14: both time changes, half days, holidays and a leap day among them."""
    first, last = date(years[0], 1, 1), date(years[1], 12, 31)
    start = midnight(first)
    theirs = oracle_minutes(first, last)
    phase, regular = packaged.phase, Phase.REGULAR
    ours = np.fromiter(
        (phase(start + n * MINUTE) is regular for n in range(len(theirs))), bool, len(theirs)
    )
    assert len(theirs) > 1_050_000
    assert int((ours != theirs).sum()) == 0


def test_extended_hours_frame_every_session_at_their_wall_times(packaged: Calendar) -> None:
    for session in packaged.sessions:
        if not 20230101 <= session.day <= 20281231:
            continue
        told = [
            datetime.fromtimestamp(ts / SECOND, NEW_YORK).strftime("%H:%M") for ts in session[1:]
        ]
        full = told == ["04:00", "09:30", "16:00", "20:00"]
        assert full or told == ["04:00", "09:30", "13:00", "17:00"], session


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2024-02-29 12:00", Phase.REGULAR),  # leap day
        ("2026-01-20 12:00", Phase.REGULAR),  # the Tuesday after a Monday holiday
        ("2026-01-19 12:00", Phase.CLOSED),
        ("2026-07-06 12:00", Phase.REGULAR),  # the Monday after a Friday holiday
        ("2026-11-27 12:59", Phase.REGULAR),  # half day
        ("2026-11-27 13:00", Phase.POST),
        ("2026-11-27 17:00", Phase.CLOSED),
        ("2026-03-09 09:30", Phase.REGULAR),  # the first day of summer time
        ("2026-03-09 09:29", Phase.PRE),
        ("2026-11-02 15:59", Phase.REGULAR),  # the first day of standard time
    ],
)
def test_days_that_calendars_get_wrong(packaged: Calendar, moment: str, phase: Phase) -> None:
    assert packaged.phase(ns(moment)) is phase


def test_no_holiday_closes_the_monday_after(packaged: Calendar) -> None:
    """Row 33: an open on each weekday after a holiday that is not one itself."""
    days = {session.day for session in packaged.sessions}
    xnys = exchange_calendars.get_calendar("XNYS", start="2023-01-01", end="2028-12-31")
    theirs = {int(label.strftime("%Y%m%d")) for label in xnys.sessions}
    here = date(2023, 1, 1)
    while here <= date(2028, 12, 31):
        number = int(here.strftime("%Y%m%d"))
        assert (number in days) == (number in theirs), number
        here += timedelta(days=1)
