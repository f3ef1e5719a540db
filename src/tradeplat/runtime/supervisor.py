"""Tasks that fail alone: the only place in the house where a task begins."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Self

import numpy as np
import structlog

from tradeplat.core.errors import Corrupt, Throttled, Transient

log = structlog.get_logger()

PATIENCE = 5.0
"""Seconds a cancelled task is waited for: one that swallows its cancellation is left behind."""

LEAST = 0.05
"""Seconds that each task gets at least, however long others took."""

MOST_RESTARTS = 20
"""Restarts in a row after which a task that can be spared is quarantined."""

DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before the nth restart; the last one repeats."""

Body = Callable[[], Awaitable[None]]


class OnFault(Enum):
    """What a fault that is not transient does."""

    QUARANTINE = "quarantine"
    """This task alone stops; the others never notice."""
    FATAL = "fatal"
    """The house cannot trade without this task: everything stops in order."""


class Supervisor:
    """Runs named tasks. A transient fault restarts one, any other fault stops its scope.

    Use as an async context: leaving it cancels what still runs and waits for it. `fatal` is set
    to the first fault of a task without which nothing may go on, and `failed` tells who waits.
    Delays grow with each restart, jittered by `rng`, and start over after `quiet` seconds of
    running well; a fault that says how long to wait is taken at its word. A task that can be
    spared and never runs well is quarantined in the end.
    `on_quarantine` hears the name and the fault of each quarantined task.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        on_quarantine: Callable[[str, Exception], None] | None = None,
        delays: tuple[float, ...] = DELAYS,
        quiet: float = 60.0,
    ) -> None:
        self._rng = rng
        self._on_quarantine = on_quarantine
        self._delays = delays
        self._quiet = quiet
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping: set[str] = set()
        self.quarantined: dict[str, Exception] = {}
        self.restarts: dict[str, int] = {}
        self.fatal: Exception | None = None
        self.failed = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_all("")

    async def stop_all(self, *prefixes: str) -> None:
        """Stop every task whose name begins so, one prefix after the other."""
        # One bound for all: tasks that swallow their cancellation must not add up.
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        for prefix in prefixes:
            for name in [one for one in self._tasks if one.startswith(prefix)]:
                await self.stop(name, max(LEAST, deadline - loop.time()))

    @property
    def running(self) -> list[str]:
        """Names of the tasks that have not ended."""
        return sorted(self._tasks)

    def start(self, name: str, body: Body, on_fault: OnFault = OnFault.QUARANTINE) -> None:
        """Begin `body` as task `name`; a name may run once at a time."""
        if name in self._tasks:
            raise ValueError(f"task {name} runs already")
        self.quarantined.pop(name, None)
        task = asyncio.get_running_loop().create_task(self._run(name, body, on_fault), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._ended(name, done, on_fault))

    async def stop(self, name: str, patience: float | None = None) -> None:
        """Cancel task `name` and wait until it has cleaned up; an unknown name is stopped."""
        task = self._tasks.get(name)
        if task is None or task is asyncio.current_task():
            return
        self._stopping.add(name)
        task.cancel()
        patience = PATIENCE if patience is None else patience
        _, alive = await asyncio.wait([task], timeout=patience)
        if alive:
            log.error("task_stuck", task=name, waited=patience)
            self._tasks.pop(name, None)

    def hear(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Take in what reached nobody (as the loop's exception handler).

        A fault in a callback or timer ends what it drove without a word, so it is fatal; of the
        rest (a future nobody asked, a transport at its end) only the log is told.
        """
        error = context.get("exception")
        if "handle" in context and isinstance(error, Exception):
            self._fault("callback", error, OnFault.FATAL)
            return
        log.error("unheard", message=context.get("message", ""), error=repr(error))

    def _ended(self, name: str, task: asyncio.Task[None], on_fault: OnFault) -> None:
        if self._tasks.get(name) is task:
            del self._tasks[name]
            if task.cancelled() and name not in self._stopping:
                # Nobody here wanted that: a death without a word would go unnoticed.
                self._fault(name, Corrupt(f"task {name} was cancelled by somebody"), on_fault)
        self._stopping.discard(name)

    async def _run(self, name: str, body: Body, on_fault: OnFault) -> None:
        attempt = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await body()
            except Transient as error:
                attempt = 0 if loop.time() - began >= self._quiet else attempt
                if attempt >= MOST_RESTARTS and on_fault is OnFault.QUARANTINE:
                    self._fault(name, error, on_fault)
                    return
                delay = self._delay(attempt)
                if isinstance(error, Throttled):
                    # Who was told when to come back has no reason to come ever more seldom.
                    delay = error.wait
                else:
                    attempt += 1
                self.restarts[name] = self.restarts.get(name, 0) + 1
                log.warning("task_restarting", task=name, delay=round(delay, 2), error=repr(error))
                await asyncio.sleep(delay)
            except Exception as error:  # noqa: BLE001  # the one broad except: a bug stops its scope
                self._fault(name, error, on_fault)
                return
            else:
                return

    def _delay(self, attempt: int) -> float:
        base = self._delays[min(attempt, len(self._delays) - 1)]
        return base * float(self._rng.uniform(0.8, 1.2))

    def _fault(self, name: str, error: Exception, on_fault: OnFault) -> None:
        log.error("task_failed", task=name, on_fault=on_fault.value, exc_info=error)
        if on_fault is OnFault.FATAL:
            self.fatal = self.fatal or error
            self.failed.set()
            return
        self.quarantined[name] = error
        if self._on_quarantine is not None:
            self._on_quarantine(name, error)
