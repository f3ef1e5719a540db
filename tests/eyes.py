"""Windows on a running session from a process of their own: one that looks, one that is frozen, one
that dies in the middle of a frame, and the real one, offscreen.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from daemons import SRC
from tradeplat.control.protocol import Command, Frame, FrameReader, FrameType, Login, Role, packed
from tradeplat.control.records import rows_of
from tradeplat.control.tokens import read_token
from tradeplat.control.wire import SOCKET, reached
from waits import PATIENCE, wait_for


class Eye:
    """A client that watches; it reads only when asked to."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._reader = FrameReader()
        self._frames: list[Frame] = []
        with reached(folder / SOCKET) as address:
            self._socket.connect(address)
        login = Login(read_token(folder, Role.TRADER), Role.TRADER)
        self._socket.sendall(packed(FrameType.LOGIN, login))

    def until_clients(self, count: int) -> None:
        """Return once a heartbeat tells of so many who watch."""
        while True:
            frame = self._next()
            if frame.type == FrameType.HEARTBEAT and rows_of(frame)[0]["clients"] >= count:
                return

    def die_in_a_frame(self) -> None:
        """Send half a command, leave everything unread, and be gone."""
        command = Command("eye", 1, 1, time.time_ns(), "flatten")
        data = packed(FrameType.COMMAND, command)
        self._socket.sendall(data[: len(data) // 2])
        self.close()

    def close(self) -> None:
        self._socket.close()

    def _next(self) -> Frame:
        while not self._frames:
            data = self._socket.recv(1 << 16)
            assert data, "the engine closed the connection"
            self._frames = self._reader.feed(data)
        return self._frames.pop(0)


class Gui:
    """`tradeplat gui`, offscreen, on the newest session of the folder; none where Qt is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if _windows():
            own = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(SRC)}
            own |= {"XDG_CONFIG_HOME": str(self._folder / "config")}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tradeplat", "gui"],
                cwd=self._folder,
                env={**os.environ, **own},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            # With Qt's platform its windows are about to open: no session is over before that.
            maps = Path(f"/proc/{self.process.pid}/maps")
            wait_for(lambda: "libqoffscreen" in maps.read_text())
        return self

    @property
    def count(self) -> int:
        """How many windows there are."""
        return int(self.process is not None)

    def freeze(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def leaves(self) -> int:
        """Wake it and have it close: its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _windows() -> bool:
    """Whether this machine has what windows need."""
    try:
        import_module("PyQt6.QtWidgets")
    except ImportError:
        return False
    return all(find_spec(name) is not None for name in ("qasync", "pyqtgraph"))


def session_of(folder: Path) -> Path:
    """The run folder of the session that began there, once it can be reached."""
    cards = wait_for(lambda: list((folder / "logs").glob("*/control.json")))
    return cards[0].parent
