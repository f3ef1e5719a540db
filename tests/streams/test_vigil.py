"""Data that cannot be believed is dropped, and silence where there was traffic is seen."""

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import SECOND, Bar, Quote
from tradeplat.streams.served import Served
from tradeplat.streams.vigil import Vigil
from worlds import DAY

MS = SECOND // 1000


class Watched:
    """A vigil over one symbol, its market's clock and its alarms."""

    def __init__(self, early: int | None = SECOND, floor: float | None = 5.0) -> None:
        self.ts = DAY.open + SECOND
        self.at = 0.0
        self.alarms: list[str] = []
        self.vigil = Vigil(
            lambda: self.ts, early, floor, Calendar([DAY]), lambda code, _: self.alarms.append(code)
        )
        self.look()

    def look(self) -> bool:
        return self.vigil.look(self.at, {"A": True})

    def traffic(self, seconds: float) -> None:
        """A message each quarter of a second."""
        for _ in range(int(seconds * 4)):
            self.at += 0.25
            self.vigil.heard.add("A")
            self.look()

    def rest(self, seconds: float) -> None:
        for _ in range(int(seconds * 4)):
            self.at += 0.25
            self.look()


def quote(ts: int) -> Quote:
    return Quote("A", ts, 1.0, 1.0, 1.1, 1.0, "t", 0)


def test_a_second_ahead_is_let_pass_and_more_is_from_the_future() -> None:
    watched = Watched()
    assert watched.vigil.horizon == watched.ts + SECOND
    for _ in range(5):
        watched.vigil.drop(quote(watched.ts + SECOND + 1))
    assert watched.vigil.future == 5
    assert watched.alarms == ["FUTURE_DATA"] * 3


def test_where_a_venue_waits_nothing_is_from_the_future() -> None:
    assert Watched(early=None).vigil.horizon > 2**62


def test_a_busy_symbol_is_mute_after_the_floor_and_well_when_it_speaks_again() -> None:
    watched = Watched()
    watched.traffic(10)
    watched.rest(4.75)
    assert watched.vigil.mutes.why == {}
    watched.rest(0.75)
    assert "mute for 5" in watched.vigil.mutes.why["A"]
    watched.traffic(0.5)
    assert watched.vigil.mutes.why == {}


def test_a_symbol_nobody_wants_any_more_is_not_mute() -> None:
    watched = Watched()
    watched.traffic(10)
    watched.rest(6)
    watched.at += 0.25
    watched.vigil.look(watched.at, {})
    assert watched.vigil.mutes.why == {}


def test_at_the_close_the_traffic_of_the_day_says_nothing_any_more() -> None:
    watched = Watched()
    watched.traffic(10)
    watched.ts = DAY.close
    watched.at += 0.25
    assert watched.look()
    watched.rest(30)
    assert watched.vigil.mutes.why == {}
    watched.traffic(10)
    watched.rest(59)
    assert watched.vigil.mutes.why == {}
    watched.rest(3)
    assert "A" in watched.vigil.mutes.why


def test_no_silence_is_doubted_when_the_market_is_closed() -> None:
    watched = Watched()
    watched.ts = DAY.post_close
    watched.at += 0.25
    watched.look()
    watched.traffic(10)
    watched.rest(1000)
    assert watched.vigil.mutes.why == {}


def test_a_topic_that_was_granted_and_brings_nothing_makes_the_connection_doubtful() -> None:
    watched = Watched()
    watched.vigil.served = Served(("quotes", "bars"))
    doubts = []
    for _ in range(4 * 400):
        watched.at += 0.25
        watched.look()
        doubts += [watched.vigil.doubt] if watched.vigil.doubt else []
        if watched.at == 30.0:
            watched.vigil.served.heard("A", Quote)
    assert doubts == ["not served: A"] * 3
    assert watched.alarms == ["NOT_SERVED"] * 3
    assert "no bar" in watched.vigil.served.why["A"]
    watched.vigil.served.heard("A", Bar)
    watched.at += 0.25
    watched.look()
    assert watched.vigil.served.why == {}


def test_data_that_comes_late_for_a_while_is_told_once_a_minute_and_a_late_message_is_not() -> None:
    w = Watched()

    def come(late: float, seconds: float) -> None:
        for _ in range(int(seconds * 4)):
            w.ts += SECOND // 4
            w.vigil.came([quote(w.ts - int(late * SECOND))], w.vigil.horizon)
            w.traffic(0.25)

    come(0.05, 5.0)
    assert (w.vigil.lag, w.alarms) == (50 * MS, [])
    come(9.0, 0.75)
    come(0.05, 1.0)
    assert (w.vigil.lag, w.alarms) == (50 * MS, [])
    come(10.0, 30.0)
    assert (w.vigil.lag, w.alarms) == (10 * SECOND, ["DATA_LATE"])
    come(10.0, 32.0)
    assert w.alarms == ["DATA_LATE"] * 2
    come(0.05, 0.5)
    assert w.vigil.lag == 50 * MS


def test_the_freshest_of_several_messages_says_how_late_they_come() -> None:
    w = Watched()
    w.vigil.delay = 900 * SECOND
    for late in (950, 901, 930):
        w.vigil.came([quote(w.ts - late * SECOND)], w.vigil.horizon)
    # Bars are dated by their end, whenever they come: they say nothing.
    w.vigil.came([Bar("A", w.ts, 1.0, 1.0, 1.0, 1.0, 1.0, 60, "t")], w.vigil.horizon)
    w.traffic(0.25)
    assert w.vigil.lag == SECOND
    paced = Watched(early=None)
    paced.vigil.came([quote(0)], paced.vigil.horizon)
    paced.traffic(5.0)
    assert (paced.vigil.lag, paced.alarms) == (0, [])
