"""UI20-UI23: what windows cost the engine, and what their frames cost beside JSON.

    python -m bench gui_link [--quick]

The engine's loop shows 20 tickers' quotes and bars to a scene, two thousand facts a second, with
the tap beside it; a beat of a millisecond measures how late the loop is. Windows are processes of
their own on the Unix socket: none, one that reads everything, one stopped by SIGSTOP, one that
reads a little, one that dies in the middle of a frame, one that reads everything and asks for all
of it again two hundred times a second. Rounds are taken in turn.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import numpy as np
import uvloop

from bench.figures import Figure, in_turn
from tradeplat.control.messages import Hello
from tradeplat.control.protocol import FrameType, Role
from tradeplat.control.records import packed_rows
from tradeplat.control.scene import Scene
from tradeplat.control.server import Card, ControlServer, Engine
from tradeplat.control.tap import Tap
from tradeplat.control.tokens import read_token
from tradeplat.control.wire import SOCKET
from tradeplat.core.market import BAR, MINUTE, SECOND, Bar, Quote
from tradeplat.runtime.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[1]
SYMBOLS = [f"SYM{n:02d}" for n in range(20)]
START = 1_767_364_200_000_000_000
BEAT = 0.001
WINDOW = """
import json, socket, struct, sys, time, os
path, token, mode = sys.argv[1:]
link = socket.socket(socket.AF_UNIX)
link.connect(path)
body = json.dumps({"token": token, "role": "viewer"}).encode()
head = struct.pack("<IBBHQ", len(body), 71, 1, 0, 0)
link.sendall(head + body)
print(len(link.recv(65536)), flush=True)
if mode == "dies":
    link.sendall(head[:9])
    os._exit(0)
asked = time.monotonic()
while link.recv(512 if mode == "slow" else 1 << 18):
    if mode == "floods" and time.monotonic() - asked > 0.005:
        asked = time.monotonic()
        link.sendall(struct.pack("<IBBHQ", 0, 3, 1, 0, 0))
    if mode == "slow":
        time.sleep(0.05)
"""


class Quiet:
    """A session without books (control.source.Source): the tap's own work is measured."""

    def __init__(self) -> None:
        sys.path.insert(0, str(ROOT / "tests"))
        from watching import Engine as Stand

        self._stand = Stand()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stand, name)


async def served(
    stack: AsyncExitStack, scene: Scene, folder: Path
) -> tuple[ControlServer, Supervisor]:
    """A control socket in `folder` that shows `scene` with a history, and who runs its tap."""
    tap = Tap(scene, Quiet())
    supervisor = await stack.enter_async_context(Supervisor(np.random.default_rng(1)))
    engine = Engine(
        epoch=1, deeds={}, status=dict, hello=lambda: Hello(1, 1, "bench", "PAPER"),
        now=time.time_ns, entropy=os.urandom, supervise=supervisor.start,
        card=Card(os.getpid(), 1, "paper", "bench", 0), audience=tap,
    )  # fmt: skip
    server = await stack.enter_async_context(ControlServer(engine, folder))
    supervisor.start("tap", tap.run)
    for symbol in SYMBOLS:
        for n in range(1_000):
            ts = START + n * MINUTE
            scene.fact(ts, Bar(symbol, ts, 10.0, 10.2, 9.9, 10.1, 500.0, 60, "bench"))
    return server, supervisor


