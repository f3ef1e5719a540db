"""Alpaca's market-data messages as the venue writes them, over the socket and over REST.

Field names are the vendor's. A moment on the socket is a `Stamp`: the MessagePack timestamp
extension in binary frames, RFC 3339 text with up to nine digits in JSON, as over REST.
"""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from msgspec import Struct, field
from msgspec.msgpack import Ext

from tradeplat.core.market import SECOND

TIMESTAMP = -1
"""Code of MessagePack's timestamp extension type."""

ERRORS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    404: "auth timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    408: "v2 not enabled",
    409: "insufficient subscription",
    410: "invalid subscribe action for this feed",
    500: "internal error",
}
"""Error codes of the socket and the vendor's words for them."""

CHANNELS = {
    "t": "trades",
    "q": "quotes",
    "b": "bars",
    "u": "updatedBars",
    "d": "dailyBars",
    "s": "statuses",
    "l": "lulds",
    "c": "corrections",
    "x": "cancelErrors",
}
"""The channel each message type is sent on."""


class Stamp:
    """A moment in UTC nanoseconds that each encoding writes its own way."""

    __slots__ = ("ts",)

    def __init__(self, ts: int) -> None:
        self.ts = ts


class RestTrade(Struct, gc=False):
    """A print; `c` are its sale conditions, `z` its tape, `x` its exchange."""

    t: str
    x: str
    p: float
    s: float
    c: list[str]
    i: int
    z: str


class RestQuote(Struct, gc=False):
    """Best bid and offer; sizes are in shares."""

    t: str
    ax: str
    ap: float
    ask_size: float = field(name="as")
    bx: str
    bp: float
    bs: float
    c: list[str]
    z: str


class RestBar(Struct, gc=False):
    """A bar; `t` is its start, `n` counts its prints and `vw` is their VWAP."""

    t: str
    o: float
    h: float
    low: float = field(name="l")
    c: float
    v: float
    n: int
    vw: float


class WireTrade(Struct, tag_field="T", tag="t", gc=False):
    """As RestTrade, on the socket."""

    S: str
    i: int
    x: str
    p: float
    s: float
    t: Stamp
    c: list[str]
    z: str


class WireQuote(Struct, tag_field="T", tag="q", gc=False):
    """As RestQuote, on the socket."""

    S: str
    bx: str
    bp: float
    bs: float
    ax: str
    ap: float
    ask_size: float = field(name="as")
    t: Stamp
    c: list[str]
    z: str


class WireBar(Struct, tag_field="T", tag="b", gc=False):
    """A closed minute bar."""

    S: str
    t: Stamp
    o: float
    h: float
    low: float = field(name="l")
    c: float
    v: float
    n: int
    vw: float


class WireUpdatedBar(WireBar, tag_field="T", tag="u", gc=False):
    """A minute bar again, after late prints changed it."""


class WireDailyBar(WireBar, tag_field="T", tag="d", gc=False):
    """The day's bar so far."""


class WireStatus(Struct, tag_field="T", tag="s", gc=False):
    """Trading status: `sc` and `sm` code and words of the state, `rc` and `rm` of its reason."""

    S: str
    t: Stamp
    sc: str
    sm: str
    rc: str
    rm: str
    z: str


class WireLuld(Struct, tag_field="T", tag="l", gc=False):
    """Limit bands: `u` up, `d` down."""

    S: str
    t: Stamp
    u: float
    d: float
    i: str
    z: str


class WireCorrection(Struct, tag_field="T", tag="c", gc=False):
    """A print replaced: `o*` as it was, `c*` as it is now."""

    S: str
    t: Stamp
    x: str
    oi: int
    op: float
    os: float
    oc: list[str]
    ci: int
    cp: float
    cs: float
    cc: list[str]
    z: str


class WireCancel(Struct, tag_field="T", tag="x", gc=False):
    """A print taken back; `a` is C for a cancel, E for an error."""

    S: str
    t: Stamp
    x: str
    i: int
    p: float
    s: float
    a: str
    z: str


WireData = (
    WireTrade
    | WireQuote
    | WireBar
    | WireUpdatedBar
    | WireDailyBar
    | WireStatus
    | WireLuld
    | WireCorrection
    | WireCancel
)
"""A message about the market."""


class Message(Struct, frozen=True, gc=False):
    """Something to send to who subscribed to `symbol`, or one of `others`, on `channel`."""

    channel: str
    symbol: str
    body: Struct | dict[str, object]
    others: tuple[str, ...] = ()


_LETTERS = {
    WireTrade: "t",
    WireQuote: "q",
    WireBar: "b",
    WireUpdatedBar: "u",
    WireDailyBar: "d",
    WireStatus: "s",
    WireLuld: "l",
    WireCorrection: "c",
    WireCancel: "x",
}


def message(body: WireData) -> Message:
    """`body` with the channel its type is sent on."""
    return Message(CHANNELS[_LETTERS[type(body)]], body.S, body)


def whole(number: float) -> float:
    """`number`, as an integer where it is one: the vendor writes sizes without a fraction."""
    return int(number) if number == int(number) else number


def write_ext(ts: int) -> Ext:
    """`ts` as a MessagePack timestamp of 8 bytes."""
    seconds, rest = divmod(ts, SECOND)
    return Ext(TIMESTAMP, (rest << 34 | seconds).to_bytes(8, "big"))


@lru_cache(maxsize=4096)
def _second_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def write_text(ts: int) -> str:
    """`ts` as RFC 3339 in UTC; a fraction keeps its digits and loses its trailing zeros."""
    seconds, rest = divmod(ts, SECOND)
    text = _second_text(seconds)
    return f"{text}.{rest:09d}".rstrip("0") + "Z" if rest else f"{text}Z"


def _pack(value: object) -> object:
    if isinstance(value, Stamp):
        return write_ext(value.ts)
    raise TypeError(f"no field of a message is of type {type(value).__name__}")


def _text(value: object) -> object:
    if isinstance(value, Stamp):
        return write_text(value.ts)
    raise TypeError(f"no field of a message is of type {type(value).__name__}")


PACK = msgspec.msgpack.Encoder(enc_hook=_pack)
"""Writes messages in MessagePack."""

JSON = msgspec.json.Encoder(enc_hook=_text)
"""Writes messages and REST bodies in JSON."""


def packed_array(parts: list[bytes]) -> bytes:
    """A MessagePack array of the encoded messages `parts`."""
    count = len(parts)
    if count < 16:
        head = bytes((0x90 | count,))
    elif count < 1 << 16:
        head = b"\xdc" + count.to_bytes(2, "big")
    else:
        head = b"\xdd" + count.to_bytes(4, "big")
    return head + b"".join(parts)


def json_array(parts: list[bytes]) -> bytes:
    """A JSON array of the encoded messages `parts`."""
    return b"[" + b",".join(parts) + b"]"
