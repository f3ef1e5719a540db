"""Windows that watch: what they were sent, as they would show it."""

from collections import defaultdict
from math import nan

import msgspec
import numpy as np

from tradeplat.control.link import Link
from tradeplat.control.messages import (
    KINDS,
    Positions,
    Scanner,
    Statistics,
    Strategies,
    SymbolTable,
    Trading,
)
from tradeplat.control.protocol import FrameReader, FrameType, Role, Shape
from tradeplat.control.records import EQUITY, MARKER, PRICE_LINE, QUOTE, STUDY, rows_of
from tradeplat.control.source import Line, Pulse, Worth
from tradeplat.core.market import BAR


class Pipe:
    """A carrier whose client reads when told, and dies where told."""

    def __init__(self, *, reads: bool = True) -> None:
        self.sent = b""
        self.unsent = 0
        self.most = 0
        self.gone = False
        self.reads = reads

    def put(self, data: bytes) -> None:
        self.sent += data
        if not self.reads:
            self.unsent += len(data)
        self.most = max(self.most, self.unsent)

    def drop(self) -> None:
        self.gone = True


class Window:
    """Keeps what a window would draw."""

    def __init__(self, role: Role = Role.VIEWER, *, reads: bool = True) -> None:
        self.pipe = Pipe(reads=reads)
        self.link = Link(self.pipe, role)
        self._reader = FrameReader()
        self.bars = defaultdict(lambda: np.zeros(0, BAR))
        self.points = defaultdict(lambda: np.zeros(0, STUDY))
        self.markers = defaultdict(lambda: np.zeros(0, MARKER))
        self.lines = defaultdict(dict)
        self.quotes = {}
        self.curve = np.zeros(0, EQUITY)
        self.last = {}
        self.counts = defaultdict(int)
        self.sequence = 0
        self.orders = {}
        self.fills = []
        self.log = []
        self.beats = 0

    def read(self, data: bytes | None = None) -> None:
        """Take in what was sent since, or `data`."""
        if data is None:
            data, self.pipe.sent, self.pipe.unsent = self.pipe.sent, b"", 0
        for frame in self._reader.feed(data):
            assert frame.sequence == self.sequence + 1
            self.sequence = frame.sequence
            self.counts[FrameType(frame.type)] += 1
            self._take(frame)

    def table(self) -> SymbolTable:
        return self.last[FrameType.SYMBOLS]

    def id(self, name: str, span: int | None = None) -> int:
        return next(s.id for s in self.table().symbols if s.name == name and span in {None, s.span})

    def _take(self, frame) -> None:
        kind, at = frame.type, frame.symbol
        if kind in KINDS:
            body = self.last[FrameType(kind)] = Shape(KINDS[kind]).read(frame.payload)
            self._told(kind, body)
            return
        if kind >= 64:
            return
        rows = rows_of(frame)
        if kind == FrameType.SNAPSHOT:
            self.bars[at] = rows
            for kept in (self.points, self.markers, self.lines):
                kept.pop(at, None)
        elif kind == FrameType.APPEND:
            assert not len(self.bars[at]) or rows["ts"][0] > self.bars[at]["ts"][-1]
            self.bars[at] = np.concatenate([self.bars[at], rows])
        elif kind == FrameType.REPLACE:
            self.bars[at] = np.concatenate([self.bars[at][:-1], rows])
        elif kind == FrameType.QUOTE:
            self.quotes[at] = rows[0]
        elif kind == FrameType.HEARTBEAT:
            self.beats += 1
            self.last[FrameType.HEARTBEAT] = rows[0]
        elif kind == FrameType.PRICE_LINE:
            self._lined(at, rows)
        else:
            self._grown(kind, at, rows)

    def _grown(self, kind, at, rows) -> None:
        if kind == FrameType.EQUITY:
            self.curve = np.concatenate([self.curve, rows])
            return
        kept = {FrameType.STUDY: self.points, FrameType.MARKER: self.markers}[kind]
        kept[at] = np.concatenate([kept[at], rows])

    def _lined(self, at, rows) -> None:
        for row in rows:
            if np.isnan(row["price"]):
                del self.lines[at][int(row["key"])]
            else:
                self.lines[at][int(row["key"])] = row

    def _told(self, kind, body) -> None:
        if kind == FrameType.ORDERS:
            kept = {} if body.full else self.orders
            self.orders = {**kept, **{row.id: row for row in body.rows}}
        elif kind == FrameType.FILLS:
            self.fills = [*([] if body.full else self.fills), *body.rows]
        elif kind == FrameType.LOG:
            self.log = [*([] if body.full else self.log), *body.rows]
        elif kind == FrameType.RESET:
            for kept in (self.bars, self.points, self.markers, self.lines, self.quotes):
                kept.clear()
            self.curve = self.curve[:0]


class Engine:
    """A session as it stands, as told (control.source.Source)."""

    def __init__(self) -> None:
        self.now = 1_000
        self.asked = 0
        self.on = False
        self.lined: dict[str, list[Line]] = defaultdict(list)
        self.open = []
        self.gone = []
        self.equity = 100.0
        self.rows = ()

    def pulse(self) -> Pulse:
        return Pulse(self.now, 0.5, nan, 2)

    def worth(self) -> Worth:
        return Worth(self.equity, 1.0, 2.0)

    def entry(self, symbol: str):
        return 0.01, 1.0, 2, None

    def lines(self, symbol: str):
        return self.lined[symbol]

    def live(self):
        return list(self.lined)

    def open_orders(self):
        return self.open

    def positions(self) -> Positions:
        self.asked += 1
        return Positions(self.now, self.rows)

    def statistics(self) -> Statistics:
        return Statistics(self.now, self.equity, 100.0, 100.0, 1.0, 2.0)

    def strategies(self) -> Strategies:
        return Strategies(self.now)

    def scanner(self) -> Scanner:
        return Scanner(self.now)

    def trading(self) -> Trading:
        return Trading(armed=False)

    def more(self):
        return ()

    def watched(self, *, on: bool) -> None:
        self.on = on

    def left(self, link: Link) -> None:
        self.gone.append(link)


def encoded(body: msgspec.Struct) -> bytes:
    return msgspec.json.encode(body)


__all__ = ["BAR", "EQUITY", "MARKER", "PRICE_LINE", "QUOTE", "STUDY", "Engine", "Pipe", "Window"]
