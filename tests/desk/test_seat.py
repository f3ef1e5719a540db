import pytest

from tradeplat.core import state
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Holding, Intent
from tradeplat.core.journal import SeatState
from tradeplat.core.market import MINUTE, Bar, Quote
from tradeplat.desk.seat import Seat

MONDAY = Session(20260105, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 40 * MINUTE)
TUESDAY = Session(20260106, 110 * MINUTE, 120 * MINUTE, 130 * MINUTE, 140 * MINUTE)
CALENDAR = Calendar([MONDAY, TUESDAY])
LONG = Holding(5.0, 10.0, 0, float("nan"), float("nan"))


class Diary:
    days: list[int]
    adopted: float

    def __init__(self) -> None:
        self.days = []
        self.adopted = 0.0

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD

    def on_session(self, session: Session) -> None:
        self.days.append(session.day)

    def on_adopted(self, holding: Holding) -> None:
        self.adopted = holding.quantity


def test_a_day_is_announced_once_and_never_an_earlier_one() -> None:
    diary = Diary()
    seat = Seat("s", diary)
    for session in (MONDAY, MONDAY, TUESDAY, MONDAY, TUESDAY):
        seat.begin(session)
    assert diary.days == [20260105, 20260106]


def test_a_memory_knows_the_day_it_was_saved_on() -> None:
    was = Diary()
    was.days = [20260105]
    diary = Diary()
    seat = Seat("s", diary)
    seat.remember(SeatState("s", "A", 25 * MINUTE, state.save(was)), CALENDAR)
    seat.begin(MONDAY)
    assert (diary.days, seat.since) == ([20260105], 25 * MINUTE)
    seat.begin(TUESDAY)
    assert diary.days == [20260105, 20260106]


def test_a_memory_of_another_strategy_changes_nothing() -> None:
    diary = Diary()
    seat = Seat("s", diary)
    seat.holding = LONG
    with pytest.raises(BadInput, match="expected the state of a Diary"):
        seat.remember(SeatState("s", "A", 5, {"class": "X", "fields": {}}), CALENDAR)
    assert (seat.since, diary.adopted) == (0, 0)


@pytest.mark.parametrize("holding", [FLAT, LONG])
def test_only_a_strategy_that_holds_something_is_adopted(holding: Holding) -> None:
    diary = Diary()
    seat = Seat("s", diary)
    seat.holding = holding
    seat.remember(None, CALENDAR)
    assert diary.adopted == holding.quantity
