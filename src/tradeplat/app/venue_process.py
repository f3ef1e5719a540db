"""The built-in venue as a process of its own: started for one run, and ended with it unless the
run was killed; then it waits a while for the next one (see orphans.py).
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from tradeplat.app.credentials import without
from tradeplat.app.exits import USAGE
from tradeplat.app.settings import VenueSettings
from tradeplat.core.errors import BadInput, Denied

READY_SECONDS = 60.0
LINGER = 120.0
"""Wall seconds that a venue whose daemon was killed waits for another one to connect."""
KEY, SECRET = "PKBUILTIN", "builtin-venue-needs-no-secret"


class Ready(msgspec.Struct, frozen=True):
    """What a venue says of itself once it listens; times are UTC nanoseconds."""

    url: str
    start: int
    end: int
    speed: float | str


class Running:
    """A venue's process: what it said of itself, and whether it still lives."""

    def __init__(self, ready: Ready, process: asyncio.subprocess.Process, log: Path) -> None:
        self.ready = ready
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """True once the process has ended."""
        return self._process.returncode is not None

    async def watch(self) -> None:
        """Raise Denied once the venue has ended by itself: it takes its whole account with it."""
        code = await self._process.wait()
        raise Denied(f"the built-in venue ended by itself ({_end_text(code)}): {_words(self._log)}")


@asynccontextmanager
async def started(settings: VenueSettings, log: Path) -> AsyncIterator[Running]:
    """Run the venue while open; what it has to say goes to `log`.

    When it does not start, raises BadInput with the venue's own words if the settings are at
    fault, else Denied. It watches the pipe that is its standard input: when this process is gone
    without having ended it, the venue goes on for LINGER seconds after the last connection.
    """
    speed = str(settings.speed)
    command = [sys.executable, "-m", "tradeplat", "venue", "--json", "--tied", "--speed", speed]
    command += ["--port", str(settings.port), "--seed", str(settings.seed)]
    command += ["--tickers", str(settings.tickers)]
    if settings.data is not None:
        command += ["--data", str(settings.data)]
    if settings.profile:
        command += ["--profile", settings.profile]
    if settings.faults:
        command += ["--faults", settings.faults]
    with log.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=words,
            env=without(os.environ),
            # Ctrl-C at the terminal is for the daemon; the daemon ends the venue when it is done.
            start_new_session=True,
        )
    try:
        yield Running(await _ready(process, log), process, log)
    finally:
        await _end(process)


async def _ready(process: asyncio.subprocess.Process, log: Path) -> Ready:
    assert process.stdout is not None
    line = b""
    with suppress(TimeoutError):  # no line then, which the next step refuses
        line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
    # A line that says anything else, or none, is told below in the venue's own words.
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # told below
        return msgspec.json.decode(line, type=Ready)
    # Without a line it has left already, unless it hangs.
    code = None if line else await _left(process)
    words = _words(log)
    if code == USAGE:
        raise BadInput(words)
    raise Denied(f"the built-in venue did not start: {words}")


async def _left(process: asyncio.subprocess.Process) -> int | None:
    with suppress(TimeoutError):  # it lives: no code to tell
        return await asyncio.wait_for(process.wait(), 1.0)
    return None


def _words(log: Path) -> str:
    """The last line it wrote."""
    said = log.read_text(errors="replace").strip()
    return said.splitlines()[-1].removeprefix("tradeplat: ") if said else "it said nothing"


def _end_text(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask the venue to leave, then insist."""
    with suppress(ProcessLookupError):  # it ended by itself
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), 5.0)
    except TimeoutError:
        with suppress(ProcessLookupError):  # it ended at that very moment
            process.kill()
        await process.wait()


def ready_line(ready: Ready) -> str:
    """The line a venue prints once it listens."""
    return json.dumps(msgspec.to_builtins(ready))
