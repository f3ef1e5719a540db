"""One client that watches: what it was told already, and what it is told next."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tradeplat.control.link import Link
from tradeplat.control.protocol import FrameType
from tradeplat.control.records import MARKER, SLICE, STUDY
from tradeplat.control.series import Series, Sheet
from tradeplat.core.market import BAR

FULL = 64 << 10
"""Unread bytes of a client beyond which it is told no market data."""

_POINTS = SLICE * STUDY.itemsize
_MARKERS = SLICE * MARKER.itemsize
_NO_PRICE = b"\0\0\0\0\0\0\xf8\x7f"


class _Sent:
    """How far a client has one series."""

    __slots__ = ("count", "era", "tail")

    def __init__(self, era: int) -> None:
        self.era = era
        self.count = 0
        self.tail = b""


class _Told:
    """How far a client has everything else of one ticker."""

    __slots__ = ("lines", "markers", "points", "quote")

    def __init__(self) -> None:
        self.quote = b""
        self.markers = 0
        self.points = 0
        self.lines: Mapping[int, bytes] = {}


class Picture(NamedTuple):
    """A JSON frame that replaces the one of its type before it."""

    version: int
    payload: bytes


class Watcher:
    """Sends to one client what it lacks, never more at once than it reads.

    `dirty` are the tickers of which it may lack something.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.dirty: dict[str, None] = {}
        self.fresh = True
        """True until it was told what is told once."""
        self.only: frozenset[str] | None = None
        """The tickers whose market data it wants; None for all."""
        self._sent: dict[int, _Sent] = {}
        self._told: dict[str, _Told] = {}
        self._pictures: dict[FrameType, int] = {}
        self.equity = 0
        """Bytes of the account's curve that it has."""
        self.table = -1
        """Which symbol table it has."""

    @property
    def full(self) -> bool:
        """True while it does not read what it was sent, or is gone."""
        return self.link.gone or self.link.unsent > FULL

    def stain(self, symbols: Iterable[str]) -> None:
        """Let it be told of these tickers."""
        for symbol in symbols:
            if self.only is None or symbol in self.only:
                self.dirty[symbol] = None

    def forget(self, symbols: Iterable[Sheet]) -> None:
        """Begin anew with these tickers."""
        for sheet in symbols:
            for one in sheet.series:
                self._sent.pop(one.id, None)
            self._told.pop(sheet.symbol, None)
            self.stain((sheet.symbol,))

    def reset(self) -> None:
        """Begin anew with everything."""
        self._sent.clear()
        self._told.clear()
        self._pictures.clear()
        self.dirty.clear()
        self.fresh, self.equity = True, 0

    def picture(self, type_: FrameType, newest: Picture) -> None:
        """Send a picture that the client does not have."""
        if self._pictures.get(type_) != newest.version:
            self._pictures[type_] = newest.version
            self.link.pour(type_, newest.payload)

    def ticker(self, sheet: Sheet, lines: Mapping[int, bytes]) -> Iterator[int]:
        """Send what it lacks of one ticker in pieces, one at each step, and tell its bytes; as long
        as it reads, and what there is now, for more may come faster than it goes out.

        While something is missing the ticker stays dirty.
        """
        self.dirty.pop(sheet.symbol, None)
        for size in self._pieces(sheet, lines):
            if not self.full:
                yield size
            if self.full:
                self.stain((sheet.symbol,))
                return

    def _pieces(self, sheet: Sheet, lines: Mapping[int, bytes]) -> Iterator[int]:
        for series in sheet.series:
            yield from self._bars(sheet, series)
        told = self._told.get(sheet.symbol)
        if told is None:
            told = self._told[sheet.symbol] = _Told()
        if told.quote != sheet.quote:
            told.quote = sheet.quote
            self.link.pour(FrameType.QUOTE, sheet.quote, sheet.id)
        if told.lines != lines:
            self._lines(told, sheet.id, lines)
        points, markers = len(sheet.points), len(sheet.markers)
        while told.points < points:
            piece = bytes(memoryview(sheet.points)[told.points : told.points + _POINTS])
            told.points += len(piece)
            self.link.pour(FrameType.STUDY, piece, sheet.id)
            yield len(piece)
        while told.markers < markers:
            piece = bytes(memoryview(sheet.markers)[told.markers : told.markers + _MARKERS])
            told.markers += len(piece)
            self.link.pour(FrameType.MARKER, piece, sheet.id)
            yield len(piece)

    def _bars(self, sheet: Sheet, series: Series) -> Iterator[int]:
        sent, pour = self._sent.get(series.id), self.link.pour
        if sent is None or sent.era != series.era:
            if not series.rows and not series.tail:
                return
            sent = self._sent[series.id] = _Sent(series.era)
            sent.count = min(len(series), SLICE)
            if series is sheet.series[0]:
                # With its bars a client forgets all that is drawn on them.
                self._told.pop(sheet.symbol, None)
            pour(FrameType.SNAPSHOT, series.cut(0, sent.count), series.id)
            yield sent.count * BAR.itemsize
        goal = len(series)
        while sent.count < goal:
            if sent.era != series.era:
                return
            start = sent.count
            if sent.tail:
                pour(FrameType.REPLACE, series.cut(start, start + 1), series.id)
                start, sent.tail = start + 1, b""
            sent.count = min(len(series), start + SLICE)
            if sent.count > start:
                pour(FrameType.APPEND, series.cut(start, sent.count), series.id)
            yield (sent.count - start) * BAR.itemsize
        if sent.tail != series.tail and sent.count == len(series):
            kind = FrameType.REPLACE if sent.tail else FrameType.APPEND
            sent.tail = series.tail
            pour(kind, series.tail, series.id)

    def _lines(self, told: _Told, number: int, lines: Mapping[int, bytes]) -> None:
        gone = [row[:8] + _NO_PRICE + row[16:] for k, row in told.lines.items() if k not in lines]
        new = [row for key, row in lines.items() if told.lines.get(key) != row]
        told.lines = dict(lines)
        if gone or new:
            self.link.pour(FrameType.PRICE_LINE, b"".join([*gone, *new]), number)
