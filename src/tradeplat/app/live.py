"""The parts of one live session, joined: edges, desks, executor, manager, display."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from decimal import Decimal
from functools import partial
from typing import Any, Self

import numpy as np
import structlog
from msgspec.structs import replace

from tradeplat.app import (
    bounds,
    controlling,
    edges,
    following,
    halting,
    journaling,
    killing,
    listings,
    protecting,
    recovery,
    tapping,
    watching,
    wiring,
)
from tradeplat.app.clockwork import Clockwork
from tradeplat.app.closing import Closing, Remains
from tradeplat.app.display import Snapshot, look, ranking
from tradeplat.app.environment import admitted
from tradeplat.app.feeding import Feeding
from tradeplat.app.gauges import Gauges
from tradeplat.app.headers import Begun, header
from tradeplat.app.interruption import first
from tradeplat.app.keyboard import Keyboard
from tradeplat.app.machine import REAL, Machine
from tradeplat.app.measuring import Stopwatch, numbers
from tradeplat.app.place import Place
from tradeplat.app.readiness import until
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.screen import Screen
from tradeplat.app.settings import Settings
from tradeplat.app.terminal import keys, usable
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order
from tradeplat.core.record import RUN
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.hotkeys import Terms
from tradeplat.execution.timings import Seams, Timings
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.events import EventLog
from tradeplat.runtime.collector import Collector
from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.pacing import Counts, PacedClock, Pacer
from tradeplat.runtime.strategy_manager import DESK, WATCH, StrategyManager
from tradeplat.runtime.supervisor import OnFault, Supervisor
from tradeplat.runtime.wall_clock import FollowedClock
from tradeplat.runtime.watchdog import HandlerWatch
from tradeplat.streams.client import Services
from tradeplat.streams.turns import Way

log = structlog.get_logger()

LAST_MINUTE = 60 * SECOND
"""Trading ends this much market time before what the venue plays is over."""

LAST_WORDS = 2.0
"""Wall seconds for the alarms that still wait when everything else has ended."""


class Live:
    """One session from first connection to last order (an async context).

    Entering connects, reads the account and starts every supervised task; `trade` returns when
    the session is over, with the fault that ended it if one did; leaving stops every task.
    """

    def __init__(
        self,
        settings: Settings,
        folder: RunFolder,
        place: Place,
        *,
        quiet: bool,
        machine: Machine = REAL,
    ) -> None:
        self._settings = bounds.suited(settings, place.speed, lockstep=place.lockstep)
        self._folder = folder
        self._place = place
        self._quiet = quiet
        self._machine = machine
        self._stack = AsyncExitStack()
        self.metrics = Metrics()
        self._stopwatch = Stopwatch()
        self.start_equity = Decimal(0)
        self._rng = np.random.default_rng(settings.run.seed)
        self._pacer: Pacer | None = None
        self._pager = watching.pager(settings, folder)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._join(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def trade(self, stop: asyncio.Event, duration: int | None) -> Exception | None:
        """Trade until `stop`, a key, the venue's end, `duration` of market time, or a fault."""
        ends = [self._over_at(end) for end in self._ends(duration)]
        self.stops.guarded(needed=True)
        await first(stop, *ends, self.keyboard.quit, self.supervisor.failed)
        self.manager.stop()
        fault = self.supervisor.fatal
        if fault is not None:
            self._alarm("STOPPED_BY_FAULT", f"the session ends: {fault!r}")
        return fault

    async def close(self, on_exit: str) -> Remains:
        """End trading in order and write what the run leaves."""
        if self._pacer is not None and on_exit != "leave":
            # To confirm what is withdrawn and closed now, the venue has to go on.
            self._pacer.go_on()
        process = self._place.process
        # A venue that is gone confirms nothing: there is nothing to ask and nothing to wait for.
        remains = await self.closing().close(
            "leave" if process is not None and process.gone else on_exit
        )
        self.stops.guarded(needed=False)
        self.start.memories.save_all()
        self.recorder.note(self.clock.now(), "left", {"lines": list(remains.lines())})
        return remains

    def closing(self) -> Closing:
        """What ends the trading of this session, and knows what that leaves."""
        executor, killer = self.executor, self.stops.killer
        flatten = partial(killer.flatten, None, "the exit", "the session ends")
        return Closing(self.desks.floor, self.desks.tracker, executor, self.clock, flatten)

    async def _join(self, stack: AsyncExitStack) -> None:
        settings, place = self._settings, self._place
        enter = stack.enter_async_context
        self.clock: PacedClock | FollowedClock = (
            PacedClock()
            if place.lockstep
            else FollowedClock(0, place.speed, self._machine.monotonic)
        )
        self._open_record(stack)
        self.broker = await enter(edges.broker(settings, place, self.clock))
        self._follower = await following.begun(self.broker, self.clock, place.speed, self._alarm)
        await self._open_account(stack)
        self.supervisor = await enter(Supervisor(self._rng, self._quarantined))
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self.supervisor.hear)
        stack.callback(loop.set_exception_handler, None)
        stream = await enter(edges.stream(settings, place, self._services()))
        self.client = stream.client
        self._scanner = await enter(edges.scanner(settings, place, self.clock, self.client))
        floor, terms = self.desks.floor, wiring.terms(settings)
        self.manager = StrategyManager(
            self._scanner, stream.client, floor, self.clock, self.supervisor, terms
        )
        # What is left after this closes their feeds, in whose midst a desk may be.
        stack.push_async_callback(self.supervisor.stop_all, "manager", DESK, WATCH)
        self.manager.watch = HandlerWatch(self.metrics, self._slow)
        self.keyboard = self._keyboard()
        self._collector = stack.enter_context(Collector(self._idle))
        work = Clockwork(floor, self.clock, self.broker, self._alarm)
        await work.begin(self.supervisor, place, self._machine, self._follower)
        self._start(stream)
        await enter(controlling.opened(self))
        await until(lambda: self.executor.account.live, "the account's feed", self.supervisor)
        Feeding(floor, self.clock, self.client, self._alarm).begin(self.supervisor, place)
        if self._typing:
            stack.enter_context(keys(sys.stdin, sys.stderr, self.keyboard.press))
        await self._open_desks()

    def _open_record(self, stack: AsyncExitStack) -> None:
        """Begin the record, and let alarms go there and to people to the very end."""
        self.recorder = stack.enter_context(
            EventLog(
                self._folder.events,
                lambda line: log.error("record_failed", line=line),
                int(SECOND * self._place.speed),
            )
        )
        self.scene, witness = tapping.begun(self.recorder, self._settings, self._machine)
        self.witness = witness
        self._alarm = watching.Voice(self._pager, witness, self.clock)
        stack.push_async_callback(self._pager.drain, LAST_WORDS)

    async def _open_desks(self) -> None:
        """Let desks open: where an earlier session left something, then what the list names."""
        await self.start.settled(self.executor.account)
        self.manager.reopen(self.start.symbols)
        self.supervisor.start("manager", self.manager.run, OnFault.FATAL)
        if isinstance(self.clock, PacedClock):
            await self._walk_in_lockstep(self.clock, self.client)

    async def _open_account(self, stack: AsyncExitStack) -> None:
        """Desks, gate and executor of the account, as the venue has it now."""
        account = await edges.answered(self.broker.account)
        self.account_id = account.id
        self._foreign = admitted(self._settings, self._place, account.id)
        self.digest = RunDigest()
        self.where = killing.Where(self._settings, self._folder, self._place, self._machine)
        ears = journaling.ears(lambda: self.desks.floor, self.clock, self._alarm, self.metrics)
        lease = await stack.enter_async_context(recovery.leased(self._settings, account.id))
        opening = journaling.opened(self.where, account.id, self.clock, ears)
        self.journal, self.recovered, self._disk = await stack.enter_async_context(opening)
        joined = wiring.Account(account.id, account.cash)
        witnesses = wiring.Witnesses(self.digest, self.witness, self.digest.fill)
        self.desks = wiring.join(self._settings, nyse_calendar(), joined, witnesses)
        self.start_equity = account.equity
        self._write_header(joined)
        # A venue that waits for us plays the same day again only if orders come in one order.
        abreast = 1 if self._place.lockstep else Timings().abreast
        ttl = Timings(ttl=int(2 * SECOND * max(1.0, self._place.speed)), abreast=abreast)
        seams = Seams(self.journal, self._alarm, self._objection)
        self.executor = OrderExecutor(
            self.broker, self.desks.tracker, self.desks.floor, self.clock, ttl, seams
        )
        self.desks.house.install(self.executor)
        protecting.join(self.desks.house, self._place, seams)
        epoch, alarm = self.recovered.epoch, self._alarm
        leans = killing.Leans(self.broker, self.clock, alarm, self.metrics, self.account_id)
        leans = leans._replace(journal=self.journal, epoch=lambda: epoch, barred=self._barred)
        self.stops = killing.joined(self.where, self.desks, self.executor, leans)
        found = recovery.Found(self.recovered, account)
        parts = recovery.Parts(self.desks.floor, self.executor, self.broker, self.journal)
        self.start = recovery.begun(lease, found, parts, self._alarm)
        self.halts = halting.joined(
            self._settings, self.desks, self.clock, self.journal, self._alarm
        )
        self.halts.begin(self.stops.killer, self.recovered)

    def _write_header(self, joined: wiring.Account) -> None:
        settings, now = self._settings, self.clock.now()
        name, feed = self._folder.path.name, edges.feeds(settings, self._place)
        begun = Begun(name, settings.run.mode, feed, joined.id, joined.cash, now)
        seeds = {"run": settings.run.seed, "venue": settings.venue.seed}
        self.recorder.note(now, RUN, header(settings, begun, seeds).body())

    def _services(self) -> Services:
        """What the stream client leans on."""
        return Services(
            self.clock,
            self._rng,
            observe=partial(self.metrics.observe, "decode_to_desk"),
            alarm=self._alarm,
            sync=None if self._follower is None else self._follower.catch_up,
            way=Way(lambda: self.executor.sending, lambda: self.journal.committing),
        )

    async def _walk_in_lockstep(self, clock: PacedClock, client: Any) -> None:
        """Let the venue go from instant to instant with us, once the first desks are open."""
        await until(
            lambda: self.manager.polls > 0 and client.drained, "the first desks", self.supervisor
        )
        place = self._place
        headers = {"APCA-API-KEY-ID": place.key, "APCA-API-SECRET-KEY": place.secret}

        def counts() -> Counts:
            still = self.executor.idle and self.stops.killer.idle
            idle = client.drained and still and not self.manager.polling
            broker = self.broker
            return Counts(client.received, broker.updates_taken, broker.order_requests, idle)

        name = f"{self._folder.path.name}-{os.getpid()}"
        self._pacer = Pacer(place.trading_url, headers, clock, counts, client.tick, name)
        self._pacer.settle = self.halts.settling(protecting.settling(self.desks.house))
        self.supervisor.start("pace", self._pacer.run, OnFault.FATAL)

    def _start(self, stream: "edges.Stream") -> None:
        """Begin everything that has to run for an order to be possible, then the rest."""
        start = self.supervisor.start
        self.manager.opened = self.stops.watches.opened
        start("alerts", self._pager.run)
        start("journal", self.journal.run, OnFault.FATAL)
        if self._machine.reserve:
            start("disk", self._disk.run)
        losses = self.halts.bodies(lockstep=self._place.lockstep)
        own = {**self.executor.bodies(), **self.stops.bodies(), **self.start.bodies(), **losses}
        for name, body in {**own, **stream.bodies}.items():
            start(name, body, OnFault.FATAL)
        if self._follower is not None:
            start("clock", self._follower.run, OnFault.FATAL)
        if self._place.process is not None:
            start("venue", self._place.process.watch, OnFault.FATAL)
        protecting.watch(self.supervisor, self.desks.house, self.clock, self._place)
        listings.watch(self.supervisor, self.broker, self.desks.floor, self.clock, stream.days)
        start("collector", self._collector.run)
        if not self._quiet:
            screen = Screen(self.look, changed=self.keyboard.changed)
            start("display", screen.run)
        start("keys", self.keyboard.run)

    def _keyboard(self) -> Keyboard:
        settings, floor = self._settings, self.desks.floor
        terms = Terms(offset=settings.keys.offset, stop=settings.keys.stop)
        account = self.executor.account
        keyboard = Keyboard(
            floor,
            self.clock,
            wiring.keypad(settings),
            terms,
            lambda: ranking(floor),
            lambda: account.live,
        )
        self._typing = not self._quiet and usable(sys.stdin) and sys.stderr.isatty()
        keyboard.trip = self.stops.killer.trip
        return keyboard

    def _idle(self) -> bool:
        """True while nothing is held and nothing works."""
        tracker = self.desks.tracker
        held = any(position.quantity for position in tracker.positions.values())
        return not held and not tracker.open_orders

    def numbers(self) -> dict[str, object]:
        """Everything that was counted and measured so far."""
        parts = {**self.gauges().read(), "risk": self.halts.numbers()}
        return numbers(self.metrics, parts, self._stopwatch.cost())

    def look(self) -> Snapshot:
        """What a person would see of the session right now."""
        shot = look(
            self.desks.floor,
            f"{self._settings.run.mode} on {self._place.name}",
            self.clock.now(),
            self.start_equity,
            self._scanner.explain(),
        )
        return replace(shot, keys=self.keyboard.view()) if self._typing else shot

    def gauges(self) -> Gauges:
        """What counts in this session."""
        return Gauges(
            self.broker,
            self.client,
            self.desks,
            self.supervisor,
            self.manager,
            self._collector,
            self.recorder,
        )

    def _ends(self, duration: int | None) -> list[int]:
        """Instants after which there is no more trading."""
        margin = 0 if self._place.lockstep else LAST_MINUTE
        ends = [self._place.end - margin] if self._place.end else []
        if duration is not None:
            ends.append(self.clock.now() + duration)
        return ends

    def _over_at(self, end: int) -> asyncio.Event:
        """Set once `end` has come; in lockstep nothing after it is played before that is seen."""
        if self._pacer is not None and (not self._place.end or end < self._place.end):
            self._pacer.hold_after(end)
            return self._pacer.held
        over = asyncio.Event()

        async def until_end() -> None:
            await self.clock.sleep_until(end)
            over.set()

        self.supervisor.start(f"end-{end}", until_end)
        return over

    def _objection(self, order: Order) -> str:
        """What has come to stand against an approved order since the gate passed it."""
        stopped = self._barred() or self.stops.killer.objection(order)
        return stopped or self.desks.house.gate.objection(order, self.clock.now())

    def _barred(self) -> str:
        """Why this process may not touch the account at all, empty when it may."""
        return self._foreign() or self.start.owner.objection()

    def _quarantined(self, task: str, error: Exception) -> None:
        self.manager.quarantine(task, error)
        self._alarm("QUARANTINED", f"{task}: {error!r}")
        if blind := watching.blind(self.desks.floor, task):
            self._alarm("UNPROTECTED", blind)

    def _slow(self, symbol: str, took: int) -> None:
        told = f"{symbol}: strategies took {took / 1e6:.0f} ms over one event"
        self._alarm("SLOW_STRATEGY", told)
