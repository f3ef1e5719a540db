"""The daemon's side of its guardian."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import SOURCE
from tradeplat.app import guarding
from tradeplat.app.guarding import Guardian, charge, dumps, wanted
from tradeplat.app.killing import Stops
from tradeplat.app.machine import REAL
from tradeplat.app.place import Place
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import load
from tradeplat.core.errors import Transient
from tradeplat.guardian.charge import read_charge
from tradeplat.history.sessions import nyse_calendar
from waits import until

OPEN = nyse_calendar().sessions[-1].open
PLACE = Place("x", "http://x", "http://x", "ws://x", "iex", "the-key", "the-secret")


def told(tmp_path: Path, *sets: str):
    settings = load(None, (f"run.logs={tmp_path}", *sets))
    return charge(settings, PLACE, "acc", OPEN, RunFolder(tmp_path))


def test_a_charge_says_all_that_a_guardian_needs(tmp_path: Path) -> None:
    made = told(
        tmp_path, "guardian.on_death=flatten", "guardian.memory_mib=1", "alerts.command=['a']"
    )
    assert (made.pid, made.account, made.on_death) == (os.getpid(), "acc", "flatten")
    assert (made.silent, made.dead, made.memory) == (5.0, 15.0, 2**20)
    assert (made.key, made.secret, made.command) == ("the-key", "the-secret", ("a",))
    assert made.sessions[0].open == OPEN
    assert Path(made.lease).parent == tmp_path / "journal"
    assert made.deaths == str(tmp_path / "journal" / "acc.deaths")
    assert made.flatten_file == str(tmp_path / "journal" / "FLATTEN")
    odd = charge(load(None, (f"run.logs={tmp_path}",)), PLACE, "a/../b", OPEN, RunFolder(tmp_path))
    assert Path(odd.deaths).parent == tmp_path / "journal"


def test_only_real_machines_that_want_one_have_a_guardian() -> None:
    assert wanted(load(None), REAL)
    assert not wanted(load(None, ["guardian.enabled=false"]), REAL)
    assert not wanted(load(None), REAL._replace(sockets=False))


async def test_a_guardian_that_ends_is_told_and_started_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(guarding, "BEAT", 0.02)
    said: list[str] = []
    guardian = Guardian(told(tmp_path), lambda: 1, lambda code, _: said.append(code))
    body = asyncio.ensure_future(guardian.run())
    async with asyncio.timeout(20):
        while not guardian.pid:
            await asyncio.sleep(0.01)
        os.kill(guardian.pid, signal.SIGKILL)
        with pytest.raises(Transient):
            await body
    assert said == ["GUARDIAN_LOST"]
    assert guardian.pid == 0


async def test_a_goodbye_ends_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(guarding, "GOODBYE", 20.0)
    guardian = Guardian(told(tmp_path), lambda: 1, lambda *_: None)
    body = asyncio.ensure_future(guardian.run())
    async with asyncio.timeout(20):
        while not guardian.pid:
            await asyncio.sleep(0.01)
        pid = guardian.pid
        body.cancel()
        with pytest.raises(asyncio.CancelledError):
            await body
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not (tmp_path / "guardian.log").exists()


async def test_whoever_dies_amid_his_orders_leaves_his_guardian_behind(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(guarding, "BEAT", 0.02)
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    guardian = Guardian(told(tmp_path, "guardian.dead_seconds=600"), lambda: 1, lambda *_: None)
    guardian.dismissed = False
    body = asyncio.ensure_future(guardian.run())
    log = tmp_path / "guardian.log"
    try:
        await until(lambda: guardian.pid)
        pid = guardian.pid
        await asyncio.sleep(0)
        body.cancel()
        with pytest.raises(asyncio.CancelledError):
            await body
        await until(lambda: log.exists() and "DAEMON_GONE" in log.read_text())
        os.kill(pid, 0)
    finally:
        ended(guardian)


def ended(guardian: Guardian) -> None:
    assert guardian.process is not None
    guardian.process.kill()
    guardian.process.wait()


def test_a_guardian_is_needed_while_there_may_be_orders(tmp_path: Path) -> None:
    guardian = Guardian(told(tmp_path), lambda: 1, lambda *_: None)
    assert guardian.dismissed
    stops = Stops(None, None, None, guardian, tmp_path)
    stops.guarded(needed=True)
    assert not guardian.dismissed
    stops.guarded(needed=False)
    assert guardian.dismissed
    stops._replace(guardian=None).guarded(needed=True)


def test_a_signal_leaves_a_dump_of_the_stack(tmp_path: Path) -> None:
    with dumps(tmp_path):
        os.kill(os.getpid(), signal.SIGUSR2)
    assert "test_a_signal_leaves_a_dump" in (tmp_path / "stacks.log").read_text()


def test_a_loop_that_does_not_tick_leaves_a_dump_each_time_and_goes_on(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, sys, time\n"
        "from tradeplat.app import guarding\n"
        "guarding.STALLED = 0.001\n"
        "def deep(n):\n    return n and deep(n - 1)\n"
        "def busy(seen):\n    while seen.stat().st_size < 50_000:\n"
        "        arm()\n        for _ in range(4_000):\n            deep(9)\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "with guarding.dumps(folder) as arm:\n    busy(folder / 'stacks.log')\n"
        "arm = guarding.STALLED = 0\n"
        "print('alive', signal.getitimer(signal.ITIMER_REAL))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, check=True)
    assert ran.stdout == b"alive (0.0, 0.0)\n"
    assert "in busy" in (tmp_path / "stacks.log").read_text()


def test_a_timer_that_somebody_else_has_set_is_left_alone(tmp_path: Path) -> None:
    had = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, 100.0)
    try:
        with dumps(tmp_path) as arm:
            arm()
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 50.0
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 50.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, *had)


def test_what_the_charge_holds_can_be_read(tmp_path: Path) -> None:
    from tradeplat.guardian.charge import line_of

    assert read_charge(line_of(told(tmp_path))) == told(tmp_path)
