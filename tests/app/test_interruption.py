"""Signals while a session is prepared, while it runs, and twice."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from tradeplat.app.exits import FORCED
from tradeplat.app.interruption import Interruption, first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_while_it_is_prepared_the_session_is_cancelled(number):
    interruption = Interruption()
    interruption.listen()
    os.kill(os.getpid(), number)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(5)
    assert interruption.asked.is_set()
    interruption.ended()


async def test_while_it_trades_it_is_only_asked():
    interruption = Interruption()
    interruption.listen()
    interruption.prepared()
    os.kill(os.getpid(), signal.SIGINT)
    async with asyncio.timeout(30):
        await interruption.asked.wait()
    interruption.ended()


def ended(body):
    """Exit code and last words of a process that does `body` with an interruption."""
    script = f"""
import asyncio, os, signal
import tradeplat.app.interruption as module
from tradeplat.app.interruption import Interruption

async def main():
    interruption = Interruption()
    interruption.listen()
    interruption.prepared()
{textwrap.indent(textwrap.dedent(body), "    ")}
    await asyncio.sleep(10)

asyncio.run(main())
"""
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stderr


def test_the_second_signal_leaves_at_once():
    code, said = ended("""
        os.kill(os.getpid(), signal.SIGINT)
        await interruption.asked.wait()
        os.kill(os.getpid(), signal.SIGTERM)
    """)
    assert code == FORCED
    assert said == "tradeplat: told to stop twice: left at once, nothing was waited for\n"


def test_an_end_that_takes_too_long_is_forced():
    code, said = ended("""
        module.BOUND = 0.05
        os.kill(os.getpid(), signal.SIGTERM)
    """)
    assert code == FORCED
    assert "took more than 0.05 s" in said


def test_an_end_that_came_in_time_is_not_forced():
    code, said = ended("""
        module.BOUND = 0.05
        os.kill(os.getpid(), signal.SIGTERM)
        await interruption.asked.wait()
        interruption.ended()
        await asyncio.sleep(0.2)
        raise SystemExit(0)
    """)
    assert (code, said) == (0, "")


@pytest.mark.parametrize("loop", ["asyncio.new_event_loop", "uvloop.new_event_loop"])
def test_a_loop_that_is_kept_by_somebody_cannot_keep_the_process(loop):
    script = f"""
import asyncio, os, signal, threading, time, uvloop
from tradeplat.app.interruption import Interruption
from tradeplat.app import running

async def main():
    interruption = Interruption()
    interruption.listen()
    interruption.prepared()
    for delay in (0.2, 0.4):
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()
    end = time.monotonic() + 15
    while time.monotonic() < end:
        pass  # what never lets go

running.run(main(), {loop})
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == FORCED
    assert "told to stop twice" in done.stderr


def test_any_end_is_bounded_once_it_has_begun():
    code, said = ended("""
        module.BOUND = 0.05
        interruption.ending()
    """)
    assert code == FORCED
    assert "took more than 0.05 s" in said


async def test_waiting_for_the_first_of_several_ends_with_any() -> None:
    never, soon = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, soon.set)
    async with asyncio.timeout(30):
        await first(never, soon)
    assert not never.is_set()
