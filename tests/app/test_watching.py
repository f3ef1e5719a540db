"""The watchdogs of a session, joined to real desks."""

from collections.abc import Callable
from typing import Any, cast

from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import load
from tradeplat.app.watching import Eyes, pager, watches
from tradeplat.app.wiring import Desks
from tradeplat.core.clock import ReplayClock
from tradeplat.core.conditions import Mode
from tradeplat.core.orders import Order
from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.watchdog_loop import PAUSE
from tradeplat.runtime.watchdog_strategies import BUDGET, MOST
from worlds import Script, World


class Executor:
    """As much of one as watchdogs lean on: it lets them listen."""

    def __init__(self) -> None:
        self.results = self
        self.heard: list[Callable[[Order], None]] = []

    def listen(self, heard: Callable[[Order], None]) -> None:
        self.heard.append(heard)


class Watched:
    def __init__(self, *, lockstep: bool = False, real: bool = True) -> None:
        self.world = World(lambda _: {"s": Script(), "t": Script()})
        self.floor = self.world.floor
        self.codes: list[str] = []
        world = self.world
        desks = Desks(world.market, world.tracker, world.house, world.floor, world.gate)
        eyes = Eyes(ReplayClock(), lambda code, _: self.codes.append(code), Metrics(), lockstep)
        self.executor = Executor()
        self.watches = watches(desks, cast("Any", self.executor), eyes, real=real)

    def mode(self, symbol: str = "", strategy: str = "") -> Mode:
        return self.world.house.conditions.mode(symbol, strategy)


def test_a_stalled_loop_takes_entries_away_for_a_while() -> None:
    one = Watched()
    one.watches.loop.tick(0.0, 2.0)
    assert one.mode() is Mode.REDUCE_ONLY
    one.watches.loop.tick(PAUSE + 0.1, 0.0)
    assert one.mode() is Mode.NORMAL
    assert one.codes == ["LOOP_STALLED"]


def test_in_lockstep_nothing_is_taken_away() -> None:
    one = Watched(lockstep=True)
    one.watches.loop.tick(0.0, 2.0)
    for _ in range(2 * MOST):
        one.watches.strategies.judge("s", 1, BUDGET + 1, BUDGET + 1)
    assert (one.mode(), one.mode("A", "s")) == (Mode.NORMAL, Mode.NORMAL)


def test_one_strategy_is_suspended_and_the_other_trades_on() -> None:
    one = Watched()
    one.watches.opened(one.floor.open_desk("A", 0))
    for _ in range(MOST):
        one.watches.strategies.judge("s", 1, BUDGET + 1, BUDGET + 1)
    assert (one.mode("A", "s"), one.mode("A", "t")) == (Mode.REDUCE_ONLY, Mode.NORMAL)
    assert one.codes == ["STRATEGY_SUSPENDED"]


def test_everything_that_has_to_run_has_a_name() -> None:
    common = {"loop-lag", "order-ages", "evening"}
    assert set(Watched().watches.bodies()) == common | {"resources"}
    assert set(Watched(real=False).watches.bodies()) == common
    assert len(Watched().executor.heard) == 1


def test_alarms_go_to_the_runs_folder_and_a_command(tmp_path) -> None:
    settings = load(None, ["alerts.command=['true']"])
    assert len(pager(settings, RunFolder(tmp_path))._channels) == 3
    assert len(pager(load(None), RunFolder(tmp_path))._channels) == 2
