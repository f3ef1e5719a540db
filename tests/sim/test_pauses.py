"""What a halt leaves of the tape."""

import pytest

from simmarkets import STEP, bar, status
from tradeplat.core.market import LIMIT_STATE, NIGHT, SUSPECTED, Status
from tradeplat.sim.pauses import Pauses


def paused(began: int, ended: int) -> Pauses:
    pauses = Pauses()
    pauses.on_status(status(began, trading=False))
    pauses.on_status(status(ended, trading=True))
    return pauses


def test_a_halt_bars_what_trades_in_it_until_its_end_is_told() -> None:
    pauses = Pauses()
    assert not pauses.bars("A", 5)
    pauses.on_status(status(5, trading=False))
    pauses.on_status(status(6, trading=False))
    assert pauses.halted == {"A": 5}
    assert pauses.bars("A", 7)
    assert not pauses.bars("B", 7)
    pauses.on_status(status(8, trading=True))
    assert not pauses.bars("A", 8)
    assert (pauses.resumed("A"), pauses.resumed("B")) == (8, 0)


@pytest.mark.parametrize("code", [LIMIT_STATE, SUSPECTED])
def test_a_symbol_that_trades_at_its_limit_is_not_halted(code: str) -> None:
    pauses = Pauses()
    pauses.on_status(status(5, trading=False))
    pauses.on_status(Status("A", 9, trading=False, code=code, feed="t"))
    assert not pauses.halted
    assert pauses.resumed("A") == 9


def test_what_trades_a_night_later_says_that_the_halt_is_over() -> None:
    pauses = Pauses()
    pauses.on_status(status(5, trading=False))
    assert pauses.bars("A", 5 + NIGHT - 1)
    assert not pauses.bars("A", 5 + NIGHT)
    assert not pauses.halted
    assert pauses.resumed("A") == 5 + NIGHT


def test_all_that_a_bar_tells_which_opened_in_a_halt_happened_after_it() -> None:
    pauses = paused(STEP // 2, STEP + 7)
    assert not pauses.reaches_back(bar(3, 1, 1, 1, 1))
    reopening = bar(2, 1, 3, 1, 2)
    assert pauses.reaches_back(reopening)
    swing = pauses.swing(reopening)
    assert swing is not None
    assert (swing.opened, swing.ts, swing.open) == (STEP + 7, 2 * STEP, 1)
    assert pauses.swing(bar(1, 1, 1, 1, 1)) is not None
    assert paused(0, STEP).swing(bar(1, 1, 1, 1, 1)) is None


def test_a_bar_that_holds_a_whole_halt_opened_before_it() -> None:
    pauses = paused(STEP // 4, STEP // 2)
    swing = pauses.swing(bar(1, 1, 1, 1, 1))
    assert swing is not None
    assert swing.opened == 0
