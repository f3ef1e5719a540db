import numpy as np

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.clock import ReplayClock
from tradeplat.core.market import DAY, MINUTE, SECOND
from tradeplat.scanners.sources import DailyBar, Details, MinuteVolume, SharesFloat, Split
from tradeplat.scanners.tape_market import Before, Tape, TapeMarket

HOUR = 60 * MINUTE


def session(n: int) -> Session:
    start = n * DAY
    return Session(n, start + 4 * HOUR, start + 9 * HOUR, start + 16 * HOUR, start + 20 * HOUR)


CALENDAR = Calendar([session(n) for n in range(1, 9)])
ONE, TWO = session(3), session(4)
BARS = [
    (ONE.pre_open + MINUTE, 9.0, 10.0),
    (ONE.open + MINUTE, 10.0, 20.0),
    (ONE.close, 11.0, 30.0),
    (ONE.close + HOUR, 99.0, 1.0),
    (TWO.pre_open + 30 * SECOND, 12.0, 5.0),
    (TWO.pre_open + MINUTE, 13.0, 6.0),
    (TWO.open + MINUTE, 14.0, 7.0),
]


def tape(bars: list[tuple[int, float, float]]) -> Tape:
    ts, close, volume = zip(*bars, strict=True)
    return Tape(np.array(ts, np.int64), np.array(close, float), np.array(volume, float))


def market(now: int, **before: Before) -> TapeMarket:
    tapes = {"A": tape(BARS), "B": tape(BARS[-1:])}
    splits = [Split("A", TWO.day, 0.5)]
    return TapeMarket(tapes, CALENDAR, ReplayClock(now).now, before, splits)


async def test_a_ticker_is_in_the_market_from_its_first_bar_of_the_day() -> None:
    assert await market(TWO.pre_open).snapshots() == []
    (one,) = await market(TWO.pre_open + MINUTE).snapshots()
    assert (one.symbol, one.ts, one.price, one.volume) == ("A", TWO.pre_open + MINUTE, 13.0, 11.0)
    both = await market(TWO.open + MINUTE).snapshots()
    assert [(shot.symbol, shot.volume) for shot in both] == [("A", 18.0), ("B", 7.0)]
    assert [shot.symbol for shot in await market(TWO.close).snapshots(["B", "C"])] == ["B"]
    assert await market(TWO.close).gainers() == []


async def test_a_close_is_that_of_the_regular_session() -> None:
    assert await market(TWO.open).grouped(ONE.day) == {"A": DailyBar(11.0, 50.0)}
    assert await market(ONE.close - 1).grouped(ONE.day) == {}
    assert await market(TWO.open).grouped(7) == {}


async def test_the_record_may_tell_of_the_session_before_its_first() -> None:
    acme = Details("A", name="Acme", sic="2834")
    shares = SharesFloat(4e6, ONE.open)
    told = market(ONE.open, A=Before(8.0, 500.0, acme, shares), B=Before(details=acme))
    assert [one.day for one in told.calendar.sessions] == [2, 3, 4]
    assert await told.grouped(2) == {"A": DailyBar(8.0, 500.0)}
    assert await told.details("A") == acme
    assert await told.details("C") is None
    assert await told.shares_float("A") == shares
    assert await told.shares_float("B") is None
    early = market(ONE.open - 1, A=Before(8.0, 500.0, acme, shares))
    assert await early.shares_float("A") is None
    assert [one.day for one in market(ONE.open).calendar.sessions] == [3, 4]
    assert [one.day for one in told.sessions] == [3, 4]


async def test_minutes_hold_the_bars_that_closed_in_them_and_none_of_the_future() -> None:
    found = await market(TWO.pre_open + MINUTE).minutes("A", ONE.day, TWO.day)
    assert found == [
        MinuteVolume(ONE.pre_open, 10.0),
        MinuteVolume(ONE.open, 20.0),
        MinuteVolume(ONE.close - MINUTE, 30.0),
        MinuteVolume(ONE.close + HOUR - MINUTE, 1.0),
        MinuteVolume(TWO.pre_open, 11.0),
    ]
    assert await market(TWO.open).minutes("C", 1, 9) == []


async def test_a_split_is_told_on_its_day() -> None:
    assert await market(ONE.open).splits(1, 9) == []
    assert await market(TWO.pre_open).splits(1, 9) == [Split("A", TWO.day, 0.5)]


def test_it_is_scanned_each_minute_that_has_trades() -> None:
    found = market(0).minutes_with_trades()
    assert found[0] == (ONE.pre_open + MINUTE, ONE.day, 1)
    assert found[-1] == (TWO.open + MINUTE, TWO.day, 2)
    assert len(found) == 6


async def test_after_a_missing_session_there_are_no_last_closes() -> None:
    late = session(6)
    tapes = {"A": tape([*BARS, (late.open + MINUTE, 20.0, 7.0)])}
    made = TapeMarket(tapes, CALENDAR, ReplayClock(late.open + MINUTE).now)
    assert await made.grouped(TWO.day) == {}
