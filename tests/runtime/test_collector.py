import asyncio
import gc
import weakref

import pytest

from tradeplat.runtime import collector as module
from tradeplat.runtime.collector import THRESHOLDS, Collector
from waits import until


class Node:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.me = self


def test_while_open_old_objects_are_left_alone_and_afterwards_all_is_as_before() -> None:
    before = gc.get_threshold()
    with Collector(lambda: True):
        assert gc.get_threshold() == THRESHOLDS
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


async def test_garbage_is_found_when_nothing_is_at_stake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD", 0.0)
    idle = False
    with Collector(lambda: idle) as collector:
        gone = weakref.ref(Node())
        gc.collect(0)  # it survives nothing: made anew below, old enough to be left alone
        node = Node()
        kept = weakref.ref(node)
        gc.collect(1)
        del node
        task = asyncio.get_running_loop().create_task(collector.run())
        for _ in range(5):
            await asyncio.sleep(0)
        assert kept() is not None
        assert collector.full == 0
        idle = True
        await until(lambda: collector.full)
        task.cancel()
    assert gone() is None
    assert kept() is None
    assert collector.worst_ms > 0.0


async def test_after_long_enough_any_moment_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD", 0.0)
    monkeypatch.setattr(module, "OVERDUE", 0.01)
    with Collector(lambda: False) as collector:
        task = asyncio.get_running_loop().create_task(collector.run())
        await until(lambda: collector.full)
        task.cancel()
