"""Loopback HTTP: the same commands as JSON, and the same frames over a WebSocket."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec
import structlog
from aiohttp import StreamReader, WSMsgType, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError

from tradeplat.control import door
from tradeplat.control.actions import Actions
from tradeplat.control.link import Link, Reception
from tradeplat.control.protocol import (
    HEADER,
    MAX_BODY,
    Answer,
    Code,
    FrameReader,
    Outcome,
    Role,
)
from tradeplat.core.errors import BadInput
from tradeplat.core.ports import Supervise

log = structlog.get_logger()

HEAD_SECONDS = 5.0
"""How long a connection may last without having shown a token."""

BODY_SECONDS = 2.0
"""How long a body may take."""

OUTCOME_SECONDS = 30.0
"""How long an answer waits for what a command comes to."""

MOST_CONNECTIONS = 64

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Server": "tradeplat",
    "X-Content-Type-Options": "nosniff",
}
_STATUS = {
    Code.SHAPE: 422,
    Code.RIGHT: 403,
    Code.DEED: 404,
    Code.EPOCH: 409,
    Code.AGE: 409,
    Code.NUMBER: 409,
    Code.BUSY: 503,
}
"""The HTTP status of each refusal of a command."""

_NO_FRAME = b"\xff" * HEADER.size

Status = Callable[[], Mapping[str, object]]


class SocketCarrier:
    """A WebSocket whose frames wait in a queue that its own task empties."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._ws = ws
        self._transport = transport
        self._queue: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._bytes = 0

    @property
    def unsent(self) -> int:
        """Bytes the client has not taken yet."""
        held = 0 if self._transport is None else self._transport.get_write_buffer_size()
        return self._bytes + held

    @property
    def gone(self) -> bool:
        """True once nothing reaches the client any more."""
        return self._ws.closed or self._transport is None or self._transport.is_closing()

    def put(self, data: bytes) -> None:
        """Send as the client reads."""
        self._queue.append(data)
        self._bytes += len(data)
        self._more.set()

    def drop(self) -> None:
        """End the connection, what is unsent included."""
        if self._transport is not None:
            self._transport.abort()
        self._more.set()

    async def run(self) -> None:
        """Send what is queued, in order, until the connection ends."""
        with suppress(ConnectionError):  # whoever listened has left
            while not self.gone:
                while self._queue:
                    data = self._queue.popleft()
                    await self._ws.send_bytes(data)
                    self._bytes -= len(data)
                self._more.clear()
                if not self._queue and not self.gone:
                    await self._more.wait()


