import pytest

from tradeplat.core.calendar import Session
from tradeplat.core.market import MINUTE
from tradeplat.scanners.facts import Day
from tradeplat.scanners.filters import Enriched
from tradeplat.scanners.market_rows import (
    Basis,
    Floor,
    fresh,
    previous_close,
    ratios,
    rows,
    sieved,
)
from tradeplat.scanners.sources import Halt, Split, TickerSnapshot

HOUR = 60 * MINUTE


def session(n: int) -> Session:
    start = n * 24 * HOUR
    return Session(n, start + 4 * HOUR, start + 9 * HOUR, start + 16 * HOUR, start + 20 * HOUR)


TODAY = session(3)
NOW = TODAY.open + HOUR


def one(shot: TickerSnapshot, basis: Basis, now: int = NOW) -> Enriched:
    return next(iter(rows([shot], basis, TODAY, now)))


def test_change_is_against_the_last_regular_close_and_not_the_vendors_word() -> None:
    row = one(TickerSnapshot("A", NOW, 11.0, 5.0, previous=9.0), Basis({"A": 10.0}, {}))
    assert (row.change, row.previous_close) == (pytest.approx(10.0), 10.0)


def test_a_reverse_split_is_no_gain() -> None:
    basis = Basis({"A": 0.775}, {"A": 1 / 20})
    row = one(TickerSnapshot("A", NOW, 18.18, 5.0), basis)
    assert row.previous_close == pytest.approx(15.5)
    assert row.change == pytest.approx(17.29, abs=0.01)
    assert row.split == 1 / 20


@pytest.mark.parametrize("told", [0.775, 15.5])
def test_the_vendors_close_is_read_on_the_basis_that_fits(told: float) -> None:
    shot = TickerSnapshot("A", NOW, 18.18, 5.0, previous=told)
    assert previous_close(shot, None, 1 / 20) == pytest.approx(15.5)


def test_a_ticker_that_did_not_trade_today_has_no_price() -> None:
    shot = TickerSnapshot("A", TODAY.pre_open - 1, 11.0, 5.0, 10.0)
    row = one(shot, Basis({}, {}))
    assert (row.price, row.change, row.volume) == (None, None, None)
    assert not fresh(shot, TODAY)
    assert fresh(TickerSnapshot("A", 0, 1.0), TODAY)
    assert not fresh(TickerSnapshot("A", NOW, 0.0), TODAY)
    assert not fresh(TickerSnapshot("A", NOW, float("nan")), TODAY)


def test_without_any_close_the_change_is_unknown() -> None:
    assert one(TickerSnapshot("A", NOW, 11.0, 5.0), Basis({}, {})).change is None
    assert one(TickerSnapshot("A", NOW, 11.0, 5.0, 0.0), Basis({"A": 0.0}, {})).change is None


def test_volume_before_the_opening_is_remembered_after_it() -> None:
    shot = TickerSnapshot("A", NOW, 11.0, 500.0)
    assert one(shot, Basis({}, {}), TODAY.open).premarket_volume == 500.0
    assert one(shot, Basis({}, {}), TODAY.open + 1).premarket_volume is None
    assert one(shot, Basis({}, {}, premarket={"A": 80.0})).premarket_volume == 80.0


def test_halts_the_brokers_list_and_spreads_are_told_where_somebody_knows() -> None:
    shot = TickerSnapshot("A", NOW, 11.0, 5.0, bid=10.0, ask=10.2)
    bare = one(shot, Basis({}, {}))
    assert (bare.halted, bare.tradable, bare.resumed_min) == (None, None, None)
    assert bare.spread == pytest.approx(0.2 / 10.1)
    halted = {"A": Halt(NOW - HOUR, None), "B": Halt(NOW - HOUR, NOW - 5 * MINUTE)}
    basis = Basis({}, {}, halted, {"B": True})
    stopped = one(shot, basis)
    assert (stopped.halted, stopped.tradable) == (True, False)
    gone_on = one(TickerSnapshot("B", NOW, 11.0), basis)
    assert (gone_on.halted, gone_on.resumed_min, gone_on.tradable) == (False, 5.0, True)
    calm = one(TickerSnapshot("C", NOW, 11.0, bid=3.0, ask=2.0), basis)
    assert (calm.halted, calm.resumed_min, calm.spread) == (False, None, None)


def test_splits_since_the_last_session_count_and_no_others() -> None:
    day = Day(TODAY, (session(1), session(2)), NOW)
    told = [
        Split("A", 2, 0.5),
        Split("A", 3, 0.1),
        Split("A", 3, 2.0),
        Split("B", 4, 0.1),
        Split("C", 3, 0.0),
    ]
    assert ratios(told, day) == {"A": pytest.approx(0.2)}


def test_what_hardly_moves_is_left_out_but_for_the_nearest() -> None:
    shots = [TickerSnapshot(f"T{n}", NOW, 100.0 + n) for n in range(10)]
    shots += [
        TickerSnapshot("HELD", NOW, 100.0),
        TickerSnapshot("NEW", NOW, 100.0),
        TickerSnapshot("SPLIT", NOW, 100.0),
        TickerSnapshot("FELL", NOW, 80.0),
    ]
    closes = {shot.symbol: 100.0 for shot in shots if shot.symbol != "NEW"}
    basis = Basis(closes, {"SPLIT": 0.1})
    floor = Floor(6.0, either=False, kept=frozenset({"HELD"}))
    near, left = sieved(shots, basis, floor, 2)
    assert [shot.symbol for shot in near] == [
        *("T6", "T7", "T8", "T9", "HELD", "NEW", "SPLIT"),
        *("T5", "T4"),
    ]
    assert left == 5
    near, left = sieved(shots, basis, floor._replace(either=True), 0)
    assert "FELL" in [shot.symbol for shot in near]
    assert left == 6


def test_the_pace_is_against_the_last_session_in_shares_of_today() -> None:
    shot = TickerSnapshot("A", NOW, 11.0, 50.0)
    assert one(shot, Basis({}, {}, volumes={"A": 200.0})).pace == 0.25
    assert one(shot, Basis({}, {"A": 0.1}, volumes={"A": 200.0})).pace == 2.5
    assert one(shot, Basis({}, {}, volumes={"A": 0.0})).pace is None
    assert one(shot, Basis({}, {})).pace is None
