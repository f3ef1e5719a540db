import pytest
from msgspec.structs import replace

from tradeplat.core import state
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import FLAT, HOLD, Holding, Intent
from tradeplat.core.journal import SeatState
from tradeplat.core.market import MINUTE, SECOND, Backfill, Bar, Quote
from tradeplat.desk.seat import SHOWN, Seat

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


def minute(k: int, span: int = 60) -> Bar:
    return Bar("A", k * span * SECOND, 1.0, 1.0, 1.0, 1.0, 1.0, span, "csv")


def remembering(shown: dict[str, int] | None, at: int) -> tuple[Seat, list[Bar], list[Backfill]]:
    """A seat that goes on with a memory of `at`, what it is shown, and the gaps it is told of."""
    bars: list[Bar] = []
    gaps: list[Backfill] = []

    class Listening(Diary):
        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            bars.append(bar)
            return HOLD

        def on_gap(self, gap: Backfill) -> None:
            gaps.append(gap)

    seat = Seat("s", Listening())
    kept = state.save(Listening())
    if shown is not None:
        kept[SHOWN] = shown
    seat.remember(SeatState("s", "A", at, kept), CALENDAR)
    return seat, bars, gaps


def test_a_minute_that_was_not_there_yet_with_the_last_second_is_shown_after_a_restart() -> None:
    last = 25 * MINUTE + SECOND
    seat, bars, _ = remembering({"1": last, "60": 24 * MINUTE}, last)
    for bar in (minute(24), minute(25 * 60, 1), minute(25), minute(25 * 60 + 2, 1)):
        seat.learn(bar)
    assert bars == [minute(25), minute(25 * 60 + 2, 1)]
    seat, bars, _ = remembering(None, 25 * MINUTE)
    for bar in (minute(24), minute(25), minute(26)):
        seat.learn(bar)
    assert bars == [minute(26)]


def test_after_a_restart_a_strategy_hears_whether_history_reached_back_to_what_it_knows() -> None:
    for first, healed in ((24, True), (25, True), (26, False)):
        seat, _, gaps = remembering({"60": 25 * MINUTE}, 25 * MINUTE)
        history = Backfill("A", 30 * MINUTE, tuple(minute(k) for k in range(first, 31)))
        seat.rejoin(history)
        seat.rejoin(history)
        assert gaps == [replace(history, since=25 * MINUTE, healed=healed)]
    seat, _, gaps = remembering({"60": 25 * MINUTE}, 25 * MINUTE)
    seat.rejoin(Backfill("A", 30 * MINUTE, ()))
    assert [gap.healed for gap in gaps] == [False]


def test_a_strategy_of_minutes_is_not_told_of_a_hole_in_the_seconds() -> None:
    both = {"1": 25 * MINUTE, "60": 25 * MINUTE}
    history = Backfill("A", 27 * MINUTE, (*[minute(k) for k in range(20, 28)], minute(27 * 60, 1)))
    for span, healed in ((60, True), (1, False), (0, False)):
        seat, _, gaps = remembering(both, 25 * MINUTE)
        seat.strategy.span = span
        seat.rejoin(history)
        assert [gap.healed for gap in gaps] == [healed]


def test_without_a_memory_a_warm_start_is_no_gap() -> None:
    seat, _, gaps = remembering({}, 0)
    seat.rejoin(Backfill("A", 30 * MINUTE, (minute(30),)))
    assert gaps == []


@pytest.mark.parametrize("shown", [5, {"x": 5}, {"60": "5"}])
def test_a_memory_of_what_was_shown_that_is_none_is_refused(shown: object) -> None:
    seat = Seat("s", Diary())
    kept = {**state.save(Diary()), SHOWN: shown}
    with pytest.raises(BadInput, match="expected nanoseconds by span"):
        seat.remember(SeatState("s", "A", 5, kept), CALENDAR)


@pytest.mark.parametrize("holding", [FLAT, LONG])
def test_only_a_strategy_that_holds_something_is_adopted(holding: Holding) -> None:
    diary = Diary()
    seat = Seat("s", diary)
    seat.holding = holding
    seat.remember(None, CALENDAR)
    assert diary.adopted == holding.quantity
