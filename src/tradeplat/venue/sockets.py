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
        """Know `socket` until its request is removed."""
        self._open[id(socket.request)] = socket

    def remove(self, request: web.Request) -> None:
        """Forget the socket that `request` became, if it became one."""
        self._open.pop(id(request), None)

    def of(self, request: web.Request) -> OpenSocket:
        """The socket that `request` has become."""
        return self._open[id(request)]

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
