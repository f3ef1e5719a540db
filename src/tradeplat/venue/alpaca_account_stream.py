"""The vendor's account socket, /stream: one connection an account, told of every trade update."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from tradeplat.core.market import SECOND
from tradeplat.venue.accounts import Account, find_account
from tradeplat.venue.faults import Faults, Spot
from tradeplat.venue.refusals import too_many
from tradeplat.venue.rest import credentials
from tradeplat.venue.update_feed import Update

_TRADE_UPDATES = "trade_updates"
_HERE = Spot(socket="account")
_AUTH_TIMEOUT = 10.0
"""Seconds a client may take before it says who it is."""

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AccountStream:
    """Serves /stream. `binary` sends JSON in binary frames, as the paper service does.

    A client that negotiates `Content-Type: application/msgpack` speaks MessagePack both ways.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        faults: Faults,
        now: Callable[[], int],
        *,
        binary: bool,
    ) -> None:
        self._accounts = accounts
        self._faults = faults
        self._now = now
        self.on_login: Callable[[web.Request, str], None] | None = None
        """Hears which key a connection's request has logged in with."""
        self._binary = binary
        self._open: dict[str, Connection] = {}
        self._held: dict[str, int] = {}
        self.real: Callable[[int], float] = _seconds
        """Real seconds that so many ns of venue time take."""

    def routes(self) -> list[web.RouteDef]:
        """The one route of the socket."""
        return [web.get("/stream", self.serve)]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Upgrade, or refuse with 429 while no account has its connection free."""
        named = find_account(self._accounts, *credentials(request.headers))
        wanted = self._accounts if named is None else [named]
        if all(self._is_taken(account) for account in wanted):
            refusal, left = too_many(), min(self._held_for(account) for account in wanted)
            more = {"Retry-After": f"{left:.3f}"} if left else {}
            return web.json_response(refusal.body(), status=refusal.status, headers=more)
        # Pings are ours to answer: a connection that is half open does not.
        socket = web.WebSocketResponse(max_msg_size=1 << 20, autoping=False)
        await socket.prepare(request)
        packed = "msgpack" in request.headers.get("Content-Type", "").lower()
        connection = Connection(request, socket, _Codec(packed=packed, binary=self._binary))
        try:
            await asyncio.gather(self._listen(connection), connection.write())
        finally:
            self._leave(connection)
            await socket.close()
        return socket

    async def drained(self, account: Account) -> None:
        """Return once every update so far has been written to the account's connection."""
        connection = self._open.get(account.id)
        if connection is not None:
            await connection.drained()

    async def _listen(self, connection: "Connection") -> None:
        try:
            while (message := await connection.read()) is not None:
                self._act(connection, message)
        finally:
            connection.finish()

    def _act(self, connection: "Connection", message: Mapping[str, object]) -> None:
        match message.get("action"):
            case "authenticate" | "auth" as action:
                refused = self._authenticate(connection, message)
                told = {"status": "authorized" if refused is None else "unauthorized"}
                more = {"message": refused} if refused else {}
                connection.say("authorization", {**told, "action": str(action), **more})
            case "listen":
                self._hear(connection, message)
            case _:
                connection.say("error", {"code": 400, "message": "invalid syntax"})

    def _hear(self, connection: "Connection", message: Mapping[str, object]) -> None:
        """Replace the list of streams the client hears; an empty one stops it."""
        if connection.account is None:
            connection.say("authorization", {"status": "unauthorized", "action": "listen"})
            return
        data = message.get("data")
        asked = data.get("streams") if isinstance(data, dict) else None
        heard = isinstance(asked, list) and _TRADE_UPDATES in asked
        served = heard and self._faults.strike("subscribe_not_served", _HERE) is None
        connection.account.feed.listen(connection.update if served else None, connection.cut)
        connection.say("listening", {"streams": [_TRADE_UPDATES] if heard else []})

    def _authenticate(self, connection: "Connection", message: Mapping[str, object]) -> str | None:
        """Log the connection in; else what is wrong, empty for a wrong key."""
        data = message.get("data")
        if isinstance(data, dict):
            key, secret = data.get("key_id"), data.get("secret_key")
        else:
            key, secret = message.get("key"), message.get("secret")
        account = find_account(self._accounts, str(key), str(secret))
        if account is None:
            return ""
        if connection.account is None and self._is_taken(account):
            return "connection limit exceeded"
        if connection.account is not None and connection.account is not account:
            return ""
        connection.account = account
        if self.on_login is not None:
            self.on_login(connection.request, account.terms.key)
        self._open[account.id] = connection
        return None

    def _leave(self, connection: "Connection") -> None:
        account = connection.account
        if account is not None and self._open.get(account.id) is connection:
            del self._open[account.id]
            account.feed.listen(None)
            fault = self._faults.strike("connection_limit", _HERE) if connection.broke else None
            if fault is not None:
                self._held[account.id] = self._now() + self._faults.delay(fault)

    def release(self) -> None:
        """Free every place that is only held."""
        self._held.clear()

    def _held_for(self, account: Account) -> float:
        """Real seconds until a place that is only held is free, 0 when somebody sits in it."""
        if account.id in self._open:
            return 0.0
        return self.real(max(0, self._held.get(account.id, 0) - self._now()))

    def _is_taken(self, account: Account) -> bool:
        return account.id in self._open or self._held.get(account.id, 0) > self._now()


