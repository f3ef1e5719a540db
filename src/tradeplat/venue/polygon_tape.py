"""What Polygon's socket tells of the venue's market, made of what the market says.

A second with prints becomes an `A` aggregate once it is over; it is told again, corrected, when a
print of it comes late, is taken back or replaced. Minutes follow the market's own: an update is the
aggregate of the same window again. A minute comes behind the seconds it is made of. Halts and
resumptions are told for Nasdaq listings alone, as LULD indicators.
"""

from collections.abc import Callable, Iterable
from functools import partial

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.streams.prints import VOLUME, moves
from tradeplat.venue import polygon_wire as wire
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.alpaca_wire import (
    Message,
    WireBar,
    WireDailyBar,
    WireLuld,
    WireQuote,
    WireStatus,
    WireTrade,
)
from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle
from tradeplat.venue.days import day_start
from tradeplat.venue.market import Market

CHANNELS = ("A", "AM", "T", "Q", "LULD")
"""What a client may subscribe to."""

_RESUMES = frozenset({"T", "3"})
_HALTS = frozenset({"H", "P", "2"})

_FOREVER = 1 << 62
_FINEST = 9
"""Decimals of the smallest fraction of a share."""

Outlet = Callable[[list[Message]], None]


class PolygonTape:
    """Tells `outlet` of the market. Seconds go out `delay` nanoseconds after their end."""

    def __init__(
        self, market: Market, calendar: Calendar, agenda: Agenda, delay: int, outlet: Outlet
    ) -> None:
        self._market = market
        self._calendar = calendar
        self._agenda = agenda
        self._delay = delay
        self._outlet = outlet
        self._number = 0
        self._running: dict[str, dict[int, None]] = {}
        """Seconds by symbol that are to be told, by their start."""
        self._bands: dict[str, tuple[float, float]] = {}
        self._opens: dict[tuple[str, int], float] = {}

    def take(self, messages: Iterable[Message], now: int) -> None:
        """Tell at `now` what `messages` tell."""
        told: list[Message] = []
        for message in messages:
            self._number += 1
            told += self._told(message, now)
        if told:
            self._outlet(told)

    def joined(self, now: int) -> None:
        """Somebody begins to listen: they are told the second that is under way as well."""
        for book in self._market.books.values():
            last = book.last
            # An older second was told to whoever listened: it is not to be told twice.
            if last is not None and last.ts - last.ts % SECOND + SECOND + self._delay > now:
                self._mark(book, last.ts, now)

    def changed(self, symbol: str, ts: int, now: int) -> None:
        """A print of `symbol` at `ts` was taken back or replaced: its second is told again."""
        self._mark(self._market.books[symbol], ts, now)

    def official_open(self, book: Book, ts: int) -> float | None:
        """The first regular price of the day `ts` lies in, None before there is one."""
        session = self._calendar.upcoming(ts)
        if session is None or ts < session.open:
            return None
        known = self._opens.get((book.symbol, session.day))
        if known is not None:
            return known
        regular = (one for one in book.minutes.all() if session.open <= one.start < session.close)
        first = next((one.open for one in regular if one.priced), None)
        if first is not None:
            self._opens[book.symbol, session.day] = first
        return first

    def _told(self, message: Message, now: int) -> list[Message]:
        body, symbol = message.body, message.symbol
        match body:
            case WireTrade():
                self._mark(self._market.books[symbol], body.t.ts, now)
                return [Message("T", symbol, wire.trade(body, self._number))]
            case WireQuote():
                return [Message("Q", symbol, wire.quote(body, self._number))]
            case WireDailyBar():
                return []
            case WireBar():
                return [*self._flush(symbol, now), self._minute(body)]
            case WireLuld():
                self._bands[symbol] = (body.u, body.d)
                return [Message("LULD", symbol, wire.band(body, self._number))]
            case WireStatus():
                return self._status(body)
        return []

    def _status(self, body: WireStatus) -> list[Message]:
        if body.z != "C" or body.sc not in _HALTS | _RESUMES:
            return []
        # A halt ends the band: where it trades again is not for the old one to say.
        bands = self._bands.pop(body.S, (0.0, 0.0))
        told = wire.halt(body, bands, self._number, trading=body.sc in _RESUMES)
        return [Message("LULD", body.S, told)]

    def _minute(self, body: WireBar) -> Message:
        book = self._market.books[body.S]
        told = wire.minute(body, day_until(book, body.t.ts + MINUTE))
        self._open(told, book, body.t.ts)
        return Message("AM", body.S, told)

    def _mark(self, book: Book, ts: int, now: int) -> None:
        """See to it that the second of `ts` is told, or told again."""
        start = ts - ts % SECOND
        running = self._running.setdefault(book.symbol, {})
        if start not in running:
            running[start] = None
            due = max(now, start + SECOND + self._delay)
            self._agenda.put(due, partial(self._close, book.symbol, start))

    def _close(self, symbol: str, start: int, _: int) -> None:
        if start in self._running.get(symbol, {}):
            told = self._second(symbol, start)
            if told:
                self._outlet(told)

    def _flush(self, symbol: str, now: int) -> list[Message]:
        """The seconds of `symbol` that are over but were not told yet."""
        over = [start for start in self._running.get(symbol, {}) if start + SECOND <= now]
        return [message for start in sorted(over) for message in self._second(symbol, start)]

    def _second(self, symbol: str, start: int) -> list[Message]:
        self._running[symbol].pop(start, None)
        book = self._market.books[symbol]
        bar = second_bar(book, start)
        if not bar.priced:
            return []
        day = day_until(book, start + SECOND)
        told = wire.aggregate(wire.PolygonAgg, symbol, bar, day, SECOND)
        self._open(told, book, start)
        return [Message("A", symbol, told)]

    def _open(self, told: wire.PolygonAgg, book: Book, ts: int) -> None:
        first = self.official_open(book, ts)
        if first is not None:
            told.op = first


def second_bar(book: Book, start: int) -> Candle:
    """What `book` holds of the second that begins at `start`; without a price nothing traded."""
    bar = Candle(start)
    for at in book.prints.within(start, start + SECOND - 1):
        done = book.prints[at]
        bar.add(done.ts, done.price, done.size, moves(done.conditions, book.tape))
    return bar


def day_until(book: Book, end: int) -> Candle | None:
    """The day of the instant before `end` as far as it was over at `end`, volume and VWAP of it."""
    day = book.day(end - 1)
    later = book.prints.within(end, _FOREVER)
    if day is None or not later:
        return day
    found = Candle(day.start)
    found.close, found.volume, found.notional = day.close, day.volume, day.notional
    for at in later:
        done = book.prints[at]
        if moves(done.conditions, book.tape) & VOLUME and day_start(done.ts) == day.start:
            found.volume -= done.size
            found.notional -= done.price * done.size
    found.volume = round(found.volume, _FINEST)
    return found
