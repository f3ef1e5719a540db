"""A loop ends in bounded time even when a task does not."""

import asyncio

import pytest

from tradeplat.app import running


async def swallow() -> None:
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


def test_a_task_that_swallows_its_cancellation_is_left_behind(monkeypatch) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0.05)
    kept = []

    async def main() -> str:
        kept.append(asyncio.ensure_future(swallow()))
        await asyncio.sleep(0)
        return "done"

    assert running.run(main(), asyncio.new_event_loop) == "done"
    assert not kept[0].done()


def test_errors_pass_through_and_what_is_left_gets_to_clean_up() -> None:
    cleaned = []
    kept = []

    async def careful() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.append(True)

    async def main() -> None:
        kept.append(asyncio.ensure_future(careful()))
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        running.run(main(), asyncio.new_event_loop)
    assert cleaned == [True]
