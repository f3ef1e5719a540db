"""Network work beside the sending of orders, done when it is due and tried again when it fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from heapq import heappop, heappush

from tradeplat.core.errors import Throttled, Transient

Job = Callable[[], Awaitable[None]]


class Errands:
    """Jobs by due time. One that raises Transient comes back after the next of `retries` seconds.

    `run` may be supervised several times over: each run is a lane, and a job that hangs holds up
    only its own. Times are the loop's.
    """

    def __init__(self, retries: Sequence[float]) -> None:
        self._retries = tuple(retries)
        self._due: list[tuple[float, int, int, Job]] = []
        self._count = 0
        self._running = 0
        self._wake = asyncio.Event()

    def add(self, job: Job, delay: float = 0.0, attempt: int = 0) -> None:
        """Do `job` in `delay` seconds; `attempt` counts its failures so far."""
        self._count += 1
        due = asyncio.get_running_loop().time() + delay
        heappush(self._due, (due, self._count, attempt, job))
        self._wake.set()

    @property
    def idle(self) -> bool:
        """True when no job runs and none is due now."""
        return not self._running and self._wait() != 0.0

    async def run(self) -> None:
        """Do jobs as they fall due, for ever."""
        while True:
            wait = self._wait()
            if wait != 0.0:
                self._wake.clear()
                with suppress(TimeoutError):  # the next job falls due
                    async with asyncio.timeout(wait):
                        await self._wake.wait()
                continue
            _, _, attempt, job = heappop(self._due)
            await self._do(job, attempt)

    async def _do(self, job: Job, attempt: int) -> None:
        self._running += 1
        try:
            await job()
        except Throttled as error:
            self.add(job, error.wait, attempt)
        except Transient:
            last = len(self._retries) - 1
            self.add(job, self._retries[min(attempt, last)], attempt + 1)
        finally:
            self._running -= 1

    def _wait(self) -> float | None:
        """Seconds until the next job is due, None when there is none."""
        if not self._due:
            return None
        return max(0.0, self._due[0][0] - asyncio.get_running_loop().time())
