"""Prints and quotes that were played, in compact columns, for clients that ask for history."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import msgspec

from tradeplat.core.market import Quote, Trade


class Print(msgspec.Struct, frozen=True, gc=False):
    """One print as it was reported; `conditions` are its sale conditions."""

    ts: int
    price: float
    size: float
    id: int
    conditions: tuple[str, ...]


class Prints:
    """The prints of one symbol in order of their time; late ones find their place.

    `taken` prints stay on the record no more, `corrected` ones are replaced in place.
    """

    def __init__(self) -> None:
        self._ts = array("q")
        self._prices = array("d")
        self._sizes = array("d")
        self._ids = array("q")
        self._kinds = bytearray()
        self._conditions: list[tuple[str, ...]] = []
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._ts)

    @property
    def last_id(self) -> int:
        """The highest id given so far."""
        return self._last_id

    def add(self, trade: Trade, conditions: tuple[str, ...]) -> Print:
        """Record `trade`; without an id of its own it gets the next one."""
        self._last_id = max(self._last_id + 1, trade.trade_id)
        number = trade.trade_id or self._last_id
        ts = self._ts
        at = len(ts) if not ts or trade.ts >= ts[-1] else bisect_right(ts, trade.ts)
        ts.insert(at, trade.ts)
        self._prices.insert(at, trade.price)
        self._sizes.insert(at, trade.size)
        self._ids.insert(at, number)
        self._kinds.insert(at, self._kind(conditions))
        return Print(trade.ts, trade.price, trade.size, number, conditions)

    def find(self, number: int) -> Print | None:
        """The print with that id."""
        at = self._place(number)
        return None if at is None else self[at]

    def remove(self, number: int) -> Print | None:
        """Take the print with that id off the record and return it."""
        at = self._place(number)
        if at is None:
            return None
        gone = self[at]
        for column in (self._ts, self._prices, self._sizes, self._ids):
            del column[at]
        del self._kinds[at]
        return gone

    def within(self, start: int, end: int) -> range:
        """Places of prints with `start` <= `ts` <= `end`."""
        return range(bisect_left(self._ts, start), bisect_right(self._ts, end))

    def ts(self, at: int) -> int:
        """The time of the print at place `at`."""
        return self._ts[at]

    def __getitem__(self, at: int) -> Print:
        return Print(
            self._ts[at],
            self._prices[at],
            self._sizes[at],
            self._ids[at],
            self._conditions[self._kinds[at]],
        )

    def _place(self, number: int) -> int | None:
        try:
            return self._ids.index(number)
        except ValueError:
            return None

    def _kind(self, conditions: tuple[str, ...]) -> int:
        """A number for `conditions`; past 255 different ones they count as the first."""
        if conditions in self._conditions:
            return self._conditions.index(conditions)
        if len(self._conditions) > 255:
            return 0
        self._conditions.append(conditions)
        return len(self._conditions) - 1


class Quotes:
    """The quotes of one symbol in the order they were played."""

    def __init__(self) -> None:
        self._ts = array("q")
        self._columns = tuple(array("d") for _ in range(4))
        self._symbol = ""
        self._feed = ""

    def __len__(self) -> int:
        return len(self._ts)

    def add(self, quote: Quote) -> None:
        """Record `quote`; its time is no earlier than the last one's."""
        self._symbol, self._feed = quote.symbol, quote.feed
        self._ts.append(quote.ts)
        values: Sequence[float] = (quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)

    def within(self, start: int, end: int) -> range:
        """Places of quotes with `start` <= `ts` <= `end`."""
        return range(bisect_left(self._ts, start), bisect_right(self._ts, end))

    def ts(self, at: int) -> int:
        """The time of the quote at place `at`."""
        return self._ts[at]

    def __getitem__(self, at: int) -> Quote:
        bid, bid_size, ask, ask_size = (column[at] for column in self._columns)
        return Quote(self._symbol, self._ts[at], bid, bid_size, ask, ask_size, self._feed)
