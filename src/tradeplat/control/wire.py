"""The Unix socket: frames in both directions, for processes of the same user alone."""

import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import structlog

from tradeplat.control.link import MOST_CLIENTS, Link, Reception, refusal
from tradeplat.control.protocol import MAX_BODY, Frame, FrameReader
from tradeplat.core.errors import BadInput

log = structlog.get_logger()

SOCKET = "control.sock"
"""The socket's name in the run folder."""

LOGIN_SECONDS = 5.0
"""How long a client may take to show its token."""

RATE = 200.0
"""Frames a second of one client; more wait in its own socket."""

BURST = 50

_CREDENTIALS = struct.Struct("3i")
_LONGEST = 100
"""Characters of a path that a socket's address certainly takes."""


class UnixCarrier(asyncio.Protocol):
    """One connection: first a login, then commands, never more than `RATE` a second."""

    def __init__(self, server: "UnixServer") -> None:
        self._server = server
        self._reader = FrameReader(MAX_BODY)
        self._frames: deque[Frame] = deque()
        self._budget = float(BURST)
        self._refilled = 0.0
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = False
        self.link: Link | None = None
        self.peer = ""

    @property
    def unsent(self) -> int:
        """Bytes the client has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    @property
    def gone(self) -> bool:
        """True once nothing reaches the client any more."""
        return self._transport is None or self._transport.is_closing()

    def put(self, data: bytes) -> None:
        """Send as the client reads."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def drop(self) -> None:
        """End the connection, what is unsent included."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take in a process of the same user."""
        # What a socket is served by is a whole transport, whichever loop made it.
        self._transport = cast("asyncio.Transport", transport)
        pid, uid = _peer(self._transport.get_extra_info("socket"))
        if uid != os.getuid():
            log.warning("stranger_refused", uid=uid)
            self._transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._refilled = loop.time()
        self.peer = f"pid:{pid}"
        self._timer = loop.call_later(LOGIN_SECONDS, self._expired)
        self._server.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        if self._timer is not None:
            self._timer.cancel()
        if self.link is not None:
            self._server.reception.leave(self.link)
        self._server.left(self)
        self._transport = None
        self._frames.clear()

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames and hear as many as the client's budget allows."""
        try:
            self._frames.extend(self._reader.feed(data))
        except BadInput as error:
            self._end(str(error))
            return
        self._hear()

    def _hear(self) -> None:
        while self._frames and not self.gone:
            if not self._affords():
                return
            try:
                self._one(self._frames.popleft())
            except BadInput as error:
                self._end(str(error))

    def _one(self, frame: Frame) -> None:
        if self.link is not None:
            self._server.reception.hear(frame, self.link)
            return
        login = self._server.reception.login(frame, self.peer)
        if self._timer is not None:
            self._timer.cancel()
        self.link = Link(self, login.role, watching=login.watching)
        self._server.reception.join(self.link)

    def _affords(self) -> bool:
        """Take one frame off the budget; without any, stop reading until there is some."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._budget = min(BURST, self._budget + (now - self._refilled) * RATE)
        self._refilled = now
        if self._budget >= 1.0:
            self._budget -= 1.0
            return True
        if not self._waiting and self._transport is not None:
            self._waiting = True
            self._transport.pause_reading()
            self._timer = loop.call_later(20.0 / RATE, self._again)
        return False

    def _again(self) -> None:
        self._waiting = False
        self._hear()
        if not self._waiting and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _expired(self) -> None:
        self._end("LOGIN_TIMEOUT")

    def _end(self, reason: str) -> None:
        """Say why, then close."""
        log.warning("client_refused", peer=self.peer, reason=reason)
        self.put(refusal(reason))
        self._frames.clear()
        if self._transport is not None:
            self._transport.close()


class UnixServer:
    """Listens on a socket that only its owner may open; entering begins, leaving removes it."""

    def __init__(self, path: Path, reception: Reception) -> None:
        self._path = path
        self.reception = reception
        self._carriers: dict[UnixCarrier, None] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; BadInput where the socket cannot be made."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with reached(self._path) as address:
                # Before it is bound: nobody may connect between its making and its mode.
                os.fchmod(listening.fileno(), 0o600)
                listening.bind(address)
            listening.listen(MOST_CLIENTS)
        except OSError as error:
            listening.close()
            raise BadInput(f"{self._path}: cannot listen ({error.strerror or error})") from None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: UnixCarrier(self), sock=listening)

    async def close(self) -> None:
        """Let go of every client and of the socket."""
        if self._server is not None:
            self._server.close()
        for carrier in list(self._carriers):
            carrier.drop()
        self._path.unlink(missing_ok=True)

    def came(self, carrier: UnixCarrier) -> None:
        """Count a connection in; when it is one too many, the oldest without a token goes."""
        self._carriers[carrier] = None
        if len(self._carriers) <= MOST_CLIENTS:
            return
        unproven = (one for one in self._carriers if one.link is None)
        oldest = next(unproven, carrier)
        self._carriers.pop(oldest, None)
        oldest.drop()

    def left(self, carrier: UnixCarrier) -> None:
        """Count a connection out."""
        self._carriers.pop(carrier, None)


@contextmanager
def reached(path: Path) -> Iterator[str]:
    """An address for the socket at `path`, however long that is, while the context is open.

    A socket's address has room for 107 bytes; a longer path is reached through its folder's
    descriptor.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _peer(connected: socket.socket) -> tuple[int, int]:
    """Process and user at the other end."""
    found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(found)
    return pid, uid
