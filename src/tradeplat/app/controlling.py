"""Joins the control plane to a running session: what can be commanded, and who carries it out."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from tradeplat.app import bounds, tapping, wiring
from tradeplat.app.daemons import FLATTEN_FILE, KILL_FILE
from tradeplat.app.handling import Hands
from tradeplat.app.killing import Stops, Where
from tradeplat.app.levelling import Ground
from tradeplat.app.standing import Stands, hello, status
from tradeplat.control.actions import Deed, Right, Told
from tradeplat.control.orders import Out, Whom
from tradeplat.control.protocol import Nothing, Permit, Reason, Symbols
from tradeplat.control.scene import Scene
from tradeplat.control.server import Card, ControlServer, Engine
from tradeplat.control.tap import Tap
from tradeplat.core.conditions import STOPPED, Condition, Mode, strategy_scope
from tradeplat.core.errors import BadInput
from tradeplat.core.journal import Kind, Recovered
from tradeplat.core.market import SECOND
from tradeplat.core.orders import EXTERNAL, MANUAL
from tradeplat.core.premises import OVERRIDE, Override
from tradeplat.core.spoken import time_of_day
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.flatten import OPERATOR
from tradeplat.journal.writer import JournalWriter
from tradeplat.risk.codes import CODES, overridable
from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.supervisor import Supervisor

_NOBODY = frozenset({MANUAL, EXTERNAL})


class Ending(Protocol):
    """How a flatten ended."""

    @property
    def flat(self) -> bool:
        """True when nothing is held any more."""
        ...

    def words(self) -> str:
        """The same for a person."""
        ...


class Pulls(Protocol):
    """The kill switch, by hand; `symbols` None means the whole account."""

    async def kill(self, who: str, why: str) -> str:
        """Stop everything and withdraw every order; what came of it, in words."""
        ...

    async def flatten(self, symbols: Collection[str] | None, who: str, why: str) -> Ending:
        """Close what is held."""
        ...

    async def resume(self, who: str, why: str) -> str:
        """Let trading go on; what stands in its way, in words."""
        ...


class Desk:
    """Carries out what is commanded."""

    def __init__(
        self,
        levers: Pulls,
        stands: Stands,
        logs: Path,
        audit: Callable[[Override], Awaitable[None]],
        keep: Callable[[Condition], None],
    ) -> None:
        self._levers = levers
        self._audit = audit
        self._keep = keep
        self._stands = stands
        self._kill_files = (logs / KILL_FILE, logs / FLATTEN_FILE)

    def deeds(self) -> dict[str, Deed[Any]]:
        """Everything that can be commanded, by name."""
        return {
            "status": Deed(Nothing, Right.READ, self._status, None),
            "kill": Deed(Reason, Right.KILL, self._kill, None),
            "panic": Deed(Reason, Right.KILL, self._panic, None),
            "flatten": Deed(Symbols, Right.TRADE, self._flatten, None),
            "resume": Deed(Reason, Right.TRADE, self._resume),
            "override": Deed(Permit, Right.TRADE, self._override),
            "out": Deed(Out, Right.TRADE, self._out, None),
            "stop": Deed(Whom, Right.TRADE, self._stop, None),
            "start": Deed(Whom, Right.TRADE, self._start),
        }

    async def _status(self, _: Nothing) -> Told:
        found = status(self._stands)
        return Told(done=True, text=str(found["account_mode"]), detail=found)

    async def _kill(self, body: Reason) -> Told:
        """Stop everything and withdraw every order."""
        said = await self._levers.kill(body.who, body.why)
        return self._told(said, done=True)

    async def _panic(self, body: Reason) -> Told:
        """Kill, then close everything."""
        await self._levers.kill(body.who, body.why)
        ended = await self._levers.flatten(None, body.who, body.why)
        return self._told(f"killed by {body.who}; {ended.words()}", done=ended.flat)

    async def _flatten(self, body: Symbols) -> Told:
        ended = await self._levers.flatten(body.symbols or None, body.who, body.why)
        return self._told(ended.words(), done=ended.flat)

    async def _out(self, body: Out) -> Told:
        """Close a ticker and stop its strategies until a person starts them."""
        why = body.why or "a person wants out of it"
        self._halt(body.symbol, body.who, why)
        ended = await self._levers.flatten((body.symbol,), body.who, why)
        return self._told(f"{ended.words()}; its strategies are stopped", done=ended.flat)

    async def _stop(self, body: Whom) -> Told:
        """Let strategies enter nothing, across restarts; what they hold stays protected."""
        desks = self._stands.floor.desks.values()
        known = {seat.name for desk in desks for seat in desk.seats} - {MANUAL}
        if body.strategy and (known or body.strategy in _NOBODY) and body.strategy not in known:
            raise BadInput(f"{body.strategy}: no such strategy here ({', '.join(sorted(known))})")
        begun = self._halt(_scope(body), body.who, body.why or "a person stops it")
        whose = body.strategy or f"the strategies at {body.symbol}"
        return self._told(f"{whose}: stopped{'' if begun else ' already'}", done=True)

    async def _start(self, body: Whom) -> Told:
        """Let strategies that a person stopped enter again."""
        scope, now, floor = _scope(body), self._stands.clock.now(), self._stands.floor
        standing = floor.house.conditions.asked(OPERATOR, scope)
        whose = body.strategy or f"the strategies at {body.symbol}"
        if standing is None or standing.code != STOPPED:
            return self._told(f"{whose}: nobody stopped this", done=False)
        lift = Condition(OPERATOR, scope, Mode.NORMAL, STOPPED, body.why, body.who, now)
        floor.on_condition(lift, now)
        self._keep(lift)
        left = floor.house.conditions.strictest(body.symbol, body.strategy, now)
        still = "" if left is None else f"; still {left.mode}: {left.why or left.source}"
        return self._told(f"{whose}: started{still}", done=True)

    def _halt(self, scope: str, who: str, why: str) -> bool:
        """Stop the strategies of a scope; never waits, whatever the journal does."""
        now = self._stands.clock.now()
        halt = Condition(OPERATOR, scope, Mode.REDUCE_ONLY, STOPPED, why, who, now)
        begun = self._stands.floor.on_condition(halt, now)
        self._keep(halt)
        return begun

    async def _resume(self, body: Reason) -> Told:
        """Let trading go on: the only thing that lifts KILLED."""
        for path in self._kill_files:
            path.unlink(missing_ok=True)
        said = await self._levers.resume(body.who, body.why)
        left = [one.body() for one in self._stands.floor.house.conditions.standing.values()]
        still = "".join(f"; still {one['mode']}: {one['source']}" for one in left)
        return self._told(f"{said}{still}", done=True)

    async def _override(self, body: Permit) -> Told:
        """Let orders pass a soft check for a while, or no longer: durable before it counts."""
        if not overridable(body.code):
            soft = ", ".join(name for name in CODES if overridable(name))
            raise BadInput(f"{body.code}: no person can override this check, only {soft}")
        floor, now = self._stands.floor, self._stands.clock.now()
        given = {(one.code, one.scope) for one in floor.house.gate.overridden(now)}
        whose = f"{body.code} for {body.scope or 'the account'}"
        if body.revoke and (body.code, body.scope) not in given:
            raise BadInput(f"nobody overrides {whose}")
        until = now if body.revoke else now + body.seconds * SECOND
        override = Override(body.code, body.scope, body.who, body.why, until)
        await self._audit(override)
        floor.on_override(override, self._stands.clock.now())
        if body.revoke:
            return self._told(f"{whose} holds again", done=True)
        return self._told(f"{whose} is overridden until {time_of_day(until)}", done=True)

    def _told(self, text: str, *, done: bool) -> Told:
        house = self._stands.floor.house
        mode = str(house.conditions.mode(now=self._stands.clock.now()))
        held = [
            symbol for symbol, position in sorted(house.book.positions.items()) if position.quantity
        ]
        open_ = sorted(house.book.open_orders)
        return Told(done, text, {"account_mode": mode, "held": held, "open": open_})


def _scope(body: Whom) -> str:
    return body.symbol or strategy_scope(body.strategy)


class Session(Protocol):
    """What a running session shows (app/live.py)."""

    where: Where
    account_id: str
    desks: wiring.Desks
    executor: OrderExecutor
    stops: Stops
    journal: JournalWriter
    recovered: Recovered
    clock: Any
    client: Any
    supervisor: Supervisor
    scene: Scene
    metrics: Metrics
    start_equity: Decimal

    def numbers(self) -> dict[str, object]:
        """What the session counts and measures, by name."""
        ...


@asynccontextmanager
async def opened(session: Session) -> AsyncIterator[ControlServer | None]:
    """The control plane of `session`; None on a machine that has none."""
    settings, folder, _, machine = session.where
    if not machine.sockets:
        yield None
        return
    stands = standing(session)
    epoch, journal = stands.epoch(), session.journal

    async def audit(override: Override) -> None:
        await journal.noted(Kind.NOTE, {"note": OVERRIDE, **override.body()})

    def keep(condition: Condition) -> None:
        journal.note(Kind.MODE, condition.body())

    desk = Desk(session.stops.killer, stands, settings.run.logs, audit, keep)
    tap, hands = _windows(session, stands)
    engine = Engine(
        epoch=epoch,
        deeds={**desk.deeds(), **hands.deeds()},
        status=lambda: status(stands),
        hello=lambda: {**hello(stands, epoch), "limits": bounds.told(settings.risk)},
        now=machine.wall,
        entropy=secrets.token_bytes,
        supervise=session.supervisor.start,
        card=Card(os.getpid(), epoch, stands.mode, stands.place, stands.started),
        audience=tap,
        audit=hands.audit,
    )
    session.supervisor.start("tap", tap.run)
    async with ControlServer(engine, folder.path, settings.control.port) as server:
        yield server


def _windows(session: Session, stands: Stands) -> tuple[Tap, Hands]:
    """What windows are served from, and what they trade by."""
    settings, _, _, machine = session.where
    health = tapping.health(
        session.metrics,
        session.client,
        lambda: session.stops.watches.loop.p99,
        lambda: float(settings.risk.daily_loss * session.start_equity) or None,
    )
    tracker, scene = session.desks.tracker, session.scene
    tap, pictures = tapping.joined(scene, stands, tracker, health, session.start_equity)
    ground = Ground(
        floor=session.desks.floor,
        clock=session.clock,
        scene=scene,
        rules=wiring.rules(settings),
        linked=lambda: session.executor.account.live and _fed(session.client.stages),
        monotonic=machine.monotonic,
        wall=machine.wall,
        timed=session.metrics.observe,
        denied=lambda body: session.journal.note(Kind.DENIED, body),
    )
    hands = Hands(ground)
    pictures.trading_terms = hands.picture
    pictures.gone = hands.gone
    return tap, hands


def _fed(stages: Mapping[str, str]) -> bool:
    """True unless the market's data of every ticker has stopped."""
    return not stages or any(str(stage).lower() == "live" for stage in stages.values())


def standing(session: Session) -> Stands:
    """What a picture of `session` is made from."""
    settings, folder, place, machine = session.where
    started = machine.wall()
    return Stands(
        run=folder.path.name,
        mode=settings.run.mode,
        place=place.name,
        account=session.account_id,
        floor=session.desks.floor,
        feed=session.executor.account,
        clock=session.clock,
        stages=lambda: session.client.stages,
        numbers=session.numbers,
        epoch=lambda: session.recovered.epoch,
        guarded=lambda symbol: symbol in session.desks.house.guarded,
        journal=lambda: session.journal.dead,
        wall=machine.wall,
        started=started,
    )
