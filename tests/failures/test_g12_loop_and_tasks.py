"""G12: stalls, killed tasks, faults in every task and swallowed cancels are all noticed."""

import asyncio
import time
from collections.abc import Callable

import numpy as np
import pytest

from faultsim.running import run_sim
from killing import House, house
from tradeplat.app import running
from tradeplat.core.errors import Corrupt
from tradeplat.guardian.vigil import Finding, Vigil
from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.watchdog_loop import STALLED, LoopWatch

NAMES = ("outbox-1", "deadlines", "account", "account-poll", "errands-1", "killer", "flattener")


def tasks(name: str) -> list[asyncio.Task]:
    return [task for task in asyncio.all_tasks() if task.get_name() == name]


class Bug(Exception):
    """What no task expects."""


async def harmed(name: str, harm: Callable[[asyncio.Task], object]) -> None:
    """A house one of whose tasks is harmed; raises what that ends it with."""
    async with house() as h:
        (victim,) = tasks(name)
        harm(victim)
        await h.until(lambda: not tasks(name), 5.0)


@pytest.mark.parametrize("name", NAMES)
def test_g12_a_killed_task_ends_the_house_with_its_name(name: str) -> None:
    with pytest.raises(Corrupt, match=f"task {name} was cancelled"):
        run_sim(lambda: harmed(name, asyncio.Task.cancel), 1)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "account"])
def test_g12_a_fault_in_any_task_ends_the_house_with_that_fault(name: str) -> None:
    # What goes wrong on the account's socket is no bug: its task comes back by itself.
    with pytest.raises(Bug):
        run_sim(lambda: harmed(name, _throw), 1)


def _throw(task: asyncio.Task) -> None:
    """Let what `task` waits for fail."""
    waiter = task._fut_waiter
    assert waiter is not None
    waiter.set_exception(Bug())


def test_g12_a_killed_flattener_does_not_keep_the_guardian_from_cleaning() -> None:
    async def play() -> None:
        async with house(without=("flattener",)) as h:
            await h.filled(10)
            h.killer.trip("test", "drill", flatten=True)
            await asyncio.sleep(30.0)
            # Nothing closes without its task, and nothing else opens either.
            assert h.held() == 10
            late = h.order(1)
            h.executor.accept(late)
            await asyncio.sleep(1.0)
            assert h.held() == 10

    run_sim(play, 1)


@pytest.mark.parametrize("stall", [0.2, 1.5, 6.0, 30.0])
def test_g12_a_stall_is_told_inside_and_from_five_seconds_on_by_the_guardian(stall: float) -> None:
    said: list[str] = []
    watch = LoopWatch(Metrics(), lambda code, _: said.append(code), lambda _: None)
    vigil, now = Vigil(0.0, 5.0, 15.0, 0), 0.0
    found = []
    while now < stall:
        now += 0.5
        found.append(vigil.look(now, 0))
    watch.tick(stall, stall)
    assert ("LOOP_STALLED" in said) == (stall > STALLED)
    assert (Finding.SILENT in found) == (stall > 5.0)
    assert (Finding.DEAD in found) == (stall > 15.0)


def test_g12_a_swallowed_cancel_keeps_neither_the_supervisor_nor_the_process(monkeypatch) -> None:
    from tradeplat.runtime import supervisor as module

    monkeypatch.setattr(module, "PATIENCE", 0.1)
    monkeypatch.setattr(running, "PATIENCE", 0.1)

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    async def session() -> str:
        async with Supervisor(np.random.default_rng(1)) as one:
            for number in range(10):
                one.start(f"stubborn-{number}", stubborn, OnFault.FATAL)
            await asyncio.sleep(0)
        return "ended"

    began = time.monotonic()
    assert running.run(session(), asyncio.new_event_loop) == "ended"
    assert time.monotonic() - began < 10.0


def test_g12_after_a_storm_everything_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(h: House) -> None:
        h.harm("http_5xx", path="/v2/", probability=0.5, lasting=20.0)
        h.harm("stream_drop", socket="account", times=3)
        for _ in range(10):
            h.executor.accept(h.order(1))
            await asyncio.sleep(1.0)
        await h.until(lambda: h.executor.idle and h.book.net("AAA") == h.held(), 120.0)

    async def play() -> None:
        async with house() as h:
            await scene(h)

    run_sim(play, 1)
