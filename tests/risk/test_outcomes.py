from decimal import Decimal

import pytest
from msgspec.structs import replace

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.intent import Action, Intent
from tradeplat.core.journal import Holding
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Fill, Order, OrderState, Purpose, Refused, Report
from tradeplat.core.premises import Override
from tradeplat.core.record import Restored
from tradeplat.core.tape import Market
from tradeplat.journal.kept import Kept
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.outcomes import Outcomes
from tradeplat.risk.rules.us_equities import UsEquities
from worlds import EXIT, LONG, SHORT, World, bar, filled, with_cash

HOUR = 60 * MINUTE
PLAIN = Limits(hours=Hours.ANY)


class Trader:
    """Trades one share lots at prices it is told, through a real gate and tracker."""

    def __init__(self, limits: Limits, world: World | None = None) -> None:
        self.world = world or World(lambda _: {}, replace(limits, hours=Hours.ANY))
        self.limits = limits
        self.now = SECOND
        self.orders: list[Order] = []
        self.asked: list[Condition] = []
        self.world.house.listen(lambda c, _: (self.asked.append(c), True)[1])

    def restarted(self) -> "Trader":
        """The same account in a new process, which knows what the journal folds."""
        kept, book = Kept(), self.world.tracker
        for order in self.orders:
            if order.filled:
                size = order.filled * order.side
                price, purpose = order.average, order.purpose
                kept.book(Fill(order.id, order.symbol, order.strategy, order.cause, size, price,
                               Decimal(0), purpose), order.created)  # fmt: skip
        later = Trader(self.limits)
        later.now, later.orders = self.now, self.orders
        held = tuple(
            Holding(strategy, symbol, at)
            for (strategy, symbol), at in kept.holdings.items()
            if at.quantity
        )
        told = Restored(held, tuple(self.orders), cash=book.cash, counted=kept.rounds.counted())
        later.world.floor.on_recovered(Restored.of(told.body()), self.now)
        return later

    def ask(self, intent: Intent, symbol: str = "A", strategy: str = "s") -> Order | Refused:
        self.now += SECOND
        self.world.market.tapes[symbol].on_bar(bar(symbol, 1))
        return self.world.gate.review(symbol, strategy, intent, self.now, self.now)

    def fill(self, intent: Intent, price: int, symbol: str = "A", strategy: str = "s") -> None:
        order = self.ask(intent, symbol, strategy)
        assert isinstance(order, Order), order
        self.world.tracker.register(order)
        self.world.floor.on_report(filled(order, Decimal(price)), self.now)
        known = self.world.tracker.order(order.id)
        assert known is not None
        self.orders.append(known)

    def trade(self, opened: int, closed: int, symbol: str = "A", strategy: str = "s") -> None:
        self.fill(LONG, opened, symbol, strategy)
        self.fill(EXIT, closed, symbol, strategy)

    def reject(self, intent: Intent, why: str, symbol: str = "A") -> None:
        order = self.ask(intent, symbol)
        assert isinstance(order, Order), order
        self.world.tracker.register(order)
        state = OrderState.REJECTED
        report = Report(order.id, symbol, state, self.now, reason=why, venue_id="v")
        self.world.floor.on_report(report, self.now)
        known = self.world.tracker.order(order.id)
        assert known is not None
        self.orders.append(known)


def code(verdict: Order | Refused) -> str:
    return verdict.code if isinstance(verdict, Refused) else ""


def test_losing_trades_in_a_row_pause_their_strategy_and_nobody_else() -> None:
    trader = Trader(Limits(losing_trades=3, losing_pause=HOUR))
    trader.trade(100, 99)
    trader.trade(100, 99, "B")
    trader.trade(100, 101)
    for _ in range(2):
        trader.trade(100, 99)
    assert not trader.asked
    trader.trade(100, 99)
    (pause,) = trader.asked
    assert (pause.scope, pause.mode, pause.code) == ("@s", Mode.REDUCE_ONLY, "LOSS_STREAK")
    verdict = trader.ask(LONG)
    assert isinstance(verdict, Refused)
    assert verdict.message == "Paused s: 3 losses in a row."
    assert code(trader.ask(LONG, "A", "t")) == ""
    trader.now = pause.until - SECOND
    assert code(trader.ask(LONG)) == ""


