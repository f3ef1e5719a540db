"""Every open websocket of the venue, so that the control API can cut or silence them."""

from collections.abc import Callable, Iterator

import msgspec
from aiohttp import web


class OpenSocket(msgspec.Struct, eq=False):
    """One open connection; `key` is empty until the client has authenticated."""

    path: str
    request: web.Request
    ws: web.WebSocketResponse
    key: str = ""
    clean: bool = True
    """False once it was cut without a closing handshake."""
    refuse: Callable[[int, str], None] | None = None
    """Sends an error of the market-data socket: its code and words."""

    def abort(self) -> None:
        """Cut the connection at once, without a goodbye."""
        self.clean = False
        transport = self.request.transport
        if transport is not None:
            transport.abort()


class Sockets:
    """The open connections, oldest first."""

    def __init__(self) -> None:
        self._open: dict[int, OpenSocket] = {}

    def add(self, socket: OpenSocket) -> None:
        """Know `socket` until it is removed."""
        self._open[id(socket)] = socket

    def remove(self, socket: OpenSocket) -> None:
        """Forget `socket`; harmless when it is not known."""
        self._open.pop(id(socket), None)

    def matching(self, path: str = "", key: str = "") -> list[OpenSocket]:
        """Connections on `path` of the account with `key`; empty means any."""
        return [
            socket
            for socket in self._open.values()
            if (not path or socket.path == path) and (not key or socket.key == key)
        ]

    def __iter__(self) -> Iterator[OpenSocket]:
        return iter(list(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)
