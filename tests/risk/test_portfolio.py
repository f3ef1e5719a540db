from decimal import Decimal

import pytest

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.orders import Order, Refused
from tradeplat.risk.halt import HALT
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.losses import STOPPED
from tradeplat.risk.portfolio import UNVALUED, PortfolioRisk
from tradeplat.risk.strategy_levels import LEVEL, Levels, StrategyLevels
from worlds import LONG, World, bar, filled

LIMITS = Limits(
    hours=Hours.ANY,
    max_drawdown=Decimal("0.06"),
    daily_loss=Decimal("0.02"),
    max_notional=Decimal(10**6),
    max_position=Decimal(10**6),
)
NOW = 100


class Account:
    """100,000 and 100 A bought at 100; a price of A moves equity by 100 a point."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.world = World(lambda _: {}, limits)
        world = self.world
        levels = StrategyLevels(
            {"s": Levels(1.0)}, world.tracker, world.house.impose, lambda *_: None
        )
        self.risk = PortfolioRisk(
            limits, world.tracker, world.market.calendar, world.house.impose, levels
        )
        self.flattened: list[str] = []
        self.risk.flatten = lambda who, why: self.flattened.append(who)
        world.house.listen(self.risk.heard)
        world.gate.audit = self.risk.judge
        self.price(100)
        order = world.gate.review("A", "s", LONG, 1, 1)
        assert isinstance(order, Order)
        world.tracker.register(order)
        world.floor.on_report(filled(order, Decimal(100)), 2)

    def price(self, price: float) -> None:
        self.world.market.tapes["A"].on_bar(bar("A", 1, price))

    def sources(self) -> set[str]:
        return {source for source, _ in self.world.house.conditions.standing}


def test_the_account_is_judged_before_an_entry_is() -> None:
    account = Account()
    account.price(79)
    verdict = account.world.gate.review("B", "t", LONG, NOW, NOW)
    assert isinstance(verdict, Refused)
    assert verdict.code == "DAILY_LOSS"
    assert verdict.message == "Stopped for the day: P/L -2,100.00 (limit -2,000.00)."


def test_a_halt_stays_until_a_person_lifts_it_and_then_begins_anew() -> None:
    account = Account()
    account.risk.look(NOW)
    account.price(35)
    account.risk.look(NOW + 1)
    assert account.sources() == {HALT, STOPPED, LEVEL}
    account.price(100)
    account.risk.look(NOW + 2)
    assert account.sources() == {HALT, STOPPED, LEVEL}
    account.price(35)
    for source, scope in ((HALT, ""), (STOPPED, ""), (LEVEL, "@s")):
        account.world.floor.on_condition(Condition(source, scope, Mode.NORMAL), NOW + 3)
    account.risk.look(NOW + 4)
    assert not account.sources()
    assert account.risk.halt.high_water == account.risk.day.start == 93_500.0


@pytest.mark.parametrize("asked", [False, True])
def test_a_halt_closes_everything_where_it_is_to(asked: bool) -> None:
    account = Account(
        Limits(hours=Hours.ANY, max_drawdown=Decimal("0.01"), flatten_at_drawdown=asked)
    )
    account.risk.look(NOW)
    account.price(80)
    account.risk.look(NOW + 1)
    account.risk.look(NOW + 2)
    assert account.flattened == [HALT] * asked


def test_equity_that_is_no_number_stops_entries_until_it_is_one() -> None:
    account = Account()
    account.price(float("nan"))
    account.risk.judge(NOW)
    account.risk.judge(NOW + 1)
    assert account.sources() == {UNVALUED}
    verdict = account.world.gate.review("B", "t", LONG, NOW, NOW)
    assert isinstance(verdict, Refused)
    assert verdict.code == "NOT_RECONCILED"
    account.price(100)
    account.risk.judge(NOW + 2)
    assert not account.sources()


def test_other_conditions_are_none_of_its_business() -> None:
    account = Account()
    assert not account.risk.heard(Condition("operator", "", Mode.NORMAL), NOW)
    assert not account.risk.heard(Condition(HALT, "", Mode.REDUCE_ONLY), NOW)
