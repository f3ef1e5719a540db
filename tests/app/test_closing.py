from decimal import Decimal

import pytest

from tradeplat.app.closing import Closing, Remains
from tradeplat.core.closing import Flattened
from tradeplat.core.market import MINUTE
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report
from tradeplat.runtime.wall_clock import WallClock
from worlds import LONG, Instant, Resting, Script, World, bar, filled


class Way(Instant):
    """An executor of the live one's shape whose cancels are confirmed at once."""

    idle = True

    def cancel_all(self, *, protective: bool = True) -> None:
        for order in list(self.floor.house.book.open_orders.values()):
            if protective or order.purpose not in (Purpose.STOP, Purpose.TARGET):
                self.cancel(order.id)

    def cancel(self, order_id: str) -> None:
        super().cancel(order_id)
        self.floor.on_report(Report(order_id, "A", OrderState.CANCELED, 9), 9)


class Slow(Way, Resting):
    """The same, but orders rest."""


def closing(world: World) -> Closing:
    executor, clock = world.executor, WallClock()

    async def flatten() -> Flattened:
        for desk in world.floor.desks.values():
            desk.flatten(clock.now())
        return Flattened()

    return Closing(world.floor, world.tracker, executor, clock, flatten)


async def test_flatten_leaves_nothing() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Way)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    remains = await closing(world).close("flatten")
    assert remains.nothing
    assert not list(remains.lines())


async def test_what_is_taken_back_while_all_is_closed_is_closed_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tradeplat.app.closing.HEARING", 0.0)
    world = World(lambda _: {"s": Script(LONG)}, executor=Way)
    desk = world.floor.open_desk("A", 0)
    desk.on_market(bar("A", 1), MINUTE)
    executor, clock = world.executor, WallClock()
    asked: list[int] = []

    async def flatten() -> Flattened:
        asked.append(1)
        if len(asked) > 1:  # the broker held nothing at first: our book alone knows better
            desk.flatten(clock.now())
        return Flattened()

    ending = Closing(world.floor, world.tracker, executor, clock, flatten)
    remains = await ending.close("flatten")
    assert remains.nothing
    assert len(asked) == 2


async def test_what_a_flatten_leaves_is_told_and_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tradeplat.app.closing.PATIENCE", 0.05)
    world = World(lambda _: {"s": Script(LONG)}, executor=Way)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    (held,) = [(symbol, p.quantity) for symbol, p in world.tracker.positions.items()]
    asked: list[int] = []

    async def flatten() -> Flattened:
        asked.append(1)
        return Flattened((held,), ("A",))

    ending = Closing(world.floor, world.tracker, world.executor, WallClock(), flatten)
    remains = await ending.close("flatten")
    assert remains.positions == (held,)
    assert len(asked) == 1


async def test_cancel_withdraws_entries_and_keeps_protection() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Slow)
    desk = world.floor.open_desk("A", 0)
    desk.on_market(bar("A", 1), MINUTE)
    entry = world.verdicts[0]
    assert isinstance(entry, Order)
    half = filled(entry, Decimal(100), Decimal(40))
    world.floor.on_report(half, 2)
    stop = Order(
        entry.id + "-sl", "A", "s", Decimal(-40), OrderType.STOP, Purpose.STOP, 1, 1,
        stop=Decimal(90), parent=entry.id,
    )  # fmt: skip
    world.floor.on_report(Report(stop.id, "A", OrderState.WORKING, 2, order=stop), 2)
    remains = await closing(world).close("cancel")
    assert [order.id for order in remains.orders] == [stop.id]
    assert remains.positions == (("A", Decimal(40)),)
    assert next(iter(remains.lines())) == "position A +40"


async def test_leave_touches_nothing() -> None:
    world = World(lambda _: {"s": Script(LONG)}, executor=Slow)
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    remains = await closing(world).close("leave")
    assert len(remains.orders) == 1
    assert not remains.unknown


def test_an_unguarded_position_is_pointed_out() -> None:
    remains = Remains((("A", Decimal(-5)),), ())
    assert list(remains.lines()) == ["position A -5, no stop at venue"]
