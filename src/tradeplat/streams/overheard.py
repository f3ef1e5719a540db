"""Halts of every ticker of a market, whoever has a feed open, for one who asks for them."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from tradeplat.core.errors import TradeplatError
from tradeplat.core.market import Status
from tradeplat.streams.dialect import Fact, Listener
from tradeplat.streams.subscriptions import Request, Subscriptions

EVERYBODY = "*"
"""The symbol that stands for every symbol, at both vendors."""
TELLING = ("statuses", "LULD")
"""Channels that tell of halts, each of one vendor."""


class Hears(Protocol):
    """Who is told."""

    def note(self, status: Status) -> None:
        """Take in a status; those of one ticker come in order of time."""

    def lost(self) -> None:
        """What comes next comes after a hole: halts may have ended in it."""


class Overheard:
    """Passes on to `listener` what a connection reads (dialect.Listener), and tells each status
    that comes by to whoever asked (`begin`); nobody else pays for it.
    """

    def __init__(self, listener: Listener, topics: Subscriptions) -> None:
        self._listener = listener
        self._topics = topics
        self._hears: Hears | None = None

    async def begin(self, by: Hears, send: Callable[[Iterable[Request]], Awaitable[None]]) -> None:
        """Tell `by` the halts of every ticker there is, as far as the vendor tells them."""
        self._hears = by
        channels = [channel for channel in self._topics.channels if channel in TELLING]
        await send(self._topics.want(EVERYBODY, channels))

    def on_facts(self, facts: list[Fact]) -> bool:
        """Tell the statuses among `facts`, and hand all of them on."""
        if self._hears is not None:
            for fact in facts:
                if type(fact) is Status:
                    self._hears.note(fact)
        return self._listener.on_facts(facts)

    def held(self) -> bool:
        """As the listener says."""
        return self._listener.held()

    def on_granted(self) -> None:
        """The venue answered a request."""
        self._listener.on_granted()

    def on_lost(self, reason: str) -> None:
        """The connection is gone; it will be sought again."""
        if self._hears is not None:
            self._hears.lost()
        self._listener.on_lost(reason)

    def on_fatal(self, error: TradeplatError) -> None:
        """The connection is gone for good."""
        self._listener.on_fatal(error)

    def on_denied(self, error: TradeplatError) -> None:
        """A connection that was live is gone for good."""
        self._listener.on_denied(error)
