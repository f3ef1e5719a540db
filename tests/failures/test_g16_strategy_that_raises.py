"""G16: a strategy that raises an exception at each bar is asked once, and harms nobody."""

import pytest

from runtime.test_strategy_manager import Parts
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import Bar, Quote
from tradeplat.core.orders import Order, Purpose, Refused
from tradeplat.desk.desk import DeskState
from worlds import LONG, Script, World, bar, quote

NAN = float("nan")
GUARDED = Intent(Action.ENTER, 1.0, NAN, 95.0, NAN)


class Raising(Script):
    """Buys 100 A with a stop at 95, and from then on knows nothing but exceptions."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error
        self.asked = 0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        self.asked += 1
        if self.asked == 1:
            return GUARDED
        raise self.error

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return self.on_bar(bar(quote.symbol, 1), holding)


def sent(world: World) -> list[Order]:
    accepted: list[Order] = world.executor.accepted
    return accepted


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyError, RecursionError, MemoryError])
async def test_g16_an_exception_at_each_bar_is_heard_once(error: type[Exception]) -> None:
    bad = Raising(error)
    world = World(lambda symbol: {"s": bad if symbol == "A" else Script(HOLD, LONG)})
    world.tracker.arm("s", "A", None, None)
    parts = Parts(world, "A", "B")
    async with parts.supervisor:
        await parts.manager.poll()
        await parts.feed("A", bar("A", 1), bar("A", 2))
        before = len(sent(world))
        for minute in range(3, 200):
            await parts.feed("A", bar("A", minute, 100.0), quote("A", minute, 99.0, 101.0))
        assert bad.asked == 2
        assert world.floor.desks["A"].state is DeskState.QUARANTINED
        # Its failing makes no orders, and it gets no more of them.
        assert len(sent(world)) == before
        late = world.gate.review("A", "s", LONG, 7, 7)
        desk = world.floor.desks["A"]
        desk.on_market(bar("A", 200), 0)
        assert bad.asked == 2
        assert isinstance(late, Order | Refused)
        await parts.feed("B", bar("B", 1), bar("B", 2))
        assert world.tracker.net("B") == 100


async def test_g16_what_it_holds_is_guarded_all_the_same() -> None:
    world = World(lambda _: {"s": Raising(ValueError)})
    guard = world.house.guard
    assert guard is not None
    guard.prompt = True
    parts = Parts(world, "A")
    async with parts.supervisor:
        await parts.manager.poll()
        await parts.feed("A", bar("A", 1), bar("A", 2))
        assert world.floor.desks["A"].state is DeskState.QUARANTINED
        assert world.tracker.net("A") == 100
        await parts.feed("A", bar("A", 3, 94.0), bar("A", 4, 94.0))
        assert world.market.tapes["A"].last == 94.0
        assert world.tracker.net("A") == 0
    assert sent(world)[0].purpose is Purpose.ENTRY


async def test_g16_a_ticker_that_leaves_the_list_leaves_no_task_behind() -> None:
    world = World(lambda _: {"s": Raising(ValueError)})
    parts = Parts(world, "A")
    async with parts.supervisor:
        await parts.manager.poll()
        await parts.feed("A", bar("A", 1), bar("A", 2))
        assert parts.supervisor.running == ["watch:A"]
        parts.scanner.symbols.clear()
        world.floor.desks["A"].flatten(3)
        await parts.manager.poll()
        assert parts.supervisor.running == []
        assert "A" not in world.floor.desks
