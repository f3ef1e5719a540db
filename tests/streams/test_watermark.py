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
