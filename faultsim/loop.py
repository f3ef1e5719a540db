"""An event loop on virtual time: it never waits, and the seed alone decides what happens when."""

import asyncio
import gc
import heapq
import math
import socket
import sys
import time
import warnings
from asyncio import base_events
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from operator import attrgetter
from typing import Any, TypeVar, TypeVarTuple

import numpy as np
from aiohttp import helpers

from faultsim.awaits import AwaitPoint
from faultsim.host import HOST, Host, SimulatedCrash
from faultsim.net import Net

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

WALL_BASE = 1_767_600_000_000_000_000
"""5 January 2026, 08:00 UTC."""

_FEW_TIMERS = 100
_MOST_ROUNDS = 1_000_000
_DRAWN = 1 << 14
_ROUNDS = 5

# What a handle keeps to itself, and a loop of one's own has to know.
_context: Callable[[asyncio.Handle], Context] = attrgetter("_context")
_callback: Callable[[asyncio.Handle], Any] = attrgetter("_callback")


class _Timer(asyncio.TimerHandle):
    """A timer that is counted when it is cancelled: the base class asks whether it is set."""

    __slots__ = ()
    _scheduled: bool


class Deadlock(AssertionError):
    """Nothing is ready and no timer is set: everybody waits for ever."""


class Endless(AssertionError):
    """The run goes on past the virtual time it was given."""


class Livelock(AssertionError):
    """Code keeps itself busy without letting time pass."""


