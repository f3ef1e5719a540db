"""The windows' side of the socket: log in, keep the mirror up to date, command, come back.

`Talk` is the protocol and does no I/O; `Client` carries its bytes. Everything runs in one
coroutine; commands are written at once and answered by calls, so that no window ever waits.
"""

import asyncio
from collections.abc import Callable
from enum import IntEnum
from math import inf
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from tradeplat.core.errors import Denied, TradeplatError, Transient
from tradeplat.core.market import SECOND
from tradeplat.visualizer.link import (
    SOCKET,
    Answer,
    Command,
    Frame,
    FrameReader,
    FrameType,
    Login,
    Outcome,
    Role,
    Shape,
    pack,
    packed,
    reached,
    read_token,
)
from tradeplat.visualizer.mirror import Mirror

QUIET_SECONDS = 1.0
"""Without a heartbeat for so long, charts are grey and nothing is opened."""

LOST_SECONDS = 3.0
"""Without one for so long, the connection is given up and begun anew."""

RETRY_SECONDS = 1.0
_CHUNK = 1 << 18
_ANSWER, _OUTCOME = Shape(Answer), Shape(Outcome)


class Fresh(IntEnum):
    """How old what is shown may be; what an engine left that ended in order stays as it is."""

    LIVE = 0
    QUIET = 1
    LOST = 2
    ENDED = 3


class Reply(NamedTuple):
    """What came of a command. `code` is empty when it was done; `pressed` names the command."""

    pressed: str
    done: bool
    code: str
    text: str
    detail: dict[str, Any]


Then = Callable[[Reply], None]


def refused(do: str, code: str, text: str) -> Reply:
    """What came of a command that no engine was asked for."""
    return Reply(do, not code, code, text, {})


class Clocks(NamedTuple):
    """The machine's time in UTC ns, and one in ns that never goes back."""

    wall: Callable[[], int]
    steady: Callable[[], int]


class Engine(Protocol):
    """What a window needs of its connection (Client is one)."""

    mirror: Mirror
    trouble: str

    @property
    def fresh(self) -> Fresh:
        """How old what is shown is."""
        ...

    @property
    def silence(self) -> float:
        """Seconds since the last heartbeat."""
        ...

    def command(self, do: str, body: object, then: Then, asked: int = 0) -> None:
        """Have something done."""
        ...


class Talk:
    """What is said over one connection: bytes in, bytes out.

    `born` is the first number of its commands; numbers only grow, over connections too.
    """

    def __init__(self, mirror: Mirror, name: str, born: int) -> None:
        self._mirror = mirror
        self._name = name
        self._number = born
        self._reader = FrameReader()
        self._waiting: dict[int, tuple[str, Then]] = {}
        self.greeted = False
        self.heard = False
        """Whether a heartbeat came with the last bytes."""
        self.out = bytearray()
        """What is to be written."""

    @property
    def number(self) -> int:
        """The number of the last command."""
        return self._number

    def login(self, token: str, role: Role) -> None:
        """Show the token, and ask to be told everything."""
        self.out += packed(FrameType.LOGIN, Login(token, role))

    def feed(self, data: bytes) -> None:
        """Take what came. BadInput when it is no engine's, Denied when it does not want us."""
        self.heard = False
        for frame in self._reader.feed(data):
            self._one(frame)
        if self._mirror.lost:
            self._mirror.lost = False
            self.out += pack(Frame(FrameType.SNAPSHOT))

    def command(self, do: str, body: object, asked: int, then: Then) -> None:
        """Have something done that was asked for at `asked` (wall ns)."""
        self._number += 1
        self._waiting[self._number] = (do, then)
        raw = msgspec.Raw(msgspec.json.encode(body))
        epoch = self._mirror.hello.epoch
        made = Command(self._name, self._number, epoch, asked, do, raw)
        self.out += packed(FrameType.COMMAND, made)

    def end(self) -> None:
        """Tell whoever waits that no answer will come."""
        waiting, self._waiting = self._waiting, {}
        said = "the connection was lost before an answer came: look at orders and positions"
        for do, then in waiting.values():
            then(refused(do, "LOST", said))

    def _one(self, frame: Frame) -> None:
        if frame.type == FrameType.ANSWER:
            answer = _ANSWER.read(frame.payload)
            if not self.greeted:
                raise Denied(f"the engine refused us: {answer.reason}")
            if not answer.accepted:
                self._reply(answer.n, answer.code, answer.reason)
        elif frame.type == FrameType.OUTCOME:
            outcome = _OUTCOME.read(frame.payload)
            code = "" if outcome.done else str(outcome.detail.get("code", "FAILED"))
            self._reply(outcome.n, code, outcome.text, dict(outcome.detail))
        elif frame.type == FrameType.HELLO:
            self.greeted = True
        elif frame.type == FrameType.HEARTBEAT:
            self.heard = True
        # The mirror sees every frame: it counts them.
        self._mirror.take(frame)

    def _reply(
        self, number: int, code: str, text: str, detail: dict[str, Any] | None = None
    ) -> None:
        do, then = self._waiting.pop(number, ("", None))
        if then is not None:
            then(Reply(do, not code, code, text, detail or {}))


