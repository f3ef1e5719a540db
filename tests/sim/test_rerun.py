"""A recorded session, run again, decides the same; where it does not, the first place is named."""

from collections.abc import Callable
from decimal import Decimal
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replays import CASH, Played, Setting, chunked, orchestrated, research
from simmarkets import STEP, bar
from test_parity import RULES, Restless, ema, restless, tapes, walk
from tradeplat.core.calendar import Calendar
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.journal import Correction
from tradeplat.core.journal import Holding as Held
from tradeplat.core.market import SECOND, Bar, Quote
from tradeplat.core.orders import EXTERNAL, Order, OrderState, Report
from tradeplat.core.ports import Executor, Recorder
from tradeplat.core.position import Position
from tradeplat.core.record import (
    CORRECTED,
    RECOVERED,
    STOPPED,
    Decided,
    Entry,
    Noted,
    Restored,
    Shown,
)
from tradeplat.core.tape import Market
from tradeplat.desk.desk import DeskState, House
from tradeplat.desk.floor import Floor
from tradeplat.desk.roster import Terms
from tradeplat.execution.tracker import PositionTracker
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.events import EventLog
from tradeplat.journal.reader import Record
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.sim.rerun import Rerun, Witness
from worlds import EXIT, LONG, Script

DRIVES = {"research": research, "orchestrated": orchestrated}
LIMITS = Setting((lambda _: {}), ()).limits


class Account:
    """A fresh account whose desks a witness looks over."""

    def __init__(self, seats, record, limits=LIMITS, calendar=None) -> None:
        market = Market(calendar or Calendar([]))
        self.tracker = PositionTracker(CASH, market.tapes)
        gate = RiskGate(limits, FixedQuantity(100), self.tracker, market, "T")
        self.digest, self.witness = RunDigest(), Witness(record)
        self.house = House(gate, self.tracker, market, self.digest, self.witness)
        self.floor = Floor(self.house, seats, self.digest.fill)
        self.house.install(self.witness, guarded=False)

    def play(self) -> Rerun:
        return self.witness.play(self.floor)


def again(setting: Setting, record) -> tuple[Account, Rerun]:
    account = Account(setting.seats, record, setting.limits, setting.calendar)
    return account, account.play()


def recorded(tmp_path, drive, events, setting: Setting) -> tuple[Played, list[Entry]]:
    path = tmp_path / "events.jsonl.zst"
    path.unlink(missing_ok=True)
    with EventLog(path, flush_every=0) as log:
        played = drive(chunked(events), setting._replace(recorder=log))
    assert not log.failed
    return played, list(Record(path))


def same(played: Played, account: Account, found: Rerun) -> None:
    assert found.difference is None
    for digest in (account.digest, found.recorded):
        assert digest.decisions_sha256 == played.digest.decisions_sha256
        assert digest.fills_sha256 == played.digest.fills_sha256
    assert account.digest.decided == played.digest.decided
    assert account.tracker.equity() == played.tracker.equity()
    assert account.house.refused == played.house.refused
    assert sorted(account.floor.desks) == sorted(played.floor.desks)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("drive", DRIVES.values(), ids=DRIVES.keys())
def test_a_session_of_either_drive_decides_the_same_again(tmp_path, drive, rules) -> None:
    events = [e for n, s in enumerate("ABCD") for e in walk(s, n, 300, quotes=n % 2 == 0)]
    minute = 60 * SECOND
    schedule = [(0, ["A", "B"]), (minute, ["B", "C", "D"]), (3 * minute, ["A"]), (4 * minute, [])]
    terms = Terms(period=5 * SECOND, debounce=2, deadline=30 * SECOND, max_desks=3)
    setting = Setting(restless, schedule, rules, terms, warmup=20)
    played, entries = recorded(tmp_path, drive, events, setting)
    account, found = again(setting, entries)
    same(played, account, found)
    assert account.digest.filled > 20


def test_a_gate_that_judges_all_desks_together_judges_the_same_again(tmp_path) -> None:
    events = [e for n, s in enumerate("ABC") for e in walk(s, n + 40, 200, quotes=True)]
    limits = Limits(max_open_trades=2, max_open_orders=3, hours=Hours.ANY)
    setting = Setting(restless, tuple("ABC"), limits=limits)
    played, entries = recorded(tmp_path, research, events, setting)
    account, found = again(setting, entries)
    same(played, account, found)
    assert account.house.refused["MAX_OPEN_TRADES"] > 10


@settings(max_examples=20, deadline=None)
@given(tapes(), st.sampled_from(list(RULES.values())), st.integers(0, 20))
def test_any_tape_decides_the_same_again(tmp_path_factory, events, rules, went) -> None:
    schedule = [(0, ["A", "B"]), (went * SECOND, ["B"])]
    terms = Terms(period=SECOND, debounce=1, deadline=3 * SECOND)
    setting = Setting(restless, schedule, rules, terms, warmup=3)
    played, entries = recorded(tmp_path_factory.mktemp("run"), research, events, setting)
    same(played, *again(setting, entries))


