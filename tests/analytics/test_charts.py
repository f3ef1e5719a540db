"""What a report draws is collected whole and in order, however it came in."""

from decimal import Decimal

from tradeplat.analytics.charts import NOTES, Charts
from tradeplat.core.intent import HOLD
from tradeplat.core.market import Backfill, Status
from tradeplat.core.orders import OrderState, Purpose, Refused
from tradeplat.core.ports import Candidate, Recorder
from tradeplat.core.record import PLOT


def row(symbol, why, at, *, active=True):
    return Candidate(symbol, active, why, at, "sip")


def test_it_is_a_recorder():
    recorder: Recorder = Charts()
    recorder.report(1, None)
    recorder.moved(1, "id", OrderState.SENDING, "")


def test_a_session_is_collected(session, make):
    charts = Charts()
    session(charts)
    assert charts.symbols == ["ABC"]
    assert len(charts.bars("ABC")) == 6 + 91
    assert [(m.quantity, m.purpose) for m in charts.marks] == [
        (100, Purpose.ENTRY),
        (-150, Purpose.ENTRY),
    ]
    assert [(s.start, s.end) for s in charts.desks["ABC"]] == [(make.now(0), make.now(102))]
    (spell,) = charts.scanned["ABC"]
    assert (spell.why, spell.until, spell.end) == ("up 12 %", "faded", make.now(101))
    (halt,) = charts.halts["ABC"]
    assert (halt.why, halt.end) == ("LUDP", make.now(25))
    assert charts.refusals["MAX_POS"].count == 1
    assert charts.refusals["MAX_POS"].symbols == {"ABC"}
    assert list(charts.orders) == ["o1", "s1", "o2"]
    assert charts.orders["s1"].state is OrderState.CANCELED
    assert [note.kind for note in charts.notes] == ["fault"]
    assert list(charts.lines["ABC", "s", "fast"].values) == [9.95]
    assert charts.feeds == {"builtin"}


def test_bars_come_in_order_each_instant_once_and_the_newest_word_counts(make):
    charts = Charts()
    charts.fact(1, make.bar(3, 30.0))
    charts.fact(1, make.bar(1, 10.0))
    charts.fact(1, Backfill("ABC", 2, (make.bar(1, 10.0), make.bar(2, 20.0))))
    charts.fact(1, make.bar(3, 33.0, revision=1))
    bars = charts.bars("ABC")
    assert list(bars["close"]) == [10.0, 20.0, 33.0]
    assert list(bars["span"]) == [1, 1, 1]
    assert list(bars["ts"]) == [make.now(1), make.now(2), make.now(3)]


def test_the_finest_span_that_reaches_far_enough_is_drawn(make):
    charts = Charts()
    for minute in range(1, 11):
        charts.fact(1, make.bar(minute * 60, span=60))
    for second in range(300, 360):
        charts.fact(1, make.bar(second))
    assert set(charts.bars("ABC")["span"]) == {60}
    for second in range(30, 300):
        charts.fact(1, make.bar(second))
    for second in range(360, 600):
        charts.fact(1, make.bar(second))
    assert set(charts.bars("ABC")["span"]) == {1}
    yesterday = tuple(make.bar(minute * 60 - 86_400, span=60) for minute in range(60))
    charts.fact(1, Backfill("ABC", make.now(0), yesterday))
    assert set(charts.bars("ABC")["span"]) == {1}
    assert len(charts.bars("XYZ")) == 0


def test_history_alone_is_drawn_at_its_finest(make):
    charts = Charts()
    charts.fact(1, Backfill("ABC", make.now(0), (make.bar(60, span=60), make.bar(60))))
    assert set(charts.bars("ABC")["span"]) == {1}


def test_what_lasts_has_no_end_and_repeats_change_nothing(make):
    charts = Charts()
    charts.candidates(5, [row("A", "gap", 5), row("B", "thin", 5, active=False)])
    charts.candidates(6, [row("A", "gap, news", 6)])
    charts.desk_opened(7, "A")
    charts.desk_closed(8, "B")
    charts.fact(9, Status("A", 9, trading=True, code="T", feed="sip"))
    assert [(s.start, s.end, s.why) for s in charts.scanned["A"]] == [(5, 0, "gap")]
    assert charts.scanned["B"] == charts.desks["B"] == charts.halts["A"] == []
    assert [s.end for s in charts.desks["A"]] == [0]
    assert len(charts.scans) == 3


def test_refusals_are_gathered_by_code():
    charts = Charts()
    for number, symbol in enumerate("ABA"):
        refused = Refused(symbol, "s", 1, "MAX_POS", f"Refused: {number}.")
        charts.decision(1, symbol, "s", 1, HOLD, refused)
    charts.decision(1, "A", "s", 1, HOLD, Refused("A", "s", 1, "HALTED", "Refused: halted."))
    assert {code: turned.count for code, turned in charts.refusals.items()} == {
        "MAX_POS": 3,
        "HALTED": 1,
    }
    assert charts.refusals["MAX_POS"].message == "Refused: 2."
    assert charts.refusals["MAX_POS"].symbols == {"A", "B"}


def test_notes_beyond_the_limit_are_counted_and_odd_plots_are_no_error():
    charts = Charts()
    for number in range(NOTES + 3):
        charts.note(number, "gap", {"bars": number})
    charts.note(1, PLOT, {"values": 5})
    charts.note(1, PLOT, {"symbol": "A", "strategy": "s", "values": {"fast": "high", "slow": 2}})
    assert len(charts.notes) == NOTES
    assert charts.notes_left_out == 3
    assert charts.notes[0].text == "bars: 0"
    assert list(charts.lines) == [("A", "s", "slow")]


def test_bracket_legs_are_listed_and_drawn(make):
    charts = Charts()
    leg = make.order(1, -5, name="leg", why="stop", stop=Decimal(9), state=OrderState.WORKING)
    charts.change(make.now(1), leg, None)
    assert list(charts.orders) == ["leg"]
    assert [level.price for level in charts.levels.all] == [9.0]
