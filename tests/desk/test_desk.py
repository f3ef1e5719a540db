from decimal import Decimal
from math import nan

import pytest
from msgspec.structs import replace

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import Corrupt
from tradeplat.core.intent import FLAT, HOLD, Action, Holding, Intent, Plot
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar, Status, Trade
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Refused, Report
from tradeplat.desk.desk import Desk, DeskState, House
from tradeplat.desk.manual import MANUAL
from tradeplat.risk.limits import Limits
from worlds import DAY, EXIT, LONG, SHORT, Resting, Script, World, bar, filled, quote

PROTECT = Intent(Action.PROTECT, 0.0, nan, 99.006, 104.001)
CANCEL = Intent(Action.CANCEL, 0.0, nan, nan, nan)
OPEN = DAY.open // MINUTE


def one(script: Script, **more: object) -> tuple[World, Desk]:
    world = World(lambda _: {"s": script}, **more)
    return world, world.floor.open_desk("A", 0)


def play(desk: Desk, *minutes: int) -> None:
    for minute in minutes:
        desk.on_market(bar("A", minute), minute * MINUTE)


def test_a_strategy_is_told_what_its_last_wish_led_to() -> None:
    script = Script(LONG, HOLD, EXIT)
    world, desk = one(script)
    play(desk, 1, 2, 3, 4)
    assert [told.quantity for told in script.told] == [0, 100, 100, 0]
    assert world.tracker.cash == 100_000
    assert desk.done


def test_an_order_is_reserved_before_it_is_carried_out() -> None:
    seen: list[int] = []

    class Watching(Resting):
        def accept(self, order: Order) -> None:
            seen.append(len(self.floor.house.book.open_orders))
            super().accept(order)

    script = Script(LONG)
    _, desk = one(script, executor=Watching)
    play(desk, 1, 2)
    assert seen == [1]
    assert [told.working for told in script.told] == [0, 1]
    assert not desk.done


def test_two_wishes_of_one_instant_are_judged_one_after_the_other() -> None:
    world = World(
        lambda _: {"a": Script(LONG), "b": Script(LONG)},
        Limits(max_open_trades=1),
        executor=Resting,
    )
    play(world.floor.open_desk("A", 0), OPEN + 1)
    first, second = world.verdicts
    assert isinstance(first, Order)
    assert isinstance(second, Refused)
    assert second.code == "MAX_OPEN_TRADES"
    assert world.house.refused == {"MAX_OPEN_TRADES": 1}


def test_history_warms_and_never_trades() -> None:
    script = Script(LONG, LONG)
    world, desk = one(script)
    history = Backfill("A", 2 * MINUTE, (bar("A", 1), bar("A", 2)))
    desk.on_market(history, 2 * MINUTE)
    assert script.told == [FLAT, FLAT]
    assert not world.digest.seen
    assert world.market.tapes["A"].last == 100.0


def test_each_trading_day_is_announced_once_before_its_first_fact() -> None:
    script = Script()
    _, desk = one(script)
    play(desk, 20, 21)
    assert script.sessions == [DAY]