def _seconds(nanoseconds: int) -> float:
    return nanoseconds / SECOND


class _Codec(msgspec.Struct, frozen=True):
    """How frames are written and read on one connection."""

    packed: bool
    binary: bool

    def encode(self, message: object) -> bytes:
        return msgspec.msgpack.encode(message) if self.packed else msgspec.json.encode(message)

    def decode(self, frame: str | bytes) -> dict[str, object]:
        """The map in `frame`; an empty one when there is none."""
        try:
            if self.packed and isinstance(frame, bytes):
                message: dict[str, Any] = msgspec.msgpack.decode(frame, type=dict[str, Any])
                return message
            return msgspec.json.decode(frame, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}


class Connection:
    """One client's socket: frames in, and a queue of frames that its writer sends."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, codec: _Codec) -> None:
        self.request = request
        self._socket = socket
        self._codec = codec
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.account: Account | None = None
        self._code = 1000

    @property
    def broke(self) -> bool:
        """True when it ended without a closing handshake."""
        return self._socket.close_code in {None, 1006}

    async def read(self) -> dict[str, object] | None:
        """The next message, None when the client is gone or never says who it is."""
        while True:
            patience = _AUTH_TIMEOUT if self.account is None else None
            try:
                frame = await self._socket.receive(timeout=patience)
            except TimeoutError:
                return None
            if frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return self._codec.decode(frame.data)
            if frame.type is WSMsgType.PING:
                if self.account is None or not self.account.feed.frozen:
                    await self._socket.pong(frame.data)
            elif frame.type is not WSMsgType.PONG:
                return None

    def say(self, stream: str, data: Mapping[str, object]) -> None:
        """Queue one message of `stream`."""
        self._frames.put_nowait(self._codec.encode({"stream": stream, "data": data}))

    def update(self, update: Update) -> None:
        """Queue one trade update."""
        self.say(_TRADE_UPDATES, update)

    def cut(self, clean: bool) -> None:  # noqa: FBT001  # the feed's own word
        """End the connection: after what is queued and with a goodbye, or at once."""
        if clean:
            self._code = 1001
            self.finish()
        elif self.request.transport is not None:
            self.request.transport.abort()

    def finish(self) -> None:
        """Let the writer end after what is queued."""
        self._frames.put_nowait(None)

    async def drained(self) -> None:
        """Return once all that was queued has been written."""
        await self._frames.join()

    async def write(self) -> None:
        """Send queued frames until `finish`, or until the client is gone."""
        gone = False
        while (frame := await self._frames.get()) is not None:
            try:
                if not gone:
                    await self._send(frame)
            except ConnectionError:
                gone = True
            finally:
                self._frames.task_done()
        self._frames.task_done()
        await self._socket.close(code=self._code)

    async def _send(self, frame: bytes) -> None:
        if self._codec.packed or self._codec.binary:
            await self._socket.send_bytes(frame)
        else:
            await self._socket.send_str(frame.decode())
