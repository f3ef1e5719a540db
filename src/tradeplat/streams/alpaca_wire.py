"""Alpaca's market-data messages exactly as they travel, one struct a message type.

`Stamp` is text in JSON and an extension value in MessagePack; every other field is the same.
Only what tradeplat needs is required: unknown keys are skipped.
"""

from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct, field
from msgspec.msgpack import Ext

Stamp = TypeVar("Stamp")

Symbol = Annotated[str, Meta(min_length=1)]
"""Never empty."""

Price = Annotated[float, Meta(gt=0, le=1e12)]
"""Above zero and finite."""

Amount = Annotated[float, Meta(ge=0, le=1e15)]
"""A size, a volume, or a price that is 0 where that side of the book is empty."""


class WireTrade(Struct, Generic[Stamp], tag_field="T", tag="t", gc=False):
    """A print; `c` are its sale conditions, `z` its tape."""

    S: Symbol
    t: Stamp
    p: Price
    s: Amount
    i: int | None = None
    c: list[str] | str | None = None
    z: str | None = None


class WireQuote(Struct, Generic[Stamp], tag_field="T", tag="q", gc=False):
    """Best bid and offer."""

    S: Symbol
    t: Stamp
    bp: Amount
    bs: Amount
    ap: Amount
    size: Amount = field(name="as")


class WireBar(Struct, Generic[Stamp], tag_field="T", tag="b", gc=False):
    """A minute bar; `t` is its start."""

    S: Symbol
    t: Stamp
    o: Price
    h: Price
    low: Price = field(name="l")
    c: Price
    v: Amount


class WireUpdatedBar(WireBar[Stamp], Generic[Stamp], tag_field="T", tag="u", gc=False):
    """A minute bar again, after late prints changed it."""


class WireDailyBar(WireBar[Stamp], Generic[Stamp], tag_field="T", tag="d", gc=False):
    """The day's bar so far: not closed, so no fact."""


class WireStatus(Struct, Generic[Stamp], tag_field="T", tag="s", gc=False):
    """Trading status: `sc` its code, `rc` the reason, `z` the tape whose table `sc` is from."""

    S: Symbol
    t: Stamp
    sc: str
    z: str | None = None
    rc: str | None = None


class WireLuld(Struct, Generic[Stamp], tag_field="T", tag="l", gc=False):
    """Limit-up limit-down bands, `u` and `d`: `i` says whether they hold."""

    S: Symbol
    t: Stamp
    u: Amount | None = None
    d: Amount | None = None
    i: str | None = None


class WireCorrection(Struct, Generic[Stamp], tag_field="T", tag="c", gc=False):
    """A print replaced: `o*` the old one, `c*` the new."""

    S: Symbol
    t: Stamp
    op: Price
    os: Amount
    cp: Price
    cs: Amount
    z: str | None = None
    oi: int | None = None
    ci: int | None = None
    cc: list[str] | str | None = None


class WireCancel(Struct, Generic[Stamp], tag_field="T", tag="x", gc=False):
    """A print taken back."""

    S: Symbol
    t: Stamp
    p: Price
    s: Amount
    i: int | None = None


class WireSuccess(Struct, tag_field="T", tag="success"):
    """`connected` or `authenticated`."""

    msg: str


class WireError(Struct, tag_field="T", tag="error"):
    """A complaint (protocols.md 2.3)."""

    code: int
    msg: str | None = None


class WireSubscription(Struct, tag_field="T", tag="subscription"):
    """The whole current subscription, channel by channel."""

    trades: list[str] | None = None
    quotes: list[str] | None = None
    bars: list[str] | None = None
    updated_bars: list[str] | None = field(default=None, name="updatedBars")
    statuses: list[str] | None = None
    lulds: list[str] | None = None


Data = (
    WireTrade[Stamp]
    | WireQuote[Stamp]
    | WireBar[Stamp]
    | WireUpdatedBar[Stamp]
    | WireDailyBar[Stamp]
    | WireStatus[Stamp]
    | WireLuld[Stamp]
    | WireCorrection[Stamp]
    | WireCancel[Stamp]
)
"""A message about the market."""

Reply = WireSuccess | WireError | WireSubscription
"""A message about the connection."""

JsonMessage = Data[str] | Reply
"""One element of a text frame."""

PackedMessage = Data[Ext | str] | Reply
"""One element of a binary frame; a stamp written as text is read as well."""
