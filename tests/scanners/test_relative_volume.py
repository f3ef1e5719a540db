import pytest

from tradeplat.core.calendar import Session
from tradeplat.core.market import MINUTE
from tradeplat.scanners.relative_volume import Curve, curve, relative
from tradeplat.scanners.sources import MinuteVolume, Split

HOUR = 60 * MINUTE


def session(n: int) -> Session:
    start = n * 24 * HOUR
    return Session(n, start + 4 * HOUR, start + 9 * HOUR, start + 16 * HOUR, start + 20 * HOUR)


ONE, TWO, TODAY = session(1), session(2), session(3)
VOLUMES = [
    MinuteVolume(ONE.pre_open, 100.0),
    MinuteVolume(ONE.pre_open + 2 * MINUTE, 300.0),
    MinuteVolume(ONE.post_close, 9e9),
    MinuteVolume(TWO.pre_open - MINUTE, 9e9),
    MinuteVolume(TWO.pre_open + MINUTE, 200.0),
]


def test_volume_is_compared_with_the_same_time_of_day_by_hand() -> None:
    usual = curve(VOLUMES, [ONE, TWO])
    # Mean over two sessions: 100/2 after minute 1, + 200/2 after 2, + 300/2 after 3.
    assert [usual.usual(m) for m in (0, 1, 2, 3, 500)] == [0.0, 50.0, 150.0, 300.0, 300.0]
    assert usual.usual(1.5) == 100.0
    assert relative(450.0, usual, TODAY, TODAY.pre_open + 2 * MINUTE) == 3.0
    assert relative(450.0, usual, TODAY, TODAY.open) == 1.5
    assert usual.day == 2


def test_a_session_without_a_trade_counts_as_nothing() -> None:
    assert curve(VOLUMES[:2], [ONE, TWO]).usual(99) == 200.0
    assert curve(VOLUMES[:2], [ONE]).usual(99) == 400.0


def test_volume_from_before_a_split_is_counted_in_shares_of_today() -> None:
    splits = [Split("A", 2, 0.1)]
    assert curve(VOLUMES, [ONE, TWO], splits).usual(99) == pytest.approx((40.0 + 200.0) / 2)
    assert curve(VOLUMES, [ONE, TWO], [Split("A", 3, 2.0)]).usual(99) == 600.0


def test_what_nobody_knows_is_no_number() -> None:
    usual = curve(VOLUMES, [ONE, TWO])
    assert relative(None, usual, TODAY, TODAY.open) is None
    assert relative(1.0, None, TODAY, TODAY.open) is None
    assert relative(1.0, usual, TODAY, TODAY.pre_open) is None
    assert relative(1.0, curve([], []), TODAY, TODAY.open) is None
    assert relative(1.0, Curve(0, (), ()), TODAY, TODAY.open) is None


def test_sessions_before_the_first_trade_do_not_make_a_new_name_look_busy() -> None:
    late = [MinuteVolume(TWO.pre_open, 400.0)]
    usual = curve(late, [ONE, TWO])
    assert (usual.sessions, usual.usual(99)) == (1, 400.0)
    nothing = [MinuteVolume(ONE.pre_open, 0.0), *late]
    assert curve(nothing, [ONE, TWO]).usual(99) == 400.0
    assert curve([], [ONE, TWO]).sessions == 0
