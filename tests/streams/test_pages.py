"""Of an answer every row that makes sense is kept, and each other counted and told."""

import msgspec
import pytest

from tradeplat.core.errors import Corrupt, Transient
from tradeplat.core.market import SECOND
from tradeplat.streams.pages import SLACK, Sieve, page_of, within


class Row(msgspec.Struct):
    k: int


class Page(msgspec.Struct):
    rows: list[Row]


class Split(msgspec.Struct):
    rows: list[msgspec.Raw]


WHOLE, SPLIT, ROW = (msgspec.json.Decoder(kind) for kind in (Page, Split, Row))


def small(row):
    if row.k > 9:
        raise Corrupt(f"k {row.k}\nis too large")
    return row.k


def kept(body):
    told = []
    sieve = Sieve("here", ROW, told.append)
    rows = page_of("here", body, WHOLE, SPLIT).rows
    found = [made for row in rows if (made := sieve.keep(row, small)) is not None]
    sieve.end()
    return found, told


def test_a_bad_row_costs_itself_and_is_told_in_one_line():
    assert kept(b'{"rows":[{"k":1},{"k":2}]}') == ([1, 2], [])
    found, told = kept(b'{"rows":[{"k":1},{"k":"x"},null,{"k":10},{"k":2}]}')
    assert found == [1, 2]
    assert len(told) == 3
    assert all(line.isprintable() and line.startswith("here: ") for line in told)


def test_an_answer_of_bad_rows_alone_is_none():
    with pytest.raises(Corrupt, match="here"):
        kept(b'{"rows":[{"k":"x"}]}')
    assert kept(b'{"rows":[]}') == ([], [])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"other":[]}', Corrupt),
        (b"[]", Corrupt),
        (b'{"rows":[{"k":1}', Transient),
        (b"<html>", Transient),
        (b"\x00\xff", Transient),
        (b'{"x":' * 100_000, Transient),
        (b'{"rows":' + b"[" * 100_000, Transient),
        (b"", Transient),
    ],
)
def test_what_is_no_page_is_one_of_our_errors(body, error):
    with pytest.raises(error, match="here"):
        page_of("here", body, WHOLE, SPLIT)


def test_a_row_days_away_is_in_another_unit():
    window = (100 * SLACK, 101 * SLACK)
    assert within(99 * SLACK, window) == 99 * SLACK
    for ts in (99 * SLACK - 1, 102 * SLACK + 1, 100 * SLACK // SECOND):
        with pytest.raises(Corrupt, match="since 1970"):
            within(ts, window)
