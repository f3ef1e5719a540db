"""Bars of one feed and quotes of another as one stream: each event names the feed it is of."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from msgspec.structs import replace

from tradeplat.core.conditions import Condition
from tradeplat.core.ports import Batch, Feed
from tradeplat.streams.client import TickerStreams
from tradeplat.streams.health import QUOTES


class JoinedStreams:
    """Two clients, each with its own socket, as one (core.ports.StreamClient).

    `bars` brings bars with their history and amendments, `quotes` quotes; halts and price bands
    are told by both, and the newest word counts. A ticker's quotes wait for its first history and
    for nothing later: while the bars are down a desk goes on seeing quotes, and bars while the
    quotes are. Entries need both live: each feed asks for itself (`conditions`). In lockstep the
    events of an instant come in one delivery order, whichever feed they are of.
    """

    def __init__(self, bars: TickerStreams, quotes: TickerStreams) -> None:
        self.bars = bars
        self.quotes = quotes

    @property
    def bodies(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What has to run for events to come, by name: one task for each socket."""
        return {"stream": self.bars.run, "quotes": self.quotes.run}

    def open(self, symbol: str) -> Feed:
        """`symbol`'s events of both feeds; entering subscribes to both."""
        return self._both(symbol, self.bars.open(symbol))

    @asynccontextmanager
    async def _both(self, symbol: str, feed: Feed) -> AsyncIterator[AsyncIterator[Batch]]:
        async with feed as batches, self.quotes.beside(self.bars.ticker(symbol)):
            yield batches

    def tick(self, now: int) -> None:
        """Time has come to `now` (UTC nanoseconds) for both: only the bars end by it."""
        self.bars.tick(now)

    @property
    def received(self) -> int:
        """Data messages of both present connections."""
        return self.bars.received + self.quotes.received

    @property
    def drained(self) -> bool:
        """True when every desk has dealt with all that either feed gave it."""
        return self.bars.drained and self.quotes.drained

    @property
    def stages(self) -> Mapping[str, str]:
        """How far each ticker's bars are, whose history warms its desk."""
        return self.bars.stages

    @property
    def channels(self) -> Mapping[tuple[str, str], str]:
        """How far each channel of each ticker is, those of the quotes as `quotes:` and its name."""
        beside = {(s, f"{QUOTES}:{c}"): told for (s, c), told in self.quotes.channels.items()}
        return {**self.bars.channels, **beside}

    def conditions(self, now: int) -> list[Condition]:
        """What each feed as it stands asks of entries at `now` (UTC ns), the feed being named."""
        bars = [_of(c, self.bars.feed, "bars") for c in self.bars.conditions(now)]
        quotes = [_of(c, self.quotes.feed, QUOTES) for c in self.quotes.conditions(now)]
        return bars + [replace(c, source=f"{c.source}:{QUOTES}") for c in quotes]

    @property
    def feeds(self) -> list[dict[str, object]]:
        """How each feed stands."""
        return [
            {**told, "brings": what}
            for what, client in (("bars", self.bars), (QUOTES, self.quotes))
            for told in client.feeds
        ]

    @property
    def counters(self) -> dict[str, int]:
        """Everything counted since the start, what the quotes' client counted as `quotes_...`."""
        beside = {f"{QUOTES}_{name}": n for name, n in self.quotes.counters.items()}
        return {**self.bars.counters, **beside}


def _of(condition: Condition, feed: str, what: str) -> Condition:
    return replace(condition, why=f"{what} of {feed}: {condition.why}")
