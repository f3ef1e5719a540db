import pytest

from tradeplat.core.errors import Transient
from tradeplat.execution.brokers.alpaca_codec import WireOrder
from tradeplat.execution.brokers.alpaca_watch import UNPROBED, Served


def wire(second: int) -> WireOrder:
    return WireOrder("v", updated_at=f"2026-01-05T14:30:{second:02d}Z")


def serving() -> Served:
    made = Served()
    made.read(wire(1), 0.0)
    made.begin(0.0)
    return made


def test_a_quiet_account_is_asked_now_and_then_and_nothing_is_wrong() -> None:
    served = serving()
    assert not served.unprobed(UNPROBED - 1)
    for now in (UNPROBED, 2 * UNPROBED, 3 * UNPROBED):
        assert served.unprobed(now)
        served.read(wire(1), now)
        served.probed(now)
        assert not served.unprobed(now + 1)


def test_a_change_that_was_never_told_for_so_long_means_nothing_is() -> None:
    served = serving()
    served.read(wire(2), 5.0)
    served.probed(5.0 + UNPROBED - 1)
    with pytest.raises(Transient, match="confirmed, but not served for 30 s"):
        served.probed(5.0 + UNPROBED)


def test_one_lost_update_is_no_reason_while_others_come() -> None:
    served = serving()
    served.read(wire(2), 5.0)
    served.hear(wire(3), 20.0)
    assert not served.unprobed(40.0)
    served.probed(50.0)
    served.read(wire(3), 51.0)
    served.probed(99.0)


def test_what_was_read_while_subscribing_happened_before() -> None:
    served = serving()
    served.read(wire(2), 5.0)
    served.begin(6.0)
    served.probed(99.0)


def test_an_order_without_a_moment_says_nothing() -> None:
    served = serving()
    served.read(WireOrder("v"), 5.0)
    served.probed(99.0)
