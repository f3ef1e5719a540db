"""Replayed time: exactly one task speaks at a time, in the order the events became true."""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import groupby
from operator import attrgetter

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import Backfill, Bar, MarketEvent, Quote, Status
from tradeplat.core.ports import Batch
from tradeplat.streams.warmup import Recent

FOREVER = 2**63 - 1
_BY_SYMBOL = attrgetter("symbol")
_BY_TS = attrgetter("ts")


def venue_order(events: Iterable[MarketEvent]) -> list[MarketEvent]:
    """The facts of one instant as a simulated market takes them: quotes last.

    A bar tells what happened before the instant at which it ends, a quote how things stand then.
    """
    return sorted(events, key=_is_quote)


def _is_quote(event: MarketEvent) -> bool:
    return type(event) is Quote


class Timeline:
    """The clock of an orchestrated replay (core.ports.Clock), and who may speak when.

    `chunks` are the events of all symbols in delivery order; a chunk never splits an instant.
    Time begins at the first event. At each instant every open ticker's events go to `show` first
    (the simulated venue fills what they trigger; quotes after bars), then each ticker's task gets
    its events as a batch, one task after the other in order of symbol. A sleeper whose time has
    come goes before the events of that instant. Nothing
    happens after the last event: sleepers are woken where the clock stands and feeds end.
    `settle` is told of each instant when all of it was handled.

    Time moves only while every open ticker waits for its turn and `sleepers` tasks sleep, so the
    tasks of a replay must be exactly the tickers and those sleepers. A ticker that is opened in
    mid-replay is first told whether it trades, and given its last `warmup` bars as a Backfill.
    """

    def __init__(
        self,
        chunks: Iterator[list[MarketEvent]],
        show: Callable[[MarketEvent], None],
        warmup: int = 0,
        sleepers: int = 1,
        settle: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._chunks = chunks
        self._show = show
        self._warmup = warmup
        self._expected = sleepers
        self._settled = settle
        self._shown = False
        self._now = 0
        self._chunk: list[MarketEvent] = []
        self._uniform = False
        self._at = 0
        self._open: dict[str, list[MarketEvent]] = {}
        self._waiting: dict[str, asyncio.Future[Batch | None]] = {}
        self._queue: deque[tuple[str, Batch]] = deque()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._naps = 0
        self._past: dict[str, Recent] = {}
        self._said: dict[str, Status] = {}
        self.finished = False

    def now(self) -> int:
        """The replayed instant in UTC nanoseconds."""
        return self._now or self._begin()

    async def sleep_until(self, ts: int) -> None:
        """Return when replayed time has reached `ts`, or the replay has ended."""
        if self.finished:
            return
        self._naps += 1
        nap: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (ts, self._naps, nap))
        self._settle()
        await nap

    def join(self, symbol: str) -> None:
        """Open `symbol` now, before its task first runs: time waits for it from here on."""
        if symbol in self._open:
            raise Corrupt(f"{symbol} is open on the timeline already")
        past = self._past.pop(symbol, None)
        said = self._said.pop(symbol, None)
        first: list[MarketEvent] = []
        if said is not None:
            self._show(said)
            first.append(said)
        if past is not None:
            bars = past.bars()
            first.append(Backfill(symbol, max(self._now, bars[-1].ts), bars))
        self._open[symbol] = first

    def leave(self, symbol: str) -> None:
        """Close `symbol`; what comes of it later is only remembered."""
        self._open.pop(symbol, None)
        self._waiting.pop(symbol, None)
        if not self.finished:
            self._settle()

    async def batches(self, symbol: str) -> AsyncIterator[Batch]:
        """The turns of `symbol` until the replay ends."""
        first = self._open[symbol]
        if first:
            self._open[symbol] = []
            yield first
        while not self.finished:
            turn: asyncio.Future[Batch | None] = asyncio.get_running_loop().create_future()
            self._waiting[symbol] = turn
            self._settle()
            batch = await turn
            if batch is None:
                return
            yield batch

    def _settle(self) -> None:
        """Let the next one speak, once everybody waits."""
        if len(self._waiting) < len(self._open) or len(self._sleepers) < self._expected:
            return
        heard = False
        while not heard:
            heard = self._speak()

    def _speak(self) -> bool:
        """Wake one task; False when an instant passed that concerned nobody."""
        if self._queue:
            symbol, batch = self._queue.popleft()
            turn = self._waiting.pop(symbol, None)
            if turn is None:
                return False
            turn.set_result(batch)
            return True
        if self._shown:
            self._shown = False
            self._settled(self._now)
        if self._at >= len(self._chunk) and not self._load():
            self._finish()
            return True
        due = self._sleepers[0][0] if self._sleepers else FOREVER
        ts = self._chunk[self._at].ts
        if due <= ts:
            _, _, nap = heappop(self._sleepers)
            self._now = max(self._now, due)
            nap.set_result(None)
            return True
        if self._uniform and self._chunk[self._at].symbol in self._open:
            self._grant_alone(due)
        else:
            self._pass_instant(ts)
        return False

    def _begin(self) -> int:
        if not self._chunk and self._load():
            self._now = self._chunk[0].ts
        return self._now

    def _load(self) -> bool:
        chunk = next(self._chunks, None)
        while chunk is not None and not chunk:
            chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._chunk, self._at = chunk, 0
        self._uniform = len(set(map(_BY_SYMBOL, chunk))) == 1
        return True

    def _grant_alone(self, due: int) -> None:
        """One ticker has the rest of the chunk to itself, up to the next sleeper's time."""
        chunk, at = self._chunk, self._at
        end = len(chunk)
        if chunk[-1].ts >= due:
            end = bisect_left(chunk, due, lo=at, key=_BY_TS)
        events = chunk if at == 0 and end == len(chunk) else chunk[at:end]
        self._at = end
        self._queue.append((events[0].symbol, self._passing(events)))

    def _passing(self, events: list[MarketEvent]) -> Iterator[MarketEvent]:
        """The events of one ticker, each shown to the venue just before it is handed on; those of
        one instant are shown together.
        """
        show = self._show
        at, end = 0, len(events)
        while at < end:
            event = events[at]
            self._now = ts = event.ts
            last = at + 1
            if last == end or events[last].ts != ts:
                show(event)
                yield event
            else:
                while last < end and events[last].ts == ts:
                    last += 1
                together = events[at:last]
                for shown in venue_order(together):
                    show(shown)
                yield from together
            self._settled(ts)
            at = last

    def _pass_instant(self, ts: int) -> None:
        """Show one instant to the venue and line its tickers up to speak."""
        chunk, at = self._chunk, self._at
        end = at + 1
        while end < len(chunk) and chunk[end].ts == ts:
            end += 1
        self._at = end
        self._now = ts
        due: list[MarketEvent] = []
        for symbol, events in groupby(chunk[at:end], _BY_SYMBOL):
            if symbol not in self._open:
                self._remember(symbol, events)
                continue
            batch = list(events)
            due += batch
            self._queue.append((symbol, batch))
        for event in venue_order(due):
            self._show(event)
        self._shown = True

    def _remember(self, symbol: str, events: Iterator[MarketEvent]) -> None:
        for event in events:
            if type(event) is Status:
                self._said[symbol] = event
            elif type(event) is Bar and self._warmup:
                past = self._past.get(symbol)
                if past is None:
                    past = self._past[symbol] = Recent(self._warmup)
                past.add(event)

    def _finish(self) -> None:
        self.finished = True
        for turn in self._waiting.values():
            turn.set_result(None)
        self._waiting.clear()
        for _, _, nap in self._sleepers:
            nap.set_result(None)
        self._sleepers.clear()
