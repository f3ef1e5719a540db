"""G16: a strategy gone mad sends at most five orders a second, and is stopped within one."""

from decimal import Decimal
from math import nan

import pytest
from msgspec.structs import replace

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote
from tradeplat.core.orders import Order, Refused
from tradeplat.risk.gate import RUNAWAY
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from worlds import EXIT, LONG, SHORT, Instant, World, bar, filled, quote

TABLE = Limits(
    hours=Hours.ANY,
    orders_second=5,
    orders_minute=60,
    orders_minute_symbol=10,
    same_order=2 * SECOND,
    max_open_trades=1,
)
MILLISECOND = SECOND // 1_000


class Mad:
    """Wants the opposite of what it wanted last, at every quote."""

    def __init__(self, *cycle: Intent) -> None:
        self.cycle = cycle
        self.asked = 0

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        self.asked += 1
        return self.cycle[self.asked % len(self.cycle)]

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return HOLD


class Calm:
    """Wants to enter at every bar and every quote, and is refused for good reasons mostly."""

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return HOLD if holding.quantity or holding.working else LONG

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD if holding.quantity or holding.working else LONG


def flooded(world: World, symbols: str, seconds: int, rate: int = 1_000) -> list[int]:
    """Shows `rate` quotes a second to each desk; the instants at which orders were sent."""
    for symbol in symbols:
        world.floor.open_desk(symbol, 0)
        world.market.tapes[symbol].on_bar(bar(symbol, 1))
    for n in range(seconds * rate):
        ts = MINUTE + n * SECOND // rate
        for symbol in symbols:
            width = 0.01 * (1 + n % 3)
            world.floor.desks[symbol].on_market(quote(symbol, ts, 100 - width, 100 + width), ts)
    return [order.created for order in orders(world)]


def orders(world: World) -> list[Order]:
    return [verdict for verdict in world.verdicts if isinstance(verdict, Order)]


def busiest(times: list[int], span: int = SECOND) -> int:
    return max((sum(ts <= at < ts + span for at in times) for ts in times), default=0)


CYCLES = {
    "alternating sides": (LONG, SHORT),
    "in and out": (LONG, EXIT),
    "in, out and over": (LONG, EXIT, SHORT, EXIT),
    "only in": (LONG, LONG),
}


@pytest.mark.parametrize("cycle", CYCLES.values(), ids=CYCLES.keys())
@pytest.mark.parametrize("limits", [TABLE, replace(TABLE, same_order=0, max_open_trades=None)])
def test_a_thousand_wishes_a_second_never_make_more_than_five_orders_a_second(
    cycle, limits
) -> None:
    made: list[Mad] = []

    def seats(_symbol: str):
        made.append(Mad(*cycle))
        return {"mad": made[-1]}

    world = World(seats, limits, FixedQuantity(1))
    times = flooded(world, "A", 3)
    assert made[0].asked == 3_000
    assert 1 <= busiest(times) <= 5
    assert len(times) <= 15


@pytest.mark.parametrize("cycle", [(LONG, SHORT), (LONG, EXIT)])
def test_it_is_disabled_within_a_second_until_a_person_lets_it_go_on(cycle) -> None:
    limits = replace(TABLE, same_order=0, max_open_trades=None)
    world = World(lambda _: {"mad": Mad(*cycle)}, limits, FixedQuantity(1))
    asked: list[tuple[Condition, int]] = []
    world.house.listen(lambda c, now: (asked.append((c, now)), True)[1])
    flooded(world, "A", 2)
    (condition, now), *_ = asked
    assert (condition.source, condition.scope) == (RUNAWAY, "@mad")
    assert (condition.mode, condition.code) == (Mode.REDUCE_ONLY, "ORDER_RATE")
    assert now - MINUTE <= SECOND
    assert condition.durable
    assert condition.why.startswith("mad is disabled until a person re-enables it (more than 5")
    late = MINUTE + 60 * MINUTE
    world.market.tapes["B"].on_bar(bar("B", 1))
    assert refused(world, LONG, "B", "mad", late) == "ORDER_RATE"
    assert refused(world, LONG, "B", "calm", late) == ""
    world.floor.on_condition(Condition(RUNAWAY, "@mad", Mode.NORMAL), late)
    assert refused(world, LONG, "B", "mad", late + 1) == ""


