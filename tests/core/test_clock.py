import pytest

from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import Corrupt


def test_the_clock_moves_when_told_and_never_back() -> None:
    clock = ReplayClock(5)
    clock.advance(5)
    clock.advance(9)
    assert clock.now() == 9
    with pytest.raises(Corrupt, match="go back from 9 to 8"):
        clock.advance(8)
