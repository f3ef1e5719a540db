"""One client's end of a data socket, whatever is spoken on it: frames in, arrays of messages out.

What was published since it last wrote goes out as one array, so a busy tick is one frame; control
messages go alone. A client that does not read is told so and cut once `buffer` messages wait.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiohttp import WSMsgType, web

from tradeplat.venue.hub import Receiver
from tradeplat.venue.market_floor import StreamTerms
from tradeplat.venue.sockets import OpenSocket

LARGEST_REQUEST = 16 << 20
_LARGEST_FRAME = 2_000
"""Messages in one array at most: a client reads a frame of 1 MiB at most."""

_BYE_SECONDS = 1.0


class Talk(Protocol):
    """What is spoken on a data socket."""

    @property
    def known(self) -> bool:
        """Whether the client has authenticated."""
        ...

    def on_frame(self, frame: str | bytes) -> None:
        """Answer a client's message."""
        ...

    def on_silence(self) -> None:
        """The client did not authenticate in time."""
        ...

    def slow(self) -> object:
        """The message that tells a client it is too slow."""
        ...

    def control(self, message: object) -> bytes:
        """A control message, encoded as one frame."""
        ...


class FeedSocket:
    """Reads and writes one data socket until one of the two sides leaves."""

    def __init__(
        self,
        socket: OpenSocket,
        talk: Talk,
        terms: StreamTerms,
        joined: Callable[[list[bytes]], bytes],
        *,
        binary: bool = False,
    ) -> None:
        self._socket = socket
        self._ws = socket.ws
        self._talk = talk
        self._terms = terms
        self._joined = joined
        self._binary = binary
        self._waiting: list[bytes | _Control] = []
        self._ready = asyncio.Event()
        self._closing = False
        self._bye = 1000
        self._slow = False
        self._last_call: asyncio.TimerHandle | None = None
        self.receiver: Receiver | None = None
        """Whose messages these are, once the client has authenticated."""

    @property
    def left_cleanly(self) -> bool:
        """True when the connection ended with a closing handshake."""
        return self._socket.clean and self._ws.close_code not in {None, 1006}

    async def run(self) -> None:
        """Read and write until it is over."""
        try:
            await asyncio.gather(self._read(), self._write())
        finally:
            if self._last_call is not None:
                self._last_call.cancel()

    def say(self, message: object) -> None:
        """Send a control message in a frame of its own, after what is already waiting."""
        self._waiting.append(_Control(message))
        self._ready.set()

    def end(self, code: int = 1000) -> None:
        """Close the connection once what waits is sent."""
        self._closing, self._bye = True, code
        self._ready.set()

    def offer(self, encoded: bytes) -> None:
        """Send a market message."""
        self._waiting.append(encoded)
        self._ready.set()
        if len(self._waiting) > self._terms.buffer and not self._slow:
            self._slow = True
            # The writer may hang in a socket that takes nothing: then only this ends it.
            asyncio.get_running_loop().call_later(_BYE_SECONDS, self._socket.abort)

    def cut(self, clean: bool) -> None:  # noqa: FBT001  # the receiver's own word
        """End the connection, with a goodbye or without."""
        if clean:
            self.end(1001)
        else:
            self._socket.abort()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._terms.auth_timeout
        try:
            while not self._closing:
                left = None if self._talk.known else max(0.001, deadline - loop.time())
                try:
                    frame = await self._ws.receive(timeout=left)
                except TimeoutError:
                    self._talk.on_silence()
                    return
                if frame.type is WSMsgType.PING:
                    await self._pong(frame.data)
                elif frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._talk.on_frame(frame.data)
                elif frame.type is not WSMsgType.PONG:
                    return
        finally:
            self._closing = True
            self._ready.set()
            # Who left may have stopped reading before: the writer does not wait for it for ever.
            self._last_call = loop.call_later(2 * _BYE_SECONDS, self._socket.abort)

    async def _pong(self, data: bytes) -> None:
        leak = self.receiver.leak if self.receiver is not None else None
        if leak is None or not leak.frozen:
            await self._ws.pong(data)

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
                self._waiting = [_Control(self._talk.slow())]
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
                    await self._send(self._joined(parts))
                    parts = []
                if isinstance(one, _Control):
                    await self._send(self._talk.control(one.message))
            if parts:
                await self._send(self._joined(parts))

    async def _send(self, frame: bytes) -> None:
        if self._binary:
            await self._ws.send_bytes(frame)
        else:
            await self._ws.send_str(frame.decode())

    async def _goodbye(self) -> None:
        if self._ws.closed:
            return
        try:
            async with asyncio.timeout(_BYE_SECONDS):
                await self._ws.close(code=self._bye)
        except (TimeoutError, ConnectionError):
            self._socket.abort()


class _Control:
    """A message that does not share its frame."""

    __slots__ = ("message",)

    def __init__(self, message: object) -> None:
        self.message = message


async def opened(request: web.Request) -> web.WebSocketResponse:
    """The upgrade of `request`.

    The goodbye is ours to answer: the library would wait behind a client that does not read. So are
    pings: a connection that is half open does not answer them.
    """
    ws = web.WebSocketResponse(
        compress=False, max_msg_size=LARGEST_REQUEST, autoclose=False, autoping=False
    )
    await ws.prepare(request)
    return ws
