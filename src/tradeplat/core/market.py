"""Market facts: immutable, normalised once at the edge, the same in every world."""

import msgspec
import numpy as np

SECOND = 1_000_000_000
"""Nanoseconds in one second."""

MINUTE = 60 * SECOND
"""Nanoseconds in one minute."""

DAY = 86_400 * SECOND
"""Nanoseconds in one day of 24 hours, as UTC counts them."""


class Bar(msgspec.Struct, frozen=True, gc=False, tag="bar", tag_field="kind"):
    """One closed OHLCV bar; `ts` is the instant it closed, in UTC nanoseconds.

    `span` is its length in seconds, so it opened at `ts - span * SECOND`. `feed` names where it
    came from (`iex`, `sip`, `delayed`, `builtin`, `csv`), `seen` is when we received it, and a
    `revision` above zero amends a bar that was delivered before.
    """

    symbol: str
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    span: int
    feed: str
    seen: int = 0
    revision: int = 0


class Quote(msgspec.Struct, frozen=True, gc=False, tag="quote", tag_field="kind"):
    """The best bid and offer as of `ts`; sizes are in shares."""

    symbol: str
    ts: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    feed: str
    seen: int = 0


class Trade(msgspec.Struct, frozen=True, gc=False, tag="trade", tag_field="kind"):
    """One print on the tape. Desks are never shown it: streams fold prints into bars."""

    symbol: str
    ts: int
    price: float
    size: float
    feed: str
    trade_id: int = 0
    seen: int = 0


LIMIT_STATE = "LIMIT_STATE"
"""Code of a status: the symbol trades at the limit of its price band only."""

SUSPECTED = "SUSPECTED"
"""Code of a status: nobody says so, but the symbol does not trade though it usually does."""

STILL_TRADED = frozenset({LIMIT_STATE, SUSPECTED})
"""Codes of a status that keeps entries away and lets what closes go on as ever."""


NIGHT = 8 * 3600 * SECOND
"""From the end of one trading day to the beginning of the next: what trades so long after a halt
began trades again, whether anybody said so or not."""


class Status(msgspec.Struct, frozen=True, gc=False, tag="status", tag_field="kind"):
    """Whether the exchange trades the symbol from `ts` on; `code` is the venue's reason."""

    symbol: str
    ts: int
    trading: bool
    code: str
    feed: str
    seen: int = 0


class Backfill(msgspec.Struct, frozen=True, tag="backfill", tag_field="kind"):
    """History that warms a desk: indicators take it in, but no intent it causes is acted on.

    `ts` is the instant the history reaches to; `bars` are in delivery order and close at or
    before it. After a loss `since` is the last instant up to which all had come (0: nothing was
    lost, a desk is warmed), and `healed` says whether the bars fill the gap; where they do not,
    there are none, and another one follows once history has come.
    """

    symbol: str
    ts: int
    bars: tuple[Bar, ...]
    seen: int = 0
    since: int = 0
    healed: bool = True


MarketEvent = Bar | Quote | Status | Backfill
"""What a desk may be shown."""


class Stretch(list[MarketEvent]):
    """Bars of one symbol in order, none amended, each alone at its instant: made by a source that
    knows this of a whole chunk, for a drive that then need not look at each bar.
    """

    __slots__ = ()


BAR = np.dtype(
    [
        ("ts", "<i8"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("volume", "<f8"),
        ("span", "<u4"),
        ("revision", "<u4"),
    ]
)
"""Array layout of bars, 56 bytes a row; `ts` is the close in UTC nanoseconds, `span` seconds."""

QUOTE = np.dtype(
    [
        ("ts", "<i8"),
        ("bid", "<f8"),
        ("bid_size", "<f8"),
        ("ask", "<f8"),
        ("ask_size", "<f8"),
    ]
)
"""Array layout of quotes, 40 bytes a row; `ts` in UTC nanoseconds, sizes in shares."""

TRADE = np.dtype([("ts", "<i8"), ("price", "<f8"), ("size", "<f8")])
"""Array layout of trades, 24 bytes a row; `ts` in UTC nanoseconds, size in shares."""


def opened(bar: Bar) -> int:
    """The instant `bar` opened, in UTC nanoseconds."""
    return bar.ts - bar.span * SECOND
