"""UI11, UI12: a window in a process of its own beside one in the engine's loop, and its keys.

    python -m bench gui_loop [--quick]

A process sends 2,000 ticks a second of 20 tickers to an engine, which shows each to its scene. How
late each is handled is measured without a window, with a board of 20 charts in its own process,
and with the same board in the engine's own loop. Then keys are pressed in such a window at odd
moments, by a thread of their own, and the engine notes when each command reaches it.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import uvloop

from bench.figures import Figure, in_turn
from bench.gui_link import START, SYMBOLS, served
from tradeplat.control.protocol import Role
from tradeplat.control.scene import Scene
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
TICK = struct.Struct("<q")
RATE = 2_000
STEP = SECOND // 40
"""Between two ticks on the market's clock: a minute closes in 1.2 s of ours."""
BEGIN = START + 1_001 * MINUTE
WARM = 1.5
"""Seconds until a window has drawn everything for the first time."""
FEED = """
import socket, struct, sys, time
link = socket.socket(fileno=int(sys.argv[1]))
due, step = time.monotonic(), 4 / float(sys.argv[2])
while True:
    due += step
    time.sleep(max(0.0, due - time.monotonic()))
    try:
        link.send(b"".join(struct.pack("<q", time.monotonic_ns()) for _ in range(4)))
    except OSError:
        break
"""


class Ticks(asyncio.Protocol):
    """Ticks as they come: each is shown to the scene, and how late it was is kept."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rest = b""
        self._count = 0
        self.late: list[int] = []

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) // TICK.size * TICK.size
        self._rest = data[whole:]
        for (sent,) in TICK.iter_unpack(data[:whole]):
            self._tick()
            self.late.append(time.monotonic_ns() - sent)

    def _tick(self) -> None:
        self._count += 1
        symbol, now = SYMBOLS[self._count % len(SYMBOLS)], BEGIN + self._count * STEP
        price = 10.0 + self._count % 97 / 100
        self._scene.fact(now, Quote(symbol, now, price, 100.0, price + 0.01, 100.0, "bench"))
        if now % MINUTE < STEP:
            for name in SYMBOLS:
                ts = now - now % MINUTE
                self._scene.fact(now, Bar(name, ts, 10.0, 11.0, 9.0, price, 900.0, 60, "bench"))


async def engine(mode: str, seconds: float) -> float:
    """The 99th percentile of how late ticks are, in ms."""
    scene, board = Scene(), None
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _, supervisor = await served(stack, scene, folder)
        window = opened(folder) if mode == "apart" else None
        if mode == "same":
            board = Watched(folder)
            supervisor.start("window", board.client.run)
        ours, theirs = socket.socketpair()
        number = str(theirs.fileno())
        command = [sys.executable, "-c", FEED, number, str(RATE)]
        feed = await asyncio.to_thread(subprocess.Popen, command, pass_fds=[theirs.fileno()])
        theirs.close()
        ticks = Ticks(scene)
        ours.setblocking(False)
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: ticks, ours)
        await asyncio.sleep(WARM)
        ticks.late.clear()
        await asyncio.sleep(seconds)
        transport.close()
        for process in (feed, window):
            if process is not None:
                process.kill()
                process.wait()
        if board is not None:
            board.client.close()
    return float(np.percentile(ticks.late, 99)) / 1e6


def opened(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    """A board of 20 charts in a process of its own."""
    command = [sys.executable, "-m", "bench.gui_loop", "window", "--folder", str(folder), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


class Watched:
    """Twenty charts of what an engine tells; they are painted 30 times a second."""

    def __init__(self, folder: Path, role: Role = Role.VIEWER) -> None:
        from tradeplat.visualizer.board import Board
        from tradeplat.visualizer.client import Client, Clocks
        from tradeplat.visualizer.mirror import Mirror
        from tradeplat.visualizer.qt import QtCore

        self.mirror = Mirror()
        clocks = Clocks(time.time_ns, time.monotonic_ns)
        self.client = Client(lambda: folder, "bench", clocks, self.mirror, role)
        self.board = Board(20)
        self.board.resize(1920, 1080)
        self.board.show()
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(self._follow)
        self._timer.start(100)

    def _follow(self) -> None:
        models = [self.mirror.model(name) for name in self.mirror.symbols]
        if len(models) == len(SYMBOLS) and all(models):
            self.board.show_models(models)
            for chart in self.board.charts:
                chart.fit(1000)
            self._timer.stop()


def in_qt(main) -> float:
    """Run a coroutine in Qt's loop."""
    from tradeplat.visualizer.qt import QtWidgets

    import qasync  # isort: skip  # takes the binding that is loaded: after qt

    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    app.setQuitOnLastWindowClosed(False)
    with qasync.QEventLoop(app) as loop:
        return loop.run_until_complete(main())


