"""Polygon's (Massive's) messages exactly as they travel, one struct an event.

Only what tradeplat needs is required: unknown keys are skipped. Fields stand in the order in which
the vendor writes them, for a decoder that finds the next key where it looks first is a third
faster; those that nobody reads here are `Any`, and whatever is in them passes.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

Symbol = Annotated[str, Meta(min_length=1)]
"""Never empty."""

Price = Annotated[float, Meta(gt=0, le=1e12)]
"""Above zero and finite."""

Lowest = Annotated[float, Meta(gt=0)]
Highest = Annotated[float, Meta(le=1e12)]
"""A bar's low and high: what lies between two such numbers is a price."""

Amount = Annotated[float, Meta(ge=0, le=1e15)]
"""A size, a volume, or a price that is 0 where that side of the book is empty."""


class WireSecond(Struct, tag_field="ev", tag="A", gc=False):
    """A one-second bar from `s` up to `e` (milliseconds, 0: not told); `dv` is its volume where
    that has a fraction.
    """

    sym: Symbol
    v: Amount
    o: float
    c: float
    h: Highest
    low: Lowest = field(name="l")
    s: int = field()
    e: int = 0
    dv: str | None = None


class WireMinute(WireSecond, tag="AM", gc=False):
    """A one-minute bar, of the same fields."""


class WireTrade(Struct, tag_field="ev", tag="T", gc=False, kw_only=True):
    """A print; `c` are its sale conditions, `ds` its size where that has a fraction."""

    sym: Symbol
    i: str | int | None = None
    p: Price
    s: Amount
    c: list[int] | None = None
    t: int
    ds: str | None = None


class WireQuote(Struct, tag_field="ev", tag="Q", gc=False, kw_only=True):
    """Best bid and offer; `c` is what it says of trading. A side that is empty may be left out."""

    sym: Symbol
    bx: Any = None
    bp: Amount = 0.0
    bs: Amount = 0.0
    ax: Any = None
    ap: Amount = 0.0
    size: Amount = field(name="as", default=0.0)
    c: int | list[int] | None = None
    t: int


class WireLuld(Struct, tag_field="ev", tag="LULD", gc=False, kw_only=True):
    """Limit-up limit-down band; `T` is the symbol, `i` says what goes on within it."""

    T: Symbol
    h: Amount | None = None
    low: Amount | None = field(name="l", default=None)
    i: list[int] | int | None = None
    t: int


class WireStatus(Struct, tag_field="ev", tag="status"):
    """What the service says of the connection, never of the market."""

    status: str
    message: str | None = None


Message = WireSecond | WireMinute | WireTrade | WireQuote | WireLuld | WireStatus
"""One element of a frame."""
