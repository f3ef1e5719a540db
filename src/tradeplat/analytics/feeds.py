"""Which feed of a session was late, missing or wrong, told from the session's record alone.

The sides are witnesses of each other. A bar whose prices lie apart from all quotes of its window
is wrong, or they are: a later amendment that agrees with them settles it, and else what both said
before and after, for a side that leaves the price both knew and comes back to it was wrong. A side
that is silent while the other one shows a moving market is missing, and so is what only history
brought. Late is what came later than the vendor's own hold and `late` allow; where two feeds are
late at once, it is we who were.
"""

from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

from tradeplat.analytics.feed_pace import Pace
from tradeplat.analytics.feed_sides import (
    FINDINGS,
    LATE,
    MISSING,
    STEP,
    UNDECIDED,
    WRONG,
    Finding,
    Side,
    guilty,
)
from tradeplat.core.market import SECOND, Backfill, Bar, Quote, Status
from tradeplat.core.record import Entry, Shown

APART = 0.005
"""Prices of a bar and of the quotes of its window differ when this part of the price is between."""

SILENT = 30 * SECOND
"""A bar without a quote so long before its end, or bars that cease twice as long while quotes
go on."""

KEPT = 120 * SECOND
"""Quotes that are kept to judge bars by."""

REMEMBERED = 1_000
"""Bars of a ticker of which a revision is told from a bar that came late."""

KEEPS = 20 * FINDINGS
"""Findings of one kind that are kept until all were judged: the first of all are told."""

CLEAR = 2.0
"""Of two suspects the one so many times further from what both knew is guilty."""


class Range(NamedTuple):
    """The lowest and the highest price that a side told of a window."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The price between both."""
        return (self.low + self.high) / 2.0


class Doubt(NamedTuple):
    """A bar that the quotes of its window contradict, until it is known who was wrong."""

    ts: int
    span: int
    bars: str
    quotes: str
    traded: Range
    quoted: Range
    before: float


class Ticker:
    """What both sides said of one symbol lately."""

    def __init__(self) -> None:
        self.quotes: deque[Quote] = deque()
        self.bars = ""
        """Name of the side that brings its bars; of its quotes the next one."""
        self.quoted = ""
        self.span = 0
        self.paces = (Pace(), Pace())
        """Of its bars, and of its quotes."""
        self.agreed = 0.0
        """The last price that both sides knew."""
        self.moved: Range | None = None
        """The lowest ask and the highest bid since the last bar: where the bid has come to be
        above that ask, somebody must have traded."""
        self.dark = False
        self.halted = False
        self.doubts: list[Doubt] = []
        self.shown: dict[int, float] = {}
        """Closes of the bars shown lately, by their instant."""


