"""F33: Mondays after holidays, time changes, half days, day orders overnight, halts in an exit."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from covers import CALENDAR, NEXT, Covered
from tradeplat.core.calendar import Calendar, Phase, Session
from tradeplat.core.market import MINUTE, SECOND, Status
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.desk.bells import Bells
from tradeplat.history.sessions import nyse_calendar
from tradeplat.sim.broker import us_day_end
from worlds import DAY, LONG, Script, World, bar

NEW_YORK = ZoneInfo("America/New_York")
HOUR = 3600 * SECOND


@pytest.fixture(scope="module")
def nyse() -> Calendar:
    return nyse_calendar()


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * SECOND


def day_order(purpose: Purpose = Purpose.STOP) -> Order:
    from decimal import Decimal

    return Order("o", "A", "s", Decimal(-1), OrderType.STOP, purpose, 0, 0, stop=Decimal(1))


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2026-07-03 12:00", Phase.CLOSED),  # Friday: Independence Day as observed
        ("2026-07-06 12:00", Phase.REGULAR),  # the Monday after
        ("2026-05-25 12:00", Phase.CLOSED),  # Memorial Day
        ("2026-05-26 12:00", Phase.REGULAR),
        ("2026-06-01 12:00", Phase.REGULAR),  # the Monday a week after a Monday holiday
        ("2026-03-06 15:59", Phase.REGULAR),
        ("2026-03-09 09:29", Phase.PRE),
        ("2026-10-30 15:59", Phase.REGULAR),
        ("2026-11-02 09:30", Phase.REGULAR),
    ],
)
def test_f33_holidays_and_time_changes_are_of_their_date_alone(
    nyse: Calendar, moment: str, phase: Phase
) -> None:
    assert nyse.phase(ns(moment)) is phase


@pytest.mark.parametrize(
    ("placed", "lapses"),
    [
        ("2026-11-27 09:40", "2026-11-27 13:00"),  # half day
        ("2026-11-27 13:30", "2026-11-30 16:00"),  # after its close: the Monday's order
        ("2026-11-25 10:00", "2026-11-25 16:00"),
        ("2026-12-24 10:00", "2026-12-24 13:00"),
        ("2026-03-06 10:00", "2026-03-06 16:00"),
        ("2026-03-06 17:00", "2026-03-09 16:00"),  # over the time change
    ],
)
def test_f33_a_day_order_lapses_at_the_close_of_its_own_session(
    nyse: Calendar, placed: str, lapses: str
) -> None:
    assert us_day_end(nyse)(day_order(), ns(placed)) == ns(lapses)


def test_f33_a_day_stop_that_lapses_leaves_no_position_bare_overnight() -> None:
    world = Covered()
    world.hold(DAY.open + 100 * SECOND, stop=97.0)
    world.bar(DAY.close)
    world.bar(DAY.close + SECOND)
    assert world.legs == []
    world.bar(DAY.close + 2 * SECOND, 96.5)
    world.bar(DAY.close + 3 * SECOND, 96.4)
    assert world.held == 0


def test_f33_a_stop_hit_at_the_end_of_the_evening_is_left_in_the_morning() -> None:
    world = Covered()
    world.hold(DAY.open + 100 * SECOND, stop=97.0)
    world.bar(DAY.close)
    world.bar(DAY.post_close - SECOND)
    world.bar(DAY.post_close, 96.0)
    assert world.legs == []
    world.bar(NEXT.pre_open + SECOND, 96.0)
    world.bar(NEXT.pre_open + 2 * SECOND, 95.9)
    assert world.held == 0


def test_f33_on_a_half_day_the_guard_takes_over_at_its_early_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    half = Session(DAY.day, DAY.pre_open, DAY.open, DAY.open + 3 * HOUR, DAY.open + 5 * HOUR)
    monkeypatch.setattr("covers.CALENDAR", Calendar([half, *CALENDAR.sessions[1:]]))
    world = Covered()
    world.hold(DAY.open + 100 * SECOND, stop=97.0)
    assert len(world.legs) == 1
    world.bar(half.close)
    world.bar(half.close + SECOND)
    assert world.legs == []
    world.bar(half.close + 2 * SECOND, 96.5)
    (order,) = world.legs
    assert (order.type, order.extended) == (OrderType.LIMIT, True)


@pytest.mark.parametrize("prompt", [False, True])
def test_f33_a_halt_in_an_exit_is_waited_out_and_the_exit_goes_on(prompt: bool) -> None:
    world = Covered(prompt=prompt)
    ts = world.hold(DAY.pre_open + 100 * SECOND, stop=97.0)
    world.show(Status("A", ts + SECOND, False, "LUDP", "t"))
    world.bar(ts + 2 * SECOND, 96.0)
    world.bar(ts + 3 * SECOND, 95.0)
    assert world.held == 100
    assert world.legs == []
    world.show(Status("A", ts + 300 * SECOND, True, "T", "t"))
    world.bar(ts + 301 * SECOND, 94.0)
    world.bar(ts + 302 * SECOND, 94.0)
    assert world.held == 0


@pytest.mark.parametrize(("day", "closes"), [("2025-07-03", "13:00"), ("2025-07-02", "16:00")])
def test_f33_intraday_positions_are_closed_five_minutes_before_that_days_own_close(
    nyse: Calendar, day: str, closes: str
) -> None:
    close = ns(f"{day} {closes}")
    world = World(lambda _: {"s": Script(LONG)})
    world.market.calendar = nyse
    world.house.bells = Bells(extended=False)
    desk = world.floor.open_desk("A", 0)
    opens = ns(f"{day} 09:31")
    held: dict[int, int] = {}
    for minute in range((close - opens) // MINUTE + 1):
        ts = opens + minute * MINUTE
        desk.on_market(replace(bar("A", 1), ts=ts), ts)
        held[ts] = int(world.tracker.net("A"))
    assert held[opens] == 100
    assert {ts for ts, quantity in held.items() if not quantity} == {
        ts for ts in held if ts >= close - 5 * MINUTE
    }
