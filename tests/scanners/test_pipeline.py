import pytest
from msgspec.structs import replace

from tradeplat.core.market import SECOND
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.pipeline import Judgement, Pipeline, Selection, judge
from tradeplat.scanners.presets import PRESETS, limits_of

ROW = Enriched(
    "AAA",
    price=5.0,
    change=12.0,
    volume=250_000.0,
    previous_close=4.46,
    rvol=2.5,
    sic="2834",
    shares_outstanding=1e7,
)


def pipeline(**limits: object) -> Pipeline:
    return Pipeline(limits_of("gappers", limits), frozenset(), 0.1)


def named(symbol: str, *, passed: bool = True, soft: bool = True) -> Judgement:
    return Judgement(Enriched(symbol), passed, "change", -0.1, "why", ("change",), soft)


def test_the_rule_that_decided_is_the_first_that_failed() -> None:
    told = pipeline().last(replace(ROW, price=0.5, rvol=1.0), (), staying=False)
    assert (told.passed, told.rule, told.by) == (False, "price", pytest.approx(-0.5))
    assert told.failed == ("price", "split", "rvol")
    assert told.reason.startswith("price 0.5 below 1; ")


def test_the_rule_that_kept_is_the_one_passed_most_narrowly() -> None:
    told = pipeline().last(ROW, (), staying=False)
    assert (told.passed, told.rule, told.by) == (True, "rvol", pytest.approx(0.25))


def test_the_snapshot_alone_decides_the_first_rules() -> None:
    bare = replace(ROW, rvol=None, sic=None)
    line = pipeline()
    assert line.first(bare, staying=False).passed
    assert line.last(bare, (), staying=False).rule == "rvol"
    assert line.needs == ("curve", "details")


def test_what_could_not_be_asked_is_said_in_the_row() -> None:
    told = pipeline().last(replace(ROW, rvol=None), ("curve",), staying=False)
    row = told.candidate(7, "sip")
    assert (row.active, row.rule, row.incomplete, row.ts) == (False, "rvol", True, 7)
    assert row.reason == "relative volume unknown; incomplete: curve"
    kept = pipeline().last(ROW, ("details",), staying=False).candidate(7, "sip")
    assert (kept.active, kept.incomplete) == (True, True)
    assert not pipeline().last(ROW, ("float",), staying=False).missing


def test_no_rules_keep_everything() -> None:
    assert judge(ROW, ())[1:5] == (True, "", None, "")


def test_rows_are_ranked_by_the_presets_number_and_equals_by_symbol() -> None:
    rows = [replace(ROW, symbol=s, change=c) for s, c in (("C", 1.0), ("B", None), ("A", 1.0))]
    assert [r.symbol for r in sorted(rows, key=pipeline().order)] == ["A", "C", "B"]
    by_move = Pipeline(PRESETS["halt_resumed"], frozenset(), 0.0)
    rows = [replace(ROW, symbol=s, change=c) for s, c in (("UP", 7.0), ("DOWN", -9.0))]
    assert [r.symbol for r in sorted(rows, key=by_move.order)] == ["DOWN", "UP"]
    with pytest.raises(ValueError, match="rank: found 'luck'"):
        pipeline(rank="luck")


def test_a_ticker_that_fails_for_a_moment_stays() -> None:
    seats = Selection(top=3, slack=0, confirm=0.0, hold=30.0)
    seats.choose([named("A")], 0)
    table = seats.choose([named("A", passed=False)], 29 * SECOND)
    assert seats.active == ("A",)
    assert table[0].reason == "rank 1; kept, failing for 29 s: why"
    seats.choose([named("A", passed=False)], 30 * SECOND)
    assert seats.active == ()


def test_a_flapping_ticker_never_leaves() -> None:
    seats = Selection(top=3, slack=0, confirm=0.0, hold=30.0)
    for turn in range(50):
        seats.choose([named("A", passed=turn % 5 == 0)], turn * 5 * SECOND)
        assert seats.active == ("A",)


def test_a_hard_rule_lets_go_at_once() -> None:
    seats = Selection(top=3, slack=0, confirm=0.0, hold=30.0)
    seats.choose([named("A")], 0)
    seats.choose([named("A", passed=False, soft=False)], SECOND)
    assert seats.active == ()


def test_a_ticker_comes_in_once_it_has_passed_without_a_break() -> None:
    seats = Selection(top=3, slack=0, confirm=10.0, hold=0.0)
    table = seats.choose([named("A")], 0)
    assert (table[0].passed, table[0].rule) == (False, "confirm")
    assert table[0].reason == "passes for 0 s, not yet for 10"
    seats.choose([named("A", passed=False)], 5 * SECOND)
    seats.choose([named("A")], 6 * SECOND)
    seats.choose([named("A")], 15 * SECOND)
    assert seats.active == ()
    seats.choose([named("A")], 16 * SECOND)
    assert seats.active == ("A",)


def test_places_are_few_and_the_last_one_has_slack() -> None:
    seats = Selection(top=2, slack=1, confirm=0.0, hold=30.0)
    seats.choose([named("A"), named("B"), named("C")], 0)
    assert seats.active == ("A", "B")
    table = seats.choose([named("C"), named("D"), named("B"), named("A")], SECOND)
    assert seats.active == ("C", "D", "B")
    assert table[2].reason == "rank 3 (kept, 2 places); why"
    assert (table[3].rule, table[3].by) == ("rank", pytest.approx(-1 / 3))


def test_a_ticker_that_the_market_no_longer_names_is_forgotten() -> None:
    seats = Selection(top=2, slack=0, confirm=5.0, hold=30.0)
    seats.choose([named("A")], 0)
    seats.choose([], SECOND)
    seats.choose([named("A")], 6 * SECOND)
    assert seats.active == ()


def test_yesterdays_tickers_have_no_right_to_a_place_today() -> None:
    seats = Selection(top=1, slack=3, confirm=0.0, hold=1e6)
    seats.choose([named("A")], 0, day=1)
    assert seats.staying(1) == {"A"}
    assert seats.staying(2) == frozenset()
    seats.choose([named("B"), named("A")], SECOND, day=2)
    assert seats.active == ("B",)
    slow = Selection(top=1, slack=0, confirm=10.0, hold=0.0)
    slow.choose([named("A")], 0, day=1)
    slow.choose([named("A")], 86_400 * SECOND, day=2)
    assert slow.active == ()
    slow.choose([named("A")], 86_410 * SECOND, day=2)
    assert slow.active == ("A",)


def test_before_relative_volume_is_known_the_pace_ranks() -> None:
    line = Pipeline(PRESETS["large_cap"], frozenset(), 0.0)
    assert line.paced
    assert not pipeline().paced
    slow, fast = replace(ROW, symbol="A", pace=0.1), replace(ROW, symbol="B", pace=0.2)
    assert sorted([slow, fast], key=line.first_order) == [fast, slow]
    assert sorted([fast, slow], key=line.order) == [slow, fast]
