"""Joins the watchdogs of a session: what they look at, and what they may take away."""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import structlog

from tradeplat.alerts.channels import CommandAlert, ConsoleAlert, FileAlert
from tradeplat.alerts.pager import Pager
from tradeplat.app.credentials import known, without
from tradeplat.app.evening import Evening
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Settings
from tradeplat.app.wiring import Desks
from tradeplat.core.conditions import ACCOUNT, Condition, Mode, strategy_scope
from tradeplat.core.orders import Purpose
from tradeplat.core.ports import Alert, Clock, Recorder
from tradeplat.core.redaction import Redactor
from tradeplat.desk.desk import Desk
from tradeplat.desk.floor import Floor
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import Alarm
from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.strategy_manager import WATCH
from tradeplat.runtime.watchdog_loop import LoopWatch
from tradeplat.runtime.watchdog_orders import OrderWatch
from tradeplat.runtime.watchdog_resources import ResourceWatch, limits
from tradeplat.runtime.watchdog_strategies import StrategyWatch

log = structlog.get_logger()

SLOW = "watchdog"
"""Source of the condition on a strategy that holds up the loop."""

Body = Callable[[], Awaitable[None]]


class Eyes(NamedTuple):
    """What watchdogs report by, and whether the venue waits for us (`lockstep`)."""

    clock: Clock
    alarm: Alarm
    metrics: Metrics
    lockstep: bool


class Watches(NamedTuple):
    """Every watchdog of a session; `machine` is None where the machine is not a real one."""

    loop: LoopWatch
    orders: OrderWatch
    strategies: StrategyWatch
    evening: Evening
    machine: ResourceWatch | None

    def bodies(self) -> Mapping[str, Body]:
        """Everything to be supervised, by name."""
        found = {
            "loop-lag": self.loop.run,
            "order-ages": self.orders.run,
            "evening": self.evening.run,
        }
        return found if self.machine is None else {**found, "resources": self.machine.run}

    def opened(self, desk: Desk) -> None:
        """Time the strategies of a desk that was just opened."""
        for seat in desk.seats:
            self.strategies.over(seat)


def watches(desks: Desks, executor: OrderExecutor, eyes: Eyes, *, real: bool) -> Watches:
    """The watchdogs of these desks; what happens to desks reaches a person by `eyes`."""
    desks.house.tell = eyes.alarm
    orders = OrderWatch(desks.tracker, eyes.alarm)
    executor.results.listen(orders.heard)
    resources = None
    if real:
        pause = _pause(desks.floor, eyes, "resources")
        resources = ResourceWatch(eyes.alarm, pause, eyes.metrics.gauges, limits())
    strategies = StrategyWatch(_suspend(desks.floor, eyes), lenient=eyes.lockstep)

    def lifted(condition: Condition, _: int) -> bool:
        gone = condition.source == SLOW and condition.mode is Mode.NORMAL
        if gone:
            strategies.resumed(condition.scope.removeprefix("@"))
        return gone

    desks.house.listen(lifted)
    return Watches(
        LoopWatch(eyes.metrics, eyes.alarm, _pause(desks.floor, eyes, "loop")),
        orders,
        strategies,
        Evening(desks.floor, eyes.clock),
        resources,
    )


def pager(settings: Settings, folder: RunFolder) -> Pager:
    """What brings the alarms of a run to people."""
    channels: list[Alert] = [FileAlert(folder.path / "alerts.log"), ConsoleAlert()]
    if settings.alerts.command:
        channels.insert(0, CommandAlert(settings.alerts.command, without(os.environ)))
    return Pager(channels)


def blind(floor: Floor, task: str) -> str:
    """What a desk is left with that is shown nothing more, its last `task` having ended: levels
    that nobody watches, for a person; empty where the venue holds a stop, or nothing is held.
    """
    if not task.startswith(WATCH):
        return ""
    book, symbol = floor.house.book, task.removeprefix(WATCH)
    quantity = book.positions[symbol].quantity if symbol in book.positions else 0
    orders = book.open_orders.values()
    if not quantity or any(o.symbol == symbol and o.purpose is Purpose.STOP for o in orders):
        return ""
    return f"{symbol} {quantity:+f}: its desk has stopped, and the venue holds no stop for it"


class Voice:
    """Tells of an alarm: people, the log and the record, none of them a secret."""

    def __init__(self, pager: Pager, recorder: Recorder, clock: Clock) -> None:
        self._pager = pager
        self._recorder = recorder
        self._clock = clock
        self._hide = Redactor(known()).text

    def __call__(self, code: str, line: str) -> None:
        """Take an alarm in; never waits. What a library fails with may quote a request's keys."""
        line = self._hide(line)
        log.error("alarm", code=code, line=line)
        self._pager.tell(code, line)
        self._recorder.note(self._clock.now(), "alarm", {"code": code, "line": line})


def _pause(floor: Floor, eyes: Eyes, source: str) -> Callable[[str], None]:
    """Takes entries away for a reason, and gives them back without one; in lockstep nothing
    happens while we stand still, so that nothing has to be taken away.
    """

    def pause(why: str) -> None:
        now = eyes.clock.now()
        mode = Mode.REDUCE_ONLY if why and not eyes.lockstep else Mode.NORMAL
        who = "the watchdog"
        floor.on_condition(Condition(source, ACCOUNT, mode, "MODE", why, who, now), now)

    return pause


def _suspend(floor: Floor, eyes: Eyes) -> Callable[[str, str], None]:
    def suspend(name: str, why: str) -> None:
        now = eyes.clock.now()
        scope = strategy_scope(name)
        found = Condition(SLOW, scope, Mode.REDUCE_ONLY, "MODE", why, "the watchdog", now)
        floor.on_condition(found, now)
        eyes.alarm("STRATEGY_SUSPENDED", f"{name}: {why}; it enters nothing until resumed")

    return suspend