def test_costs_make_a_loss_of_an_even_trade_and_shorts_count_as_well() -> None:
    trader = Trader(Limits(losing_trades=2))
    for _ in range(2):
        for intent in (SHORT, EXIT):
            order = trader.ask(intent)
            assert isinstance(order, Order)
            trader.world.tracker.register(order)
            report = replace(filled(order, Decimal(100)), fee=Decimal(1))
            trader.world.floor.on_report(report, trader.now)
    assert [condition.code for condition in trader.asked] == ["LOSS_STREAK"]


def test_a_person_is_never_paused_for_losing() -> None:
    trader = Trader(Limits(losing_trades=1))
    trader.trade(100, 90, strategy="manual")
    assert not trader.asked


def test_an_override_lets_a_paused_strategy_go_on() -> None:
    trader = Trader(Limits(losing_trades=1, losing_pause=HOUR))
    trader.trade(100, 99)
    assert code(trader.ask(LONG)) == "LOSS_STREAK"
    until = trader.now + 5 * SECOND
    trader.world.floor.on_override(Override("LOSS_STREAK", "@s", "ann", "go", until), trader.now)
    assert code(trader.ask(LONG)) == ""
    trader.now = until
    assert code(trader.ask(LONG)) == "LOSS_STREAK"


def test_equal_rejections_of_an_equal_order_pause_its_symbol() -> None:
    trader = Trader(Limits(equal_rejections=3, rejection_pause=HOUR))
    for why in ("no", "no", "other", "no", "no"):
        trader.reject(LONG, why)
    trader.reject(LONG, "no", "B")
    assert not trader.asked
    trader.reject(LONG, "no")
    verdict = trader.ask(LONG)
    assert isinstance(verdict, Refused)
    assert (verdict.code, verdict.message) == ("REJECT_LOOP", "Paused A: rejected 3 times: no.")
    assert code(trader.ask(LONG, "B")) == ""


def test_an_order_that_is_taken_ends_the_count() -> None:
    trader = Trader(Limits(equal_rejections=2))
    trader.reject(LONG, "no")
    trader.trade(100, 101)
    trader.reject(LONG, "no")
    assert not trader.asked


def test_an_exit_refused_again_and_again_waits_and_a_flatten_goes_on() -> None:
    trader = Trader(Limits(equal_rejections=2))
    trader.fill(LONG, 100)
    trader.reject(EXIT, "no")
    trader.reject(EXIT, "no")
    assert [condition.mode for condition in trader.asked] == [Mode.CANCEL_ONLY]
    assert code(trader.ask(EXIT)) == "REJECT_LOOP"
    now = trader.now + 1
    flat = trader.world.gate.flatten("A", "s", now, now)
    assert isinstance(flat, Order)
    assert flat.purpose is Purpose.FLATTEN


@pytest.mark.parametrize(("limit", "passed"), [(1, 1), (2, 2), (3, 3)])
def test_round_trips_of_a_day_are_counted_open_ones_included(limit: int, passed: int) -> None:
    trader = Trader(Limits(round_trips=limit))
    for n in range(passed - 1):
        trader.trade(100, 101, f"S{n}")
    trader.fill(LONG, 100, "LAST")
    verdict = trader.ask(LONG, "MORE")
    assert isinstance(verdict, Refused)
    assert verdict.message == f"Refused: would be round trip {limit + 1} of {limit}."
    assert code(trader.ask(LONG, "LAST")) == ""
    assert code(trader.ask(EXIT, "LAST")) == ""


def test_a_position_kept_overnight_is_no_round_trip() -> None:
    trader = Trader(Limits(round_trips=1))
    trader.fill(LONG, 100)
    trader.now += 24 * HOUR
    trader.fill(EXIT, 101)
    assert code(trader.ask(LONG, "B")) == ""


