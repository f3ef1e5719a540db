"""A list of tickers becomes desks: one stream task each, opened and closed as the list changes."""

from collections.abc import Callable, Iterable, Mapping
from time import perf_counter_ns

import msgspec
import structlog

from tradeplat.core.errors import Transient
from tradeplat.core.market import Backfill, Bar, MarketEvent
from tradeplat.core.ports import Batch, Clock, Feed, StockListManager, StreamClient
from tradeplat.core.record import STOPPED
from tradeplat.desk.desk import Desk, DeskState
from tradeplat.desk.floor import Floor
from tradeplat.desk.roster import Roster, Terms
from tradeplat.runtime.supervisor import Supervisor

log = structlog.get_logger()

DESK = "desk:"
"""How the names of tasks begin that show the market to desks."""
WATCH = "watch:"
"""How the names of tasks begin that show the market to desks whose strategies failed."""
Watch = Callable[[str, int], None]
"""Takes a symbol and the nanoseconds its desk took over one event."""


class Ticker(msgspec.Struct, frozen=True):
    """What the manager keeps of one ticker, open to inspection."""

    symbol: str
    strategies: tuple[str, ...]
    task: str
    since: int


class StrategyManager:
    """Polls the scanner and gives each ticker its own supervised stream task and desk.

    `run` never lets two polls overlap: the next one is due a period after the last one began, or
    at once if that has passed. A scanner that fails keeps its last list. A desk whose task is
    quarantined takes no entries and asks its strategies nothing more; another task goes on showing
    it the market, by which what is held is guarded. Removal follows the roster's terms
    (desk/roster.py).
    """

    def __init__(
        self,
        scanner: StockListManager,
        stream: StreamClient,
        floor: Floor,
        clock: Clock,
        supervisor: Supervisor,
        terms: Terms = Terms(),
    ) -> None:
        self._scanner = scanner
        self._stream = stream
        self._floor = floor
        self._clock = clock
        self._supervisor = supervisor
        self._roster = Roster(floor, terms)
        self._stopping = False
        self.tickers: dict[str, Ticker] = {}
        self.polls = 0
        self.polling = False
        """True while a poll is under way."""
        self.opened: Callable[[Desk], None] | None = None
        """Is told of each desk before it is shown anything."""
        self.watch: Watch | None = None
        """Is told how long each desk took over each event; None, as in replay, to tell nobody."""

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Poll until `until` answers yes or `stop` was called."""
        while not self._stopping and not until():
            began = self._clock.now()
            self.polling = True
            try:
                await self.poll()
            finally:
                self.polling = False
            quiet = getattr(self._scanner, "quiet_until", None)
            due = self._roster.due(began, quiet(began) if quiet is not None else began)
            await self._clock.sleep_until(due)

    def reopen(self, symbols: Iterable[str]) -> None:
        """Open desks that an earlier session left something at, whatever the list says: one that
        it does not name loses its desk as any other does.
        """
        now = self._clock.now()
        for symbol in symbols:
            if symbol not in self._floor.desks:
                self._open(symbol, now)

    def stop(self) -> None:
        """Poll no more; desks stay until their tasks are stopped."""
        self._stopping = True

    def told(self) -> list[str]:
        """What the scanner says of itself and of whom it asks, a line each."""
        told: Callable[[], Iterable[object]] = getattr(self._scanner, "told", list)
        return [str(line) for line in told()]

    async def poll(self) -> None:
        """Ask the scanner once and follow its list."""
        try:
            await self._scanner.update()
        except Transient as error:
            log.warning("scan_failed", error=repr(error))
        self.polls += 1
        now = self._clock.now()
        recorder = self._floor.house.recorder
        if recorder is not None:
            recorder.candidates(now, self._scanner.explain())
        delta = self._roster.poll(self._scanner.get_active_stock_list(), now)
        for symbol in delta.closed:
            await self._close(symbol, now)
        for symbol in delta.opened:
            self._open(symbol, now)

    def quarantine(self, task: str, error: Exception) -> None:
        """Take strategies away from the desk whose task failed; its exits stay where they are, and
        what it holds needs somebody to look at the market.
        """
        desk = self._floor.desks.get(task.removeprefix(DESK))
        if desk is None:
            return
        desk.turn(DeskState.QUARANTINED, self._clock.now())
        recorder = self._floor.house.recorder
        if recorder is not None:
            body = {"task": task, "error": repr(error)}
            recorder.note(self._clock.now(), STOPPED, body)
        self._supervisor.start(f"{WATCH}{desk.symbol}", lambda: self._trade(desk, []))

    def _open(self, symbol: str, now: int) -> None:
        desk = self._floor.open_desk(symbol, now)
        if self.opened is not None:
            self.opened(desk)
        task = f"{DESK}{symbol}"
        names = tuple(seat.name for seat in desk.seats)
        self.tickers[symbol] = Ticker(symbol, names, task, now)
        # Opened before the task first runs, so that a replayed ticker has its place in time.
        feeds = [self._stream.open(symbol)]
        self._supervisor.start(task, lambda: self._trade(desk, feeds))
        log.info("desk_opened", symbol=symbol, strategies=names)

    async def _close(self, symbol: str, now: int) -> None:
        await self._supervisor.stop(f"{DESK}{symbol}")
        await self._supervisor.stop(f"{WATCH}{symbol}")
        self._floor.close_desk(symbol, now)
        self.tickers.pop(symbol, None)
        log.info("desk_closed", symbol=symbol)

    async def _trade(self, desk: Desk, feeds: list[Feed]) -> None:
        """Show one ticker's feed to its desk until the feed ends; a restart opens a new feed, of
        which the desk is shown what it has not seen.
        """
        seen = {} if feeds else dict(desk.shown)
        feed = feeds.pop() if feeds else self._stream.open(desk.symbol)
        now = self._clock.now
        show = desk.on_market
        watch = self.watch
        async with feed as batches:
            async for told in batches:
                batch = _newer(told, seen) if seen else told
                if watch is None:
                    for event in batch:
                        show(event, now())
                    continue
                for event in batch:
                    began = perf_counter_ns()
                    show(event, now())
                    watch(desk.symbol, perf_counter_ns() - began)


def _newer(batch: Batch, seen: Mapping[int, int]) -> list[MarketEvent]:
    """`batch` without the bars that were `seen`, up to its `ts` by span, of history or not: each is
    shown once. What was lost with the feed before is a gap, which history fills that reaches back
    so far.
    """
    left: list[MarketEvent] = []
    for event in batch:
        if isinstance(event, Backfill):
            bars = tuple(bar for bar in event.bars if bar.ts > seen.get(bar.span, 0))
            first = {bar.span: bar.ts for bar in reversed(event.bars)}
            reaches = all(first.get(span, ts) <= ts for span, ts in seen.items())
            healed = event.healed and reaches
            since = event.since or max(seen.values())
            left.append(msgspec.structs.replace(event, bars=bars, since=since, healed=healed))
        elif not isinstance(event, Bar) or event.ts > seen.get(event.span, 0) or event.revision:
            left.append(event)
    return left
