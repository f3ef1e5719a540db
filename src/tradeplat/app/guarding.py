"""The daemon's side of its guardian: it is started, told whom to watch, and sent a sign of life
each second; it hears a last word when the session ends in order.
"""

import asyncio
import faulthandler
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tradeplat.app.credentials import Use, alpaca, without
from tradeplat.app.daemons import FLATTEN_FILE, KILL_FILE
from tradeplat.app.machine import Machine
from tradeplat.app.place import Place
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.core.calendar import Session
from tradeplat.core.errors import Transient
from tradeplat.core.lease import lease_file
from tradeplat.execution.timings import Alarm
from tradeplat.guardian.charge import Beat, Charge, line_of
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.shelf import FOLDER
from tradeplat.runtime.watchdog_loop import STALLED, LoopWatch

BEAT = 1.0
"""Seconds between heartbeats."""
GOODBYE = 2.0
"""Seconds a guardian gets to leave once it was told to."""
LEAVING = 0.02
"""Seconds between looks at whether it has."""
DAYS = 5
"""Trading days whose hours a guardian is told."""


def charge(settings: Settings, place: Place, account: str, now: int, folder: RunFolder) -> Charge:
    """Whom the guardian watches and what it may do; `now` is the market's."""
    told, logs = settings.guardian, settings.run.logs.absolute()
    own = alpaca(use=Use.GUARDIAN) if settings.run.venue == "alpaca" else None
    key, secret = own.secrets() if own is not None else (place.key, place.secret)
    return Charge(
        pid=os.getpid(),
        account=account,
        lease=str(lease_file(logs / FOLDER, account)),
        url=place.trading_url,
        key=key,
        secret=secret,
        on_death=told.on_death,
        silent=told.silent_seconds,
        dead=told.dead_seconds,
        memory=told.memory_mib * 2**20,
        deaths=str(lease_file(logs / FOLDER, account).with_suffix(".deaths")),
        kill_file=str(logs / KILL_FILE),
        flatten_file=str(logs / FLATTEN_FILE),
        log=str(folder.path.absolute() / "guardian.log"),
        command=settings.alerts.command,
        sessions=_sessions(now),
    )


class Guardian:
    """Keeps a guardian at the other end of a pipe for as long as `run` runs.

    Once `run` is over it hears a goodbye if it was `dismissed`; else it is left to its vigil, and
    sees to the account when this process is gone.
    """

    def __init__(self, charge_: Charge, epoch: Callable[[], int], alarm: Alarm) -> None:
        self._charge = charge_
        self._epoch = epoch
        self._alarm = alarm
        self.pid = 0
        """Its process, 0 while there is none."""
        self.process: subprocess.Popen[bytes] | None = None
        """The one that was started last."""
        self.dismissed = True
        """False while this process may leave orders behind: from the first desk to the last."""

    async def run(self) -> None:
        """Start it and send heartbeats; raises Transient when it is gone, to be started again."""
        try:
            process = self.process = _started()
        except OSError as error:
            self._alarm("GUARDIAN_LOST", f"cannot be started: {error}")
            raise Transient("the guardian cannot be started") from None
        self.pid = process.pid
        assert process.stdin is not None
        pipe = process.stdin.fileno()
        os.set_blocking(pipe, False)
        try:
            _tell(pipe, self._charge)
            beat = 0
            while process.poll() is None:
                beat += 1
                _tell(pipe, Beat(beat, self._epoch()))
                await asyncio.sleep(BEAT)
            self._alarm("GUARDIAN_LOST", f"ended with code {process.returncode}: started again")
            raise Transient("the guardian has ended")
        finally:
            self.pid = 0
            if self.dismissed:
                _tell(pipe, Beat(bye=True))
            process.stdin.close()
            if self.dismissed:
                await _gone(process)


def _started() -> subprocess.Popen[bytes]:
    """A guardian; not one of asyncio's, for a loop that ends takes its processes along."""
    return subprocess.Popen(
        [sys.executable, "-m", "tradeplat.guardian"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # Ctrl-C at the terminal is for the daemon; a guardian outlives it if need be.
        start_new_session=True,
        env=without(os.environ),
    )


def _tell(pipe: int, told: Charge | Beat) -> None:
    """Write without ever waiting: a guardian that does not read hears nothing."""
    with suppress(OSError):  # it reads no more, or not now: its own watch is what counts then
        os.write(pipe, line_of(told))


async def _gone(process: subprocess.Popen[bytes]) -> None:
    """Give a guardian that was told to leave its time, and insist."""
    deadline = asyncio.get_running_loop().time() + GOODBYE
    while process.poll() is None:
        if asyncio.get_running_loop().time() >= deadline:
            process.kill()
        await asyncio.sleep(LEAVING)


async def stacks(folder: Path, watch: LoopWatch) -> None:
    """Let stalls and SIGUSR2 leave a dump, for ever."""
    with dumps(folder) as arm:
        watch.arm = arm
        await asyncio.Event().wait()


@contextmanager
def dumps(folder: Path) -> Iterator[Callable[[], None]]:
    """While open, SIGUSR2 writes where the main thread stands to `stacks.log` in `folder`; so does
    a loop that does not call what is yielded for a while.

    A thread is only ever looked at by a signal that it takes itself: whoever walks the frames of
    one that goes on (as a thread of faulthandler's own does) may find them gone, and the process
    with them. Where somebody else has set the process's timer, a stall leaves no dump.
    """
    free = signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    numbers = (signal.SIGUSR2, signal.SIGALRM) if free else (signal.SIGUSR2,)
    with (folder / "stacks.log").open("w", encoding="utf-8") as file:
        for number in numbers:
            faulthandler.register(number, file=file, all_threads=False)
        try:
            yield _again if free else _nothing
        finally:
            if free:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            for number in numbers:
                faulthandler.unregister(number)


def _again() -> None:
    signal.setitimer(signal.ITIMER_REAL, STALLED)


def _nothing() -> None:
    """The timer is not ours."""


def wanted(settings: Settings, machine: Machine) -> bool:
    """True where a session has a guardian: set so, and on a real machine."""
    return settings.guardian.enabled and machine.sockets


def _sessions(now: int) -> tuple[Session, ...]:
    calendar = nyse_calendar()
    return tuple(session for session in calendar.sessions if session.post_close >= now)[:DAYS]
