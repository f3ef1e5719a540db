"""The market side of the venue: takes what happens, keeps the record, tells who listens.

Every print makes or changes the minute it fell in. A minute bar goes out `bar_delay` after its
minute, its update `amend_delay` after it if late prints changed it, the running day beside it. A
minute without a print has no bar. A recorded bar shorter than a minute is told as prints
(`bar_prints`), a recorded minute bar as itself; of bars and prints of one stretch of time only the
finest count. Quotes are told as they are, and none are made up.
"""

from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote, Status, Trade
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.alpaca_wire import (
    Message,
    Stamp,
    WireCancel,
    WireCorrection,
    WireDailyBar,
    WireLuld,
    WireQuote,
    WireTrade,
    WireUpdatedBar,
    message,
    whole,
)
from tradeplat.venue.bar_prints import prints_of
from tradeplat.venue.book import Book
from tradeplat.venue.candles import Candle, wire_bar
from tradeplat.venue.days import day_start
from tradeplat.venue.halts import status_wire
from tradeplat.venue.script import Event, Script
from tradeplat.venue.ticks import Print

EXCHANGE = "V"
"""The exchange letter on every print and quote: there is one venue."""

PLAIN = ("@",)
"""Sale conditions of an ordinary print."""

EXTENDED = ("@", "T")
"""Sale conditions of a print outside regular hours."""

Outlet = Callable[[list[Message]], None]
"""Takes messages to send, in order."""


