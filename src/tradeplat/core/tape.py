"""The last thing seen of each symbol: what the gate judges prices and halts by."""

from collections.abc import Mapping

from tradeplat.core.calendar import Calendar
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import NIGHT, STILL_TRADED, Bar, Quote, Status

RESUMING = 2
"""Quotes that are awaited when a symbol trades again: the first may be left from before."""


class Tape:
    """The newest bar, quote and trading status of one symbol."""

    __slots__ = (
        "_halted",
        "awaited",
        "halt_code",
        "halted_since",
        "heard",
        "last",
        "last_ts",
        "quote",
        "resumed",
    )

    def __init__(self) -> None:
        self.last = 0.0
        """Price of the newest bar's close; 0.0 before the first."""
        self.last_ts = 0
        self.quote: Quote | None = None
        self._halted = False
        self.halted_since = 0
        self.halt_code = ""
        self.resumed = 0
        """When the exchange let it trade again; 0 where it never said so."""
        self.awaited = 0
        """Quotes still awaited since then."""
        self.heard = 0
        """When the fact that is being acted on was received; 0 where nobody noted it."""

    def on_bar(self, bar: Bar) -> None:
        """Take `bar`'s close as the last price."""
        self.last = bar.close
        self.last_ts = bar.ts

    def on_quote(self, quote: Quote) -> None:
        """Take `quote` as the newest."""
        self.quote = quote
        if self.awaited and quote.ts > self.resumed:
            self.awaited -= 1

    def on_status(self, status: Status) -> None:
        """Take over whether the exchange trades the symbol."""
        if status.trading or not self.halted:
            self.halted_since = status.ts
        self._halted = not status.trading
        if status.trading:
            self.resumed, self.awaited = status.ts, RESUMING
        self.halt_code = status.code

    @property
    def halted(self) -> bool:
        """True while the exchange does not trade it, as far as it says; a bar of another day says
        that it does again.
        """
        return self._halted and self.last_ts - self.halted_since < NIGHT

    @property
    def stopped(self) -> bool:
        """True while the exchange itself trades nothing of it: what closes cannot fill either."""
        return self.halted and self.halt_code not in STILL_TRADED

    def fresh_quote(self, now: int, limit: int) -> Quote | None:
        """The newest quote if it is at most `limit` nanoseconds old at `now`."""
        quote = self.quote
        return quote if quote is not None and now - quote.ts <= limit else None


class Tapes(dict[str, Tape]):
    """Tapes by symbol; asking for a new symbol makes an empty one."""

    def __missing__(self, symbol: str) -> Tape:
        tape = self[symbol] = Tape()
        return tape


class Market:
    """What is known of the market: tapes, trading terms and the exchange's calendar."""

    def __init__(
        self, calendar: Calendar, instruments: Mapping[str, Instrument] | None = None
    ) -> None:
        self.calendar = calendar
        self.tapes = Tapes()
        self._instruments = dict(instruments or {})

    def instrument(self, symbol: str) -> Instrument:
        """The trading terms of `symbol`; an unlisted symbol trades as a US stock."""
        known = self._instruments.get(symbol)
        if known is None:
            known = self._instruments[symbol] = Instrument(symbol)
        return known

    def list(self, instrument: Instrument) -> None:
        """Take over the trading terms of a symbol as its broker tells them."""
        self._instruments[instrument.symbol] = instrument
