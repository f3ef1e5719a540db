"""What a CSV of market data is, told from its header and its file name alone."""

import csv
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from tradeplat.core.errors import BadInput

DAY = 86_400
"""Seconds in a calendar day: the span of a daily bar."""

SUFFIXES = (".csv", ".csv.gz", ".csv.zst")
"""How the name of a file of market data ends."""

EXPECTED = (
    "timestamp,open,high,low,close,volume (bars), "
    "ts_event,bid_price,bid_size,ask_price,ask_size (quotes) or ts_event,price,size (trades)"
)
"""The headers a reader knows, as told to the user; order, case and further columns are free."""


class Kind(StrEnum):
    """What the rows of a file are."""

    BARS = "bars"
    QUOTES = "quotes"
    TRADES = "trades"
    STATUS = "status"


class Layout(msgspec.Struct, frozen=True):
    """Where the fields of one file lie.

    `time`, `symbol` and `fields` are positions of columns; `fields` follow the order of the array
    layout (BAR without ts, QUOTE, TRADE). `skip` is the number of file rows before the first data
    row. `closes`: the time is the bar's close. `vendor`: the maker does not promise order, so rows
    are sorted and repeats dropped. `ticker` is a symbol the header itself names.
    """

    kind: Kind
    names: tuple[str, ...]
    time: tuple[int, ...]
    fields: tuple[int, ...]
    skip: int
    symbol: int | None = None
    closes: bool = False
    vendor: bool = False
    ticker: str = ""


class Named(msgspec.Struct, frozen=True):
    """What a path says of its content; `span` is seconds, 0 when the name has none."""

    symbol: str
    span: int


_TIME = ("timestamp", "ts_event", "datetime", "date", "time", "t")
_BARS = (
    ("open", "o"),
    ("high", "h"),
    ("low", "l"),
    ("close", "c"),
    ("volume", "totalvolume", "total_volume", "vol", "v"),
)
_QUOTES = (
    ("bid_price", "bid", "bid_px", "bp"),
    ("bid_size", "bid_sz", "bs"),
    ("ask_price", "ask", "ask_px", "ap"),
    ("ask_size", "ask_sz", "as"),
)
_TRADES = (("price", "p"), ("size", "quantity", "s"))
_STATUS = (("trading",), ("code",))
_SYMBOL = ("symbol", "ticker")
_FIELDS = {
    Kind.BARS: _BARS,
    Kind.QUOTES: _QUOTES,
    Kind.TRADES: _TRADES,
    Kind.STATUS: _STATUS,
}

_UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": DAY, "day": DAY}
_WORDS = {"second": 1, "minute": 60, "hourly": 3600, "hour": 3600, "daily": DAY}
_SPAN = re.compile(r"(\d+)(s|sec|m|min|h|hour|d|day)")
_DATE = re.compile(r"\d{4}-?\d{2}(-?\d{2})?(-+\d{4}-?\d{2}(-?\d{2})?)?")
_KINDS = frozenset(("bars", "quotes", "trades", "ticks", "status", "from"))


def named(path: Path) -> Named:
    """The symbol and span in `path`: `BAC_20131007_1s.csv.gz` or `BAC/2013-10-07_1s.csv`.

    What stands before the first date, span or kind is the symbol; a name that starts with one of
    these leaves it to the folder.
    """
    words: list[str] = []
    span = 0
    before = True
    for token in stem(path).split("_"):
        length = _span(token)
        span = span or length
        if length or _DATE.fullmatch(token) or token.lower() in _KINDS:
            before = False
        elif before:
            words.append(token)
    symbol = "_".join(words) or path.resolve().parent.name
    return Named(symbol, span)


def stem(path: Path) -> str:
    """The file's name without `.csv`, `.csv.gz` or `.csv.zst`."""
    name = path.name
    for suffix in (".gz", ".zst", ".csv"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name


def _span(token: str) -> int:
    match = _SPAN.fullmatch(token)
    if match is None:
        return _WORDS.get(token, 0)
    return int(match[1]) * _UNITS[match[2]]


def layout(path: Path, head: Sequence[str]) -> Layout:
    """Where the fields of `path` lie, told from `head`, its first few file rows.

    Raises BadInput when the header is none that a reader knows.
    """
    skip = next((index for index, line in enumerate(head) if line.strip()), len(head)) + 1
    if skip > len(head):
        raise BadInput(f"{path}:1: file: found nothing, expected a header such as {EXPECTED}")
    names = split(head[skip - 1])
    ticker = ""
    if names[0] == "price" and len(head) >= skip + 2 and _is_yfinance(head[skip : skip + 2]):
        tickers = set(split(head[skip], fold=False)[1:])
        if len(tickers) != 1:
            found = ",".join(sorted(tickers))
            raise BadInput(f"{path}:{skip + 1}: header: found {found}, expected one ticker a file")
        ticker = tickers.pop()
        names[0] = split(head[skip + 1])[0]
        skip += 2
    return _laid_out(path, names, skip, ticker)


def _is_yfinance(rows: Sequence[str]) -> bool:
    """True when the two rows after `Price,Close,...` are `Ticker,...` and `Date,,,`."""
    return split(rows[0])[0] == "ticker" and split(rows[1])[0] in _TIME


def _laid_out(path: Path, names: list[str], skip: int, ticker: str) -> Layout:
    row = 1 if ticker else skip
    for name in names:
        if name and names.count(name) > 1 and _is_known(name):
            raise BadInput(f"{path}:{row}: header: found {name} twice, expected it once")
    kind, fields = _kind(names)
    time = _time(names)
    if kind is None or not time:
        found = ",".join(names)
        found = found if len(found) <= 80 else f"{found[:80]}..."
        raise BadInput(f"{path}:{row}: header: found {found!r}, expected {EXPECTED}")
    volume = names[fields[-1]]
    tradestation = kind is Kind.BARS and volume in ("totalvolume", "total_volume")
    yahoo = kind is Kind.BARS and bool({"adj close", "adj_close"} & set(names) or ticker)
    symbol = next((names.index(name) for name in _SYMBOL if name in names), None)
    return Layout(
        kind,
        tuple(names),
        time,
        fields,
        skip,
        symbol=symbol,
        closes=tradestation,
        vendor=tradestation or (yahoo and symbol is None),
        ticker=ticker,
    )


def _is_known(name: str) -> bool:
    known = {alias for fields in _FIELDS.values() for aliases in fields for alias in aliases}
    return name in known or name in _TIME or name in _SYMBOL


def _kind(names: list[str]) -> tuple[Kind | None, tuple[int, ...]]:
    for kind, fields in _FIELDS.items():
        found = [
            next((names.index(name) for name in aliases if name in names), None)
            for aliases in fields
        ]
        places = tuple(place for place in found if place is not None)
        if len(places) == len(fields):
            return kind, places
    return None, ()


def _time(names: list[str]) -> tuple[int, ...]:
    if "date" in names and "time" in names and not {"timestamp", "datetime"} & set(names):
        return names.index("date"), names.index("time")
    return next(((names.index(name),) for name in _TIME if name in names), ())


def split(line: str, *, fold: bool = True) -> list[str]:
    """The values of one CSV row, trimmed; in lower case unless `fold` is off."""
    text = line.lstrip("\ufeff").rstrip("\r\n")
    try:
        values = next(csv.reader([text]), None) or [""]
    except csv.Error:  # a stray carriage return, a value beyond all size
        values = text.split(",")
    return [value.strip().lower() if fold else value.strip() for value in values]