class Late:
    """A venue that answers when it is polled, between facts: as a live one does."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.answers: list[Report] = []

    def accept(self, order: Order) -> None:
        state = OrderState.SENDING
        self.floor.on_move(order.id, state, "", order.created)
        self.answers.append(Report(order.id, order.symbol, OrderState.WORKING, order.created))
        price = self.floor.house.book.mark(order.symbol)
        done = abs(order.quantity)
        self.answers.append(
            Report(order.id, order.symbol, OrderState.FILLED, order.created, done, price)
        )

    def cancel(self, order_id: str) -> None:
        pass  # this venue has filled it by then

    def protect(self, order_id: str, stop: Decimal | None, target: Decimal | None) -> None:
        pass  # nor has it legs


def live(tmp_path, seats, events, take: int) -> tuple[Account, list[Entry]]:
    """A live-like session: after each fact the venue's oldest `take` answers come in."""
    path = tmp_path / "live.zst"
    with EventLog(path) as log:
        account = Account(seats, [])
        account.house.recorder = log
        venue: Executor = Late(account.floor)
        account.house.install(venue)
        desk = account.floor.open_desk("A", 0)
        for number, event in enumerate(events):
            desk.on_market(event, event.ts + 5)
            if number % 3 == 0:
                log.note(event.ts + 6, "alarm", {"code": "X"})
            for _ in range(min(take, len(venue.answers))):
                account.floor.on_report(venue.answers.pop(0), event.ts + 7)
    return account, list(Record(path))


@pytest.mark.parametrize("take", [1, 2, 5])
def test_a_live_session_whose_answers_came_between_facts_decides_the_same_again(
    tmp_path, take
) -> None:
    lived, entries = live(tmp_path, restless, walk("A", 3, 300, quotes=True), take)
    account, found = again(Setting(restless, ()), entries)
    assert found.difference is None
    assert account.digest.decisions_sha256 == lived.digest.decisions_sha256
    assert account.digest.fills_sha256 == lived.digest.fills_sha256
    assert lived.digest.filled > 30


COMMANDS = (
    Intent(Action.ENTER, 1.0, 10_000.0, nan, nan),
    Intent(Action.ENTER, -1.0, nan, nan, nan),
    Intent(Action.ENTER, 1.0, nan, nan, nan),
    Intent(Action.CANCEL, 0.0, nan, nan, nan),
    EXIT,
)


def by_hand(tmp_path, seats, events, pressed) -> tuple[Account, list[Entry]]:
    """A live-like session in which a person commands the desk after some of the facts."""
    path = tmp_path / "hand.zst"
    path.unlink(missing_ok=True)
    with EventLog(path) as log:
        account = Account(seats, [])
        account.house.recorder = log
        venue = Late(account.floor)
        account.house.install(venue)
        desk = account.floor.open_desk("A", 0)
        for number, event in enumerate(events):
            desk.on_market(event, event.ts + 5)
            for command in pressed.get(number, ()):
                if command is None:
                    desk.flatten(event.ts + 6)
                else:
                    desk.command(command, event.ts + 6)
            if venue.answers:
                account.floor.on_report(venue.answers.pop(0), event.ts + 7)
    return account, list(Record(path))


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 60), st.lists(st.sampled_from([None, *COMMANDS]), max_size=3), max_size=12
    )
)
def test_whatever_a_person_commanded_is_decided_the_same_again(tmp_path_factory, pressed) -> None:
    events = walk("A", 3, 60, quotes=True)
    lived, entries = by_hand(tmp_path_factory.mktemp("run"), restless, events, pressed)
    account, found = again(Setting(restless, ()), entries)
    assert found.difference is None
    assert account.digest.decided == lived.digest.decided
    assert account.digest.decisions_sha256 == lived.digest.decisions_sha256
    assert account.digest.fills_sha256 == lived.digest.fills_sha256
    assert account.house.refused == lived.house.refused


