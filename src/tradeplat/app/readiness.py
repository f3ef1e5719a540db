"""Waits, at the start of a session, for what it cannot trade without."""

import asyncio
from collections.abc import Callable

from tradeplat.core.errors import Transient
from tradeplat.runtime.supervisor import Supervisor

READY_SECONDS = 30.0
"""Wall seconds within which what a session needs has to be there."""


async def until(ready: Callable[[], bool], what: str, supervisor: Supervisor) -> None:
    """Return once `ready`; raises what makes it impossible, Transient when it takes long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_SECONDS
    while not ready():
        if supervisor.fatal is not None:
            raise supervisor.fatal
        if loop.time() > deadline:
            raise Transient(f"{what} did not come up within {READY_SECONDS:g} s")
        await asyncio.sleep(0.05)
