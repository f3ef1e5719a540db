"""Waiting for what comes by itself: the limits are only there for what never comes."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 30.0
"""Seconds, many times what anything here takes on a busy machine."""


async def until(claim: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return once `claim` holds."""
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.005)


def wait_for(claim: Callable[[], Found], seconds: float = 2 * PATIENCE) -> Found:
    """What `claim` finds, once it finds something; for what other processes do."""
    deadline = time.monotonic() + seconds
    while not (found := claim()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)
    return found
