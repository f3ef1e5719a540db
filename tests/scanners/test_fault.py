"""What is wrong with a list is told: since when, what comes next, and how old the list is."""

from tradeplat.core.market import SECOND
from tradeplat.scanners.fault import Fault

NOON = 43_200 * SECOND


def test_a_fault_is_told_from_its_beginning_until_a_scan_works() -> None:
    fault = Fault()
    assert fault.lines(NOON, 0) == []
    fault.failed("alpaca: HTTP 503", NOON)
    fault.failed("alpaca: HTTP 502", NOON + 5 * SECOND)
    assert not fault.listed
    assert fault.lines(NOON + 6 * SECOND, 0) == [
        "alpaca: HTTP 502; since 12:00:00 UTC, scanned again next poll, no list yet"
    ]
    fault.worked("", NOON + 10 * SECOND)
    assert fault.listed
    assert fault.lines(NOON + 11 * SECOND, 0) == []
    fault.failed("busy", NOON + 20 * SECOND)
    assert fault.lines(NOON + 21 * SECOND, NOON + 33 * SECOND) == [
        "busy; since 12:00:20 UTC, scanned again in 12.0 s, the list of 12:00:10 UTC stands"
    ]


def test_an_incomplete_scan_is_a_new_list() -> None:
    fault = Fault()
    fault.worked("incomplete: no floats", NOON)
    fault.worked("incomplete: no floats", NOON + 5 * SECOND)
    assert fault.lines(NOON + 6 * SECOND, 0) == [
        "incomplete: no floats; since 12:00:00 UTC, scanned again next poll, the list of 12:00:05 "
        "UTC stands"
    ]