class SimLoop(base_events.BaseEventLoop):
    """Runs unmodified asyncio code in virtual time, in this thread, without the kernel.

    `time()` moves on to the next timer when nothing is ready. With `shuffle` the tasks that are
    ready at one moment run in an order drawn from the seed; callbacks that are no steps of tasks
    keep their places, for transports and futures rely on their order. `net` carries every
    connection. Threads are run at once (executor) or refused; so are files, pipes and signals.
    """

    _ready: deque[asyncio.Handle]
    _stopping: bool
    _timer_cancelled_count: int

    def __init__(self, seed: int | Sequence[int] = 0, *, shuffle: bool = True) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)
        self.net = Net(self, np.random.default_rng(self.rng.integers(1 << 63)))
        self.shuffle = shuffle
        self.signals: dict[int, Callable[[], object]] = {}
        """Handlers that code has asked for; whoever drives the simulation may call them."""
        self.steps = 0
        """Callbacks run so far."""
        self.limit = math.inf
        """Virtual seconds on the clock that nobody may live to see."""
        self.on_crash: Callable[[Host], None] | None = None
        self.wall_base = WALL_BASE
        """What `wall_ns` shows at virtual time 0; whoever sets the machine's clock changes it."""
        self._now = 1000.0
        self._rounds = 0
        self._drawn: list[int] = []
        self._timers: list[tuple[float, int, _Timer]] = []
        self._set = 0

    def time(self) -> float:
        """Virtual seconds; they begin at 1000."""
        return self._now

    def time_ns(self) -> int:
        """The same in nanoseconds, for clocks that count so (`monotonic` seams)."""
        return round(self._now * 1e9)

    def wall_ns(self) -> int:
        """What the machine's clock shows: the virtual time, from a fixed day on, as it was set."""
        return self.wall_base + self.time_ns()

    def step_clock(self, seconds: float) -> None:
        """Let `seconds` pass in which nobody runs, as if the machine had been stopped."""
        self._now += seconds

    # The heart ----------------------------------------------------------------------------

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at `when`; timers of one instant keep the order in which they were set."""
        timer = _Timer(when, callback, args, self, context)
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, timer))
        timer._scheduled = True
        return timer

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call in `delay` seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        ready, timers = self._ready, self._forget_cancelled()
        if not ready and not self._stopping:
            if not timers:
                raise Deadlock(f"nothing is ready and no timer is set at {self._now:.6f} s")
            first = timers[0][0]
            if first > self.limit:
                raise Endless(f"not over at {self.limit:.3f} s")
            if first > self._now:
                self._now = first
                self._rounds = 0
        # Not a whit early: nothing else moves this clock on while somebody waits for a whit.
        while timers and timers[0][0] <= self._now:
            due = heapq.heappop(timers)[2]
            due._scheduled = False
            ready.append(due)
        self._rounds += 1
        if self._rounds > _MOST_ROUNDS:
            raise Livelock(f"{_MOST_ROUNDS} rounds without any time passing at {self._now:.6f} s")
        if self.shuffle and len(ready) > 1:
            self._permute()
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                self._step(handle)

    def _step(self, handle: asyncio.Handle) -> None:
        host: Host | None = _context(handle).get(HOST)
        if host is None:
            self.steps += 1
            handle._run()
        elif host.alive:
            self.steps += 1
            try:
                if host.await_point is None or not _is_step(handle):
                    handle._run()
                else:
                    self._waited(host, host.await_point, handle)
            except SimulatedCrash as crash:
                self.crash(host, str(crash))

    def _waited(self, host: Host, point: AwaitPoint, handle: asyncio.Handle) -> None:
        """A step of a task, before or after which its process may die."""
        task: asyncio.Task[Any] = _callback(handle).__self__
        if point.phase == "after":
            handle._run()
        where = "" if task.done() else point.reached(task)
        if where:
            host.await_point = None
            raise SimulatedCrash(f"{point.phase} await {where}")
        if point.phase == "before":
            handle._run()

    def crash(self, host: Host, why: str) -> None:
        """Let `host` die now."""
        host.die(why)
        if self.on_crash is not None:
            self.on_crash(host)

    def timers(self, host: Host) -> list[str]:
        """What `host` has set to be called later; what the net carries for it does not count."""
        mine = (
            _callback(timer)
            for _, _, timer in self._timers
            if not timer.cancelled() and _context(timer).get(HOST) is host
        )
        return [
            getattr(called, "__qualname__", repr(called))
            for called in mine
            if getattr(called, "__module__", "") != Net.__module__
        ]

    def _forget_cancelled(self) -> list[tuple[float, int, _Timer]]:
        timers = self._timers
        if self._timer_cancelled_count > max(_FEW_TIMERS, len(timers) // 2):
            for _, _, handle in timers:
                if handle.cancelled():
                    handle._scheduled = False
            timers = self._timers = [timer for timer in timers if not timer[2].cancelled()]
            heapq.heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0][2].cancelled():
            self._timer_cancelled_count -= 1
            heapq.heappop(timers)[2]._scheduled = False
        return timers

    def _permute(self) -> None:
        """Put the steps of tasks that are ready into an order of chance."""
        ready = self._ready
        places = [at for at, handle in enumerate(ready) if _is_step(handle)]
        if len(places) < 2:
            return
        handles = list(ready)
        for last in range(len(places) - 1, 0, -1):
            a, b = places[last], places[self._draw() % (last + 1)]
            handles[a], handles[b] = handles[b], handles[a]
        ready.clear()
        ready.extend(handles)

    def _draw(self) -> int:
        if not self._drawn:
            self._drawn = self.rng.integers(0, 1 << 32, _DRAWN).tolist()
        return self._drawn.pop()

    def create_task(
        self,
        coro: Generator[Any, None, _T] | Coroutine[Any, Any, _T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[_T]:
        """Begin a task; its host keeps it, so that nobody cleans up after the dead."""
        task: asyncio.Task[_T] = super().create_task(
            coro, name=None if name is None else str(name), context=context
        )
        host = HOST.get() if context is None else context.get(HOST)
        if host is not None:
            host.tasks.add(task)
        return task

    # What the base class leaves to the platform -------------------------------------------

    def _process_events(self, event_list: Sequence[Any]) -> None:
        """No events come from outside."""

    def _write_to_self(self) -> None:
        """Nobody has to be woken: there is one thread."""

    def run_in_executor(
        self, executor: object, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """Run `func` here and now; the future is done when this returns."""
        future: asyncio.Future[_T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # whatever it was, the future has it
            future.set_exception(error)
        return future

    async def shutdown_default_executor(
        self,
        timeout: float | None = None,  # noqa: ASYNC109  # the loop's own signature
    ) -> None:
        """There is none."""

    def set_exception_handler(self, handler: Any) -> None:
        """Each host has a handler of its own; the world's hears of the rest."""
        host = HOST.get()
        if host is None:
            super().set_exception_handler(handler)
        else:
            host.handler = handler

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell the handler of the host whose code failed."""
        host = HOST.get()
        if host is None or host.handler is None:
            if host is None or host.alive:
                super().call_exception_handler(context)
        elif host.alive:
            host.handler(self, context)

    def add_signal_handler(self, sig: int, callback: Callable[[*_Ts], object], *args: *_Ts) -> None:
        """Keep the handler in `signals`."""
        self.signals[int(sig)] = lambda: callback(*args)

    def remove_signal_handler(self, sig: int) -> bool:
        """Forget the handler."""
        return self.signals.pop(int(sig), None) is not None

    # The net is this loop -----------------------------------------------------------------

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[tuple[Any, ...]]:
        """Every name is an address of its own."""
        address = await self.net.resolve(host, port)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect as far as the peer's machine would answer; `create_connection` does the rest."""
        await self.net.reach(address)
        self.net.asked[sock.fileno()] = address

    async def create_connection(  # type: ignore[override]  # of two dozen options, those in use
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        ssl: object = None,
        **_: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """A connection in memory, to what listens at the address that was asked for."""
        if ssl:
            raise ValueError("the simulated net carries no TLS")
        if sock is not None:
            address = self.net.asked.pop(sock.fileno())
            sock.close()
        else:
            address = await self.net.resolve(host, port)
            await self.net.reach(address)
        return await self.net.connect(protocol_factory, address)

    async def create_server(
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: Any = None,
        port: int | None = None,
        **_: Any,
    ) -> Any:
        """Listen at an address; port 0 takes a free one."""
        return self.net.listen(protocol_factory, (host or "127.0.0.1", port or 0))

    async def create_unix_connection(  # type: ignore[override]  # those in use alone
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], path: Any = None, **_: Any
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """As `create_connection`; the path is the address."""
        await self.net.reach(str(path))
        return await self.net.connect(protocol_factory, str(path))

    async def create_unix_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], path: Any = None, **_: Any
    ) -> Any:
        """As `create_server`; the path is the address."""
        return self.net.listen(protocol_factory, str(path))

    # The end ------------------------------------------------------------------------------

    def abandon(self) -> None:
        """Let go of every task that still waits, so that nothing of them runs later on.

        The dead leave coroutines in the middle of `async with`; closing them here keeps the
        garbage collector from doing it at a moment of its own.
        """
        for host in self.net.hosts:
            host.die("the world has ended")
        self._ready.clear()
        self._timers.clear()
        for _ in range(_ROUNDS):
            # Cleanup may begin tasks of its own.
            left = asyncio.all_tasks(self)
            for task in left:
                task._log_destroy_pending = False  # type: ignore[attr-defined]  # no public way
                _close(task.get_coro())
            self._ready.clear()
            self._timers.clear()
            if not asyncio.all_tasks(self) - left:
                return


