from decimal import Decimal

import pytest

from tradeplat.core.conditions import CONDITION, Condition, Mode
from tradeplat.core.errors import Corrupt
from tradeplat.core.market import MINUTE
from tradeplat.core.orders import Fill, Order, OrderState, Report
from tradeplat.desk.floor import Floor
from worlds import LONG, Resting, Script, World, bar, filled


def test_desks_open_with_fresh_strategies_and_only_once() -> None:
    world = World(lambda symbol: {symbol: Script()})
    first = world.floor.open_desk("A", 0)
    assert [seat.name for seat in first.seats] == ["A"]
    with pytest.raises(Corrupt, match="A has a desk already"):
        world.floor.open_desk("A", 0)
    world.floor.close_desk("A", 1)
    assert world.floor.open_desk("A", 2) is not first


def test_a_report_reaches_the_desk_of_its_symbol_and_fills_are_heard_once() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Resting)
    heard: list[Fill] = []
    floor = Floor(world.house, lambda _: {"s": Script(LONG)}, heard.append)
    world.house.install(Resting(floor))
    desk = floor.open_desk("A", 0)
    desk.on_market(bar("A", 1), MINUTE)
    order = world.verdicts[0]
    assert isinstance(order, Order)
    floor.on_report(filled(order, Decimal(100)), 2)
    floor.on_report(filled(order, Decimal(100)), 3)
    assert [fill.quantity for fill in heard] == [100]
    assert desk.seats[0].holding.quantity == 100


def test_a_late_fill_is_booked_though_its_desk_is_gone() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Resting)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    world.floor.close_desk("A", 2)
    order = world.verdicts[0]
    assert isinstance(order, Order)
    world.floor.on_report(filled(order, Decimal(100)), 3)
    assert world.tracker.net("A") == 100


def test_our_own_moves_reach_the_desk_too() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Resting)
    desk = world.floor.open_desk("A", 0)
    desk.on_market(bar("A", 1), MINUTE)
    order = world.verdicts[0]
    assert isinstance(order, Order)
    assert desk.seats[0].holding.working == 1
    world.floor.on_report(Report(order.id, "A", OrderState.UNKNOWN, 2), 2)
    world.floor.on_move(order.id, OrderState.NOT_PLACED, "nobody knows it", 3)
    assert desk.seats[0].holding.working == 0


def test_a_condition_is_recorded_when_it_changes_something() -> None:
    world = World(lambda _: {})
    notes: list[tuple[int, str, object]] = []

    class Notes:
        def note(self, now: int, kind: str, body: object) -> None:
            notes.append((now, kind, body))

    world.house.recorder = Notes()  # type: ignore[assignment]  # nothing else is called
    kill = Condition("operator", "", Mode.KILLED, "KILLED", "enough", "ann", 3)
    assert world.floor.on_condition(kill, 4)
    assert not world.floor.on_condition(kill, 5)
    assert notes == [(4, CONDITION, kill.body())]
    assert world.house.conditions.mode() is Mode.KILLED
