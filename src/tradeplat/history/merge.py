"""Many sorted streams of rows as one stream of events in delivery order.

The work is done on whole windows of columns: rows are ordered by one stable sort, events are made
in bulk, and nothing is done per event but making it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradeplat.core.market import Bar, MarketEvent, Quote, Status, Stretch

CHUNK = 4_096
"""Events handed over at a time, at most; an instant is never split."""

_WINDOW = 65_536
_WIDTH = 5
_FEED = "csv"
_STATUS, _QUOTE, _BAR = 0, 1, 2


class Rows(NamedTuple):
    """Consecutive rows of one stream: ascending times and up to five columns."""

    ts: NDArray[np.int64]
    values: Sequence[NDArray[np.float64]]


class Stream:
    """The rows of one symbol in one file, taken block by block and only when they are due.

    `first` is no later than the first row's time; `rank` orders kinds at one instant (status 0,
    quote 1, bar 2). `delivered` and `repeats` count rows handed over and dropped so far.
    """

    __slots__ = (
        "_at", "_blocks", "_held", "_more", "delivered", "first", "rank", "repeats", "span",
        "statuses", "symbol",
    )  # fmt: skip

    def __init__(
        self, symbol: str, rank: int, span: int, first: int, blocks: Iterator[Rows]
    ) -> None:
        self.symbol = symbol
        self.rank = rank
        self.span = span
        self.first = first
        self.statuses: Sequence[Status] = ()
        self.delivered = 0
        self.repeats = 0
        self._at = 0
        self._blocks = blocks
        self._held = Rows(np.empty(0, "i8"), ())
        self._more = True

    def refill(self) -> None:
        """Hold at least one more block, if there is one."""
        block = next(self._blocks, None)
        if block is None:
            self._more = False
            return
        left = self._held.ts[self._at :]
        if len(left):
            kept = (column[self._at :] for column in self._held.values)
            values = [np.concatenate(pair) for pair in zip(kept, block.values, strict=True)]
            block = Rows(np.concatenate((left, block.ts)), values)
        self._held = block
        self._at = 0

    @property
    def more(self) -> bool:
        """True while rows may follow those held."""
        return self._more

    @property
    def last(self) -> int | None:
        """The time of the last row held, None when none is."""
        ts = self._held.ts
        return int(ts[-1]) if self._at < len(ts) else None

    def ahead(self, count: int) -> int | None:
        """The time of the row `count` rows ahead, None when fewer are held."""
        place = self._at + count
        return int(self._held.ts[place]) if place < len(self._held.ts) else None

    def is_low(self, until: int) -> bool:
        """True when nothing is held past `until`, or so little that it will soon be asked for."""
        held = len(self._held.ts)
        return self.last in (None, until) or (held - self._at) * 2 < held

    def take(self, until: int | None) -> Rows:
        """The rows held before the instant `until` (all when None), which are then gone."""
        ts, values = self._held
        end = len(ts) if until is None else int(np.searchsorted(ts, until))
        end = max(end, self._at)
        taken = Rows(ts[self._at : end], [column[self._at : end] for column in values])
        self._at = end
        return taken


class _Window(NamedTuple):
    """Rows in delivery order; `ids` index the streams they came from."""

    ts: NDArray[np.int64]
    values: list[NDArray[np.float64]]
    ids: NDArray[np.intp]


def merged(streams: Sequence[Stream]) -> Iterator[list[MarketEvent]]:
    """Chunks of events over all `streams`, by (ts, symbol, rank, span).

    Of bars of one symbol, span and instant the first stream's is delivered; the others are counted
    as repeats. `streams` of equal symbol, rank and span keep their order.
    """
    ordered = sorted(streams, key=lambda stream: (stream.symbol, stream.rank, stream.span))
    groups = _groups(ordered)
    makers = _Makers(ordered, groups)
    for window in _windows(ordered):
        clean = _once(window, groups, ordered)
        ts = clean.ts
        at = 0
        while at < len(ts):
            end = at + CHUNK
            if end < len(ts):
                end = int(np.searchsorted(ts, ts[end]))
                if end <= at:
                    end = int(np.searchsorted(ts, ts[at], side="right"))
            yield makers.events(clean, slice(at, end))
            at = end


def _groups(streams: Sequence[Stream]) -> NDArray[np.intp]:
    """A number per stream, equal where symbol and span of bars are; -1 for other kinds."""
    numbers: dict[tuple[str, int], int] = {}
    return np.array(
        [
            numbers.setdefault((stream.symbol, stream.span), len(numbers))
            if stream.rank == _BAR
            else -1
            for stream in streams
        ],
        np.intp,
    )


def _windows(streams: Sequence[Stream]) -> Iterator[_Window]:
    """All rows in order, cut where no stream can still bring an earlier one."""
    ids = {id(stream): place for place, stream in enumerate(streams)}
    waiting = sorted(streams, key=lambda stream: -stream.first)
    active: list[Stream] = []
    while waiting or active:
        until = _horizon(waiting, active)
        firsts = [stream.ahead(0) for stream in active]
        if until is None or any(first is not None and first < until for first in firsts):
            until = _cut(active, until)
            parts = [(ids[id(stream)], stream.take(until)) for stream in active]
            yield _joined([part for part in sorted(parts, key=_place) if len(part[1].ts)])
        else:
            while waiting and waiting[-1].first <= until:
                active.append(waiting.pop())
            for stream in active:
                if stream.more and stream.is_low(until):
                    stream.refill()
        active = [stream for stream in active if stream.more or stream.last is not None]


def _place(part: tuple[int, Rows]) -> int:
    return part[0]


def _horizon(waiting: Sequence[Stream], active: Sequence[Stream]) -> int | None:
    """The instant from which rows may still be missing; None when all are held."""
    bounds = [stream.last for stream in active if stream.more]
    if waiting:
        bounds.append(waiting[-1].first)
    known = [bound for bound in bounds if bound is not None]
    return min(known, default=None) if len(known) == len(bounds) else _EARLIEST


_EARLIEST = int(np.iinfo("i8").min)


def _cut(active: Sequence[Stream], until: int | None) -> int | None:
    """`until`, or earlier so that no stream gives many more than its share of a window."""
    share = max(128, _WINDOW // max(1, len(active)))
    while True:
        ends = [end for stream in active if (end := stream.ahead(share)) is not None]
        cut = min([*ends, *([] if until is None else [until])], default=None)
        if cut is None or any(
            (first := stream.ahead(0)) is not None and first < cut for stream in active
        ):
            return cut
        if cut == until:
            return until
        share *= 2


def _joined(parts: Sequence[tuple[int, Rows]]) -> _Window:
    if len(parts) == 1:
        place, rows = parts[0]
        return _Window(rows.ts, _padded(rows), np.full(len(rows.ts), place, np.intp))
    ts = np.concatenate([rows.ts for _, rows in parts])
    order = np.argsort(ts, kind="stable")
    columns = zip(*(_padded(rows) for _, rows in parts), strict=True)
    values = [np.concatenate(column)[order] for column in columns]
    counts = [len(rows.ts) for _, rows in parts]
    ids = np.repeat(np.array([place for place, _ in parts], np.intp), counts)
    return _Window(ts[order], values, ids[order])


def _padded(rows: Rows) -> list[NDArray[np.float64]]:
    """The columns of `rows`, as many as a bar has."""
    missing = _WIDTH - len(rows.values)
    return [*rows.values, *(np.zeros(len(rows.ts)) for _ in range(missing))]


def _once(window: _Window, groups: NDArray[np.intp], streams: Sequence[Stream]) -> _Window:
    """`window` without repeated bars, and both kinds counted."""
    ts, values, ids = window
    group = groups[ids]
    repeated = np.zeros(len(ts), bool)
    repeated[1:] = (ts[1:] == ts[:-1]) & (group[1:] == group[:-1]) & (group[1:] >= 0)
    if repeated.any():
        for place, count in enumerate(np.bincount(ids[repeated])):
            streams[place].repeats += int(count)
        kept = ~repeated
        ts, values, ids = ts[kept], [column[kept] for column in values], ids[kept]
    for place, count in enumerate(np.bincount(ids)):
        streams[place].delivered += int(count)
    return _Window(ts, values, ids)


class _Makers:
    """Turns rows of a window into events, in bulk."""

    def __init__(self, streams: Sequence[Stream], groups: NDArray[np.intp]) -> None:
        self._groups = groups
        # Arrays of objects: one look-up for a whole chunk, and every event shares its symbol.
        self._symbols = np.array([stream.symbol for stream in streams], object)
        self._spans = np.array([stream.span for stream in streams], object)
        self._statuses = [stream.statuses for stream in streams]
        self._ranks = np.array([stream.rank for stream in streams], "i8")

    def events(self, window: _Window, rows: slice) -> list[MarketEvent]:
        """The events of `rows`, in order."""
        ids = window.ids[rows]
        ranks = self._ranks[ids]
        first = int(ranks[0])
        if _lone(window.ts[rows], self._groups[ids]):
            return self._stretch(window, rows, int(ids[0]))
        if bool((ranks == first).all()):
            return list(self._made(first, window, rows, ids))
        makers = {}
        for rank in np.unique(ranks).tolist():
            picked = np.flatnonzero(ranks == rank)
            makers[rank] = self._made(rank, window, picked + rows.start, ids[picked])
        return [next(makers[rank]) for rank in ranks.tolist()]

    def _stretch(self, window: _Window, rows: slice, place: int) -> Stretch:
        ts = window.ts[rows].tolist()
        columns = [column[rows].tolist() for column in window.values]
        symbol, span = repeat(self._symbols[place]), repeat(self._spans[place])
        return Stretch(map(Bar, symbol, ts, *columns, span, repeat(_FEED)))

    def _made(
        self, rank: int, window: _Window, rows: slice | NDArray[np.intp], ids: NDArray[np.intp]
    ) -> Iterator[MarketEvent]:
        """Events of one kind, made as they are asked for."""
        ts = window.ts[rows].tolist()
        columns = [column[rows].tolist() for column in window.values]
        if rank == _STATUS:
            return iter(
                [
                    self._statuses[place][int(row)]
                    for place, row in zip(ids.tolist(), columns[0], strict=True)
                ]
            )
        symbols = self._symbols[ids].tolist()
        if rank == _QUOTE:
            return map(Quote, symbols, ts, *columns[:4], repeat(_FEED))
        return map(Bar, symbols, ts, *columns, self._spans[ids].tolist(), repeat(_FEED))


def _lone(ts: NDArray[np.int64], groups: NDArray[np.intp]) -> bool:
    """True when the rows are bars of one symbol and span, no two of one instant."""
    alike = groups[0] >= 0 and bool((groups == groups[0]).all())
    return alike and bool((ts[1:] > ts[:-1]).all())
