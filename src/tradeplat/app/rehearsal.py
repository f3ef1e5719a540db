"""`tradeplat replay --serve`: a replay that windows watch, hold, rewind and trade in."""

import asyncio
import datetime as dt
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import uvloop

from tradeplat.app import bounds, replaying, reporting, run_folder, running, terminal, wiring
from tradeplat.app.daemons import REPLAY
from tradeplat.app.handling import Hands
from tradeplat.app.headers import Begun, header
from tradeplat.app.interruption import Interruption, first
from tradeplat.app.levelling import Ground
from tradeplat.app.logging import logs_to
from tradeplat.app.outcome import Outcome
from tradeplat.app.pictures import Health, Pictures
from tradeplat.app.player import Kept, Player
from tradeplat.app.reel import Reel
from tradeplat.app.rewriting import Rewriting
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.app.staging import Heard, Held, Stage, instants
from tradeplat.app.standing import Stands, hello, status
from tradeplat.app.tie import tie
from tradeplat.control.actions import Call, Deed, Right, Told
from tradeplat.control.protocol import FrameType, Nothing, Symbols
from tradeplat.control.scene import Scene
from tradeplat.control.server import Card, ControlServer, Engine
from tradeplat.control.tap import Tap
from tradeplat.core.errors import BadInput
from tradeplat.core.record import Commanded
from tradeplat.history.dataset import DataSet
from tradeplat.runtime.supervisor import OnFault, Supervisor

EPOCH = 1
FIGURES_REST = 10.0
"""How many times as long as figures take nobody makes them again, while time runs."""


class Bars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of step: so many bars on, or back where it is negative."""

    bars: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)] = 1


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of speed: market seconds a second, 0 for as fast as it goes."""

    speed: float