def child(mode: str, seconds: float) -> float:
    """One round in a fresh process."""
    command = [sys.executable, "-m", "bench.gui_loop", mode, "--seconds", str(seconds)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return float(told.stdout)


class Pressed:
    """A window whose keys are pressed at odd moments, and what a frame of it takes."""

    def __init__(self, folder: Path, presses: int) -> None:
        from tradeplat.visualizer.qt import QtCore, QtGui, Signal

        class Finger(QtCore.QObject):
            down = Signal(object)  # ns do not fit into Qt's int

        self.watched = Watched(folder, Role.TRADER)
        board = self.watched.board
        self.frames: list[float] = []
        self._presses = presses
        self._asked = 0
        self._finger = Finger()
        self._finger.down.connect(self._press)
        shortcut = QtGui.QShortcut(QtGui.QKeySequence("Ctrl+1"), board)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self._fired)

        def timed() -> None:
            start = time.perf_counter()
            for chart in board.charts:
                chart.repaint()
            self.frames.append(1000 * (time.perf_counter() - start))

        board._timer.timeout.disconnect()
        board._timer.timeout.connect(timed)

    async def run(self) -> float:
        task = asyncio.get_running_loop().create_task(self.watched.client.run())
        await asyncio.sleep(WARM)
        self.watched.board.activateWindow()
        self.frames.clear()
        await asyncio.to_thread(self._type)
        await asyncio.sleep(0.3)
        self.watched.client.close()
        await task
        return statistics.median(self.frames)

    def _type(self) -> None:
        odd = random.Random(7)
        for _ in range(self._presses):
            time.sleep(0.02 + 0.05 * odd.random())
            self._finger.down.emit(time.monotonic_ns())

    def _press(self, at: int) -> None:
        from PyQt6.QtTest import QTest

        from tradeplat.visualizer.qt import Qt

        self._asked = at
        keys = Qt.KeyboardModifier.ControlModifier
        QTest.keyClick(self.watched.board, Qt.Key.Key_1, keys)

    def _fired(self) -> None:
        self.watched.client.command("arm", {"pressed": self._asked}, lambda _: None)


async def keyed(presses: int) -> tuple[float, float]:
    """Milliseconds from a key's press to the engine, 99th percentile, and the median frame's."""
    scene = Scene()
    taken: list[int] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server, supervisor = await served(stack, scene, folder)
        whole = server.reception.hear

        def hear(frame, link):
            if b'"pressed":' in frame.payload:
                taken.append(time.monotonic_ns() - json.loads(frame.payload)["body"]["pressed"])
            return whole(frame, link)

        server.reception.hear = hear
        supervisor.start("ticks", lambda: ticking(scene))
        window = opened(folder, "--presses", str(presses))
        out = await asyncio.to_thread(window.stdout.read)
        window.wait()
    return float(np.percentile(taken, 99)) / 1e6, float(out)


async def ticking(scene: Scene) -> None:
    """Two thousand ticks a second."""
    ticks = Ticks(scene)
    while True:
        ticks.data_received(TICK.pack(0) * 20)
        await asyncio.sleep(0.01)


def measure(quick: bool) -> list[Figure]:
    try:
        from tradeplat.visualizer import qt
    except ImportError as error:
        print(f"gui_loop: left out, the extra 'gui' is not installed: {error}", file=sys.stderr)
        return []
    seconds = 2.0 if quick else 6.0
    none, apart, same = in_turn(
        *(lambda mode=mode: child(mode, seconds) for mode in ("none", "apart", "same")), rounds=3
    )
    key, frame = uvloop.run(keyed(60 if quick else 200))
    assert qt is not None
    ratio, late = apart / same, "tick to handler p99"
    return [
        Figure("UI11", f"{late}, window apart over inside", ratio, "x", 0.1, "<=", held=True),
        Figure("UI11", "the same over no window, more by", apart - none, "ms", 1, "<="),
        Figure("UI12", "key press to engine, p99, over a frame", key / frame, "x", 3, "<="),
        Figure("UI loop none", "tick to handler p99 without a window", none, "ms"),
        Figure("UI loop apart", "with 20 charts in a process of their own", apart, "ms"),
        Figure("UI loop inside", "with 20 charts in the engine's loop", same, "ms"),
        Figure("UI key", "key press to engine, p99", key, "ms"),
        Figure("UI key frame", "the median frame of its window", frame, "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=("none", "apart", "same", "window"))
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--presses", type=int, default=0)
    options = parser.parse_args()
    if options.mode == "window" and options.presses:
        print(in_qt(lambda: Pressed(options.folder, options.presses).run()))
    elif options.mode == "window":
        in_qt(lambda: Watched(options.folder).client.run())  # noqa: PLW0108  # Qt is begun first
    elif options.mode == "same":
        print(in_qt(lambda: engine("same", options.seconds)))
    else:
        print(uvloop.run(engine(options.mode, options.seconds)))


if __name__ == "__main__":
    main()
