"""Decisions that revised bars would have changed, counted with what was held as it was."""

from collections.abc import Iterable
from math import nan
from pathlib import Path

import pytest
from msgspec.structs import replace

from replays import CASH
from tradeplat.core.calendar import Calendar
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import MINUTE, Backfill, Bar, MarketEvent, Quote
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.execution.tracker import PositionTracker
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.events import EventLog
from tradeplat.journal.reader import Record
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.sim.rerun import Witness
from tradeplat.sim.revised import Changed, Revised, Twins, amended, worded
from worlds import Instant

BUY = Intent(Action.ENTER, 1.0, nan, nan, nan)
SELL = Intent(Action.EXIT, 1.0, nan, nan, nan)


class Above:
    """Long while the mean of the last two closes is above ten."""

    def __init__(self) -> None:
        self.last = nan

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        mean, self.last = (self.last + bar.close) / 2.0, bar.close
        if holding.quantity == 0.0 and not holding.working and mean > 10.0:
            return BUY
        return SELL if holding.quantity > 0.0 and mean < 10.0 else HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


def bar(k: int, close: float, revision: int = 0, symbol: str = "A") -> Bar:
    return Bar(symbol, k * MINUTE, close, close, close, close, 9e9, 60, "x", 0, revision)


def floor_of(witness, digest: RunDigest, seats=lambda _: {"s": Above()}) -> Floor:
    market = Market(Calendar([]))
    tracker = PositionTracker(CASH, market.tapes)
    gate = RiskGate(Limits(hours=Hours.ANY), FixedQuantity(10), tracker, market, "T")
    return Floor(House(gate, tracker, market, digest, witness), seats, digest.fill)


def recorded(path: Path, events: Iterable[MarketEvent], seats=lambda _: {"s": Above()}) -> Record:
    """The record of a session in which `events` were shown."""
    with EventLog(path / "events.jsonl.zst", flush_every=0) as log:
        floor = floor_of(log, RunDigest(), seats)
        floor.house.install(Instant(floor), guarded=False)
        for event in events:
            if event.symbol not in floor.desks:
                floor.open_desk(event.symbol, event.ts)
            floor.desks[event.symbol].on_market(event, event.ts)
    return Record(path)


def revised(record: Record, seats=lambda _: {"s": Above()}) -> Revised:
    witness, digest = Witness(record), RunDigest()
    floor = floor_of(witness, digest, seats)
    floor.house.install(witness, guarded=False)
    twins = Twins(amended(record), seats, lambda: witness.showing)
    witness.opened = twins.opened
    assert witness.play(floor).difference is None
    return twins.found


def test_a_revision_that_would_have_moved_an_entry_counts_where_it_was_and_where_it_would_be(
    tmp_path,
):
    events = [bar(1, 9.0), bar(2, 9.5), bar(3, 10.0), bar(3, 12.0, 1), bar(4, 10.5), bar(5, 11.0)]
    found = revised(recorded(tmp_path, events))
    # On 9.5 and 12.0 it would have bought at once; it did at the fourth bar, and would have then.
    assert (found.bars, found.late, found.decisions) == (1, 0, 1)
    assert (found.added, found.dropped, found.changed, found.total) == (1, 0, 0, 1)
    assert found.examples == [Changed("A", "s", 3 * MINUTE, "", "ENTER conviction 1")]


def test_the_last_word_counts_and_what_is_held_stays_as_it_was(tmp_path):
    events = [bar(1, 9.0), bar(2, 11.5), bar(3, 11.0), bar(4, 8.0), bar(5, 9.0)]
    events += [bar(2, 4.0, 1), bar(2, 9.5, 2), bar(2, 10.0, 3)]
    found = revised(recorded(tmp_path, events))
    # It bought at the second bar and sold at the fourth: neither the entry, whose mean is now 9.5,
    # nor another one since would have been wished while it held; the exit as before.
    assert (found.decisions, found.dropped, found.added, found.changed) == (2, 1, 0, 0)
    assert found.examples == [Changed("A", "s", 2 * MINUTE, "ENTER conviction 1", "")]


def test_a_bar_that_came_late_is_shown_to_the_twin_in_its_place(tmp_path):
    events = [bar(1, 9.0), bar(2, 9.0), bar(4, 9.0), bar(5, 9.0), bar(3, 12.0, 1), bar(6, 9.0)]
    found = revised(recorded(tmp_path, events))
    assert (found.bars, found.late, found.decisions) == (1, 1, 0)
    assert [(e.ts // MINUTE, e.made, e.instead) for e in found.examples] == [
        (3, "", "ENTER conviction 1"), (4, "", "ENTER conviction 1"),
    ]  # fmt: skip


def test_history_is_revised_too_and_what_it_makes_anybody_wish_counts_for_nothing(tmp_path):
    past = Backfill("A", 3 * MINUTE, (bar(1, 9.0), bar(2, 12.0), bar(3, 9.0)))
    events = [past, bar(4, 10.5), bar(3, 12.0, 1)]
    found = revised(recorded(tmp_path, events))
    assert (found.bars, found.late, found.decisions, found.added) == (1, 0, 0, 1)
    assert found.examples[0].ts == 4 * MINUTE


def test_tickers_without_revisions_have_no_twins(tmp_path):
    made = []

    def seats(symbol: str) -> dict[str, Above]:
        made.append(symbol)
        return {"s": Above()}

    events = [bar(1, 9.0), bar(1, 9.0, symbol="B"), bar(1, 9.5, 1), bar(2, 12.0, symbol="B")]
    record = recorded(tmp_path, events)
    made.clear()
    found = revised(record, seats)
    assert sorted(made) == ["A", "A", "B"]
    assert found.decisions == 0


def test_a_twin_that_falls_over_revised_bars_is_counted_and_the_rest_goes_on(tmp_path):
    class Brittle(Above):
        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            if bar.close > 100.0:
                raise ZeroDivisionError
            return super().on_bar(bar, holding)

    def seats(_: str) -> dict[str, Above]:
        return {"brittle": Brittle(), "s": Above()}

    events = [bar(1, 9.0), bar(2, 9.5), bar(2, 200.0, 1), bar(3, 9.0)]
    found = revised(recorded(tmp_path, events, seats), seats)
    assert (found.failed, found.added) == (1, 2)


def test_a_revision_that_changes_no_mind_changes_no_decision(tmp_path):
    events = [bar(k, 9.0 + k / 10) for k in range(1, 30)]
    events += [replace(one, volume=1.0, revision=1) for one in events[5:20]]
    found = revised(recorded(tmp_path, events))
    assert (found.bars, found.total, found.examples) == (15, 0, [])
    assert found.decisions == 1


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (HOLD, ""),
        (BUY, "ENTER conviction 1"),
        (BUY._replace(limit=2.5), "ENTER conviction 1 limit 2.5"),
    ],
)
def test_intents_are_told_by_what_they_set(intent, words):
    assert worded(intent) == words