class _Faults(logging.Logger):
    """What the HTTP library complains of: a request that is no HTTP was answered already,
    anything else is a fault of ours.
    """

    def handle(self, record: logging.LogRecord) -> None:
        """Tell the log of a fault."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError | ConnectionError):
            log.error("control_fault", message=record.getMessage(), exc_info=error)


class WebServer:
    """Serves one loopback port. Connections without a token are few and do not last."""

    def __init__(self, reception: Reception, status: Status, supervise: Supervise) -> None:
        self._reception = reception
        self._actions: Actions = reception.actions
        self._status = status
        self._supervise = supervise
        self._server: web.Server | None = None
        self._listening: asyncio.Server | None = None
        self._proven: set[web.RequestHandler] = set()
        """Connections that showed a token."""
        self._begun = 0
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen on 127.0.0.1; port 0 takes any free one. BadInput where that cannot be."""
        loop = asyncio.get_running_loop()
        self._server = web.Server(
            self._serve,
            request_factory=self._request,
            auto_decompress=False,
            access_log=None,
            logger=_Faults("tradeplat.control.web"),
            keepalive_timeout=15.0,
            lingering_time=1.0,
            max_line_size=4_096,
            max_field_size=4_096,
        )
        try:
            self._listening = await loop.create_server(self._connected, "127.0.0.1", port)
        except OSError as error:
            raise BadInput(
                f"control.port={port}: cannot listen ({error.strerror or error})"
            ) from None
        self.port = self._listening.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Let go of every client and of the port."""
        if self._listening is not None:
            self._listening.close()
        if self._server is not None:
            await self._server.shutdown(1.0)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(
            message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY
        )

    def _connected(self) -> asyncio.BaseProtocol:
        """A new connection; it has to show a token soon, and when there are too many the oldest
        that has not goes at once.
        """
        if self._server is None:
            raise BadInput("control: not open")
        there = self._server.connections
        self._proven.intersection_update(there)
        if len(there) >= MOST_CONNECTIONS:
            oldest = next((one for one in there if one not in self._proven), None)
            if oldest is not None:
                oldest.force_close()
        made = self._server()
        asyncio.get_running_loop().call_later(HEAD_SECONDS, self._expired, made)
        return made

    def _expired(self, connection: web.RequestHandler) -> None:
        if connection not in self._proven:
            connection.force_close()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        head = door.asked(request.method, request.raw_path, request.headers)
        objection = door.stranger(head, self.port)
        if objection is None:
            found = self._reception.known(door.bearer(head), request.remote or "")
            if isinstance(found, Code):
                objection = door.Objection(429 if found is Code.LOCKED else 401, found.value)
            else:
                self._proven.add(request.protocol)
                objection = door.misplaced(head)
                if objection is None:
                    return await self._inside(request, head, found)
        return _said(objection.status, {"message": objection.reason}, last=True)

    async def _inside(
        self, request: web.BaseRequest, head: door.Asked, role: Role
    ) -> web.StreamResponse:
        if head.target == door.LINK:
            return await self._link(request, role)
        if head.method == "GET":
            if role is Role.KILL:
                return _said(403, {"message": Code.RIGHT.value}, last=True)
            return _said(200, self._status())
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return _said(408, {"message": f"the body took over {BODY_SECONDS:g} s"}, last=True)
        if body is None:
            return _said(413, {"message": f"expected at most {MAX_BODY} bytes"}, last=True)
        return await self._command(body, role)

    async def _command(self, body: bytes, role: Role) -> web.Response:
        told: list[Answer | Outcome] = []
        settled = asyncio.Event()

        def tell(answer: Answer | Outcome) -> None:
            told.append(answer)
            if isinstance(answer, Outcome) or not answer.accepted:
                settled.set()

        self._actions.take(body, role, tell)
        with suppress(TimeoutError):  # the answer so far goes out then
            async with asyncio.timeout(OUTCOME_SECONDS):
                await settled.wait()
        answer = told[0]
        if isinstance(answer, Answer) and not answer.accepted:
            return _said(_STATUS.get(Code(answer.code), 400), _plain(answer))
        outcome = _plain(told[-1]) if isinstance(told[-1], Outcome) else None
        return _said(200 if outcome else 202, {"answer": _plain(answer), "outcome": outcome})

    async def _link(self, request: web.BaseRequest, role: Role) -> web.StreamResponse:
        """Frames over a WebSocket, one in each message, until either side ends it."""
        ws = web.WebSocketResponse(max_msg_size=MAX_BODY + 64, heartbeat=20.0, compress=False)
        await ws.prepare(request)
        transport = request.transport
        carrier = SocketCarrier(ws, transport)
        link = Link(carrier, role)
        self._begun += 1
        self._supervise(f"control-link-{self._begun}", carrier.run)
        reader = FrameReader(MAX_BODY)
        with self._reception.inside(link):
            try:
                async for message in ws:
                    # Text has no frames in it: whatever it says is read as a broken one.
                    data = message.data if message.type is WSMsgType.BINARY else _NO_FRAME
                    for frame in reader.feed(data):
                        self._reception.hear(frame, link)
            except BadInput as error:
                log.warning("client_refused", peer=request.remote, reason=str(error))
                await ws.close(code=1008, message=b"refused")
            finally:
                carrier.drop()
        return ws


async def _body(request: web.BaseRequest) -> bytes | None:
    """The body of `request`, None when it is too large: no more than that is ever held."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    found = bytearray()
    async for chunk in request.content.iter_any():
        found += chunk
        if len(found) > MAX_BODY:
            return None
    return bytes(found)


def _plain(answer: Answer | Outcome) -> object:
    return msgspec.to_builtins(answer)


def _said(status: int, body: object, *, last: bool = False) -> web.Response:
    """An answer as JSON; after the `last` one the connection is closed."""
    response = web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=_HEADERS,
        content_type=door.JSON,
    )
    if last:
        response.force_close()
    return response
