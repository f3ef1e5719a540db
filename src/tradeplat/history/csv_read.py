"""A CSV of market data as checked columns, block by block, through pyarrow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tradeplat.core.errors import BadInput
from tradeplat.history.arrow import arrow
from tradeplat.history.csv_scan import first_problem
from tradeplat.history.csv_schema import DAY, Kind
from tradeplat.history.csv_source import Source, stream
from tradeplat.history.csv_time import EARLIEST, LATEST, TimeForm, closes, session_closes
from tradeplat.history.sessions import nyse_calendar

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 1 << 18
"""Bytes of text parsed at a time while streaming."""

_AHEAD = 1 << 19
_WORKERS = 2

Floats = NDArray[np.float64]
Stamps = NDArray[np.int64]


N = TypeVar("N", bound=np.generic)
T = TypeVar("T")


class Columns(NamedTuple):
    """Rows of one file, in file order and checked: `ts` as in core.market, `values` its fields.

    `codes` index `symbols` per row; None when every row is of the file's one symbol.
    """

    ts: Stamps
    values: tuple[Floats, ...]
    symbols: tuple[str, ...]
    codes: NDArray[np.int64] | None


class Reading:
    """One pass over one file: what the block before left behind, for checks across blocks."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._last: dict[str, int] = {}
        self._days = session_closes(nyse_calendar()) if source.span == DAY else None

    def blocks(self, size: int = BLOCK) -> Iterator[Columns]:
        """Checked columns, at most `size` bytes of text each; BadInput names the first bad row."""
        yield from self._checked(self._named(self._batches(size)))

    @contextmanager
    def whole(self) -> Iterator[Iterator[Columns]]:
        """The same for a reader in a hurry: blocks ahead are parsed on other cores meanwhile.

        A context, so that the threads end with it: were they owned by an iterator that a bad row
        left half read, the collector would join them wherever it comes by, and it comes by inside
        the lock of the starting thread that the join waits for.
        """
        csv = arrow("csv")
        read, parse, convert = _options(self._source, _AHEAD)

        def parsed(text: bytes) -> list[pa.RecordBatch]:
            batches: list[pa.RecordBatch] = csv.read_csv(
                arrow().BufferReader(text), read, parse, convert
            ).to_batches()
            return batches

        with ThreadPoolExecutor(_WORKERS) as workers:
            parts = _in_order(workers, parsed, _texts(self._source, _AHEAD))
            yield self._checked(self._named(chain.from_iterable(parts)))

    def _checked(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Columns]:
        for batch in batches:
            columns = self._columns(batch)
            if columns is None:
                raise _bad(self._source, "values out of bounds")
            yield columns

    def _batches(self, size: int) -> Iterator[pa.RecordBatch]:
        """Blocks parsed one at a time when asked for: nothing is read ahead, nothing piles up."""
        pa, csv = arrow(), arrow("csv")
        read, parse, convert = _options(self._source, size)
        # The system's allocator gives blocks back; a pool of arrow's own would keep them.
        pool = pa.system_memory_pool()
        for text in _texts(self._source, size):
            rows = pa.BufferReader(text)
            table = csv.read_csv(rows, read, parse, convert, memory_pool=pool)
            yield from table.to_batches()

    def _named(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """`batches`; what the library cannot read becomes the first bad row."""
        try:
            yield from batches
        except (arrow().ArrowException, OSError, ValueError) as error:
            raise _bad(self._source, str(error)) from None

    def _columns(self, batch: pa.RecordBatch) -> Columns | None:
        """`batch` converted, None when any value in it is wrong."""
        source = self._source
        if any(batch.column(index).null_count for index in range(batch.num_columns)):
            return None
        stamps = _stamps(source, batch)
        if stamps is None:
            return None
        values = tuple(
            _view(batch.column(f"c{place}"), np.float64) for place in source.layout.fields
        )
        if not _sound(source.layout.kind, values):
            return None
        if source.layout.kind is Kind.BARS:
            days = self._days or (stamps, stamps)
            stamps = closes(stamps, source.span, closed=source.layout.closes, days=days)
        symbols, codes = _symbols(source, batch)
        columns = Columns(stamps, values, symbols, codes)
        return columns if self._follows(columns) else None

    def _follows(self, columns: Columns) -> bool:
        """True when time only goes forward, within every symbol, here and since the last block."""
        source = self._source
        if source.layout.vendor:
            return True
        strict = source.layout.kind is Kind.BARS
        if source.symbol and columns.symbols != (source.symbol,):
            return False
        seen = self._last.keys() | {*columns.symbols}
        if "" in seen or (source.name in seen and len(seen) > 1):
            return False
        for symbol, ts in by_symbol(columns):
            last = self._last.get(symbol, EARLIEST)
            steps = np.diff(ts, prepend=last)
            if not bool((steps > 0 if strict else steps >= 0).all()):
                return False
            self._last[symbol] = int(ts[-1])
        return True


def by_symbol(columns: Columns) -> Iterator[tuple[str, Stamps]]:
    """Each symbol of `columns` with the times of its rows, in file order."""
    for symbol, rows in rows_of(columns):
        yield symbol, columns.ts[rows]


def rows_of(columns: Columns) -> Iterator[tuple[str, NDArray[np.int64] | slice]]:
    """Each symbol of `columns` with its rows, in file order."""
    if columns.codes is None:
        if len(columns.ts):
            yield columns.symbols[0], slice(None)
        return
    order = np.argsort(columns.codes, kind="stable")
    starts = np.searchsorted(columns.codes[order], np.arange(len(columns.symbols) + 1))
    for code, symbol in enumerate(columns.symbols):
        rows = order[starts[code] : starts[code + 1]]
        if len(rows):
            yield symbol, rows


def _in_order(workers: Executor, work: Callable[[bytes], T], texts: Iterator[bytes]) -> Iterator[T]:
    """`work` of every text, in order, a few of them done ahead."""
    waiting: deque[Future[T]] = deque()
    for text in texts:
        waiting.append(workers.submit(work, text))
        if len(waiting) > 2 * _WORKERS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _texts(source: Source, size: int) -> Iterator[bytes]:
    """The data rows as text, cut at ends of rows."""
    skip = source.layout.skip
    rest = b""
    with stream(source.path) as text:
        while chunk := text.read(size):
            cut = chunk.rfind(b"\n") + 1
            whole = rest + chunk[:cut] if cut else b""
            rest = chunk[cut:] if cut else rest + chunk
            while skip and whole:
                _, _, whole = whole.partition(b"\n")
                skip -= 1
            if whole and not whole.isspace():
                yield whole
    if rest and not skip and not rest.isspace():
        yield rest


def _options(source: Source, size: int) -> tuple[object, object, object]:
    pa, csv = arrow(), arrow("csv")
    layout = source.layout
    forms = {
        "epoch": pa.int64(),
        "compact": pa.int64(),
        "zoned": pa.timestamp("ns", "UTC"),
        "naive": pa.timestamp("ns"),
        "date": pa.timestamp("ns"),
        "text": pa.string(),
    }
    types = {f"c{place}": pa.float64() for place in layout.fields}
    types |= {f"c{place}": forms[source.form.name] for place in layout.time}
    if len(layout.time) > 1:
        types |= {f"c{place}": pa.string() for place in layout.time}
    if layout.symbol is not None:
        types[f"c{layout.symbol}"] = pa.dictionary(pa.int32(), pa.string())
    names = [f"c{index}" for index in range(len(layout.names))]
    read = csv.ReadOptions(
        use_threads=False,
        block_size=2 * size,
        column_names=names,
    )
    convert = csv.ConvertOptions(
        column_types=types, include_columns=list(types), null_values=[""], strings_can_be_null=True
    )
    return read, csv.ParseOptions(), convert


def _stamps(source: Source, batch: pa.RecordBatch) -> Stamps | None:
    """The file's instants as UTC nanoseconds, None when one lies outside all sense."""
    form = source.form
    columns = [batch.column(f"c{place}") for place in source.layout.time]
    if len(columns) > 1 or form.name in ("compact", "text"):
        columns[0] = _instants(form, columns)
    stamps: Stamps = _view(columns[0], np.int64)
    unit = form.unit if form.name == "epoch" else 1
    if len(stamps) and not EARLIEST // unit <= stamps.min() <= stamps.max() < LATEST // unit:
        return None
    return stamps * unit if unit != 1 else stamps


def _view(column: pa.Array, dtype: type[N]) -> NDArray[N]:
    """The values of a column without nulls, where they lie: pyarrow's own way loads pandas."""
    if not len(column):
        return np.empty(0, dtype)
    start = column.offset
    return np.frombuffer(column.buffers()[1], dtype, len(column) + start)[start:]


def _instants(form: TimeForm, columns: Sequence[pa.Array]) -> pa.Array:
    """Times that pyarrow's reader does not know by itself, by its slower means."""
    pa, pc = arrow(), arrow("compute")
    texts = columns[0].cast(pa.string())
    if len(columns) > 1:
        texts = pc.binary_join_element_wise(texts, columns[1], " ")
    if form.name in ("compact", "text"):
        pattern = form.pattern or "%Y%m%d"
        return pc.strptime(texts, format=pattern, unit="s").cast(pa.timestamp("ns"))
    return texts.cast(pa.timestamp("ns", "UTC" if form.name == "zoned" else None))


def _sound(kind: Kind, values: tuple[Floats, ...]) -> bool:
    """True when every row is possible; a nan fails every comparison, so it is never sound."""
    if kind is Kind.BARS:
        opens, highs, lows, lasts, volumes = values
        good = (lows > 0) & (lows <= opens) & (lows <= lasts)
        good &= (opens <= highs) & (lasts <= highs) & (highs < np.inf)
        good &= (volumes >= 0) & (volumes < np.inf)
    elif kind is Kind.QUOTES:
        bids, bid_sizes, asks, ask_sizes = values
        good = (bids > 0) & (bids < np.inf) & (asks > 0) & (asks < np.inf)
        good &= (bid_sizes >= 0) & (bid_sizes < np.inf)
        good &= (ask_sizes >= 0) & (ask_sizes < np.inf)
    else:
        prices, sizes = values
        good = (prices > 0) & (prices < np.inf) & (sizes > 0) & (sizes < np.inf)
    return bool(good.all())


def _symbols(
    source: Source, batch: pa.RecordBatch
) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    if source.layout.symbol is None:
        return (source.name,), None
    column = batch.column(f"c{source.layout.symbol}")
    symbols = tuple(column.dictionary.to_pylist())
    if len(symbols) == 1:
        return symbols, None
    return symbols, _view(column.indices, np.int32).astype("i8")


def _bad(source: Source, reason: str) -> BadInput:
    """The first bad row of the file, found the slow way; `reason` when none can be named."""
    found = first_problem(source)
    if found is not None:
        return BadInput(str(found))
    return BadInput(
        f"{source.path}: file: found {' '.join(reason.split())}, expected a readable CSV"
    )
