"""One ticker's way from the wire to its desk: warmed from history, then live, in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter_ns

import structlog

from tradeplat.core.errors import Corrupt, Denied, StreamLagged, TradeplatError, Transient
from tradeplat.core.market import SECOND, Backfill, Bar, MarketEvent, Quote, Status, Trade
from tradeplat.core.ports import Batch, History
from tradeplat.streams.dialect import Fact
from tradeplat.streams.halts import LEAST, Band, Halts
from tradeplat.streams.mailbox import Mailbox
from tradeplat.streams.ordering import Ordering
from tradeplat.streams.outages import Said
from tradeplat.streams.prints import ConditionalTrade
from tradeplat.streams.seconds import SecondFold
from tradeplat.streams.terms import Left, Stage, Terms
from tradeplat.streams.warmup import fetch, last_complete, merge, windows

log = structlog.get_logger()


class Ticker:
    """Takes facts from the reader, hands batches to the desk's task.

    While history is fetched facts wait; then the desk gets one Backfill that reaches up to the
    seam, and after it what came since, each bar once. The same happens after every loss of the
    connection, with the bars missed. The history is asked for by the desk's task: the reader
    never waits.
    """

    trouble: Said | None = None
    """Since when history does not come, and why it did not the last time."""
    backfills = 0
    """Histories delivered."""
    gaps = 0
    """Times history did not come in time."""

    def __init__(
        self,
        symbol: str,
        terms: Terms,
        history: History | None,
        now: Callable[[], int],
        observe: Callable[[int], None] | None = None,
        sync: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.symbol = symbol
        self._short = False
        """True while live and not paced: quotes and simple bars go straight to the mailbox."""
        self.stage = Stage.SUBSCRIBING
        self.mailbox = Mailbox(terms.mailbox, terms.mailbox if terms.paced else 1)
        self.ordering = Ordering(terms.spans, terms.lateness, amends=True, folded=terms.folded)
        self._lane = self.ordering.only_lane
        folds = terms.folded and 1 in terms.spans
        self.fold = SecondFold(symbol, terms.feed) if folds else None
        self.halts = Halts(symbol, terms.feed, terms.calendar)
        self._terms = terms
        self._history = history
        self._now = now
        self._observe = observe
        self._sync = sync
        self._staged: list[Fact] = []
        self._aside: list[Fact] | None = []
        self._life = 0
        self._lost = 0
        """Up to when all had come before the loss that is not healed yet; 0: there is none."""
        self._seam: asyncio.Future[None] | None = None
        self._seam_ts = 0
        self._waiting = 0.0
        """Since when history is waited for, by the loop; 0: it is not."""
        self._gap = False
        """True while it takes so long that the desk heard of it."""
        self._asked = 0
        """When the history that came last was asked for."""
        self._failure: TradeplatError | None = None

    @property
    def idle(self) -> bool:
        """True when all that came was dealt with, or nothing can be done before time moves on."""
        seam = self._seam
        idle = self.stage is not Stage.SUBSCRIBING and self.mailbox.idle
        return idle or (seam is not None and not seam.done())

    @property
    def left(self) -> Left | None:
        """What the next feed of the symbol has to know; None where that is nothing."""
        last, waits = self.ordering.status, bool(self.mailbox.statuses)
        return Left(last, waits) if last is not None and (waits or not last.trading) else None

    def take_over(self, left: Left | None) -> None:
        """Go on where an earlier feed of the symbol ended."""
        if left is not None and left.waits:
            self.mailbox.put(left.status)
        if left is not None and not left.status.trading:
            self.halts.recall(left.status)

    def on_fact(self, fact: Fact) -> None:
        """Take in one fact; never waits."""
        if self._short:
            if isinstance(fact, Quote):
                if self.ordering.fresh(fact):
                    if self.halts.bounded:
                        self._tell(self.halts.on_quote(fact))
                    self.mailbox.put_quote(fact)
                return
            lane = self._lane
            if lane is not None and isinstance(fact, Bar) and lane.follows(fact):
                self.mailbox.put_bar(fact)
                return
            if isinstance(fact, Trade):
                self._tape(fact)
                return
        if self.stage is not Stage.LIVE:
            if len(self._staged) >= self._terms.staged:
                self.fail(StreamLagged(f"{self.symbol}: history came too late"))
            self._staged.append(fact)
            return
        for event in self._events(fact):
            self._deliver(event)
        self._short = not self._terms.paced and not self.halts.suspected

    def aside(self, fact: Fact) -> None:
        """Take in a quote, a status or a band of another feed: what that one brings waits for the
        history that warms the desk, but for no later one, and no loss of this feed's connection
        holds it up.
        """
        waiting = self._aside
        if waiting is None:
            for event in self._events(fact):
                self._deliver(event)
        elif waiting and isinstance(fact, Quote) and isinstance(waiting[-1], Quote):
            waiting[-1] = fact
        else:
            waiting.append(fact)

    def aside_lost(self) -> None:
        """The other feed's connection is gone: what it says of halts no more may be missed."""
        self.halts.lost()

    def aside_joined(self) -> None:
        """The other feed is there again."""
        if self.stage is Stage.LIVE:
            self._doubt_halts(self._now() - self._terms.delay)

    def _tape(self, trade: Trade) -> None:
        """A print while live, the short way: most of them close nothing."""
        fold = self.fold
        if fold is not None and self.ordering.unseen(trade):
            for bar in fold.add(trade):
                self._deliver(bar)

    def tick(self, now: int) -> None:
        """Time has come to `now`: close what has ended, and in lockstep hand everything on."""
        terms = self._terms
        now -= terms.delay
        seam = self._seam
        # History is asked only for what must be there: our clock may be a little ahead.
        if seam is not None and now >= self._seam_ts + terms.grace and not seam.done():
            seam.set_result(None)
        if self.stage is not Stage.LIVE:
            return
        if self.fold is not None:
            through = last_complete(now - terms.grace, 1)
            for bar in self.fold.close(through, self._now()):
                self._deliver(bar)
            for bar in self.ordering.reached(1, through):
                self._put(bar)
        elif not terms.folded:
            for bar in self.ordering.settle(now - terms.lateness):
                self._put(bar)
        self.mailbox.release()

    def granted(self) -> None:
        """The venue has answered for this symbol."""
        self.mailbox.interrupt()

    def lost(self) -> None:
        """The connection is gone: what comes next has to be joined to what was delivered."""
        if self.stage is Stage.LIVE and not self._lost:
            newest = max([self.ordering.last(span) for span in self._terms.spans], default=0)
            self._lost = newest or self._now() - self._terms.delay
        self._life += 1
        self._short = False
        self.halts.lost()
        self.stage = Stage.SUBSCRIBING
        self._staged.clear()
        self.mailbox.release()
        if self._seam is not None and not self._seam.done():
            self._seam.set_result(None)
        self.mailbox.interrupt()

    def fail(self, error: TradeplatError) -> None:
        """Let the desk's task raise `error`, whatever it waits for."""
        self._failure = error
        self.lost()
        self.granted()

    async def batch(self, complete: Callable[[str], bool]) -> Batch:
        """The next events due; `complete` says whether the venue has answered for a symbol."""
        while True:
            if self._failure is not None:
                raise self._failure
            # An answer may also take back what another had granted, whatever the stage by then.
            if self.stage is Stage.LIVE or self.mailbox.depth or not complete(self.symbol):
                events = await self.mailbox.take()
                if events:
                    if self._observe is not None:
                        self._observe(perf_counter_ns() - self.mailbox.since_ns)
                    return events
            else:
                await self._warm(complete)

    async def _warm(self, complete: Callable[[str], bool]) -> None:
        """From subscribed to live; gives up quietly when the connection is lost meanwhile."""
        life = self._life
        if self.stage is not Stage.GAP:
            self.stage = Stage.BACKFILLING
        if self._sync is not None:
            # A seam before the subscription began would hide what happened in between.
            await self._insist(life, self._sync)
        if life != self._life or self.mailbox.depth:
            return
        # Our clock may be behind the vendor's: what was sent before we subscribed is history's.
        now = self._now() - self._terms.delay + self._terms.skew
        self._seam_ts = now
        if self.fold is not None:
            # The second under way is only partly in the stream: wait until history has all of it.
            self._seam_ts = last_complete(now, 1) + SECOND
            self.fold.restart(self._seam_ts)
        if self.fold is not None or self._terms.lateness or self._terms.skew:
            await self._wait_for_seam()
        began = self._now()
        bars = await self._fetch(life)
        if bars is not None and life == self._life and self._failure is None:
            self._join(bars, late=self._now() - began > self._terms.stale)

    async def _wait_for_seam(self) -> None:
        self._seam = asyncio.get_running_loop().create_future()
        try:
            await self._seam
        finally:
            self._seam = None

    async def _fetch(self, life: int) -> list[Bar] | None:
        """History up to the seam, however often it has to be asked for; None where the desk has
        to hear first that it does not come.
        """
        terms, history = self._terms, self._history
        if history is None:
            return []
        last = {span: self.ordering.last(span) for span in terms.spans}
        warm = 0 if any(last.values()) else terms.warm
        wanted = windows(terms.spans, last, terms.warm, self._seam_ts, folded=terms.folded)
        found: list[Bar] = []

        async def ask() -> None:
            self._asked = self._now()
            found.extend(await fetch(history, self.symbol, wanted, warm))

        return found if await self._insist(life, ask) else None

    async def _insist(self, life: int, ask: Callable[[], Awaitable[None]]) -> bool:
        """Do what history needs, however often it fails, while this is the connection's life;
        False when it was not done, because that has ended or the desk is to hear of the gap.
        """
        terms = self._terms
        loop = asyncio.get_running_loop()
        # A connection that is lost meanwhile does not make the wait begin anew.
        began = self._waiting = self._waiting or loop.time()
        while life == self._life:
            try:
                await ask()
            except (Transient, Corrupt, Denied) as error:
                # Nonsense may make sense the next time; who was let in once waits with a gap.
                if isinstance(error, Denied) and not self._lost:
                    raise
                since = self.trouble.ts if self.trouble is not None else self._now()
                self.trouble = Said(since, str(error))
                if loop.time() - began >= terms.gap_after and self._overdue():
                    return False
                log.warning("history_failed", symbol=self.symbol, error=str(error))
                await asyncio.sleep(terms.retry)
            else:
                self.trouble = None
                return True
        self.trouble = None
        return False

    def _overdue(self) -> bool:
        """History takes too long; True where the desk is to hear of that now."""
        self.stage = Stage.GAP
        if self._gap:
            return False
        self._gap = True
        self.gaps += 1
        if self._lost:
            self._history_told((), self._now() - self._terms.delay, healed=False)
        return bool(self._lost)

    def _history_told(self, bars: Sequence[Bar], ts: int, *, healed: bool) -> None:
        """Let the desk have history: what warms it, or what became of a gap."""
        since = self._lost
        found = Backfill(self.symbol, ts, tuple(bars), self._now(), since, healed)
        self.mailbox.put(found)

    def _join(self, history: list[Bar], *, late: bool) -> None:
        """Put history before what came meanwhile, and go live; when it took too long, what came
        meanwhile is history as well.
        """
        staged, self._staged = [*(self._aside or ()), *self._staged], []
        self._aside = None
        now = self._now() - self._terms.delay
        seam = now if late else self._seam_ts
        past: list[Bar] = []
        since: list[Bar | Quote | Status] = []
        events: list[Bar | Quote | Status] = [e for fact in staged for e in self._events(fact)]
        if self.fold is not None and late:
            events += self.fold.close(last_complete(now - self._terms.grace, 1))
        for event in events:
            if isinstance(event, Bar) and event.ts <= last_complete(seam, event.span):
                past.append(event)
            else:
                since.append(event)
        new, amended = self.ordering.absorb(merge(history, past, self._asked))
        if new or self._lost:
            reach = max([last_complete(seam, span) for span in self._terms.spans])
            self._history_told(new, reach, healed=self._history is not None)
            self.backfills += bool(new)
            self._lost = 0
        self._waiting, self._gap = 0.0, False
        self.mailbox.put_all(amended)
        if not self._terms.folded:
            self.mailbox.put_all(self.ordering.settle(seam))
        self.stage = Stage.LIVE
        self._lane = self.ordering.only_lane
        for event in since:
            self._deliver(event)
        self._doubt_halts(now)
        self.mailbox.release()
        log.info("ticker_live", symbol=self.symbol, bars=len(new), amended=len(amended))

    def doubt(self) -> None:
        """It has gone mute: it may be halted, unless another feed quotes it."""
        now = self._now() - self._terms.delay
        if self.stage is Stage.LIVE and now - self.ordering.quoted > LEAST:
            self._doubt_halts(now)

    def _doubt_halts(self, now: int) -> None:
        """Judge by its bars whether the symbol trades at `now`: word of that may be missed."""
        if not self._terms.paced:
            finest = self._terms.spans[0]
            self._tell(self.halts.joined(self.ordering.recent(finest), finest, now))
        self._short = not self._terms.paced and not self.halts.suspected

    def _events(self, fact: Fact) -> Sequence[Bar | Quote | Status]:
        """What `fact` means to a desk, before it is ordered."""
        halts, unseen = self.halts, self.ordering.unseen
        if isinstance(fact, Quote):
            return (fact,)
        if isinstance(fact, Bar):
            traded = halts.on_print(fact.ts - fact.span * SECOND, fact.seen)
            if self.fold is None or fact.span == 1:
                return (*traded, fact)
            # The vendor has closed the minute, so its seconds are over too.
            return (*traded, *self.fold.close(fact.ts, fact.seen), fact)
        if isinstance(fact, Status):
            return halts.on_status(fact)
        if isinstance(fact, Band):
            return halts.on_band(fact)
        if isinstance(fact, Trade | ConditionalTrade):
            events = halts.on_print(fact.ts, fact.seen)
            return events if self.fold is None else (*events, *self.fold.take(fact, unseen))
        return () if self.fold is None else self.fold.take(fact, unseen)

    def _deliver(self, event: Bar | Quote | Status) -> None:
        """Put `event` in order and hand on what that makes due."""
        if isinstance(event, Quote):
            if self.ordering.fresh(event):
                if self.halts.bounded:
                    self._tell(self.halts.on_quote(event))
                self._put(event)
            return
        if self.fold is not None and isinstance(event, Bar) and event.span > 1:
            for bar in self.ordering.reached(1, event.ts):
                self._put(bar)
        for admitted in self.ordering.admit(event):
            self._put(admitted)

    def _tell(self, statuses: Sequence[Status]) -> None:
        for status in statuses:
            self._deliver(status)

    def _put(self, event: MarketEvent) -> None:
        if self._terms.paced:
            self.mailbox.hold(event)
        else:
            self.mailbox.put(event)
