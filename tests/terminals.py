"""Real terminals for tests: a process that has one of its own, and nobody else's."""

import os
import pty
import subprocess
import sys
from typing import Any

_TAKE = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# A test runner tells its workers how wide its own screen is; theirs is the terminal they get.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")},
    "PYTHONPATH": os.pathsep.join(sys.path),
    "TERM": "xterm",
}


def opened() -> tuple[int, int]:
    """Our side and the process's side of a new terminal."""
    return pty.openpty()


def python(terminal: int, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
    """Run Python with `terminal` as its controlling terminal."""
    return subprocess.Popen(
        [sys.executable, "-c", _TAKE, *arguments],
        stdin=terminal,
        start_new_session=True,
        env=ENVIRONMENT,
        text=True,
        **streams,
    )
