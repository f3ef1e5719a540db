"""The replay's way out: orders go to the simulated market in the same step."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import Bar, MarketEvent, Quote, Status
from tradeplat.core.orders import EXITS, LEGS, Order, Report
from tradeplat.core.tape import Market
from tradeplat.sim.matching import MatchingEngine
from tradeplat.sim.options import FREE, PLAIN, Costs, MatchOptions
from tradeplat.sim.orderbook import DayEnd
from tradeplat.sim.score import Score


class VenueRules(msgspec.Struct, frozen=True):
    """How the simulated market treats this account; `day_end` as in MatchingEngine."""

    costs: Costs = FREE
    options: MatchOptions = PLAIN
    day_end: DayEnd | None = None


USUAL = VenueRules()
"""Free trading by the defaults; DAY orders never lapse."""


class SimBroker:
    """Carries out orders against replayed facts (core.ports.Executor), without latency of its own.

    `show` takes the facts first, before any desk sees them, and marks equity by them; `now` is
    replayed time. An order that closes a position takes the protective legs of that position, and
    what is left of the entry they belong to, out of the market first.
    """

    def __init__(
        self,
        report: Callable[[Report, int], None],
        market: Market,
        now: Callable[[], int],
        score: Score,
        rules: VenueRules = USUAL,
    ) -> None:
        self._report = report
        self._now = now
        self._score = score
        score.tapes = market.tapes
        self.engine = MatchingEngine(
            self._told, market.instrument, rules.costs, rules.options, rules.day_end
        )
        self.books = self.engine.books
        """Symbols with working orders; a bar of one that has none and is not held changes
        nothing here and need not be shown.
        """

    def show(self, event: MarketEvent) -> None:
        """Let one fact fill what it can, then mark what is held by it."""
        score = self._score
        ts = event.ts
        if ts > score.ts:
            score.advance(ts)
        if type(event) is Bar:
            symbol = event.symbol
            if symbol in self.books:
                self.engine.on_bar(event, ts)
            if symbol in score.held and not event.revision:
                score.mark(ts, symbol, event.close)
        elif type(event) is Quote:
            self.engine.on_quote(event, event.ts)
        elif type(event) is Status:
            self.engine.on_status(event, event.ts)

    def accept(self, order: Order) -> None:
        """Place `order`; an exit clears its position's protective legs out of the way first."""
        if order.purpose in EXITS and order.symbol in self.books:
            self._clear(order)
        self.engine.place(order, order.created)

    def cancel(self, order_id: str) -> None:
        """Cancel what is left of an order; one that is not open stays as it is."""
        self.engine.cancel(order_id, self._now(), "cancel asked")

    def protect(self, order_id: str, stop: Decimal | None, target: Decimal | None) -> None:
        """Move the legs of entry `order_id`, or add the missing one; None leaves a leg alone."""
        self.engine.protect(order_id, self._now(), stop, target)

    def _clear(self, closing: Order) -> None:
        now = closing.created
        for order in self.engine.working(closing.symbol):
            if order.strategy == closing.strategy and order.purpose in LEGS:
                self.engine.cancel(order.parent, now, "position is being closed")
                self.engine.cancel(order.id, now, "position is being closed")

    def _told(self, report: Report) -> None:
        self._report(report, self._now())


def us_day_end(calendar: Calendar) -> DayEnd:
    """When a DAY order lapses, a protective leg too: at the close of its session, or of extended
    hours where it may trade in them. What that leaves bare the guard covers (desk/guard.py).
    """

    def end(order: Order, now: int) -> int:
        session = calendar.upcoming(now + 1)
        if session is not None and not order.extended and now >= session.close:
            session = calendar.upcoming(session.post_close + 1)
        if session is None:
            return 0
        return session.post_close if order.extended else session.close

    return end
