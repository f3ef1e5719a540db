"""What the venue knows of one symbol: its prints, quotes and bars, past and running."""

from functools import lru_cache

from tradeplat.core.market import MINUTE, SECOND, Bar, Quote, Trade
from tradeplat.streams.prints import moves
from tradeplat.venue.candles import Candle, Candles
from tradeplat.venue.days import day_start
from tradeplat.venue.ticks import Print, Prints, Quotes

_TAPES = {"NASDAQ": "C", "NYSE": "A"}
_OTHER_TAPE = "B"
_DAY_SPAN = 86_400

_moves = lru_cache(maxsize=1024)(moves)


class Book:
    """The record of one symbol. `tape` is the letter its prints are reported on."""

    def __init__(self, symbol: str, exchange: str = "NASDAQ") -> None:
        self.symbol = symbol
        self.tape = _TAPES.get(exchange, _OTHER_TAPE)
        self.prints = Prints()
        self.quotes = Quotes()
        self.minutes = Candles()
        self.days: dict[int, Candle] = {}
        self.last: Print | None = None
        """The newest print that sets a price."""
        self._finest: dict[int, int] = {}

    def is_finest(self, bar: Bar) -> bool:
        """True when nothing finer of this symbol was shown of the time that `bar` covers."""
        opened = bar.ts - bar.span * SECOND
        return not any(
            span < bar.span and (ts > opened or (span == 0 and ts == opened))
            for span, ts in self._finest.items()
        )

    def see(self, span: int, ts: int) -> None:
        """Remember that data of `span` (0 is a print) was shown at `ts`."""
        self._finest[span] = ts

    def quote(self, quote: Quote) -> None:
        """Record `quote`."""
        self.quotes.add(quote)

    def print(self, trade: Trade, conditions: tuple[str, ...]) -> tuple[Print, Candle]:
        """Record `trade`; the print as recorded and the minute it fell in."""
        done = self.prints.add(trade, conditions)
        minute = self._count(done)
        return done, minute

    def minute_bar(self, bar: Bar) -> Candle:
        """Record a recorded minute bar whose prints nobody knows."""
        candle = Candle.of(bar)
        self.minutes.put(candle)
        self._day(candle.start).merge(candle)
        self.last = Print(bar.ts - 1_000, bar.close, bar.volume, 0, ())
        return candle

    def coarse_bar(self, bar: Bar) -> None:
        """Record a bar longer than a minute: a daily one joins the days."""
        self.last = Print(bar.ts - 1_000, bar.close, bar.volume, 0, ())
        if bar.span == _DAY_SPAN:
            self.daily_bar(bar)

    def daily_bar(self, bar: Bar) -> None:
        """Record a finished day; what is known of that day already stays."""
        candle = Candle.of(bar)
        candle.start = day_start(bar.ts - 1)
        self.days.setdefault(candle.start, candle)

    def day_close(self, start: int, close: float) -> None:
        """Record that the day which began at `start` closed at `close`, if nothing else tells."""
        candle = Candle(start)
        candle.open = candle.high = candle.low = candle.close = close
        self.days.setdefault(start, candle)

    def remake(self, ts: int) -> Candle | None:
        """Build minute and day of `ts` anew, for a print was changed or taken back.

        The minute, or None when it has no priced print left.
        """
        begun = ts - ts % MINUTE
        old = self.minutes.at(ts)
        minute = Candle(begun)
        for at in self.prints.within(begun, begun + MINUTE - 1):
            self._add(minute, self.prints[at])
        if old is not None:
            minute.sent, minute.amending = old.sent, old.amending
        if minute.priced:
            self.minutes.put(minute)
        else:
            self.minutes.drop(begun)
        self._remake_day(day_start(ts))
        self._remake_last()
        return minute if minute.priced else None

    def day(self, ts: int) -> Candle | None:
        """The bar of the day `ts` lies in, None when nothing traded."""
        candle = self.days.get(day_start(ts))
        return candle if candle is not None and candle.priced else None

    def previous_day(self, ts: int) -> Candle | None:
        """The newest daily bar of a day before that of `ts`."""
        today = day_start(ts)
        return self.days.get(max((start for start in self.days if start < today), default=0))

    def _count(self, done: Print) -> Candle:
        minute = self.minutes.at(done.ts)
        if minute is None:
            minute = Candle(done.ts - done.ts % MINUTE)
            self.minutes.put(minute)
        self._add(minute, done)
        self._add(self._day(done.ts), done)
        if self.last is None or done.ts >= self.last.ts:
            self.last = done
        return minute

    def _add(self, candle: Candle, done: Print) -> None:
        candle.add(done.ts, done.price, done.size, _moves(done.conditions, self.tape))

    def _day(self, ts: int) -> Candle:
        start = day_start(ts)
        candle = self.days.get(start)
        if candle is None:
            candle = self.days[start] = Candle(start)
        return candle

    def _remake_day(self, start: int) -> None:
        day = Candle(start)
        for minute in self.minutes.all():
            if day_start(minute.start) == start and minute.priced:
                day.merge(minute)
        self.days[start] = day

    def _remake_last(self) -> None:
        self.last = self.prints[len(self.prints) - 1] if len(self.prints) else None
