"""Entries stop, positions close and a person is told before the end of each day, in every drive."""

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from replays import Setting, chunked, orchestrated, research
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import MINUTE, Bar, MarketEvent, Quote
from tradeplat.core.orders import Order, Purpose, Refused
from tradeplat.desk.bells import Bells
from tradeplat.history.sessions import nyse_calendar
from tradeplat.risk.limits import Hours, Limits
from worlds import DAY, EXIT, LONG, Resting, Script, World, bar

END = DAY.post_close // MINUTE
REGULAR = DAY.close // MINUTE


def world(*intents: Intent, bells: Bells | None = Bells(), **more: object) -> World:
    made = World(lambda _: {"s": Script(*intents)}, **more)
    made.house.bells = bells
    made.floor.open_desk("A", 0)
    return made


def show(made: World, *minutes: int) -> None:
    for minute in minutes:
        made.floor.desks["A"].on_market(bar("A", minute), minute * MINUTE)


def held(made: World) -> float:
    return made.tracker.holding("s", "A").quantity


@pytest.mark.parametrize(("extended", "end"), [(True, END), (False, REGULAR)])
def test_no_entry_in_the_last_quarter_of_an_hour(extended: bool, end: int) -> None:
    made = world(LONG, EXIT, LONG, bells=Bells(extended=extended))
    show(made, end - 16, end - 15)
    assert (held(made), len(made.verdicts)) == (0, 2)
    show(made, end - 14)
    refused = made.verdicts[-1]
    assert isinstance(refused, Refused)
    assert refused.code == "CLOSING"
    assert "done with entries for the day" in refused.message


def test_what_is_held_five_minutes_before_the_end_is_closed() -> None:
    made = world(LONG)
    show(made, 400, END - 6)
    assert held(made) == 100
    show(made, END - 5)
    assert held(made) == 0
    closing = made.verdicts[-1]
    assert isinstance(closing, Order)
    assert closing.purpose is Purpose.FLATTEN


def test_a_ticker_that_was_quiet_meanwhile_is_closed_at_its_next_event() -> None:
    made = world(LONG)
    show(made, 400, END - 2)
    assert held(made) == 0


def test_what_cannot_be_closed_is_told_once_and_tried_on() -> None:
    said: list[str] = []
    made = world(LONG)
    made.house.tell = lambda code, _: said.append(code)
    show(made, 400)
    barred = Condition("lease", "", Mode.KILLED, "NO_LEASE")
    made.floor.on_condition(barred, 0)
    show(made, END - 5, END - 3, END - 1, END)
    assert (held(made), said) == (100, ["NOT_FLAT_AT_CLOSE"])
    made.floor.on_condition(replace(barred, mode=Mode.NORMAL), 0)
    show(made, END)
    assert held(made) == 0


def test_a_way_out_that_works_is_left_to_work() -> None:
    made = world(LONG, executor=Resting)
    show(made, 400)
    entry = made.verdicts[0]
    assert isinstance(entry, Order)
    from worlds import filled

    made.floor.on_report(filled(entry, made.tracker.mark("A")), 1)
    show(made, END - 5, END - 4, END - 3)
    assert [v.purpose for v in made.verdicts if isinstance(v, Order)][1:] == [Purpose.FLATTEN]


def test_the_next_day_begins_anew() -> None:
    made = world(LONG, LONG)
    later = Session(20260106, *(ts + 1440 * MINUTE for ts in DAY[1:]))
    made.market.calendar = Calendar([DAY, later])
    show(made, END - 10)
    assert held(made) == 0
    show(made, 1440 + 400)
    assert held(made) == 100


def test_strategies_that_stay_overnight_and_a_person_are_left_alone() -> None:
    made = world(LONG)
    desk = made.floor.desks["A"]
    desk.seats[0].intraday = False
    show(made, END - 10)
    assert held(made) == 100
    desk.command(LONG, (END - 9) * MINUTE)
    show(made, END - 4)
    assert held(made) == 100
    assert made.tracker.holding("manual", "A").quantity == 100


def test_without_bells_days_have_no_end() -> None:
    made = world(LONG, bells=None)
    show(made, END - 1)
    assert held(made) == 100


def test_half_days_end_when_their_calendar_says_so() -> None:
    half = next(s for s in nyse_calendar().sessions if s.day == 20251128)
    rings = Bells(extended=False).of(half)
    assert rings.flatten == half.close - 5 * MINUTE
    assert half.close - half.open == 210 * MINUTE


@dataclass
class Eager:
    """Enters whenever it holds nothing, and leaves now and then."""

    seen: int = 0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        self.seen += 1
        if holding.working:
            return HOLD
        if holding.quantity:
            return EXIT if self.seen % 11 == 0 else HOLD
        return Intent(Action.ENTER, 1.0, *HOLD[2:])

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD


@pytest.mark.parametrize("hours", [Hours.REGULAR, Hours.EXTENDED])
@pytest.mark.parametrize("names", [("A",), ("A", "B")])
def test_both_drives_agree_to_the_last_fill_and_end_each_day_flat(hours, names) -> None:
    later = Session(20260106, *(ts + 1440 * MINUTE for ts in DAY[1:]))
    calendar = Calendar([DAY, later])
    limits = Limits(hours=hours, max_position=10**9, max_notional=10**9)
    events: list[MarketEvent] = [
        bar(symbol, minute, 100.0 + minute % 7 / 100)
        for minute in (*range(300, END), *range(1440 + 300, 1440 + END))
        for symbol in names
        if minute % 5 or symbol == "A"
    ]
    setting = Setting(
        lambda _: {"s": Eager()}, names, limits=limits, calendar=calendar,
        bells=Bells(extended=hours is Hours.EXTENDED),
    )  # fmt: skip
    one = research(iter(chunked(events)), setting)
    other = orchestrated(iter(chunked(events)), setting)
    assert one.figures == other.figures
    assert one.fills
    assert not any(p.quantity for p in one.tracker.positions.values())
    end = (DAY.post_close if hours is Hours.EXTENDED else DAY.close) - 5 * MINUTE
    assert not [f for f in one.fills if end + 2 * MINUTE < f.ts < later.open and f.quantity > 0]
