"""A vendor's live market data: one socket for the account, one feed of events for each ticker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from weakref import WeakSet

import msgspec
import numpy as np

from tradeplat.core.calendar import Calendar
from tradeplat.core.conditions import Condition
from tradeplat.core.errors import Corrupt, TradeplatError, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock, Feed, History
from tradeplat.streams.beside import Beside
from tradeplat.streams.connection import Access, Connection
from tradeplat.streams.counts import counts, totals
from tradeplat.streams.dialect import Dialect, Fact
from tradeplat.streams.feed import TickerFeed
from tradeplat.streams.health import Health, Reading, channel_health, conditions
from tradeplat.streams.outages import history_lines
from tradeplat.streams.overheard import Overheard
from tradeplat.streams.served import Served
from tradeplat.streams.subscriptions import Subscriptions
from tradeplat.streams.terms import Left, Stage, Terms
from tradeplat.streams.ticker import Ticker
from tradeplat.streams.timing import PATIENCE, Timing
from tradeplat.streams.turns import REST, Turns, Way
from tradeplat.streams.vigil import Alarm, Vigil, nobody
from tradeplat.streams.watermark import Watermark

DELAYED = ("delayed", "delayed_sip")
"""Feeds that lag fifteen minutes behind the clock."""

LATELY = 300 * SECOND
"""A symbol that has a bar as new as this is one of which something is to come."""

TICK = 0.02
"""Wall seconds between looks at the clock, where no venue paces us."""


class Services(msgspec.Struct, frozen=True):
    """What the client is handed by the house."""

    clock: Clock
    rng: np.random.Generator
    """Spreads the delays between attempts."""
    history: History | None = None
    """Warms desks and fills gaps; without it a desk starts cold and a loss leaves a hole."""
    observe: Callable[[int], None] | None = None
    """Is told, batch by batch, the nanoseconds from the first event's decoding to its desk."""
    calendar: Calendar | None = None
    """Tells the parts of the day, each with its usual traffic."""
    alarm: Alarm = nobody
    """Is told of data that is not traded on."""
    sync: Callable[[], Awaitable[None]] | None = None
    """Takes over the venue's clock: before each seam, for history and stream meet there."""
    way: Way = Way()
    """What market data lets go of the loop for."""


class Tuning(msgspec.Struct, frozen=True):
    """What hardly ever needs another value."""

    timing: Timing = PATIENCE
    warm: int = 120
    """Bars of each span a new desk is warmed with."""
    mailbox: int = 10_000
    """Bars that may wait for a desk before it counts as lagging."""
    grace: float = 0.25
    """Seconds after its end at which a 1-second bar is closed."""
    lateness: float = 2.0
    """Market seconds for which a bar that the vendor makes may come in its place, for it may come
    late and shuffled; afterwards it is an amendment."""
    skew: float = 0.0
    """Market seconds by which our clock may be off the vendor's with nobody told of it."""
    prints: bool = False
    """Ask for prints although the vendor makes the bars: they end a suspected halt sooner."""
    retry: float = 5.0
    """Wall seconds between attempts at history."""
    packed: bool = True
    """MessagePack rather than JSON."""
    early: float = 1.0
    """Market seconds by which a fact may be dated ahead of us and still be traded on."""
    paced: bool = False
    """A venue waits for us at each instant: `tick` hands events on, nobody doubts a silence."""


DEFAULTS = Tuning()


class Vendor(msgspec.Struct, frozen=True):
    """What makes a client one vendor's."""

    name: str
    dialect: Dialect
    ranked: tuple[str, ...]
    """Its channels, the most needed first: a plan's limit costs us the last ones."""
    channels: tuple[str, ...]
    """Those asked for each ticker."""
    terms: Terms


