"""Virtual time: nothing waits, the seed decides, and what cannot end is told."""

import asyncio
import time

import pytest

from faultsim.host import HOST, Host, SimulatedCrash
from faultsim.loop import Deadlock, Endless, SimLoop
from faultsim.running import run_sim


def now() -> float:
    return asyncio.get_running_loop().time()


def simulated() -> SimLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    return loop


def test_a_day_passes_in_no_time() -> None:
    async def main() -> float:
        began = now()
        await asyncio.sleep(86_400)
        return now() - began

    began = time.monotonic()
    assert run_sim(main) == 86_400
    assert time.monotonic() - began < 5


def test_timeouts_and_timers_keep_their_order() -> None:
    async def main() -> list[str]:
        seen: list[str] = []

        async def later(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            seen.append(name)

        async with asyncio.TaskGroup() as group:
            for name, seconds in (("c", 3), ("a", 1), ("b", 2)):
                group.create_task(later(name, seconds))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.sleep(2)
        return seen

    assert run_sim(main) == ["a", "b", "c"]


def order_of(seed: int, *, shuffle: bool) -> list[int]:
    async def main() -> list[int]:
        seen: list[int] = []

        async def walk(number: int) -> None:
            for _ in range(3):
                seen.append(number)
                await asyncio.sleep(0)

        await asyncio.gather(*(walk(n) for n in range(6)))
        return seen

    return run_sim(main, seed, shuffle=shuffle)


def test_the_seed_alone_decides_the_order_of_tasks() -> None:
    orders = [order_of(seed, shuffle=True) for seed in range(8)]
    assert orders == [order_of(seed, shuffle=True) for seed in range(8)]
    assert len({tuple(order) for order in orders}) > 4
    assert order_of(1, shuffle=False) == [0, 1, 2, 3, 4, 5] * 3


def test_waiting_for_ever_is_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run_sim(main)


def test_a_run_without_end_is_told() -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(1)

    with pytest.raises(Endless):
        run_sim(main, limit=100)


def test_executor_work_is_done_at_once() -> None:
    async def main() -> int:
        return await asyncio.to_thread(lambda: 7)

    assert run_sim(main) == 7


def test_a_crash_ends_every_task_of_its_host_and_no_cleanup_runs() -> None:
    async def main() -> tuple[list[str], str]:
        seen: list[str] = []
        host = simulated().net.host("daemon")
        other = simulated().net.host("venue")

        async def worker(name: str) -> None:
            try:
                while True:
                    await asyncio.sleep(1)
                    seen.append(name)
            finally:
                seen.append(f"{name} cleans up")

        async def child() -> None:
            inner = asyncio.get_running_loop().create_task(worker("child"))
            assert HOST.get() is host
            await asyncio.sleep(2.5)
            raise SimulatedCrash("a record was half written")
            await inner

        other.start(worker("other"))
        host.start(worker("first"))
        host.start(child())
        await host.died.wait()
        await asyncio.sleep(2)
        return list(seen), host.why

    seen, why = run_sim(main, shuffle=False)
    assert seen.count("child") == 2
    assert seen.count("first") == 2
    assert seen.count("other") == 4
    assert not [line for line in seen if "cleans" in line]
    assert why == "a record was half written"


def test_a_crash_in_a_callback_ends_its_host_too() -> None:
    async def main() -> bool:
        host = simulated().net.host("daemon")

        def fail() -> None:
            raise SimulatedCrash("in a timer")

        async def body() -> None:
            asyncio.get_running_loop().call_later(1, fail)
            await asyncio.sleep(5)
            raise AssertionError("it lived on")

        host.start(body())
        await host.died.wait()
        await asyncio.sleep(10)
        return host.alive

    assert run_sim(main) is False


def test_a_host_dies_once() -> None:
    async def main() -> list[str]:
        host = Host("x")
        seen: list[str] = []
        host.vanish.append(lambda: seen.append("gone"))
        host.die("first")
        host.die("second")
        return [*seen, host.why]

    assert run_sim(main) == ["gone", "first"]
