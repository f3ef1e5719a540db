"""Whole CSV files as arrays in the layouts of core.market, a table a symbol."""

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, QUOTE, SECOND, TRADE
from tradeplat.history.csv_read import Columns, Reading, by_symbol, rows_of
from tradeplat.history.csv_schema import Kind
from tradeplat.history.csv_source import Source
from tradeplat.history.csv_time import closes, session_closes
from tradeplat.history.sessions import nyse_calendar

Table = NDArray[np.void]
"""Rows in the layout BAR, QUOTE or TRADE of core.market, ascending by `ts`."""

DTYPES: Mapping[Kind, np.dtype[np.void]] = {Kind.BARS: BAR, Kind.QUOTES: QUOTE, Kind.TRADES: TRADE}
"""The array layout of each kind of file."""

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.BARS: ("open", "high", "low", "close", "volume"),
    Kind.QUOTES: ("bid", "bid_size", "ask", "ask_size"),
    Kind.TRADES: ("price", "size"),
}
"""The fields of each layout that a file gives, in the order of `Layout.fields`."""


def tables(source: Source) -> dict[str, Table]:
    """All of `source` by symbol, in the order symbols first appear; BadInput names a bad row."""
    with Reading(source).whole() as blocks:
        if source.layout.symbol is None or source.symbol:
            rows = _Growing(source)
            for block in blocks:
                _fill(rows.more(len(block.ts)), source, block, slice(None))
            found = {source.symbol or source.name: rows.table}
        else:
            found = _split(source, blocks)
    if source.layout.vendor:
        found = {symbol: _tidy(table) for symbol, table in found.items()}
    if source.layout.kind is Kind.BARS and not source.span:
        _close(source, found)
    return found


class _Growing:
    """A table that is filled from the front; memory it never uses is never touched."""

    def __init__(self, source: Source) -> None:
        # No row is shorter, and text packs to a tenth: the guess is only ever too large.
        likely = source.path.stat().st_size // _SHORTEST
        if source.path.suffix.lower() != ".csv":
            likely *= 10
        self._rows: Table = np.empty(likely + 1, DTYPES[source.layout.kind])
        self._used = 0

    def more(self, count: int) -> Table:
        """The next `count` rows, to be filled."""
        begin, self._used = self._used, self._used + count
        if self._used > len(self._rows):
            larger = np.empty(2 * self._used, self._rows.dtype)
            larger[:begin] = self._rows[:begin]
            self._rows = larger
        return self._rows[begin : self._used]

    @property
    def table(self) -> Table:
        """The rows filled so far."""
        return self._rows[: self._used]


_SHORTEST = 24


def _split(source: Source, blocks: Iterator[Columns]) -> dict[str, Table]:
    pieces: dict[str, list[Table]] = {}
    for block in blocks:
        for symbol, rows in rows_of(block):
            count = len(block.ts) if isinstance(rows, slice) else len(rows)
            piece = np.empty(count, DTYPES[source.layout.kind])
            _fill(piece, source, block, rows)
            pieces.setdefault(symbol, []).append(piece)
    return {symbol: np.concatenate(parts) for symbol, parts in pieces.items()}


def _fill(out: Table, source: Source, block: Columns, rows: NDArray[np.int64] | slice) -> None:
    out["ts"] = block.ts[rows]
    for name, values in zip(FIELDS[source.layout.kind], block.values, strict=True):
        out[name] = values[rows]
    if source.layout.kind is Kind.BARS:
        out["span"] = source.span
        out["revision"] = 0


def _tidy(table: Table) -> Table:
    """`table` ascending by time, each instant once: the last row of it in the file."""
    table = table[np.argsort(table["ts"], kind="stable")]
    last = np.ones(len(table), bool)
    last[:-1] = table["ts"][1:] != table["ts"][:-1]
    kept: Table = table[last]
    return kept


def _close(source: Source, found: dict[str, Table]) -> None:
    """Give bars of unknown span the smallest step of their times, and stamp them at the close."""
    span = whole_span(source, min(map(_step, found.values()), default=0))
    days = session_closes(nyse_calendar())
    for table in found.values():
        table["span"] = span
        table["ts"] = closes(table["ts"], span, closed=source.layout.closes, days=days)


def _step(table: Table) -> int:
    return int(np.diff(table["ts"]).min(initial=_NEVER))


_NEVER = np.iinfo("i8").max


def whole_span(source: Source, step: int) -> int:
    """`step` nanoseconds as a span in seconds; BadInput when it is none."""
    if step == _NEVER or step % SECOND:
        found = "one bar" if step == _NEVER else f"a smallest step of {step} ns"
        raise BadInput(
            f"{source.path}: span: found {found} and none in the name, "
            f"expected a name such as {source.name}_2024-01-31_1m.csv"
        )
    return step // SECOND


def complete(source: Source) -> tuple[Source, tuple[str, ...]]:
    """`source` with span and symbols known, and its symbols: reads the file when it must."""
    unknown_span = source.layout.kind is Kind.BARS and not source.span
    if source.symbol and not unknown_span:
        return source, (source.symbol,)
    if source.layout.vendor:
        found = tables(source)
        span = int(next(iter(found.values()))["span"][0])
        return replace(source, span=span), tuple(found)
    step = _NEVER
    last: dict[str, int] = {}
    for block in Reading(source).blocks():
        for symbol, ts in by_symbol(block):
            if symbol in last:
                step = min(step, int(ts[0]) - last[symbol])
            step = min(step, int(np.diff(ts).min(initial=_NEVER)))
            last[symbol] = int(ts[-1])
    span = whole_span(source, step) if unknown_span else source.span
    symbol = next(iter(last)) if len(last) == 1 else ""
    return replace(source, span=span, symbol=symbol), tuple(last)
