"""Small whole worlds for tests: real gate, tracker and desks; only the venue is instant."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import nan

from tradeplat.core.calendar import Calendar, Session
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.journal import Correction
from tradeplat.core.market import MINUTE, Backfill, Bar, Quote
from tradeplat.core.orders import EXTERNAL, Order, OrderState, Report
from tradeplat.core.ports import Executor, Strategy, Verdict
from tradeplat.core.tape import Market
from tradeplat.desk.desk import House
from tradeplat.desk.floor import Floor
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.sizing import Sizer
from tradeplat.risk.sizing.fixed_quantity import FixedQuantity


def found(book: PositionTracker, symbol: str, quantity: Decimal, price: Decimal) -> None:
    """Let `book` hold shares that nobody here bought, beside money that it has anyway."""
    book.correct(Correction(symbol, EXTERNAL, quantity, price))


def with_cash(book: PositionTracker, cash: Decimal) -> None:
    """Let `book` have this much money."""
    book.correct(Correction("", EXTERNAL, Decimal(0), Decimal(0), cash - book.cash))


LONG = Intent(Action.ENTER, 1.0, nan, nan, nan)
SHORT = Intent(Action.ENTER, -1.0, nan, nan, nan)
EXIT = Intent(Action.EXIT, 1.0, nan, nan, nan)
CASH = Decimal(100_000)
DAY = Session(20260105, 10 * MINUTE, 340 * MINUTE, 730 * MINUTE, 970 * MINUTE)
"""A trading day in the first hours of time: pre-market, open, close, end of after-hours."""


class Script:
    """A strategy that answers its nth event with the nth intent, then holds."""

    def __init__(self, *intents: Intent) -> None:
        self.intents = list(intents)
        self.told: list[Holding] = []
        self.sessions: list[Session] = []
        self.amended: list[Bar] = []
        self.gaps: list[Backfill] = []

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        self.told.append(holding)
        return self.intents.pop(0) if self.intents else HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        return HOLD

    def on_session(self, session: Session) -> None:
        self.sessions.append(session)

    def on_amend(self, bar: Bar) -> None:
        self.amended.append(bar)

    def on_gap(self, gap: Backfill) -> None:
        self.gaps.append(gap)


class Kept:
    """Remembers decisions as they are digested."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int, Intent, Verdict]] = []

    def decision(
        self, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        self.seen.append((symbol, strategy, cause, intent, verdict))


class Instant:
    """Fills every order whole at the last price, at once; keeps what it was asked to do."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.accepted: list[Order] = []
        self.cancelled: list[str] = []
        self.protected: list[tuple[str, Decimal | None, Decimal | None]] = []

    def accept(self, order: Order) -> None:
        self.accepted.append(order)
        price = self.floor.house.book.mark(order.symbol)
        self.floor.on_report(filled(order, price), order.created)

    def cancel(self, order_id: str) -> None:
        self.cancelled.append(order_id)

    def protect(self, order_id: str, stop: Decimal | None, target: Decimal | None) -> None:
        self.protected.append((order_id, stop, target))


class Resting(Instant):
    """Takes orders and leaves them working."""

    def accept(self, order: Order) -> None:
        self.accepted.append(order)
        report = Report(order.id, order.symbol, OrderState.WORKING, order.created, venue_id="v")
        self.floor.on_report(report, order.created)


def filled(order: Order, price: Decimal, quantity: Decimal | None = None) -> Report:
    done = quantity if quantity is not None else abs(order.quantity)
    state = OrderState.FILLED if done == abs(order.quantity) else OrderState.PARTIAL
    return Report(order.id, order.symbol, state, order.created, done, price, venue_id="v")


def bar(symbol: str, minute: int, close: float = 100.0) -> Bar:
    return Bar(symbol, minute * MINUTE, close, close + 1, close - 1, close, 1_000.0, 60, "csv")


def quote(symbol: str, ts: int, bid: float, ask: float) -> Quote:
    return Quote(symbol, ts, bid, 100.0, ask, 100.0, "csv")


class World:
    """One account with its gate, book, digest and floor, on a calendar of one day."""

    def __init__(
        self,
        seats: Callable[[str], Mapping[str, Strategy]],
        limits: Limits = Limits(hours=Hours.ANY),
        sizer: Sizer | None = None,
        executor: Callable[[Floor], Executor] = Instant,
    ) -> None:
        self.market = Market(Calendar([DAY]))
        self.tracker = PositionTracker(CASH, self.market.tapes)
        self.gate = RiskGate(limits, sizer or FixedQuantity(100), self.tracker, self.market, "T")
        self.digest = Kept()
        self.house = House(self.gate, self.tracker, self.market, self.digest)
        self.floor = Floor(self.house, seats)
        self.executor = executor(self.floor)
        self.house.install(self.executor)

    @property
    def verdicts(self) -> list[Verdict]:
        return [verdict for *_, verdict in self.digest.seen]
