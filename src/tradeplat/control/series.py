"""What windows are shown of one ticker, kept as the bytes that go out."""

from math import nan
from struct import Struct

import numpy as np

from tradeplat.control.records import FORMING, MARKER, MarkerKind
from tradeplat.core.market import BAR, SECOND, Bar, Quote

_BAR = Struct("<qdddddII")
_QUOTE = Struct("<qdddd")
_MARKER = Struct("<qddBBHI")
_STUDY = Struct("<qdHHI")
_SIZE = BAR.itemsize


class Series:
    """The bars of one ticker and one length, oldest first; `span` is 0 before the first.

    `era` grows whenever a bar changed that was there: whoever has it begins anew. `tail` is the
    bar that still goes on, made of quotes while somebody looks, empty where there is none; it is
    always of a later instant than every bar.
    """

    __slots__ = ("era", "feed", "id", "name", "rows", "span", "tail")

    def __init__(self, id_: int, name: str, span: int = 0, feed: str = "") -> None:
        self.id = id_
        self.name = name
        self.span = span
        self.feed = feed
        self.rows = bytearray()
        self.tail = b""
        self.era = 0

    def __len__(self) -> int:
        return len(self.rows) // _SIZE

    @property
    def last_ts(self) -> int:
        """When the newest bar closed; 0 before the first."""
        return int.from_bytes(self.rows[-_SIZE : 8 - _SIZE], "little") if self.rows else 0

    @property
    def last_close(self) -> float:
        """Where the newest bar closed; nan before the first."""
        return float(_BAR.unpack(self.rows[-_SIZE:])[4]) if self.rows else nan

    def add(self, bar: Bar) -> None:
        """Take in a closed bar, wherever it belongs; one of the same instant takes its place."""
        prices = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        row = _BAR.pack(bar.ts, *prices, bar.span, bar.revision)
        if bar.ts > self.last_ts:
            self.rows += row
        else:
            self._put(bar.ts, row)
        if self.tail and bar.ts >= _ts(self.tail):
            self.tail = b""

    def quoted(self, quote: Quote) -> None:
        """Let the bar that goes on follow the middle of the newest quote."""
        if self.span <= 1 or not (quote.bid > 0.0 and quote.ask > 0.0):
            return
        price = (quote.bid + quote.ask) / 2.0
        length = self.span * SECOND
        ends = quote.ts - quote.ts % length + length
        if ends <= self.last_ts:
            return
        first = high = low = price
        if self.tail:
            ts, opened, highest, lowest, *_ = _BAR.unpack(self.tail)
            if ts > ends:
                return
            if ts == ends:
                first, high, low = opened, max(price, highest), min(price, lowest)
        self.tail = _BAR.pack(ends, first, high, low, price, 0.0, self.span, FORMING)

    def cut(self, start: int, end: int) -> bytes:
        """The closed bars from number `start` up to `end`."""
        return bytes(memoryview(self.rows)[start * _SIZE : end * _SIZE])

    def close_in(self, after: int, until: int) -> float:
        """Where the last bar closed that ended after `after` and not after `until`; else nan."""
        rows = np.frombuffer(self.rows, BAR)
        at = int(np.searchsorted(rows["ts"], until, "right")) - 1
        return float(rows["close"][at]) if at >= 0 and rows["ts"][at] > after else nan

    def _put(self, ts: int, row: bytes) -> None:
        known = np.frombuffer(bytes(self.rows), BAR)["ts"]
        at = int(np.searchsorted(known, ts))
        end = at + int(known[at] == ts)
        if self.cut(at, end) != row:
            self.rows[at * _SIZE : end * _SIZE] = row
            self.era += 1


class Sheet:
    """Everything that windows are shown of one ticker.

    Markers and points of studies stay as written, so that whoever comes later is told all of it.
    """

    __slots__ = ("markers", "points", "quote", "series", "symbol")

    def __init__(self, symbol: str, first: Series) -> None:
        self.symbol = symbol
        self.series = [first]
        """Its bars by length; the first has the lowest id."""
        self.quote = b""
        self.markers = bytearray()
        self.points = bytearray()

    @property
    def id(self) -> int:
        """What frames call the ticker."""
        return self.series[0].id

    def of_span(self, span: int) -> Series | None:
        """The series for bars of this length; None where there is none yet."""
        for one in self.series:
            if one.span in {span, 0}:
                return one
        return None

    def quoted(self, quote: Quote) -> None:
        """Take in the newest quote."""
        sides = (quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        self.quote = _QUOTE.pack(quote.ts, *sides)
        for one in self.series:
            one.quoted(quote)

    def let_go(self) -> None:
        """Nobody looks any more: what is only shown live is not kept up from now on."""
        self.quote = b""
        for one in self.series:
            one.tail = b""

    def mark(self, at: tuple[int, float], quantity: float, kind: MarkerKind, who: int) -> int:
        """Put a marker at an instant and a price; its number."""
        number = len(self.markers) // MARKER.itemsize + 1
        self.markers += _MARKER.pack(*at, quantity, kind, 0, who, number)
        return number

    def point(self, ts: int, value: float, study: int, seat: int) -> None:
        """Add a point of a study; nan is a gap."""
        self.points += _STUDY.pack(ts, value, study, seat, 0)


def _ts(row: bytes) -> int:
    return int.from_bytes(row[:8], "little")
