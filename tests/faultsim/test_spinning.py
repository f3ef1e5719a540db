"""Code that spins is stopped and named."""

import signal

import pytest

from faultsim.loop import Livelock
from faultsim.spinning import within


def test_a_step_that_spins_is_told_with_its_place_and_ended():
    told = []

    def spin():
        while True:
            pass  # until it is stopped

    with pytest.raises(Livelock, match="spin at line"), within(0.05, told.append):
        spin()
    assert len(told) == 1
    assert "0.05 s of processor time" in told[0]


def test_code_that_catches_it_hears_again():
    told, caught = [], 0
    with within(0.05, told.append):
        while caught < 2:
            try:
                while True:
                    pass  # until it is stopped
            except Livelock:
                caught += 1
    assert len(told) == 2


def test_what_ends_in_time_is_left_alone_and_the_signal_given_back():
    before = signal.getsignal(signal.SIGVTALRM)
    with within(5.0, pytest.fail):
        assert signal.getsignal(signal.SIGVTALRM) is not before
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
