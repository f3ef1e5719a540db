"""The watchdogs of a session, joined to real desks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from app.test_standing import holding
from tradeplat.alerts.channels import FileAlert
from tradeplat.alerts.pager import Pager
from tradeplat.app.run_folder import EVENTS, RunFolder
from tradeplat.app.settings import load
from tradeplat.app.watching import SLOW, Eyes, Voice, blind, pager, watches
from tradeplat.app.wiring import Desks
from tradeplat.core.clock import ReplayClock
from tradeplat.core.conditions import Condition, Mode, strategy_scope
from tradeplat.core.orders import Order
from tradeplat.core.record import Noted
from tradeplat.journal.events import EventLog
from tradeplat.journal.reader import Record
from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.watchdog import BUDGET
from tradeplat.runtime.watchdog_loop import PAUSE
from tradeplat.runtime.watchdog_strategies import MOST
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


def test_one_that_a_person_lets_go_on_and_is_slow_again_is_suspended_again() -> None:
    one = Watched()
    one.watches.opened(one.floor.open_desk("A", 0))
    for times in (1, 2):
        for _ in range(MOST):
            one.watches.strategies.judge("s", 1, BUDGET + 1, BUDGET + 1)
        assert one.mode("A", "s") is Mode.REDUCE_ONLY
        assert one.codes == ["STRATEGY_SUSPENDED"] * times
        lift = Condition(SLOW, strategy_scope("s"), Mode.NORMAL, who="a person", ts=2)
        assert one.floor.on_condition(lift, 2)
        assert one.mode("A", "s") is Mode.NORMAL


def test_everything_that_has_to_run_has_a_name() -> None:
    common = {"loop-lag", "order-ages", "evening"}
    assert set(Watched().watches.bodies()) == common | {"resources"}
    assert set(Watched(real=False).watches.bodies()) == common
    assert len(Watched().executor.heard) == 1


def test_alarms_go_to_the_runs_folder_and_a_command(tmp_path) -> None:
    settings = load(None, ["alerts.command=['true']"])
    assert len(pager(settings, RunFolder(tmp_path))._channels) == 3
    assert len(pager(load(None), RunFolder(tmp_path))._channels) == 2


async def test_an_alarm_reaches_people_and_the_record_without_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APCA_API_SECRET_KEY", "Zq8vTn3mKp5wRx7y")
    told = Pager([FileAlert(tmp_path / "alerts.log")])
    with EventLog(tmp_path / EVENTS) as record:
        voice = Voice(told, record, ReplayClock(7))
        voice("QUARANTINED", "headers=<'APCA-API-SECRET-KEY': 'Zq8vTn3mKp5wRx7y'>")
        await told.drain(1.0)
    line = "headers=<'APCA-API-SECRET-KEY': '***'>"
    assert (tmp_path / "alerts.log").read_text() == f"QUARANTINED: {line}\n"
    (noted,) = Record(tmp_path)
    assert isinstance(noted, Noted)
    assert noted.body == {"code": "QUARANTINED", "line": line}


def test_a_position_whose_desk_stopped_is_pointed_out_unless_the_venue_has_its_stop() -> None:
    bare, held = holding(stop=False).floor, holding(stop=True).floor
    assert blind(bare, "watch:A") == (
        "A +40: its desk has stopped, and the venue holds no stop for it"
    )
    # While its strategies are silent another task goes on showing it the market.
    told = [blind(bare, name) for name in ("desk:A", "watch:B", "alerts")]
    assert [*told, blind(held, "watch:A")] == ["", "", "", ""]


async def test_the_command_that_is_told_of_alarms_gets_no_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APCA_API_SECRET_KEY", "Zq8vTn3mKp5wRx7y")
    monkeypatch.setenv("PAGER_NUMBER", "7")
    heard = tmp_path / "heard"
    settings = load(None, [f"alerts.command=['sh', '-c', 'env > {heard}']"])
    told = pager(settings, RunFolder(tmp_path))
    told.tell("SLOW", "x")
    await told.drain(20.0)
    assert "PAGER_NUMBER=7" in heard.read_text()
    assert "Zq8vTn3mKp5wRx7y" not in heard.read_text()