Changed = Callable[[str, int, int], None]
"""Takes a symbol, the time of its print that is no more what it was, and the time now."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """When bars go out after their minute, in nanoseconds of venue time."""

    bar_delay: int = SECOND
    amend_delay: int = 30 * SECOND


class Market:
    """The state of every symbol, and the source of every market message."""

    def __init__(
        self, script: Script, calendar: Calendar, agenda: Agenda, timing: Timing, outlet: Outlet
    ) -> None:
        self._calendar = calendar
        self._agenda = agenda
        self._timing = timing
        self._outlet = outlet
        self._now = 0
        self._session: Session | None = None
        exchanges = script.exchanges
        self.books = {
            symbol: Book(symbol, exchanges.get(symbol, "NASDAQ")) for symbol in script.symbols
        }
        self.halted: set[str] = set()
        self.on_change: Changed | None = None
        """Hears of prints that were taken back or replaced."""
        self._imposed: set[str] = set()
        self._recall(script)

    @property
    def symbols(self) -> list[str]:
        """Every symbol of the script, sorted."""
        return sorted(self.books)

    def impose(self, events: Iterable[Event]) -> None:
        """Let no print of the script pass in the halts among `events`, which it knows nothing of:
        a symbol that is halted does not trade.
        """
        for event in events:
            if isinstance(event, Status):
                (self._imposed.discard if event.trading else self._imposed.add)(event.symbol)

    def finest(self, events: Iterable[Event]) -> list[Event]:
        """Those of `events` that count: bars only where nothing finer was shown of their time, and
        no print in a halt that was imposed.
        """
        kept: list[Event] = []
        for event in events:
            if event.symbol in self._imposed and isinstance(event, Bar | Trade):
                continue
            book = self.books[event.symbol]
            if isinstance(event, Bar):
                if not book.is_finest(event):
                    continue
                book.see(event.span, event.ts)
            elif isinstance(event, Trade):
                book.see(0, event.ts)
            kept.append(event)
        return kept

    def take(self, events: Iterable[Event], now: int) -> None:
        """Record `events`, which `finest` let through, at `now` and tell them."""
        self._now = now
        told: list[Message] = []
        for event in events:
            book = self.books[event.symbol]
            if isinstance(event, Quote):
                book.quote(event)
                told.append(message(_quote_wire(event, book.tape)))
            elif isinstance(event, Trade):
                told.append(message(self._print(book, event)))
            elif isinstance(event, Bar):
                told += self._bar(book, event)
            else:
                (self.halted.discard if event.trading else self.halted.add)(event.symbol)
                told.append(message(status_wire(event, book.tape)))
        if told:
            self._outlet(told)

    def late_print(self, trade: Trade, conditions: tuple[str, ...], now: int) -> None:
        """Report a print of any kind now, whenever it happened."""
        self._now = now
        self._outlet([message(self._print(self.books[trade.symbol], trade, conditions))])

    def cancel_print(self, symbol: str, number: int, now: int) -> bool:
        """Take the print with id `number` back; False when there is none."""
        self._now = now
        book = self.books[symbol]
        gone = book.prints.remove(number)
        if gone is None:
            return False
        wire = WireCancel(
            symbol,
            Stamp(now),
            EXCHANGE,
            gone.id,
            gone.price,
            whole(gone.size),
            "C",
            book.tape,
        )
        self._outlet([message(wire)])
        self._changed(book, gone.ts)
        return True

    def correct_print(self, symbol: str, number: int, price: float, size: float, now: int) -> bool:
        """Put another price and size in the place of print `number`; False when there is none."""
        self._now = now
        book = self.books[symbol]
        old = book.prints.remove(number)
        if old is None:
            return False
        new = book.prints.add(Trade(symbol, old.ts, price, size, "venue"), old.conditions)
        wire = WireCorrection(
            symbol,
            Stamp(old.ts),
            EXCHANGE,
            old.id,
            old.price,
            whole(old.size),
            list(old.conditions),
            new.id,
            new.price,
            whole(new.size),
            list(new.conditions),
            book.tape,
        )
        self._outlet([message(wire)])
        self._changed(book, old.ts)
        return True

    def band(self, symbol: str, low: float, high: float, now: int) -> None:
        """Tell the limit-up limit-down band of `symbol`."""
        tape = self.books[symbol].tape
        self._outlet([message(WireLuld(symbol, Stamp(now), high, low, "B", tape))])

    def _recall(self, script: Script) -> None:
        """Take in the days before the script begins; nobody is told."""
        before = self._calendar.previous(script.start)
        for symbol, close in script.closes.items():
            if before is not None and symbol in self.books:
                self.books[symbol].day_close(day_start(before.open), close)
        for bar in sorted(script.past, key=lambda bar: (bar.ts, bar.span)):
            book = self.books.get(bar.symbol)
            if book is None:
                continue
            if bar.span == MINUTE // SECOND:
                book.minute_bar(bar).sent = True
            elif bar.span > MINUTE // SECOND:
                book.coarse_bar(bar)

    def _bar(self, book: Book, bar: Bar) -> list[Message]:
        if bar.span * SECOND < MINUTE:
            return [message(self._print(book, print_)) for print_ in prints_of(bar)]
        if bar.span * SECOND == MINUTE:
            candle = book.minute_bar(bar)
            self._agenda.put(bar.ts + self._timing.bar_delay, partial(self._close, book, candle))
        else:
            book.coarse_bar(bar)
        return []

    def _print(
        self, book: Book, trade: Trade, conditions: tuple[str, ...] | None = None
    ) -> WireTrade:
        if conditions is None:
            conditions = PLAIN if self._is_regular(trade.ts) else EXTENDED
        done, minute = book.print(trade, conditions)
        if minute.count == 1:
            self._begin(book, minute)
        if minute.sent:
            self._amend(book, minute)
        return _trade_wire(book, done)

    def _begin(self, book: Book, minute: Candle) -> None:
        """See to it that a minute which begins to trade will be closed."""
        due = minute.start + MINUTE + self._timing.bar_delay
        if due < self._now:
            minute.sent = True
        else:
            self._agenda.put(due, partial(self._close, book, minute))

    def _changed(self, book: Book, ts: int) -> None:
        if self.on_change is not None:
            self.on_change(book.symbol, ts, self._now)
        minute = book.remake(ts)
        if minute is not None and minute.sent:
            minute.amending = False
            self._amend(book, minute)

    def _amend(self, book: Book, minute: Candle) -> None:
        if not minute.amending:
            minute.amending = True
            due = max(self._now, minute.start + MINUTE + self._timing.amend_delay)
            self._agenda.put(due, partial(self._update, book, minute.start))

    def _close(self, book: Book, minute: Candle, _: int) -> None:
        # The minute may have been made anew since, or be gone.
        current = book.minutes.at(minute.start)
        if current is None or current.sent:
            return
        current.sent = True
        if not current.priced:
            return
        told = [message(wire_bar(book.symbol, current))]
        day = book.day(current.start)
        if day is not None:
            told.append(message(wire_bar(book.symbol, day, WireDailyBar)))
        self._outlet(told)

    def _update(self, book: Book, start: int, _: int) -> None:
        minute = book.minutes.at(start)
        if minute is not None and minute.amending:
            minute.amending = False
            if minute.priced:
                self._outlet([message(wire_bar(book.symbol, minute, WireUpdatedBar))])

    def _is_regular(self, ts: int) -> bool:
        session = self._session
        if session is None or not session.pre_open <= ts < session.post_close:
            session = self._session = self._calendar.upcoming(ts)
        return session is not None and session.open <= ts < session.close


def _trade_wire(book: Book, done: Print) -> WireTrade:
    return WireTrade(
        book.symbol,
        done.id,
        EXCHANGE,
        done.price,
        whole(done.size),
        Stamp(done.ts),
        list(done.conditions),
        book.tape,
    )


def _quote_wire(quote: Quote, tape: str) -> WireQuote:
    return WireQuote(
        quote.symbol,
        EXCHANGE,
        quote.bid,
        whole(quote.bid_size),
        EXCHANGE,
        quote.ask,
        whole(quote.ask_size),
        Stamp(quote.ts),
        ["R"],
        tape,
    )
