"""A strategy that keeps the loop is suspended; a busy machine is not its fault."""

import time

from tradeplat.core.intent import FLAT, HOLD, Holding, Intent
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.runtime.watchdog import BUDGET
from tradeplat.runtime.watchdog_strategies import BLOCKED, StrategyWatch
from worlds import bar, quote

LONG = BUDGET + 1


class Watched:
    def __init__(self, *, lenient: bool = False) -> None:
        self.suspended: list[str] = []
        self.watch = StrategyWatch(lambda name, _: self.suspended.append(name), lenient=lenient)


class Seat:
    def __init__(self, seconds: float) -> None:
        self.name = "s"
        self.seconds = seconds
        self.on_bar = self.on_quote = self.handle

    def handle(self, event: object, holding: Holding) -> Intent:
        time.sleep(self.seconds)
        return HOLD


def test_three_overruns_in_a_minute_suspend_once() -> None:
    one = Watched()
    for second in (0, 20, 40, 50):
        one.watch.judge("s", second * SECOND, LONG, LONG)
    assert one.suspended == ["s"]
    assert one.watch.overruns == 4


def test_overruns_that_are_far_apart_do_not() -> None:
    one = Watched()
    for minute in range(10):
        one.watch.judge("s", minute * (MINUTE // 2 + SECOND), LONG, LONG)
        one.watch.judge("other", minute * MINUTE, LONG, LONG)
    assert one.suspended == []


def test_what_the_machine_did_meanwhile_is_not_held_against_it() -> None:
    one = Watched()
    for second in range(5):
        one.watch.judge("s", second * SECOND, BLOCKED, BUDGET // 2)
    assert one.suspended == []
    for second in range(5, 8):
        one.watch.judge("s", second * SECOND, BLOCKED + 1, 0)
    assert one.suspended == ["s"]


def test_where_nobody_waits_it_is_only_counted() -> None:
    one = Watched(lenient=True)
    for second in range(5):
        one.watch.judge("s", second * SECOND, LONG, LONG)
    assert (one.suspended, one.watch.overruns) == ([], 5)


def test_a_blocking_call_is_found_in_a_real_handler() -> None:
    one, seat = Watched(), Seat(BLOCKED / 1e9 + 0.01)
    one.watch.over(seat)
    seat.on_bar(bar("A", 1), FLAT)
    seat.on_quote(quote("A", 1, 1.0, 2.0), FLAT)
    assert one.suspended == []
    assert seat.on_bar(bar("A", 2), FLAT) is HOLD
    assert one.suspended == ["s"]


def test_quick_handlers_go_through() -> None:
    one, seat = Watched(), Seat(0.0)
    one.watch.over(seat)
    assert seat.on_bar(bar("A", 1), FLAT) is HOLD
    assert one.watch.overruns == 0
