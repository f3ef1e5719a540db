from tradeplat.core.intent import FLAT, HOLD
from tradeplat.core.ports import Strategy
from tradeplat.desk.manual import MANUAL, ByHand
from worlds import bar, quote


def test_the_seat_of_a_person_wishes_nothing_of_its_own() -> None:
    seat: Strategy = ByHand()
    assert seat.on_bar(bar("A", 1), FLAT) is HOLD
    assert seat.on_quote(quote("A", 1, 9.0, 9.1), FLAT) is HOLD
    assert MANUAL == "manual"
