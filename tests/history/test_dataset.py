"""A data set delivers every file's events once and in order."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, QUOTE, SECOND, TRADE, Bar, MarketEvent, Quote, Status
from tradeplat.history.csv_store import write_bars, write_quotes, write_status, write_trades
from tradeplat.history.dataset import Count, DataSet

T0 = 1_381_132_800 * SECOND


def bars(start: int, count: int, span: int = 1, price: float = 1.0) -> np.ndarray:
    """`count` bars of `span` seconds, the first opening `start` seconds after T0."""
    table = np.zeros(count, BAR)
    table["ts"] = T0 + (start + span * (1 + np.arange(count))) * SECOND
    for name in ("open", "high", "low", "close"):
        table[name] = price
    table["span"] = span
    return table


def quotes(*seconds: float) -> np.ndarray:
    return np.array([(T0 + int(s * SECOND), 1.0, 100.0, 1.01, 200.0) for s in seconds], QUOTE)


def order(event: MarketEvent) -> tuple[int, str, int, int]:
    rank = {Status: 0, Quote: 1, Bar: 2}[type(event)]
    return event.ts, event.symbol, rank, event.span if isinstance(event, Bar) else 0


def flat(chunks) -> list[MarketEvent]:
    return [event for chunk in chunks for event in chunk]


def test_quotes_come_before_bars_and_short_spans_before_long(tmp_path: Path):
    write_bars(tmp_path / "X" / "2013-10-07_1s.csv.gz", bars(58, 3))
    write_bars(tmp_path / "X" / "2013-10-07_1m.csv", bars(0, 1, 60))
    write_quotes(tmp_path / "X" / "2013-10-07_quotes.csv", quotes(59, 60, 60))
    write_status(
        tmp_path / "X" / "2013-10-07_status.csv",
        [Status("X", T0 + 60 * SECOND, False, "T1", "csv")],
    )
    found = flat(DataSet.open([tmp_path]).events("X"))
    told = [(type(e).__name__, (e.ts - T0) // SECOND, getattr(e, "span", 0)) for e in found]
    assert told == [
        ("Quote", 59, 0),
        ("Bar", 59, 1),
        ("Status", 60, 0),
        ("Quote", 60, 0),
        ("Quote", 60, 0),
        ("Bar", 60, 1),
        ("Bar", 60, 60),
        ("Bar", 61, 1),
    ]


def test_the_first_file_in_path_order_wins_a_repeated_bar(tmp_path: Path):
    first, second, third = (tmp_path / f"{name}" / "X_1s.csv" for name in "abc")
    write_bars(second, bars(1, 3, price=2.0))
    write_bars(first, bars(0, 3, price=1.0))
    write_bars(third, bars(2, 4, price=3.0))
    data = DataSet.open([third, second, first])
    found = flat(data.events("X"))
    assert [(event.ts - T0) // SECOND for event in found] == [1, 2, 3, 4, 5, 6]
    assert [event.close for event in found] == [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]
    assert data.counts == {
        first: Count(bars=3),
        second: Count(bars=1, repeats=2),
        third: Count(bars=2, repeats=2),
    }


def test_one_file_named_twice_is_read_once(tmp_path: Path):
    path = tmp_path / "X_1s.csv"
    write_bars(path, bars(0, 3))
    assert len(flat(DataSet.open([path, tmp_path, path]).merged())) == 3


def test_start_is_left_out_and_end_is_in(tmp_path: Path):
    write_bars(tmp_path / "X_1s.csv", bars(0, 9))
    write_bars(tmp_path / "more_1s.csv", {"A": bars(0, 9), "B": bars(0, 9)})
    data = DataSet.open([tmp_path], start=T0 + 2 * SECOND, end=T0 + 5 * SECOND)
    for symbol in "ABX":
        assert [(e.ts - T0) // SECOND for e in flat(data.events(symbol))] == [3, 4, 5]


def test_symbols_spans_and_files_are_told_at_once(tmp_path: Path):
    write_bars(tmp_path / "X" / "2013-10-07_1s.csv", bars(0, 9))
    write_bars(tmp_path / "X" / "2013-10-07_5m.csv", bars(0, 9, 300))
    write_bars(tmp_path / "many.csv", {"A": bars(0, 9, 60), "B": bars(30, 5, 60)})
    trades = np.array([(T0, 1.0, 1.0)], TRADE)
    write_trades(tmp_path / "X" / "2013-10-07_trades.csv", trades)
    (tmp_path / "universe.csv").write_text("symbol,name\nX,Ex\n", encoding="utf-8")
    data = DataSet.open([tmp_path])
    assert data.symbols == ("A", "B", "X")
    assert data.spans("X") == (1, 300)
    assert [(file.path.name, file.symbols, file.span) for file in data.files] == [
        ("2013-10-07_1s.csv", ("X",), 1),
        ("2013-10-07_5m.csv", ("X",), 300),
        ("2013-10-07_trades.csv", ("X",), 0),
        ("many.csv", ("A", "B"), 60),
    ]


def test_what_cannot_be_opened_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"gone: path: found nothing there"):
        DataSet.open([tmp_path / "gone"])
    with pytest.raises(BadInput, match=r"folder: found no data in it"):
        DataSet.open([tmp_path])
    write_bars(tmp_path / "X_1s.csv", bars(0, 9))
    with pytest.raises(BadInput, match=r"^Y: found no data of it, expected one of X$"):
        DataSet.open([tmp_path]).events("Y")


def test_merged_equals_the_sorted_events_of_each_symbol(shared_data: Path):
    data = DataSet.open([shared_data / "second"])
    chunks = list(data.merged())
    whole = flat(chunks)
    assert [order(event) for event in whole] == sorted(order(event) for event in whole)
    assert all(a[-1].ts < b[0].ts for a, b in pairwise(chunks))
    for symbol in data.symbols:
        assert flat(data.events(symbol)) == [event for event in whole if event.symbol == symbol]
    assert sum(count.bars + count.quotes for count in data.counts.values()) == len(whole)


def test_two_passes_are_equal(shared_data: Path):
    data = DataSet.open([shared_data / "minute"])
    assert flat(data.events("BAC")) == flat(data.events("BAC"))
    counts = {path.name: count for path, count in data.counts.items()}
    assert counts["BAC_20131007-20131009_1m_from_ticks.csv.gz"].repeats == 1709
