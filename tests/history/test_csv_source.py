"""The first rows of a file say how to read the rest."""

import gzip
from pathlib import Path

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.history.csv_schema import Kind
from tradeplat.history.csv_source import byte_lines, sniff, text_lines
from tradeplat.history.finding import Finding

HEAD = "timestamp,symbol,open,high,low,close,volume\n"


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_one_symbol_when_the_first_row_has_that_of_the_name(tmp_path: Path):
    found = sniff(put(tmp_path / "X_1m.csv", HEAD + "2013-10-07T08:00:00Z,X,1,1,1,1,1\n"))
    assert (found.name, found.symbol, found.span) == ("X", "X", 60)
    assert found.stamp == 1_381_132_800_000_000_000
    many = sniff(put(tmp_path / "all_1m.csv", HEAD + "2013-10-07T08:00:00Z,X,1,1,1,1,1\n"))
    assert (many.name, many.symbol) == ("all", "")


def test_bare_dates_are_daily_unless_the_name_says_otherwise(tmp_path: Path):
    row = "2013-10-07,X,1,1,1,1,1\n"
    assert sniff(put(tmp_path / "X.csv", HEAD + row)).span == 86_400
    assert sniff(put(tmp_path / "X_1h.csv", HEAD + row)).span == 3600


def test_quotes_have_no_span(tmp_path: Path):
    text = "ts_event,bid_price,bid_size,ask_price,ask_size\n1381132800000000000,1,1,1,1\n"
    found = sniff(put(tmp_path / "X_quotes_1s.csv", text))
    assert (found.layout.kind, found.span) == (Kind.QUOTES, 0)


@pytest.mark.parametrize("text", ["a\nb\nc", "a\nb\nc\n", "x" * 200_000 + "\ny\n", ""])
def test_lines_are_those_of_the_file(tmp_path: Path, text: str):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert list(text_lines(path)) == text.splitlines()


def test_what_cannot_be_read_on_is_the_last_line(tmp_path: Path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" * 500_000)[:-100])
    *lines, last = byte_lines(path)
    assert set(lines) == {b"a"}
    assert isinstance(last, Finding)
    assert last.row == len(lines) + 1


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(BadInput, match="file: found nothing there"):
        sniff(tmp_path)
