"""What was granted has to come, where it is to be expected."""

from itertools import pairwise

from tradeplat.core.market import Bar, Quote, Trade
from tradeplat.streams.served import FIRST_RETRY, LIMITS, Served


def awaiting(*, active: bool = True) -> Served:
    served = Served(("quotes", "bars", "statuses"))
    served.granted("A", 0.0, active=active)
    return served


def test_each_kind_has_its_time_to_come() -> None:
    served = awaiting()
    assert served.awaited == {"A": {Quote, Bar}}
    assert served.check(LIMITS[Quote]) == ""
    assert served.check(LIMITS[Quote] + 0.1) == "not served: A"
    assert served.why == {"A": "no quote came since it was granted"}
    served.check(LIMITS[Bar] + 0.1)
    assert served.why == {"A": "no bar and no quote came since it was granted"}


def test_what_comes_is_awaited_no_more() -> None:
    served = awaiting()
    served.heard("A", Trade)
    served.heard("A", Quote)
    served.heard("A", Bar)
    assert served.awaited == {}
    assert served.check(1e6) == ""


def test_a_symbol_that_has_not_traded_lately_is_not_doubted() -> None:
    assert awaiting(active=False).check(1e6) == ""


def test_a_connection_is_left_less_and_less_often_for_it() -> None:
    served = awaiting()
    left = [second for second in range(2_000) if served.check(float(second))]
    gaps = [b - a for a, b in pairwise(left)]
    assert gaps == [FIRST_RETRY * factor for factor in (1, 2, 4, 8, 16)]


def test_granted_anew_it_is_awaited_anew() -> None:
    served = awaiting()
    served.check(1e3)
    served.forget("A")
    assert served.why == {}
    served.granted("A", 1e3, active=True)
    assert served.check(1e3 + 1.0) == ""