def _close(coro: Any) -> None:
    """Close a coroutine, however often its cleanup waits again."""
    for _ in range(8):
        try:
            coro.close()
        except (RuntimeError, ValueError):
            continue
        except BaseException:  # noqa: BLE001  # what its cleanup raises matters to nobody
            return
        return


def _is_step(handle: asyncio.Handle) -> bool:
    return isinstance(getattr(_callback(handle), "__self__", None), asyncio.Task)


@contextmanager
def in_virtual_time(loop: SimLoop) -> Iterator[None]:
    """Let the web framework stamp its answers with the loop's wall clock."""

    class Clock:
        """The module `time` as far as the framework uses it."""

        gmtime = staticmethod(time.gmtime)
        monotonic = staticmethod(loop.time)
        perf_counter = staticmethod(loop.time)

        @staticmethod
        def time() -> float:
            return loop.wall_ns() / 1e9

    before = vars(helpers)["time"]
    vars(helpers)["time"] = Clock
    try:
        yield
    finally:
        vars(helpers)["time"] = before


@contextmanager
def muted(*, collect: bool = True) -> Iterator[None]:
    """Ignore what the dead say on their way out: unclosed sessions, cleanup that cannot go on.

    With `collect` they are all gone afterwards.
    """
    before = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
            if collect:
                gc.collect()
    finally:
        sys.unraisablehook = before
