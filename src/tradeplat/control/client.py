"""The client's side of the Unix socket: log in, command, and read what the daemon tells."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.control.protocol import (
    Answer,
    Command,
    Frame,
    FrameReader,
    FrameType,
    Login,
    Outcome,
    Role,
    Shape,
    packed,
)
from tradeplat.control.tokens import read_token
from tradeplat.control.wire import SOCKET, reached
from tradeplat.core.errors import BadInput, Denied, Transient

CONNECT_SECONDS = 3.0
_CHUNK = 1 << 16
_ANSWER, _OUTCOME, _ANY = Shape(Answer), Shape(Outcome), Shape(dict[str, Any])


class Client:
    """One connection to a daemon; `name` makes its commands its own.

    `hello` is what the daemon told first. Numbers of commands grow from the instant of the
    connection, so that a name may come back.
    """

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        name: str,
        now: Callable[[], int],
    ) -> None:
        self._reader, self._writer = streams
        self._frames = FrameReader()
        self._ready: list[Frame] = []
        self._name = name
        self._now = now
        self._number = now() // 1_000
        self.hello: dict[str, Any] = {}

    async def login(self, token: str, role: Role, *, watching: bool = False) -> None:
        """Show the token; Denied when the daemon does not take it."""
        self._writer.write(packed(FrameType.LOGIN, Login(token, role, watching)))
        frame = await self._next()
        if frame.type != FrameType.HELLO:
            reason = _ANSWER.read(frame.payload).reason
            raise Denied(f"the daemon refused us: {reason}")
        self.hello = _ANY.read(frame.payload)

    async def frames(self) -> AsyncIterator[Frame]:
        """Everything the daemon tells; ends when the connection does."""
        while True:
            try:
                yield await self._next()
            except Transient:
                return

    async def send(self, do: str, body: object = msgspec.UNSET) -> int:
        """Send a command without waiting for it; its number."""
        self._number += 1
        raw = msgspec.Raw(b"{}" if body is msgspec.UNSET else msgspec.json.encode(body))
        epoch = int(self.hello.get("epoch", 0))
        command = Command(self._name, self._number, epoch, self._now(), do, raw)
        self._writer.write(packed(FrameType.COMMAND, command))
        return self._number

    async def do(self, do: str, body: object = msgspec.UNSET, seconds: float = 60.0) -> Outcome:
        """Have something done and wait for what it comes to.

        Raises Denied when it is refused, Transient when no outcome comes within `seconds`.
        """
        number = await self.send(do, body)
        try:
            async with asyncio.timeout(seconds):
                return await self._outcome(number)
        except TimeoutError:
            raise Transient(f"{do}: taken, but no outcome within {seconds:g} s") from None

    async def _outcome(self, number: int) -> Outcome:
        while True:
            frame = await self._next()
            if frame.type == FrameType.ANSWER:
                answer = _ANSWER.read(frame.payload)
                if not answer.accepted and answer.n in {number, 0}:
                    raise Denied(f"refused ({answer.code}): {answer.reason}")
            elif frame.type == FrameType.OUTCOME:
                outcome = _OUTCOME.read(frame.payload)
                if outcome.n == number:
                    return outcome

    async def _next(self) -> Frame:
        while not self._ready:
            try:
                data = await self._reader.read(_CHUNK)
            except ConnectionError as error:
                raise Transient(f"the daemon is gone ({error})") from None
            if not data:
                raise Transient("the daemon closed the connection")
            self._ready = self._frames.feed(data)
        return self._ready.pop(0)


@asynccontextmanager
async def connected(
    folder: Path, role: Role, name: str, now: Callable[[], int], *, watching: bool = False
) -> AsyncIterator[Client]:
    """A client of the daemon whose run folder is `folder`; `watching`, it is told everything.

    Raises Transient when none answers there, Denied when it does not take us.
    """
    path = folder / SOCKET
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            with reached(path) as address:
                streams = await asyncio.open_unix_connection(address)
    except (OSError, TimeoutError) as error:
        raise Transient(f"{path}: no daemon answers ({error})") from None
    try:
        client = Client(streams, name, now)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.login(read_token(folder, role), role, watching=watching)
        except TimeoutError:
            raise Transient(f"{path}: a daemon is there but does not answer") from None
        except BadInput as error:
            raise Transient(f"{path}: what answers is no daemon ({error})") from None
        yield client
    finally:
        streams[1].close()
