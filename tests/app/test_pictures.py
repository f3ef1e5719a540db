from decimal import Decimal
from math import isnan, nan

import msgspec

from app.test_standing import holding, stands
from tradeplat.app.pictures import Health, Pictures
from tradeplat.control.records import LineKind, LineState
from tradeplat.control.scene import Scene
from tradeplat.core.conditions import STOPPED, Condition, Mode
from tradeplat.core.intent import Plot
from tradeplat.core.lifecycle import OrderState
from tradeplat.core.market import MINUTE, Bar
from tradeplat.core.orders import Order, Report
from tradeplat.core.ports import Candidate
from tradeplat.history.sessions import nyse_calendar
from worlds import LONG, Resting, Script, World, bar


def pictures(world: World, **health: object) -> Pictures:
    made = stands(world)
    return Pictures(made, world.tracker, Scene(), Health(**health), Decimal(100_000))


def test_a_position_is_drawn_with_its_stop_and_what_it_made() -> None:
    world = holding(stop=True)
    world.floor.desks["A"].on_market(bar("A", 2, 101.0), 2 * MINUTE)
    (row,) = pictures(world).positions().rows
    assert (row.symbol, row.strategy, row.quantity, row.average) == ("A", "s", 40.0, 100.0)
    assert (row.last, row.stop, row.open, row.protected) == (101.0, 90.0, 40.0, True)
    assert row.r is None
    bare = pictures(holding(stop=False)).positions().rows[0]
    assert (bare.stop, bare.protected) == (None, False)


def test_a_gain_is_told_in_units_of_what_was_risked() -> None:
    world = holding(stop=True)
    world.floor.desks["A"].on_market(bar("A", 2, 102.0), 2 * MINUTE)
    drawn = pictures(world)
    (entry,) = [one for one in world.verdicts if isinstance(one, Order)]
    stopped = msgspec.structs.replace(entry, stop_loss=Decimal(98), filled=Decimal(40))
    drawn._scene.change(1, stopped, None)
    assert drawn.positions().rows[0].r == 1.0


def test_a_chart_has_a_line_for_entry_stop_and_working_orders() -> None:
    world = holding(stop=True)
    lines = {line.kind: line for line in pictures(world).lines("A")}
    assert set(lines) == {LineKind.ENTRY, LineKind.STOP}
    assert (lines[LineKind.ENTRY].price, lines[LineKind.ENTRY].quantity) == (100.0, 40.0)
    stop = lines[LineKind.STOP]
    assert (stop.price, stop.quantity, stop.reference) == (90.0, -40.0, 100.0)
    assert (stop.state, stop.strategy) == (LineState.WORKING, "s")
    assert not list(pictures(world).lines("B"))
    assert pictures(world).live() == {"A"}


def test_a_line_keeps_its_name_when_its_price_moves_and_says_how_sure_it_is() -> None:
    world = holding(stop=True)
    drawn = pictures(world)
    before = {line.kind: line.key for line in drawn.lines("A")}
    (leg,) = [one for one in world.tracker.open_orders.values() if one.parent]
    world.floor.on_move(leg.id, OrderState.REPLACE_PENDING, "", 3)
    child = msgspec.structs.replace(leg, id=leg.id + "2", stop=Decimal(91), state=OrderState.INTENT)
    world.floor.on_report(Report(child.id, "A", OrderState.WORKING, 3, order=child), 3)
    after = {line.key: line for line in drawn.lines("A")}
    assert after[before[LineKind.STOP]].state is LineState.REPLACING
    world.floor.on_report(Report(leg.id, "A", OrderState.REPLACED, 4), 4)
    moved = {line.kind: line for line in drawn.lines("A")}
    assert moved[LineKind.STOP].key == before[LineKind.STOP]
    assert moved[LineKind.STOP].price == 91.0


def test_an_order_on_its_way_is_drawn_as_sent() -> None:
    world = World(lambda _: {"s": Script(LONG._replace(limit=99.0))}, executor=lambda _: Silent())
    world.floor.open_desk("A", 0).on_market(bar("A", 1), MINUTE)
    (line,) = pictures(world).lines("A")
    assert (line.kind, line.state, line.price) == (LineKind.WORKING, LineState.SENT, 99.0)
    assert isnan(line.reference)


