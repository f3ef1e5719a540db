"""Alpaca's data sockets: handshake, subscriptions, errors, both encodings.

`/v2/iex`, `/v2/sip` and `/v2/test` tell the same market as it happens, `/v2/delayed_sip` tells it
15 minutes later (from the connection on), `/v1beta1/news` tells headlines. The upgrade's
Content-Type chooses MessagePack in binary frames; anything else gets JSON in text frames.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from tradeplat.venue.accounts import Account, find_account
from tradeplat.venue.alpaca_wire import ERRORS, JSON, PACK, json_array, packed_array
from tradeplat.venue.faults import Spot
from tradeplat.venue.feed_socket import FeedSocket, opened
from tradeplat.venue.hub import ASKED, FOLLOWING, Receiver
from tradeplat.venue.market_floor import MarketFloor
from tradeplat.venue.sockets import OpenSocket

NEWS = "news"
"""The feed of headlines, and its one channel."""

_FEEDS = ("iex", "sip", "delayed_sip", "test")
_ELSEWHERE = frozenset({*ASKED, NEWS, "orderbooks"})
"""Channels there are, on this feed or on others."""

_FATAL = frozenset({402, 404, 406, 408, 409})
"""Errors after which the venue closes the connection."""

_HERE = Spot(socket="data")


class Connection:
    """One client on a data socket."""

    def __init__(self, floor: MarketFloor, socket: OpenSocket, feed: str, *, packed: bool) -> None:
        self._floor = floor
        self._socket = socket
        self._packed = packed
        self._feed = feed
        self._channels: Sequence[str] = (NEWS,) if feed == NEWS else ASKED
        self._account: Account | None = None
        self._receiver: Receiver | None = None
        joined = packed_array if packed else json_array
        self._wire = FeedSocket(socket, self, floor.terms, joined, binary=packed)

    @property
    def known(self) -> bool:
        """Whether the client has authenticated."""
        return self._account is not None

    async def serve(self, headers: Mapping[str, str]) -> None:
        """Talk to the client until one of the two leaves."""
        self._wire.say({"T": "success", "msg": "connected"})
        key = headers.get("APCA-API-KEY-ID", "")
        if key:
            self._login(key, headers.get("APCA-API-SECRET-KEY", ""))
        try:
            await self._wire.run()
        finally:
            if self._receiver is not None:
                self._floor.leave(self._receiver, clean=self._wire.left_cleanly)

    def refuse(self, code: int, words: str = "") -> None:
        """Send an error; after a fatal one the connection is closed."""
        self._wire.say(_error(code, words))
        if code in _FATAL:
            self._wire.end()

    def on_silence(self) -> None:
        """The client did not authenticate in time."""
        self.refuse(404)

    def slow(self) -> object:
        """The message that tells a client it is too slow."""
        return _error(407)

    def control(self, message: object) -> bytes:
        """A control message, alone in its array."""
        if self._packed:
            return packed_array([PACK.encode(message)])
        return json_array([JSON.encode(message)])

    def on_frame(self, frame: str | bytes) -> None:
        """Answer a client's request."""
        request = _decoded(frame)
        action = request.get("action") if request is not None else None
        known = isinstance(action, str) and action in {"auth", "subscribe", "unsubscribe"}
        if request is None or not known:
            self.refuse(400)
        elif action == "auth":
            self._login(request.get("key"), request.get("secret"))
        elif self._receiver is None:
            self.refuse(401)
        else:
            self._change(self._receiver, request, adding=action == "subscribe")

    def _login(self, key: object, secret: object) -> None:
        if self._account is not None:
            self.refuse(403)
            return
        account = find_account(self._floor.accounts, str(key), str(secret))
        fault = self._floor.faults.strike("login_error", _HERE)
        code = (fault.status or 500) if fault else self._floor.refusal(account, self._feed)
        if account is None or code:
            self.refuse(code or 402)
            return
        self._account = account
        self._socket.key = account.terms.key
        self._wire.say({"T": "success", "msg": "authenticated"})
        receiver = Receiver(self._feed, account.terms.key, self._wire.offer, self._channels)
        receiver.packed = self._packed
        receiver.hang_up = self._wire.cut
        self._receiver = self._wire.receiver = receiver
        self._floor.join(receiver)

    def _change(self, receiver: Receiver, request: dict[str, Any], *, adding: bool) -> None:
        """Subscribe or unsubscribe, wholly or not at all."""
        topics = _topics(request, self._channels)
        if isinstance(topics, int):
            self.refuse(topics)
            return
        if adding:
            code = self._floor.over_limit(receiver, topics)
            if code:
                self.refuse(code)
                return
            if self._floor.faults.strike("subscribe_not_served", _HERE) is None:
                self._floor.hub.subscribe(receiver, topics)
            else:
                self._floor.hub.pretend(receiver, topics)
        else:
            self._floor.hub.unsubscribe(receiver, topics)
        self._wire.say(receiver.acknowledgement())


def _error(code: int, words: str = "") -> dict[str, object]:
    return {"T": "error", "code": code, "msg": words or ERRORS.get(code, "internal error")}


def _topics(request: dict[str, Any], channels: Sequence[str]) -> dict[str, list[str]] | int:
    """Symbols by channel, or the code of what is wrong with the request."""
    topics: dict[str, list[str]] = {}
    for channel, symbols in request.items():
        if channel == "action" or channel in FOLLOWING:
            continue
        if channel not in channels and channel in _ELSEWHERE:
            # Clients name every channel of theirs, and leave those of other feeds empty.
            if symbols == []:
                continue
            return 410
        if channel not in channels or not isinstance(symbols, list):
            return 400
        if not all(isinstance(symbol, str) and symbol for symbol in symbols):
            return 400
        topics[channel] = symbols
    return topics if any(topics.values()) else 400


def _decoded(frame: str | bytes) -> dict[str, Any] | None:
    """A client's request; None when it is not a map. Text is JSON, binary either of the two."""
    try:
        if isinstance(frame, str) or frame[:1] == b"{":
            return msgspec.json.decode(frame, type=dict[str, Any])
        return msgspec.msgpack.decode(frame, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def talking(
    floor: MarketFloor, feed: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Serves the socket of `feed`."""

    async def talk(request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Content-Type", "").lower() == "application/msgpack"
        packed = asked and floor.faults.strike("text_frames", _HERE) is None
        ws = await opened(request)
        socket = floor.sockets.of(request)
        connection = Connection(floor, socket, feed, packed=packed)
        socket.refuse = connection.refuse
        await connection.serve(request.headers)
        return ws

    return talk


def routes(floor: MarketFloor) -> list[web.RouteDef]:
    """The sockets of all feeds of the market."""
    return [web.get(f"/v2/{feed}", talking(floor, feed)) for feed in _FEEDS]
