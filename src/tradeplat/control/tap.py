"""Brings a session to those who watch it: conflated, in slices, and never waiting for anybody.

What one client has not read it is told later, in fewer frames: of a bar the newest state, of a
picture the newest one. Orders, fills and answers are never left out; who does not even read those
is dropped (control/link.py) and begins again from a snapshot.
"""

import asyncio
from collections.abc import Mapping
from struct import Struct

import msgspec

from tradeplat.control.link import Link
from tradeplat.control.messages import (
    Fills,
    Log,
    Orders,
    Reset,
    SymbolEntry,
    SymbolTable,
    Want,
)
from tradeplat.control.protocol import Frame, FrameType, Shape
from tradeplat.control.scene import Scene, order_row
from tradeplat.control.source import Source
from tradeplat.control.watcher import Picture, Watcher
from tradeplat.core.errors import BadInput

FLUSH = 1.0 / 30.0
"""Seconds between two looks at what is new."""
LEAST = 0.005
"""Seconds between them at least, however long the first took."""
BEAT = 0.25
"""Seconds between two heartbeats, and between two looks at pictures."""
EQUITY_EVERY = 1.0
"""Seconds between two points of the account's curve."""
MOST_NEWS = 200
"""Orders, fills and lines that are told one by one; of more, whoever watches gets the newest."""
TURN, LARGE = 0.001, 64 << 10
"""Seconds of sending, and bytes of a piece, after which everything else on the loop has a turn."""

_BEAT = Struct("<qddII")
_EQUITY = Struct("<qddd")
_LINE = Struct("<QdddBBHI")
_WANT = Shape(Want)


