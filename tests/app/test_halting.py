"""The losses of a session, from the settings to the kill switch and the journal."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from tradeplat.app import bounds, halting, wiring
from tradeplat.app.settings import Settings, load
from tradeplat.core.clock import ReplayClock
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.journal import Kind, Recovered, Snapshot
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Order
from tradeplat.execution.timings import NoJournal
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.kept import Kept
from tradeplat.risk.halt import HALT
from tradeplat.risk.losses import STOPPED
from worlds import LONG, bar, filled

NINE_45 = 1_749_044_700 * SECOND
"""A quarter of an hour after the open of 2025-06-04."""


class Clock(ReplayClock):
    async def sleep_until(self, ts: int) -> None:
        raise AssertionError


class Notes(NoJournal):
    """A journal that keeps notes, and folds them as the real one does."""

    def __init__(self) -> None:
        self.kept = Kept()

    def note(self, kind: str, body: Mapping[str, object]) -> None:
        self.kept.noted(kind, msgspec.json.encode(body))

    def recovered(self) -> Recovered:
        return Recovered(
            path="", mode="paper", account="T", day="", epoch=1,
            conditions=tuple(self.kept.conditions.values()),
            high_water=self.kept.high_water,
            equity=self.kept.equity, equity_at=self.kept.equity_at,
            counted=self.kept.rounds.counted(),
        )  # fmt: skip


class Switch:
    def __init__(self) -> None:
        self.pulled: list[tuple[str, str, bool]] = []
        self.flattened: list[tuple[str, str]] = []

    def trip(self, who: str, why: str, *, flatten: bool = False) -> None:
        self.pulled.append((who, why, flatten))

    async def flatten(self, symbols, who: str, why: str) -> None:
        assert symbols is None
        self.flattened.append((who, why))


class Session:
    """The desks of a session that holds 100 A at 100 out of 100,000, and the watch over it."""

    def __init__(self, notes: Notes, *sets: str, at: int = NINE_45) -> None:
        settings = load(None, ["risk.sizing.quantity=100", *sets])
        settings = settings.model_copy(update={"strategy": SEATS})
        account = wiring.Account("T", Decimal(100_000))
        witnesses = wiring.Witnesses(RunDigest())
        self.desks = wiring.join(settings, nyse_calendar(), account, witnesses)
        self.clock, self.switch = Clock(at), Switch()
        self.alarms: list[tuple[str, str]] = []
        self.halts = halting.joined(
            settings, self.desks, self.clock, notes, lambda *said: self.alarms.append(said)
        )
        self.halts.begin(self.switch, notes.recovered())
        self.desks.market.tapes["A"].on_bar(replace(bar("A", 1, 100.0), ts=at))
        self.desks.floor.open_desk("A", at)

    def buy(self) -> None:
        now = self.clock.now()
        order = self.desks.gate.review("A", "s", LONG, now, now)
        assert isinstance(order, Order), order
        self.desks.tracker.register(order)
        self.desks.floor.on_report(filled(order, Decimal(100)), now)

    def look(self, price: float) -> None:
        self.clock.advance(self.clock.now() + SECOND)
        fresh = replace(bar("A", 1, price), ts=self.clock.now())
        self.desks.market.tapes["A"].on_bar(fresh)
        self.halts.portfolio.look(self.clock.now())

    def sources(self) -> set[str]:
        return {source for source, _ in self.desks.house.conditions.standing}


SEATS = Settings.model_validate({"strategy": [{"use": "ema_cross"}]}).strategy


def test_the_second_limit_of_the_day_pulls_the_switch_once() -> None:
    session = Session(Notes())
    session.look(100.0)
    session.buy()
    session.look(79.0)
    assert session.sources() == {STOPPED}
    session.look(69.0)
    session.look(68.0)
    assert session.switch.pulled == [(STOPPED, "P/L -3,100.00 (limit -3,000.00)", True)]
    assert session.desks.house.conditions.mode() is Mode.KILLED
    assert session.alarms == [
        ("DAILY_LOSS", "P/L -2,100.00 (limit -2,000.00)"),
        ("DAILY_LOSS", "P/L -3,100.00 (limit -3,000.00)"),
    ]


def test_a_restart_goes_on_with_the_high_the_day_and_the_halt() -> None:
    notes = Notes()
    first = Session(notes, "risk.daily_loss=0", "risk.daily_loss_kill=0")
    first.look(100.0)
    first.buy()
    first.look(150.0)
    first.look(80.0)
    assert first.sources() == {HALT}
    later = Session(notes, "risk.daily_loss=0.01", at=first.clock.now() + SECOND)
    assert later.sources() == {HALT}
    assert later.halts.portfolio.halt.high_water == 105_000.0
    later.look(100.0)
    assert later.halts.portfolio.day.start == 100_000.0
    later.desks.floor.on_condition(Condition(HALT, "", Mode.NORMAL), later.clock.now())
    assert not later.sources()
    assert Session(notes, at=later.clock.now() + SECOND).sources() == set()


@pytest.mark.parametrize(("late", "stands"), [(0, True), (29, True), (30, False)])
def test_a_pause_outlives_the_process_and_not_its_own_end(late: int, stands: bool) -> None:
    notes = Notes()
    first = Session(notes)
    now = first.clock.now()
    until = now + 30 * MINUTE
    first.desks.floor.on_condition(
        Condition("risk:LOSS_STREAK", "@s", Mode.REDUCE_ONLY, "LOSS_STREAK", "w", "g", now, until),
        now,
    )
    later = Session(notes, at=now + late * MINUTE)
    assert later.sources() == ({"risk:LOSS_STREAK"} if stands else set())
    refused = later.desks.gate.review("A", "s", LONG, later.clock.now(), later.clock.now())
    assert (getattr(refused, "code", "") == "LOSS_STREAK") == stands


def test_what_a_strategy_has_made_counts_on_until_a_person_lets_it_go_on() -> None:
    level = "risk.levels={ema_cross={stop_loss_level=50.0}}"
    notes = Notes()
    notes.kept.rounds.earned("ema_cross", Decimal(-60))
    stopped = Session(notes, level)
    stopped.look(100.0)
    assert stopped.sources() == {"risk:LEVEL"}
    again = Session(notes, level, at=stopped.clock.now() + SECOND)
    assert again.sources() == {"risk:LEVEL"}
    again.desks.floor.on_condition(
        Condition("risk:LEVEL", "@ema_cross", Mode.NORMAL), again.clock.now()
    )
    again.look(100.0)
    assert again.sources() == set()
    last = Session(notes, level, at=again.clock.now() + SECOND)
    last.look(100.0)
    assert last.sources() == set()


async def test_a_halt_that_closes_everything_does_so_once() -> None:
    session = Session(
        Notes(), "risk.flatten_at_drawdown=true", "risk.daily_loss=0", "risk.daily_loss_kill=0"
    )
    session.look(100.0)
    session.buy()
    bodies = session.halts.bodies(lockstep=True)
    assert set(bodies) == {"halt"}
    task = asyncio.ensure_future(bodies["halt"]())
    for price in (30.0, 29.0):
        session.look(price)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert session.switch.flattened == [(HALT, "drawdown 7.00%")]
    task.cancel()
    assert set(session.halts.bodies(lockstep=False)) == {"halt", "losses"}


def test_levels_close_one_strategy_and_can_be_seen() -> None:
    session = Session(
        Notes(),
        "risk.levels.ema_cross.stop_loss_level=50",
        "risk.levels.s.take_profit_level=9000",
    )
    session.look(100.0)
    session.buy()
    session.look(101.0)
    numbers = session.halts.numbers()
    assert numbers["levels"] == {
        "ema_cross": {"stop_loss_level": 50.0, "take_profit_level": 0.0, "profit": 0.0},
        "s": {"stop_loss_level": 0.0, "take_profit_level": 9000.0, "profit": 100.0},
    }
    assert (numbers["max_drawdown"], numbers["day_profit"]) == (0.06, 100.0)
    assert not session.sources()


def test_an_instant_of_a_venue_that_waits_is_judged_when_it_is_over() -> None:
    session, settled = Session(Notes()), []
    settle = session.halts.settling(settled.append)
    settle(NINE_45)
    assert settled == [NINE_45]
    assert session.halts.portfolio.day.start == 100_000.0


@pytest.mark.parametrize(("sets", "code"), [((), ""), (("risk.daily_loss=0.01",), "DAILY_LOSS")])
def test_a_replay_is_judged_before_each_entry_where_it_is_asked_to(sets, code) -> None:
    plain = {"risk": {**bounds.REPLAYED, "hours": "any"}}
    settings = load(None, sets, plain).model_copy(update={"strategy": SEATS})
    desks = wiring.join(
        settings, nyse_calendar(), wiring.Account("T", Decimal(1_000)),
        wiring.Witnesses(RunDigest()),
    )  # fmt: skip
    halting.replayed(settings, desks)
    desks.market.tapes["A"].on_bar(bar("A", 1, 1.0))
    for n, price in enumerate((1.0, 0.8)):
        desks.market.tapes["A"].on_bar(bar("A", 1, price))
        verdict = desks.gate.review("A", "s", LONG, NINE_45 + n, NINE_45 + n)
        if isinstance(verdict, Order):
            desks.tracker.register(verdict)
            desks.floor.on_report(filled(verdict, Decimal(1)), NINE_45 + n)
    assert getattr(verdict, "code", "") == code


def test_what_is_kept_is_a_snapshot_of_the_journal() -> None:
    body = Snapshot(ts=5, equity=Decimal(7)).body()
    kept = Kept()
    kept.noted(Kind.SNAPSHOT, msgspec.json.encode(body))
    assert (kept.equity, kept.equity_at) == (7, 5)