class Round:
    """One loop under load for some seconds, with or without a window."""

    def __init__(self, mode: str, seconds: float) -> None:
        self.mode = mode
        self.seconds = seconds
        self.lags: list[float] = []
        self.unsent = 0

    def p99_ms(self) -> float:
        uvloop.run(self._run())
        return float(np.percentile(self.lags, 99)) * 1e3

    async def _run(self) -> None:
        scene = Scene()
        async with AsyncExitStack() as stack:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server, supervisor = await served(stack, scene, path)
            window = None
            if self.mode != "none":
                window = self._window(path)
                await asyncio.to_thread(window.stdout.readline)
            supervisor.start("load", lambda: self._load(scene))
            await asyncio.sleep(0.5)
            if window is not None and self.mode == "stopped":
                window.send_signal(signal.SIGSTOP)
                await asyncio.sleep(0.3)
            await self._beats(server)
            if window is not None:
                window.send_signal(signal.SIGCONT)
                window.kill()
                window.wait()

    def _window(self, path: Path) -> "subprocess.Popen[bytes]":
        token = read_token(path, Role.VIEWER)
        return subprocess.Popen(
            [sys.executable, "-c", WINDOW, str(path / SOCKET), token, self.mode],
            stdout=subprocess.PIPE,
        )

    async def _load(self, scene: Scene) -> None:
        """Two thousand quotes a second over all tickers, and a bar of each every second."""
        now, n = START + 1_001 * MINUTE, 0
        while True:
            for _ in range(20):
                n += 1
                symbol = SYMBOLS[n % len(SYMBOLS)]
                price = 10.0 + (n % 97) / 100
                now += SECOND // 40
                scene.fact(now, Quote(symbol, now, price, 100.0, price + 0.01, 100.0, "bench"))
            if n % 2_000 == 0:
                ts = now - now % MINUTE
                for symbol in SYMBOLS:
                    scene.fact(now, Bar(symbol, ts, 10.0, 11.0, 9.0, 10.5, 900.0, 60, "bench"))
            await asyncio.sleep(0.01)

    async def _beats(self, server: ControlServer) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.seconds
        while loop.time() < until:
            due = time.perf_counter() + BEAT
            await asyncio.sleep(BEAT)
            self.lags.append(max(0.0, time.perf_counter() - due))
            for link in server.reception.links:
                self.unsent = max(self.unsent, link.unsent)


def encoding(rows: int) -> tuple[float, float]:
    """Seconds that a snapshot takes as records and as JSON."""
    made = np.zeros(rows, BAR)
    made["ts"] = START + np.arange(rows) * MINUTE
    for name in ("open", "high", "low", "close"):
        made[name] = 10.0 + np.arange(rows) % 97 / 100
    names = made.dtype.names or ()

    def binary() -> float:
        began = time.perf_counter()
        packed_rows(FrameType.SNAPSHOT, made, 1, 1)
        return time.perf_counter() - began

    def as_json() -> float:
        began = time.perf_counter()
        msgspec.json.encode([dict(zip(names, row, strict=True)) for row in made.tolist()])
        return time.perf_counter() - began

    fast, slow = in_turn(binary, as_json)
    return fast, slow


def measure(quick: bool) -> list[Figure]:
    seconds = 2.0 if quick else 10.0
    modes = ("none", "reads", "stopped", "slow", "dies", "floods")
    unsent: dict[str, int] = {}

    def of(mode: str) -> float:
        taken = Round(mode, seconds)
        p99 = taken.p99_ms()
        unsent[mode] = max(unsent.get(mode, 0), taken.unsent)
        return p99

    none, reads, stopped, slow, dies, floods = in_turn(*(lambda m=m: of(m) for m in modes))
    binary, as_json = encoding(20_000 if quick else 100_000)
    floor = 0.05  # ms below which lateness is the timer's own
    beside = max(reads, floor)
    apart = max(stopped, floor) / beside
    return [
        Figure("UI20", "loop p99 without a window", none, "ms"),
        Figure(
            "UI20", "with one that reads, against none", beside / max(none, floor), "x", 5, "<="
        ),
        Figure("UI21", "window stopped against reading", apart, "x", 2, "<=", held=True),
        Figure(
            "UI21", "unread by the stopped one", unsent["stopped"] / 1e3, "kB", 256, "<=", held=True
        ),
        Figure("UI22", "slow against reading", max(slow, floor) / beside, "x", 2, "<="),
        Figure("UI22", "died against reading", max(dies, floor) / beside, "x", 2, "<="),
        Figure("UI22", "flooded with questions, more than reading", floods - reads, "ms"),
        Figure("UI23", "snapshot: JSON against records", as_json / binary, "x", 20, held=True),
    ]
