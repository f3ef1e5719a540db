"""The daemon's side of the control plane: tokens, socket and port, as one context."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import msgspec

from tradeplat.control.actions import Actions, Audit, Deed
from tradeplat.control.link import Audience, Hello, Reception
from tradeplat.control.protocol import VERSION, Role
from tradeplat.control.tokens import Lockout, made, token_file
from tradeplat.control.web import WebServer
from tradeplat.control.wire import SOCKET, UnixServer
from tradeplat.core.ports import Supervise

CARD = "control.json"
"""The file by which a running daemon is found."""


class Card(msgspec.Struct, frozen=True):
    """What a daemon tells of itself in its run folder; no secret is in it."""

    pid: int
    epoch: int
    mode: str
    place: str
    started: int
    port: int = 0
    protocol: int = VERSION


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """What the control plane needs of the daemon it belongs to.

    `epoch` counts its starts; `deeds` are what can be commanded; `status` what a viewer may read;
    `hello` what each client is told first; `now` the wall in UTC ns; `entropy` answers so many
    random bytes; `supervise` starts tasks; `card` what it tells of itself; `audience`
    serves those who watch, `audit` writes down what is commanded and answered.
    """

    epoch: int
    deeds: Mapping[str, Deed[Any]]
    status: Callable[[], Mapping[str, object]]
    hello: Hello
    now: Callable[[], int]
    entropy: Callable[[int], bytes]
    supervise: Supervise
    card: Card
    audience: Audience | None = None
    audit: Audit | None = None


class ControlServer:
    """Serves the control plane of one daemon from its run folder, while entered.

    The Unix socket is always there; `port` None serves no HTTP, 0 any free port.
    """

    def __init__(self, engine: Engine, folder: Path, port: int | None = None) -> None:
        self._engine = engine
        self._folder = folder
        self._port = port
        self._stack = AsyncExitStack()
        self._web: WebServer | None = None
        self._reception: Reception | None = None

    @property
    def reception(self) -> Reception:
        """Who is inside; the publisher of market data starts here."""
        if self._reception is None:
            raise RuntimeError("not entered")
        return self._reception

    @property
    def port(self) -> int:
        """The port HTTP is served on, 0 for none."""
        return 0 if self._web is None else self._web.port

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _open(self, stack: AsyncExitStack) -> None:
        engine, folder = self._engine, self._folder
        tokens = made(engine.entropy)
        stack.callback(self._forget)
        tokens.write(folder)
        actions = Actions(engine.deeds, engine.epoch, engine.now, engine.supervise)
        if engine.audit is not None:
            actions.audit = engine.audit
        lockout = Lockout(asyncio.get_running_loop().time)
        reception = self._reception = Reception(tokens, lockout, actions, engine.hello)
        reception.audience = engine.audience
        unix = UnixServer(folder / SOCKET, reception)
        stack.push_async_callback(unix.close)
        await unix.open()
        if self._port is not None:
            self._web = WebServer(reception, engine.status, engine.supervise)
            stack.push_async_callback(self._web.close)
            await self._web.open(self._port)
        card = msgspec.structs.replace(engine.card, port=self.port)
        (folder / CARD).write_bytes(msgspec.json.encode(card) + b"\n")

    def _forget(self) -> None:
        """Leave nothing by which a client would look for this daemon."""
        (self._folder / CARD).unlink(missing_ok=True)
        for role in Role:
            token_file(self._folder, role).unlink(missing_ok=True)
