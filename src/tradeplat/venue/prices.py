"""The newest prices of every symbol, as decimals: what orders are valued and checked by."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradeplat.core.market import Bar, Quote, Trade
from tradeplat.venue.order_request import Side


class Prices(msgspec.Struct, frozen=True):
    """What the market shows of a symbol at the moment; None where nothing is known yet."""

    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    last_day: Decimal | None = None
    """The close of the day before."""

    def taking(self, side: Side) -> Decimal | None:
        """What trading at once on `side` would cost: the far quote, else the last price."""
        quote = self.ask if side is Side.BUY else self.bid
        return self.last if quote is None else quote


NO_PRICES = Prices()


class PriceBoard:
    """Prices by symbol, kept from the market's own events."""

    def __init__(self, closes: Mapping[str, float] | None = None) -> None:
        self._quotes: dict[str, Quote] = {}
        self._last: dict[str, float] = {}
        self._closes = dict(closes or {})

    def on_quote(self, quote: Quote) -> None:
        """Take `quote` as the newest of its symbol."""
        self._quotes[quote.symbol] = quote

    def on_trade(self, trade: Trade) -> None:
        """Take `trade`'s price as the last."""
        self._last[trade.symbol] = trade.price

    def on_bar(self, bar: Bar) -> None:
        """Take `bar`'s close as the last price."""
        self._last[bar.symbol] = bar.close

    def of(self, symbol: str) -> Prices:
        """All that is known of `symbol`; before its first print the close of yesterday counts."""
        quote = self._quotes.get(symbol)
        close = self._closes.get(symbol)
        return Prices(
            bid=_decimal(quote.bid) if quote is not None and quote.bid > 0 else None,
            ask=_decimal(quote.ask) if quote is not None and quote.ask > 0 else None,
            last=self.mark(symbol),
            last_day=None if close is None else _decimal(close),
        )

    def mark(self, symbol: str) -> Decimal | None:
        """The last price of `symbol`: its last print, else its quote's middle, else its close."""
        last = self._last.get(symbol)
        if last is None:
            quote = self._quotes.get(symbol)
            if quote is not None and quote.bid > 0 and quote.ask > 0:
                return (_decimal(quote.bid) + _decimal(quote.ask)) / 2
            last = self._closes.get(symbol)
        return None if last is None else _decimal(last)

    def roll_day(self) -> None:
        """Make today's last prices the closes of the day before."""
        self._closes.update(self._last)


def _decimal(price: float) -> Decimal:
    return Decimal(repr(float(price)))
