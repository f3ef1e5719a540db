"""A side that pauses as it does is not missing."""

import pytest

from tradeplat.analytics.feed_pace import ENOUGH, PAUSES, Pace
from tradeplat.core.market import SECOND


def told(gap: int, count: int, moves: int = 0) -> Pace:
    """The pace of a side that told of an instant every `gap` seconds."""
    pace = Pace()
    for k in range(count):
        pace.moves = moves
        pace.came(k * gap * SECOND + SECOND, k * gap * SECOND + SECOND)
    return pace


def test_who_has_said_nothing_is_not_silent() -> None:
    assert Pace().silent(100 * SECOND, SECOND) == 0


@pytest.mark.parametrize(("seconds", "silent"), [(49, 0), (50, 50), (3600, 3600), (7201, 0)])
def test_a_silence_counts_from_five_of_the_longest_pauses_and_not_over_night(
    seconds: int, silent: int
) -> None:
    pace = told(10, 10)
    assert PAUSES == 5
    assert pace.silent(pace.last + seconds * SECOND, SECOND) == silent * SECOND
    assert pace.silent(pace.last + 50 * SECOND, 51 * SECOND) == 0


def test_an_old_pause_is_forgotten_by_and_by_and_a_restart_is_none() -> None:
    pace = told(1, 10)
    pace.came(100 * SECOND, 100 * SECOND)
    assert pace.longest == 91 * SECOND - SECOND
    for k in range(101, 401):
        pace.came(k * SECOND, k * SECOND)
    assert pace.longest < 3 * SECOND
    pace.restart(900 * SECOND)
    pace.came(901 * SECOND, 901 * SECOND)
    assert pace.longest < 3 * SECOND


def test_the_other_side_is_busy_when_it_moves_twice_as_much_as_in_any_pause_lately() -> None:
    pace = told(1, ENOUGH + 1, moves=10)
    pace.moves = 20
    assert not pace.busy
    pace.moves = 21
    assert pace.busy
    unknown = told(1, ENOUGH, moves=10)
    unknown.moves = 1000
    assert not unknown.busy
