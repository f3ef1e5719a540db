"""Runs a session on a loop of its own, and leaves in bounded time whatever its tasks do."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger()

PATIENCE = 2.0
"""Seconds that what still runs when all is over gets to end."""

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T], make_loop: Callable[[], asyncio.AbstractEventLoop]) -> T:
    """What `main` returns or raises.

    Unlike asyncio's own runner it does not wait for ever for a task that swallows its
    cancellation: such a task is left behind and named in the log.
    """
    loop = make_loop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main)
    finally:
        try:
            loop.run_until_complete(_sweep(loop))
        finally:
            asyncio.set_event_loop(None)
            loop.close()


async def _sweep(loop: asyncio.AbstractEventLoop) -> None:
    me = asyncio.current_task()
    left = {task for task in asyncio.all_tasks(loop) if task is not me}
    for task in left:
        task.cancel()
    if left:
        _, stuck = await asyncio.wait(left, timeout=PATIENCE)
        for task in stuck:
            log.error("task_left_behind", task=task.get_name())
            # Nobody waits for it any more, so nobody has to be told that it was destroyed.
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001  # no other way
    await loop.shutdown_asyncgens()