def test_history_of_an_earlier_day_is_shown_as_that_day() -> None:
    """A gap is measured from the close of the day before: its bars must not pass for today's."""
    order: list[int] = []

    class Diary(Script):
        def on_session(self, session: Session) -> None:
            order.append(session.day)

        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            order.append(bar.ts // MINUTE)
            return HOLD

    script = Diary()
    world = World(lambda _: {"s": script})
    tomorrow = DAY._replace(day=20260106, **_later(DAY, 1440))
    world.market.calendar = Calendar([DAY, tomorrow])
    desk = world.floor.open_desk("A", 0)
    early = tomorrow.pre_open // MINUTE + 5
    # What waits from before the desk was open is no market fact of the day.
    desk.on_market(Status("A", early * MINUTE, trading=True, code="", feed="csv"), early * MINUTE)
    past = (bar("A", OPEN + 1), bar("A", early))
    desk.on_market(Backfill("A", (early + 1) * MINUTE, past), (early + 1) * MINUTE)
    play(desk, early + 2)
    assert order == [20260105, OPEN + 1, 20260106, early, early + 2]


def test_history_that_ends_the_day_before_leaves_the_desk_in_today() -> None:
    script = Script()
    world = World(lambda _: {"s": script})
    tomorrow = DAY._replace(day=20260106, **_later(DAY, 1440))
    world.market.calendar = Calendar([DAY, tomorrow])
    desk = world.floor.open_desk("A", 0)
    desk.on_market(Backfill("A", tomorrow.pre_open + MINUTE, (bar("A", OPEN + 1),)), 0)
    assert script.sessions == [DAY, tomorrow]


def _later(session: Session, minutes: int) -> dict[str, int]:
    fields = ("pre_open", "open", "close", "post_close")
    return {name: getattr(session, name) + minutes * MINUTE for name in fields}


def test_a_strategy_is_told_of_a_gap_when_it_has_seen_what_fills_it_and_of_a_warm_start_never():
    script = Script(LONG, LONG, LONG)
    world, desk = one(script)
    desk.on_market(Backfill("A", 2 * MINUTE, (bar("A", 1), bar("A", 2))), 2 * MINUTE)
    assert (len(script.told), script.gaps) == (2, [])
    unhealed = Backfill("A", 4 * MINUTE, (), since=2 * MINUTE, healed=False)
    desk.on_market(unhealed, 4 * MINUTE)
    assert script.gaps == [unhealed]
    healed = Backfill("A", 5 * MINUTE, (bar("A", 3),), since=2 * MINUTE)
    desk.on_market(healed, 5 * MINUTE)
    assert (len(script.told), script.gaps) == (3, [unhealed, healed])
    assert not world.digest.seen


def test_an_amendment_reaches_the_strategy_and_triggers_nothing() -> None:
    script = Script(LONG)
    world, desk = one(script)
    amended = Bar("A", MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "csv", revision=1)
    desk.on_market(amended, MINUTE)
    assert script.amended == [amended]
    assert not script.told
    assert not world.digest.seen


def test_a_halt_withdraws_entries_at_work_and_leaves_the_rest() -> None:
    world, desk = one(Script(LONG), executor=Resting)
    play(desk, OPEN, OPEN + 1)
    entry = world.verdicts[0]
    assert isinstance(entry, Order)
    ts = (OPEN + 2) * MINUTE
    desk.on_market(Status("A", ts, trading=True, code="", feed="csv"), ts)
    assert world.executor.cancelled == []
    world.floor.on_report(filled(entry, Decimal(100), Decimal(40)), ts)
    leg = replace(entry, id="leg", purpose=Purpose.STOP, quantity=Decimal(-40), filled=Decimal(0))
    world.floor.on_report(Report("leg", "A", OrderState.WORKING, ts, order=leg), ts)
    desk.on_market(Status("A", ts + 1, trading=False, code="T1", feed="csv"), ts + 1)
    assert world.executor.cancelled == [entry.id]


def test_halts_are_kept_and_stop_entries() -> None:
    world, desk = one(Script(LONG))
    desk.on_market(Status("A", MINUTE, trading=False, code="LUDP", feed="csv"), MINUTE)
    play(desk, 2)
    assert world.house.refused == {"HALTED": 1}


def test_a_closing_desk_takes_no_entries_and_lets_exits_through() -> None:
    world, desk = one(Script(LONG, LONG, EXIT))
    play(desk, 1)
    desk.turn(DeskState.CLOSING, MINUTE)
    play(desk, 2, 3)
    assert world.house.refused == {"CLOSING": 1}
    assert desk.done


def test_flatten_closes_the_position_and_withdraws_entries() -> None:
    world, desk = one(Script(LONG))
    play(desk, 1)
    desk.flatten(2 * MINUTE)
    assert desk.done
    last = world.verdicts[-1]
    assert isinstance(last, Order)
    assert last.purpose is Purpose.FLATTEN


def test_flatten_takes_a_resting_exit_out_of_its_way() -> None:
    away = Intent(Action.EXIT, 1.0, 101.0, nan, nan)
    world, desk = one(Script(LONG, away))
    play(desk, 1)
    world.house.install(resting := Resting(world.floor))
    play(desk, 2)
    desk.flatten(3 * MINUTE)
    (exit_order,) = resting.accepted
    assert resting.cancelled == [exit_order.id]


def test_levels_are_moved_on_the_entry_that_has_legs() -> None:
    script = Script(Intent(Action.ENTER, 1.0, nan, 98.0, nan), PROTECT)
    world, desk = one(script)
    play(desk, 1)
    entry = world.verdicts[0]
    assert isinstance(entry, Order)
    leg = Order(
        entry.id + "-sl", "A", "s", -entry.quantity, OrderType.STOP, Purpose.STOP, 1, 1,
        stop=entry.stop_loss, parent=entry.id,
    )  # fmt: skip
    world.floor.on_report(Report(leg.id, "A", OrderState.WORKING, 1, order=leg), 1)
    play(desk, 2)
    assert script.told[-1].stop == 98.0
    ((order_id, stop, target),) = world.executor.protected
    # The entry has no target at the venue: the guard keeps that one.
    assert (order_id, str(stop), target) == (entry.id, "99.00", None)


def test_cancel_withdraws_working_entries() -> None:
    world, desk = one(Script(LONG, CANCEL), executor=Resting)
    play(desk, 1, 2)
    entry = world.verdicts[0]
    assert isinstance(entry, Order)
    assert world.executor.cancelled == [entry.id]


def test_quotes_reach_the_strategy_and_the_tape() -> None:
    world, desk = one(Script())
    last = quote("A", MINUTE, 9.0, 9.1)
    desk.on_market(last, MINUTE)
    assert world.market.tapes["A"].quote is last


def test_an_unknown_fact_is_an_error_not_ignored() -> None:
    _, desk = one(Script())
    with pytest.raises(Corrupt, match="unknown fact"):
        desk.on_market(Trade("A", 1, 1.0, 1.0, "csv"), 1)


def test_a_house_without_a_way_out_says_so() -> None:
    world, _ = one(Script())
    house = House(world.gate, world.tracker, world.market, world.digest)
    with pytest.raises(Corrupt, match="no executor"):
        _ = house.executor


def test_another_strategys_order_leaves_a_seat_as_it_was() -> None:
    world = World(lambda _: {"a": Script(LONG), "b": Script()}, executor=Resting)
    desk = world.floor.open_desk("A", 0)
    play(desk, 1)
    order = world.verdicts[0]
    assert isinstance(order, Order)
    world.floor.on_report(filled(order, order.quantity), 2)
    assert [seat.holding.quantity for seat in desk.seats] == [100, 0]


def test_a_quarantine_is_for_good() -> None:
    script = Script(LONG)
    world, desk = one(script)
    desk.turn(DeskState.QUARANTINED, 0)
    desk.turn(DeskState.OPEN, 1)
    play(desk, 1)
    assert desk.state is DeskState.QUARANTINED
    assert world.verdicts == []
    # Its strategies are asked nothing any more, and told nothing either.
    assert script.told == script.sessions == []
    desk.command(LONG, 2)
    assert world.house.refused == {"CLOSING": 1}


def test_declared_curves_are_kept_once_a_minute_while_somebody_records() -> None:
    class Curved(Script):
        PLOTS = (Plot("mean"), Plot("level"))
        mean = 5.0
        level = nan

    noted: list[tuple[int, str, object]] = []

    class Notes:
        def note(self, now: int, kind: str, body: object) -> None:
            noted.append((now, kind, body))

        def __getattr__(self, name: str) -> object:
            return lambda *_: None

    world = World(lambda _: {"s": Curved()})
    world.house.recorder = Notes()
    desk = world.floor.open_desk("A", 0)
    for second in (60, 61, 62, 120):
        ts = second * SECOND
        desk.on_market(Bar("A", ts, 1.0, 1.0, 1.0, 1.0, 1.0, 1, "csv"), ts)
    assert [now // SECOND for now, kind, _ in noted if kind == "plot"] == [60, 120]
    body = {"symbol": "A", "strategy": "s", "values": {"mean": 5.0, "level": None}}
    assert noted[0][2] == body


def test_a_command_passes_the_gate_as_strategy_manual() -> None:
    world, desk = one(Script())
    play(desk, 1)
    order = desk.command(LONG, MINUTE + 5)
    assert isinstance(order, Order)
    assert (order.strategy, order.quantity, order.cause) == (MANUAL, 100, MINUTE + 5)
    assert world.digest.seen == [("A", MANUAL, MINUTE + 5, LONG, order)]
    assert not desk.done
    desk.command(EXIT, MINUTE + 6)
    assert desk.done


def test_positions_by_hand_are_kept_apart_and_netted_at_the_account() -> None:
    world, desk = one(Script(LONG))
    play(desk, 1)
    desk.command(SHORT, MINUTE)
    assert [seat.holding.quantity for seat in desk.seats] == [100, -100]
    assert world.tracker.net("A") == 0
    desk.flatten(2 * MINUTE)
    assert [seat.holding.quantity for seat in desk.seats] == [0, 0]


def test_two_commands_of_one_instant_are_two_orders() -> None:
    world, desk = one(Script())
    play(desk, 1)
    first, second = desk.command(LONG, MINUTE), desk.command(LONG, MINUTE)
    assert isinstance(first, Order)
    assert isinstance(second, Order)
    assert first.id != second.id
    assert world.tracker.net("A") == 200


def test_a_closing_desk_refuses_a_command_to_enter_and_lets_one_leave() -> None:
    _, desk = one(Script())
    play(desk, 1)
    desk.command(LONG, MINUTE)
    desk.turn(DeskState.CLOSING, MINUTE)
    refused = desk.command(LONG, 2 * MINUTE)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.strategy) == ("CLOSING", MANUAL)
    assert isinstance(desk.command(EXIT, 3 * MINUTE), Order)
    assert desk.done


def test_a_desk_opened_again_knows_what_was_bought_by_hand() -> None:
    world, desk = one(Script())
    play(desk, 1)
    desk.command(LONG, MINUTE)
    world.floor.close_desk("A", MINUTE)
    again = world.floor.open_desk("A", 2 * MINUTE)
    assert not again.done
    again.flatten(2 * MINUTE)
    assert again.done


def test_what_a_strategy_holds_that_is_here_no_more_is_not_forgotten() -> None:
    """As after a restart with other strategies: it is guarded, closed with the rest, and no desk
    that still has it is done.
    """
    world, _ = one(Script(LONG))
    play(world.floor.desks["A"], 1)
    world.floor.close_desk("A", MINUTE)
    world.floor._seats = lambda _: {"t": Script()}
    again = world.floor.open_desk("A", 2 * MINUTE)
    assert [(seat.name, seat.holding.quantity) for seat in again.seats] == [("t", 0), ("s", 100)]
    assert not again.done
    again.flatten(2 * MINUTE)
    assert again.done


def test_a_command_is_recorded_before_it_is_judged() -> None:
    heard: list[str] = []

    class Ears:
        def note(self, now: int, kind: str, body: object) -> None:
            heard.append(f"{kind} {body}")

        def __getattr__(self, name: str) -> object:
            return lambda *_: heard.append(name)

    world = World(lambda _: {"s": Script()})
    world.house.recorder = Ears()
    desk = world.floor.open_desk("A", 0)
    play(desk, 1)
    desk.command(Intent(Action.ENTER, 1.0, 101.5, nan, nan), MINUTE)
    said = {"symbol": "A", "action": 1, "conviction": 1.0, "limit": 101.5}
    said |= {"stop": None, "target": None, "strategy": "manual", "quantity": None, "whole": True}
    said |= {"at_once": False}
    body = f"{said}"
    assert heard[2:4] == [f"command {body}", "decision"]
