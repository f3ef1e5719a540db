"""F34, its other half: memory that no heap shows, and a loop that stands still or spins."""

import asyncio
import mmap
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

import daemons
from daemons import Daemon, VenueProcess, free_port
from faultsim.schedule import Kind, Schedule
from faultsim.world import simulate
from tradeplat.guardian import guard as module
from tradeplat.guardian.charge import Beat, Charge, line_of
from tradeplat.guardian.guard import Guard
from tradeplat.runtime.watchdog_resources import MIB, ResourceWatch, limits, taken
from waits import until, wait_for

CHUNK = 128 * MIB
NATIVE = f"""
import mmap, sys, time
held = mmap.mmap(-1, {CHUNK})
for page in range(0, {CHUNK}, 4096):
    held[page] = 1
sys.stdout.write("x"); sys.stdout.flush()
time.sleep(600)
"""
SPINNING = '''
from math import nan

from tradeplat.core.intent import HOLD, Action, Intent

__all__ = ["Spinning"]


class Spinning:
    """Buys with a stop, and at its tenth bar never comes back."""

    def __init__(self, span: int = 0) -> None:
        self.span = span
        self.bars = 0

    def on_bar(self, bar, holding):
        self.bars += bar.span == 1
        if self.bars == 10:
            self.spin_for_ever()
        if holding.quantity or holding.working:
            return HOLD
        return Intent(Action.ENTER, 1.0, nan, bar.close * 0.9, nan)

    def spin_for_ever(self):
        while True:
            self.span += 1

    def on_quote(self, quote, holding):
        return HOLD
'''


def native() -> mmap.mmap:
    """Memory in use of which Python's allocator knows nothing."""
    held = mmap.mmap(-1, CHUNK)
    for page in range(0, CHUNK, mmap.PAGESIZE):
        held[page] = 1
    return held


async def test_f34_memory_in_native_buffers_pauses_entries_until_it_is_gone() -> None:
    told: list[str] = []
    paused: list[str] = []
    allowed = {**limits(), "memory": taken()["memory"] + CHUNK / 2}
    watch = ResourceWatch(lambda code, line: told.append(f"{code}: {line}"), paused.append, {},
                          allowed)  # fmt: skip
    tracemalloc.start()
    try:
        watch.look()
        assert told == paused == []
        held = native()
        watch.look()
        assert tracemalloc.get_traced_memory()[0] < CHUNK / 16
    finally:
        tracemalloc.stop()
    assert [line.startswith("RESOURCES: memory: ") for line in told] == [True]
    (why,) = paused
    assert why.startswith("memory: ")
    held.close()
    allowed["memory"] = (taken()["memory"] + CHUNK / 8) / 0.9
    watch.look()
    assert paused == [why, ""]


@pytest.fixture
def bloated() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", NATIVE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        yield process
        process.kill()


class Beating:
    """A pipe on which a daemon says each time that all is well."""

    async def readline(self) -> bytes:
        await asyncio.sleep(0.02)
        return line_of(Beat(1))


@pytest.mark.parametrize(("limit", "dies"), [(CHUNK, True), (CHUNK * 4, False)])
async def test_f34_the_guardian_goes_by_resident_memory_however_well_the_daemon_says_it_is(
    tmp_path: Path, bloated: subprocess.Popen, monkeypatch: pytest.MonkeyPatch, limit: int,
    *, dies: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "LOOK", 0.02)
    charge = Charge(pid=bloated.pid, account="a", lease=str(tmp_path / "a.lease"), url="http://x",
                    key="k", secret="s", memory=limit)  # fmt: skip
    said: list[str] = []
    guard = Guard(charge, lambda code, _: said.append(code))
    watching = asyncio.ensure_future(guard.run(Beating()))
    done, _ = await asyncio.wait([watching], timeout=10.0 if dies else 0.5)
    watching.cancel()
    await asyncio.wait([watching])
    assert bool(done) == dies
    assert said == (["DAEMON_BLOATED", "UNFENCED"] if dies else [])
    if dies:
        await until(lambda: bloated.poll() == -signal.SIGKILL)
    else:
        assert bloated.poll() is None


def test_f34_sessions_that_come_and_go_leave_no_memory_behind() -> None:
    def session(seed: int) -> float:
        assert simulate(Schedule(seed=seed, kind=Kind.PLAIN, trading=12.0, chance=0.5)).passed
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MIB

    resident = [session(seed) for seed in range(9)]
    # The first ones fill what is kept on purpose: modules, calendars, codecs.
    assert resident[-1] - resident[2] <= 12.0, resident


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strategy of somebody else's making, by its entry point."""
    folder = tmp_path / "plugged"
    info = folder / "spinning-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "spinning.py").write_text(SPINNING)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spinning\nVersion: 1.0\n")
    entry = "[tradeplat.strategies]\nspinning = spinning:Spinning\n"
    (info / "entry_points.txt").write_text(entry)
    monkeypatch.setattr(daemons, "SRC", os.pathsep.join((str(daemons.SRC), str(folder))))


def test_f34_a_strategy_that_spins_for_ever_is_ended_and_the_account_cleared(
    tmp_path: Path, plugged: None
) -> None:
    words = ("--tickers", "2", "--speed", "20", "--from", "2025-06-04T09:31:00")
    with VenueProcess(tmp_path, free_port(), *words) as venue:
        names = ",".join(venue.ask("/control/status")["symbols"])
        times = ("--set", "guardian.silent_seconds=1.5", "--set", "guardian.dead_seconds=4")
        attached = ("--set", f"venue.url={venue.url}", "--tickers", names, *times)
        strategy = ("--strategy", "spinning", "--set", "stream.spans=[1]")
        with Daemon(
            tmp_path / "daemon", *attached, *strategy, "--set", "guardian.enabled=true"
        ) as daemon:
            assert wait_for(daemon.process.poll) == -signal.SIGKILL
            log = daemon.run / "guardian.log"
            wait_for(lambda: "GUARDIAN_CLEANED" in log.read_text())
        said = log.read_text()
        assert said.index("DAEMON_SILENT") < said.index("DAEMON_DEAD") < said.index("CLEANED")
        # Whoever looks into it finds where it stood.
        assert "spin_for_ever" in (daemon.run / "stacks.log").read_text()
        held = {row["symbol"] for row in venue.ask("/v2/positions")}
        orders = venue.ask("/v2/orders?status=open&nested=false&limit=500")
        assert {row["symbol"] for row in orders if row["side"] == "buy"} == set()
        assert held <= {row["symbol"] for row in orders}
