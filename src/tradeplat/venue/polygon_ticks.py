"""Polygon's prints and quotes over REST: any stretch of a ticker's, and the last of each.

Prints stand as they do after corrections. Times are nanoseconds.
"""

from collections.abc import Callable, Sequence

from msgspec import UNSET, Struct, UnsetType

from tradeplat.core.market import Quote
from tradeplat.venue.book import Book
from tradeplat.venue.data_door import bad_request
from tradeplat.venue.paging import Rows, page
from tradeplat.venue.polygon_bars import Shelf
from tradeplat.venue.polygon_door import AFTER, Asked, Body, following, not_entitled, not_found
from tradeplat.venue.polygon_spans import Window, read_day
from tradeplat.venue.polygon_wire import EXCHANGE_ID, TAPES, conditions
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import read_instant
from tradeplat.venue.ticks import Print, Prints, Quotes

_USUAL, _MOST = 1_000, 50_000
_FOREVER = 1 << 62
_NAME = "timestamp"


class TradeRow(Struct, gc=False):
    """A print; `sip_timestamp` is when it happened."""

    exchange: int
    id: str
    participant_timestamp: int
    price: float
    sequence_number: int
    sip_timestamp: int
    size: float
    tape: int
    conditions: list[int] | UnsetType = UNSET


class QuoteRow(Struct, gc=False):
    """A best bid and offer."""

    ask_exchange: int
    ask_price: float
    ask_size: float
    bid_exchange: int
    bid_price: float
    bid_size: float
    participant_timestamp: int
    sequence_number: int
    sip_timestamp: int
    tape: int


class TickPages:
    """The bodies of prints and quotes."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def trades(self, asked: Asked) -> Body:
        """Prints of a ticker, the latest first."""
        return self._listed(asked, lambda book: book.prints, _trade)

    def quotes(self, asked: Asked) -> Body:
        """Quotes of a ticker, the latest first."""
        return self._listed(asked, lambda book: book.quotes, _quote)

    def last_trade(self, asked: Asked) -> Body:
        """The newest print that sets a price."""
        book = self._book(asked)
        if book is None or book.last is None:
            raise not_found("No last trade found.")
        last: Print = book.last
        body: Body = {
            "T": book.symbol, "i": str(last.id), "p": last.price, "q": last.id, "s": last.size,
            "t": last.ts, "x": EXCHANGE_ID, "y": last.ts, "z": TAPES[book.tape],
        }  # fmt: skip
        known = conditions(last.conditions, book.tape)
        return {"results": body | ({"c": known} if known else {})}

    def last_quote(self, asked: Asked) -> Body:
        """The newest quote."""
        book = self._book(asked)
        if book is None or not len(book.quotes):
            raise not_found("No last quote found.")
        number = len(book.quotes) - 1
        last: Quote = book.quotes[number]
        return {
            "results": {
                "T": book.symbol, "p": last.bid, "s": last.bid_size, "x": EXCHANGE_ID,
                "P": last.ask, "S": last.ask_size, "X": EXCHANGE_ID, "q": number + 1,
                "t": last.ts, "y": last.ts, "z": TAPES[book.tape],
            }
        }  # fmt: skip

    def _book(self, asked: Asked) -> Book | None:
        if not self._shelf.plan.polygon:
            raise not_entitled()
        return self._shelf.books.get(asked.path["ticker"].upper())

    def _listed(
        self,
        asked: Asked,
        ticks: Callable[[Book], Prints | Quotes],
        row: Callable[[Book, int], object],
    ) -> Body:
        book = self._book(asked)
        if asked.query.text("sort", _NAME) != _NAME:
            raise bad_request(f"'sort' must be {_NAME}")
        ascending = asked.ascending("order", default=False)
        limit = asked.query.count("limit", _USUAL, _MOST)
        window = _window(asked, self._shelf.now())
        if book is None:
            return {"results": []}
        found = ticks(book)
        span: Sequence[int] = found.within(window.start, window.end)
        if not ascending:
            span = span[::-1]
        rows = Rows([found.ts(at) for at in span], lambda at: row(book, span[at]))
        try:
            shown = page({book.symbol: rows}, limit, asked.query.text(AFTER), ascending=ascending)
        except Refusal:
            raise bad_request("invalid cursor") from None
        body: Body = {"results": shown.rows.get(book.symbol, [])}
        return body if shown.token is None else body | {"next_url": following(asked, shown.token)}


def _trade(book: Book, at: int) -> TradeRow:
    done = book.prints[at]
    return TradeRow(
        EXCHANGE_ID,
        str(done.id),
        done.ts,
        done.price,
        done.id,
        done.ts,
        done.size,
        TAPES[book.tape],
        conditions(done.conditions, book.tape) or UNSET,
    )


def _quote(book: Book, at: int) -> QuoteRow:
    quote = book.quotes[at]
    return QuoteRow(
        EXCHANGE_ID,
        quote.ask,
        quote.ask_size,
        EXCHANGE_ID,
        quote.bid,
        quote.bid_size,
        quote.ts,
        at + 1,
        quote.ts,
        TAPES[book.tape],
    )


def _window(asked: Asked, now: int) -> Window:
    """What the conditions on the time let pass. Raises Refusal (400)."""
    start, end = 0, min(now, _FOREVER)
    for key, text in asked.query.values.items():
        name, _, condition = key.partition(".")
        if name != _NAME or not text:
            continue
        first, last = _moments(text, key)
        match condition:
            case "":
                start, end = max(start, first), min(end, last)
            case "gt":
                start = max(start, last + 1)
            case "gte":
                start = max(start, first)
            case "lt":
                end = min(end, first - 1)
            case "lte":
                end = min(end, last)
            case _:
                raise bad_request(f"'{key[:40]}' is no condition")
    return Window(start, max(end, -1))


def _moments(text: str, name: str) -> Window:
    """The first and last instant that `text` speaks of: nanoseconds, a time or a whole day."""
    if text.isascii() and text.isdigit():
        ts = min(int(text[:20]), _FOREVER)
        return Window(ts, ts)
    if len(text) == len("yyyy-mm-dd"):
        return read_day(text, name)
    try:
        ts = read_instant(text, name)
    except Refusal:
        raise bad_request(f"'{name[:40]}' must be nanoseconds, RFC 3339 or YYYY-MM-DD") from None
    return Window(ts, ts)
