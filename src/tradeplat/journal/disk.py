"""Where blocking work on the journal is done: the live disk is one thread that nothing waits on."""

import asyncio
import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Protocol, Self, TypeVar

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for which leaving waits for a disk that hangs."""

SWITCH = 0.0001
"""Seconds for which a loop that is busy may keep the interpreter to itself while the thread wants
it. A commit wants it back after each statement: at the usual 5 ms a record on a fast disk would
take tens of them.
"""


class Disk(Protocol):
    """Does blocking work, one piece at a time, in the order asked; its faults reach who asked.

    A simulation's disk does it at once, and may die before it, with it written but not synced,
    or with it synced and nobody told.
    """

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` and answer with its result."""


class InlineDisk:
    """Does the work at once, where it is asked: for tests, and for tools that may block."""

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` and answer with its result."""
        return work()


class WriterThread:
    """The disk of a live session: one thread, between entering and leaving (a context).

    Work whose asker is cancelled is done all the same. Meanwhile threads of this process take
    turns more often.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._before = SWITCH

    def __enter__(self) -> Self:
        self._before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        self._thread = Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(PATIENCE)
            self._thread = None
        sys.setswitchinterval(self._before)

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` on the thread and answer with its result."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            result: list[T] = []
            with _Caught() as caught:
                result.append(work())
            loop.call_soon_threadsafe(_tell, answer, result, caught.error)

        self._jobs.put(job)
        return await answer

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except RuntimeError:  # the loop that asked is closed: there is nobody to tell
                continue


class _Caught:
    """Holds what its block raised, for whoever waits on another thread."""

    error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self.error = error
        return True


def _tell(answer: "asyncio.Future[T]", result: list[T], error: BaseException | None) -> None:
    if answer.cancelled():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(result[0])
