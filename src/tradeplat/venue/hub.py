"""Who gets which message: subscriptions by channel and symbol, and the fan-out.

A message is encoded once for each encoding that somebody asked for, whatever the number of
receivers, and stays in order for each symbol.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tradeplat.venue.alpaca_wire import JSON, PACK, Message
from tradeplat.venue.stream_faults import Leak

ASKED = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
"""Channels a client may ask for."""

FOLLOWING = ("corrections", "cancelErrors")
"""Channels that follow `trades` by themselves."""

ALL = "*"
"""The symbol that stands for every symbol."""


class Receiver:
    """One authenticated listener: what it asked for, and where its messages go.

    `offer` takes an encoded message, in MessagePack if `packed`, else in JSON. `channels` are
    those it may ask for. `mute` swallows messages. `sent` counts those offered.
    """

    def __init__(
        self,
        feed: str,
        key: str,
        offer: Callable[[bytes], None],
        channels: Sequence[str] = ASKED,
        *,
        packed: bool = False,
    ) -> None:
        self.feed = feed
        self.key = key
        self.offer = offer
        self.packed = packed
        self.mute = False
        self.sent = 0
        self.leak: Leak[bytes] | None = None
        """What faults do to messages; None lets all pass."""
        self.hang_up: Callable[[bool], None] | None = None
        """Ends the connection: with a goodbye when told True, else without."""
        self.topics = {channel: dict[str, None]() for channel in channels}

    def emit(self, message: bytes) -> None:
        """Send `message` as it is."""
        self.sent += 1
        self.offer(message)

    def cut(self, *, clean: bool) -> None:
        """End the connection."""
        if self.hang_up is not None:
            self.hang_up(clean)

    def acknowledgement(self) -> dict[str, object]:
        """The whole current subscription, as the vendor confirms it."""
        lists = {channel: list(symbols) for channel, symbols in self.topics.items()}
        trades = lists.get("trades")
        following = {} if trades is None else dict.fromkeys(FOLLOWING, trades)
        return {"T": "subscription", **lists, **following}

    def metered(self) -> set[str]:
        """Symbols that count against the plan's limit."""
        return {*self.topics.get("trades", ()), *self.topics.get("quotes", ())}


class Hub:
    """Every receiver of every feed."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[str, str, str], dict[Receiver, None]] = {}
        self._receivers: dict[Receiver, None] = {}
        self.published = 0

    @property
    def receivers(self) -> list[Receiver]:
        """Those connected now, oldest first."""
        return list(self._receivers)

    def is_heard(self, feed: str) -> bool:
        """Whether anybody listens to `feed`."""
        return any(receiver.feed == feed for receiver in self._receivers)

    def join(self, receiver: Receiver) -> None:
        """Let `receiver` subscribe."""
        self._receivers[receiver] = None

    def leave(self, receiver: Receiver) -> None:
        """Forget `receiver` and all it asked for; harmless when it is not known."""
        self._receivers.pop(receiver, None)
        for channel, symbols in receiver.topics.items():
            for symbol in symbols:
                self._drop(receiver, channel, symbol)

    def subscribe(self, receiver: Receiver, topics: Mapping[str, Iterable[str]]) -> None:
        """Add `topics`, symbols by channel."""
        for channel, symbols in topics.items():
            for symbol in symbols:
                receiver.topics[channel][symbol] = None
                self._add(receiver, channel, symbol)

    def pretend(self, receiver: Receiver, topics: Mapping[str, Iterable[str]]) -> None:
        """Let `topics` be confirmed as if they were served."""
        for channel, symbols in topics.items():
            receiver.topics[channel].update(dict.fromkeys(symbols))

    def unsubscribe(self, receiver: Receiver, topics: Mapping[str, Iterable[str]]) -> None:
        """Take `topics` away; what was not subscribed is no matter."""
        for channel, symbols in topics.items():
            for symbol in symbols:
                if receiver.topics[channel].pop(symbol, _MISSING) is not _MISSING:
                    self._drop(receiver, channel, symbol)

    def sent(self, key: str) -> int:
        """Messages offered to the open connections of the account with `key`."""
        return sum(receiver.sent for receiver in self._receivers if receiver.key == key)

    def publish(self, messages: Iterable[Message], feeds: Iterable[str]) -> None:
        """Send `messages` to who asked for them on one of `feeds`."""
        names = tuple(feeds)
        wanted = self._wanted
        for message in messages:
            self.published += 1
            receivers: dict[Receiver, None] = {}
            for feed in names:
                for symbol in (message.symbol, *message.others, ALL):
                    found = wanted.get((feed, message.channel, symbol))
                    if found:
                        receivers |= found
            if receivers:
                _send(message, receivers)

    def _add(self, receiver: Receiver, channel: str, symbol: str) -> None:
        for name in _with_following(channel):
            self._wanted.setdefault((receiver.feed, name, symbol), {})[receiver] = None

    def _drop(self, receiver: Receiver, channel: str, symbol: str) -> None:
        for name in _with_following(channel):
            key = (receiver.feed, name, symbol)
            found = self._wanted.get(key, {})
            found.pop(receiver, None)
            if not found:
                self._wanted.pop(key, None)


_MISSING = object()


def _with_following(channel: str) -> tuple[str, ...]:
    return (channel, *FOLLOWING) if channel == "trades" else (channel,)


def _send(message: Message, receivers: Iterable[Receiver]) -> None:
    packed = text = b""
    for receiver in receivers:
        if receiver.mute:
            continue
        if receiver.packed:
            packed = packed or PACK.encode(message.body)
        else:
            text = text or JSON.encode(message.body)
        encoded = packed if receiver.packed else text
        if receiver.leak is None:
            receiver.emit(encoded)
        else:
            receiver.leak.take(encoded, message.channel, message.symbol)
