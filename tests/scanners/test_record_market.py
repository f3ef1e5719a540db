from pathlib import Path

import pytest

from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.record_market import RecordMarket
from tradeplat.scanners.recorded import Frame, read
from tradeplat.scanners.sources import DailyBar, Details, Split

PANEL = """session_date,symbol,close,volume,market_cap
2026-01-02,A,10,1000,5e6
2026-01-02,GONE,3,10,0
2026-01-05,A,11,3000,5.5e6
2026-01-06,A,12,600,6e6
2026-01-06,NEW,1,1,0
"""
TOLD = """date,symbol,close,volume,prev_close,prev_close_raw,avg_volume_20d,name,sic_code
2014-03-31,MLI,29.99,100,29.335,58.67,50,Mueller,3350
2014-03-31,FRESH,5,10,,,,,
"""


def recorded(folder: Path, text: str) -> tuple[Frame, ...]:
    path = folder / "x.csv"
    path.write_text(text)
    return read(path, nyse_calendar())


def at(frames: tuple[Frame, ...], index: int, **known: Details) -> RecordMarket:
    return RecordMarket(frames, nyse_calendar(), ReplayClock(frames[index].ts).now, known)


async def test_the_market_is_that_of_its_instant_vanished_names_included(tmp_path: Path) -> None:
    frames = recorded(tmp_path, PANEL)
    names = []
    for index in range(3):
        shots = await at(frames, index).snapshots()
        names.append([shot.symbol for shot in shots])
        assert all(shot.ts == frames[index].ts for shot in shots)
    assert names == [["A", "GONE"], ["A"], ["A", "NEW"]]
    assert [s.price for s in await at(frames, 1).snapshots(["A", "NEW"])] == [11.0]


async def test_closes_and_usual_volume_are_of_the_sessions_before(tmp_path: Path) -> None:
    frames = recorded(tmp_path, PANEL)
    market = at(frames, 2)
    assert [session.day for session in market.calendar.sessions] == [20260102, 20260105, 20260106]
    assert await market.grouped(20260105) == {"A": DailyBar(11.0, 3000.0)}
    volumes = await market.minutes("A", 20260102, 20260105)
    assert [(one.ts, one.volume) for one in volumes] == [
        (frames[0].ts - MINUTE, 1000.0),
        (frames[1].ts - MINUTE, 3000.0),
    ]
    early = at(frames, 0)
    assert await early.grouped(20260105) == {}
    assert await early.minutes("A", 20260105, 20260106) == []


async def test_a_row_may_tell_its_own_last_close_split_and_usual_volume(tmp_path: Path) -> None:
    frames = recorded(tmp_path, TOLD)
    market = at(frames, 0)
    assert [session.day for session in market.calendar.sessions] == [20140328, 20140331]
    assert await market.grouped(20140328) == {"MLI": DailyBar(58.67, 50.0)}
    assert await market.splits(20140328, 20140331) == [Split("MLI", 20140331, 58.67 / 29.335)]
    assert await market.splits(20140328, 20140328) == []
    (usual,) = await market.minutes("MLI", 20140328, 20140328)
    assert usual.volume == 50.0
    assert [shot.symbol for shot in await market.gainers()] == ["MLI"]


async def test_facts_are_those_known_at_the_instant(tmp_path: Path) -> None:
    frames = recorded(tmp_path, PANEL)
    old = Details("A", sic="2834", as_of=frames[1].ts)
    assert await at(frames, 0, A=old).details("A") == Details(
        "A", shares_outstanding=5e5, market_cap=5e6, as_of=frames[0].ts
    )
    later = await at(frames, 1, A=old).details("A")
    assert later is not None
    assert later.sic == "2834"
    assert await at(frames, 1, GONE=old).details("GONE") == old
    assert await at(frames, 1).details("UNHEARD") is None
    told = await at(recorded(tmp_path, TOLD), 0).details("MLI")
    assert told is not None
    assert (told.name, told.sic) == ("Mueller", "3350")
    assert await at(frames, 1).shares_float("A") is None


async def test_before_the_record_there_is_no_market(tmp_path: Path) -> None:
    frames = recorded(tmp_path, PANEL)
    market = RecordMarket(frames, nyse_calendar(), ReplayClock(frames[0].ts - SECOND).now)
    with pytest.raises(BadInput, match="begins later"):
        await market.snapshots()


async def test_after_a_missing_session_only_rows_tell_their_last_close(tmp_path: Path) -> None:
    text = "".join(x for x in PANEL.splitlines(keepends=True) if "2026-01-05" not in x)
    assert await at(recorded(tmp_path, text), 1).grouped(20260102) == {}
    told = text.replace("market_cap", "prev_close").replace(
        "2026-01-06,A,12,600,6e6", "2026-01-06,A,12,600,11"
    )
    assert await at(recorded(tmp_path, told), 1).grouped(20260102) == {"A": DailyBar(11.0, 0.0)}