class Seek(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of seek: an instant in UTC ns, or how many instants with bars have been played."""

    ts: Annotated[int, msgspec.Meta(ge=0, le=1 << 62)] | None = None
    bar: Annotated[int, msgspec.Meta(ge=0, le=1 << 62)] | None = None


class Still(Deed[Any]):
    """A deed that waits for no one: refused while the replay is on its way to a cursor."""

    def __init__(self, deed: Deed[Any], player: Player) -> None:
        self._deed = deed
        self._player = player
        self.shape, self.right, self.work, self.age = deed.shape, deed.right, deed.work, deed.age

    async def do(self, body: Any, call: Call) -> Told:
        """Do it where time stands or runs."""
        if self._player.state == "busy":
            said = "the replay is on its way to another bar: nothing is done until it is there"
            return Told(done=False, text=said, detail={"code": "BUSY"})
        return await self._deed.do(body, call)


class Rehearsal:
    """A replay behind a control socket."""

    def __init__(self, settings: Settings, data: DataSet, folder: RunFolder) -> None:
        self._settings = settings
        self._data = data
        self._folder = folder
        self._started = time.time_ns()
        begun = Begun("replay", "replay", "csv", "replay", settings.run.cash, self._started)
        self._header = header(settings, begun, {"run": settings.run.seed})
        self.scene = Scene()
        for strategy, declared in wiring.studies(settings.strategy).items():
            self.scene.declare(strategy, declared)
        self.kept = Kept(self._commanded)
        files = tuple(file.path for file in data.files)
        self._record = Rewriting(folder.events, self._header, files)
        self._raised = 0
        """How many accounts there were."""
        self.player = Player(Reel(partial(instants, data)), self._raise, self._minute)
        pictures = self._pictures()
        self.tap = Tap(self.scene, pictures, timed=False)
        self.hands = Hands(self._ground())
        self._join(pictures)
        self.player.hold, self.player.let_go = self.tap.hold, self.tap.let_go
        self.over = asyncio.Event()
        self._figures: dict[str, object] = {}
        self._figured = (0, -1, 0, 0)
        self._figures_due = 0.0

    @property
    def stage(self) -> Stage:
        """The account that is played now."""
        return self._stage

    def figures(self) -> dict[str, object]:
        """What came of it up to the cursor; while time runs they may be a moment old, so that
        they never cost more than a tenth of the time.
        """
        digest = self._stage.account.digest
        at = (self._raised, self.player.at, digest.decided, digest.filled)
        running, now = self.player.state == "running", time.monotonic()
        if at != self._figured and not (running and now < self._figures_due):
            self._figures = self._stage.figures()
            self._figured = at
            done = time.monotonic()
            self._figures_due = done + FIGURES_REST * (done - now)
        return self._figures

    def deeds(self) -> dict[str, Deed[Any]]:
        """What can be commanded of a replay, trading in it by hand included."""
        player = self.player
        by_hand = {name: Still(deed, player) for name, deed in self.hands.deeds().items()}
        return {
            **by_hand,
            "play": Deed(Nothing, Right.TRADE, self._does(player.play), None),
            "pause": Deed(Nothing, Right.TRADE, self._does(player.pause), None),
            "speed": Deed(Speed, Right.TRADE, self._speed, None),
            "step": Deed(Bars, Right.TRADE, self._step, None),
            "seek": Deed(Seek, Right.TRADE, self._seek, None),
            "restart": Deed(Nothing, Right.TRADE, self._restart, None),
            "here": Deed(Nothing, Right.TRADE, self._does(player.branch), None),
            "end": Deed(Nothing, Right.TRADE, self._end, None),
            "close": Deed(Nothing, Right.TRADE, self._does(self.over.set), None),
            "flatten": Still(Deed(Symbols, Right.TRADE, self._flatten, None), player),
            "status": Deed(Nothing, Right.READ, self._status, None),
        }

    def close(self) -> None:
        """End the record of what came of it."""
        self._record.close(self.stage.clock.now())

    async def serve(self, supervisor: Supervisor, stack: AsyncExitStack) -> None:
        """Serve it from the run's folder until the stack is left."""
        card = Card(os.getpid(), EPOCH, REPLAY, "replay", self._started)
        told = bounds.told(self._settings.risk)
        engine = Engine(
            epoch=EPOCH,
            deeds=self.deeds(),
            status=lambda: status(self._stands()),
            hello=lambda: {**hello(self._stands(), EPOCH), "limits": told},
            now=time.time_ns,
            entropy=secrets.token_bytes,
            supervise=supervisor.start,
            card=card,
            audience=self.tap,
            audit=self.hands.audit,
        )
        supervisor.start("tap", self.tap.run)
        supervisor.start("player", self.player.run, OnFault.FATAL)
        await stack.enter_async_context(ControlServer(engine, self._folder.path))

    def _raise(self, cursor: int) -> Stage:
        """A new account; whoever watches forgets the old one."""
        self.scene.forget()
        recorders = (self.scene, self.kept, self._record.begin())
        self._stage = Stage(self._settings, self._data, self._header, recorders)
        self._raised += 1
        if self._raised > 1:
            pictures = self._pictures()
            self.tap.reset("the replay begins anew", cursor, pictures)
            self.hands.stand(self._ground())
            self._join(pictures)
        return self._stage

    def _join(self, pictures: Pictures) -> None:
        pictures.trading_terms = self.hands.picture
        pictures.gone = self.hands.gone
        pictures.others = lambda: [(FrameType.REPLAY, self.player.picture())]

    def _minute(self) -> None:
        if self._raised:
            self.tap.point()

    def _commanded(self, now: int, wish: Commanded) -> None:
        self.player.heard(now, wish)

    def _pictures(self) -> Pictures:
        health = Health(figures=self.figures)
        cash = self._settings.run.cash
        return Pictures(self._stands(), self._stage.account.desks.tracker, self.scene, health, cash)

    def _ground(self) -> Ground:
        return Ground(
            floor=self._stage.account.desks.floor,
            clock=Held(self._stage.clock),
            scene=self.scene,
            rules=wiring.rules(self._settings),
            linked=lambda: True,
            monotonic=time.monotonic_ns,
            wall=time.time_ns,
        )

    def _stands(self) -> Stands:
        desks = self._stage.account.desks
        return Stands(
            run=self._folder.path.name,
            mode=REPLAY,
            place="replay",
            account="replay",
            floor=desks.floor,
            feed=Heard(),
            clock=Held(self._stage.clock),
            stages=lambda: dict.fromkeys(desks.floor.desks, "replayed"),
            numbers=dict,
            epoch=lambda: EPOCH,
            wall=time.time_ns,
            started=self._started,
            guarded=lambda symbol: symbol in desks.house.guarded,
        )

    def _does(self, deed: Callable[[], object]) -> Callable[[Nothing], Any]:
        async def do(_: Nothing) -> Told:
            deed()
            return self._told()

        return do

    async def _speed(self, body: Speed) -> Told:
        self.player.hurry(body.speed)
        return self._told()

    async def _step(self, body: Bars) -> Told:
        await self.player.step(body.bars)
        return self._told()

    async def _seek(self, body: Seek) -> Told:
        if body.ts is not None and body.bar is None:
            await self.player.seek(body.ts)
        elif body.bar is not None and body.ts is None:
            await self.player.seek_bar(body.bar)
        else:
            raise BadInput("seek: expected either ts or bar")
        return self._told()

    async def _restart(self, _: Nothing) -> Told:
        await self.player.go(0)
        return self._told()

    async def _end(self, _: Nothing) -> Told:
        await self.player.end()
        return self._told()

    async def _flatten(self, body: Symbols) -> Told:
        """Close what is held, of these tickers or of all, as a person's commands."""
        said = self.hands.close_all(body.symbols)
        return Told(done=True, text=said)

    async def _status(self, _: Nothing) -> Told:
        return Told(done=True, text=self.player.state, detail=status(self._stands()))

    def _told(self) -> Told:
        picture = self.player.picture()
        self.tap.hurry()
        self._record.flush()
        return Told(done=True, text=picture.state, detail=msgspec.to_builtins(picture))


def run(
    request: replaying.Request,
    config: Path | None,
    sets: Iterable[str],
    ready: Callable[[Mapping[str, object], str], None],
    *,
    tied: bool = False,
) -> Outcome:
    """Serve a replay until somebody closes it; `ready` is told where it is reached. Where it is
    `tied`, it ends with its standard input.
    """
    data = replaying.opened(request)
    settings = replaying.configured(request, data, config, sets)
    now = dt.datetime.now(dt.UTC)
    folder = (
        run_folder.given(request.out)
        if request.out
        else run_folder.create(settings.run.logs, REPLAY, now)
    )
    folder.write_settings(settings)
    served = _served(settings, data, folder, ready, tied=tied)
    return running.run(served, uvloop.new_event_loop)


async def _served(
    settings: Settings,
    data: DataSet,
    folder: RunFolder,
    ready: Callable[[Mapping[str, object], str], None],
    *,
    tied: bool,
) -> Outcome:
    interruption = Interruption(terminal.restorer(sys.stdin))
    interruption.listen()
    interruption.prepared()
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(logs_to(folder.path, terminal=False))
            rehearsal = Rehearsal(settings, data, folder)
            stack.callback(rehearsal.close)
            if tied:
                await tie(sys.stdin, rehearsal.over.set)
            rng = np.random.default_rng(settings.run.seed)
            supervisor = await stack.enter_async_context(Supervisor(rng))
            await rehearsal.serve(supervisor, stack)
            where = str(folder.path)
            ready({"run": where}, f"replay served from {where}: tradeplat gui --run {where}")
            await first(interruption.asked, rehearsal.over, supervisor.failed)
            interruption.ending()
            if supervisor.fatal is not None:
                raise supervisor.fatal
            numbers = rehearsal.figures()
    finally:
        interruption.ended()
    folder.write_metrics(numbers)
    page = reporting.build(folder.path).page
    told = {"run": str(folder.path), **numbers, "report": str(page)}
    return Outcome(told, f"replayed in {folder.path}\nreport      {page}")