class FeedDifferences:
    """Folds a record's facts; `report` tells what was found. `late` is in nanoseconds."""

    def __init__(self, late: int = 2 * SECOND) -> None:
        self.late = late
        self.sides: dict[str, Side] = {}
        self.findings: list[Finding] = []
        self.undecided = 0
        self.together = 0
        """Facts that came late while those of another feed did: nobody is blamed for them."""
        self.first = self.last = 0
        self._tickers: dict[str, Ticker] = {}
        self._late: Counter[tuple[int, str, str, str]] = Counter()
        self._told_late: list[tuple[int, Finding]] = []

    def fold(self, entries: Iterable[Entry]) -> None:
        """Take in a record, and judge what was left open."""
        for entry in entries:
            if isinstance(entry, Shown):
                self._show(entry)
        for symbol, ticker in sorted(self._tickers.items()):
            self._settle(symbol, ticker, ticker.agreed)
            if ticker.quotes:
                self._ceased(symbol, ticker, ticker.quotes[-1].ts)
        self._judge_late()
        self.findings = sorted(self.findings, key=lambda finding: finding.ts)[:FINDINGS]

    def report(self) -> dict[str, object]:
        """Figures in all and by ticker, the guilty sides, and what was found; JSON-ready."""
        sides = [self.sides[name] for name in sorted(self.sides)]
        symbols = sorted({symbol for side in sides for symbol in side.events})
        return {
            "late_ms": self.late / 1e6,
            "guilty": guilty(sides),
            "undecided": self.undecided,
            "together": self.together,
            "sides": [{"side": side.name, **side.body()} for side in sides],
            "tickers": [
                {
                    "symbol": symbol,
                    "guilty": guilty(sides, symbol),
                    "sides": [{"side": s.name, **s.body(symbol)} for s in sides],
                }
                for symbol in symbols
            ],
            "findings": [
                {"ts": f.ts, "symbol": f.symbol, "side": f.side, "what": f.what, "words": f.words}
                for f in self.findings
            ],
        }

    def _show(self, entry: Shown) -> None:
        event = entry.event
        ticker = self._tickers.get(event.symbol)
        if ticker is None:
            ticker = self._tickers[event.symbol] = Ticker()
        if isinstance(event, Quote):
            self._timed(event, "quotes")
            self._quote(event, ticker)
        elif isinstance(event, Bar):
            if event.revision:
                self._amended(event, ticker)
            else:
                self._timed(event, "bars")
                self._bar(event, ticker)
        elif isinstance(event, Status):
            ticker.halted, ticker.moved = not event.trading, None
            for pace in ticker.paces:
                if pace.last:
                    pace.restart(max(pace.last, event.ts))
        else:
            self._healed(event, ticker)

    def _timed(self, event: Bar | Quote, kind: str) -> None:
        name = f"{event.feed} {kind}"
        side = self.sides.get(name)
        if side is None:
            side = self.sides[name] = Side(event.feed, kind)
        self.first = self.first or event.ts
        self.last = max(self.last, event.ts)
        side.events[event.symbol] += 1
        if not event.seen:
            return
        lag = event.seen - event.ts
        side.heard(event.symbol, event.ts, lag)
        if lag > self.late + side.hold:
            words = f"{lag / SECOND:.1f} s after it was"
            step = event.seen // STEP
            self._late[step, event.feed, name, event.symbol] += 1
            if len(self._told_late) < KEEPS:
                told = Finding(event.ts, event.symbol, name, LATE, words)
                self._told_late.append((step, told))

    def _judge_late(self) -> None:
        """Blame whose facts came late, unless those of another feed did as well."""
        feeds: dict[int, set[str]] = {}
        for step, feed, _, _ in self._late:
            feeds.setdefault(step, set()).add(feed)
        for (step, _, name, symbol), count in self._late.items():
            if len(feeds[step]) > 1:
                self.together += count
            else:
                self.sides[name].blame(symbol, LATE, count)
        self.findings += [told for step, told in self._told_late if len(feeds[step]) == 1]

    def _quote(self, quote: Quote, ticker: Ticker) -> None:
        name = f"{quote.feed} quotes"
        ticker.quoted, ticker.dark = name, False
        kept = ticker.quotes
        if not 0.0 < quote.bid <= quote.ask:
            if quote.bid > 0.0 < quote.ask:
                words = f"bid {quote.bid:g} above ask {quote.ask:g}"
                self._blame(name, quote.symbol, quote.ts, WRONG, words)
            return
        if kept and kept[-1].ts > quote.ts:
            return
        bars, quotes = ticker.paces
        if not kept or _says(kept[-1]) != _says(quote):
            bars.moves += 1
        quotes.came(quote.ts, quote.ts)
        kept.append(quote)
        while kept[0].ts < quote.ts - KEPT:
            kept.popleft()
        low, high = ticker.moved if ticker.moved is not None else (quote.ask, quote.bid)
        ticker.moved = Range(min(low, quote.ask), max(high, quote.bid))

    def _bar(self, bar: Bar, ticker: Ticker) -> None:
        name = f"{bar.feed} bars"
        if ticker.span and bar.span > ticker.span:
            return
        if bar.span < ticker.span:
            ticker.paces = (Pace(), ticker.paces[1])
        ticker.bars, ticker.span = name, bar.span
        opened = bar.ts - bar.span * SECOND
        self._ceased(bar.symbol, ticker, opened)
        ticker.paces[0].came(opened, bar.ts)
        ticker.moved = None
        _remember(ticker, bar)
        quoted = self._quoted(bar, ticker)
        if quoted is None:
            return
        traded = Range(bar.low, bar.high)
        between = max(traded.low - quoted.high, quoted.low - traded.high)
        if between > APART * quoted.middle:
            if not ticker.halted:
                doubt = Doubt(bar.ts, bar.span, name, ticker.quoted, traded, quoted, ticker.agreed)
                ticker.doubts.append(doubt)
            return
        self._settle(bar.symbol, ticker, bar.close)
        ticker.agreed = bar.close

    def _quoted(self, bar: Bar, ticker: Ticker) -> Range | None:
        """What the quotes of the window of `bar` say; None where there are none."""
        begin, found = bar.ts - bar.span * SECOND, None
        for quote in reversed(ticker.quotes):
            if quote.ts > bar.ts:
                continue
            if found is not None and quote.ts < begin - SILENT:
                break
            if found is None and quote.ts < bar.ts - max(SILENT, bar.span * SECOND):
                break
            low, high = found if found is not None else (quote.bid, quote.ask)
            found = Range(min(low, quote.bid), max(high, quote.ask))
            if quote.ts < begin:
                break
        silent = ticker.paces[1].silent(bar.ts, SILENT)
        if found is None and silent and not ticker.dark and not ticker.halted:
            ticker.dark = True
            words = f"no quote for {silent / SECOND:.0f} s before a bar that traded {bar.volume:g}"
            self._blame(ticker.quoted, bar.symbol, bar.ts, MISSING, words)
        return found

    def _ceased(self, symbol: str, ticker: Ticker, ts: int) -> None:
        """Judge the time from the last bar to `ts`, in which quotes may have gone on alone."""
        pace, moved = ticker.paces[0], ticker.moved
        length = pace.silent(ts, max(2 * SILENT, ticker.span * SECOND))
        if not length or moved is None or ticker.halted:
            return
        far = (moved.high - moved.low) / moved.middle
        if pace.busy or (pace.moves >= 3 and far > APART):
            words = f"no bar for {length / SECOND:.0f} s in which quotes changed {pace.moves} times"
            self._blame(ticker.bars, symbol, pace.last, MISSING, words)

    def _healed(self, told: Backfill, ticker: Ticker) -> None:
        """What only history brought was missing in the stream."""
        name = ticker.bars
        if name and told.since and not told.healed:
            self._blame(name, told.symbol, told.since, MISSING, "a gap that history did not fill")
        for bar in told.bars:
            if told.since and bar.span == ticker.span and bar.ts > told.since and name:
                self._blame(name, told.symbol, bar.ts, MISSING, "only history brought it")
            if not ticker.span or bar.span <= ticker.span:
                ticker.paces[0].restart(bar.ts)
                _remember(ticker, bar)
        ticker.moved = None

    def _amended(self, bar: Bar, ticker: Ticker) -> None:
        """A bar is revised: its first word came late where there was none in its place, and was
        wrong where the price is another now.
        """
        name, was = f"{bar.feed} bars", ticker.shown.get(bar.ts)
        if name not in self.sides or bar.span != ticker.span:
            return
        for doubt in ticker.doubts:
            if doubt.ts == bar.ts and doubt.span == bar.span:
                quoted = doubt.quoted
                if max(bar.low - quoted.high, quoted.low - bar.high) <= APART * quoted.middle:
                    ticker.doubts.remove(doubt)
                    words = "amended to what the quotes had said"
                    self._blame(doubt.bars, bar.symbol, bar.ts, WRONG, words)
                return
        if was is None:
            self._blame(name, bar.symbol, bar.ts, LATE, "it came only after bars that follow it")
        elif abs(bar.close - was) > APART * was:
            self._blame(name, bar.symbol, bar.ts, WRONG, f"close {was:g} amended to {bar.close:g}")
        _remember(ticker, bar)

    def _settle(self, symbol: str, ticker: Ticker, after: float) -> None:
        """Judge the doubts: both sides know a price again, or nothing more comes."""
        for doubt in ticker.doubts:
            known = [price for price in (doubt.before, after) if price]
            if not known:
                self._open(doubt, symbol)
                continue
            true = Range(min(known), max(known))
            traded = _off(doubt.traded, true)
            quoted = _off(doubt.quoted, true)
            if traded > CLEAR * quoted:
                self._blame(doubt.bars, symbol, doubt.ts, WRONG, _words(doubt))
            elif quoted > CLEAR * traded:
                self._blame(doubt.quotes, symbol, doubt.ts, WRONG, _words(doubt))
            else:
                self._open(doubt, symbol)
        ticker.doubts.clear()

    def _open(self, doubt: Doubt, symbol: str) -> None:
        self.undecided += 1
        self._find(Finding(doubt.ts, symbol, "", UNDECIDED, _words(doubt)))

    def _blame(self, name: str, symbol: str, ts: int, what: str, words: str) -> None:
        self.sides[name].blame(symbol, what)
        self._find(Finding(ts, symbol, name, what, words))

    def _find(self, finding: Finding) -> None:
        if len(self.findings) < KEEPS:
            self.findings.append(finding)


def _says(quote: Quote) -> tuple[float, ...]:
    return quote.bid, quote.ask, quote.bid_size, quote.ask_size


def _remember(ticker: Ticker, bar: Bar) -> None:
    shown = ticker.shown
    shown[bar.ts] = bar.close
    if len(shown) > 2 * REMEMBERED:
        for ts in sorted(shown)[:REMEMBERED]:
            del shown[ts]


def _off(told: Range, true: Range) -> float:
    """How far what a side told is from the prices both knew."""
    return max(told.low - true.high, true.low - told.high, 0.0)


def _words(doubt: Doubt) -> str:
    return (
        f"traded {doubt.traded.low:g} to {doubt.traded.high:g}, "
        f"quoted {doubt.quoted.low:g} to {doubt.quoted.high:g}"
    )