class Client:
    """Keeps a mirror up to date with whichever engine `find` names, for as long as it runs.

    `trouble` says why there is no connection; empty while there is one. `ended` says how the engine
    ended, once it has in order (empty: it has not).
    """

    def __init__(
        self,
        find: Callable[[], Path | None],
        name: str,
        clocks: Clocks,
        mirror: Mirror,
        role: Role = Role.TRADER,
        *,
        ended: Callable[[], str] = str,
    ) -> None:
        self._find = find
        self._ended = ended
        self._name = name
        self._clocks = clocks
        self._role = role
        self.mirror = mirror
        self.trouble = "not connected yet"
        self.retry_seconds = RETRY_SECONDS
        self.connections = 0
        self._talk: Talk | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._number = 0
        self._beat = 0
        self._closing = self._over = False

    @property
    def name(self) -> str:
        """Who commands, as the engine knows it."""
        return self._name

    @property
    def connected(self) -> bool:
        """Whether an engine has let us in."""
        return self._talk is not None and self._talk.greeted

    @property
    def silence(self) -> float:
        """Seconds since the last heartbeat."""
        return (self._clocks.steady() - self._beat) / SECOND if self._beat else inf

    @property
    def fresh(self) -> Fresh:
        """How old what is shown is."""
        if not self.connected:
            return Fresh.ENDED if self._over else Fresh.LOST
        age = self.silence
        return (
            Fresh.LIVE
            if age < QUIET_SECONDS
            else (Fresh.QUIET if age < LOST_SECONDS else Fresh.LOST)
        )

    async def run(self) -> None:
        """Connect, follow, and come back, until `close`."""
        while not self._closing:
            try:
                await self._followed()
            except (TradeplatError, OSError) as error:
                self.trouble = str(error) or type(error).__name__
            finally:
                self._hang_up()
            self._over = bool(told := self._ended())
            self.trouble = told or self.trouble
            if not self._closing:
                await asyncio.sleep(self.retry_seconds)

    def close(self) -> None:
        """Stop following."""
        self._closing = True
        self._hang_up()

    def command(self, do: str, body: object, then: Then, asked: int = 0) -> None:
        """Have something done; `then` hears what came of it, perhaps at once.

        `asked` is when the key was pressed (wall ns; 0 for now).
        """
        talk = self._talk
        if talk is None or not talk.greeted:
            then(refused(do, "OFFLINE", f"no engine: {self.trouble}"))
            return
        talk.command(do, body, asked or self._clocks.wall(), then)
        self._flush()

    async def _followed(self) -> None:
        folder = self._find()
        if folder is None:
            raise Transient("no engine runs (tradeplat run starts one)")
        reader, writer = await _reached(folder / SOCKET)
        self._writer = writer
        self.mirror.begin()
        born = max(self._number, self._clocks.wall() // 1_000)
        self._talk = Talk(self.mirror, self._name, born)
        self._talk.login(read_token(folder, self._role), self._role)
        self._beat = self._clocks.steady()
        self._flush()
        while True:
            self._heard(await self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        left = LOST_SECONDS - self.silence
        try:
            async with asyncio.timeout(max(left, 0.0)):
                data = await reader.read(_CHUNK)
        except TimeoutError:
            raise Transient(f"no heartbeat for {LOST_SECONDS:g} s") from None
        if not data:
            raise Transient("the engine closed the connection")
        return data

    def _heard(self, data: bytes) -> None:
        talk = self._talk
        if talk is None:
            raise Transient("closed")
        before = talk.greeted
        talk.feed(data)
        if talk.heard:
            self._beat = self._clocks.steady()
        if talk.greeted and not before:
            self.trouble = ""
            self.connections += 1
        self._flush()

    def _flush(self) -> None:
        talk, writer = self._talk, self._writer
        if talk is not None and writer is not None and talk.out and not writer.is_closing():
            writer.write(bytes(talk.out))
            talk.out.clear()

    def _hang_up(self) -> None:
        talk, self._talk = self._talk, None
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        if talk is not None:
            self._number = talk.number
            self.trouble = self.trouble or "the connection was lost"
            talk.end()


async def _reached(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(LOST_SECONDS):
            with reached(path) as address:
                return await asyncio.open_unix_connection(address)
    except (OSError, TimeoutError) as error:
        why = getattr(error, "strerror", None) or "no answer in time"
        raise Transient(f"{path.parent.name}: no engine answers: {why.lower()}") from None
