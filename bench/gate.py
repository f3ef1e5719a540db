"""The gate: how long one decision takes, every limit on, orders working and conditions standing.

    python -m bench gate [--quick]

Entries and exits of several strategies in many tickers, approved and refused alike, each timed by
itself; then the same gate with the pace and the losses of a session switched off, as a replay has
it. The issue asks for 1 ms at the 99th of a hundred.
"""

import statistics
import time
from decimal import Decimal
from math import nan

from bench.figures import Figure
from tradeplat.app import bounds
from tradeplat.app.settings import Settings, load
from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND, Bar, Quote
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.core.ports import Verdict
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Limits
from tradeplat.risk.portfolio import PortfolioRisk
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity

GOAL_MS = 1.0
SYMBOLS = 40
STRATEGIES = 4
DAY = Session(19700101, 0, 0, 2**62, 2**62)
CYCLE = (
    Intent(Action.ENTER, 1.0, 10.0, 9.5, 11.0),
    Intent(Action.EXIT, 1.0, nan, nan, nan),
    Intent(Action.ENTER, -1.0, nan, 10.5, 9.0),
    Intent(Action.ENTER, 1.0, 99.0, nan, nan),
    Intent(Action.EXIT, 1.0, 10.0, nan, nan),
)


class Unread:
    def decision(
        self, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Nothing."""


class Trading:
    """A gate as a session has it: a book of many tickers, a halted one, the losses watched."""

    def __init__(self, limits: Limits, *, watched: bool) -> None:
        market = Market(Calendar([DAY]))
        self.book = PositionTracker(Decimal(1_000_000), market.tapes)
        self.gate = RiskGate(limits, FixedQuantity(100), self.book, market, "bench")
        house = House(self.gate, self.book, market, Unread())
        self.floor = Floor(house, lambda _: {})
        self.market = market
        if watched:
            risk = PortfolioRisk(limits, self.book, market.calendar, house.impose)
            self.gate.audit = risk.judge
            halt = Condition("stream", "S1", Mode.REDUCE_ONLY, "HALTED", "T1", "", 1)
            self.floor.on_condition(halt, 1)

    def taken(self, decisions: int) -> list[int]:
        """Nanoseconds of each decision."""
        taken, now = [], 60 * SECOND
        review, tick = self.gate.review, time.perf_counter_ns
        for n in range(decisions):
            now += SECOND // 3
            symbol, strategy = f"S{n % SYMBOLS}", f"s{n // SYMBOLS % STRATEGIES}"
            tape = self.market.tapes[symbol]
            tape.on_bar(Bar(symbol, now, 10.0, 10.0, 10.0, 10.0, 1.0, 1, "bench"))
            tape.on_quote(Quote(symbol, now, 9.99, 1.0, 10.01, 1.0, "bench"))
            intent = CYCLE[n % len(CYCLE)]
            began = tick()
            verdict = review(symbol, strategy, intent, now, now)
            taken.append(tick() - began)
            if isinstance(verdict, Order):
                self.settle(verdict, now, n)
        return taken

    def settle(self, order: Order, now: int, n: int) -> None:
        """Every tenth order works for a while; the others fill at once."""
        self.book.register(order)
        if n % 10 == 0:
            return
        size = abs(order.quantity)
        self.floor.on_report(
            Report(order.id, order.symbol, OrderState.FILLED, now, size, Decimal(10)), now
        )
        if len(self.book.open_orders) > 20:
            for old in list(self.book.open_orders.values()):
                state = OrderState.CANCELED
                self.floor.on_report(Report(old.id, old.symbol, state, now), now)


def measure(quick: bool) -> list[Figure]:
    decisions = 20_000 if quick else 200_000
    session = bounds.limits(Settings().risk)
    replayed = bounds.limits(load(None, (), {"risk": bounds.REPLAYED}).risk)
    figures = []
    for name, limits, watched in (("a session", session, True), ("a replay", replayed, False)):
        taken = Trading(limits, watched=watched).taken(decisions)
        cuts = statistics.quantiles(taken, n=100)
        what = f"gate decision of {name}"
        figures += [
            Figure("gate", f"{what}, p50", cuts[49] / 1e3, "us"),
            Figure("gate", f"{what}, p99", cuts[98] / 1e6, "ms", GOAL_MS, "<="),
        ]
    return figures
