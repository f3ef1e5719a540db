"""One simulated world: a venue, a net, a disk, and a daemon that may have to begin again."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from faultsim import deeds, paper
from faultsim.awaits import AwaitPoint
from faultsim.bounds import Bounds
from faultsim.clocks import Clocks, Zone
from faultsim.daemon import Daemon, staged
from faultsim.disk import DISK, SimDisk
from faultsim.endings import Endings
from faultsim.fingers import Fingers
from faultsim.host import Host
from faultsim.intruder import Intruder
from faultsim.loop import SimLoop, in_virtual_time, muted
from faultsim.market import CASH, market, start_of
from faultsim.moments import Moments
from faultsim.oracle import Oracle, Violation
from faultsim.schedule import Kind, Schedule
from faultsim.spinning import MOST, within
from faultsim.spy import WATCHER
from faultsim.trace import Trace
from faultsim.weather import Chaos
from tradeplat.app.live import Live
from tradeplat.app.venue_process import KEY, SECRET
from tradeplat.core.errors import Corrupt, TradeplatError
from tradeplat.core.orders import Purpose
from tradeplat.venue.accounts import Account, AccountTerms
from tradeplat.venue.faults import Fault
from tradeplat.venue.order_book import VenueOrder
from tradeplat.venue.order_log import LogLine
from tradeplat.venue.profile import PAPER
from tradeplat.venue.server import Venue, VenueOptions

SETTLING = 120.0
"""Virtual seconds within which all has to agree once the faults are over (I12)."""
ENDING = 20.0
"""Virtual seconds an orderly end may take (I20)."""
_LOOK = 0.5
_VISITED = 4
"""One world in so many is visited by a stranger."""
_MOST_LIVES = 60
_MOVING = frozenset({"fill", "partial_fill", "trade_bust", "trade_correct"})
"""What changes a position at the venue, and so what there is to protect."""
_LIMIT = 1_500.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a schedule."""

    schedule: Schedule
    violations: tuple[Violation, ...]
    digest: str
    lines: tuple[str, ...]
    lives: int
    orders: int
    fills: int
    struck: dict[str, int]
    alarms: dict[str, int]
    refused: dict[str, int]
    seconds: float
    """Virtual seconds."""
    deaths: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True when every invariant held."""
        return not self.violations


def simulate(schedule: Schedule) -> Outcome:
    """Run one world from its first instant to its end; the same schedule gives the same outcome."""
    root = Path(tempfile.mkdtemp(prefix="faultsim-", dir=_fast_disk()))
    loop = SimLoop(schedule.seed, shuffle=schedule.shuffle)
    world = World(schedule, loop, root)
    loop.limit = loop.time() + _LIMIT
    try:
        with staged(), muted(collect=False), in_virtual_time(loop):
            try:
                with within(MOST, lambda what: world.oracle.blame("I12", what)):
                    loop.run_until_complete(world.run())
            except AssertionError as error:
                # Deadlock, livelock, or a life without end.
                world.oracle.blame("I12", f"{type(error).__name__}: {error}")
            finally:
                world.trace.closed = True
                world.zone.restore()
                loop.abandon()
                loop.close()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return world.outcome()


class World:
    """Everything that lives through one schedule."""

    def __init__(self, schedule: Schedule, loop: SimLoop, root: Path) -> None:
        self.schedule = schedule
        self.loop = loop
        self.trace = Trace(loop.time, str(root))
        self.oracle = Oracle(self.trace, SECRET)
        self.moments = Moments(self, self.oracle)
        self.oracle.may_send = self.moments.at_wire
        self.oracle.on_change = self.moments.changed
        self.bounds = Bounds(self, self.oracle)
        self.endings = Endings(loop, self.oracle)
        self.oracle.on_order = self.bounds.ordered
        self.oracle.forgetful = lambda: self.disk.hurt
        self.weather = Chaos(np.random.default_rng([schedule.seed, 7]), loop.net, self.oracle)
        loop.net.weather = self.weather
        self.disk = SimDisk(np.random.default_rng([schedule.seed, 8]), root)
        self.weather.on_death = self.disk.on_death = lambda why: self.trace.add("dies", why)
        self.disk.on_synced = self._synced
        self.clocks = Clocks(loop.time_ns, start_of(schedule.day))
        self.zone = Zone()
        self.fingers = Fingers()
        loop.wall_base = start_of(schedule.day) - loop.time_ns()
        self.venue: Venue | None = None
        self.daemon: Daemon | None = None
        self.after_restart: list[dict[str, Any]] = []
        self.deaths: list[str] = []
        self._rng = np.random.default_rng([schedule.seed, 9])
        self._lives = 0
        self._calm = False
        self._leaving = False
        self._alarm = asyncio.Event()
        self._intruder: asyncio.Task[None] | None = None
        self.oracle.on_violation = self._alarm.set
        self._struck: dict[str, int] = {}
        self._durable = 0
        """The last record that is on the disk for certain; `_owed` is that of the life before."""
        self._owed = 0

    @property
    def live(self) -> Live | None:
        """The session in power, if one trades."""
        return self.daemon.live if self.daemon is not None and self.daemon.host.alive else None

    @property
    def session(self) -> Live | None:
        """The session of the process that lives, from the beginning of its start on."""
        daemon = self.daemon
        return daemon.session if daemon is not None and daemon.host.alive else None

    @property
    def seconds(self) -> float:
        """Virtual seconds."""
        return self.loop.time()

    @property
    def market_now(self) -> int:
        """The venue's clock, UTC ns."""
        assert self.venue is not None
        return self.venue.clock.now()

    @property
    def account(self) -> Account:
        """The one account of the venue."""
        assert self.venue is not None
        return next(iter(self.venue.accounts))

    async def run(self) -> None:
        """Live through the schedule."""
        WATCHER.set(self.oracle)
        DISK.set(self.disk)
        self.loop.set_exception_handler(self._unheard)
        await self._open_venue()
        for step in self.schedule.steps:
            self.loop.call_later(step.at, self._do, step)
        if self.schedule.seed % _VISITED == 1:
            self.loop.call_later(self.schedule.trading / 2, self._visit)
        keeper = self.loop.create_task(self._keep_alive(), name="keeper")
        try:
            await self._during(self.schedule.trading)
            if not self._over:
                if self.schedule.kind is Kind.CRASH and not self.deaths:
                    self.kill("at the end of trading")
                self._calm_down()
                await self._settle()
            if not self._over and self.schedule.kind is Kind.CRASH and self.schedule.seed % 4 == 0:
                await self._recover_again()
            if not self._over:
                await self._end()
        finally:
            keeper.cancel()

    def later(self, seconds: float, deed: Callable[[], object]) -> None:
        """Do `deed` then, unless the faults are over by that time: then it is done already."""
        self.loop.call_later(seconds, deed)

    def arm(self, body: Mapping[str, Any]) -> None:
        """Let a fault of the venue's own table strike from now on."""
        assert self.venue is not None
        self.venue.floor.faults.arm(msgspec.convert(dict(body), Fault))

    def kill(self, why: str) -> None:
        """End the daemon's process as SIGKILL does."""
        if self.daemon is not None and self.daemon.host.alive:
            self.trace.add("dies", why)
            self.daemon.host.die(why)

    def die_at_await(self, point: AwaitPoint) -> None:
        """Let the process in power die there, or one of those that come after it."""
        if self.weather.host is not None:
            self.weather.host.await_point = point

    def outcome(self) -> Outcome:
        """What became of it."""
        oracle = self.oracle
        return Outcome(
            schedule=self.schedule,
            violations=tuple(oracle.violations),
            digest=self.trace.digest,
            lines=tuple(self.trace.lines),
            lives=self._lives,
            orders=len(oracle.posts),
            fills=oracle.fills,
            struck=dict(self._struck),
            alarms=dict(oracle.alarms),
            refused=dict(oracle.refused),
            seconds=round(self.loop.time() - 1000.0, 3),
            deaths=tuple(self.deaths),
        )

    # The course of things -----------------------------------------------------------------

    @property
    def _over(self) -> bool:
        return bool(self.oracle.violations)

    async def _open_venue(self) -> None:
        schedule = self.schedule
        script = market(schedule.seed, schedule.symbols, day=schedule.day)
        options = VenueOptions(
            seed=schedule.seed,
            accounts=(AccountTerms(key=KEY, secret=SECRET, cash=CASH),),
            profile=msgspec.structs.replace(PAPER, partial_rate=schedule.partial),
        )
        self.venue = venue = Venue(script, options, self.loop.time_ns, self.loop.wall_ns)
        ready = asyncio.Event()

        async def serve() -> None:
            async with venue:
                ready.set()
                await venue.run()

        self.loop.net.host("venue").start(serve())
        await ready.wait()
        keep = self.account.orders.add

        def add(order: VenueOrder) -> None:
            self.oracle.venue_orders.append(order)
            keep(order)

        vars(self.account.orders)["add"] = add  # a tap on this one book

    def _visit(self) -> None:
        """Let a stranger try the control plane of the session that trades now."""
        live, daemon = self.live, self.daemon
        if live is not None and daemon is not None and daemon.trading:
            self.endings.visited.add(daemon.host)
            self._intruder = self.loop.create_task(Intruder(self).visit(live, daemon.host))

    def _do(self, step: Any) -> None:
        if not self._calm:
            self.trace.add("step", f"{step.deed} {step.body}")
            deeds.do(self, step.deed, step.body)

    async def _during(self, seconds: float) -> None:
        """Return after so long, or at the first violation."""
        try:
            async with asyncio.timeout(seconds):
                await self._alarm.wait()
        except TimeoutError:
            return

    def _begun(self) -> None:
        """Judge a start once its session is up."""
        session = self.daemon.session if self.daemon is not None else None
        if session is not None and self.live is session:
            self._recovered(session)
            self.moments.watch(session)

    def _ending(self) -> None:
        assert self.daemon is not None
        self.endings.pardoned = self.disk.hurt or self.disk.slow > 0
        self.endings.begin(self.daemon.host)

    def stop(self) -> None:
        """End the session in order, as a service manager does, if one trades."""
        if self.daemon is not None and self.live is not None and self.daemon.trading:
            self.trace.add("stops", self.daemon.host.name)
            self.daemon.stop.set()

    async def _keep_alive(self) -> None:
        """Start the daemon, and start it again whenever it ends, as a service manager does."""
        while not self._leaving and self._lives < _MOST_LIVES:
            self._lives += 1
            host = self.loop.net.host(f"daemon-{self._lives}")
            if self.weather.host is not None:
                host.await_point = self.weather.host.await_point
            self.weather.host = self.disk.host = host
            if self._lives > 1:
                self._arm_again(host)
            assert self.venue is not None
            self.oracle.forget_life()
            self.moments.begin_life()
            self._owed, self._durable = self._durable, 0
            self.daemon = daemon = Daemon(
                self.schedule, host, self.disk, self.clocks, self.venue.url
            )
            daemon.on_live = self._begun
            daemon.on_end = self._ending
            self.trace.add("starts", host.name)
            task = host.start(daemon.body())
            await _first(host.died, daemon.ended)
            if daemon.fault is not None:
                self._judge_end(daemon.fault)
            self.trace.add("ended", f"{host.name} {host.why} {daemon.fault!r}")
            if not host.alive:
                self.deaths.append(host.why)
            else:
                await asyncio.wait([task])
                self.endings.over(host, daemon.session)
                host.die("ended")
            if not self._leaving:
                await asyncio.sleep(float(self._rng.uniform(0.05, 2.5)))
        if not self._leaving:
            self.oracle.blame("I12", f"the daemon ended {self._lives} times")

    def _arm_again(self, host: Host) -> None:
        if self.after_restart and not self._calm:
            body = self.after_restart.pop(0)
            deeds.do(self, body.pop("deed"), body)

    def _judge_end(self, fault: Exception) -> None:
        """A process may end for want of a venue or a disk, never for a mistake of its own (I13)."""
        broken = isinstance(fault, Corrupt) and not self.disk.hurt
        if broken or not isinstance(fault, TradeplatError):
            self.oracle.blame("I13", f"the daemon ended by {fault!r}")

    def _calm_down(self) -> None:
        """End every fault."""
        assert self.venue is not None
        self.trace.add("calm", "")
        self._calm = True
        self.weather.clear()
        self.disk.die_at = self.weather.die_at = None
        if self.weather.host is not None:
            self.weather.host.await_point = None
        self.clocks.drift(0.0, 0.0)
        self.disk.slow = 0.0
        self.disk.errors.clear()
        self.disk.damage.clear()
        self._struck = dict(self.venue.floor.faults.struck)
        self.venue.floor.faults.clear()
        self.venue.floor.release()
        self.venue.trading.stream.release()
        self.after_restart.clear()

    async def _settle(self) -> None:
        """Wait until daemon and venue agree, twice in a row; too long is a violation (I12)."""
        end = self.loop.time() + SETTLING
        agreed = 0
        why = ""
        while agreed < 3 and not self._over:
            await asyncio.sleep(_LOOK)
            why = self._unsettled()
            agreed = 0 if why else agreed + 1
            if why and self.loop.time() > end:
                self.oracle.blame("I12", f"not settled {SETTLING:g} s after the last fault: {why}")
                return
        live = self.live
        if live is not None and not self._over:
            self.trace.add("settled", "")
            self.oracle.at_rest(
                live.desks.tracker, self.account, corrected=self._corrected or self._unwritten
            )
            self.moments.at_rest(live)
            self._tasks(live)
            self._bars(live)
            self._written(live)

    @property
    def _unwritten(self) -> bool:
        """True when orders may have left that no journal knows: it failed, or was not waited for by
        what closes.
        """
        return self.disk.hurt or self.disk.outrun

    def _written(self, live: Live) -> None:
        """What stands is what a restart would find (I11)."""
        why = "" if self.disk.hurt else paper.differs(live)
        if why:
            self.oracle.blame("I11", why)

    def _unsettled(self) -> str:
        live = self.live
        if live is None or self.daemon is None or not self.daemon.trading:
            return "the daemon is down"
        if not live.executor.account.live:
            return "the account's feed is down"
        if not live.executor.idle:
            return "the executor is busy"
        if not live.stops.killer.idle:
            return "something is being closed"
        book = live.desks.tracker
        # What the venue shows as working is still being withdrawn, by the next request at least.
        if asked := live.executor.withdrawing & book.open_orders.keys():
            return f"{min(asked)} is being withdrawn"
        return self.oracle.unsettled(book, self.account)

    @property
    def _corrected(self) -> bool:
        told = any(step.body.get("name") in {"bust", "correction"} for step in self.schedule.steps)
        # What the broker closes by itself is an order of nobody's, and settled by a correction.
        return told or bool(self.oracle.alarms["CLOSE_ALL"])

    def _tasks(self, live: Live) -> None:
        """Every task runs or ended for a reason that is known (I13)."""
        assert self.daemon is not None
        host = self.daemon.host
        tasks = sum(not task.done() for task in host.tasks)
        self.bounds.at_rest(live, tasks, len(self.loop.timers(host)), self.loop.net, host)
        for name, error in live.supervisor.quarantined.items():
            self.oracle.blame("I13", f"task {name} was quarantined: {error!r}")

    def _bars(self, live: Live) -> None:
        """Every bar was shown, or the hole was told (I8), but where prints themselves were lost."""
        lossy = {"frame_loss", "stream_delay", "stream_reorder", "subscribe_not_served", "halt"}
        faults = {step.body.get("name") for step in self.schedule.steps}
        told = live.client.counters["gaps"] or self.oracle.alarms["FUTURE_DATA"]
        if self.oracle.holes and not faults & lossy and not told:
            self.oracle.blame("I8", self.oracle.holes[0])

    async def _recover_again(self) -> None:
        """Recovering once more changes nothing and asks for nothing (I10)."""
        for _ in range(2):
            live = self.live
            if live is None or self._over:
                return
            # Whose a position is, and what protects it, a disk that failed may leave open for one
            # more start.
            owners = not self.disk.hurt
            before, asked = paper.standing(live, owners=owners), len(self._venue_log)
            covered, written = self._covered(live), paper.last(live)
            posted = {one: len(told) for one, told in self.oracle.posts.items()}
            self.kill("to recover once more")
            end = self.loop.time() + SETTLING
            while self._unsettled() and not self._over:
                if self.loop.time() > end:
                    self.oracle.blame("I10", f"not settled again: {self._unsettled()}")
                await asyncio.sleep(_LOOK)
            live = self.live
            # What the market did meanwhile is no work of recovery's.
            quiet = live is not None and len(self._venue_log) == asked
            if live is not None and quiet and not self._over:
                stands = paper.standing(live, owners=owners)
                if stands != before:
                    self.oracle.blame("I10", f"recovered {stands} from {before}")
                news = paper.news(live, written)
                if news and not self.disk.hurt:
                    self.oracle.blame("I10", f"recovering once more wrote {news}")
            done = self._venue_log[asked:]
            # A stop that is missing is placed by recovery itself; nothing else ever is. What the
            # venue refused has no id there, and changed nothing; what it takes in only now may
            # have been sent long before.
            placed = [line.client_id for line in done if line.kind == "POST /v2/orders"]
            sent = [
                one
                for one in placed
                if one
                and "-sl" not in one
                and len(self.oracle.posts.get(one, ())) > posted.get(one, 0)
            ]
            moved = any(line.kind in _MOVING for line in done)
            if sent and not moved:
                self.oracle.blame("I10", f"recovering once more sent orders: {sent}")
            touched = [line.kind for line in done if _touches(line, covered)]
            if touched and not moved:
                self.oracle.blame("I10", f"what was protected is protected anew: {touched}")

    def _covered(self, live: Live) -> dict[str, str]:
        """Stops that nobody has a reason to touch, with their symbols: one strategy holds that
        symbol, the venue has stops for all of it, and nothing else is at work there.
        """
        book = live.desks.tracker
        found: dict[str, str] = {}
        for (_, symbol), held in book.holdings.items():
            orders = [o for o in book.open_orders.values() if o.symbol == symbol]
            alone = sum(key[1] == symbol and p.quantity != 0 for key, p in book.holdings.items())
            stops = [o for o in orders if o.purpose is Purpose.STOP]
            whole = sum(abs(o.leaves) for o in stops) == abs(held.quantity)
            if held.quantity and alone == 1 and stops == orders and whole:
                found.update((stop.venue_id, symbol) for stop in stops if stop.venue_id)
        return found

    @property
    def _venue_log(self) -> list[LogLine]:
        """Every request and event of orders at the venue."""
        assert self.venue is not None
        return self.venue.trading.log.lines

    async def _end(self) -> None:
        """Stop the daemon in order, and see what it leaves (I15, I20)."""
        daemon = self.daemon
        assert daemon is not None
        self._leaving = True
        began = self.loop.time()
        daemon.stop.set()
        await _first(daemon.host.died, self._alarm)
        took = self.loop.time() - began
        if took > ENDING and not self._over:
            self.oracle.blame("I20", f"the end took {took:.1f} s")
        if daemon.fault is not None:
            self.oracle.blame("I20", f"the end failed: {daemon.fault!r}")
        entries = [
            order.client_id
            for order in self.account.orders.open_orders()
            if order.opening and order.parent is None and not self._protects(order)
        ]
        if entries:
            self.oracle.blame("I15", f"entries are still open at the end: {entries}")
        held = self.account.positions.items()
        # Of a halted symbol a limit rests, and a person was told.
        left = {s: str(p.quantity) for s, p in held if s not in self.oracle.halted}
        if self.schedule.on_exit == "flatten" and left:
            self.oracle.blame("I15", f"flattened, and yet there is {left}")

    def _protects(self, theirs: VenueOrder) -> bool:
        """True for the stop of a strategy against which another stands: the venue nets the two, so
        that to it the stop opens. It protects, and is kept at the end.
        """
        session = self.daemon.session if self.daemon is not None else None
        ours = self.oracle.orders.get(theirs.client_id)
        if session is None or ours is None:
            return False
        book = session.desks.tracker
        held = book.held(ours.strategy, ours.symbol).quantity
        guards = ours.purpose is Purpose.STOP and held * ours.quantity < 0
        return guards and theirs.leaves <= abs(held) and book.net(ours.symbol) != held

    def _synced(self) -> None:
        """Remember how far the journal is durable."""
        session = self.daemon.session if self.daemon is not None else None
        journal = getattr(session, "journal", None)
        if journal is not None and not journal.store.dead:
            self._durable = max(self._durable, journal.store.kept.seq)

    def _recovered(self, live: Live) -> None:
        """What was durable has been found again, and what was lost is told (I11)."""
        found = live.recovered
        if found.seq < self._owed and not found.lost:
            told = f"records up to {self._owed} were durable, {found.seq} were found"
            self.oracle.blame("I11", told)
        if found.lost and not self.disk.hurt:
            self.oracle.blame("I11", f"the journal was whole, and yet: {found.lost}")

    def _unheard(self, _: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        self.trace.add("unheard", f"{context.get('message')} {error!r}")
        if "handle" in context and isinstance(error, Exception):
            self.oracle.blame("I13", f"a callback failed: {error!r}")


def _touches(line: LogLine, stops: Mapping[str, str]) -> bool:
    """True for what happens to one of these stops, and for another one beside them. That the venue
    has taken a stop in may come after the death of who placed it.
    """
    if line.kind == "new":
        return False
    another = line.kind == "POST /v2/orders" and "-sl" in line.client_id
    mine = line.order_id in stops or line.kind.rpartition("/")[2] in stops
    return mine or (another and line.symbol in stops.values())


async def _first(*events: asyncio.Event) -> None:
    """Return once any of `events` is set."""
    waits = [asyncio.get_running_loop().create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _fast_disk() -> str | None:
    shared = Path("/dev/shm")  # noqa: S108  # memory, where there is such a disk
    return str(shared) if shared.is_dir() else None
