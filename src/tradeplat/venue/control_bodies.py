"""The bodies the control API takes, one struct a path; unknown keys are refused."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

import msgspec

from tradeplat.venue.alpaca_wire import CHANNELS, Message, Stamp
from tradeplat.venue.refusals import Refusal
from tradeplat.venue.stamps import read_instant

Price = Annotated[float, msgspec.Meta(gt=0)]
"""Above zero."""


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """Which connections are meant."""

    path: str = ""
    key: str = ""


class Speed(msgspec.Struct, forbid_unknown_fields=True):
    """A number above 0, or max."""

    speed: float | str


class LoginError(msgspec.Struct, forbid_unknown_fields=True):
    """What the next logins get."""

    code: int
    times: int = 1


class PresetName(msgspec.Struct, forbid_unknown_fields=True):
    """A preset of faults."""

    name: str


class Switch(msgspec.Struct, forbid_unknown_fields=True):
    """On or off."""

    on: bool = True


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    """Venue seconds."""

    seconds: float


class Disconnect(Place, forbid_unknown_fields=True):
    """`abort` cuts the connection, `close` says goodbye with `code`."""

    how: str = "close"
    code: int = 1001


class Mute(Place, forbid_unknown_fields=True):
    """Whether market data is swallowed."""

    on: bool = True


class ErrorFrame(Place, forbid_unknown_fields=True):
    """An error of the market socket; empty words mean the vendor's."""

    code: int = 500
    message: str = ""


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    """Messages of the market sockets: Polygon's have an `ev`, in Alpaca's `t` as RFC 3339 text
    becomes a time stamp.
    """

    messages: list[dict[str, Any]]

    def told(self) -> Iterator[tuple[Message, bool]]:
        """Each message with its channel and symbol, and whether it is Polygon's."""
        for body in self.messages:
            if "ev" in body:
                # The symbol of a trade is `sym`, that of a limit band `T`.
                symbol = str(body.get("sym", body.get("T", "")))
                yield Message(str(body["ev"]), symbol, body), True
            else:
                yield _alpaca(body), False


class TradeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A print; `ts` is RFC 3339, empty for now."""

    symbol: str
    price: Price
    size: float = 100.0
    ts: str = ""
    conditions: list[str] = []


class QuoteBody(msgspec.Struct, forbid_unknown_fields=True):
    """A quote of now."""

    symbol: str
    bid: Price
    ask: Price
    bid_size: float = 100.0
    ask_size: float = 100.0


class Halt(msgspec.Struct, forbid_unknown_fields=True):
    """A halt, or with `trading` the end of one."""

    symbol: str
    trading: bool = False
    code: str = "T1"


class Band(msgspec.Struct, forbid_unknown_fields=True):
    """The prices a symbol may trade between."""

    symbol: str
    low: Price
    high: Price


class PrintId(msgspec.Struct, forbid_unknown_fields=True):
    """A print by its id."""

    symbol: str
    id: int


class Correct(PrintId, forbid_unknown_fields=True):
    """What the print should have been."""

    price: Price
    size: float


def _alpaca(body: dict[str, Any]) -> Message:
    stamp = body.get("t")
    if isinstance(stamp, str):
        # Text that is no moment goes out as it is: what clients make of that is the point.
        with suppress(Refusal):  # it goes out as it is
            body = {**body, "t": Stamp(read_instant(stamp, "t"))}
    channel = CHANNELS.get(str(body.get("T", "")), "trades")
    return Message(channel, str(body.get("S", "")), body)
