"""Polygon's (Massive's) market messages as the venue writes them, made of what Alpaca's say.

Field names are the vendor's. Times are Unix milliseconds, but for LULD's, which are nanoseconds on
the wire. Sizes of quotes are shares. Ids of exchanges, tapes and conditions are the vendor's.
"""

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from tradeplat.core.market import SECOND
from tradeplat.venue.alpaca_wire import (
    WireBar,
    WireLuld,
    WireQuote,
    WireStatus,
    WireTrade,
    whole,
)
from tradeplat.venue.candles import Candle

MS = 1_000_000
"""Nanoseconds in a millisecond."""

EXCHANGE_ID = 15
"""The vendor's number for the venue's exchange letter, V."""

BAND, HALTED, RESUMED = 16, 17, 18
"""LULD indicators: a new band; trading halted; trading resumed (Nasdaq listings alone)."""

TAPES = {"A": 1, "B": 2, "C": 3}
"""Numbers of the tapes."""

EXCHANGES = {"NASDAQ": "XNAS", "NYSE": "XNYS", "AMEX": "XASE", "ARCA": "ARCX", "BATS": "BATS"}
"""Market codes of the listing exchanges."""

CONDITIONS = {
    "A": 1, "W": 2, "E": 3, "G": 5, "C": 7, "6": 8, "X": 9, "4": 10, "D": 11, "T": 12, "U": 13,
    "F": 14, "M": 15, "Q": 16, "5": 28, "N": 20, "H": 21, "P": 22, "K": 23, "O": 25, "R": 29,
    "L": 30, "Z": 33, "S": 34, "Y": 36, "I": 37, "9": 38, "V": 52, "7": 53,
}  # fmt: skip
"""Numbers of the sale conditions by their letters; what B means depends on the tape."""


class PolygonAgg(Struct, tag_field="ev", tag="A", gc=False):
    """One second's aggregate; `s` and `e` bound it, `av` and `a` are the day's volume and VWAP, `z`
    the average size of a print, `op` the official open once there is one.
    """

    sym: str
    v: float
    av: float
    vw: float
    o: float
    c: float
    h: float
    low: float = field(name="l")
    a: float
    z: int
    s: int
    e: int
    dv: str
    dav: str
    op: float | UnsetType = UNSET


class PolygonMinute(PolygonAgg, tag_field="ev", tag="AM", gc=False):
    """One minute's aggregate."""


class PolygonTrade(Struct, tag_field="ev", tag="T", gc=False):
    """A print; `i` is its id, `z` its tape, `q` its place in the feed."""

    sym: str
    x: int
    i: str
    z: int
    p: float
    s: float
    t: int
    q: int
    ds: str
    c: list[int] | UnsetType = UNSET


class PolygonQuote(Struct, tag_field="ev", tag="Q", gc=False):
    """Best bid and offer."""

    sym: str
    bx: int
    bp: float
    bs: float
    ax: int
    ap: float
    ask_size: float = field(name="as")
    c: int
    t: int
    z: int
    q: int


class PolygonLuld(Struct, tag_field="ev", tag="LULD", gc=False):
    """Limit bands, a halt or a resumption; the symbol's key is T, `t` is in nanoseconds."""

    T: str
    h: float
    low: float = field(name="l")
    i: list[int]
    z: int
    t: int
    q: int


def aggregate(
    kind: type[PolygonAgg], symbol: str, bar: Candle, day: Candle | None, span: int
) -> PolygonAgg:
    """`bar` of `span` nanoseconds as an aggregate, the day so far beside it."""
    so_far = bar if day is None else day
    return kind(
        symbol,
        whole(bar.volume),
        whole(so_far.volume),
        bar.vwap,
        bar.open,
        bar.close,
        bar.high,
        bar.low,
        so_far.vwap,
        average_size(bar.volume, bar.count),
        bar.start // MS,
        (bar.start + span) // MS,
        decimal(bar.volume),
        decimal(so_far.volume),
    )


def minute(wire: WireBar, day: Candle | None) -> PolygonMinute:
    """A closed or updated minute as an aggregate."""
    start = wire.t.ts
    volume, price = (wire.v, wire.vw) if day is None else (day.volume, day.vwap)
    return PolygonMinute(
        wire.S,
        wire.v,
        whole(volume),
        wire.vw,
        wire.o,
        wire.c,
        wire.h,
        wire.low,
        price,
        average_size(wire.v, wire.n),
        start // MS,
        (start + 60 * SECOND) // MS,
        decimal(wire.v),
        decimal(volume),
    )


def trade(wire: WireTrade, number: int) -> PolygonTrade:
    """A print, the `number`th message of the feed."""
    known = conditions(wire.c, wire.z)
    return PolygonTrade(
        wire.S,
        EXCHANGE_ID,
        str(wire.i),
        TAPES[wire.z],
        wire.p,
        wire.s,
        wire.t.ts // MS,
        number,
        decimal(wire.s),
        known or UNSET,
    )


def quote(wire: WireQuote, number: int) -> PolygonQuote:
    """A quote, the `number`th message of the feed."""
    return PolygonQuote(
        wire.S,
        EXCHANGE_ID,
        wire.bp,
        wire.bs,
        EXCHANGE_ID,
        wire.ap,
        wire.ask_size,
        1,
        wire.t.ts // MS,
        TAPES[wire.z],
        number,
    )


def band(wire: WireLuld, number: int) -> PolygonLuld:
    """New limit bands."""
    return PolygonLuld(wire.S, wire.u, wire.d, [BAND], TAPES[wire.z], wire.t.ts, number)


def halt(
    wire: WireStatus, bands: tuple[float, float], number: int, *, trading: bool
) -> PolygonLuld:
    """A halt or a resumption, with the last bands (high, low) that were told."""
    high, low = bands
    told = [RESUMED if trading else HALTED]
    return PolygonLuld(wire.S, high, low, told, TAPES[wire.z], wire.t.ts, number)


def conditions(letters: list[str] | tuple[str, ...], tape: str) -> list[int]:
    """The vendor's numbers for sale conditions; a regular sale has none."""
    found = []
    for letter in letters:
        if letter == "B":
            found.append(4 if tape == "C" else 2)
        elif letter in CONDITIONS:
            found.append(CONDITIONS[letter])
    return found


def average_size(volume: float, count: int) -> int:
    """Shares of a usual print among `count`."""
    return int(volume / count) if count else 0


def decimal(volume: float) -> str:
    """`volume` as the decimal text that carries fractions of a share."""
    return f"{volume:.0f}" if volume == int(volume) else repr(volume)


JSON = msgspec.json.Encoder()
"""Writes what Polygon's REST answers."""
