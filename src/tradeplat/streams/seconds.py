"""Folds the prints of one symbol into 1-second bars."""

from collections.abc import Callable, Sequence
from math import inf
from struct import Struct

from tradeplat.core.market import SECOND, Bar, Trade
from tradeplat.streams.prints import ALL, LAST, RANGE, VOLUME, Cancel, ConditionalTrade, Correction

SECONDS_KEPT = 120
"""Closed seconds that a late print, a cancellation or a correction may still revise."""

PRINTS_KEPT = 2048
"""Prints of closed seconds kept for cancellations and corrections."""

_ROW = Struct("<qqddB")
"""A print as it is kept: id, time, price, size, and what it moves; 33 bytes, not objects."""


class _Second:
    """One second's running figures; a figure nothing has set yet is 0."""

    __slots__ = (
        "bare",
        "close",
        "first",
        "high",
        "last",
        "low",
        "open",
        "prints",
        "revision",
        "shown",
        "volume",
    )

    def __init__(self) -> None:
        self.prints = bytearray()
        self.bare = False
        """True once its prints were dropped: it can grow but no longer be worked out anew."""
        self.revision = -1
        self.shown = (0.0, 0.0, 0.0, 0.0)
        """The prices last handed out: they stand, without volume, if every print is taken back."""
        self.clear()

    def clear(self) -> None:
        self.open = self.high = self.close = self.volume = 0.0
        self.low = inf
        self.first = self.last = -1

    def add(self, trade: Trade, may: int) -> None:
        """Take `trade` in, and keep it while there is room."""
        ts, price, size = trade.ts, trade.price, trade.size
        self.take(ts, price, size, may)
        if not self.bare:
            self.prints += _ROW.pack(trade.trade_id, ts, price, size, may)

    def take(self, ts: int, price: float, size: float, may: int) -> None:
        if may & LAST:
            if ts >= self.last:
                self.last = ts
                self.close = price
            if self.first < 0 or ts < self.first:
                self.first = ts
                self.open = price
        if may & RANGE:
            if price < self.low:
                self.low = price
                self.high = self.high or price
            elif price > self.high:
                self.high = price
        if may & VOLUME:
            self.volume += size

    def again(self) -> None:
        """Work the figures out anew."""
        self.clear()
        for _, ts, price, size, may in _ROW.iter_unpack(self.prints):
            self.take(ts, price, size, may)

    def find(self, trade_id: int, price: float, size: float) -> int:
        """Where the print of this name stands among the prints, or -1."""
        name = (trade_id, price, size)
        for place, (known, _, at, of, _) in enumerate(_ROW.iter_unpack(self.prints)):
            if (known, at, of) == name:
                return place * _ROW.size
        return -1

    @property
    def held(self) -> int:
        """How many prints are kept."""
        return len(self.prints) // _ROW.size

    @property
    def whole(self) -> bool:
        return self.first >= 0 and self.high > 0.0


