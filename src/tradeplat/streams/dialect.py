"""What a vendor's codec tells the connection: answers to our requests, and how to log in."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Protocol

import msgspec

from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import Bar, Quote, Status, Trade
from tradeplat.streams.halts import Band
from tradeplat.streams.prints import Cancel, ConditionalTrade, Correction

Topic = tuple[str, str]
"""A vendor's channel and a symbol on it."""

Fact = Bar | Quote | Trade | Status | Band | ConditionalTrade | Cancel | Correction
"""What one data message says; every one carries `symbol` and `ts`."""


class Connected(msgspec.Struct, frozen=True, tag="connected"):
    """The venue greets us and waits for our credentials."""


class Authenticated(msgspec.Struct, frozen=True, tag="authenticated"):
    """The venue accepts our credentials."""


class Subscribed(msgspec.Struct, frozen=True, tag="subscribed"):
    """The whole of what we are now subscribed to, as the venue sees it."""

    topics: frozenset[Topic]


class Acknowledged(msgspec.Struct, frozen=True, tag="acknowledged"):
    """The venue says yes to some topics, one by one; none named: to all of the oldest request."""

    topics: frozenset[Topic]
    adds: bool = True
    """False: it took them away, as we asked."""


class VenueError(msgspec.Struct, frozen=True, tag="venue_error"):
    """The venue complains; `code` is its own, `topics` are those it names."""

    code: int | str
    message: str
    topics: frozenset[Topic] = frozenset()


Control = Connected | Authenticated | Subscribed | Acknowledged | VenueError
"""What a message says about the connection rather than the market."""


class Verdict(Enum):
    """What a venue's error means for the connection."""

    FATAL = auto()
    """A person must act: credentials or plan."""
    SLOT = auto()
    """An earlier connection still holds the only place: keep asking."""
    RECONNECT = auto()
    """This connection is of no more use."""
    LIMIT = auto()
    """The request asked for more than the plan allows; the old subscription stands."""
    REFUSED = auto()
    """The request was not understood or not allowed; the old subscription stands."""
    NOTE = auto()
    """Worth counting, nothing to do."""


class Listener(Protocol):
    """Who hears what the connection reads; none of its methods may wait or raise."""

    def on_facts(self, facts: list[Fact]) -> bool:
        """Facts of one frame, in order; True when whatever else is due shall have its turn now."""

    def held(self) -> bool:
        """True while nothing more is to be handed on, which is not for long."""

    def on_granted(self) -> None:
        """The venue answered a request."""

    def on_lost(self, reason: str) -> None:
        """The connection is gone; it will be sought again."""

    def on_fatal(self, error: TradeplatError) -> None:
        """The connection never came up and will not: a person must act."""

    def on_denied(self, error: TradeplatError) -> None:
        """A connection that was live is gone for good: a person must act."""


class Dialect(Protocol):
    """A vendor's wire, pure: bytes in, facts out; requests in, bytes out.

    `decode` never raises: what it cannot read is counted in `errors` and described in
    `last_error`, and the rest of the frame is still delivered. Messages that carry no fact of
    ours are counted in `ignored`.
    """

    errors: int
    ignored: int
    further: int
    """Facts made so far of messages that had made one already."""
    last_error: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Sent with the request to upgrade."""

    def decode(self, frame: str | bytes, seen: int) -> tuple[list[Fact], Sequence[Control]]:
        """The facts of `frame`, in its order and stamped `seen`, and its control messages."""

    def login(self, key: str, secret: str) -> str | bytes:
        """Our credentials."""

    def subscribe(self, topics: Iterable[Topic]) -> str | bytes:
        """A request to add `topics`."""

    def unsubscribe(self, topics: Iterable[Topic]) -> str | bytes:
        """A request to take `topics` away."""

    def verdict(self, code: int | str) -> Verdict:
        """What the venue's error `code` asks of us."""
