import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.execution.errands import Errands


@asynccontextmanager
async def lanes(errands: Errands, count: int = 1) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(errands.run()) for _ in range(count)]
    try:
        async with asyncio.timeout(30):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # cancelled here


async def test_jobs_are_done_in_the_order_they_fall_due() -> None:
    errands, done, last = Errands((0.01,)), [], asyncio.Event()

    async def job(name: str) -> None:
        done.append(name)
        if name == "late":
            last.set()

    errands.add(lambda: job("late"), 0.05)
    errands.add(lambda: job("soon"), 0.01)
    assert errands.idle
    errands.add(lambda: job("now"))
    assert not errands.idle
    async with lanes(errands):
        await last.wait()
    assert done == ["now", "soon", "late"]


async def test_a_job_added_to_a_sleeping_lane_wakes_it() -> None:
    errands, done = Errands((0.01,)), asyncio.Event()

    async def job() -> None:
        done.set()

    async with lanes(errands):
        errands.add(job, 100.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        errands.add(job)
        await done.wait()


@pytest.mark.parametrize("error", [Transient("lost"), Throttled("slow", 0.01)])
async def test_a_job_that_met_a_network_fault_comes_back(error: Exception) -> None:
    errands, done, faults = Errands((0.0, 0.01)), asyncio.Event(), [error] * 3

    async def job() -> None:
        if faults:
            raise faults.pop()
        done.set()

    async with lanes(errands):
        errands.add(job)
        await done.wait()


async def test_a_hanging_job_holds_up_only_its_lane() -> None:
    errands, done = Errands((0.01,)), asyncio.Event()

    async def hang() -> None:
        await asyncio.Event().wait()

    async def job() -> None:
        done.set()

    async with lanes(errands, 2):
        errands.add(hang)
        errands.add(job)
        await done.wait()
        assert not errands.idle


async def test_a_denial_ends_the_lane() -> None:
    errands = Errands((0.01,))

    async def job() -> None:
        raise Denied("keys")

    errands.add(job)
    with pytest.raises(Denied):
        await errands.run()
    assert errands.idle
