"""A TCP link to a server that can be broken in every way links break."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536


class Link:
    """Passes bytes on between whoever connects to `port` and the server behind it.

    Every way to break it but `half` is noticed by the client at once; the link is back at once as
    well, unless `shut` says otherwise.
    """

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._open: set[_Pair] = set()
        self.port = 0
        self.shut = False
        """True while every connection is refused as soon as it is made."""
        self.budget: int | None = None
        """Bytes the server may still say on each new connection until that is reset; None: all."""
        self.made = 0
        """Connections made so far."""
        self.broken = 0
        """Connections broken so far."""

    def cut(self, how: str) -> None:
        """Break every connection: `fin` (closed), `rst` (reset), `half` (reset on the server's side
        alone: the client is told nothing and hears nothing more), `mid` (closed within the server's
        next frame).
        """
        for pair in list(self._open):
            self.broken += 1
            if how == "half":
                pair.halve()
                self._open.discard(pair)
            elif how == "mid":
                pair.torn = True
            else:
                pair.end(reset=how == "rst")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        if self.shut:
            _end(writer, reset=True)
            return
        try:
            there = await asyncio.open_connection(*self._there)
        except OSError:
            _end(writer, reset=True)
            return
        pair = _Pair(writer, there[1], self.budget)
        self._open.add(pair)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(pair.carry(reader, there[1], said=False))
                group.create_task(pair.carry(there[0], writer, said=True))
        finally:
            self._open.discard(pair)
            pair.end(reset=False)


class _Pair:
    """One connection to us and the one behind it."""

    def __init__(
        self, here: asyncio.StreamWriter, there: asyncio.StreamWriter, budget: int | None
    ) -> None:
        self._both = (here, there)
        self._budget = budget
        self.mute = False
        self.torn = False

    def end(self, *, reset: bool) -> None:
        for writer in self._both:
            _end(writer, reset=reset)

    def halve(self) -> None:
        """End the server's side; the client's goes on, and nothing comes or leaves on it."""
        self.mute = True
        _end(self._both[1], reset=True)

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, said: bool
    ) -> None:
        """Pass on what comes until either side ends; `said` is what the server says."""
        with suppress(OSError):  # either side went away: that is the end of both
            while data := await reader.read(CHUNK):
                if self.mute:
                    continue
                if said and self._spent(data):
                    writer.write(data[: max(len(data) // 2, 1)])
                    await writer.drain()
                    self.end(reset=False)
                    return
                writer.write(data)
                await writer.drain()
        if not self.mute:
            self.end(reset=False)

    def _spent(self, data: bytes) -> bool:
        if self._budget is not None:
            self._budget -= len(data)
            return self._budget < 0
        return self.torn


def _end(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset and not writer.is_closing():
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort() if reset else writer.close()


@asynccontextmanager
async def linked(host: str, port: int) -> AsyncIterator[Link]:
    """A link to `host` and `port` while the context is open."""
    link = Link(host, port)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    link.port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        server.close()
        link.cut("rst")
