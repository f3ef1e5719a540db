"""One process of a simulated session: the very classes that trade live, on the world's machine."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

import structlog

from faultsim import trader
from faultsim.bounds import MOST_POSITION, MOST_TRADES
from faultsim.clocks import Clocks
from faultsim.disk import FaultySqlite, SimDisk
from faultsim.host import Host
from faultsim.market import SYMBOLS, start_of
from faultsim.schedule import Schedule
from faultsim.spy import WATCHER, SpyLog
from tradeplat.app import feeding, keyboard, live, plugins
from tradeplat.app.closing import Remains
from tradeplat.app.live import Live
from tradeplat.app.machine import Machine
from tradeplat.app.place import Place
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.session import Request, configured
from tradeplat.app.settings import Plug, Settings
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.core.market import SECOND
from tradeplat.journal import tables
from tradeplat.runtime import strategy_manager, watchdog_loop
from tradeplat.streams import client

STRATEGY = "sim_trader"
_TICK = 0.2
"""Seconds between a stream's looks at the clock: a tenth of the real rate, for it is costly."""


class Daemon:
    """One life of the process, on a host of its own; `ended` is set when it is over."""

    def __init__(
        self, schedule: Schedule, host: Host, disk: SimDisk, clocks: Clocks, url: str
    ) -> None:
        self.host = host
        self.stop = asyncio.Event()
        self.ended = asyncio.Event()
        self.session: Live | None = None
        """The session from the beginning of its start on."""
        self.live: Live | None = None
        """The session while it trades and closes."""
        self.trading = False
        self.remains: Remains | None = None
        self.fault: Exception | None = None
        """What ended it, None after an orderly end."""
        self.on_live: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        """Called as the session begins to end, whatever the reason."""
        self._schedule = schedule
        self._disk = disk
        self._clocks = clocks
        self._url = url

    async def body(self) -> None:
        """Live."""
        try:
            await self._session()
        except Exception as error:  # noqa: BLE001  # the world judges what may end a process
            self.fault = error
        finally:
            if self.host.alive:
                self.live = None
                self.ended.set()

    async def _session(self) -> None:
        logs = self._disk.take_over()
        folder = RunFolder(logs / self.host.name)
        folder.path.mkdir()
        place = _place(self._url)
        machine = Machine(self._clocks.steady, self._clocks.wall, self._disk.opened, 0)
        plan = self._schedule
        settings = sim_settings(
            plan.symbols,
            plan.strategies,
            plan.quantity,
            plan.seed,
            start_of(plan.day) + int(plan.trading * SECOND),
            chance=plan.chance,
            logs=logs,
        )
        session = Live(settings, folder, place, quiet=True, machine=machine)
        self.session = session
        async with session:
            self.live, self.trading = session, True
            self.on_live()
            self.fault = await session.trade(self.stop, None)
            self.trading = False
            self.on_end()
            self.remains = await session.close(self._schedule.on_exit)


def _place(url: str) -> Place:
    stream = url.replace("http", "ws", 1) + "/v2/sip"
    return Place("sim", url, url, stream, "builtin", KEY, SECRET)


@lru_cache(maxsize=256)
def _base(symbols: int, strategies: int, quantity: int, venue: str) -> Settings:
    request = Request(
        typed={
            "scanner": {"use": "constant", "tickers": list(SYMBOLS[:symbols])},
            "stream": {"use": "alpaca", "spans": [1]},
        },
        strategies=(STRATEGY,) * strategies,
    )
    sets = [
        f"risk.sizing.quantity={float(quantity)}",
        "risk.entry_seconds=6",
        "desks.warmup_bars=30",
        "desks.poll_seconds=30",
        "keys.stop=0.004",
        f"risk.max_open_trades={MOST_TRADES}",
        f"risk.max_position={MOST_POSITION}",
    ]
    return configured(request, None, [*sets, f"venue.url={venue}"] if venue else sets)


def sim_settings(  # noqa: PLR0913  # the numbers of a world, each its own
    symbols: int,
    strategies: int,
    quantity: int,
    seed: int,
    until: int,
    *,
    chance: float,
    logs: Path,
    venue: str = "",
) -> Settings:
    """The settings of a session whose strategies act at random until `until` (UTC ns)."""
    base = _base(symbols, strategies, quantity, venue)
    plugs = tuple(
        Plug.model_validate(
            {"use": plug.use, "seed": seed * 10 + number, "chance": chance, "until": until}
        )
        for number, plug in enumerate(base.strategy)
    )
    run = base.run.model_copy(update={"logs": logs})
    return base.model_copy(update={"strategy": plugs, "run": run})


class _Clock:
    """The module `time` for code that measures how long people or handlers take."""

    @staticmethod
    def monotonic_ns() -> int:
        return _now_ns()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class _NoCollector:
    """Leaves the garbage to whoever runs many worlds in one process."""

    def __init__(self, idle: object) -> None:
        self.full = 0
        self.worst_ms = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to give back."""

    async def run(self) -> None:
        """Rest."""
        await asyncio.get_running_loop().create_future()


_find = plugins.find
"""Looks through every installed package, each time."""


@cache
def _found(kind: str, name: str) -> type[Any]:
    return _find(kind, name)


async def _rest(_: object) -> None:
    """Do nothing, for ever."""
    await asyncio.get_running_loop().create_future()


def _now_ns() -> int:
    loop = asyncio.get_running_loop()
    return int(loop.time() * 1e9)


def _remarked(_: object, method: str, event: MutableMapping[str, Any]) -> str:
    """What would be logged goes to whoever watches, from warnings upwards."""
    watcher = WATCHER.get(None)
    if watcher is not None and method in {"warning", "error", "critical", "exception"}:
        watcher.remarked(f"{method} {dict(event)}")
    raise structlog.DropEvent


@contextmanager
def staged() -> Iterator[None]:
    """Everything of the house that looks at a real clock or fills a file, turned to the world.

    Nothing that decides is touched: only where time is read, how often idle parts look, and where
    records go.
    """
    sys.modules["tradeplat.strategies." + STRATEGY] = trader
    swaps: list[tuple[Any, str, Any]] = [
        (client, "TICK", _TICK),
        (feeding, "LOOK_SECONDS", _TICK),
        (watchdog_loop.LoopWatch, "run", _rest),
        (plugins, "find", _found),
        (live, "EventLog", SpyLog),
        (live, "Collector", _NoCollector),
        (keyboard, "time", _Clock()),
        (tables, "sqlite3", FaultySqlite()),
        (strategy_manager, "perf_counter_ns", _now_ns),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in swaps]
    logs, loud = structlog.get_config(), logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[_remarked], cache_logger_on_first_use=False)
    try:
        for owner, name, value in swaps:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
        structlog.configure(**logs)
        logging.disable(loud)
        sys.modules.pop("tradeplat.strategies." + STRATEGY, None)