class SecondFold:
    """The 1-second bars of `symbol`, from the prints with `ts` at or after `since`.

    A second [k, k+1) becomes a bar with `ts` = k+1 when `close` passes it or a print of a later
    second comes; a second without a print that moves prices makes no bar. Open and close go by
    time, then by arrival. A print, cancellation or correction for one of the last 120 closed
    seconds gives that bar again, with its next revision; older ones count in `late`, those that
    name no print we know in `unmatched`.
    """

    __slots__ = (
        "_closed",
        "_feed",
        "_full",
        "_gone",
        "_held",
        "_open",
        "_since",
        "_start",
        "_symbol",
        "late",
        "unmatched",
    )

    def __init__(self, symbol: str, feed: str, since: int = 0) -> None:
        self._symbol = symbol
        self._feed = feed
        self._since = since
        self._gone = since - 1
        self._start = -1
        self._open: _Second | None = None
        self._closed: dict[int, _Second] = {}
        self._full: dict[int, _Second] = {}
        self._held = 0
        self.late = 0
        self.unmatched = 0

    def add(self, trade: Trade, moves: int = ALL) -> Sequence[Bar]:
        """Take in a print; the bars it closes or revises."""
        ts = trade.ts
        start = ts - ts % SECOND
        second = self._open
        if second is not None and start == self._start:
            second.add(trade, moves)
            return ()
        if start <= self._gone:
            self.late += start >= self._since
            return ()
        if start > self._start:
            bars = self.close(start, trade.seen)
            self._start = start
            self._open = second = _Second()
            second.add(trade, moves)
            return bars
        return self._belated(start, trade, moves)

    def take(self, fact: object, unseen: Callable[[Trade], bool]) -> Sequence[Bar]:
        """What a print, its correction or its cancellation makes due; `unseen` knows the prints
        that were there before.
        """
        if isinstance(fact, Trade):
            return self.add(fact) if unseen(fact) else ()
        if isinstance(fact, ConditionalTrade):
            return self.add(fact.trade, fact.moves) if unseen(fact.trade) else ()
        if isinstance(fact, Cancel):
            return self.cancel(fact)
        return self.correct(fact) if isinstance(fact, Correction) else ()

    def close(self, through: int, seen: int = 0) -> Sequence[Bar]:
        """Close what ended at or before `through`: its bar, or none."""
        second = self._open
        if second is None or self._start + SECOND > through:
            return ()
        self._open = None
        self._keep(self._start, second)
        return self._bar(self._start, second, seen)

    def cancel(self, cancel: Cancel) -> Sequence[Bar]:
        """Take a print back; the bar that revises."""
        found = self._find(cancel.trade_id, cancel.price, cancel.size)
        if found is None:
            return ()
        start, second, place = found
        del second.prints[place : place + _ROW.size]
        self._held -= second is not self._open
        return self._revised(start, second, cancel.seen)

    def correct(self, correction: Correction) -> Sequence[Bar]:
        """Put the corrected print in the place of the old one; the bar that revises."""
        found = self._find(correction.trade_id, correction.price, correction.size)
        if found is None:
            return ()
        start, second, place = found
        # The new print stands at the old one's time: a correction's own time is when it was made.
        ts, new = _ROW.unpack_from(second.prints, place)[1], correction.trade
        row = (new.trade_id, ts, new.price, new.size, correction.moves)
        _ROW.pack_into(second.prints, place, *row)
        return self._revised(start, second, new.seen)

    def restart(self, since: int) -> None:
        """Forget everything, and take prints from `since` on only."""
        self._since = since
        self._gone = since - 1
        self._start = -1
        self._open = None
        self._closed.clear()
        self._full.clear()
        self._held = 0

    def _belated(self, start: int, trade: Trade, moves: int) -> Sequence[Bar]:
        second = self._closed.get(start)
        if second is None:
            second = _Second()
            self._keep(start, second)
        second.add(trade, moves)
        self._held += not second.bare
        return self._bar(start, second, trade.seen)

    def _keep(self, start: int, second: _Second) -> None:
        self._closed[start] = self._full[start] = second
        self._held += second.held
        if len(self._closed) > SECONDS_KEPT:
            oldest = min(self._closed)
            del self._closed[oldest]
            self._drop_prints(oldest)
            self._gone = oldest
        while self._held > PRINTS_KEPT:
            old = next(iter(self._full), start)
            if old == start:
                break
            self._drop_prints(old)

    def _drop_prints(self, start: int) -> None:
        """Forget the prints of a second, if it still has them."""
        second = self._full.pop(start, None)
        if second is not None:
            self._held -= second.held
            second.prints.clear()
            second.bare = True

    def _find(self, trade_id: int, price: float, size: float) -> tuple[int, _Second, int] | None:
        """Where the print stands: its second and where in its prints."""
        seconds = [*self._closed.items()]
        if self._open is not None:
            seconds.append((self._start, self._open))
        for start, second in reversed(seconds):
            place = second.find(trade_id, price, size)
            if place >= 0:
                return start, second, place
        self.unmatched += 1
        return None

    def _revised(self, start: int, second: _Second, seen: int) -> Sequence[Bar]:
        second.again()
        return () if second is self._open else self._bar(start, second, seen)

    def _bar(self, start: int, second: _Second, seen: int) -> Sequence[Bar]:
        if second.whole:
            second.shown = (second.open, second.high, second.low, second.close)
        elif second.revision < 0:
            return ()
        second.revision += 1
        return (
            Bar(
                self._symbol,
                start + SECOND,
                *second.shown,
                second.volume,
                1,
                self._feed,
                seen,
                second.revision,
            ),
        )
