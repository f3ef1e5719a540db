"""One ticker's bounded queue between the reader, who never waits, and the desk's task."""

import asyncio
from collections.abc import Iterable
from time import perf_counter_ns

from tradeplat.core.errors import StreamLagged, TradeplatError
from tradeplat.core.market import Bar, MarketEvent, Quote, Status


class Mailbox:
    """Keeps what the desk has not yet taken, in order.

    At most `limit` bars wait; one more and the next `take` raises StreamLagged, for a hole must
    never pass in silence. Of quotes with nothing between them only the last `quotes` wait: with
    1, the newest replaces the one before it. A status is never dropped: after StreamLagged it is
    still there. One task takes; `put` may be called from anywhere on the loop.
    """

    __slots__ = (
        "_bars",
        "_events",
        "_failure",
        "_held",
        "_limit",
        "_quotes",
        "_run",
        "_waiter",
        "conflated",
        "deepest",
        "dropped",
        "since_ns",
        "woken",
    )

    def __init__(self, limit: int, quotes: int = 1) -> None:
        self._limit = limit
        self._quotes = quotes
        self._events: list[MarketEvent] = []
        self._held: list[MarketEvent] = []
        self._run = 0
        self._bars = 0
        self._failure: TradeplatError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.conflated = 0
        """Quotes replaced by newer ones before anybody looked."""
        self.dropped = 0
        """Events lost to overflow; each such spell ends in StreamLagged."""
        self.deepest = 0
        """The largest number of events that ever waited."""
        self.since_ns = 0
        """When the first of the waiting events was put, on the performance counter."""
        self.woken = 0
        """How often a waiting taker was woken."""

    @property
    def depth(self) -> int:
        """Events waiting now."""
        return len(self._events)

    @property
    def statuses(self) -> list[Status]:
        """The statuses that wait."""
        return [event for event in self._events if isinstance(event, Status)]

    @property
    def idle(self) -> bool:
        """True when nothing waits and the taker is back for more: all is dealt with."""
        waiter = self._waiter
        return not self._events and waiter is not None and not waiter.done()

    def put(self, event: MarketEvent) -> None:
        """Add `event` behind what waits."""
        if isinstance(event, Quote):
            self.put_quote(event)
            return
        if not isinstance(event, Status):
            self._bars += 1
            if self._bars > self._limit:
                self._run = 0
                self._overflow()
                return
        self._run = 0
        self._append(event)

    def put_bar(self, bar: Bar) -> None:
        """`put` for a bar, the short way."""
        self._run = 0
        self._bars += 1
        if self._bars > self._limit:
            self._overflow()
            return
        if self._events:
            self._events.append(bar)
        else:
            self._append(bar)

    def put_quote(self, quote: Quote) -> None:
        """`put` for a quote, the short way."""
        if self._run >= self._quotes:
            self._replace(quote)
            return
        self._run += 1
        if self._events:
            self._events.append(quote)
        else:
            self._append(quote)

    def put_all(self, events: Iterable[MarketEvent]) -> None:
        """Add `events` behind what waits, in their order."""
        for event in events:
            self.put(event)

    def hold(self, event: MarketEvent) -> None:
        """Keep `event` until `release`."""
        self._held.append(event)

    def release(self) -> None:
        """Add what is held behind what waits, in delivery order."""
        if self._held:
            held, self._held = self._held, []
            held.sort(key=_delivery)
            self.put_all(held)

    def fail(self, error: TradeplatError) -> None:
        """Let the next `take` raise `error`, even before it hands out what waits."""
        self._failure = error
        self.interrupt()

    def interrupt(self) -> None:
        """Wake the taker although nothing may wait: it then gets an empty batch."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def take(self) -> list[MarketEvent]:
        """Everything that waits, in order, as soon as there is anything.

        Raises StreamLagged after an overflow, or the error handed to `fail`: the ticker then has
        to start again from history. An `interrupt` is answered with what there is, perhaps
        nothing.
        """
        if not self._events and self._failure is None:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self.deepest = max(self.deepest, len(self._events))
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        events, self._events = self._events, []
        self._run = self._bars = 0
        return events

    def _append(self, event: MarketEvent) -> None:
        """Add `event`; the first one wakes the taker."""
        if not self._events:
            self.since_ns = perf_counter_ns()
        self._events.append(event)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            self.woken += 1
            waiter.set_result(None)

    def _replace(self, quote: Quote) -> None:
        """Let `quote` stand for the oldest of the quotes at the end."""
        self.conflated += 1
        if self._quotes == 1:
            self._events[-1] = quote
            return
        del self._events[-self._quotes]
        self._events.append(quote)

    def _overflow(self) -> None:
        kept: list[MarketEvent] = [event for event in self._events if type(event) is Status]
        self.dropped += len(self._events) + 1 - len(kept)
        self._events = kept
        self._run = self._bars = 0
        self.fail(StreamLagged(f"more than {self._limit} events waited for a desk"))


def _delivery(event: MarketEvent) -> tuple[int, int, int]:
    """Delivery order within one symbol: time, then status, quote, bar by span."""
    if isinstance(event, Bar):
        return event.ts, 2, event.span
    return event.ts, 1 if isinstance(event, Quote) else 0, 0
