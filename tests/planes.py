"""A daemon's control plane over deeds that only count, and clients that may say anything."""

import asyncio
import json
import time
from pathlib import Path

import msgspec
import numpy as np

from tradeplat.control.actions import Deed, Right, Told
from tradeplat.control.protocol import Nothing, Reason, Role, Symbols
from tradeplat.control.server import Card, ControlServer, Engine
from tradeplat.control.tokens import read_token
from tradeplat.core.errors import Transient
from tradeplat.core.market import SECOND
from tradeplat.runtime.supervisor import Supervisor

ORDER_AGE = 1 * SECOND
"""How old the command `order` of these tests may be."""

EPOCH = 7


def entropy(size: int) -> bytes:
    """Bytes that are enough for a test to be new each time."""
    return np.random.default_rng().bytes(size)


class Daemon:
    """Counts what was done to it; `gate` holds the work back until it is set."""

    def __init__(self) -> None:
        self.done: list[tuple[str, object]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.wall = time.time_ns

    def count(self, do: str) -> int:
        return sum(name == do for name, _ in self.done)

    @property
    def deeds(self) -> dict[str, Deed]:
        return {
            "status": Deed(Nothing, Right.READ, self.status, None),
            "kill": Deed(Reason, Right.KILL, self.kill, None),
            "flatten": Deed(Symbols, Right.TRADE, self.flatten, None),
            "resume": Deed(Reason, Right.TRADE, self.resume),
            "order": Deed(Nothing, Right.TRADE, self.order, ORDER_AGE),
            "fails": Deed(Nothing, Right.TRADE, self.fails),
            "breaks": Deed(Nothing, Right.TRADE, self.breaks),
        }

    async def status(self, _: Nothing) -> Told:
        return Told(True, "all is well", {"mode": "NORMAL"})

    async def kill(self, body: Reason) -> Told:
        self.done.append(("kill", body.why))
        await self.gate.wait()
        return Told(True, "killed")

    async def flatten(self, body: Symbols) -> Told:
        self.done.append(("flatten", body.symbols))
        await self.gate.wait()
        return Told(True, "flat", {"symbols": body.symbols})

    async def resume(self, body: Reason) -> Told:
        self.done.append(("resume", body.why))
        return Told(True, "resumed")

    async def order(self, _: Nothing) -> Told:
        self.done.append(("order", None))
        return Told(True, "sent")

    async def fails(self, _: Nothing) -> Told:
        raise Transient("the venue is away")

    async def breaks(self, _: Nothing) -> Told:
        raise ZeroDivisionError

    def engine(self, supervisor: Supervisor) -> Engine:
        return Engine(
            epoch=EPOCH,
            deeds=self.deeds,
            status=lambda: {"mode": "NORMAL"},
            hello=lambda: {"protocol": 1, "epoch": EPOCH},
            now=self.wall,
            entropy=entropy,
            supervise=supervisor.start,
            card=Card(1, EPOCH, "paper", "a test", 0),
        )


class Plane:
    """A served control plane."""

    def __init__(self, daemon: Daemon, server: ControlServer, folder: Path) -> None:
        self.daemon = daemon
        self.server = server
        self.folder = folder
        self.writers: list[asyncio.StreamWriter] = []

    def token(self, role: Role) -> str:
        return read_token(self.folder, role)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    def command(self, do: str = "order", n: int = 1, **changes: object) -> dict[str, object]:
        made = {"client": "t", "n": n, "epoch": EPOCH, "ts": time.time_ns(), "do": do, "body": {}}
        return {**made, **changes}

    async def raw(self, data: bytes, seconds: float = 10.0) -> bytes:
        """Whatever the port answers to `data` until it closes the connection or pauses."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(data)
            async with asyncio.timeout(seconds):
                return await _answer(reader)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def http(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: object = None
    ) -> tuple[int, dict]:
        """A request of an honest client, unless told otherwise: status and JSON answer."""
        said = {
            "Host": self.host,
            "Authorization": f"Bearer {self.token(Role.TRADER)}",
            **(headers or {}),
        }
        data = (
            b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        )
        if data:
            said = {"Content-Type": "application/json", "Content-Length": str(len(data)), **said}
        lines = [f"{name}: {value}" for name, value in said.items() if value]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])
        answer = await self.raw(head.encode() + data)
        text = answer.partition(b"\r\n\r\n")[2].decode()
        return status_of(answer), json.loads(text) if text.startswith("{") else {"message": text}


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        data = await reader.read(65_536)
        if not data:
            return head
        head += data
    top, _, rest = head.partition(b"\r\n\r\n")
    for line in top.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(rest) < int(line.partition(b":")[2]):
                rest += await reader.read(65_536)
    return top + b"\r\n\r\n" + rest


def status_of(answer: bytes) -> int:
    """The status of an HTTP answer, 0 when there was none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0
