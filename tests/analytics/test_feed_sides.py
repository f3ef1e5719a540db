"""What one side of the market data brought, and its faults."""

from tradeplat.analytics.feed_sides import Lags, Side, guilty
from tradeplat.core.market import SECOND


def test_quantiles_of_lags_are_right_to_a_tenth() -> None:
    lags = Lags()
    assert lags.quantile(0.5) is None
    for k in range(1, 1001):
        lags.add(k * SECOND // 100)
    half, most = lags.quantile(0.5), lags.quantile(0.99)
    assert half is not None
    assert most is not None
    assert abs(half - 5_000) < 500
    assert abs(most - 9_900) < 990
    assert lags.worst == 10 * SECOND


def test_a_side_that_is_early_by_our_clock_has_the_smallest_lag() -> None:
    lags = Lags()
    lags.add(-5 * SECOND)
    assert (lags.quantile(0.5), lags.worst) == (1.0, 0)


def test_guilty_is_who_was_at_fault_more_often_than_all_others() -> None:
    one, two = Side("polygon", "bars"), Side("iex", "quotes")
    assert guilty([one, two]) == ""
    two.blame("A", "late")
    assert guilty([one, two]) == guilty([one, two], "A") == "iex quotes"
    assert guilty([one, two], "B") == ""
    one.blame("B", "wrong")
    assert guilty([one, two]) == ""
    assert guilty([one, two], "B") == "polygon bars"
    one.blame("B", "missing")
    assert guilty([one, two]) == "polygon bars"
    assert two.body("A")["late"] == two.body()["late"] == 1


def test_the_worst_lag_is_kept_step_by_step() -> None:
    side = Side("iex", "quotes")
    for ts, lag in ((1, 5), (9, 7), (9, 6), (31, 1)):
        side.heard("A", ts * SECOND, lag * SECOND)
    assert side.course == {0: 7 * SECOND, 3: SECOND}


def test_a_vendors_own_hold_is_no_fault_of_its_feed() -> None:
    assert Side("polygon", "bars").hold == 2 * SECOND
    assert Side("iex", "quotes").hold == 0
    assert Side("delayed_sip", "quotes").hold == 900 * SECOND