def refused(world: World, intent: Intent, symbol: str, strategy: str, now: int) -> str:
    verdict = world.gate.review(symbol, strategy, intent, now, now)
    return verdict.code if isinstance(verdict, Refused) else ""


def test_a_disabled_strategy_still_leaves() -> None:
    world = World(lambda _: {"mad": Mad(LONG, SHORT)}, TABLE, FixedQuantity(1))
    flooded(world, "A", 1)
    world.floor.on_condition(
        Condition(RUNAWAY, "@mad", Mode.REDUCE_ONLY, "ORDER_RATE", "w", "", 1), 1
    )
    now = 60 * MINUTE
    world.market.tapes["B"].on_bar(bar("B", 60))
    world.floor.on_condition(Condition(RUNAWAY, "@mad", Mode.NORMAL), now)
    entry = world.gate.review("B", "mad", LONG, now, now)
    if isinstance(entry, Order):
        world.tracker.register(entry)
        world.floor.on_report(filled(entry, Decimal(100)), now)
        world.floor.on_condition(
            Condition(RUNAWAY, "@mad", Mode.REDUCE_ONLY, "ORDER_RATE", "w", "", now), now
        )
        assert refused(world, EXIT, "B", "mad", now + 1) == ""


def test_many_tickers_are_bounded_by_the_accounts_rate_and_nobody_is_blamed() -> None:
    world = World(lambda _: {"mad": Mad(LONG, SHORT)}, TABLE, FixedQuantity(1))
    world.gate._limits = TABLE
    symbols = "ABCDEFGHIJKLMNOPQRST"
    for symbol in symbols:
        world.floor.open_desk(symbol, 0)
        world.market.tapes[symbol].on_bar(bar(symbol, 1))
    for n in range(50):
        ts = MINUTE + n * 20 * MILLISECOND
        for symbol in symbols:
            world.floor.desks[symbol].on_market(quote(symbol, ts, 99.99, 100.01), ts)
    assert busiest([order.created for order in orders(world)]) <= 5


def test_a_healthy_strategy_that_asks_again_and_again_is_never_disabled() -> None:
    """Ten minutes of quotes ten times a second: refused for other trades, hours and modes."""
    world = World(lambda _: {"calm": Calm()}, TABLE, FixedQuantity(1), executor=Quiet)
    asked: list[Condition] = []
    world.house.listen(lambda c, _: (asked.append(c), True)[1])
    for symbol in "ABC":
        world.floor.open_desk(symbol, 0)
        world.market.tapes[symbol].on_bar(bar(symbol, 1))
    for n in range(6_000):
        ts = MINUTE + n * 100 * MILLISECOND
        for symbol in "ABC":
            world.floor.desks[symbol].on_market(quote(symbol, ts, 99.99, 100.01), ts)
    assert world.house.refused["MAX_OPEN_TRADES"] > 10_000
    assert not asked


class Quiet(Instant):
    """Takes orders and never says a word of them."""

    def accept(self, order: Order) -> None:
        self.accepted.append(order)


def test_three_wishes_without_sense_disable_their_strategy_and_no_person() -> None:
    world = World(lambda _: {}, TABLE)
    world.market.tapes["A"].on_bar(bar("A", 1))
    senseless = Intent(Action.ENTER, nan, nan, nan, nan)
    for strategy, code in (("s", "ORDER_RATE"), ("manual", "")):
        now = MINUTE
        for n in range(3):
            assert refused(world, senseless, "A", strategy, now + n) == "BAD_NUMBER"
        assert refused(world, LONG, "A", strategy, now + 9) == code
