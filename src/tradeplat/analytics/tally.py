"""A session's figures, folded call by call: live while it runs, or from its record after."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isfinite

from tradeplat.analytics.equity import EquityCurve
from tradeplat.analytics.metrics import Outcomes
from tradeplat.analytics.quality import Quality
from tradeplat.analytics.trades import Campaign, Campaigns
from tradeplat.core.intent import Intent
from tradeplat.core.journal import Correction
from tradeplat.core.market import Backfill, Bar, MarketEvent, Quote
from tradeplat.core.orders import Fill, Order, OrderState, Refused, Report
from tradeplat.core.ports import Candidate, Verdict
from tradeplat.core.position import Position
from tradeplat.core.record import CORRECTED, RECOVERED, Restored

ZERO = Decimal(0)
FAULTS = frozenset({"fault", "gap"})
"""Kinds of notes that count as faults."""


class Tally:
    """Counts, campaigns, equity and costs of one session (core.ports.Recorder).

    Equity is the starting cash plus what all fills brought in, less costs, plus what is held at
    the last bar's close (at its own price before the first bar). One point is marked for each
    instant, when all its facts and fills are in. Figures may be read at any time.
    """

    def __init__(
        self, start_cash: Decimal, multipliers: Mapping[str, Decimal] | None = None
    ) -> None:
        self.start = start_cash
        self.bars = self.quotes = self.decisions = self.orders = self.fills = self.faults = 0
        self.amended = 0
        """Revisions of bars; each counts as a bar as well."""
        self.costs = ZERO
        self.first = self.last = 0
        """Instants of the first and the last call, UTC ns."""
        self.refusals: Counter[str] = Counter()
        self.tickers: set[str] = set()
        """Symbols that had a desk."""
        self.campaigns = Campaigns(multipliers)
        self.quality = Quality()
        self.curve = EquityCurve(float(start_cash))
        self.outcomes = Outcomes()
        self._multipliers = multipliers or {}
        self._cash = start_cash
        self._held: dict[str, Decimal] = {}
        self._sizes: dict[str, float] = {}
        self._marks: dict[str, float] = {}
        self._stale = True

    def fact(self, now: int, event: MarketEvent) -> None:
        """Take in a fact."""
        self._advance(now)
        self.quality.on_fact(event)
        if isinstance(event, Bar):
            self._bar(event)
        elif isinstance(event, Quote):
            self.quotes += 1
        elif isinstance(event, Backfill) and event.bars:
            self._mark(event.symbol, event.bars[-1].close)

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Take in a wish and its verdict."""
        self._advance(now)
        self.decisions += 1
        if isinstance(verdict, Order):
            self.orders += 1
            self.campaigns.on_decision(intent, verdict)
            self.quality.on_decision(now, verdict)
        elif isinstance(verdict, Refused):
            self.refusals[verdict.code] += 1

    def report(self, now: int, report: Report) -> None:
        """Reports count by the changes they cause."""
        self._advance(now)

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Moves count by the changes they cause."""
        self._advance(now)

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Take in one step of an order."""
        self._advance(now)
        self.quality.on_change(now, order, fill)
        ended = self.campaigns.on_change(order, fill)
        if ended is not None:
            self.outcomes.add(float(ended.net), ended.multiple)
        if fill is not None:
            self._book(fill)

    def desk_opened(self, now: int, symbol: str) -> None:
        """Remember that the ticker had a desk."""
        self._advance(now)
        self.tickers.add(symbol)

    def desk_closed(self, now: int, symbol: str) -> None:
        """Nothing changes but the time."""
        self._advance(now)

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Nothing changes but the time."""
        self._advance(now)

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Count faults."""
        self._advance(now)
        self.faults += kind in FAULTS
        if kind == RECOVERED:
            self._recovered(now, Restored.of(body))
        elif kind == CORRECTED:
            told = Correction.of(body)
            self._cash += told.cash + told.quantity * told.price
            self._take_over(now, told.strategy, told.symbol, Position(told.quantity, told.price))

    @property
    def equity(self) -> Decimal:
        """Cash plus what is held, at the marks."""
        total = self._cash
        for symbol, quantity in self._held.items():
            if quantity:
                mark = Decimal(repr(self._marks[symbol]))
                total += quantity * mark * self._multipliers.get(symbol, 1)
        return total

    @property
    def ongoing(self) -> list[Campaign]:
        """Campaigns that are still open, at the marks."""
        return self.campaigns.ongoing(self._marks)

    def settle(self) -> None:
        """Mark the instant in progress; call it before reading the curve."""
        if self._stale and self.last:
            held = sum(size * self._marks[symbol] for symbol, size in self._sizes.items())
            self.curve.mark(self.last, float(self._cash) + held)
            self._stale = False

    def _recovered(self, now: int, restored: Restored) -> None:
        """Begin with what was held, each position as if it were bought now at its entry price."""
        held = [h for h in restored.holdings if h.position.quantity]
        value = sum(
            (h.position.quantity * h.position.average * self._worth(h.symbol) for h in held), ZERO
        )
        cash = self._cash if restored.cash is None else restored.cash
        self.start = self._cash = cash + value
        self.curve = EquityCurve(float(self.start))
        for holding in held:
            self._take_over(now, holding.strategy, holding.symbol, holding.position)

    def _take_over(self, now: int, strategy: str, symbol: str, position: Position) -> None:
        """Book shares that came without a fill of this session."""
        if not position.quantity:
            return
        fill = Fill("", symbol, strategy, now, position.quantity, position.average)
        self.campaigns.on_taken_over(fill)
        self.fills -= 1
        self._book(fill)

    def _worth(self, symbol: str) -> Decimal:
        return Decimal(self._multipliers.get(symbol, 1))

    def _advance(self, now: int) -> None:
        """Mark the last instant once time has moved on from it."""
        if now != self.last:
            self.settle()
            if not self.first:
                self.first = now
            self.last = max(now, self.last)

    def _bar(self, bar: Bar) -> None:
        self.bars += 1
        if bar.revision:
            self.amended += 1
            return
        self.campaigns.on_bar(bar)
        self._mark(bar.symbol, bar.close)

    def _mark(self, symbol: str, price: float) -> None:
        if isfinite(price):
            self._marks[symbol] = price
            self._stale = True

    def _book(self, fill: Fill) -> None:
        symbol = fill.symbol
        multiplier = self._multipliers.get(symbol, Decimal(1))
        self.fills += 1
        self.costs += fill.fee
        self._cash -= fill.quantity * fill.price * multiplier + fill.fee
        held = self._held[symbol] = self._held.get(symbol, ZERO) + fill.quantity
        self._marks.setdefault(symbol, float(fill.price))
        if held:
            self._sizes[symbol] = float(held * multiplier)
        else:
            self._sizes.pop(symbol, None)
        self._stale = True
