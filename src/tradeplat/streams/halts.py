"""Whether one symbol trades: by what the venue says of it, its price bands, and its own silence."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import LIMIT_STATE, SECOND, STILL_TRADED, SUSPECTED, Quote, Status

ENOUGH = 8
"""Gaps between bars from which a symbol's usual pace is told."""

JUDGED = 31
"""The newest bars by which it is told."""

MISSES = 3
"""So many of the longest gap lately are no chance any more."""

LEAST = 60 * SECOND
"""A shorter silence says nothing."""

PAUSE = 300 * SECOND
"""The shortest halt there is: of two words so far apart that a symbol trades, the second may end
one that nobody told of."""

REPORTED = 60 * SECOND
"""So long after a halt began what traded before may be reported: a print from then on ends it."""

_OVERNIGHT = 7_200 * SECOND


class Band(msgspec.Struct, frozen=True, gc=False):
    """The prices between which `symbol` may trade from `ts` on; both 0.0: there are none now."""

    symbol: str
    ts: int
    low: float
    high: float
    seen: int = 0


class Halts:
    """What one symbol's desk is told of halts, as statuses in order of time.

    A halt by the venue's word stands until the venue lifts it; who says the same again, or another
    vendor a little later, is not told once more. While a quote is at its band the
    symbol is in a limit state (LIMIT_STATE): it trades at that price only, so nobody enters.
    Vendors tell of changes, not of how things stand: a symbol that does not trade though it
    usually does is taken for halted (SUSPECTED) until something trades. That is judged as a stream
    is joined to history, at the start and after each loss, in which a halt or its end may have
    been missed.
    """

    def __init__(self, symbol: str, feed: str, calendar: Calendar | None = None) -> None:
        self.bounded = False
        """True while quotes have to be held against a band."""
        self.suspected = False
        """True while the next print lets the symbol trade again."""
        self._symbol = symbol
        self._feed = feed
        self._calendar = calendar
        self._said: Status | None = None
        self._low = self._high = 0.0
        self._banded = self._band_ends = 0
        self._limited = False
        self._unsure = False
        self._since = self._printed = self._newest = 0

    def recall(self, status: Status) -> None:
        """An earlier feed of the symbol ended with `status`, by which it does not trade. That it
        does again may have been said since: the first print from then on says so as well.
        """
        self._doubted(status)
        self._newest = max(self._newest, status.ts)

    def on_status(self, status: Status) -> Sequence[Status]:
        """The venue says whether the symbol trades: what the desk is told of it."""
        said = self._said
        if said is not None and (status.ts < said.ts or status == said):
            return (status,)  # late or repeated: whoever orders them drops it
        news = self._news(status)
        self._said, self._unsure, self.suspected = status, False, False
        if not news:
            return ()
        if not status.trading:
            self._unbound()
        elif self._limited:
            return (self._tell(status.ts, status.seen, LIMIT_STATE, status.feed),)
        self._newest = max(self._newest, status.ts)
        if status.ts == self._newest:
            return (status,)
        return (msgspec.structs.replace(status, ts=self._newest),)

    def on_band(self, band: Band) -> Sequence[Status]:
        """Quotes from now on are held against `band`, until regular hours end."""
        if band.ts < self._banded:
            return ()
        limited = self._limited
        self._unbound()
        self._banded = band.ts
        session = self._calendar.upcoming(band.ts) if self._calendar is not None else None
        self._band_ends = 2**63 - 1 if session is None else session.close
        regular = session is None or session.open <= band.ts < session.close
        if regular and 0.0 < band.low < band.high:
            self._low, self._high, self.bounded = band.low, band.high, True
            self._limited = limited
            return ()
        return self._freed(band.ts, band.seen) if limited else ()

    def on_quote(self, quote: Quote) -> Sequence[Status]:
        """Hold `quote` against the band; to be asked only where the symbol is `bounded`."""
        if quote.ts >= self._band_ends:
            limited = self._limited
            self._unbound()
            return self._freed(quote.ts, quote.seen, quote.feed) if limited else ()
        limited = quote.bid >= self._high or 0.0 < quote.ask <= self._low
        if limited is self._limited:
            return ()
        self._limited = limited
        if not limited:
            return self._freed(quote.ts, quote.seen, quote.feed)
        if self._paused:
            return ()
        return (self._tell(quote.ts, quote.seen, LIMIT_STATE, quote.feed),)

    def on_print(self, ts: int, seen: int) -> Sequence[Status]:
        """Something traded, or a bar of trades began, at `ts`."""
        self._printed = max(self._printed, ts)
        if not self.suspected or ts < self._since:
            return ()
        self.suspected = False
        return self._freed(ts, seen)

    def joined(self, bars: Sequence[int], span: int, now: int) -> Sequence[Status]:
        """Judge by the closes of the newest `bars` of `span` seconds, ascending, what history told
        up to `now`; to be asked as the stream goes live.
        """
        printed = max(self._printed, bars[-1] - span * SECOND if bars else 0)
        if self._paused:
            if self._unsure and self._said is not None:
                # Whether it trades again may have been said while nobody listened.
                self._doubted(self._said)
                self._said, self._unsure = None, False
        elif not (self.suspected or self._limited) and self._silent(
            bars, printed + span * SECOND, now
        ):
            self._since, self.suspected = now, True
            return (self._tell(now, now, SUSPECTED),)
        if self.suspected and printed >= self._since:
            self.suspected = False
            return self._freed(now, now)
        return ()

    def lost(self) -> None:
        """The connection is gone: what it says no more may be missed."""
        self._unsure = self._paused
        if not self._unsure:
            self._said = None

    @property
    def _paused(self) -> bool:
        return self._said is not None and not self._said.trading

    def _doubted(self, status: Status) -> None:
        """Wait for a print to say that `status` holds no longer."""
        halt = status.code not in STILL_TRADED
        self._since, self.suspected = status.ts + (REPORTED if halt else 0), True

    def _news(self, status: Status) -> bool:
        """True when `status` says more than the word that counts."""
        said = self._said
        if said is None or self.suspected or status.trading is not said.trading:
            return True
        if status.trading:
            return status.ts - said.ts >= PAUSE
        return status.code != said.code

    def _silent(self, bars: Sequence[int], last: int, now: int) -> bool:
        """True when nothing traded up to `now` for longer than the pace of `bars` explains."""
        session = self._calendar.upcoming(now) if self._calendar is not None else None
        if session is None or not session.open <= now < session.close:
            return False
        gaps = [b - a for a, b in pairwise(bars[-JUDGED:]) if b - a < _OVERNIGHT]
        if len(gaps) < ENOUGH:
            return False
        # A halt that is over explains the silence before its end.
        return now - max(last, session.open, self._newest) > max(LEAST, MISSES * max(gaps))

    def _freed(self, ts: int, seen: int, feed: str = "") -> Sequence[Status]:
        """One reason less not to trade."""
        if self._paused:
            return ()
        code = SUSPECTED if self.suspected else ""
        return (self._tell(ts, seen, code, feed),)

    def _unbound(self) -> None:
        self._low = self._high = 0.0
        self.bounded = self._limited = False

    def _tell(self, ts: int, seen: int, code: str, feed: str = "") -> Status:
        self._newest = max(self._newest, ts)
        trading, told = not code, code or "RESUMED"
        return Status(self._symbol, self._newest, trading, told, feed or self._feed, seen)
