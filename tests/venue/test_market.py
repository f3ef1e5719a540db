from collections import Counter

from markets import OPEN, SECOND, bar, morning, quote, script, trade
from tradeplat.core.market import MINUTE, Bar, Status, Trade
from tradeplat.history.sessions import nyse_calendar
from tradeplat.venue.agenda import Agenda
from tradeplat.venue.market import Market, Timing


class Stage:
    """A market whose clock is moved by hand, and all it told."""

    def __init__(self, timing: Timing = Timing(), **more) -> None:
        self.agenda = Agenda()
        self.told = []
        self.market = Market(script(**more), nyse_calendar(), self.agenda, timing, self.told.extend)
        self.now = OPEN

    def play(self, *events) -> "Stage":
        for event in events:
            self.until(max(self.now, event.ts))
            self.market.take(self.market.finest([event]), self.now)
        return self

    def until(self, ts: int) -> "Stage":
        self.agenda.run(ts)
        self.now = ts
        return self

    def bodies(self, channel: str):
        return [message.body for message in self.told if message.channel == channel]


def test_a_minute_bar_goes_out_a_second_after_its_minute_with_the_running_day():
    stage = Stage().play(trade(OPEN + SECOND, 5.0), trade(OPEN + 59 * SECOND, 6.0))
    assert stage.until(OPEN + MINUTE + SECOND - 1).bodies("bars") == []
    stage.until(OPEN + MINUTE + SECOND)
    (made,), (day,) = stage.bodies("bars"), stage.bodies("dailyBars")
    assert (made.t.ts, made.o, made.c, made.v, made.n) == (OPEN, 5.0, 6.0, 200, 2)
    assert (day.t.ts, day.v) == (OPEN - 570 * MINUTE, 200)
    assert stage.until(OPEN + 9 * MINUTE).bodies("updatedBars") == []


def test_a_minute_without_a_print_has_no_bar():
    stage = Stage().play(trade(OPEN), trade(OPEN + 2 * MINUTE)).until(OPEN + 9 * MINUTE)
    assert [one.t.ts for one in stage.bodies("bars")] == [OPEN, OPEN + 2 * MINUTE]


def test_late_prints_give_one_update_half_a_minute_after_the_minute():
    stage = Stage().play(trade(OPEN)).until(OPEN + MINUTE + 2 * SECOND)
    for price in (7.0, 4.0):
        stage.market.late_print(trade(OPEN + SECOND, price), ("@",), stage.now)
    assert stage.until(OPEN + MINUTE + 29 * SECOND).bodies("updatedBars") == []
    stage.until(OPEN + 9 * MINUTE)
    (update,) = stage.bodies("updatedBars")
    assert (update.h, update.low, update.c, update.n) == (7.0, 4.0, 4.0, 3)


def test_a_print_of_a_minute_long_gone_that_had_none_comes_as_an_update():
    stage = Stage().until(OPEN + 9 * MINUTE)
    stage.market.late_print(trade(OPEN), ("@",), stage.now)
    stage.until(OPEN + 10 * MINUTE)
    assert (len(stage.bodies("bars")), len(stage.bodies("updatedBars"))) == (0, 1)


def test_corrections_and_cancels_name_the_print_and_change_its_minute():
    stage = Stage().play(trade(OPEN, 5.0), trade(OPEN + 1, 9.0), trade(OPEN + 2, 5.0))
    stage.until(OPEN + 2 * MINUTE)
    assert stage.market.correct_print("AAA", 2, 6.0, 50.0, stage.now)
    assert stage.market.cancel_print("AAA", 1, stage.now)
    assert not stage.market.cancel_print("AAA", 1, stage.now)
    assert not stage.market.correct_print("AAA", 1, 1.0, 1.0, stage.now)
    (correction,), (gone,) = stage.bodies("corrections"), stage.bodies("cancelErrors")
    assert (correction.oi, correction.op, correction.ci, correction.cp) == (2, 9.0, 4, 6.0)
    assert (gone.i, gone.p, gone.a) == (1, 5.0, "C")
    stage.until(OPEN + 9 * MINUTE)
    last = stage.bodies("updatedBars")[-1]
    assert (last.h, last.v, last.n, last.o) == (6.0, 150, 2, 6.0)


