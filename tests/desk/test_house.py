from decimal import Decimal

import pytest

from tradeplat.core.conditions import CONDITION, Condition, Mode
from tradeplat.core.errors import BadInput
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order
from tradeplat.core.premises import OVERRIDE, PREMISES, Override, Premises
from worlds import LONG, Resting, World, bar

KILL = Condition("operator", "", Mode.KILLED, "KILLED", "enough", "ann", 3)


class Notes:
    def __init__(self) -> None:
        self.seen: list[tuple[int, str, object]] = []

    def note(self, now: int, kind: str, body: object) -> None:
        self.seen.append((now, kind, body))


def watched() -> tuple[World, Notes]:
    world, notes = World(lambda _: {}, executor=Resting), Notes()
    world.house.recorder = notes
    return world, notes


def test_whoever_listens_hears_each_change_once_after_it_stands() -> None:
    world, notes = watched()
    heard: list[tuple[Condition, int, Mode]] = []

    def told(condition: Condition, now: int) -> bool:
        heard.append((condition, now, world.house.conditions.mode()))
        return True

    world.house.listen(told)
    assert world.house.impose(KILL, 4)
    assert not world.house.impose(KILL, 5)
    assert heard == [(KILL, 4, Mode.KILLED)]
    assert notes.seen == [(4, CONDITION, KILL.body())]


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (KILL, set()),
        (Condition("x", "", Mode.CANCEL_ONLY), set()),
        (Condition("x", "A", Mode.REDUCE_ONLY, "HALTED"), {"B"}),
        (Condition("x", "@t", Mode.REDUCE_ONLY, "ORDER_RATE"), {"A", "B"}),
        (Condition("x", "", Mode.REDUCE_ONLY, "MAX_DRAWDOWN"), set()),
        (Condition("x", "", Mode.REDUCE_ONLY, "STREAM_DOWN"), {"A", "B"}),
    ],
)
def test_entries_at_work_are_withdrawn_where_none_is_wanted_any_more(condition, left) -> None:
    world, _ = watched()
    world.house.recorder = None
    ids = {}
    for symbol in "AB":
        world.market.tapes[symbol].on_bar(bar(symbol, 1))
        order = world.gate.review(symbol, "s", LONG, SECOND, SECOND)
        assert isinstance(order, Order)
        world.tracker.register(order)
        ids[symbol] = order.id
    world.house.impose(condition, 5)
    assert isinstance(world.executor, Resting)
    assert set(world.executor.cancelled) == {ids[s] for s in "AB" if s not in left}


def test_overrides_and_premises_are_recorded_and_reach_the_gate() -> None:
    world, notes = watched()
    override = Override("CHURN", "", "ann", "it is meant", 20)
    premises = Premises((Instrument("A", barred="delisted"),))
    world.floor.on_override(override, 4)
    world.floor.on_premises(premises, 5)
    assert notes.seen == [(4, OVERRIDE, override.body()), (5, PREMISES, premises.body())]
    assert world.gate.overrides.cover("CHURN", "A", "s", 19)
    assert world.gate.overridden(19) == [override]
    assert world.gate.overridden(20) == []
    assert world.market.instrument("A").barred == "delisted"
    with pytest.raises(BadInput, match="no person can override"):
        world.floor.on_override(Override("KILLED", "", "ann", "please", 20), 4)
    assert len(notes.seen) == 2
    assert world.market.instrument("B").lot == Decimal(1)
