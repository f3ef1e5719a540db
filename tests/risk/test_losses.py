from decimal import Decimal

import pytest

from tradeplat.core.calendar import Calendar
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.market import MINUTE
from tradeplat.risk.limits import Limits
from tradeplat.risk.losses import STOPPED, DailyLoss
from worlds import DAY

LIMITS = Limits(daily_loss=Decimal("0.02"), daily_loss_kill=Decimal("0.03"))
NOW = DAY.open
HOURS = 24 * 60 * MINUTE


class Watched:
    def __init__(self, limits: Limits = LIMITS, killer: bool = True, days: int = 1) -> None:
        self.asked: list[Condition] = []
        self.killed: list[tuple[str, str]] = []
        self.begun: list[tuple[float, int]] = []
        sessions = [
            DAY._replace(day=DAY.day + n, **{
                part: getattr(DAY, part) + n * HOURS for part in DAY._fields[1:]
            })
            for n in range(days)
        ]  # fmt: skip
        self.day = DailyLoss(
            limits, Calendar(sessions), self.impose, lambda e, n: self.begun.append((e, n))
        )
        if killer:
            self.day.kill = lambda who, why: self.killed.append((who, why))

    def impose(self, condition: Condition, now: int) -> bool:
        if self.asked and self.asked[-1].mode is condition.mode:
            return False
        self.asked.append(condition)
        return True

    @property
    def modes(self) -> list[Mode]:
        return [condition.mode for condition in self.asked]


@pytest.mark.parametrize(
    ("equity", "modes"),
    [
        (101_000.0, []),
        (98_000.01, []),
        (98_000.0, [Mode.REDUCE_ONLY]),
        (97_000.01, [Mode.REDUCE_ONLY]),
        (97_000.0, [Mode.KILLED]),
        (-5.0, [Mode.KILLED]),
    ],
)
def test_the_first_limit_shrinks_and_the_second_kills(equity: float, modes: list[Mode]) -> None:
    watched = Watched()
    watched.day.look(100_000.0, NOW)
    watched.day.look(equity, NOW + 1)
    watched.day.look(equity, NOW + 2)
    assert watched.modes == modes
    assert len(watched.killed) == (Mode.KILLED in modes)
    assert all(condition.source == STOPPED and condition.durable for condition in watched.asked)


def test_it_says_what_was_lost_and_what_may_be() -> None:
    watched = Watched()
    watched.day.look(100_000.0, NOW)
    watched.day.look(97_900.0, NOW + 1)
    watched.day.look(96_990.0, NOW + 2)
    assert watched.asked[0].why == "P/L -2,100.00 (limit -2,000.00)"
    assert watched.killed == [(STOPPED, "P/L -3,010.00 (limit -3,000.00)")]
    assert watched.day.made == -3_010.0


def test_a_stop_ends_with_the_day_and_a_kill_does_not() -> None:
    watched = Watched(days=2)
    watched.day.look(100_000.0, NOW)
    watched.day.look(98_000.0, NOW + 1)
    assert watched.asked[0].until == DAY.post_close
    watched.day.look(97_000.0, NOW + 2)
    assert watched.asked[1].until == 0
    watched.day.look(97_000.0, NOW + HOURS)
    assert watched.begun == [(100_000.0, NOW), (97_000.0, NOW + HOURS)]
    watched.day.look(96_000.0, NOW + HOURS + 1)
    assert len(watched.asked) == 2


def test_without_a_kill_switch_the_second_limit_shrinks_too() -> None:
    watched = Watched(Limits(daily_loss_kill=Decimal("0.03")), killer=False)
    watched.day.look(100_000.0, NOW)
    watched.day.look(97_500.0, NOW + 1)
    assert not watched.asked
    watched.day.look(97_000.0, NOW + 2)
    assert watched.modes == [Mode.REDUCE_ONLY]


def test_a_day_goes_on_after_a_restart_and_another_day_does_not() -> None:
    watched = Watched(days=2)
    watched.day.restore(100_000.0, NOW, NOW + MINUTE)
    watched.day.look(98_000.0, NOW + MINUTE)
    assert watched.modes == [Mode.REDUCE_ONLY]
    assert not watched.begun
    later = Watched(days=2)
    later.day.restore(100_000.0, NOW, NOW + HOURS)
    later.day.look(98_000.0, NOW + HOURS)
    assert not later.asked


def test_a_person_begins_the_count_anew() -> None:
    watched = Watched()
    watched.day.look(100_000.0, NOW)
    watched.day.look(97_000.0, NOW + 1)
    watched.day.reset(97_000.0, NOW + 2)
    watched.day.look(96_000.0, NOW + 3)
    assert watched.modes == [Mode.KILLED]
    watched.asked.clear()
    watched.day.look(95_000.0, NOW + 4)
    assert watched.modes == [Mode.REDUCE_ONLY]


def test_nothing_is_judged_of_an_account_that_began_with_nothing() -> None:
    watched = Watched()
    watched.day.look(0.0, NOW)
    watched.day.look(-100.0, NOW + 1)
    assert not watched.asked
    off = Watched(Limits())
    off.day.look(100.0, NOW)
    off.day.look(1.0, NOW + 1)
    assert not off.asked
