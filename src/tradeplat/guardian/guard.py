"""A guardian at work: it listens to the pipe, looks at the daemon, and acts when it has to."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from tradeplat.core.errors import Denied, TradeplatError
from tradeplat.core.lease import Lease
from tradeplat.guardian.account import Account
from tradeplat.guardian.charge import Charge, read_beat
from tradeplat.guardian.cleaning import Cleaning, Tell
from tradeplat.guardian.vigil import Finding, Vigil

_ENDS = frozenset({Finding.DEAD, Finding.BLOATED})
LOOK = 0.5
"""Seconds between looks."""
LEASE_WAIT = 3.0
"""Seconds within which a dead daemon's lease is free; else somebody else has it by now."""
DEATHS, WITHIN = 3, 600.0
"""So many restarts in so many seconds; after one more, trading stays down until a person looks."""
DUMP = signal.SIGUSR2
"""Makes the daemon write where each of its threads stands."""


class Pipe(Protocol):
    """What the daemon writes to."""

    async def readline(self) -> bytes:
        """The next line, empty at the end."""


class Guard:
    """Watches one daemon until it says goodbye or dies; `tell` reaches a person."""

    def __init__(self, charge: Charge, tell: Tell, wall: Callable[[], float] = time.time) -> None:
        self._charge = charge
        self._tell = tell
        self._wall = wall
        # A number that is used again by another process must not be killed for this one.
        self._process = os.pidfd_open(charge.pid)
        self._fenced = False
        self._epoch = charge.epoch

    async def run(self, pipe: Pipe) -> int:
        """Watch, then clean up if need be; 0 when nothing is left to a person."""
        try:
            if await self._watch(pipe):
                return 0
            return 0 if await self._act() else 1
        finally:
            os.close(self._process)

    async def _watch(self, pipe: Pipe) -> bool:
        """True when the daemon ended in order, False when it is dead by now.

        One that ended without a word gets as long as a silent one: whoever starts it again in time
        finds things as they were.
        """
        charge = self._charge
        loop = asyncio.get_running_loop()
        vigil = Vigil(loop.time(), charge.silent, charge.dead, charge.memory)
        gone = False
        while True:
            line = await self._line(pipe, gone=gone)
            if line == b"":
                gone = True
                self._tell("DAEMON_GONE", f"daemon {charge.pid} ended without a word")
            beat = read_beat(line) if line else None
            if beat is not None:
                if beat.bye:
                    return True
                vigil.heard(loop.time())
                self._epoch = max(self._epoch, beat.epoch)
                self._look_at_lease()
            finding = vigil.look(loop.time(), _resident(charge.pid))
            if finding is Finding.SILENT and not gone:
                silence = vigil.silence(loop.time())
                self._tell("DAEMON_SILENT", f"no sign of life for {silence:.0f} s")
                self._signal(DUMP)
            elif finding in _ENDS:
                self._tell(*self._verdict(finding))
                self._signal(signal.SIGKILL)
                return False

    async def _line(self, pipe: Pipe, *, gone: bool) -> bytes | None:
        """The next line, None while there is none, empty at the end of the pipe."""
        if gone:
            await asyncio.sleep(LOOK)
            return None
        with suppress(TimeoutError):  # no line yet: the caller looks about and comes again
            async with asyncio.timeout(LOOK):
                return await pipe.readline()
        return None

    def _verdict(self, finding: Finding) -> tuple[str, str]:
        if finding is Finding.DEAD:
            return "DAEMON_DEAD", f"silent for {self._charge.dead:g} s: killed"
        return "DAEMON_BLOATED", f"more than {self._charge.memory / 2**20:.0f} MiB: killed"

    def _look_at_lease(self) -> None:
        """Find out whether the daemon holds the lease: without one nobody is kept out, and nothing
        may be done to the account.
        """
        if self._fenced:
            return
        lease = Lease(Path(self._charge.lease), self._charge.account)
        try:
            lease.take()
        except Denied:
            self._fenced = True
        except TradeplatError:
            return
        else:
            lease.free()

    async def _act(self) -> bool:
        """Clean up under the lease; whoever else has it by now does that himself."""
        charge = self._charge
        if not self._fenced:
            self._tell("UNFENCED", "the daemon held no lease: the account is left as it is")
            return False
        charge = replace(charge, epoch=self._epoch)
        lease = Lease(Path(charge.lease), charge.account)
        if not await self._taken(lease):
            self._tell("LEASE_TAKEN", f"account {charge.account} is somebody else's by now")
            return True
        try:
            async with Account(charge.url, charge.key, charge.secret) as account:
                done = await Cleaning(charge, account, self._tell).run()
        finally:
            self._count_death()
            lease.free()
        return done

    async def _taken(self, lease: Lease) -> bool:
        deadline = asyncio.get_running_loop().time() + LEASE_WAIT
        while True:
            try:
                lease.take()
            except Denied:
                if asyncio.get_running_loop().time() >= deadline:
                    return False
                await asyncio.sleep(0.05)
            else:
                return True

    def _count_death(self) -> None:
        """Remember this death; after too many the kill file keeps the next start from trading."""
        if not self._charge.deaths:
            return
        file, now = Path(self._charge.deaths), self._wall()
        try:
            said = file.read_text(encoding="utf-8").split() if file.exists() else []
            recent = [at for at in (_number(word) for word in said) if 0 <= now - at < WITHIN]
            recent.append(now)
            file.write_text("".join(f"{at:.3f}\n" for at in recent), encoding="utf-8")
            if len(recent) > DEATHS and self._charge.kill_file:
                why = f"{len(recent)} deaths within {WITHIN / 60:g} min"
                Path(self._charge.kill_file).write_text(f"{why}\n", encoding="utf-8")
                self._tell("STAYS_DOWN", f"{why}: nothing is traded until a person resumes")
        except OSError as error:
            self._tell("DEATHS_UNCOUNTED", f"{file}: {error.strerror}")

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):  # it is dead already
            signal.pidfd_send_signal(self._process, number)


def teller(charge: Charge) -> Tell:
    """Alerts on standard error, in the charge's log, and by its command."""

    def tell(code: str, line: str) -> None:
        text = f"tradeplat: guardian: {code}: {line}\n"
        with suppress(OSError):  # each of the three ways out is on its own
            os.write(2, text.encode())
        if charge.log:
            # So is this one: the disk may be what broke.
            with suppress(OSError), Path(charge.log).open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}")
        if charge.command:
            words = [*charge.command, code, line]
            silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
            with suppress(OSError):  # and this one: it may not be installed
                os.posix_spawnp(words[0], words, os.environ, file_actions=silent, setsid=True)

    return tell


def _resident(pid: int) -> int:
    """Resident memory in bytes, 0 where it cannot be read."""
    try:
        words = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return int(words[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return -1.0
