"""A position with a guard: one desk, the real gate, book and simulated venue, and a day's clock."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isnan, nan

from tradeplat.core.calendar import Calendar
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import SECOND, Bar, MarketEvent, Quote
from tradeplat.core.orders import Fill, Order, Purpose, Report
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Limits
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity
from tradeplat.sim.broker import SimBroker, VenueRules, us_day_end
from tradeplat.sim.options import MatchOptions
from tradeplat.sim.score import Score
from worlds import DAY, Kept

NEXT = DAY._replace(
    day=DAY.day + 1, **{n: getattr(DAY, n) + 86_400 * SECOND for n in DAY._fields[1:]}
)
CALENDAR = Calendar([DAY, NEXT])
LEGS = (Purpose.STOP, Purpose.TARGET)


def enter(side: float, limit: float = nan, stop: float = nan, target: float = nan) -> Intent:
    return Intent(Action.ENTER, side, limit, stop, target)


def leave(limit: float = nan) -> Intent:
    return Intent(Action.EXIT, 1.0, limit, nan, nan)


def protect(stop: float = nan, target: float = nan) -> Intent:
    return Intent(Action.PROTECT, 0.0, nan, stop, target)


class Told:
    """A strategy that wants what the test says next, and keeps what it was told."""

    def __init__(self) -> None:
        self.next: Intent = HOLD
        self.holding: Holding | None = None

    def answer(self, holding: Holding) -> Intent:
        self.holding = holding
        wish, self.next = self.next, HOLD
        return wish

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        return self.answer(holding)

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return self.answer(holding)


class Notes:
    """A record of notes alone."""

    def __init__(self) -> None:
        self.kinds: list[tuple[str, Mapping[str, object]]] = []

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        self.kinds.append((kind, body))

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


class Covered:
    """One strategy `s` on symbol A at the simulated venue; the guard acts as in a replay, or with
    `prompt` as in a session."""

    def __init__(self, *, prompt: bool = False, cap: float | None = None) -> None:
        market = Market(CALENDAR)
        self.book = PositionTracker(Decimal(1_000_000), market.tapes)
        limits = Limits(max_position=Decimal(10**9), max_notional=Decimal(10**9))
        gate = RiskGate(limits, FixedQuantity(100), self.book, market, "T")
        self.digest = Kept()
        self.notes = Notes()
        self.house = House(gate, self.book, market, self.digest, self.notes)
        self.strategy = Told()
        self.fills: list[Fill] = []
        self.floor = Floor(self.house, lambda _: {"s": self.strategy}, self.fills.append)
        self.now = 0
        rules = VenueRules(options=MatchOptions(volume_cap=cap), day_end=us_day_end(CALENDAR))
        score = Score(Decimal(1_000_000), self.digest)
        self.broker = SimBroker(self.heard, market, lambda: self.now, score, rules)
        self.house.install(self.broker)
        assert self.house.guard is not None
        self.guard = self.house.guard
        self.guard.prompt = prompt
        self.desk = self.floor.open_desk("A", 0)

    def heard(self, report: Report, now: int) -> None:
        self.floor.on_report(report, now)

    def show(self, event: MarketEvent) -> None:
        self.now = max(self.now, event.ts)
        self.broker.show(event)
        self.desk.on_market(event, event.ts)
        self.guard.settle(event.ts)

    def bar(
        self, ts: int, close: float = 100.0, low: float = nan, high: float = nan, span: int = 1
    ) -> None:
        low = close - 0.01 if isnan(low) else low
        high = close + 0.01 if isnan(high) else high
        self.show(Bar("A", ts, close, high, low, close, 1_000.0, span, "t"))

    def quote(self, ts: int, bid: float, ask: float = nan) -> None:
        ask = bid + 0.02 if isnan(ask) else ask
        self.show(Quote("A", ts, bid, 500.0, ask, 500.0, "t"))

    def wish(self, ts: int, intent: Intent, close: float = 100.0) -> None:
        """Let the strategy want this at a bar of `ts`."""
        self.strategy.next = intent
        self.bar(ts, close)

    @property
    def held(self) -> Decimal:
        return self.book.held("s", "A").quantity

    @property
    def legs(self) -> list[Order]:
        return [o for o in self.book.open_orders.values() if o.purpose in LEGS]

    @property
    def stops(self) -> list[tuple[Decimal | None, Decimal]]:
        """Stops at the venue: level, and signed quantity left."""
        return [(o.stop, o.leaves) for o in self.legs if o.stop is not None]

    def shown(self) -> tuple[float, float]:
        holding = self.book.holding("s", "A")
        return holding.stop, holding.target

    def hold(self, ts: int, stop: float = nan, target: float = nan) -> int:
        """Enter at `ts`, long 100 at about 100; when that is done."""
        limit = 100.5 if not DAY.open <= ts < DAY.close else nan
        self.wish(ts, enter(1.0, limit, stop, target))
        self.bar(ts + SECOND)
        assert self.held == 100
        return ts + SECOND