def test_a_minute_that_lost_its_only_print_is_not_told():
    stage = Stage().play(trade(OPEN))
    assert stage.market.cancel_print("AAA", 1, stage.now)
    assert stage.until(OPEN + 9 * MINUTE).bodies("bars") == []


def test_recorded_bars_become_prints_or_themselves():
    stage = Stage(Timing(bar_delay=0))
    stage.play(bar(OPEN + SECOND), bar(OPEN + MINUTE, span=60, symbol="BBB"))
    stage.until(OPEN + 2 * MINUTE)
    assert [(one.S, one.p) for one in stage.bodies("trades")] == [
        ("AAA", 5.0), ("AAA", 4.9), ("AAA", 5.2), ("AAA", 5.1),
    ]  # fmt: skip
    assert [(one.S, one.t.ts, one.v) for one in stage.bodies("bars")] == [
        ("AAA", OPEN, 1000), ("BBB", OPEN, 1000),
    ]  # fmt: skip


def test_a_coarser_bar_of_the_same_time_is_not_shown_to_anybody():
    stage = Stage()
    events = [bar(OPEN + n * SECOND) for n in range(1, 61)] + [bar(OPEN + MINUTE, span=60)]
    kept = stage.market.finest(events)
    assert kept == events[:-1]
    trades = [trade(OPEN + MINUTE + 5), bar(OPEN + MINUTE + SECOND)]
    assert stage.market.finest(trades) == trades[:1]


def test_prints_outside_regular_hours_are_form_t():
    stage = Stage().play(trade(OPEN - 1), trade(OPEN))
    assert [one.c for one in stage.bodies("trades")] == [["@", "T"], ["@"]]


def test_quotes_are_told_as_they_are_and_none_are_made_up():
    stage = Stage().play(quote(OPEN, 5.0, 5.0), trade(OPEN + 1))
    assert [(one.bp, one.ap, one.bs) for one in stage.bodies("quotes")] == [(5.0, 5.0, 200)]


def test_halts_are_kept_and_bands_told():
    stage = Stage().play(Status("AAA", OPEN, False, "T1", "x"))
    assert stage.market.halted == {"AAA"}
    stage.play(Status("AAA", OPEN + 1, True, "T3", "x"))
    stage.market.band("AAA", 4.0, 6.0, OPEN)
    assert (stage.market.halted, [one.sc for one in stage.bodies("statuses")]) == (
        set(),
        ["H", "T"],
    )
    assert [(one.d, one.u) for one in stage.bodies("lulds")] == [(4.0, 6.0)]


def test_in_a_halt_that_was_imposed_the_script_does_not_print():
    stage = Stage().play(trade(OPEN + 1))
    stage.market.impose([Status("AAA", OPEN + 2, False, "T1", "x")])
    stage.play(trade(OPEN + 3), bar(OPEN + 4), quote(OPEN + 5), trade(OPEN + 5, symbol="BBB"))
    assert [one.S for one in stage.bodies("trades")] == ["AAA", "BBB"]
    assert len(stage.bodies("quotes")) == 1
    stage.market.impose([Status("AAA", OPEN + 6, True, "T3", "x")])
    assert len(stage.play(trade(OPEN + 7)).bodies("trades")) == 3


def test_the_past_is_known_but_not_told():
    past = (bar(OPEN, span=60), bar(OPEN, span=1), bar(OPEN, span=60, symbol="ZZZ"))
    stage = Stage(past=past, closes={"AAA": 4.0, "ZZZ": 1.0})
    assert stage.until(OPEN + 9 * MINUTE).told == []
    book = stage.market.books["AAA"]
    assert (len(book.minutes.all()), book.previous_day(OPEN).close) == (1, 4.0)


def test_every_print_is_in_exactly_one_bar():
    stage = Stage(Timing(bar_delay=0)).play(*sorted(morning(3), key=lambda event: event.ts))
    stage.until(OPEN + 9 * MINUTE)
    volume = Counter()
    for one in stage.bodies("bars"):
        volume[one.S] += one.v
    expected = Counter()
    for event in morning(3):
        if isinstance(event, Trade):
            expected[event.symbol] += event.size
    assert volume == expected
    assert not any(isinstance(message.body, Bar) for message in stage.told)