def modal(tmp_path, seats, events, asked) -> tuple[Account, list[Entry]]:
    """A live-like session in which conditions come and go: between facts, and, where `asked`
    names an order, while a desk is still deciding.
    """
    path = tmp_path / "modes.zst"
    path.unlink(missing_ok=True)
    with EventLog(path) as log:
        account = Account(seats, [])
        account.house.recorder = log

        class Strict(Late):
            def accept(self, order: Order) -> None:
                super().accept(order)
                self.impose("order", account.digest.orders, order.created)

            def impose(self, at: str, number: int, now: int) -> None:
                for scope, mode in asked.get((at, number), ()):
                    self.floor.on_condition(Condition("test", scope, mode, ts=now), now)

        venue = Strict(account.floor)
        account.house.install(venue)
        desk = account.floor.open_desk("A", 0)
        for number, event in enumerate(events):
            desk.on_market(event, event.ts + 5)
            venue.impose("fact", number, event.ts + 6)
            if venue.answers:
                account.floor.on_report(venue.answers.pop(0), event.ts + 7)
    return account, list(Record(path))


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["fact", "order"]), st.integers(0, 40)),
        st.lists(st.tuples(st.sampled_from(["", "A", "@a"]), st.sampled_from(list(Mode)))),
        max_size=12,
    )
)
def test_whatever_stood_against_orders_stands_at_the_same_place_again(
    tmp_path_factory, asked
) -> None:
    events = walk("A", 3, 60, quotes=True)
    lived, entries = modal(tmp_path_factory.mktemp("run"), restless, events, asked)
    account, found = again(Setting(restless, ()), entries)
    assert found.difference is None
    assert account.digest.decisions_sha256 == lived.digest.decisions_sha256
    assert account.house.refused == lived.house.refused
    assert account.house.conditions.standing == lived.house.conditions.standing


def test_a_condition_the_record_garbles_is_named_by_its_line() -> None:
    entries = [Noted(0, 1, "condition", {"mode": "asleep"})]
    with pytest.raises(BadInput, match="line 1: condition"):
        again(Setting(scripted(), ()), entries)


def test_a_record_cut_after_a_command_is_rerun_up_to_it(tmp_path) -> None:
    class Cut(list[Entry]):
        truncated = True

    pressed = {3: [COMMANDS[2]], 5: [EXIT, COMMANDS[1]], 7: [None]}
    _, entries = by_hand(tmp_path, restless, walk("A", 3, 10, quotes=True), pressed)
    for size in range(len(entries)):
        account, found = again(Setting(restless, ()), Cut(entries[:size]))
        assert found.difference is None
        assert account.digest.decisions_sha256 == found.recorded.decisions_sha256


def test_another_parameter_shows_as_the_first_difference(tmp_path) -> None:
    setting = Setting(ema, ("A",))
    played, entries = recorded(tmp_path, research, walk("A", 9, 400), setting)
    changed = setting._replace(
        quantity=100, limits=Limits(max_position=Decimal(50), hours=Hours.ANY)
    )
    account, found = again(changed, entries)
    first = next(entry for entry in entries if isinstance(entry, Decided))
    assert found.difference is not None
    assert found.difference.seq == first.seq
    assert found.difference.recorded != found.difference.replayed
    assert "ENTER" in found.difference.recorded
    assert found.recorded.decisions_sha256 == played.digest.decisions_sha256
    assert account.digest.decisions_sha256 != played.digest.decisions_sha256


def scripted(*intents: Intent) -> Callable[[str], dict[str, Script]]:
    return lambda _: {"s": Script(*intents)}


def test_a_decision_only_one_side_made_is_named(tmp_path) -> None:
    events = [bar(n, 10, 10, 10, 10) for n in range(1, 6)]
    setting = Setting(scripted(HOLD, LONG), ("A",))
    _, entries = recorded(tmp_path, research, events, setting)
    at = next(entry for entry in entries if isinstance(entry, Decided))
    silent = again(setting._replace(seats=scripted(HOLD)), entries)[1].difference
    assert (silent.seq, silent.replayed) == (at.seq, None)
    assert "A s at" in silent.recorded
    eager = again(setting._replace(seats=scripted(LONG, HOLD)), entries)[1].difference
    assert eager.recorded is None
    assert eager.now == STEP
    assert isinstance(entries[eager.seq], Shown)


def stopped(path, error: str) -> tuple[Callable[[str], dict[str, Script]], Account]:
    """Record at `path` a session in which a strategy's ZeroDivisionError stops desk A; what the
    record says it was is `error`.
    """

    class Faulty(Script):
        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            if bar.ts == 3 * STEP:
                raise ZeroDivisionError
            return super().on_bar(bar, holding)

    def seats(_symbol: str):
        return {"good": Script(LONG), "bad": Faulty(HOLD, LONG)}

    with EventLog(path) as log:
        lived = Account(seats, [])
        lived.house.recorder = log
        venue = Late(lived.floor)
        lived.house.install(venue)
        desk, other = lived.floor.open_desk("A", 0), lived.floor.open_desk("B", 0)
        for n in range(1, 5):
            if n == 4:
                desk.turn(DeskState.QUARANTINED, n * STEP)
                if error:
                    log.note(n * STEP, STOPPED, {"task": "desk:A", "error": error})
            else:
                show(desk, bar(n, 10, 10, 10, 10))
            other.on_market(bar(n if n != 3 else 30, 10, 10, 10, 10, symbol="B"), n * STEP)
        desk.flatten(5 * STEP)
    return seats, lived


