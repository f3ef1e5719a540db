from math import isnan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.control.records import FORMING, MARKER, MarkerKind
from tradeplat.control.series import Series, Sheet
from tradeplat.core.market import BAR, MINUTE, SECOND, Bar, Quote


def bar(n: int, close: float = 10.0) -> Bar:
    return Bar("A", n * MINUTE, 10.0, 11.0, 9.0, close, 5.0, 60, "x")


def rows(series: Series) -> np.ndarray:
    return np.frombuffer(bytes(series.rows), BAR)


@given(st.lists(st.tuples(st.integers(1, 20), st.floats(9, 11))))
def test_bars_end_up_in_order_whatever_order_they_came_in(came: list[tuple[int, float]]) -> None:
    series = Series(1, "A", 60)
    for n, close in came:
        series.add(bar(n, close))
    last = {n * MINUTE: close for n, close in came}
    assert [(row["ts"], row["close"]) for row in rows(series)] == sorted(last.items())
    assert series.last_ts == max(last, default=0)


def test_a_new_era_begins_only_when_a_bar_that_was_there_changes() -> None:
    series = Series(1, "A", 60)
    assert isnan(series.last_close)
    for n in (1, 2, 4):
        series.add(bar(n))
    series.add(bar(2))
    assert series.era == 0
    series.add(bar(2, 10.5))
    assert series.era == 1
    series.add(bar(3))
    assert series.era == 2
    series.add(bar(4, 10.75))
    assert (series.era, series.last_close) == (3, 10.75)


def test_the_bar_that_goes_on_follows_quotes_until_it_closes() -> None:
    series = Series(1, "A", 60)
    series.add(bar(1))

    def quoted(ts: int, price: float) -> None:
        series.quoted(Quote("A", ts, price - 0.5, 1.0, price + 0.5, 1.0, "x"))

    quoted(MINUTE - SECOND, 8.0)
    assert series.tail == b""
    for second, price in ((1, 10.0), (2, 12.0), (3, 9.0), (4, 11.0)):
        quoted(MINUTE + second * SECOND, price)
    (tail,) = np.frombuffer(series.tail, BAR)
    assert tail.item() == (2 * MINUTE, 10.0, 12.0, 9.0, 11.0, 0.0, 60, FORMING)
    quoted(2 * MINUTE, 7.0)
    assert np.frombuffer(series.tail, BAR)["ts"] == 3 * MINUTE
    quoted(2 * MINUTE - SECOND, 7.5)
    series.add(bar(2))
    assert np.frombuffer(series.tail, BAR)["ts"] == 3 * MINUTE
    series.add(bar(3))
    assert series.tail == b""


def test_a_one_sided_quote_and_a_series_without_bars_make_none() -> None:
    series = Series(1, "A", 60)
    series.quoted(Quote("A", 5, 0.0, 0.0, 10.0, 1.0, "x"))
    assert series.tail == b""
    fresh = Series(1, "A")
    fresh.quoted(Quote("A", 5, 9.0, 1.0, 10.0, 1.0, "x"))
    assert fresh.tail == b""


def test_a_sheet_has_a_series_for_each_length_and_numbers_its_markers() -> None:
    sheet = Sheet("A", Series(3, "A"))
    assert sheet.id == 3
    assert sheet.of_span(60) is sheet.series[0]
    sheet.series[0].span = 1
    assert sheet.of_span(60) is None
    assert sheet.mark((5, 9.5), 100.0, MarkerKind.FILL, 2) == 1
    assert sheet.mark((6, 9.6), 0.0, MarkerKind.EXIT, 2) == 2
    found = np.frombuffer(bytes(sheet.markers), MARKER)
    assert found[0].item() == (5, 9.5, 100.0, 0, 0, 2, 1)
    sheet.quoted(Quote("A", 5, 9.0, 1.0, 10.0, 1.0, "x"))
    assert sheet.quote
    sheet.let_go()
    assert sheet.quote == b""


def test_a_close_is_looked_up_within_a_part_of_the_time() -> None:
    series = Series(1, "A")
    assert isnan(series.close_in(0, 10))
    for ts in (10, 20, 30):
        series.add(Bar("A", ts, 1.0, 1.0, 1.0, float(ts), 1.0, 60, "x"))
    assert [series.close_in(5, at) for at in (10, 29, 30, 99)] == [10.0, 20.0, 30.0, 30.0]
    assert isnan(series.close_in(10, 15))
    series.add(Bar("A", 40, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "x"))
