"""Bars built print by print: what was traded in a minute or a day."""

from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.streams.prints import ALL, LAST, RANGE, VOLUME
from tradeplat.venue.alpaca_wire import (
    RestBar,
    Stamp,
    WireBar,
    WireDailyBar,
    WireUpdatedBar,
    whole,
    write_text,
)

_CENTS_OF_A_CENT = 6


class Candle:
    """One bar while it is made; `start` is its first instant in UTC nanoseconds.

    Prints may come late: the earliest by its own time is the open, the latest the close.
    """

    __slots__ = (
        "amending", "close", "count", "first", "high", "last", "low", "notional", "open", "sent",
        "start", "volume",
    )  # fmt: skip

    def __init__(self, start: int) -> None:
        self.start = start
        self.open = self.high = self.low = self.close = 0.0
        self.volume = 0.0
        self.notional = 0.0
        self.count = 0
        self.first = self.last = 0
        self.sent = False
        """True once it was published as closed."""
        self.amending = False
        """True while its update is on the way."""

    @classmethod
    def of(cls, bar: Bar) -> "Candle":
        """A candle that is `bar`, whose prints nobody knows."""
        candle = cls(bar.ts - bar.span * SECOND)
        candle.open, candle.high, candle.low, candle.close = bar.open, bar.high, bar.low, bar.close
        candle.volume = bar.volume
        candle.notional = bar.volume * (bar.high + bar.low + bar.close) / 3
        candle.count = 1
        candle.first, candle.last = candle.start, bar.ts - 1
        return candle

    @property
    def priced(self) -> bool:
        """True once a print has given it a price."""
        return self.open > 0

    def add(self, ts: int, price: float, size: float, moves: int = ALL) -> None:
        """Count a print of `size` shares at `price` that happened at `ts`."""
        self.count += 1
        if moves & VOLUME:
            self.volume += size
            self.notional += price * size
        if moves & RANGE:
            self.high = max(self.high, price)
            self.low = min(self.low, price) if self.low else price
        if moves & LAST:
            if not self.first or ts < self.first:
                self.first, self.open = ts, price
            if ts >= self.last:
                self.last, self.close = ts, price

    def merge(self, later: "Candle") -> None:
        """Take in the next bar of the same period."""
        if not self.priced:
            self.open, self.high, self.low = later.open, later.high, later.low
            self.first = later.first
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close, self.last = later.close, later.last
        self.volume += later.volume
        self.notional += later.notional
        self.count += later.count

    @property
    def vwap(self) -> float:
        """Volume-weighted price of its prints; the close when nothing was weighed."""
        return round(self.notional / self.volume, _CENTS_OF_A_CENT) if self.volume else self.close


def rest_bar(candle: Candle) -> RestBar:
    """`candle` as REST shows it."""
    return RestBar(write_text(candle.start), *_columns(candle))


def wire_bar(
    symbol: str, candle: Candle, kind: type[WireBar | WireUpdatedBar | WireDailyBar] = WireBar
) -> WireBar:
    """`candle` as the socket shows it: closed, updated, or the day's."""
    return kind(symbol, Stamp(candle.start), *_columns(candle))


def _columns(candle: Candle) -> tuple[float, float, float, float, float, int, float]:
    return (
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        whole(candle.volume),
        candle.count,
        candle.vwap,
    )


def as_was(bar: Candle, ratio: float) -> Candle:
    """`bar` as it was when its prices were `ratio` times what they are told as."""
    if ratio == 1.0:
        return bar
    found = Candle(bar.start)
    prices = (bar.open, bar.close, bar.high, bar.low)
    found.open, found.close, found.high, found.low = (round(one * ratio, 6) for one in prices)
    found.volume = float(round(bar.volume / ratio))
    found.notional = bar.vwap * ratio * found.volume
    found.count, found.first, found.last = bar.count, bar.first, bar.last
    return found


class Candles:
    """The minute bars of one symbol by their start, oldest first."""

    def __init__(self) -> None:
        self._minutes: dict[int, Candle] = {}
        self._starts: list[int] = []
        self._sorted = True

    def at(self, ts: int) -> Candle | None:
        """The bar of the minute `ts` lies in, if anything traded in it."""
        return self._minutes.get(ts - ts % MINUTE)

    def put(self, candle: Candle) -> None:
        """Add `candle`, or put it in the place of the one of its minute."""
        if candle.start not in self._minutes:
            self._sorted = self._sorted and (not self._starts or candle.start > self._starts[-1])
            self._starts.append(candle.start)
        self._minutes[candle.start] = candle

    def drop(self, start: int) -> None:
        """Forget the bar that starts at `start`: nothing traded in it after all."""
        if self._minutes.pop(start, None) is not None:
            self._starts.remove(start)

    def all(self) -> list[Candle]:
        """Every bar, oldest first."""
        if not self._sorted:
            self._starts.sort()
            self._sorted = True
        return [self._minutes[start] for start in self._starts]

    def newest_closed(self, now: int) -> Candle | None:
        """The newest bar whose minute is over at `now`."""
        for candle in reversed(self.all()):
            if candle.start + MINUTE <= now:
                return candle
        return None
