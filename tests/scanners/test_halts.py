from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import DAY, LIMIT_STATE, MINUTE, SUSPECTED, Status
from tradeplat.scanners.halts import HaltBoard
from tradeplat.scanners.sources import Halt

HOUR = 60 * MINUTE


def session(n: int) -> Session:
    start = n * DAY
    return Session(n, start + 4 * HOUR, start + 9 * HOUR, start + 16 * HOUR, start + 20 * HOUR)


TODAY = session(3)
CALENDAR = Calendar([session(2), TODAY])
NOW = TODAY.open + HOUR


def said(symbol: str, ts: int, *, trading: bool, code: str = "LUDP") -> Status:
    return Status(symbol, ts, trading, code, "t")


async def test_the_latest_halt_of_the_day_is_told_with_its_end() -> None:
    clock = ReplayClock(NOW)
    board = HaltBoard(
        CALENDAR,
        clock.now,
        [
            said("A", NOW + 20, trading=True),
            said("A", NOW, trading=False),
            said("A", NOW - HOUR, trading=False, code="T1"),
            said("A", NOW - HOUR + 1, trading=False, code="T2"),
            said("A", NOW - MINUTE, trading=True),
            said("A", NOW - MINUTE + 1, trading=True),
            said("OLD", session(2).close, trading=False),
            said("B", NOW - MINUTE, trading=True),
            said("C", NOW - MINUTE, trading=False, code=LIMIT_STATE),
            said("D", NOW - MINUTE, trading=False, code=SUSPECTED),
        ],
    )
    assert await board.halts() == {"A": Halt(NOW, None, "LUDP")}
    clock.advance(NOW + 20)
    assert await board.halts() == {"A": Halt(NOW, NOW + 20, "LUDP")}


async def test_nothing_is_known_of_later() -> None:
    board = HaltBoard(CALENDAR, ReplayClock(NOW - MINUTE).now)
    board.note(said("A", NOW - HOUR, trading=False, code="T1"))
    board.note(said("A", NOW - MINUTE, trading=True))
    board.note(said("A", NOW, trading=False))
    assert await board.halts() == {"A": Halt(NOW - HOUR, NOW - MINUTE, "T1")}


async def test_past_the_calendar_there_are_none() -> None:
    board = HaltBoard(CALENDAR, ReplayClock(9 * DAY).now, [said("A", 1, trading=False)])
    assert await board.halts() == {}


async def test_after_a_hole_in_the_feed_open_halts_are_not_held_against_a_ticker() -> None:
    board = HaltBoard(CALENDAR, ReplayClock(NOW).now)
    board.note(said("A", NOW - HOUR, trading=False))
    board.note(said("B", NOW - HOUR, trading=False))
    board.note(said("B", NOW - MINUTE, trading=True))
    board.note(said("B", NOW - 1, trading=False))
    board.lost()
    assert await board.halts() == {"B": Halt(NOW - HOUR, NOW - MINUTE, "LUDP")}
    board.note(said("A", NOW, trading=False))
    assert (await board.halts())["A"] == Halt(NOW, None, "LUDP")
