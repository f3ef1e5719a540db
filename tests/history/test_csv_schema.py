"""Names and headers say what a file is."""

from pathlib import Path

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.history.csv_schema import Kind, layout, named, split, stem


@pytest.mark.parametrize(
    ("path", "symbol", "span"),
    [
        ("BAC_20131007_1s.csv.gz", "BAC", 1),
        ("BAC_20131007_quotes_1s.csv.gz", "BAC", 1),
        ("BAC_20131007-20131009_1m_from_ticks.csv.gz", "BAC", 60),
        ("BAC/2013-10-07_5m.csv.zst", "BAC", 300),
        ("BAC/2013-10-07_quotes.csv", "BAC", 0),
        ("BRK.B/2013-10-07_1h.csv", "BRK.B", 3600),
        ("BRK.B_1d.csv", "BRK.B", 86_400),
        ("ES_201312_1min.csv", "ES", 60),
        ("SPY_201101_1m.csv.gz", "SPY", 60),
        ("TSLA.csv", "TSLA", 0),
        ("TSLA_daily.csv", "TSLA", 86_400),
        ("folder/1m.csv", "folder", 60),
        ("BTCUSD_2024-01-01_30s.csv", "BTCUSD", 30),
    ],
)
def test_symbol_and_span_come_from_the_name(path: str, symbol: str, span: int):
    found = named(Path("/data") / path)
    assert (found.symbol, found.span) == (symbol, span)


def test_the_stem_is_without_all_suffixes():
    assert stem(Path("a/BRK.B_1d.CSV.GZ")) == "BRK.B_1d"


@pytest.mark.parametrize(
    ("header", "kind", "time", "fields"),
    [
        ("timestamp,open,high,low,close,volume", Kind.BARS, (0,), (1, 2, 3, 4, 5)),
        ("V,C,L,H,O,T", Kind.BARS, (5,), (4, 3, 2, 1, 0)),
        ("ts_event,bid_price,bid_size,ask_price,ask_size", Kind.QUOTES, (0,), (1, 2, 3, 4)),
        ("ask,bid,ask_size,bid_size,time", Kind.QUOTES, (4,), (1, 3, 0, 2)),
        ("ts_event,symbol,price,size,exchange", Kind.TRADES, (0,), (2, 3)),
        ("ts_event,trading,code", Kind.STATUS, (0,), (1, 2)),
        ("Date,Time,Open,High,Low,Close,TotalVolume", Kind.BARS, (0, 1), (2, 3, 4, 5, 6)),
        ('"timestamp","open","high","low","close","volume"', Kind.BARS, (0,), (1, 2, 3, 4, 5)),
        ("\ufefftimestamp,open,high,low,close,volume\r", Kind.BARS, (0,), (1, 2, 3, 4, 5)),
    ],
)
def test_columns_are_found_by_name(
    header: str, kind: Kind, time: tuple[int, ...], fields: tuple[int, ...]
):
    found = layout(Path("x.csv"), [header])
    assert (found.kind, found.time, found.fields, found.skip) == (kind, time, fields, 1)


def test_tradestation_is_told_by_its_volume():
    found = layout(Path("x.csv"), ["TimeStamp,Open,High,Low,Close,TotalVolume"])
    assert (found.closes, found.vendor) == (True, True)
    plain = layout(Path("x.csv"), ["TimeStamp,Open,High,Low,Close,Volume"])
    assert (plain.closes, plain.vendor) == (False, False)


def test_yfinance_has_three_header_rows():
    head = ["Price,Close,High,Low,Open,Volume", "Ticker,A,A,A,A,A", "Date,,,,,", "2024-01-02,"]
    found = layout(Path("x.csv"), head)
    assert (found.skip, found.ticker, found.time, found.fields) == (3, "A", (0,), (4, 2, 3, 1, 5))
    with pytest.raises(BadInput, match=r"x.csv:2: header: found A,B, expected one ticker a file"):
        layout(Path("x.csv"), [head[0], "Ticker,A,B,A,A,A", *head[2:]])


def test_blank_rows_before_the_header_are_skipped():
    assert layout(Path("x.csv"), ["", "  ", "ts_event,price,size"]).skip == 3


@pytest.mark.parametrize("header", ["date,AAPL,AMD", "timestamp,open,high,low,close", "a;b;c", ","])
def test_other_headers_are_refused(header: str):
    with pytest.raises(BadInput, match=r"^x.csv:1: header: found .*, expected timestamp,open,high"):
        layout(Path("x.csv"), [header])


def test_splitting_never_fails():
    assert split('a,"b,c",d') == ["a", "b,c", "d"]
    assert split("") == [""]
    assert split("a\rb,c") == ["a\rb", "c"]
