"""The newest event time of a feed, and its lag."""

from tradeplat.core.market import SECOND, Quote
from tradeplat.streams.watermark import Watermark


def quote(ts: int, seen: int) -> Quote:
    return Quote("AAA", ts, 1.0, 1.0, 1.1, 1.0, "iex", seen)


def test_the_newest_event_counts_however_late_others_come() -> None:
    mark = Watermark()
    assert mark.body() == {"newest": None, "lag_ms": None, "worst_ms": None}
    mark.note([quote(5 * SECOND, 5 * SECOND + 100), quote(9 * SECOND, 10 * SECOND)])
    mark.note([quote(3 * SECOND, 11 * SECOND)])
    assert mark.newest == 9 * SECOND
    assert mark.worst == 8 * SECOND
    assert mark.samples == 2


def test_the_lag_is_smoothed_and_a_steady_one_is_told_as_it_is() -> None:
    mark = Watermark()
    for k in range(1, 50):
        mark.note([quote(k * SECOND, k * SECOND + SECOND // 4)])
    assert mark.body() == {"newest": 49 * SECOND, "lag_ms": 250.0, "worst_ms": 250.0}


def test_what_nobody_stamped_on_receipt_moves_the_watermark_alone() -> None:
    mark = Watermark()
    mark.note([quote(5 * SECOND, 0)])
    assert (mark.newest, mark.samples) == (5 * SECOND, 0)


def test_a_feed_is_behind_by_its_newest_event_beyond_what_it_holds_back() -> None:
    mark = Watermark(60 * SECOND)
    mark.note([quote(100 * SECOND, 161 * SECOND)])
    assert not mark.behind
    assert mark.reached(170 * SECOND) == 170 * SECOND
    mark.note([quote(101 * SECOND, 162 * SECOND + 1)])
    assert mark.behind
    mark.note([quote(90 * SECOND, 162 * SECOND)])
    assert not mark.behind
    mark.note([quote(101 * SECOND, 1_000 * SECOND)])
    assert not mark.behind


def test_while_behind_time_goes_by_the_newest_event_until_nothing_comes() -> None:
    mark = Watermark(0)
    mark.note([quote(100 * SECOND, 103 * SECOND)])
    assert mark.reached(103 * SECOND) == 100 * SECOND
    assert mark.reached(104 * SECOND) == 104 * SECOND
    mark.note([quote(102 * SECOND, 104 * SECOND)])
    assert mark.reached(104 * SECOND) == 102 * SECOND


def test_one_that_is_waited_for_is_never_behind() -> None:
    mark = Watermark()
    mark.note([quote(100 * SECOND, 103 * SECOND)])
    assert not mark.behind
    assert mark.reached(103 * SECOND) == 103 * SECOND
