"""Simulated machines: which of them runs a piece of code, and what is left of one that died."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any
from weakref import WeakSet

from faultsim.awaits import AwaitPoint


class SimulatedCrash(SystemExit):
    """The process that runs this code dies here and now; nobody may catch it.

    It has to be a SystemExit: any other exception is swallowed in the loop's callbacks.
    """


class Host:
    """One process. Code belongs to the host in whose context it was started, and dies with it.

    `vanish` hears of the death at once (the net closes the host's connections there), `died` is
    set by it. `points` counts the messages passed at which a process may crash, `await_point` says
    at which of its awaits it does.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.why = ""
        self.died = asyncio.Event()
        self.vanish: list[Callable[[], None]] = []
        self.points = 0
        self.await_point: AwaitPoint | None = None
        self.handler: Any = None
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self.remains: list[asyncio.Task[Any]] = []

    def __repr__(self) -> str:
        return f"Host({self.name}, {'alive' if self.alive else 'dead'})"

    def die(self, why: str) -> None:
        """End as a killed process does: nothing of it runs any more, not even cleanup."""
        if not self.alive:
            return
        self.alive = False
        self.why = why
        # Held on to: a coroutine that is let go of would run its cleanup.
        self.remains = list(self.tasks)
        for vanish in self.vanish:
            vanish()
        self.vanish.clear()
        self.died.set()

    def start(self, coro: Any, *, name: str = "") -> asyncio.Task[Any]:
        """Begin `coro` as the code of this host; whatever it starts belongs to this host too."""
        context = copy_context()
        context.run(HOST.set, self)
        loop = asyncio.get_running_loop()
        return loop.create_task(coro, name=name or self.name, context=context)


HOST: ContextVar[Host | None] = ContextVar("host", default=None)
"""The host whose code runs; None for the world outside of all hosts."""
