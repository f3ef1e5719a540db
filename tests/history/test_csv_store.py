"""CSV files come in as they were written, and go out whole or not at all."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, QUOTE, SECOND, TRADE, Status
from tradeplat.history.csv_store import (
    load_bars,
    load_quotes,
    load_status,
    load_trades,
    write_bars,
    write_quotes,
    write_status,
    write_trades,
)

T0 = 1_381_132_800 * SECOND
"""2013-10-07T08:00:00Z."""

HEAD = "timestamp,open,high,low,close,volume\n"


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def bar_rows(*rows: tuple[int, float, float, float, float, float], span: int = 60) -> np.ndarray:
    return np.array([(*row, span, 0) for row in rows], BAR)


def test_a_bar_is_stamped_at_its_close(tmp_path: Path):
    path = put(tmp_path / "BAC_20131007_1m.csv", HEAD + "2013-10-07T08:00:00Z,1,2,0.5,1.5,10\n")
    table = load_bars(path)["BAC"]
    assert table.dtype == BAR
    assert table.tolist() == [(T0 + 60 * SECOND, 1.0, 2.0, 0.5, 1.5, 10.0, 60, 0)]


@pytest.mark.parametrize(
    "stamp",
    [
        "2013-10-07T08:00:00Z",
        "2013-10-07T08:00:00+00:00",
        "2013-10-07 04:00:00-04:00",
        "2013-10-07T04:00:00.000000000-0400",
        "2013-10-07T08:00:00",
        "2013-10-07 08:00",
        "1381132800",
        "1381132800000",
        "1381132800000000",
        "1381132800000000000",
        "20131007 080000",
        "10/07/2013 08:00:00",
    ],
)
def test_every_way_to_write_the_open(tmp_path: Path, stamp: str):
    path = put(tmp_path / "X_1s.csv", HEAD + f"{stamp},1,2,0.5,1.5,10\n")
    assert load_bars(path)["X"]["ts"].tolist() == [T0 + SECOND]


def test_columns_in_any_order_and_case_with_extras(tmp_path: Path):
    path = put(
        tmp_path / "AAPL" / "2013-10-07_1m.csv",
        "VWAP,Volume,Close,TIMESTAMP,Low,High,Open,trade_count\r\n"
        "-3,0.25,1.5,2013-10-07T08:00:00Z,0.5,2,1,\r\n\r\n",
    )
    assert load_bars(path)["AAPL"].tolist() == [(T0 + 60 * SECOND, 1.0, 2.0, 0.5, 1.5, 0.25, 60, 0)]


def test_many_symbols_in_one_file_grouped_or_interleaved(tmp_path: Path):
    head = "timestamp,symbol,open,high,low,close,volume\n"
    rows = [f"{(T0 + i * 60 * SECOND) // SECOND},{s},1,1,1,1,{i}\n" for s in "AB" for i in range(3)]
    grouped = load_bars(put(tmp_path / "all_1m.csv", head + "".join(rows)))
    mixed = load_bars(
        put(tmp_path / "both_1m.csv", head + "".join(rows[i] for i in (0, 3, 1, 4, 2, 5)))
    )
    assert {s: t.tolist() for s, t in grouped.items()} == {s: t.tolist() for s, t in mixed.items()}
    assert set(grouped) == {"A", "B"}


def test_the_span_is_the_smallest_step_when_the_name_has_none(tmp_path: Path):
    rows = "".join(f"{T0 // SECOND + s},1,1,1,1,1\n" for s in (0, 600, 900, 1800))
    table = load_bars(put(tmp_path / "X.csv", HEAD + rows))["X"]
    assert table["span"].tolist() == [300] * 4
    assert table["ts"].tolist() == [T0 + (s + 300) * SECOND for s in (0, 600, 900, 1800)]


def test_daily_bars_close_with_their_session(tmp_path: Path):
    text = "date,open,high,low,close,volume\n" + "".join(
        f"{day},1,1,1,1,1\n" for day in ("2013-10-07", "2013-11-04", "2024-11-29", "2024-11-30")
    )
    table = load_bars(put(tmp_path / "X.csv", text))["X"]
    closes = np.array(table["ts"]).view("M8[ns]").astype("M8[m]").astype(str).tolist()
    # Summer time, winter time, an early close, and a Saturday: no session, so its midnight UTC.
    assert closes == [
        "2013-10-07T20:00",
        "2013-11-04T21:00",
        "2024-11-29T18:00",
        "2024-12-01T00:00",
    ]
    assert set(table["span"].tolist()) == {86_400}


def test_tradestation_stamps_the_close_and_is_sorted_without_repeats(tmp_path: Path):
    text = (
        "TimeStamp,Open,High,Low,Close,TotalVolume\n"
        "2013-10-07T08:02:00Z,1,1,1,1,2\n"
        "2013-10-07T08:01:00Z,1,1,1,1,1\n"
        "2013-10-07T08:02:00Z,1,1,1,1,3\n"
    )
    table = load_bars(put(tmp_path / "X.csv", text))["X"]
    assert table["ts"].tolist() == [T0 + 60 * SECOND, T0 + 120 * SECOND]
    assert table["volume"].tolist() == [1.0, 3.0]
    assert table["span"].tolist() == [60, 60]


def test_tradestation_date_and_time_in_two_columns(tmp_path: Path):
    text = '"Date","Time","Open","High","Low","Close","TotalVolume"\n10/07/2013,08:01,1,1,1,1,2\n'
    table = load_bars(put(tmp_path / "X_1m.csv", text))["X"]
    assert table["ts"].tolist() == [T0 + 60 * SECOND]


def test_yahoo_with_one_header_row_newest_first(shared_data: Path):
    table = load_bars(shared_data / "raw_vendor" / "yahoo_GLD_2012.csv")["yahoo_GLD_2012"]
    assert len(table) == 250
    assert bool((np.diff(table["ts"]) > 0).all())


def test_yahoo_with_three_header_rows(tmp_path: Path):
    text = (
        "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,\n"
        "2013-10-07,1.5,2,0.5,1,10\n"
    )
    table = load_bars(put(tmp_path / "x.csv", text))["AAPL"]
    assert table.tolist() == [(1_381_176_000 * SECOND, 1.0, 2.0, 0.5, 1.5, 10.0, 86_400, 0)]


prices = st.floats(0.0001, 1e6, allow_nan=False)
sizes = st.floats(0, 1e12, allow_nan=False)


@st.composite
def bar_tables(draw: st.DrawFn) -> np.ndarray:
    steps = draw(st.lists(st.integers(1, 500), min_size=1, max_size=20))
    rows = []
    ts = T0
    for step in steps:
        ts += step * SECOND
        low, first, last, high = sorted(draw(st.lists(prices, min_size=4, max_size=4)))
        rows.append((ts, first, high, low, last, draw(sizes)))
    return bar_rows(*rows, span=1)


@settings(max_examples=30, deadline=None)
@given(table=bar_tables(), suffix=st.sampled_from(["", ".gz", ".zst"]))
def test_bars_come_back_bit_for_bit(tmp_path_factory, table: np.ndarray, suffix: str):
    path = tmp_path_factory.mktemp("w") / f"X_1s.csv{suffix}"
    write_bars(path, table)
    assert load_bars(path)["X"].tobytes() == table.tobytes()


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(prices, sizes, prices, sizes), min_size=1, max_size=9))
def test_quotes_and_trades_come_back_bit_for_bit(tmp_path_factory, rows: list[tuple[float, ...]]):
    folder = tmp_path_factory.mktemp("w")
    quotes = np.array([(T0 + i // 2, *row) for i, row in enumerate(rows)], QUOTE)
    trades = np.array([(T0 + i // 2, row[0], row[1] + 1) for i, row in enumerate(rows)], TRADE)
    write_quotes(folder / "X" / "2013-10-07_quotes.csv.gz", quotes)
    write_trades(folder / "X_trades.csv.zst", {"X": trades})
    assert load_quotes(folder / "X" / "2013-10-07_quotes.csv.gz")["X"].tobytes() == quotes.tobytes()
    assert load_trades(folder / "X_trades.csv.zst")["X"].tobytes() == trades.tobytes()


def test_daily_bars_come_back_bit_for_bit(tmp_path: Path, shared_data: Path):
    for name in ("daily/SPY_1d.csv.gz", "futures/ES_1d.csv"):
        found = load_bars(shared_data / name)
        write_bars(tmp_path / "all_1d.csv", found)
        again = load_bars(tmp_path / "all_1d.csv")
        assert {s: t.tobytes() for s, t in again.items()} == {
            s: t.tobytes() for s, t in found.items()
        }


def test_statuses_come_back(tmp_path: Path):
    rows = [Status("X", T0, False, "LUDP", "csv"), Status("X", T0 + 5, True, "", "csv")]
    write_status(tmp_path / "X" / "2013-10-07_status.csv", rows)
    assert load_status(tmp_path / "X" / "2013-10-07_status.csv") == rows


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "X_1d.csv"
    write_bars(path, bar_rows((1_381_176_000 * SECOND, 1, 1, 1, 1, 1), span=86_400))
    before = path.read_bytes()
    with pytest.raises(BadInput, match="daily bar"):
        write_bars(path, bar_rows((1_381_176_001 * SECOND, 1, 1, 1, 1, 1), span=86_400))
    assert [one.name for one in tmp_path.iterdir()] == ["X_1d.csv"]
    assert path.read_bytes() == before


def test_a_span_the_name_contradicts_is_not_written(tmp_path: Path):
    with pytest.raises(BadInput, match=r"found bars of 60 s, expected 1 s"):
        write_bars(tmp_path / "X_1s.csv", bar_rows((T0, 1, 1, 1, 1, 1)))
    both = [bar_rows((T0, 1, 1, 1, 1, 1)), bar_rows((T0, 1, 1, 1, 1, 1), span=1)]
    with pytest.raises(BadInput, match=r"spans \[1, 60\]"):
        write_bars(tmp_path / "X_1s.csv", np.concatenate(both))


def test_several_gz_members_are_one_file(tmp_path: Path):
    path = tmp_path / "X_1s.csv.gz"
    rows = [f"{T0 // SECOND + i},1,1,1,1,1\n" for i in range(2)]
    path.write_bytes(gzip.compress((HEAD + rows[0]).encode()) + gzip.compress(rows[1].encode()))
    assert len(load_bars(path)["X"]) == 2


def test_every_real_file_loads(shared_data: Path):
    loaders = {"quotes": load_quotes, "trades": load_trades}
    for folder in ("second", "minute", "daily"):
        for path in sorted((shared_data / folder).glob("*.csv.gz")):
            if "adj_close" in path.name:
                continue
            kind = next((word for word in loaders if f"_{word}" in path.name), "bars")
            table = loaders.get(kind, load_bars)(path)
            assert list(table) == [path.name.split("_")[0]]
            assert all(len(rows) > 100 for rows in table.values())


def test_the_wide_file_of_closes_is_told_apart(shared_data: Path):
    with pytest.raises(
        BadInput, match=r"us_stocks_adj_close_15.csv.gz:1: header: found 'date,aapl"
    ):
        load_bars(shared_data / "daily" / "us_stocks_adj_close_15.csv.gz")


def test_trades_of_one_millisecond_keep_file_order(shared_data: Path):
    table = load_trades(shared_data / "ticks" / "IBM_20131008_trades.csv.gz")["IBM"]
    assert len(table) == 33_381
    assert bool((np.diff(table["ts"]) >= 0).all())
    assert bool((np.diff(table["ts"]) == 0).any())
