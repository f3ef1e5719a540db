"""The fixed records of the link, bytes for windows: packed, little endian, the same in C++.

A frame of type 3, 4 or 5 carries rows of core.market's BAR. 3 replaces the symbol's bars, 4 adds
rows behind them (a large snapshot is one frame of type 3, then some of type 4), 5 replaces the
last one. A row whose `revision` is FORMING is of a bar that has not closed yet. Types 11 and 12
carry the newest quote (core.market's QUOTE) and points of the account's equity.
"""

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from tradeplat.control.protocol import HEADER, VERSION, Frame, FrameType
from tradeplat.core.errors import BadInput
from tradeplat.core.market import BAR, QUOTE, Bar, Quote

Rows = npt.NDArray[np.void]
"""An array of one of the layouts below."""

SLICE = 3_000
"""Bars of a snapshot that go out in one piece: with what a client may leave unread before, they
stay under 256 kB.
"""

FORMING = 0xFFFFFFFF
"""Revision of a bar that goes on: `ts` is when it will close, its volume is not known."""


class MarkerKind(IntEnum):
    """What a marker tells of."""

    FILL = 0
    ENTRY = 1
    EXIT = 2
    HALT = 3
    RESUME = 4
    NOTE = 5


class LineKind(IntEnum):
    """What a price line stands for."""

    ENTRY = 0
    STOP = 1
    TARGET = 2
    WORKING = 3


class LineState(IntEnum):
    """How sure a price line is."""

    SENT = 0
    WORKING = 1
    REPLACING = 2


MARKER = np.dtype(
    [
        ("ts", "<i8"),
        ("price", "<f8"),
        ("quantity", "<f8"),
        ("kind", "u1"),
        ("flags", "u1"),
        ("seat", "<u2"),
        ("id", "<u4"),
    ]
)
"""A fill or another event at a price, 32 bytes; `quantity` is signed, 0 where nothing traded."""

PRICE_LINE = np.dtype(
    [
        ("key", "<u8"),
        ("price", "<f8"),
        ("quantity", "<f8"),
        ("reference", "<f8"),
        ("kind", "u1"),
        ("state", "u1"),
        ("seat", "<u2"),
        ("reserved", "<u4"),
    ]
)
"""A level, 40 bytes; `key` names it for good, a nan `price` removes it, `reference` is the average
entry of the position that it belongs to (nan for none)."""

HEARTBEAT = np.dtype(
    [
        ("ts", "<i8"),
        ("loop_p99_ms", "<f8"),
        ("feed_lag_ms", "<f8"),
        ("queue", "<u4"),
        ("clients", "<u4"),
    ]
)
"""How the engine is, each 250 ms, 32 bytes; a lag that nobody knows is nan."""

STUDY = np.dtype(
    [("ts", "<i8"), ("value", "<f8"), ("study", "<u2"), ("seat", "<u2"), ("reserved", "<u4")]
)
"""A point of a study, 24 bytes; a nan `value` is a gap. Points of a snapshot replace nothing: a
client forgets a symbol's points when its bars are replaced."""

EQUITY = np.dtype([("ts", "<i8"), ("equity", "<f8"), ("realised", "<f8"), ("open", "<f8")])
"""A point of the account's curve, 32 bytes: what it is worth, and the profit or loss since the
start, realised and open. The first frame after a hello or a reset begins the curve anew."""

LAYOUTS = {
    FrameType.SNAPSHOT: BAR,
    FrameType.APPEND: BAR,
    FrameType.REPLACE: BAR,
    FrameType.MARKER: MARKER,
    FrameType.PRICE_LINE: PRICE_LINE,
    FrameType.HEARTBEAT: HEARTBEAT,
    FrameType.STUDY: STUDY,
    FrameType.QUOTE: QUOTE,
    FrameType.EQUITY: EQUITY,
}
"""The layout of every frame that carries records."""

_ALONE = frozenset({FrameType.REPLACE, FrameType.HEARTBEAT, FrameType.QUOTE})
_EMPTY = frozenset({FrameType.SNAPSHOT})


def packed_rows(type_: FrameType, rows: Rows, symbol: int = 0, sequence: int = 0) -> bytes:
    """A frame that carries `rows` of its type's layout."""
    data = rows.tobytes()
    return HEADER.pack(len(data), type_, VERSION, symbol, sequence) + data


def sliced(rows: Rows) -> Iterator[tuple[FrameType, Rows]]:
    """The frames of a snapshot of `rows`, none longer than SLICE; an empty one is a frame too."""
    yield FrameType.SNAPSHOT, rows[:SLICE]
    for start in range(SLICE, len(rows), SLICE):
        yield FrameType.APPEND, rows[start : start + SLICE]


def rows_of(frame: Frame) -> Rows:
    """The records in `frame`, read-only; BadInput when its bytes are no whole number of them, more
    than its type carries, or of a type that carries none.
    """
    layout = LAYOUTS.get(FrameType(frame.type)) if frame.type in _KNOWN else None
    if layout is None:
        raise BadInput(f"frame: found type {frame.type}, expected one that carries records")
    size = len(frame.payload)
    if size % layout.itemsize:
        raise BadInput(f"frame {frame.type}: found {size} bytes, expected {layout.itemsize} a row")
    count = size // layout.itemsize
    if frame.type in _ALONE and count != 1:
        raise BadInput(f"frame {frame.type}: found {count} rows, expected one")
    if not count and frame.type not in _EMPTY:
        raise BadInput(f"frame {frame.type}: found no rows, expected some")
    return np.frombuffer(frame.payload, layout)


def bar_row(bar: Bar, *, forming: bool = False) -> tuple[float, ...]:
    """`bar` as a row of BAR."""
    revision = FORMING if forming else bar.revision
    prices = (bar.open, bar.high, bar.low, bar.close, bar.volume)
    return (bar.ts, *prices, bar.span, revision)


def quote_row(quote: Quote) -> tuple[float, ...]:
    """`quote` as a row of QUOTE."""
    return (quote.ts, quote.bid, quote.bid_size, quote.ask, quote.ask_size)


_KNOWN = frozenset(int(one) for one in FrameType)