class TickerStreams:
    """One account's market data (core.ports.StreamClient), by what `vendor` says of its wire.

    `run` is the task that holds the socket; wherever no venue paces us it also closes seconds as
    the clock goes on. `open` gives one ticker's feed; a second one for the same ticker raises
    Corrupt. A feed raises StreamLagged when its desk fell behind, Transient when the plan's limit
    left nothing of it, Denied when a person must act.
    """

    def __init__(self, access: Access, vendor: Vendor, services: Services, tuning: Tuning) -> None:
        self._name, self._terms, self._channels = vendor.name, vendor.terms, vendor.channels
        self._services, self._codec = services, vendor.dialect
        self._subscriptions = Subscriptions(vendor.ranked)
        self.overheard = Overheard(self, self._subscriptions)
        timing = (
            msgspec.structs.replace(tuning.timing, mute=None) if tuning.paced else tuning.timing
        )
        self.connection = Connection(
            access, self._codec, self._subscriptions, self.overheard, services.clock, timing
        )
        self._tickers: dict[str, Ticker] = {}
        self._sinks: dict[str, Callable[[Fact], None]] = {}
        self._opening: WeakSet[TickerFeed] = WeakSet()
        self._left: dict[str, Left | None] = {}
        self._closed: Counter[str] = Counter()
        self._vigil = _vigil(services, tuning, timing, vendor)
        self._turns = Turns(services.way)
        self._watermark = Watermark(None if self._terms.paced else self._terms.delay)
        self._failure: TradeplatError | None = None
        self._timer: asyncio.Handle | None = None

    async def run(self) -> None:
        """Hold the socket until cancelled; raises Denied when a person must act."""
        self._failure = None
        if not self._terms.paced:
            self._look()
        try:
            await self.connection.run(self._services.rng)
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def open(self, symbol: str) -> Feed:
        """`symbol`'s events; entering subscribes, leaving unsubscribes."""
        if symbol in self._tickers:
            raise Corrupt(f"{symbol} is open on the stream already")
        feed = TickerFeed(symbol, self._enter, self._leave, self._complete)
        self._opening.add(feed)
        return feed

    def ticker(self, symbol: str) -> Ticker:
        """What `symbol`'s open feed is fed by."""
        return self._tickers[symbol]

    @asynccontextmanager
    async def beside(self, ticker: Ticker) -> AsyncIterator[None]:
        """Let `ticker`, of another client, have all that comes here of its symbol meanwhile."""
        symbol, subscriptions = ticker.symbol, self._subscriptions
        made = Beside(ticker, self._terms, lambda: bool(subscriptions.granted(symbol)))
        await self._admit(made)
        try:
            yield
        finally:
            await self._leave(made)

    def tick(self, now: int) -> None:
        """Time has come to `now` (UTC nanoseconds): seconds close; in lockstep, feeds go on."""
        for symbol in sorted(self._tickers):
            self._tickers[symbol].tick(now)

    def _look(self) -> None:
        """Tick now and every TICK from now on."""
        if self._vigil.look(asyncio.get_running_loop().time(), self._live()):
            self.connection.calm()
        if self._vigil.doubt:
            self.connection.leave(self._vigil.doubt)
        for symbol in self._vigil.mutes.why:
            self._tickers[symbol].doubt()
        now = self._watermark.reached(self._services.clock.now())
        self._look_at(sorted(self._tickers), now)

    def _look_at(self, symbols: Sequence[str], now: int) -> None:
        """Tick some tickers a turn of the loop: a second ends for all of them at once, and an order
        that the first desk decides must not wait until the last one has seen its bar.
        """
        some = self._turns.tickers
        for symbol in symbols[:some]:
            if symbol in self._tickers:
                self._tickers[symbol].tick(now)
        loop = asyncio.get_running_loop()
        if len(symbols) > some:
            rest = 0.0 if some else REST
            self._timer = loop.call_later(rest, self._look_at, symbols[some:], now)
        else:
            self._timer = loop.call_later(TICK, self._look)

    @property
    def received(self) -> int:
        """Data messages of the present connection, all of them dispatched."""
        return self.connection.received

    @property
    def drained(self) -> bool:
        """True when every desk has dealt with all it was given and waits for more."""
        return all(feed.entered for feed in self._opening) and all(
            ticker.idle for ticker in self._tickers.values()
        )

    @property
    def feed(self) -> str:
        """The name of the feed, as every event of it has it."""
        return self._terms.feed

    @property
    def feeds(self) -> list[dict[str, object]]:
        """How the feed stands: its connection, its tickers by stage, how far it is and its lag."""
        stages, state = Counter(self.stages.values()), self.connection.state.value
        told = {"vendor": self._name, "feed": self.feed, "state": state, "tickers": dict(stages)}
        return [{**told, **self._watermark.body(), "told": self._told()}]

    def _told(self) -> list[str]:
        """What went wrong, since when, and what comes next: a sentence each."""
        lines = self.connection.outages.lines(self._subscriptions.refused, self._codec)
        return lines + history_lines(self._tickers, self._terms.retry, self._services.history)

    @property
    def stages(self) -> Mapping[str, str]:
        """How far each ticker's stream is."""
        return {symbol: ticker.stage.value for symbol, ticker in self._tickers.items()}

    @property
    def channels(self) -> Mapping[tuple[str, str], str]:
        """How far each channel of each ticker is (health.Health), by symbol and channel."""
        state, subscriptions = self.connection.state.value, self._subscriptions
        found = {}
        for reading in self._readings():
            granted = subscriptions.granted(reading.symbol)
            for channel in self._channels:
                refused = (channel, reading.symbol) in subscriptions.refused
                told = reading._replace(refused=refused)
                health = channel_health(state, told, granted=channel in granted)
                found[reading.symbol, channel] = health.value
        return found

    def conditions(self, now: int) -> list[Condition]:
        """What the stream as it stands asks of entries at `now` (UTC ns); nothing while LIVE."""
        connection = self.connection
        return conditions(connection.state.value, connection.lost_because, self._readings(), now)

    def _live(self) -> dict[str, bool]:
        """The symbols that are live, and whether each has traded lately."""
        since = self._services.clock.now() - self._terms.delay - LATELY
        return {
            symbol: any(ticker.ordering.last(span) >= since for span in self._terms.spans)
            for symbol, ticker in self._tickers.items()
            if ticker.stage is Stage.LIVE
        }

    def _readings(self) -> list[Reading]:
        early = dict.fromkeys(self._vigil.early, "its data is dated in the future")
        mute = {**self._vigil.mutes.why, **self._vigil.served.why, **early}
        return [
            Reading(symbol, ticker.stage.value)
            if symbol not in mute or ticker.stage is not Stage.LIVE
            else Reading(symbol, Health.MUTE, why=mute[symbol])
            for symbol, ticker in self._tickers.items()
        ]

    @property
    def counters(self) -> dict[str, int]:
        """Everything counted since the start, by name."""
        total = totals(self._closed, self._tickers.values())
        total["frames"], total["messages"] = self.connection.frames, self.connection.messages
        total["decode_errors"], total["ignored"] = self._codec.errors, self._codec.ignored
        total["reconnects"] = max(self.connection.connects - 1, 0)
        total["complaints"] = self.connection.notes
        total["future"] = self._vigil.future
        total["lag_ms"] = self._vigil.lag // 1_000_000
        total["refused_topics"] = len(self._subscriptions.refused)
        total["mismatches"] = self._subscriptions.mismatches
        return total

    def on_facts(self, facts: list[Fact]) -> bool:
        """Hand each fact to its ticker (connection.Listener)."""
        sinks, heard, horizon = self._sinks, self._vigil.heard.add, self._vigil.horizon
        awaited, early = self._vigil.served.awaited, self._vigil.early
        if facts[-1].ts <= horizon:
            self._watermark.note(facts)
        for fact in facts:
            sink = sinks.get(fact.symbol)
            if fact.ts > horizon:
                self._vigil.drop(fact)
            elif sink is not None:
                heard(fact.symbol)
                if early and fact.symbol in early:
                    # What was dropped is in the history by now: joined anew, nothing is missing.
                    early.discard(fact.symbol)
                    self._tickers[fact.symbol].lost()
                if awaited and fact.symbol in awaited:
                    self._vigil.served.heard(fact.symbol, type(fact))
                sink(fact)
        self._vigil.came(facts, horizon)
        return self._turns.over(facts, behind=self._watermark.behind)

    def held(self) -> bool:
        """True while nothing more is to be handed on (connection.Listener)."""
        return self._turns.held

    def on_granted(self) -> None:
        """Tell the tickers the venue has answered for (connection.Listener)."""
        taken = self._subscriptions.taken()
        for symbol, ticker in self._tickers.items():
            if symbol in taken:
                ticker.lost()
            if self._subscriptions.complete(symbol):
                ticker.granted()

    def on_lost(self, reason: str) -> None:
        """Let every ticker join what comes next to what it has (connection.Listener)."""
        self._vigil.mutes.why.clear()
        for symbol, ticker in self._tickers.items():
            self._vigil.forget(symbol)
            ticker.lost()

    def on_fatal(self, error: TradeplatError) -> None:
        """Let every feed raise `error` (connection.Listener)."""
        self._failure = error
        for ticker in self._tickers.values():
            ticker.fail(error)

    def on_denied(self, error: TradeplatError) -> None:
        """Tell a person; what is open goes on without (connection.Listener)."""
        self._services.alarm("STREAM_DENIED", f"{self._name}: {error}; not tried again")

    async def _enter(self, symbol: str) -> Ticker:
        if symbol in self._tickers:
            raise Corrupt(f"{symbol} is open on the stream already")
        services = self._services
        now, observe, sync = services.clock.now, services.observe, services.sync
        ticker = Ticker(symbol, self._terms, services.history, now, observe, sync)
        if self._failure is not None:
            ticker.fail(self._failure)
        ticker.take_over(self._left.pop(symbol, None))
        await self._admit(ticker)
        return ticker

    async def _admit(self, ticker: Ticker) -> None:
        symbol = ticker.symbol
        self._tickers[symbol] = ticker
        self._sinks[symbol] = ticker.on_fact
        try:
            await self.connection.send(self._subscriptions.want(symbol, self._channels))
        except asyncio.CancelledError:
            await self._leave(ticker)
            raise

    async def _leave(self, ticker: Ticker) -> None:
        symbol = ticker.symbol
        del self._tickers[symbol]
        del self._sinks[symbol]
        self._closed.update(counts(ticker))
        self._vigil.forget(symbol)
        self._left[symbol] = ticker.left
        await self.connection.send(self._subscriptions.drop(symbol))

    def _complete(self, symbol: str) -> bool:
        if not self._subscriptions.complete(symbol):
            return False
        if not self._subscriptions.granted(symbol):
            raise Transient(f"{symbol}: the venue grants none of its channels")
        return True


def terms_of(spans: tuple[int, ...], feed: str, services: Services, tuning: Tuning) -> Terms:
    """How a client's tickers are kept whose seconds, if any, are folded from prints."""
    return Terms(
        tuple(sorted(set(spans))),
        feed,
        warm=tuning.warm,
        mailbox=tuning.mailbox,
        grace=0 if tuning.paced else int(tuning.grace * SECOND),
        skew=0 if tuning.paced else int(tuning.skew * SECOND),
        delay=900 * SECOND if feed in DELAYED else 0,
        paced=tuning.paced,
        retry=tuning.retry,
        calendar=services.calendar,
    )


def _vigil(services: Services, tuning: Tuning, timing: Timing, vendor: Vendor) -> Vigil:
    """What watches over a client's data."""
    early = None if tuning.paced else int(tuning.early * SECOND)
    made = Vigil(services.clock.now, early, timing.mute, services.calendar, services.alarm)
    made.served, made.delay = Served(vendor.channels), vendor.terms.delay
    return made
