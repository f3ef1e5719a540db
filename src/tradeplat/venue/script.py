"""What the venue plays: every event of its days in delivery order, taken instant by instant.

Order at one instant: symbol, then status, quote, bar, trade, bars by span. A bar that closes comes
before a print of the same instant, for it is made of earlier ones.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from tradeplat.core.market import Bar, Quote, Status, Trade

Event = Bar | Quote | Trade | Status
"""What happens on the venue's market."""

Chunks = Iterable[list[Event]]
"""Events in delivery order, in pieces of any size."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Days to play. `start` is the venue's first instant, in UTC nanoseconds.

    `closes` are the last closes before the first day, `past` bars of any span that had closed by
    `start`: both are history a client may ask for. `events` begins the same events anew at each
    call; those before `start` are played at once. `names` are company names and `exchanges`
    listing venues, both by symbol and both optional.
    """

    symbols: tuple[str, ...]
    start: int
    events: Callable[[], Chunks]
    closes: Mapping[str, float] = msgspec.field(default_factory=dict)
    past: tuple[Bar, ...] = ()
    names: Mapping[str, str] = msgspec.field(default_factory=dict)
    exchanges: Mapping[str, str] = msgspec.field(default_factory=dict)


class Reel:
    """The events of a script, handed out one instant at a time and never kept whole."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks: Iterator[list[Event]] = iter(chunks)
        self._events: list[Event] = []
        self._at = 0

    @property
    def next_ts(self) -> int | None:
        """The next instant with an event, None when all have been taken."""
        while self._at >= len(self._events):
            chunk = next(self._chunks, None)
            if chunk is None:
                return None
            self._events, self._at = chunk, 0
        return self._events[self._at].ts

    def take(self, until: int) -> list[Event]:
        """The events at or before `until` that were not taken yet, in order."""
        taken: list[Event] = []
        while (ts := self.next_ts) is not None and ts <= until:
            events, begin, end = self._events, self._at, self._at
            while end < len(events) and events[end].ts <= until:
                end += 1
            taken += events[begin:end]
            self._at = end
        return taken


def event_rank(event: Event) -> int:
    """The place of an event's kind among those of one symbol and instant."""
    match event:
        case Status():
            return 0
        case Quote():
            return 1
        case Bar():
            return 2
        case Trade():
            return 3


def event_key(event: Event) -> tuple[int, str, int, int]:
    """Sorts events into delivery order."""
    span = event.span if isinstance(event, Bar) else 0
    return (event.ts, event.symbol, event_rank(event), span)
