import asyncio
import gc
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from tradeplat.core.errors import Corrupt, Denied, StreamLagged, Throttled, Transient
from tradeplat.runtime import supervisor as module
from tradeplat.runtime.supervisor import MOST_RESTARTS, OnFault, Supervisor
from waits import until


def supervisor(**more: object) -> Supervisor:
    return Supervisor(np.random.default_rng(1), delays=(0.0,), **more)


def failing(*errors: Exception) -> tuple[Callable[[], Awaitable[None]], list[int]]:
    left = list(errors)
    calls: list[int] = []

    async def body() -> None:
        calls.append(len(left))
        if left:
            raise left.pop(0)

    return body, calls


async def settled(one: Supervisor) -> None:
    while one.running:
        await asyncio.sleep(0)


async def test_a_transient_fault_restarts_the_task() -> None:
    body, calls = failing(Transient("gone"), StreamLagged("late"))
    async with supervisor() as one:
        one.start("desk:A", body)
        await settled(one)
    assert len(calls) == 3
    assert one.restarts == {"desk:A": 2}
    assert not one.quarantined


async def test_a_bug_quarantines_its_task_and_the_others_never_notice() -> None:
    heard: list[str] = []
    body, calls = failing(ZeroDivisionError("bug"))
    done = asyncio.Event()

    async def healthy() -> None:
        await done.wait()

    async with supervisor(on_quarantine=lambda name, _: heard.append(name)) as one:
        one.start("desk:A", body)
        one.start("desk:B", healthy)
        while "desk:A" in one.running:
            await asyncio.sleep(0)
        assert one.running == ["desk:B"]
        done.set()
        await settled(one)
    assert heard == ["desk:A"]
    assert len(calls) == 1
    assert isinstance(one.quarantined["desk:A"], ZeroDivisionError)
    assert one.fatal is None


async def test_a_fault_of_a_core_task_is_told_to_whoever_waits() -> None:
    body, _ = failing(Denied("wrong key"))
    async with supervisor() as one:
        one.start("stream", body, OnFault.FATAL)
        await asyncio.wait_for(one.failed.wait(), 30)
    assert isinstance(one.fatal, Denied)


async def test_leaving_cancels_what_runs_and_waits_for_its_cleanup() -> None:
    cleaned: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("A")

    async with supervisor() as one:
        one.start("A", forever)
        await asyncio.sleep(0)
        await one.stop("nobody")
    assert cleaned == ["A"]
    assert not one.running


async def test_a_name_runs_once_at_a_time_and_may_run_again() -> None:
    body, calls = failing()
    async with supervisor() as one:
        one.start("A", body)
        with pytest.raises(ValueError, match="runs already"):
            one.start("A", body)
        await settled(one)
        one.start("A", body)
        await settled(one)
    assert len(calls) == 2


async def test_a_thousand_tasks_leave_nothing_behind() -> None:
    body, calls = failing()
    async with supervisor() as one:
        for n in range(1_000):
            one.start(f"desk:{n}", body)
        await settled(one)
    assert len(calls) == 1_000
    assert len(asyncio.all_tasks()) == 1


async def test_a_task_that_never_runs_well_is_quarantined_in_the_end() -> None:
    body, calls = failing(*(Transient("gone") for _ in range(100)))
    core, core_calls = failing(*(Transient("gone") for _ in range(MOST_RESTARTS + 5)))
    async with supervisor() as one:
        one.start("desk:A", body)
        one.start("stream", core, OnFault.FATAL)
        await settled(one)
    assert len(calls) == MOST_RESTARTS + 1
    assert isinstance(one.quarantined["desk:A"], Transient)
    assert len(core_calls) == MOST_RESTARTS + 6
    assert one.fatal is None


async def test_a_task_that_swallows_its_cancellation_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    over = asyncio.Event()

    async def stubborn() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    async with supervisor() as one:
        one.start("stubborn", stubborn)
        await asyncio.sleep(0)
        await one.stop("stubborn")
        assert not one.running
        over.set()


async def test_many_that_swallow_their_cancellation_are_waited_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    monkeypatch.setattr(module, "LEAST", 0.01)
    over = asyncio.Event()

    async def stubborn() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    loop = asyncio.get_running_loop()
    async with supervisor() as one:
        for number in range(20):
            one.start(f"stubborn-{number}", stubborn)
        await asyncio.sleep(0)
        began = loop.time()
    assert loop.time() - began < 2.0
    over.set()


async def test_a_fault_in_a_timer_is_fatal_and_what_nobody_asked_for_is_not() -> None:
    loop = asyncio.get_running_loop()

    def broken() -> None:
        raise ZeroDivisionError

    async with supervisor() as house:
        loop.set_exception_handler(house.hear)
        try:
            loop.create_future().set_exception(ValueError("nobody asks"))
            gc.collect()
            await asyncio.sleep(0)
            assert house.fatal is None
            loop.call_later(0.0, broken)
            async with asyncio.timeout(30):
                await house.failed.wait()
        finally:
            loop.set_exception_handler(None)
    assert isinstance(house.fatal, ZeroDivisionError)


async def test_a_fault_that_says_how_long_to_wait_is_taken_at_its_word() -> None:
    tries = 0

    async def body() -> None:
        nonlocal tries
        tries += 1
        if tries < 30:
            raise Throttled("the place is taken", 0.001)

    async with Supervisor(np.random.default_rng(0), delays=(60.0,)) as supervisor:
        supervisor.start("slot", body)
        await until(lambda: not supervisor.running)
        assert (tries, supervisor.quarantined) == (30, {})


@pytest.mark.parametrize("on_fault", list(OnFault))
async def test_a_task_that_somebody_else_cancels_is_a_fault(on_fault: OnFault) -> None:
    async with supervisor() as one:
        one.start("task", lambda: asyncio.sleep(3600), on_fault)
        await asyncio.sleep(0)
        (victim,) = (task for task in asyncio.all_tasks() if task.get_name() == "task")
        victim.cancel()
        await until(lambda: not one.running)
        fault = one.fatal if on_fault is OnFault.FATAL else one.quarantined["task"]
        assert isinstance(fault, Corrupt)
        one.start("other", lambda: asyncio.sleep(3600), on_fault)
        await asyncio.sleep(0)
        await one.stop("other")
        assert "other" not in one.quarantined


async def test_tasks_are_stopped_by_the_beginnings_of_their_names_in_turn() -> None:
    ended: list[str] = []

    def lasting(name: str):
        async def body() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return body

    async with Supervisor(np.random.default_rng(1)) as supervisor:
        for name in ("desk:B", "manager", "desk:A", "journal"):
            supervisor.start(name, lasting(name))
        await asyncio.sleep(0)
        await supervisor.stop_all("manager", "desk:")
        assert ended == ["manager", "desk:B", "desk:A"]
        assert supervisor.running == ["journal"]
        assert not supervisor.quarantined
    assert ended[-1] == "journal"