@pytest.mark.parametrize("error", ["", "ZeroDivisionError()", "ZeroDivisionError('by zero')"])
def test_a_desk_that_was_stopped_by_an_error_is_stopped_again(tmp_path, error) -> None:
    path = tmp_path / "run.zst"
    seats, lived = stopped(path, error)
    account, found = again(Setting(seats, ()), list(Record(path)))
    assert found.difference is None
    assert account.digest.decisions_sha256 == lived.digest.decisions_sha256
    assert account.floor.desks["A"].state is DeskState.QUARANTINED


def test_an_error_other_than_the_one_that_stopped_the_desk_is_not_hidden(tmp_path) -> None:
    path = tmp_path / "run.zst"
    seats, _ = stopped(path, "KeyError('A')")
    with pytest.raises(ZeroDivisionError):
        again(Setting(seats, ()), list(Record(path)))


def show(desk, event) -> None:
    try:
        desk.on_market(event, event.ts)
    except ZeroDivisionError:
        assert event.ts == 3 * STEP


def test_an_error_the_record_does_not_know_of_is_not_hidden(tmp_path) -> None:
    class Faulty(Restless):
        def on_quote(self, quote: Quote, holding: Holding) -> Intent:
            raise ZeroDivisionError

    setting = Setting(restless, ("A",))
    _, entries = recorded(tmp_path, research, walk("A", 1, 50, quotes=True), setting)
    with pytest.raises(ZeroDivisionError):
        again(setting._replace(seats=lambda _: {"a": Faulty()}), entries)


def test_positions_found_at_the_start_are_found_again() -> None:
    held = Held(EXTERNAL, "A", Position(Decimal(-50), Decimal("10.5")))
    taken = Correction("A", EXTERNAL, Decimal(20), Decimal(11), cash=Decimal(-7))
    entries = [
        Noted(0, 1, RECOVERED, Restored((held,), cash=Decimal(1000)).body()),
        Noted(1, 2, CORRECTED, taken.body()),
    ]
    account, _ = again(Setting(scripted(), ()), entries)
    assert account.tracker.net("A") == -30
    assert account.tracker.cash == 993


def test_a_cut_record_is_rerun_up_to_its_last_fact(tmp_path) -> None:
    class Cut(list[Entry]):
        truncated = True

    setting = Setting(restless, ("A",))
    _, entries = recorded(tmp_path, research, walk("A", 1, 40, quotes=True), setting)
    for size in range(len(entries)):
        account, found = again(setting, Cut(entries[:size]))
        assert found.difference is None
        assert account.digest.decisions_sha256 == found.recorded.decisions_sha256
        assert account.digest.fills_sha256 == found.recorded.fills_sha256


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([Shown(0, 1, bar(1, 1, 1, 1, 1))], "line 1: A has no desk"),
        ([Noted(0, 1, "desk", {"symbol": "A", "state": "open"})], "line 1: A has no desk"),
        ([Noted(0, 1, "command", {"symbol": "A", "action": 2})], "line 1: A has no desk"),
        ([Noted(0, 1, "command", {"symbol": "A"})], "line 1: command: Object missing"),
        ([Noted(0, 1, RECOVERED, {"orders": 5})], "line 1: account found: Expected `array`"),
        ([Noted(0, 1, RECOVERED, {"cash": "x"})], "line 1: account found: Invalid decimal"),
        ([Noted(0, 1, CORRECTED, {"symbol": "A"})], "line 1: correction: Object missing"),
    ],
)
def test_entries_that_cannot_be_are_named(entries, said) -> None:
    with pytest.raises(BadInput, match=said):
        again(Setting(scripted(), ()), entries)


def test_desks_that_cannot_be_are_named(tmp_path) -> None:
    setting = Setting(scripted(LONG, EXIT), ("A",))
    _, entries = recorded(tmp_path, research, [bar(1, 1, 1, 1, 1)], setting)
    twice = next(entry for entry in entries if type(entry).__name__ == "DeskOpened")
    with pytest.raises(BadInput, match="line 8: A has a desk already"):
        again(setting, [twice, replace(twice, seq=7)])
    state = Noted(3, 1, "desk", {"symbol": "A", "state": "happy"})
    with pytest.raises(BadInput, match="line 4: no desk can be 'happy'"):
        again(setting, [twice, state])


def test_a_witness_is_a_recorder_and_an_executor() -> None:
    witness = Witness([])
    recorder: Recorder = witness
    executor: Executor = witness
    recorder.fact(1, bar(1, 1, 1, 1, 1))
    recorder.candidates(1, [])
    recorder.note(1, "x", {})
    executor.cancel("none")
    intent = Intent(Action.EXIT, 1.0, nan, nan, nan)
    recorder.decision(1, "A", "s", 1, intent, None)
    assert witness.difference is not None