class Past:
    """An account of 10,000 in January 2020, when the pattern rule was in force."""

    def __init__(self, cash: int = 10_000) -> None:
        day = 24 * HOUR
        sessions = [
            Session(20200102 + n, n * day + HOUR, n * day + 2 * HOUR, n * day + 8 * HOUR,
                    n * day + 9 * HOUR)
            for n in range(12)
        ]  # fmt: skip
        self.market = Market(Calendar(sessions))
        world = World(lambda _: {}, PLAIN)
        with_cash(world.tracker, Decimal(cash))
        self.outcomes = Outcomes(PLAIN, world.tracker, self.market, UsEquities())
        world.market.calendar = self.market.calendar
        world.gate._outcomes = self.outcomes
        self.trader = Trader(PLAIN, world)


def test_the_pattern_rule_counts_five_trading_days() -> None:
    past = Past()
    trader, day = past.trader, 24 * HOUR
    for n in range(3):
        trader.now = n * day + 3 * HOUR
        trader.trade(10, 11, f"S{n}")
    for n, expected in ((3, "ROUND_TRIPS"), (4, "ROUND_TRIPS"), (5, "")):
        trader.now = n * day + 3 * HOUR
        assert code(trader.ask(LONG, "MORE")) == expected
    rich = Past(100_000).trader
    for n in range(9):
        rich.trade(10, 11, f"S{n}")


def test_rules_are_handed_to_the_gate() -> None:
    world = World(lambda _: {}, PLAIN)
    gate = RiskGate(PLAIN, world.gate._sizer, world.tracker, world.market, "T", UsEquities())
    world.market.tapes["A"].on_bar(bar("A", 1))
    assert code(gate.review("A", "s", Intent(Action.ENTER, 1.0, *LONG[2:]), 1, 1)) == ""


@pytest.mark.parametrize("dies", [(), (0,), (1,), (2,), (0, 1, 2, 3)])
def test_losing_trades_are_counted_on_after_a_restart(dies: tuple[int, ...]) -> None:
    trader = Trader(Limits(losing_trades=3, losing_pause=HOUR))
    for n in range(3):
        assert not trader.asked
        trader.fill(LONG, 100)
        if n in dies:
            trader = trader.restarted()
        trader.fill(EXIT, 99)
        if n < 2 and n in dies:
            trader = trader.restarted()
    (pause,) = trader.asked
    assert (pause.scope, pause.code, pause.why) == ("@s", "LOSS_STREAK", "3 losses in a row")
    assert pause.durable


def test_a_pause_counts_from_the_loss_after_it_on_and_a_win_ends_the_count() -> None:
    trader = Trader(Limits(losing_trades=2, losing_pause=SECOND))
    for closed, pauses in ((99, 0), (99, 1), (99, 1), (99, 2), (99, 2), (101, 2), (99, 2)):
        trader.now += MINUTE
        trader.trade(100, closed)
        assert len(trader.asked) == pauses


@pytest.mark.parametrize("deaths", [0, 1, 2])
def test_round_trips_are_counted_on_after_a_restart(deaths: int) -> None:
    trader = Trader(Limits(round_trips=2))
    trader.trade(100, 101, "A")
    trader.fill(LONG, 100, "B")
    for _ in range(deaths):
        trader = trader.restarted()
    # The one that is open counts as well, and may be closed.
    assert code(trader.ask(LONG, "C")) == "ROUND_TRIPS"
    trader.fill(EXIT, 101, "B")
    for _ in range(deaths):
        trader = trader.restarted()
    assert code(trader.ask(LONG, "C")) == "ROUND_TRIPS"
    trader.now += 24 * HOUR
    assert code(trader.ask(LONG, "C")) == ""


@pytest.mark.parametrize("deaths", [0, 1])
def test_equal_rejections_are_counted_on_after_a_restart(deaths: int) -> None:
    trader = Trader(Limits(equal_rejections=3, rejection_pause=HOUR))
    for why in ("no", "no"):
        trader.reject(LONG, why)
    for _ in range(deaths):
        trader = trader.restarted()
    assert code(trader.ask(LONG)) == ""
    trader.reject(LONG, "no")
    (pause,) = trader.asked
    assert (pause.code, pause.durable) == ("REJECT_LOOP", True)
    for _ in range(deaths):
        trader = trader.restarted()
        # The count had come to its pause: it begins anew.
        trader.reject(LONG, "no")
        assert not trader.asked
