"""What we want to hear, what we asked for and what the venue granted: set arithmetic, no I/O."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain

import msgspec

from tradeplat.streams.dialect import Topic


class Request(msgspec.Struct, frozen=True):
    """Topics to add, or to take away, in one message; the most needed symbols first."""

    topics: tuple[Topic, ...]
    adds: bool = True


class Subscriptions:
    """The wanted set is ours; every answer of the venue is compared with it.

    Symbols rank by when they were wanted, channels by their place in `channels`. The venue
    answers each request once and in order, with the whole subscription or a refusal; or topic by
    topic, and then what it never answers of a request counts as refused. A refused request is
    asked again in halves, then channel by channel, so that what a plan's limit costs is always
    what ranks last. Every method that returns requests expects each to be passed to `sent` as it
    goes out.
    """

    def __init__(self, channels: Sequence[str]) -> None:
        self._rank = {channel: place for place, channel in enumerate(channels)}
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._granted: frozenset[Topic] = frozenset()
        self._pending: deque[Request] = deque()
        self._asked_again: set[Topic] = set()
        self._taken: set[str] = set()
        self._online = False
        self._partly = False
        self.refused: set[Topic] = set()
        """Wanted topics the venue does not give us on this connection."""
        self.mismatches = 0
        """Answers that did not grant what was asked."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The vendor's channels, the most needed first."""
        return tuple(self._rank)

    @property
    def settled(self) -> bool:
        """True when every request was answered and every wanted topic granted or refused."""
        return self._online and not self._pending and all(map(self.complete, self._wanted))

    @property
    def waiting(self) -> int:
        """Requests not answered yet."""
        return len(self._pending)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Wanted symbols, the most needed first."""
        return tuple(self._wanted)

    def complete(self, symbol: str) -> bool:
        """True when each topic of `symbol` is granted or refused."""
        return self._online and all(
            topic in self._granted or topic in self.refused for topic in self._topics(symbol)
        )

    def granted(self, symbol: str) -> frozenset[str]:
        """The channels of `symbol` the venue gives us."""
        return frozenset(c for c, s in self._topics(symbol) if (c, s) in self._granted)

    def want(self, symbol: str, channels: Iterable[str]) -> list[Request]:
        """Add a symbol with its channels."""
        self._wanted[symbol] = tuple(sorted(channels, key=self._rank.__getitem__))
        return [Request(self._topics(symbol))] if self._online else []

    def drop(self, symbol: str) -> list[Request]:
        """Take a symbol away; the room it leaves is offered to what was refused."""
        topics = self._topics(symbol)
        del self._wanted[symbol]
        given = tuple(topic for topic in topics if topic not in self.refused)
        self.refused.difference_update(topics)
        if not self._online or not given:
            return []
        again = self._in_order(self.refused)
        self.refused.clear()
        # Wanted again at once, it is not granted by what is on its way out.
        self._granted -= frozenset(given)
        return [Request(given, adds=False), *([Request(again)] if again else [])]

    def online(self) -> list[Request]:
        """A new connection knows nothing: ask for everything wanted."""
        self._online = True
        everything = tuple(chain.from_iterable(map(self._topics, self._wanted)))
        return [Request(everything)] if everything else []

    def offline(self) -> None:
        """The connection is gone and with it all it granted."""
        self._online = False
        self._granted = frozenset()
        self._partly = False
        self._taken.clear()
        self._pending.clear()
        self._asked_again.clear()
        self.refused.clear()

    def sent(self, request: Request) -> None:
        """`request` is on the wire; its answer is awaited after those sent before."""
        self._pending.append(request)

    def acknowledge(self, topics: frozenset[Topic]) -> list[Request]:
        """The venue says what we are subscribed to: what has to be asked for after all."""
        if self._pending:
            self._pending.popleft()
        wanted = set(chain.from_iterable(map(self._topics, self._wanted)))
        had, leaving = self._granted & wanted, self._leaving()
        known = frozenset(topic for topic in topics if topic[0] in self._rank)
        self._granted = known - leaving
        self._taken.update(symbol for _, symbol in had - self._granted)
        asked = {t for request in self._pending if request.adds for t in request.topics}
        missing = wanted - self._granted - asked - self.refused
        extra = self._granted - wanted
        requests = []
        if missing:
            requests += self._ask_again(missing)
        if extra - self._asked_again:
            self.mismatches += 1
            requests.append(Request(tuple(sorted(extra - self._asked_again)), adds=False))
            self._asked_again |= extra
        return requests

    def confirm(self, topics: frozenset[Topic], *, adds: bool = True) -> None:
        """The venue says yes to `topics`, or where it names none to all of the oldest request."""
        oldest = next((request for request in self._pending if request.adds == adds), None)
        named = topics or frozenset(oldest.topics if oldest is not None else ())
        if adds:
            known = {topic for topic in named if topic[0] in self._rank}
            self._granted |= known - self._leaving()
            self.refused -= named
        else:
            self._granted -= named
        self._answered(named, adds=adds)

    def taken(self) -> frozenset[str]:
        """Wanted symbols that an answer since the last call took a channel away from."""
        symbols = frozenset(self._taken)
        self._taken.clear()
        return symbols

    def give_up(self) -> bool:
        """Wait no longer for what is left of a request that was answered in part: it counts as
        refused. False where the oldest request was not answered at all.
        """
        if not self._pending or not self._partly:
            return False
        request = self._pending.popleft()
        self._partly = False
        self.mismatches += 1
        if request.adds:
            self.refused.update(self._in_order(request.topics))
        return True

    def reject(self, named: frozenset[Topic] = frozenset()) -> list[Request]:
        """The venue refuses topics it names, or the oldest request: the smaller ones to try in its
        place.
        """
        if named:
            self.refused.update(self._in_order(named))
            self._taken.update(symbol for _, symbol in named & self._granted)
            self._granted -= named
            self._answered(named, adds=True)
            return []
        if not self._pending:
            return []
        request = self._pending.popleft()
        self._partly = False
        if not request.adds:
            return []
        topics = self._in_order(request.topics)
        symbols = list(dict.fromkeys(symbol for _, symbol in topics))
        if len(symbols) > 1:
            first = set(symbols[: len(symbols) // 2])
            return [
                Request(tuple(t for t in topics if t[1] in first)),
                Request(tuple(t for t in topics if t[1] not in first)),
            ]
        self.refused.update(topics[-1:])
        return [Request(topics[:-1])] if topics[:-1] else []

    def _leaving(self) -> frozenset[Topic]:
        """Topics that the venue still has to take away."""
        requests = (request for request in self._pending if not request.adds)
        return frozenset(chain.from_iterable(request.topics for request in requests))

    def _answered(self, topics: frozenset[Topic], *, adds: bool) -> None:
        """Leave of the pending requests what was not answered yet."""
        pending: deque[Request] = deque()
        for place, request in enumerate(self._pending):
            left = request.topics
            if request.adds == adds and not topics.isdisjoint(left):
                left = tuple(topic for topic in left if topic not in topics)
                self._partly = bool(left) if place == 0 else self._partly
            if left:
                pending.append(Request(left, request.adds))
        self._pending = pending

    def _ask_again(self, missing: set[Topic]) -> list[Request]:
        """Once more for what a yes left out; what is left out twice counts as refused."""
        self.mismatches += 1
        self.refused |= missing & self._asked_again
        again = self._in_order(missing - self._asked_again)
        self._asked_again |= missing
        return [Request(again)] if again else []

    def _topics(self, symbol: str) -> tuple[Topic, ...]:
        return tuple((channel, symbol) for channel in self._wanted.get(symbol, ()))

    def _in_order(self, topics: Iterable[Topic]) -> tuple[Topic, ...]:
        """Those of `topics` still wanted, by symbol, then by channel."""
        some = set(topics)
        mine = chain.from_iterable(map(self._topics, self._wanted))
        return tuple(topic for topic in mine if topic in some)
