import os
import time

from faultsim.clocks import Clocks, Zone
from tradeplat.core.market import SECOND


def test_the_wall_is_set_and_the_steady_clock_goes_on() -> None:
    true = 5 * SECOND
    clocks = Clocks(lambda: true, 1_000 * SECOND)
    assert clocks.wall() == 1_000 * SECOND
    clocks.set(-3600.0)
    true += SECOND
    assert clocks.wall() == (1_001 - 3_600) * SECOND
    assert clocks.steady() == 6 * SECOND


def test_a_drift_grows_from_when_it_begins_and_what_it_made_stays() -> None:
    true = 0
    clocks = Clocks(lambda: true, 0)
    true = 10 * SECOND
    clocks.drift(0.5, -0.1)
    assert (clocks.wall(), clocks.steady()) == (10 * SECOND, 10 * SECOND)
    true = 20 * SECOND
    assert (clocks.wall(), clocks.steady()) == (25 * SECOND, 19 * SECOND)
    clocks.drift(0.0, 0.0)
    true = 30 * SECOND
    assert (clocks.wall(), clocks.steady()) == (35 * SECOND, 29 * SECOND)


def test_local_time_moves_and_comes_back() -> None:
    before, zone = os.environ.get("TZ"), Zone()
    there = time.localtime(0).tm_gmtoff
    try:
        zone.move(-4)
        assert time.localtime(0).tm_gmtoff == -4 * 3600
        zone.move(-5)
        assert time.localtime(0).tm_gmtoff == -5 * 3600
    finally:
        zone.restore()
    assert os.environ.get("TZ") == before
    assert time.localtime(0).tm_gmtoff == there
