"""A morning, made up or recorded, as a script for the venue."""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradeplat.core.market import SECOND, Bar, Quote, Trade
from tradeplat.history.csv_tables import Table
from tradeplat.history.recording import Morning, Ticker
from tradeplat.venue.script import Event, Script

_CHUNK = 4_096
_LAST_MINUTES = 30
_STATUS, _QUOTE, _BAR, _TRADE = range(4)
_QUOTE_FIELDS = ("bid", "bid_size", "ask", "ask_size")
_BAR_FIELDS = ("open", "high", "low", "close", "volume")
_TRADE_FIELDS = ("price", "size")


def script_of(morning: Morning, feed: str = "builtin") -> Script:
    """What the venue plays of `morning`: its trades, and bars where there is no trade.

    Time begins at the morning's start; the sessions before are the past.
    """
    closes = {one.symbol: one.prev_close for one in morning.tickers if one.prev_close > 0}
    return Script(
        symbols=morning.symbols,
        start=morning.start,
        events=lambda: _chunks(morning.tickers, feed),
        closes=closes,
        past=tuple(bar for one in morning.tickers for bar in _past(one, feed)),
        names={one.symbol: one.name for one in morning.tickers},
        exchanges={one.symbol: one.exchange for one in morning.tickers},
    )


def bars_without_trades(bars: Table, trades: Table) -> Table:
    """Those of `bars` in whose time no trade happened: a trade at a close is the next bar's."""
    opens = bars["ts"] - bars["span"].astype("i8") * SECOND
    begin = np.searchsorted(trades["ts"], opens)
    end = np.searchsorted(trades["ts"], bars["ts"])
    kept: Table = bars[begin == end]
    return kept


class _Rows(NamedTuple):
    """Rows of one kind of one symbol."""

    kind: int
    ticker: int
    table: Table


def _chunks(tickers: Sequence[Ticker], feed: str) -> Iterator[list[Event]]:
    """All events in delivery order, in chunks that are made when they are asked for."""
    tables = [rows for number, one in enumerate(tickers) for rows in _tables(number, one)]
    if not tables:
        return
    counts = [len(rows.table) for rows in tables]
    ts = np.concatenate([rows.table["ts"] for rows in tables])
    source = np.repeat(np.arange(len(tables)), counts)
    place = np.concatenate([np.arange(count) for count in counts])
    kinds = np.array([rows.kind for rows in tables])[source]
    numbers = np.array([rows.ticker for rows in tables])[source]
    # Tickers are sorted by symbol, so their numbers order as their symbols do.
    order = np.lexsort((place, kinds, numbers, ts))
    source, place = source[order], place[order]
    make = [_maker(rows, tickers[rows.ticker], feed) for rows in tables]
    for begin in range(0, len(order), _CHUNK):
        yield _made(source[begin : begin + _CHUNK], place[begin : begin + _CHUNK], make)


def _tables(number: int, ticker: Ticker) -> list[_Rows]:
    statuses = np.zeros(len(ticker.statuses), [("ts", "<i8")])
    statuses["ts"] = [status.ts for status in ticker.statuses]
    tables = {
        _STATUS: statuses,
        _QUOTE: ticker.quotes,
        _BAR: bars_without_trades(ticker.bars, ticker.trades),
        _TRADE: ticker.trades,
    }
    return [_Rows(kind, number, table) for kind, table in tables.items() if len(table)]


_Make = Callable[[NDArray[np.intp]], Iterator[Event]]
"""Events of one table at the given places."""


def _maker(rows: _Rows, ticker: Ticker, feed: str) -> _Make:
    symbol, table = ticker.symbol, rows.table

    def columns(names: Sequence[str], places: NDArray[np.intp]) -> list[list[float]]:
        return [table[name][places].tolist() for name in names]

    def statuses(places: NDArray[np.intp]) -> Iterator[Event]:
        return iter([ticker.statuses[place] for place in places.tolist()])

    def quotes(places: NDArray[np.intp]) -> Iterator[Event]:
        stamps = table["ts"][places].tolist()
        return map(Quote, repeat(symbol), stamps, *columns(_QUOTE_FIELDS, places), repeat(feed))

    def bars(places: NDArray[np.intp]) -> Iterator[Event]:
        return iter(_bars(symbol, table[places], feed))

    def trades(places: NDArray[np.intp]) -> Iterator[Event]:
        stamps = table["ts"][places].tolist()
        return map(Trade, repeat(symbol), stamps, *columns(_TRADE_FIELDS, places), repeat(feed))

    return {_STATUS: statuses, _QUOTE: quotes, _BAR: bars, _TRADE: trades}[rows.kind]


def _made(source: NDArray[np.intp], place: NDArray[np.intp], make: Sequence[_Make]) -> list[Event]:
    made = {number: make[number](place[source == number]) for number in np.unique(source).tolist()}
    return [next(made[number]) for number in source.tolist()]


def _past(ticker: Ticker, feed: str) -> list[Bar]:
    """The day before, and its last minutes standing at its close: of the recording nothing older
    is left, and a client that asks for minutes before the open has to find where they ended.
    """
    days = _bars(ticker.symbol, ticker.daily, feed)
    if not days:
        return []
    close, end = days[-1].close, days[-1].ts
    volume = float(days[-1].volume // (6.5 * 60.0))
    minutes = [
        Bar(ticker.symbol, end - back * 60 * SECOND, close, close, close, close, volume, 60, feed)
        for back in range(_LAST_MINUTES - 1, -1, -1)
    ]
    return [*days[:-1], *minutes, days[-1]]


def _bars(symbol: str, table: Table, feed: str) -> list[Bar]:
    spans = table["span"].tolist()
    values = [table[name].tolist() for name in _BAR_FIELDS]
    return list(map(Bar, repeat(symbol), table["ts"].tolist(), *values, spans, repeat(feed)))
