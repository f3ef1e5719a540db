"""Recorded files and folders as one stream of events in delivery order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND, MarketEvent
from tradeplat.history.csv_read import BLOCK, Reading
from tradeplat.history.csv_schema import DAY, SUFFIXES, Kind
from tradeplat.history.csv_source import Source, sniff
from tradeplat.history.csv_store import statuses
from tradeplat.history.csv_tables import FIELDS, Table, complete, tables
from tradeplat.history.finding import Finding
from tradeplat.history.merge import Rows, Stream, merged

UNIVERSE = "universe.csv"
"""The list of symbols beside recorded files: a scanner's input, never market data."""

_RANKS = {Kind.STATUS: 0, Kind.QUOTES: 1, Kind.BARS: 2}


class File(msgspec.Struct, frozen=True):
    """One file of a data set; `span` is seconds for bars, else 0."""

    path: Path
    kind: Kind
    symbols: tuple[str, ...]
    span: int


class Count(msgspec.Struct, frozen=True):
    """How many rows of a file were delivered, and how many bars another file had before."""

    bars: int = 0
    quotes: int = 0
    repeats: int = 0


class DataSet:
    """Bars, quotes and halts of recorded files, merged over all of them.

    Trades are listed but not delivered: desks are never shown them. `start` and `end` keep events
    with `start` < `ts` <= `end`.
    """

    def __init__(
        self, sources: Sequence[tuple[Source, tuple[str, ...]]], start: int | None, end: int | None
    ) -> None:
        self._sources = tuple(sources)
        self._start = start
        self._end = end
        self._tables: dict[Path, dict[str, Table]] = {}
        self._streams: dict[tuple[Path, str], Stream] = {}

    @classmethod
    def open(
        cls, paths: Iterable[Path], *, start: int | None = None, end: int | None = None
    ) -> DataSet:
        """The data in `paths`, files and folders of files, told apart by name and header.

        Raises BadInput for a path that is not there, a folder without data, or a file that is no
        market data.
        """
        sources = [complete(sniff(path)) for path in csv_files(paths)]
        return cls(sources, start, end)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol with events, sorted."""
        return tuple(sorted({s for source, found in self._delivered() for s in found}))

    @property
    def files(self) -> tuple[File, ...]:
        """Every file, in path order."""
        return tuple(
            File(source.path, source.layout.kind, symbols, source.span)
            for source, symbols in self._sources
        )

    def spans(self, symbol: str) -> tuple[int, ...]:
        """The bar spans of `symbol` in seconds, ascending."""
        spans = {source.span for source, found in self._sources if symbol in found}
        return tuple(sorted(spans - {0}))

    def events(self, symbol: str) -> Iterator[list[MarketEvent]]:
        """Chunks of the events of `symbol` in delivery order; BadInput if it has none."""
        if symbol not in self.symbols:
            known = ", ".join(self.symbols[:10])
            raise BadInput(f"{symbol}: found no data of it, expected one of {known}")
        return merged(self._streamed((symbol,)))

    def merged(self) -> Iterator[list[MarketEvent]]:
        """Chunks over all symbols in delivery order; a chunk never splits an instant."""
        return merged(self._streamed(self.symbols))

    @property
    def counts(self) -> dict[Path, Count]:
        """By file: rows delivered and bars dropped so far, of the last pass over each symbol."""
        found: dict[Path, Count] = {}
        for (path, _), stream in self._streams.items():
            count = found.get(path, Count())
            found[path] = Count(
                count.bars + (stream.delivered if stream.span else 0),
                count.quotes + (stream.delivered if stream.rank == _RANKS[Kind.QUOTES] else 0),
                count.repeats + stream.repeats,
            )
        return found

    def _delivered(self) -> list[tuple[Source, tuple[str, ...]]]:
        return [pair for pair in self._sources if pair[0].layout.kind in _RANKS]

    def _streamed(self, symbols: Sequence[str]) -> list[Stream]:
        wanted = set(symbols)
        # Many files are read side by side: each then holds a smaller block.
        size = BLOCK if len(wanted) <= 64 else BLOCK // 4
        streams = []
        for source, found in self._delivered():
            for symbol in wanted.intersection(found):
                stream = self._stream(source, symbol, size)
                self._streams[source.path, symbol] = stream
                streams.append(stream)
        return streams

    def _stream(self, source: Source, symbol: str, size: int) -> Stream:
        rank = _RANKS[source.layout.kind]
        if source.layout.kind is Kind.STATUS:
            found = [status for status in statuses(source) if status.symbol == symbol]
            rows = Rows(
                np.array([status.ts for status in found], "i8"),
                [np.arange(len(found), dtype=np.float64)],
            )
            stream = Stream(symbol, rank, 0, _ANY, self._within(iter([rows])))
            stream.statuses = found
            return stream
        if not source.symbol or source.layout.vendor:
            blocks = self._held(source, symbol)
            return Stream(symbol, rank, source.span, _ANY, self._within(blocks))
        # A bar closes after its stamp, a daily one at least on the same day.
        first = source.stamp - (DAY * SECOND if source.span == DAY else 0)
        blocks = (Rows(block.ts, block.values) for block in Reading(source).blocks(size))
        return Stream(symbol, rank, source.span, first, self._within(blocks))

    def _held(self, source: Source, symbol: str) -> Iterator[Rows]:
        """The rows of one symbol of a file that is only known as a whole."""
        if source.path not in self._tables:
            self._tables[source.path] = tables(source)
        table = self._tables[source.path][symbol]
        yield Rows(table["ts"], [table[name] for name in FIELDS[source.layout.kind]])

    def _within(self, blocks: Iterator[Rows]) -> Iterator[Rows]:
        """`blocks` cut to the data set's start and end."""
        for ts, values in blocks:
            low = 0 if self._start is None else int(np.searchsorted(ts, self._start, "right"))
            high = len(ts) if self._end is None else int(np.searchsorted(ts, self._end, "right"))
            if low < high:
                yield Rows(ts[low:high], [column[low:high] for column in values])
            if high < len(ts):
                return


_ANY = int(np.iinfo("i8").min)


def csv_files(paths: Iterable[Path]) -> list[Path]:
    """The CSV files in `paths`, each once, sorted by path; folders are searched to the bottom.

    BadInput for a path that is not there and for a folder without any.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise BadInput(str(Finding(path, 0, "path", "nothing there", "a CSV file or a folder")))
        inside = [path]
        if path.is_dir():
            inside = [one for one in path.rglob("*") if _is_data(one)]
            if not inside:
                wrong = Finding(path, 0, "folder", "no data in it", "*.csv, *.csv.gz or *.csv.zst")
                raise BadInput(str(wrong))
        for one in inside:
            found.setdefault(one.resolve(), one)
    return sorted(found.values(), key=str)


def _is_data(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(SUFFIXES) and name != UNIVERSE and name[0] != "." and path.is_file()
