"""A session begins where the account stands, whoever left it so."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from execution.trading import S
from tradeplat.app import recovery
from tradeplat.app.recovery import Found, Memories, Ownership, Parts
from tradeplat.app.settings import Settings
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import Denied
from tradeplat.core.intent import HOLD, Holding, Intent
from tradeplat.core.journal import Kind, Recovered, SeatState
from tradeplat.core.lease import Lease, lease_file
from tradeplat.core.market import MINUTE, Bar, Quote
from tradeplat.core.orders import EXTERNAL, Order, OrderState, OrderType, Purpose
from tradeplat.core.ports import Account
from tradeplat.core.position import Position
from tradeplat.core.record import Restored
from tradeplat.execution.timings import NoJournal
from waits import until
from worlds import Resting, Script, World, bar

TEN = Decimal(10)
ORDER = Order("tp1-a-0", "A", "s", Decimal(100), OrderType.LIMIT, Purpose.ENTRY, 1, 1, limit=TEN)
ACCOUNT = Account("PA1", Decimal(900), Decimal(1000), None, 7, (("B", Decimal(10), TEN),))
TOLD = Recovered(path="x", mode="paper", account="PA1", day="2026-01-05", epoch=2, seq=9, wall=5)


class Journal(NoJournal):
    def __init__(self) -> None:
        self.notes: list[tuple[str, object]] = []
        self.moves: list[tuple[str, OrderState]] = []
        self.seats: list[tuple[str, str, int, object]] = []

    def note(self, kind: str, body: object) -> None:
        self.notes.append((kind, body))

    def moved(self, order_id: str, state: OrderState, reason: str, ts: int) -> None:
        self.moves.append((order_id, state))

    def seat(self, strategy: str, symbol: str, ts: int, state: object) -> None:
        self.seats.append((strategy, symbol, ts, state))


class Executor:
    """What a start asks of the executor."""

    def __init__(self) -> None:
        self.resumed = 0
        self.account = self
        self.balance = self
        self.since = 0

    def resume(self) -> None:
        self.resumed += 1


class Broker:
    def __init__(self) -> None:
        self.known: list[Order] = []

    def know(self, orders) -> None:
        self.known = list(orders)


def begun(told: Recovered) -> tuple[World, Executor, Broker, Journal]:
    world = World(lambda _: {"s": Script()}, executor=Resting)
    executor, broker, journal = Executor(), Broker(), Journal()
    recovery.begin(Found(told, ACCOUNT), Parts(world.floor, executor, broker, journal))
    return world, executor, broker, journal


def test_without_a_journal_everything_is_the_brokers_and_nobodys() -> None:
    fresh = replace(TOLD, seq=0, wall=0)
    world, executor, broker, journal = begun(fresh)
    assert world.tracker.held(EXTERNAL, "B") == Position(TEN, TEN)
    assert world.tracker.cash == 900
    assert (executor.resumed, executor.since, broker.known) == (1, ACCOUNT.ts, [])
    ((kind, body),) = journal.notes
    assert kind == Kind.SNAPSHOT
    assert isinstance(body, dict)
    assert (body["cash"], len(body["holdings"])) == ("900", 1)


@pytest.mark.parametrize("was", [S.INTENT, S.SENDING])
def test_what_may_have_been_sent_is_unknown_and_journaled_so(was: OrderState) -> None:
    told = replace(TOLD, orders=(replace(ORDER, state=was),), cash=Decimal(500))
    world, executor, broker, journal = begun(told)
    found = world.tracker.order(ORDER.id)
    assert found is not None
    assert (found.state, found.reason) == (S.UNKNOWN, recovery.RESTARTED)
    assert journal.moves == [(ORDER.id, S.UNKNOWN)]
    assert [order.state for order in broker.known] == [S.UNKNOWN]
    assert (world.tracker.cash, executor.since) == (500, 5)
    assert journal.notes == []


def test_positions_and_closed_orders_stay_their_strategies() -> None:
    told = replace(
        TOLD,
        orders=(replace(ORDER, state=S.FILLED, filled=Decimal(100), average=TEN),),
        holdings={("s", "A"): Position(Decimal(100), TEN)},
        cash=Decimal(500),
    )
    world, _, _, journal = begun(told)
    assert world.tracker.held("s", "A").quantity == 100
    assert world.tracker.net("B") == 0
    assert journal.moves == []


def test_conditions_that_stood_stand_again() -> None:
    kill = Condition("operator", "", Mode.KILLED, "KILLED", "enough", "ann", 3)
    world, *_ = begun(replace(TOLD, conditions=(kill,)))
    assert world.house.conditions.mode() is Mode.KILLED


def test_every_ticker_that_something_was_left_at_needs_a_desk() -> None:
    working = replace(ORDER, symbol="C", state=S.WORKING)
    over = replace(ORDER, id="x", symbol="D", state=S.CANCELED)
    told = replace(
        TOLD,
        orders=(working, over),
        holdings={("s", "A"): Position(TEN, TEN), ("s", "E"): Position()},
    )
    assert recovery.symbols(recovery.restored(Found(told, ACCOUNT))) == ["A", "C"]
    assert recovery.symbols(Restored()) == []


def test_what_was_found_is_told_in_numbers() -> None:
    told = replace(TOLD, orders=(ORDER,), lost="tail lost")
    found = recovery.summary(Found(told, ACCOUNT))
    assert (found["in_doubt"], found["open"], found["at_broker"]) == (1, 1, 1)
    assert (found["epoch"], found["fresh"], found["lost"]) == (2, False, "tail lost")


async def test_a_lease_that_is_being_cleared_is_waited_for_and_another_owners_is_not(
    tmp_path, monkeypatch
) -> None:
    settings = Settings.model_validate({"run": {"logs": tmp_path}})
    file = lease_file(tmp_path / "journal", "PA1")
    guardian = Lease(file, "PA1")
    guardian.take()
    asyncio.get_running_loop().call_later(0.3, guardian.free)
    async with recovery.leased(settings, "PA1") as lease:
        assert lease.held
        monkeypatch.setattr(recovery, "CLEARING", 0.0)
        with pytest.raises(Denied, match="NO_LEASE"):
            async with recovery.leased(settings, "PA1"):
                raise AssertionError("two owners")
    assert not lease.held


async def test_without_the_lease_nothing_is_sent_and_the_session_ends(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(recovery, "OWNING", 0.01)
    with Lease(lease_file(tmp_path, "PA1"), "PA1") as lease:
        owner = Ownership(lease)
        assert owner.objection() == ""
        lease.file.unlink()
        assert owner.objection().startswith("NO_LEASE")
        with pytest.raises(Denied, match="NO_LEASE"):
            await owner.run()


class Counting:
    seen: int

    def __init__(self) -> None:
        self.seen = 0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        self.seen += 1
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


def memories() -> tuple[World, Memories, Journal, list[str]]:
    world = World(lambda _: {"s": Counting(), "t": Unsaved()}, executor=Resting)
    journal, told = Journal(), []
    kept = Memories(world.floor.desks, journal, lambda code, _: told.append(code))
    return world, kept, journal, told


class Unsaved(Counting):
    def __init__(self) -> None:
        super().__init__()
        self.secret = 5


def test_memories_are_saved_when_something_was_seen_and_only_then() -> None:
    world, kept, journal, told = memories()
    desk = world.floor.open_desk("A", 0)
    kept.save_all()
    desk.on_market(bar("A", 1), MINUTE)
    kept.save_all()
    kept.save_all()
    assert [(name, symbol, ts) for name, symbol, ts, _ in journal.seats] == [
        ("s", "A", 0),
        ("s", "A", MINUTE),
    ]
    assert told == ["state_not_saved"]


def test_what_an_order_changes_is_saved_at_once_for_its_strategy_alone() -> None:
    world, kept, journal, _ = memories()
    world.floor.open_desk("A", 0)
    kept.heard(ORDER)
    kept.heard(replace(ORDER, strategy="other"))
    kept.heard(replace(ORDER, symbol="Z"))
    assert [(name, symbol) for name, symbol, *_ in journal.seats] == [("s", "A")]


async def test_what_was_saved_is_what_the_next_session_remembers(monkeypatch) -> None:
    monkeypatch.setattr(recovery, "SAVING", 0.02)
    world, kept, journal, _ = memories()
    desk = world.floor.open_desk("A", 0)
    for minute in (1, 2):
        desk.on_market(bar("A", minute), minute * MINUTE)
    task = asyncio.create_task(kept.run())
    await until(lambda: journal.seats)
    task.cancel()
    strategy, symbol, ts, saved = journal.seats[-1]
    told = replace(TOLD, seats=(SeatState(strategy, symbol, ts, saved),))
    again, *_ = begun(told)
    floor = again.floor
    floor._seats = lambda _: {"s": Counting()}
    seat = floor.open_desk("A", 3).seats[0]
    assert seat.strategy.seen == 2
    assert seat.since == 2 * MINUTE
