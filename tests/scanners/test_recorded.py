import gzip
from pathlib import Path

import pytest

from tradeplat.core.calendar import Calendar
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.history.sessions import nyse_calendar
from tradeplat.scanners.recorded import (
    Frame,
    industries,
    merged,
    read,
    tells_bars,
    tells_industries,
    tells_markets,
)

DAILY = """session_date,symbol,close,volume,market_cap
2026-01-05,B,2.5,100,0.0
2026-01-02,A,10,1000,5e6
2026-01-05,A,11.5,,5.75e6
"""


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return nyse_calendar()


def frames(folder: Path, text: str, calendar: Calendar, name: str = "x.csv") -> tuple[Frame, ...]:
    path = folder / name
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return read(path, calendar)


def refused(folder: Path, text: str, calendar: Calendar) -> str:
    with pytest.raises(BadInput) as caught:
        frames(folder, text, calendar)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_a_day_is_a_frame_at_its_regular_close(
    tmp_path: Path, calendar: Calendar, name: str
) -> None:
    first, second = frames(tmp_path, DAILY, calendar, name)
    assert (first.session.day, second.session.day) == (20260102, 20260105)
    assert first.ts == first.session.close
    assert set(first.rows) == {"A"}
    assert set(second.rows) == {"A", "B"}
    assert second.rows["A"][:3] == ("A", 11.5, None)
    assert (second.rows["A"].market_cap, second.rows["B"].market_cap) == (5.75e6, None)


def test_instants_of_a_day_are_frames_of_their_own(tmp_path: Path, calendar: Calendar) -> None:
    text = "ts,symbol,price,volume,bid,ask\n"
    text += "2026-01-05T14:31:00Z,A,2,5,1.9,2.1\n1767623400000000000,A,1,4,,\n"
    first, second = frames(tmp_path, text, calendar)
    assert first.ts == 1_767_623_400 * SECOND
    assert second.ts == first.ts + 60 * SECOND
    assert (second.rows["A"].bid, second.rows["A"].ask, first.rows["A"].bid) == (1.9, 2.1, None)


def test_of_two_papers_with_one_ticker_the_more_traded_is_kept(
    tmp_path: Path, calendar: Calendar
) -> None:
    text = "date,symbol,close,volume,prev_close,prev_close_raw\n"
    text += "2014-03-31,A,1,10,,\n2014-03-31,A,5,100,4,8\n2014-03-31,A,1,1,,\n"
    (frame,) = frames(tmp_path, text, calendar)
    assert frame.doubled == 2
    row = frame.rows["A"]
    assert (row.price, row.previous, row.previous_raw) == (5.0, 4.0, 8.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "x.csv:1: found no column symbol, volume, close/price"),
        ("symbol,sic_division,market_cap\nA,x,1\n", "x.csv:1: found no column volume"),
        ("date,symbol,close,volume\n", "found no rows"),
        ("date,symbol,close,volume\n2026-01-05,A,1\n", "x.csv:2: found 3 cells, expected 4"),
        ("date,symbol,close,volume\n2026-01-04,A,1,1\n", "x.csv:2: date: found '2026-01-04'"),
        ("date,symbol,close,volume\nsoon,A,1,1\n", "expected a trading day"),
        ("date,symbol,close,volume\n2026-01-05,,1,1\n", "x.csv:2: symbol: found nothing"),
        ("date,symbol,close,volume\n2026-01-05,A,x,1\n", "x.csv:2: close: found 'x'"),
        ("date,symbol,close,volume\n2026-01-05,A,-1,1\n", "expected a number, 0 or more"),
        ("date,symbol,close,volume\n2026-01-05,A,1,inf\n", "volume: found 'inf'"),
        ("ts,symbol,close,volume\n2026-01-04T15:00:00Z,A,1,1\n", "expected an instant of a trad"),
    ],
)
def test_a_wrong_table_is_named_with_its_row(
    tmp_path: Path, calendar: Calendar, text: str, told: str
) -> None:
    assert told in refused(tmp_path, text, calendar)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path, calendar: Calendar) -> None:
    path = tmp_path / "x.csv.gz"
    for raw in (b"no gzip", gzip.compress(DAILY.encode())[:40]):
        path.write_bytes(raw)
        with pytest.raises(BadInput, match="cannot be read"):
            read(path, calendar)
    path.write_bytes(gzip.compress(b"\xff\xfe\xfa"))
    with pytest.raises(BadInput, match="found no CSV text"):
        read(path, calendar)
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "absent.csv", calendar)


def test_industries_are_known_from_the_end_of_their_quarter(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "symbol,sic_code,sic_source\nA,100,SEC filings 2021q1\nB,,\nC,6770,SEC filings 2020q4\n"
        "D,6770,somebody\n"
    )
    assert tells_industries(path)
    found = industries(path)
    assert {symbol: fact.sic for symbol, fact in found.items()} == {"A": "0100", "C": "6770"}
    assert found["A"].as_of == 1_617_235_200 * SECOND  # 2021-04-01
    assert found["C"].as_of == 1_609_459_200 * SECOND  # 2021-01-01


def test_the_real_snapshot_of_a_session_is_read_whole(
    shared_data: Path, calendar: Calendar
) -> None:
    (frame,) = read(shared_data / "universe" / "universe_20260313.csv.gz", calendar)
    assert len(frame.rows) == 5337
    assert frame.session.day == 20260313
    assert frame.rows["A"].sic == "3826"
    assert frame.rows["PED"].previous == 0.775


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + DAILY,
        DAILY.replace("\n", "\r\n") + "\r\n",
        DAILY.upper(),
        DAILY.replace("symbol", "ticker"),
        DAILY.replace("2026-01-05", "20260105").replace("2026-01-02", "2026-01-02T00:00:00"),
        "".join([DAILY.splitlines(True)[n] for n in (0, 3, 2, 1)]),
    ],
)
def test_the_same_table_in_another_dress_is_the_same(
    tmp_path: Path, calendar: Calendar, text: str
) -> None:
    first, second = frames(tmp_path, DAILY, calendar)
    other, last = frames(tmp_path, text, calendar, "other.csv")
    assert (other, last.rows["A"], last.rows["B"]) == (first, second.rows["A"], second.rows["B"])


def test_tables_are_joined_instant_by_instant(tmp_path: Path, calendar: Calendar) -> None:
    more = (
        "date,symbol,close,volume,name,prev_close\n2026-01-05,A,9,7,Acme,10\n2026-01-05,C,1,1,,\n"
    )
    tables = [frames(tmp_path, DAILY, calendar), frames(tmp_path, more, calendar, "y.csv")]
    first, second = merged(tables)
    assert set(first.rows) == {"A"}
    assert set(second.rows) == {"A", "B", "C"}
    row = second.rows["A"]
    assert (row.price, row.volume, row.name, row.previous) == (11.5, 7.0, "Acme", 10.0)
    assert tells_markets(tmp_path / "y.csv")
    (tmp_path / "z.csv").write_text("symbol,float\n")
    assert not tells_markets(tmp_path / "z.csv")
    (tmp_path / "bars.csv").write_text("timestamp,symbol,open,high,low,close,volume\n")
    assert tells_bars(tmp_path / "bars.csv")
    assert not tells_markets(tmp_path / "bars.csv")
    (tmp_path / "days.csv").write_text("date,symbol,open,high,low,close,volume\n")
    assert tells_markets(tmp_path / "days.csv")
