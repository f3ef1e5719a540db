from decimal import Decimal

import pytest
from msgspec.structs import replace

from tradeplat.core import state
from tradeplat.core.calendar import Session
from tradeplat.core.conditions import CONDITION, Condition, Mode
from tradeplat.core.cover import Levels
from tradeplat.core.errors import Corrupt
from tradeplat.core.intent import HOLD, Holding, Intent
from tradeplat.core.journal import Correction, SeatState
from tradeplat.core.journal import Holding as Held
from tradeplat.core.market import MINUTE, Backfill, Bar, Quote
from tradeplat.core.orders import Fill, Order, OrderState, OrderType, Purpose, Refused, Report
from tradeplat.core.position import Position
from tradeplat.core.record import Restored
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

    world.house.recorder = Notes()
    kill = Condition("operator", "", Mode.KILLED, "KILLED", "enough", "ann", 3)
    assert world.floor.on_condition(kill, 4)
    assert not world.floor.on_condition(kill, 5)
    assert notes == [(4, CONDITION, kill.body())]
    assert world.house.conditions.mode() is Mode.KILLED


class Counting:
    """Counts bars and days, and enters at its third bar."""

    seen: int
    days: int
    adopted: float

    def __init__(self) -> None:
        self.seen = 0
        self.days = 0
        self.adopted = 0.0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        self.seen += 1
        return LONG if self.seen == 3 and not holding.quantity else HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD

    def on_session(self, session: Session) -> None:
        self.days += 1

    def on_adopted(self, holding: Holding) -> None:
        self.adopted = holding.quantity


HELD = Held("s", "A", Position(Decimal(100), Decimal(10)))


def counting() -> tuple[World, dict[str, Counting]]:
    made: dict[str, Counting] = {}

    def seats(symbol: str) -> dict[str, Counting]:
        made[symbol] = Counting()
        return {"s": made[symbol]}

    return World(seats, executor=Resting), made


def test_a_desk_goes_on_with_the_memory_its_strategy_saved() -> None:
    world, made = counting()
    world.floor.open_desk("A", 0)
    for minute in (1, 2):
        world.floor.desks["A"].on_market(bar("A", minute), minute * MINUTE)
    saved = SeatState("s", "A", 2 * MINUTE, state.save(made["A"]))
    again, remade = counting()
    again.floor.on_recovered(Restored((HELD,), seats=(saved,), cash=Decimal(7)), 3 * MINUTE)
    desk = again.floor.open_desk("A", 3 * MINUTE)
    assert (remade["A"].seen, remade["A"].days, remade["A"].adopted) == (2, 1, 0)
    assert desk.seats[0].holding.quantity == 100
    assert again.tracker.cash == 7
    history = Backfill("A", 3 * MINUTE, tuple(bar("A", minute) for minute in (1, 2, 3)))
    desk.on_market(history, 3 * MINUTE)
    assert (remade["A"].seen, remade["A"].days) == (3, 1)


def test_a_strategy_without_usable_memory_is_told_that_it_was_adopted() -> None:
    world, made = counting()
    alien = SeatState("s", "A", 2 * MINUTE, {"class": "Other", "fields": {}})
    told: list[tuple[str, str]] = []
    world.house.tell = lambda code, line: told.append((code, line))
    world.floor.on_recovered(Restored((HELD,), seats=(alien,)), 3)
    world.floor.open_desk("A", 3)
    world.floor.open_desk("B", 3)
    assert (made["A"].adopted, made["B"].adopted) == (100, 0)
    ((code, line),) = told
    assert code == "MEMORY_UNUSED"
    assert line.startswith("s A: ")
    assert "expected the state of a Counting" in line


def test_an_intent_of_an_earlier_session_is_not_carried_out_again() -> None:
    world, _ = counting()
    desk = world.floor.open_desk("A", 0)
    for minute in (1, 2, 3):
        desk.on_market(bar("A", minute), minute * MINUTE)
    (order,) = (v for v in world.verdicts if isinstance(v, Order))
    over = replace(order, state=OrderState.CANCELED)
    again, _ = counting()
    again.floor.on_recovered(Restored(orders=(over,)), 4)
    desk = again.floor.open_desk("A", 4)
    for minute in (1, 2, 3):
        desk.on_market(bar("A", minute), minute * MINUTE)
    (refused,) = again.verdicts
    assert isinstance(refused, Refused)
    assert refused.code == "DUP_INTENT"


def test_a_correction_is_recorded_and_told_to_the_strategy_it_concerns() -> None:
    world, _ = counting()
    world.floor.on_recovered(Restored((HELD,)), 1)
    desk = world.floor.open_desk("A", 1)
    world.floor.on_correction(Correction("A", "s", Decimal(-40), Decimal(10), why="gone"), 2)
    assert desk.seats[0].holding.quantity == 60


TOLD = Levels("A", "s", "tp1-a-0", Decimal("9.5"), None)
ENTRY = Order(
    "tp1-a-0",
    "A",
    "s",
    Decimal(100),
    OrderType.MARKET,
    Purpose.ENTRY,
    1,
    1,
    stop_loss=Decimal(9),
    state=OrderState.FILLED,
    filled=Decimal(100),
    average=Decimal(10),
)


@pytest.mark.parametrize(("levels", "stop"), [((TOLD,), 9.5), ((), 9.0)])
def test_what_was_protected_is_protected_again_by_the_level_last_known(levels, stop) -> None:
    world, _ = counting()
    world.floor.on_recovered(Restored((HELD,), (ENTRY,), levels=levels), 1)
    desk = world.floor.open_desk("A", 1)
    assert desk.seats[0].holding.stop == stop
    assert "A" in world.house.guarded


def test_the_level_of_an_earlier_position_does_not_protect_the_next() -> None:
    world, _ = counting()
    later = replace(ENTRY, id="tp1-b-0", cause=2, stop_loss=Decimal(8))
    world.floor.on_recovered(Restored((HELD,), (ENTRY, later)), 1)
    assert world.floor.open_desk("A", 1).seats[0].holding.stop == 8.0