class Tap:
    """Serves those who watch a session (control.link.Audience).

    `run` is its one task. Nothing is done while nobody is connected, but for one point of the
    account's curve a second; unless `timed`, somebody else says when the curve gets one.
    """

    def __init__(self, scene: Scene, source: Source, *, timed: bool = True) -> None:
        self.scene = scene
        self._source = source
        self._timed = timed
        self._watchers: dict[Link, Watcher] = {}
        self._wake = asyncio.Event()
        self._pictures: dict[FrameType, Picture] = {}
        self._lines: dict[str, dict[int, bytes]] = {}
        self._unlined: set[str] = set()
        self._curve = bytearray()
        self._table: tuple[int, bytes] = (-1, b"")
        self._held = False
        self._anew = b""
        """What everybody is told first once nothing is held any more: to forget everything."""
        self._era = 0
        """How often everything was forgotten."""
        self.due = _Due()
        scene.changed = self._changed

    @property
    def clients(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def came(self, link: Link) -> None:
        """Serve `link` from now on, if it wants to watch."""
        if not link.watching:
            return
        if not self._watchers:
            self._watch(on=True)
        self._watchers[link] = watcher = Watcher(link)
        watcher.stain(self.scene.sheets)
        self._wake.set()

    def left(self, link: Link) -> None:
        """Serve `link` no longer."""
        if self._watchers.pop(link, None) is not None and not self._watchers:
            self._watch(on=False)
        self._source.left(link)

    def asked(self, frame: Frame, link: Link) -> None:
        """Let `link` begin anew, or watch other tickers."""
        watcher = self._watchers.get(link)
        if frame.type == FrameType.SNAPSHOT:
            if frame.payload:
                raise BadInput(f"frame: found {len(frame.payload)} bytes, expected no payload")
            names: tuple[str, ...] | None = self._named(frame.symbol)
        else:
            want = _WANT.read(frame.payload)
            names = want.snapshot
            if watcher is not None and want.watch is not msgspec.UNSET:
                watcher.only = None if want.watch is None else frozenset(want.watch)
                watcher.stain(self.scene.sheets)
        if watcher is None or names is None:
            return
        if not names:
            watcher.reset()
            watcher.stain(self.scene.sheets)
        else:
            sheets = self.scene.sheets
            watcher.forget([sheets[name] for name in names if name in sheets])

    def reset(self, why: str, cursor: int, source: Source | None = None) -> None:
        """Tell everybody to forget everything; what is shown from now on is of `cursor`, and of
        another `source` where one is given. The scene has forgotten already.
        """
        if source is not None:
            self._source = source
            source.watched(on=bool(self._watchers))
        self._era += 1
        self._lines.clear()
        self._curve.clear()
        self._anew = _json(Reset(why, cursor))
        if not self._held:
            self._begin_anew()

    def hold(self) -> None:
        """Tell nobody anything until `let_go`, but how the engine is and what `more` has: what is
        on its way to somewhere is not worth drawing.
        """
        self._held = True

    def let_go(self) -> None:
        """Tell everybody everything again."""
        self._held = False
        if self._anew:
            self._begin_anew()
        elif self.scene.news > MOST_NEWS:
            self.scene.settle()
            for watcher in self._watchers.values():
                watcher.fresh = True
        self.due.hurry()

    def _begin_anew(self) -> None:
        body, self._anew = self._anew, b""
        self.scene.settle()
        for watcher in self._watchers.values():
            watcher.link.pour(FrameType.RESET, body)
            watcher.reset()
            watcher.stain(self.scene.sheets)

    async def run(self) -> None:
        """Serve for ever."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._watchers:
                self._wake.clear()
                try:
                    async with asyncio.timeout(EQUITY_EVERY):
                        await self._wake.wait()
                except TimeoutError:
                    if self._timed:
                        self.point()
                    continue
            began = loop.time()
            await self.tick(began)
            await asyncio.sleep(max(began + FLUSH - loop.time(), LEAST))

    async def tick(self, at: float) -> None:
        """Tell everybody what is due at the instant `at` of the loop."""
        if self._timed and self.due.curve(at):
            self.point()
        beats = self.due.beat(at)
        if self._held:
            if beats:
                self._beat_held()
            return
        if beats:
            self._look()
            self._beat()
        self._news()
        for watcher in list(self._watchers.values()):
            self._begin(watcher)
            if not watcher.full:
                self._show(watcher)
                await self._tickers(watcher)

    async def _tickers(self, watcher: Watcher) -> None:
        """Tell a client of its dirty tickers as long as it reads, with rests in between."""
        loop, era = asyncio.get_running_loop(), self._era
        until = loop.time() + TURN
        for symbol in list(watcher.dirty):
            for size in watcher.ticker(self.scene.sheet(symbol), self._levels(symbol)):
                if size >= LARGE or loop.time() >= until:
                    await asyncio.sleep(0)
                    until = loop.time() + TURN
                if era != self._era:
                    return
            if watcher.full or self._held or era != self._era:
                return

    def _watch(self, *, on: bool) -> None:
        self.scene.watched = on
        self.scene.settle()
        self._source.watched(on=on)
        self._pictures.clear()
        if not on:
            self._lines.clear()
            for sheet in self.scene.sheets.values():
                sheet.let_go()

    def _changed(self, symbol: str) -> None:
        self._unlined.add(symbol)
        for watcher in self._watchers.values():
            watcher.stain((symbol,))

    def _begin(self, watcher: Watcher) -> None:
        """Tell a client what is told once, and again whatever numbers are new."""
        link, scene = watcher.link, self.scene
        if watcher.fresh or watcher.table != scene.table_version:
            watcher.table = scene.table_version
            link.pour(FrameType.SYMBOLS, self._symbols())
        if watcher.fresh:
            watcher.fresh = False
            now = self._source.pulse().now
            known = {**scene.orders, **{one.id: one for one in self._source.open_orders()}}
            rows = tuple(order_row(order) for order in known.values())
            link.send(FrameType.ORDERS, Orders(now, full=True, rows=rows))
            link.send(FrameType.FILLS, Fills(now, full=True, rows=tuple(scene.fills)))
            link.send(FrameType.LOG, Log(full=True, rows=tuple(scene.log)))

    def _show(self, watcher: Watcher) -> None:
        """Tell a client the newest pictures, and the curve."""
        for type_, picture in self._pictures.items():
            watcher.picture(type_, picture)
        if watcher.equity < len(self._curve):
            watcher.link.pour(FrameType.EQUITY, bytes(memoryview(self._curve)[watcher.equity :]))
            watcher.equity = len(self._curve)

    def _news(self) -> None:
        """Tell everybody of orders, fills and lines; nobody misses any."""
        scene = self.scene
        if not (scene.new_orders or scene.new_fills or scene.new_lines):
            return
        now = self._source.pulse().now
        frames: list[tuple[FrameType, bytes]] = []
        if scene.new_orders:
            rows = tuple(order_row(order) for order in scene.new_orders.values())
            frames.append((FrameType.ORDERS, _json(Orders(now, full=False, rows=rows))))
        if scene.new_fills:
            fills = Fills(now, full=False, rows=tuple(scene.new_fills))
            frames.append((FrameType.FILLS, _json(fills)))
        if scene.new_lines:
            frames.append((FrameType.LOG, _json(Log(full=False, rows=tuple(scene.new_lines)))))
        if scene.new_orders or scene.new_fills:
            self._picture(FrameType.POSITIONS, self._source.positions())
        scene.settle()
        for watcher in self._watchers.values():
            if not watcher.fresh:
                for type_, payload in frames:
                    watcher.link.pour(type_, payload)

    def _look(self) -> None:
        """Draw every picture anew."""
        source = self._source
        self._picture(FrameType.POSITIONS, source.positions())
        self._picture(FrameType.STATISTICS, source.statistics())
        self._picture(FrameType.STRATEGIES, source.strategies())
        self._picture(FrameType.SCANNER, source.scanner())
        self._picture(FrameType.TRADING, source.trading())
        for type_, body in source.more():
            self._picture(type_, body)
        for symbol in source.live():
            self._changed(symbol)

    def _picture(self, type_: FrameType, body: msgspec.Struct) -> None:
        before = self._pictures.get(type_)
        payload = _json(body)
        if before is None or _gist(before.payload) != _gist(payload):
            self._pictures[type_] = Picture(0 if before is None else before.version + 1, payload)

    def _beat(self) -> None:
        now, p99, lag, queue = self._source.pulse()
        payload = _BEAT.pack(now, p99, lag, queue, len(self._watchers))
        for watcher in self._watchers.values():
            if not watcher.full:
                watcher.link.pour(FrameType.HEARTBEAT, payload)

    def _beat_held(self) -> None:
        for type_, body in self._source.more():
            self._picture(type_, body)
            for watcher in self._watchers.values():
                if not watcher.fresh:
                    watcher.picture(type_, self._pictures[type_])
        self._beat()

    def hurry(self) -> None:
        """Look at every picture at the next turn, whenever the last look was."""
        self.due.hurry()

    def point(self) -> None:
        """Add a point to the account's curve."""
        worth = self._source.worth()
        self._curve += _EQUITY.pack(self._source.pulse().now, *worth)

    def _symbols(self) -> bytes:
        version, payload = self._table
        if version != self.scene.table_version:
            payload = _json(self._numbers())
            self._table = (self.scene.table_version, payload)
        return payload

    def _numbers(self) -> SymbolTable:
        entries = []
        for sheet in self.scene.sheets.values():
            tick, lot, decimals, reference = self._source.entry(sheet.symbol)
            for one in sheet.series:
                grid = (tick, lot, decimals)
                entries.append(SymbolEntry(one.id, one.name, one.span, *grid, one.feed, reference))
        entries.sort(key=_number)
        studies = tuple(self.scene.studies.values())
        return SymbolTable(tuple(entries), self.scene.seat_entries(), studies)

    def _levels(self, symbol: str) -> Mapping[int, bytes]:
        if symbol in self._unlined or symbol not in self._lines:
            self._unlined.discard(symbol)
            self._lines[symbol] = {
                line.key: _LINE.pack(*line[:6], self.scene.seat(line.strategy), 0)
                for line in self._source.lines(symbol)
            }
        return self._lines[symbol]

    def _named(self, number: int) -> tuple[str, ...]:
        if not number:
            return ()
        for sheet in self.scene.sheets.values():
            if any(one.id == number for one in sheet.series):
                return (sheet.symbol,)
        raise BadInput(f"frame: found symbol {number}, expected one of the table")


class _Due:
    """When the heart beats next, and when the curve gets its next point."""

    def __init__(self) -> None:
        self._beat = 0.0
        self._curve = 0.0

    def beat(self, at: float) -> bool:
        """True when it beats at `at`."""
        if at < self._beat:
            return False
        self._beat = at + BEAT - FLUSH / 2
        return True

    def hurry(self) -> None:
        """Beat at once."""
        self._beat = 0.0

    def curve(self, at: float) -> bool:
        """True when the curve gets a point at `at`."""
        if at < self._curve:
            return False
        self._curve = at + EQUITY_EVERY
        return True


def _number(entry: SymbolEntry) -> int:
    return entry.id


def _json(body: msgspec.Struct) -> bytes:
    return msgspec.json.encode(body)


def _gist(payload: bytes) -> bytes:
    """What a picture shows, but for the instant that it begins with."""
    return payload.partition(b",")[2] if payload.startswith(b'{"ts":') else payload
