"""Every kind of bad file is named by file, row and column, by the loader and by the check."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.history.check import LIMIT, check
from tradeplat.history.csv_store import load_bars, load_quotes, load_status, load_trades
from tradeplat.history.dataset import DataSet

HEAD = "timestamp,open,high,low,close,volume\n"
GOOD = [f"2013-10-07T08:0{m}:00Z,2,3,1,2,10\n" for m in range(9)]


def bars(*rows: str) -> bytes:
    return (HEAD + "".join(row.rstrip("\n") + "\n" for row in rows)).encode()


def with_symbols(*symbols: str) -> bytes:
    head = "symbol," + HEAD
    return (head + "".join(f"{s},{row}" for s, row in zip(symbols, GOOD, strict=False))).encode()


BAD = {
    "not a number": (bars(GOOD[0], "2013-10-07T08:01:00Z,2,3,1,abc,10"), "3: close: found 'abc'"),
    "empty price": (bars(GOOD[0], "2013-10-07T08:01:00Z,,3,1,2,10"), "3: open: found ''"),
    "nan": (bars(GOOD[0], "2013-10-07T08:01:00Z,2,NaN,1,2,10"), "3: high: found 'NaN'"),
    "infinite": (bars(GOOD[0], "2013-10-07T08:01:00Z,2,inf,1,2,10"), "3: high: found 'inf'"),
    "zero price": (bars("2013-10-07T08:01:00Z,2,3,0,2,10"), "2: low: found '0'"),
    "negative price": (bars("2013-10-07T08:01:00Z,2,3,-1,2,10"), "2: low: found '-1'"),
    "negative volume": (bars("2013-10-07T08:01:00Z,2,3,1,2,-1"), "2: volume: found '-1'"),
    "high below low": (bars("2013-10-07T08:01:00Z,2,1,3,2,1"), "2: high: found 1.0 below low 3.0"),
    "open above high": (bars("2013-10-07T08:01:00Z,4,3,1,2,1"), "2: open: found 4.0"),
    "close below low": (bars("2013-10-07T08:01:00Z,2,3,1,0.5,1"), "2: close: found 0.5"),
    "time going back": (bars(GOOD[1], GOOD[0]), "3: timestamp: found 2013-10-07T08:00:00Z before"),
    "repeated bar": (bars(GOOD[0], GOOD[0]), "3: timestamp: found 2013-10-07T08:00:00Z twice"),
    "30 February": (bars(GOOD[0], "2014-02-30T08:00:00Z,2,3,1,2,1"), "3: timestamp: found '2014"),
    "year 0": (bars("0000-01-01T08:00:00Z,2,3,1,2,1"), "2: timestamp: found '0000"),
    "year 9999": (bars(GOOD[0], "9999-01-01T08:00:00Z,2,3,1,2,1"), "3: timestamp: found '9999"),
    "hour 25": (bars(GOOD[0], "2013-10-08T25:00:00Z,2,3,1,2,1"), "3: timestamp: found '2013"),
    "no time": (bars(GOOD[0], ",2,3,1,2,1"), "3: timestamp: found ''"),
    "zone missing": (bars(GOOD[0], "2013-10-08T08:00:00,2,3,1,2,1"), "3: timestamp: found '2013"),
    "too few columns": (bars(GOOD[0], "2013-10-07T08:01:00Z,2,3,1,2"), "3: columns: found 5, exp"),
    "too many columns": (bars(GOOD[0], "2013-10-07T08:01:00Z,2,3,1,2,1,1"), "3: columns: found 7"),
    "wrong in the first row": (bars("2013-10-07T08:01:00Z,2"), "2: columns: found 2, expected 6"),
    "words for a time": (bars("yesterday,2,3,1,2,1"), "2: timestamp: found 'yesterday'"),
    "wrong header": (b"time,price_of_it\n1,2\n", "1: header: found 'time,price_of_it'"),
    "a column twice": (b"timestamp,open,open,high,low,close,volume\n", "1: header: found open tw"),
    "no rows": (bars(), "2: file: found no rows"),
    "no bytes": (b"", "1: file: found nothing"),
    "only blank lines": (b"\n\n\n", "1: file: found nothing"),
    "binary": (bytes(range(256)) * 40, ": found "),
    "not utf-8": (bars(GOOD[0]) + b"2013-10-07T08:01:00Z,2,3,1,\xff\xfe,1\n", "3: text: found b'2"),
    "header not utf-8": (b"timest\xe4mp,open\n1,2\n", "1: text: found b'timest"),
    "other symbol": (with_symbols("X", "X", "Y"), "4: symbol: found 'Y', expected only X"),
    "other symbol first": (with_symbols("Y", "X"), "3: symbol: found 'X', expected only X"),
    "no symbol": (with_symbols("X", ""), "3: symbol: found nothing"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_bad_file_of_bars_is_named_in_one_line(tmp_path: Path, name: str, suffix: str):
    content, expected = BAD[name]
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[suffix]
    path = tmp_path / f"X_1m.csv{suffix}"
    path.write_bytes(pack(content))
    with pytest.raises(BadInput) as caught:
        load_bars(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert expected in message
    assert ", expected " in message
    assert "\n" not in message
    # Reading block by block and checking find the very same.
    with pytest.raises(BadInput) as streamed:
        list(DataSet.open([path]).merged())
    assert str(streamed.value) == message
    assert message in [str(finding) for finding in check([path])]


QUOTES = "ts_event,symbol,bid_price,bid_size,ask_price,ask_size\n"
TS = 1_381_132_801_000_000_000


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (f"{TS},X,1,100,1.1,0\n{TS},X,1,100,x,0\n", "3: ask_price: found 'x'"),
        (f"{TS},X,0,100,1.1,0\n", "2: bid_price: found '0'"),
        (f"{TS},X,1,-5,1.1,0\n", "2: bid_size: found '-5'"),
        (f"{TS},X,1,5,1.1,0\n{TS - 1},X,1,5,1.1,0\n", "3: ts_event: found 13811328009999"),
        (f"{TS},X,1,5,1.1,0\n1.5,X,1,5,1.1,0\n", "3: ts_event: found '1.5'"),
        (f"{TS},X,1,5,1.1,0\n{TS * 100},X,1,5,1.1,0\n", "3: ts_event: found '1381132801"),
    ],
)
def test_a_bad_quote_is_named(tmp_path: Path, rows: str, expected: str):
    path = tmp_path / "X_quotes.csv"
    path.write_text(QUOTES + rows, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_quotes(path)
    assert expected in str(caught.value)
    assert [str(finding) for finding in check([path])] == [str(caught.value)]


def test_a_trade_needs_a_size(tmp_path: Path):
    path = tmp_path / "X_trades.csv"
    path.write_text(f"ts_event,price,size\n{TS},1,0\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"2: size: found '0', expected a number above 0"):
        load_trades(path)


def test_a_bad_status_is_named(tmp_path: Path):
    path = tmp_path / "X_status.csv"
    for rows, expected in (
        (f"{TS},2,T1\n", r"2: trading: found '2', expected 0 or 1"),
        (f"{TS},0\n", r"2: columns: found 2, expected 3"),
        (f"{TS},0,T1\n{TS - 5},1,\n", r"3: ts_event: found \d+, expected a later time"),
    ):
        path.write_text("ts_event,trading,code\n" + rows, encoding="utf-8")
        with pytest.raises(BadInput, match=expected):
            load_status(path)
        assert len(check([path])) == 1


def test_crossed_quotes_are_told_but_load(tmp_path: Path):
    path = tmp_path / "X_quotes.csv"
    path.write_text(QUOTES + f"{TS},X,1,1,1,1\n{TS},X,1.2,1,1.1,1\n", encoding="utf-8")
    assert len(load_quotes(path)["X"]) == 2
    (finding,) = check([path])
    assert not finding.serious
    assert (finding.row, finding.problem) == (3, "bid")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_truncated_file_is_named(tmp_path: Path, suffix: str):
    rows = [f"{1_381_132_800 + s},{s % 7 + 1},9,1,2,{s % 911}\n" for s in range(30_000)]
    pack = {".gz": gzip.compress, ".zst": zstandard.compress}[suffix]
    packed = pack((HEAD + "".join(rows)).encode())
    path = tmp_path / f"X_1s.csv{suffix}"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(BadInput) as caught:
        load_bars(path)
    message = str(caught.value)
    assert "found 'Truncated compressed stream', expected a whole" in message
    row = int(message.removeprefix(f"{path}:").split(":")[0])
    assert row > 1_000
    assert [str(finding) for finding in check([path])] == [message]


def test_a_file_that_is_not_packed_at_all_is_named(tmp_path: Path):
    path = tmp_path / "X_1s.csv.gz"
    path.write_bytes(bars(*GOOD))
    with pytest.raises(BadInput, match=r"1s.csv.gz:1: file: found .*, expected a whole gzip file$"):
        load_bars(path)


def test_the_wrong_kind_of_file_is_named(tmp_path: Path):
    path = tmp_path / "X_1m.csv"
    path.write_bytes(bars(*GOOD))
    with pytest.raises(BadInput, match=r"X_1m.csv:1: header: found bars, expected quotes"):
        load_quotes(path)


def test_one_bar_without_a_span_is_named(tmp_path: Path):
    path = tmp_path / "X.csv"
    path.write_bytes(bars(GOOD[0]))
    with pytest.raises(BadInput, match=r"X.csv: span: found one bar and none in the name"):
        load_bars(path)
    assert [finding.problem for finding in check([path])] == ["span"]


def test_what_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"gone.csv: file: found nothing there"):
        load_bars(tmp_path / "gone.csv")
    (tmp_path / "empty").mkdir()
    found = check([tmp_path / "gone.csv", tmp_path / "empty"])
    assert [finding.problem for finding in found] == ["path", "folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path):
    path = tmp_path / "X_1m.csv"
    path.write_bytes(bars(*GOOD))
    path.chmod(0)
    with pytest.raises(BadInput, match=r"X_1m.csv:1: file: found .*Permission denied"):
        load_bars(path)


def test_everything_wrong_is_told_and_no_more_than_a_limit(tmp_path: Path):
    (tmp_path / "A_1m.csv").write_bytes(bars(GOOD[0], "x,2,3,1,0,1", GOOD[1], "y,2,3,1,2,-1"))
    (tmp_path / "B_1m.csv").write_bytes(bars(GOOD[0], *["z,1,1,1,1,1"] * 500))
    (tmp_path / "C_1m.csv").write_bytes(bars(*GOOD))
    found = check([tmp_path])
    first = [(f.row, f.problem) for f in found if f.path.name == "A_1m.csv"]
    assert first == [(3, "timestamp"), (3, "close"), (5, "timestamp"), (5, "volume")]
    assert sum(f.path.name == "B_1m.csv" for f in found) == LIMIT
    assert not any(f.path.name == "C_1m.csv" for f in found)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_is_refused_in_one_line_or_harmless(tmp_path_factory, data: st.DataObject):
    content = bytearray(bars(*GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("d") / "X_1m.csv"
    path.write_bytes(content)
    message = ""
    table = None
    try:
        table = load_bars(path).get("X")
    except BadInput as error:
        message = str(error)
    serious = [finding for finding in check([path]) if finding.serious]
    assert bool(serious) == bool(message)
    if table is None:
        assert message.startswith(str(path))
        assert "\n" not in message
    else:
        assert bool((np.diff(table["ts"]) > 0).all())


def test_real_data_has_nothing_serious(shared_data: Path):
    found = check([shared_data / folder for folder in ("second", "minute", "daily")])
    serious = [finding for finding in found if finding.serious]
    assert [finding.path.name for finding in serious] == ["us_stocks_adj_close_15.csv.gz"]
    crossed = [(f.path.name, f.problem) for f in found if not f.serious]
    assert crossed == [("IBM_20131007_quotes_1s.csv.gz", "bid")]
