"""A guardian and the process it watches: goodbyes, deaths, and who may touch the account."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from daemons import free_port
from tradeplat.core.lease import Lease
from tradeplat.guardian import guard as module
from tradeplat.guardian.charge import Beat, Charge, line_of
from tradeplat.guardian.guard import DEATHS, Guard, teller
from waits import wait_for

SLEEPER = "import time; time.sleep(600)"


class Lines:
    """A pipe with these lines; then it ends, or with `open` stays silent."""

    def __init__(self, *lines: bytes, open_: bool = False) -> None:
        self.lines = list(lines)
        self.open = open_

    async def readline(self) -> bytes:
        if self.lines:
            return self.lines.pop(0)
        if self.open:
            await asyncio.sleep(3600)
        return b""


class Freed(Lines):
    """At the end of the pipe the daemon's lease is free, as after a death."""

    def __init__(self, lease: Lease, *lines: bytes) -> None:
        super().__init__(*lines)
        self.lease = lease

    async def readline(self) -> bytes:
        line = await super().readline()
        if not line:
            self.lease.free()
        return line


def _hear(said: list[str], code: str, _line: str) -> None:
    said.append(code)


def started(script: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often, and wait less for a lease."""
    monkeypatch.setattr(module, "LOOK", 0.02)
    monkeypatch.setattr(module, "LEASE_WAIT", 0.2)


@pytest.fixture
def process() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as made:
        yield made
        made.kill()


def charge(tmp_path: Path, pid: int, **more: object) -> Charge:
    given = {"silent": 0.1, "dead": 0.3, "patience": 0.1, "key": "k", "secret": "s"} | more
    return Charge(
        pid=pid,
        account="acc",
        lease=str(tmp_path / "acc.lease"),
        url=f"http://127.0.0.1:{free_port()}",
        deaths=str(tmp_path / "acc.deaths"),
        kill_file=str(tmp_path / "KILL"),
        **given,
    )


async def watched(told: Charge, *lines: bytes, open_: bool = False) -> tuple[int, list[str]]:
    said: list[str] = []
    guard = Guard(told, lambda code, _: said.append(code))
    async with asyncio.timeout(20):
        return await guard.run(Lines(*lines, open_=open_)), said


async def test_after_a_goodbye_nothing_is_done(tmp_path: Path, process) -> None:
    told = charge(tmp_path, process.pid)
    assert await watched(told, line_of(Beat(1)), line_of(Beat(bye=True))) == (0, [])
    assert process.poll() is None


async def test_silence_is_told_then_the_daemon_is_killed(tmp_path: Path) -> None:
    register = "import faulthandler, os, signal; faulthandler.register(signal.SIGUSR2)"
    with started(f"{register}; os.write(2, b'up\\n'); {SLEEPER}") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"up\n"
        with Lease(tmp_path / "acc.lease", "acc"):
            pass  # leaves the file behind, with nobody holding it
        code, said = await watched(charge(tmp_path, process.pid), line_of(Beat(1)), open_=True)
        assert process.wait(30) == -9
        assert b"most recent call first" in process.stderr.read()
    # It never held its lease, so that nobody was kept out: the account is left as it is.
    assert (code, said) == (1, ["DAEMON_SILENT", "DAEMON_DEAD", "UNFENCED"])


async def test_an_account_that_somebody_else_took_over_is_left_to_him(tmp_path, process) -> None:
    with Lease(tmp_path / "acc.lease", "acc"):
        code, said = await watched(charge(tmp_path, process.pid), line_of(Beat(1)))
    assert (code, said) == (0, ["DAEMON_GONE", "DAEMON_DEAD", "LEASE_TAKEN"])
    assert process.wait(30) == -9


async def test_too_much_memory_kills(tmp_path: Path, process) -> None:
    told = charge(tmp_path, process.pid, memory=1)
    _, said = await watched(told, line_of(Beat(1)), open_=True)
    assert said[0] == "DAEMON_BLOATED"
    assert process.wait(30) == -9


async def test_deaths_are_counted_and_too_many_keep_trading_down(tmp_path: Path) -> None:
    for death in range(DEATHS + 1):
        with started(SLEEPER) as process:
            lease = Lease(tmp_path / "acc.lease", "acc")
            lease.take()
            told = charge(tmp_path, process.pid)
            said: list[str] = []
            hear = partial(_hear, said)
            guard = Guard(told, hear, partial(float, 1e9 + death))
            assert await guard.run(Freed(lease, line_of(Beat(1)))) == 1
        assert (tmp_path / "KILL").exists() == (death == DEATHS)
    assert said[-1] == "STAYS_DOWN"


def test_alerts_reach_standard_error_the_log_and_the_command(tmp_path: Path, capfd) -> None:
    heard = tmp_path / "heard"
    shell = f'import sys; open("{heard}", "w").write(" ".join(sys.argv[1:]))'
    command = (sys.executable, "-c", shell)
    told = replace(charge(tmp_path, 1), log=str(tmp_path / "log"), command=command)
    teller(told)("CODE", "a line")
    assert capfd.readouterr().err == "tradeplat: guardian: CODE: a line\n"
    assert (tmp_path / "log").read_text().endswith("guardian: CODE: a line\n")
    wait_for(lambda: heard.exists() and heard.read_text())
    assert heard.read_text() == "CODE a line"