class Silent(Resting):
    """Says nothing of an order."""

    def __init__(self) -> None:
        return None

    def accept(self, order: Order) -> None:
        """Nothing comes back."""


def test_the_worth_adds_up_and_the_pulse_is_as_measured() -> None:
    world = holding(stop=True)
    world.floor.desks["A"].on_market(bar("A", 2, 101.0), 2 * MINUTE)
    drawn = pictures(world, loop=lambda: 0.5, queue=lambda: 3, loss_limit=lambda: 2_000.0)
    assert drawn.worth() == (100_040.0, 0.0, 40.0)
    pulse = drawn.pulse()
    assert (pulse.now, pulse.loop_p99_ms, pulse.queue) == (5 * MINUTE, 0.5, 3)
    assert isnan(pulse.feed_lag_ms)
    told = drawn.statistics()
    assert (told.equity, told.open, told.loss_limit) == (100_040.0, 40.0, 2_000.0)
    assert told.open_orders == 2


def test_strategies_show_what_they_declare_and_their_last_word() -> None:
    class Drawn(Script):
        PLOTS = (Plot("mean"), Plot("up", style="band", other="down"))
        mean, up, down = 9.5, 10.0, nan

    world = World(lambda _: {"s": Drawn()})
    world.floor.open_desk("A", 0)
    drawn = pictures(world)
    (row,) = drawn.strategies().rows
    assert row.values == {"mean": 9.5, "up": 10.0, "down": None}
    assert (row.desk, row.intent, row.refusal) == ("open", "", "")
    heard: list[tuple[str, str, int]] = []
    drawn._scene.values = lambda symbol, name, ts, values: heard.append((symbol, name, ts))
    drawn._scene.watched = True
    world.floor.desks["A"]._recorder = drawn._scene
    drawn.watched(on=True)
    world.floor.desks["A"].on_market(bar("A", 1), MINUTE)
    drawn.watched(on=False)
    world.floor.desks["A"].on_market(bar("A", 2), 2 * MINUTE)
    assert heard == [("A", "s", MINUTE)]


def test_the_list_has_what_is_in_first_and_trading_says_what_stands() -> None:
    world = holding(stop=True)
    drawn = pictures(world)
    drawn._scene.listed = tuple(
        Candidate(name, active=name == "B", reason="r", ts=1, feed="x") for name in "AB"
    )
    assert [row.symbol for row in drawn.scanner().rows] == ["B", "A"]
    world.floor.on_condition(Condition("person", "", Mode.REDUCE_ONLY, "MODE", "wait", ts=1), 1)
    told = drawn.trading()
    assert (told.account_mode, told.account_stream) == ("reduce_only", "DOWN")
    assert told.market_streams == {"A": "live", "B": "backfilling"}
    assert "wait" in told.conditions[0]


def test_the_table_knows_the_grid_at_the_last_price() -> None:
    world = World(lambda _: {"s": Script()})
    drawn = pictures(world)
    assert drawn.entry("A") == (0.01, 1.0, 2, None)
    world.market.tapes["A"].last = 0.5
    assert drawn.entry("A") == (0.0001, 1.0, 4, None)


def test_the_close_of_the_day_before_is_that_of_our_bars_else_the_scanner_s() -> None:
    world = holding(stop=True)
    calendar = nyse_calendar()
    world.market.calendar = calendar
    today = calendar.sessions[-1]
    before = calendar.previous(today.open)
    drawn = pictures(world)
    assert drawn.entry("A")[3] is None
    row = Candidate("A", active=True, reason="r", ts=1, feed="x", price=5.5, change=10.0)
    drawn._scene.candidates(0, [row])
    assert drawn.entry("A")[3] == 5.0
    for ts, close in ((before.close, 4.9), (before.post_close, 4.8), (today.open, 5.4)):
        drawn._scene.fact(ts, Bar("A", ts, close, close, close, close, 1.0, 60, "x"))
    assert drawn.entry("A")[3] == 4.9


def test_a_strategy_that_a_person_stopped_says_so() -> None:
    world = holding(stop=True)
    drawn = pictures(world)
    assert [row.desk for row in drawn.strategies().rows] == ["open"]
    world.floor.on_condition(Condition("operator", "@s", Mode.REDUCE_ONLY, STOPPED, ts=1), 1)
    assert [row.desk for row in drawn.strategies().rows] == ["stopped"]
