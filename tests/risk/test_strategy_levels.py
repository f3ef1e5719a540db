from decimal import Decimal

import pytest

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.intent import Intent
from tradeplat.core.orders import Order, Refused
from tradeplat.risk.strategy_levels import Levels, StrategyLevels
from worlds import EXIT, LONG, SHORT, Script, World, bar, filled

ONE = {"s": Levels(stop_loss_level=50.0, take_profit_level=80.0)}


class Account:
    """Two strategies on two symbols, a real floor that closes one strategy at a time."""

    def __init__(self, levels: dict[str, Levels] = ONE) -> None:
        self.world = World(lambda _: {"s": Script(), "t": Script()})
        self.levels = StrategyLevels(
            levels, self.world.tracker, self.world.house.impose, self.close
        )
        for symbol in "AB":
            self.world.floor.open_desk(symbol, 0)
            self.price(symbol, 100)
        self.now = 10

    def price(self, symbol: str, price: float) -> None:
        self.world.market.tapes[symbol].on_bar(bar(symbol, 1, price))

    def trade(self, strategy: str, symbol: str, intent: Intent) -> Order | Refused:
        self.now += 1
        order = self.world.gate.review(symbol, strategy, intent, self.now, self.now)
        if isinstance(order, Order):
            self.world.tracker.register(order)
            price = self.world.tracker.mark(symbol)
            self.world.floor.on_report(filled(order, price), self.now)
        return order

    def close(self, strategy: str, now: int) -> None:
        for desk in self.world.floor.desks.values():
            desk.flatten(now, strategy)

    def held(self, strategy: str, symbol: str) -> int:
        return int(self.world.tracker.held(strategy, symbol).quantity)


@pytest.mark.parametrize(
    ("price", "breached"), [(99.51, ""), (99.5, "stop-loss"), (100.79, ""), (100.8, "take-profit")]
)
def test_a_breach_closes_only_that_strategys_positions(price: float, breached: str) -> None:
    account = Account()
    for strategy in "st":
        assert isinstance(account.trade(strategy, "A", LONG), Order)
    account.price("A", price)
    account.levels.look(20)
    assert account.held("s", "A") == (0 if breached else 100)
    assert account.held("t", "A") == 100
    asked = account.world.house.conditions.asked("risk:LEVEL", "@s")
    assert (asked is not None) == bool(breached)
    if asked is not None:
        assert breached in asked.why
        assert (asked.mode, asked.durable) == (Mode.REDUCE_ONLY, True)
        verdict = account.trade("s", "B", LONG)
        assert isinstance(verdict, Refused)
        assert verdict.message.startswith("Stopped s: P/L ")
    assert isinstance(account.trade("t", "B", LONG), Order)


def test_closed_trades_and_open_ones_count_together_over_all_symbols() -> None:
    account = Account()
    account.trade("s", "A", LONG)
    account.price("A", 99.7)
    account.trade("s", "A", EXIT)
    account.trade("s", "B", SHORT)
    account.levels.look(20)
    assert account.levels.made("s") == pytest.approx(-30.0)
    account.price("B", 100.2)
    account.levels.look(21)
    assert account.held("s", "B") == 0
    assert account.levels.made("s") == pytest.approx(-50.0)


def test_a_strategy_that_is_let_go_on_begins_anew() -> None:
    account = Account()
    account.trade("s", "A", LONG)
    account.price("A", 99)
    account.levels.look(20)
    account.world.house.impose(Condition("risk:LEVEL", "@s", Mode.NORMAL), 21)
    account.levels.reset("s")
    assert account.levels.made("s") == 0.0
    account.levels.look(22)
    assert account.world.house.conditions.asked("risk:LEVEL", "@s") is None
    assert account.levels.levels == ONE


def test_a_level_of_zero_is_none() -> None:
    account = Account({"s": Levels()})
    account.trade("s", "A", LONG)
    account.price("A", 1)
    account.levels.look(20)
    assert account.held("s", "A") == 100
    assert account.world.tracker.net("A") == Decimal(100)


@pytest.mark.parametrize("dies", [False, True])
def test_what_a_strategy_made_counts_on_after_a_restart(dies: bool) -> None:  # a case
    account = Account()
    account.trade("s", "A", LONG)
    account.price("A", 99.6)
    account.trade("s", "A", EXIT)
    account.trade("s", "B", LONG)
    if dies:
        # The book of a new process has open positions only; flat ones are money made.
        made = {"s": Decimal(-40)}
        positions = {k: at for k, at in account.world.tracker.holdings.items() if at.quantity}
        account = Account()
        account.world.tracker.restore([], positions, Decimal(100_000))
        account.levels.restore(made)
    assert account.levels.made("s") == pytest.approx(-40.0)
    account.price("B", 99.95)
    account.levels.look(20)
    assert not account.world.house.conditions.standing
    account.price("B", 99.89)
    account.levels.look(21)
    assert account.world.house.conditions.asked("risk:LEVEL", "@s") is not None
    assert account.held("s", "B") == 0
