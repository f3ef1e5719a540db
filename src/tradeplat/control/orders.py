"""What a person's keys and a script's commands ask for, as the bodies of commands."""

from typing import Annotated, Literal

import msgspec

from tradeplat.control.protocol import Name, Text

Ticker = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9./-]{0,31}$")]
Price = Annotated[float, msgspec.Meta(gt=0.0, le=1e7)]
Amount = Annotated[float, msgspec.Meta(gt=0.0, le=1e9)]
Part = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]


class Enter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of enter: buy, or sell short; against a position by hand it closes of that.

    The size is one of `shares`, `dollars` (money), `risk` (money lost at the stop, as much of it
    as the limits leave) or `part` of the size that is set. The price is a `limit`, the near side
    with `join`, else the far side and `offset` (money; as set where it is not given) beyond.
    Without a `stop` the position gets the one that is set. With `tif` ioc (as set where it is not
    given) what does not fill at once in regular hours is cancelled; one that joins is never so.
    """

    symbol: Ticker
    side: Literal["buy", "sell"]
    shares: Amount | None = None
    dollars: Amount | None = None
    risk: Amount | None = None
    part: Part = 1.0
    limit: Price | None = None
    join: bool = False
    offset: Annotated[float, msgspec.Meta(ge=0.0, le=1e6)] | None = None
    stop: Price | None = None
    target: Price | None = None
    tif: Literal["day", "ioc"] | None = None

    def __post_init__(self) -> None:
        sizes = [self.shares, self.dollars, self.risk]
        if sum(one is not None for one in sizes) > 1:
            raise ValueError("shares, dollars, risk: found several, expected one size")
        if self.join and self.limit is not None:
            raise ValueError("join, limit: found both, expected one price")

    @property
    def sign(self) -> int:
        """+1 to buy, -1 to sell."""
        return 1 if self.side == "buy" else -1


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of leave: close a part of what is held of a ticker, whoever holds it, by limits
    `offset` through the market.
    """

    symbol: Ticker
    part: Part = 1.0
    offset: Annotated[float, msgspec.Meta(ge=0.0, le=1e6)] | None = None


class Protect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of protect: move stop and target of what is held, of one `strategy` or of all.

    `to` asks for a stop where the position breaks even, or at the last swing: those never loosen.
    """

    symbol: Ticker
    stop: Price | None = None
    target: Price | None = None
    to: Literal["", "breakeven", "swing"] = ""
    strategy: Annotated[str, msgspec.Meta(max_length=64)] = ""

    def __post_init__(self) -> None:
        if self.to and self.stop is not None:
            raise ValueError("to, stop: found both, expected one stop")
        if not self.to and self.stop is None and self.target is None:
            raise ValueError("found no level, expected to, stop or target")


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of withdraw: cancel working entries of these tickers, of all with none."""

    symbols: Annotated[tuple[Ticker, ...], msgspec.Meta(max_length=1_000)] = ()


class Whom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of stop and start: every strategy at a ticker, or one strategy everywhere."""

    symbol: Annotated[str, msgspec.Meta(pattern=r"^([A-Z0-9][A-Z0-9./-]{0,31})?$")] = ""
    strategy: Annotated[str, msgspec.Meta(max_length=64)] = ""
    who: Name = "operator"
    why: Text = ""

    def __post_init__(self) -> None:
        if bool(self.symbol) == bool(self.strategy):
            raise ValueError("symbol, strategy: expected one of them")


class Out(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of out: close a ticker and stop its strategies until a person starts them."""

    symbol: Ticker
    who: Name = "operator"
    why: Text = ""


class Pressed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of pressed: a key that a window did not pass on, and what it answered."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    said: Text
    act: Annotated[str, msgspec.Meta(max_length=64)] = ""
    symbol: Annotated[str, msgspec.Meta(max_length=32)] = ""


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of inspect: what one strategy at one ticker remembers."""

    symbol: Ticker
    strategy: Annotated[str, msgspec.Meta(max_length=64)]
