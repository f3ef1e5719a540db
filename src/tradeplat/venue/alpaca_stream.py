"""Alpaca's market-data socket: handshake, subscriptions, errors, both encodings.

`/v2/iex`, `/v2/sip` and `/v2/test` tell the same market as it happens, `/v2/delayed_sip` tells it
15 minutes later (from the connection on). The upgrade's Content-Type chooses MessagePack in binary
frames; anything else gets JSON in text frames. What was published since a connection last wrote
goes out as one array, so a busy tick is one frame. A client that does not read is told 407 and cut
once `buffer` messages wait for it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from tradeplat.venue.accounts import Account, find_account
from tradeplat.venue.alpaca_wire import ERRORS, JSON, PACK, json_array, packed_array
from tradeplat.venue.faults import Spot
from tradeplat.venue.hub import ASKED, FOLLOWING, Receiver
from tradeplat.venue.market_floor import MarketFloor
from tradeplat.venue.sockets import OpenSocket

_LARGEST_REQUEST = 16 << 20
_LARGEST_FRAME = 2_000
"""Messages in one array at most: a client reads a frame of 1 MiB at most."""

_ELSEWHERE = frozenset({"news", "orderbooks"})
"""Channels of other feeds."""

_FATAL = frozenset({402, 404, 406, 408, 409})
"""Errors after which the venue closes the connection."""

_BYE_SECONDS = 1.0
_HERE = Spot(socket="data")


class Connection:
    """One client on the market-data socket."""

    def __init__(self, floor: MarketFloor, socket: OpenSocket, feed: str, *, packed: bool) -> None:
        self._floor = floor
        self._socket = socket
        self._ws = socket.ws
        self._packed = packed
        self._feed = feed
        self._account: Account | None = None
        self._receiver: Receiver | None = None
        self._waiting: list[bytes | dict[str, object]] = []
        self._ready = asyncio.Event()
        self._closing = False
        self._bye = 1000
        self._slow = False
        self._last_call: asyncio.TimerHandle | None = None

    async def serve(self, headers: Mapping[str, str]) -> None:
        """Talk to the client until one of the two leaves."""
        self.say({"T": "success", "msg": "connected"})
        key = headers.get("APCA-API-KEY-ID", "")
        if key:
            self._login(key, headers.get("APCA-API-SECRET-KEY", ""))
        try:
            await asyncio.gather(self._read(), self._write())
        finally:
            if self._last_call is not None:
                self._last_call.cancel()
            if self._receiver is not None:
                self._floor.leave(self._receiver, clean=self._left_cleanly())

    def say(self, control: dict[str, object]) -> None:
        """Send a control message, alone in its array, after what is already waiting."""
        self._waiting.append(control)
        self._ready.set()

    def refuse(self, code: int, words: str = "") -> None:
        """Send an error; after a fatal one the connection is closed."""
        self.say({"T": "error", "code": code, "msg": words or ERRORS.get(code, "internal error")})
        if code in _FATAL:
            self._closing = True

    def _left_cleanly(self) -> bool:
        return self._socket.clean and self._ws.close_code not in {None, 1006}

    def _offer(self, encoded: bytes) -> None:
        self._waiting.append(encoded)
        self._ready.set()
        if len(self._waiting) > self._floor.terms.buffer and not self._slow:
            self._slow = True
            # The writer may hang in a socket that takes nothing: then only this ends it.
            asyncio.get_running_loop().call_later(_BYE_SECONDS, self._socket.abort)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._floor.terms.auth_timeout
        try:
            while not self._closing:
                left = None if self._account is not None else max(0.001, deadline - loop.time())
                try:
                    frame = await self._ws.receive(timeout=left)
                except TimeoutError:
                    self.refuse(404)
                    return
                if frame.type is WSMsgType.PING:
                    await self._pong(frame.data)
                elif frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._on_request(_decoded(frame.data))
                elif frame.type is not WSMsgType.PONG:
                    return
        finally:
            self._closing = True
            self._ready.set()
            # Who left may have stopped reading before: the writer does not wait for it for ever.
            self._last_call = loop.call_later(2 * _BYE_SECONDS, self._socket.abort)

    async def _pong(self, data: bytes) -> None:
        leak = self._receiver.leak if self._receiver is not None else None
        if leak is None or not leak.frozen:
            await self._ws.pong(data)

    def _cut(self, clean: bool) -> None:  # noqa: FBT001  # the receiver's own word
        if clean:
            self._closing, self._bye = True, 1001
            self._ready.set()
        else:
            self._socket.abort()

    async def _write(self) -> None:
        try:
            while self._waiting or not self._closing:
                await self._ready.wait()
                self._ready.clear()
                await self._flush()
        except ConnectionError:
            self._socket.clean = False
        finally:
            self._closing = True
            await self._goodbye()

    async def _flush(self) -> None:
        """Send what waits: data in arrays, control messages alone."""
        while self._waiting:
            if self._slow:
                self._waiting = [{"T": "error", "code": 407, "msg": ERRORS[407]}]
                self._slow = False
                self._closing = True
            waiting, self._waiting = self._waiting, []
            parts: list[bytes] = []
            for one in waiting:
                if isinstance(one, bytes):
                    parts.append(one)
                    if len(parts) < _LARGEST_FRAME:
                        continue
                if parts:
                    await self._send(parts)
                    parts = []
                if not isinstance(one, bytes):
                    await self._send([(PACK if self._packed else JSON).encode(one)])
            if parts:
                await self._send(parts)

    async def _send(self, parts: list[bytes]) -> None:
        if self._packed:
            await self._ws.send_bytes(packed_array(parts))
        else:
            await self._ws.send_str(json_array(parts).decode())

    async def _goodbye(self) -> None:
        if self._ws.closed:
            return
        try:
            async with asyncio.timeout(_BYE_SECONDS):
                await self._ws.close(code=self._bye)
        except (TimeoutError, ConnectionError):
            self._socket.abort()

    def _on_request(self, request: dict[str, Any] | None) -> None:
        action = request.get("action") if request is not None else None
        if request is None or action not in {"auth", "subscribe", "unsubscribe"}:
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
        self.say({"T": "success", "msg": "authenticated"})
        self._receiver = Receiver(self._feed, account.terms.key, self._offer, packed=self._packed)
        self._receiver.hang_up = self._cut
        self._floor.join(self._receiver)

    def _change(self, receiver: Receiver, request: dict[str, Any], *, adding: bool) -> None:
        """Subscribe or unsubscribe, wholly or not at all."""
        topics = _topics(request)
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
        self.say(receiver.acknowledgement())


def _topics(request: dict[str, Any]) -> dict[str, list[str]] | int:
    """Symbols by channel, or the code of what is wrong with the request."""
    topics: dict[str, list[str]] = {}
    for channel, symbols in request.items():
        if channel == "action" or channel in FOLLOWING:
            continue
        if channel in _ELSEWHERE:
            return 410
        if channel not in ASKED or not isinstance(symbols, list):
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


def routes(floor: MarketFloor) -> list[web.RouteDef]:
    """The sockets of all feeds."""

    async def stream(request: web.Request) -> web.StreamResponse:
        feed = request.match_info["feed"]
        asked = request.headers.get("Content-Type", "").lower() == "application/msgpack"
        packed = asked and floor.faults.strike("text_frames", _HERE) is None
        # The goodbye is ours to answer: the library would wait behind a client that does not read.
        # So are pings: a connection that is half open does not answer them.
        ws = web.WebSocketResponse(
            compress=False, max_msg_size=_LARGEST_REQUEST, autoclose=False, autoping=False
        )
        await ws.prepare(request)
        socket = floor.sockets.of(request)
        connection = Connection(floor, socket, feed, packed=packed)
        socket.refuse = connection.refuse
        await connection.serve(request.headers)
        return ws

    return [web.get("/v2/{feed:iex|sip|delayed_sip|test}", stream)]
