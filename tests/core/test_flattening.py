"""Closing for certain, against a broker that lags, forgets and fills in pieces as it is told."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.calendar import Phase
from tradeplat.core.closing import Flattened, Means, Pace, Placed, Stood, Working
from tradeplat.core.errors import Denied, Throttled, Transient
from tradeplat.core.flattening import Flattening
from tradeplat.core.ids import flatten_id
from tradeplat.core.orders import Order, OrderType
from tradeplat.core.ports import Held


class Broker:
    """Positions that show `lag` seconds late, orders that fill `piece` shares a look."""

    def __init__(self, *, lag: float = 0.0, piece: int = 10_000, refuse: int = 0) -> None:
        self.time = 0.0
        self.shares = {"AAA": Decimal(100), "BBB": Decimal(-50)}
        self.shown: list[tuple[float, dict[str, Decimal]]] = [(0.0, dict(self.shares))]
        self.open: dict[str, list] = {}
        self.placed: list[Order] = []
        self.done: dict[str, Decimal] = {}
        self.lag, self.piece, self.refuse = lag, piece, refuse
        self.errors: list[Exception] = []
        self.phase = Phase.REGULAR
        self.halts: set[str] = set()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.obeys = True
        self.counted = lambda: [s for s, quantity in self.shares.items() if quantity]
        self._numbers = 0

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds
        for order, done in list(self.open.values()):
            if order.symbol in self.halts:
                continue
            part = min(Decimal(self.piece), abs(order.quantity) - done)
            self._trade(order.symbol, part.copy_sign(order.quantity))
            self.open[order.id][1] = self.done[order.id] = done + part
            if done + part == abs(order.quantity):
                del self.open[order.id]

    def _trade(self, symbol: str, quantity: Decimal) -> None:
        self.shares[symbol] += quantity
        self.shown.append((self.time + self.lag, dict(self.shares)))

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    async def working(self) -> Sequence[Working]:
        self._fail()
        return [Working(o.id, o.symbol, done) for o, done in self.open.values()]

    async def held(self) -> Sequence[Held]:
        self._fail()
        shown = [what for since, what in self.shown if since <= self.time][-1]
        return [Held(s, q, q, Decimal(5), Decimal(10)) for s, q in shown.items() if q]

    async def withdraw_all(self) -> None:
        self._fail()
        self.asked.append("all")
        if self.obeys:
            self.open.clear()

    async def withdraw(self, orders: Sequence[Working]) -> None:
        self._fail()
        self.asked += [order.id for order in orders]
        for order in orders:
            self.open.pop(order.id, None)

    async def place(self, order: Order) -> Stood:
        self._fail()
        if order.id in [o.id for o in self.placed]:
            return await self.stands(order.id)
        self.placed.append(order)
        if self.refuse:
            self.refuse -= 1
            return Stood(Placed.OVER)
        self.open[order.id] = [order, Decimal(0)]
        return Stood(Placed.OPEN)

    async def stands(self, order_id: str) -> Stood:
        became = Placed.OPEN if order_id in self.open else Placed.OVER
        return Stood(became, self.done.get(order_id, Decimal(0)))

    async def close_all(self) -> None:
        self.asked.append("close")
        for symbol, quantity in self.shares.items():
            self._trade(symbol, -quantity)

    def number(self, symbol: str) -> str:
        self._numbers += 1
        return flatten_id("1", symbol, self._numbers)

    def flatten(self, *symbols: str, bound: float = 60.0) -> Flattened:
        async def all_at(jobs):
            return [await job for job in jobs]

        means = Means(
            lambda: self.time,
            self.sleep,
            all_at,
            lambda: int(self.time * 1e9),
            lambda: self.phase,
            self.number,
            lambda _, quantity: [("x", quantity)],
            self.halts.__contains__,
            lambda code, _: self.said.append(code),
            self.counted,
        )
        wants = symbols.__contains__ if symbols else lambda _: True
        return asyncio.run(Flattening(self, means, wants, Pace(bound=bound)).run())


def test_longs_and_shorts_are_closed_at_market_and_looked_at_twice() -> None:
    broker = Broker()
    ended = broker.flatten()
    assert ended.flat
    assert [(o.symbol, o.quantity, o.type) for o in broker.placed] == [
        ("AAA", Decimal(-100), OrderType.MARKET),
        ("BBB", Decimal(50), OrderType.MARKET),
    ]
    assert ended.seconds >= Pace().confirm


def test_what_our_count_holds_and_the_broker_does_not_show_yet_is_closed_once_it_does() -> None:
    broker = Broker()
    broker.shown = [(0.0, {}), (9.0, dict(broker.shares))]
    ended = broker.flatten()
    assert ended.flat
    assert ended.orders == 2
    assert broker.shares == {"AAA": 0, "BBB": 0}


def test_a_broker_that_shows_nothing_for_long_is_believed_against_our_count() -> None:
    broker = Broker()
    broker.shares = {}
    broker.shown = [(0.0, {})]
    broker.counted = lambda: ["AAA"]
    ended = broker.flatten()
    assert ended.flat
    assert broker.placed == []
    assert Pace().doubt <= ended.seconds <= Pace().doubt + 3
    assert broker.flatten("BBB").seconds < 2


def test_only_wanted_symbols_are_touched() -> None:
    broker = Broker()
    assert broker.flatten("BBB").flat
    assert broker.shares == {"AAA": 100, "BBB": 0}
    assert "all" not in broker.asked


@settings(max_examples=40, deadline=None)
@given(
    lag=st.sampled_from([0.0, 0.3, 0.9]),
    piece=st.integers(7, 60),
    refuse=st.integers(0, 2),
    failing=st.integers(0, 6),
    throttled=st.booleans(),
)
def test_it_never_turns_a_position_and_ends_flat(lag, piece, refuse, failing, throttled) -> None:
    broker = Broker(lag=lag, piece=piece, refuse=refuse)
    one = Throttled("429", 1.0) if throttled else Transient("504")
    broker.errors = [one] * failing
    ended = broker.flatten()
    assert ended.flat
    assert not any(broker.shares.values())
    for since, shown in broker.shown:
        assert shown["AAA"] >= 0, since
        assert shown["BBB"] <= 0, since


@pytest.mark.parametrize("phase", [Phase.PRE, Phase.POST])
def test_outside_regular_hours_limits_go_further_on_each_attempt(phase: Phase) -> None:
    broker = Broker(refuse=4)
    broker.phase = phase
    assert broker.flatten().flat
    limits = [o.limit for o in broker.placed if o.symbol == "AAA"]
    assert limits == [Decimal("9.80"), Decimal("9.50"), Decimal("9.00")]
    assert all(o.extended for o in broker.placed)
    assert next(o.limit for o in broker.placed if o.symbol == "BBB") == Decimal("10.20")


def test_when_the_market_is_closed_orders_are_withdrawn_and_a_person_is_told() -> None:
    broker = Broker()
    broker.phase = Phase.CLOSED
    ended = broker.flatten()
    assert not ended.flat
    assert broker.placed == []
    assert broker.said == ["MARKET_CLOSED"]


def test_what_the_sweep_missed_is_withdrawn_one_by_one() -> None:
    broker = Broker()
    broker.obeys = False
    broker.halts = {"AAA"}
    stale = Order("old", "AAA", "s", Decimal(1), OrderType.MARKET, "entry", 0, 0)
    broker.open["old"] = [stale, Decimal(0)]
    ended = broker.flatten(bound=20.0)
    assert broker.asked[:2] == ["all", "old"]
    assert ended.halted == ("AAA",)
    assert "CANCEL_STUCK" in broker.said


def test_a_broker_that_stays_silent_ends_in_a_report_not_in_silence() -> None:
    broker = Broker()
    broker.errors = [Transient("down")] * 10_000
    ended = broker.flatten()
    assert not ended.flat
    assert broker.said == ["FLATTEN_LATE"]


def test_a_broker_that_refuses_the_account_is_no_matter_of_trying_again() -> None:
    broker = Broker()
    broker.errors = [Denied("keys")]
    with pytest.raises(Denied):
        broker.flatten()
