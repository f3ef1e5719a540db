import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets import OPEN, bar
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.streams.prints import RANGE, VOLUME
from tradeplat.venue.candles import Candle, Candles, rest_bar, wire_bar

PRINTS = st.lists(
    st.tuples(st.integers(1, 59), st.integers(1, 999), st.integers(1, 1000)), min_size=1, max_size=9
)


@given(PRINTS)
def test_a_candle_is_its_prints_in_whatever_order_they_come(rows):
    candle = Candle(OPEN)
    for second, price, size in rows:
        candle.add(OPEN + second * SECOND, float(price), float(size))
    prices = [price for _, price, _ in rows]
    first, last = min(second for second, _, _ in rows), max(second for second, _, _ in rows)
    assert (candle.high, candle.low) == (max(prices), min(prices))
    assert candle.open == next(price for second, price, _ in rows if second == first)
    assert candle.close == [price for second, price, _ in rows if second == last][-1]
    assert (candle.volume, candle.count) == (sum(size for *_, size in rows), len(rows))
    assert candle.vwap == pytest.approx(
        sum(price * size for _, price, size in rows) / candle.volume, abs=1e-6
    )


def test_prints_move_only_what_their_conditions_let_them():
    candle = Candle(OPEN)
    candle.add(OPEN, 5.0, 10.0, VOLUME)
    assert (candle.priced, candle.volume) == (False, 10.0)
    candle.add(OPEN, 6.0, 10.0)
    candle.add(OPEN + 1, 9.0, 0.0, RANGE | VOLUME)
    assert (candle.open, candle.high, candle.close) == (6.0, 9.0, 6.0)


def test_candles_of_a_longer_period_are_merged():
    whole, early, late = Candle(OPEN), Candle(OPEN), Candle(OPEN + MINUTE)
    early.add(OPEN, 5.0, 10.0)
    late.add(OPEN + MINUTE, 4.0, 30.0)
    for one in (early, late):
        whole.merge(one)
    assert (whole.open, whole.high, whole.low, whole.close) == (5.0, 5.0, 4.0, 4.0)
    assert (whole.volume, whole.count, whole.vwap) == (40.0, 2, 4.25)


def test_a_recorded_bar_is_a_candle_that_starts_at_its_open():
    candle = Candle.of(bar(OPEN, span=60))
    assert (candle.start, candle.close, candle.volume) == (OPEN - MINUTE, 5.1, 1000.0)


def test_both_wires_show_the_start():
    candle = Candle.of(bar(OPEN, span=60))
    assert rest_bar(candle).t == "2026-01-05T14:29:00Z"
    assert wire_bar("AAA", candle).t.ts == OPEN - MINUTE
    assert wire_bar("AAA", candle).v == 1000


@given(st.lists(st.integers(0, 20), unique=True))
def test_minutes_are_kept_by_time(minutes):
    candles = Candles()
    for minute in minutes:
        candles.put(Candle(minute * MINUTE))
    assert [one.start // MINUTE for one in candles.all()] == sorted(minutes)
    newest = candles.newest_closed(10 * MINUTE)
    closed = [minute for minute in minutes if minute < 10]
    assert (None if newest is None else newest.start // MINUTE) == max(closed, default=None)
    for minute in minutes:
        assert candles.at(minute * MINUTE + 5).start == minute * MINUTE
        candles.drop(minute * MINUTE)
        candles.drop(minute * MINUTE)
    assert candles.all() == []
