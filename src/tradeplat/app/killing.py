"""The kill switch of a session, and everything outside the keyboard that may pull it.

A file `KILL` in the journal's folder kills: it stops everything and withdraws every order. A file
`FLATTEN` there, or the signal SIGUSR1, kills and closes every position as well. The files' first
line is the reason. A file is obeyed once; one that is there when a session starts is obeyed then,
so it has to be deleted before trading may begin again.
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from tradeplat.app import guarding
from tradeplat.app.daemons import FLATTEN_FILE, KILL_FILE
from tradeplat.app.guarding import Guardian, stacks
from tradeplat.app.machine import Machine
from tradeplat.app.place import Place
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.app.watching import Eyes, Watches, watches
from tradeplat.app.wiring import Desks
from tradeplat.core.calendar import Phase
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Clock
from tradeplat.execution.closing_venue import ClosingBroker
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.flatten import Killer, Switches
from tradeplat.execution.timings import Alarm, NoJournal, OrderJournal
from tradeplat.risk.limits import Hours
from tradeplat.runtime.metrics import Metrics

LOOK = 0.25
"""Seconds between looks for the files."""


class Trip(Protocol):
    """The switch itself (execution/flatten.py)."""

    def __call__(self, who: str, why: str, *, flatten: bool = False) -> object:
        """Kill, and close everything if told to, without waiting."""


class Leans(NamedTuple):
    """What a session's kill switch leans on; `epoch` is 0 while no journal counts starts."""

    broker: ClosingBroker
    clock: Clock
    alarm: Alarm
    metrics: Metrics
    account: str = ""
    journal: OrderJournal = NoJournal()
    epoch: Callable[[], int] = lambda: 0
    barred: Callable[[], str] = lambda: ""
    """Why this process may not touch the account at all, empty when it may."""


class Where(NamedTuple):
    """What a session was told, and where it runs."""

    settings: Settings
    folder: RunFolder
    place: Place
    machine: Machine


class Stops(NamedTuple):
    """The kill switch, what pulls it from outside, and the watchdogs."""

    killer: Killer
    triggers: "Triggers | None"
    watches: Watches
    guardian: Guardian | None
    folder: Path

    def guarded(self, *, needed: bool) -> None:
        """Have the guardian stay behind if this process dies, or leave with it."""
        if self.guardian is not None:
            self.guardian.dismissed = not needed

    def bodies(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """Everything to be supervised, by name."""
        found = {**self.killer.bodies(), **self.watches.bodies()}
        if self.triggers is not None:
            found["kill-files"] = self.triggers.run
            found["stacks"] = partial(stacks, self.folder, self.watches.loop)
        if self.guardian is not None:
            found["guardian"] = self.guardian.run
        return found


def joined(where: Where, desks: Desks, executor: OrderExecutor, leans: Leans) -> Stops:
    """The kill switch of a session; a simulated machine has no files and signals to pull it."""
    settings = where.settings
    made = killer(executor, desks, settings.risk.hours, leans, fallback(where.folder.path))
    outside = where.machine.sockets
    triggers = Triggers(settings.run.logs, made.trip) if outside else None
    eyes = Eyes(leans.clock, leans.alarm, leans.metrics, where.place.lockstep)
    eyed = watches(desks, executor, eyes, real=outside)
    guardian = None
    if guarding.wanted(settings, where.machine):
        now = leans.clock.now()
        told = guarding.charge(settings, where.place, leans.account, now, where.folder)
        guardian = Guardian(told, leans.epoch, leans.alarm)
    return Stops(made, triggers, eyed, guardian, where.folder.path)


def killer(
    executor: OrderExecutor,
    desks: Desks,
    hours: Hours,
    leans: Leans,
    keep: Callable[[str], None],
) -> Killer:
    """The kill switch of these desks; `keep` takes the lines that the journal does not."""
    market, clock = desks.market, leans.clock

    def phase() -> Phase:
        return Phase.REGULAR if hours is Hours.ANY else market.calendar.phase(clock.now())

    def halted(symbol: str) -> bool:
        return symbol in market.tapes and market.tapes[symbol].stopped

    def epoch() -> int:
        # Without a journal that counts them, the second of the market in which it is asked first.
        return leans.epoch() or began

    began = clock.now() // SECOND
    switches = Switches(
        leans.journal,
        leans.alarm,
        clock,
        executor.withdraw,
        desks.house.gate.conditions.standing.values,
        phase,
        halted,
        keep,
        epoch,
        leans.barred,
    )
    return Killer(leans.broker, executor.results, desks.floor, desks.tracker, switches)


def fallback(folder: Path) -> Callable[[str], None]:
    """Keeps lines that the journal could not: on standard error, and in a file of `folder` or, if
    none can be written there, of the folder for temporary files.
    """

    def keep(line: str) -> None:
        text = f"tradeplat: unjournaled: {line}\n".encode()
        with suppress(OSError):  # the files below are the other way
            os.write(2, text)
        for place in (folder, Path(tempfile.gettempdir())):
            try:
                with (place / "unjournaled.log").open("ab") as file:
                    file.write(text)
            except OSError:
                continue
            return

    return keep


class Triggers:
    """Pulls the switch when a file or a signal says so; `logs` is the folder of all runs."""

    def __init__(self, logs: Path, trip: Trip) -> None:
        self._logs = logs
        self._trip = trip
        self._obeyed: dict[Path, int] = {}

    def listen(self) -> None:
        """Take SIGUSR1 over, on the running loop."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._signalled)

    def deaf(self) -> None:
        """Give the signal back, to be ignored: it must not end what is ending already."""
        asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    async def run(self) -> None:
        """Look for the files and hear the signal, for ever."""
        self.listen()
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK)
        finally:
            self.deaf()

    def look(self) -> None:
        """Obey the files that are there and were not obeyed yet."""
        for file in (FLATTEN_FILE, KILL_FILE):
            path = self._logs / file
            try:
                made = path.stat().st_mtime_ns
            except OSError:
                self._obeyed.pop(file, None)
                continue
            if self._obeyed.get(file) == made:
                continue
            self._obeyed[file] = made
            self._trip(f"file {path}", _first_line(path), flatten=file == FLATTEN_FILE)

    def _signalled(self) -> None:
        self._trip("signal SIGUSR1", "somebody sent it", flatten=True)


def _first_line(path: Path) -> str:
    try:
        said = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        said = ""
    return said.splitlines()[0][:200] if said else "no reason given"
