"""What became of orders, held against the next one: rejections, losing trades, round trips."""

from collections.abc import Iterable, Iterator

from tradeplat.core.conditions import Condition, Mode, strategy_scope
from tradeplat.core.ids import civil_date
from tradeplat.core.market import DAY
from tradeplat.core.orders import EXTERNAL, Fill, Order, OrderState, Purpose
from tradeplat.core.ports import Book, Impose
from tradeplat.core.position import NOTHING
from tradeplat.core.rounds import Counted, Rounds
from tradeplat.core.tape import Market
from tradeplat.risk.checks import Proposal
from tradeplat.risk.limits import Limits
from tradeplat.risk.rules import Allowance, BrokerRules

_REJECTED = OrderState.REJECTED
_OPENING = Purpose.ENTRY
_PURSUED = frozenset({Purpose.FLATTEN})
"""Whoever flattens looks after rejections himself."""
_REMEMBERED = 1_024


class Outcomes:
    """Hears every change of an order (REJECT_LOOP, LOSS_STREAK) and counts ROUND_TRIPS.

    A pause is a condition that ends by itself. A strategy is paused for its own losing trades: a
    trade is what it does between flat and flat in one ticker, costs included. Equal rejections
    count until an order of that shape is taken.
    """

    def __init__(
        self, limits: Limits, book: Book, market: Market, rules: BrokerRules | None = None
    ) -> None:
        self._limits = limits
        self._book = book
        self._market = market
        self._rules = rules
        self.impose: Impose | None = None
        self.on = bool(
            limits.losing_trades
            or limits.equal_rejections
            or limits.round_trips
            or rules is not None
        )
        """False where nothing here is limited, and nothing needs to be told."""
        self._rejected: dict[tuple[object, ...], tuple[str, int]] = {}
        self._rounds = Rounds()
        self._opened: dict[str, int] = {}
        self._trips: dict[int, int] = {}

    def recall(self, orders: Iterable[Order], counted: Counted) -> None:
        """Go on counting where an earlier session ended with these orders."""
        self._rounds = Rounds(counted)
        self._opened = {symbol: self.day(at) for symbol, at in self._rounds.opened.items()}
        self._trips = {}
        for trip in self._rounds.trips:
            self._count(trip)
        for order in sorted(orders, key=_created):
            if order.strategy != EXTERNAL and order.purpose not in _PURSUED:
                self._rejections(order)

    def heard(self, order: Order, fill: Fill | None, now: int) -> None:
        """Take in how `order` now stands, and what filled; the book has both."""
        if order.strategy == EXTERNAL:
            return
        limits = self._limits
        if limits.equal_rejections and order.purpose not in _PURSUED:
            self._rejection(order, now)
        if fill is not None:
            self._trade(fill, now)
            self._trip(fill, now)

    def objections(self, proposal: Proposal) -> Iterator[tuple[str, str]]:
        """ROUND_TRIPS: this entry would be one trade of a day more than allowed."""
        symbol, now = proposal.symbol, proposal.now
        own = self._limits.round_trips
        day = self.day(now)
        allowances = [Allowance(own, 1)] if own else []
        if self._rules is not None:
            allowed = self._rules.round_trips(day, self._book.worth()[0])
            allowances += [] if allowed is None else [allowed]
        if not allowances or self._book.net(symbol):
            return
        opened = sum(
            since == day and bool(self._book.net(other)) for other, since in self._opened.items()
        )
        for trips, days in allowances:
            since = self._first_of(now, days)
            nth = 1 + opened + sum(n for at, n in self._trips.items() if since <= at <= day)
            if nth > trips:
                yield "ROUND_TRIPS", f"Refused: would be round trip {nth} of {trips}."

    def day(self, now: int) -> int:
        """The trading day of `now` as yyyymmdd; without a calendar, the date in UTC."""
        session = self._market.calendar.upcoming(now)
        if session is not None:
            return session.day
        year, month, day = civil_date(now // DAY)
        return year * 10_000 + month * 100 + day

    def _first_of(self, now: int, days: int) -> int:
        """The first of the last `days` trading days up to that of `now`."""
        calendar = self._market.calendar
        session = calendar.upcoming(now)
        if session is None:
            return self.day(now - (days - 1) * DAY)
        for _ in range(days - 1):
            earlier = calendar.previous(session.post_close)
            if earlier is None:
                break
            session = earlier
        return session.day

    def _rejection(self, order: Order, now: int) -> None:
        times = self._rejections(order)
        if times < self._limits.equal_rejections:
            return
        # An exit that is refused again and again is not asked for again and again either.
        mode = Mode.REDUCE_ONLY if order.purpose is _OPENING else Mode.CANCEL_ONLY
        said = f"rejected {times} times: {order.reason or 'no reason given'}"
        self._pause("REJECT_LOOP", order.symbol, mode, said, (now, self._limits.rejection_pause))

    def _rejections(self, order: Order) -> int:
        """How often orders of this shape were rejected alike, this one included; 0 for one that
        was not. The count begins anew once it comes to a pause.
        """
        shape = (order.strategy, order.symbol, order.quantity > 0, order.type, order.purpose)
        if order.state is not _REJECTED:
            if order.venue_id:
                self._rejected.pop(shape, None)
            return 0
        why, times = self._rejected.pop(shape, ("", 0))
        times = times + 1 if why == order.reason else 1
        if len(self._rejected) >= _REMEMBERED:
            del self._rejected[next(iter(self._rejected))]
        if times < self._limits.equal_rejections:
            self._rejected[shape] = (order.reason, times)
        return times

    def _trade(self, fill: Fill, now: int) -> None:
        made = self._rounds.trade(fill, self._book.held(fill.strategy, fill.symbol))
        limit, strategy = self._limits.losing_trades, fill.strategy
        if made is None or not limit:
            return
        losses = self._rounds.losses[strategy]
        if losses and not losses % limit:
            said = f"{losses} losses in a row"
            scope, pause = strategy_scope(strategy), (now, self._limits.losing_pause)
            self._pause("LOSS_STREAK", scope, Mode.REDUCE_ONLY, said, pause)

    def _trip(self, fill: Fill, now: int) -> None:
        symbol = fill.symbol
        after = self._book.positions.get(symbol, NOTHING).quantity
        ended = self._rounds.trip(fill, after, now)
        if ended is not None:
            self._count(ended)
        began = self._rounds.opened.get(symbol)
        if began is None:
            self._opened.pop(symbol, None)
        elif began == now:
            self._opened[symbol] = self.day(now)

    def _count(self, trip: tuple[int, int]) -> None:
        """A round trip counts against the day in which all of it lies."""
        day = self.day(trip[1])
        if self.day(trip[0]) == day:
            self._trips[day] = self._trips.get(day, 0) + 1

    def _pause(self, code: str, scope: str, mode: Mode, why: str, pause: tuple[int, int]) -> None:
        now, span = pause
        if self.impose is not None:
            until = now + span
            source = f"risk:{code}"
            self.impose(Condition(source, scope, mode, code, why, "the gate", now, until), now)


def _created(order: Order) -> int:
    return order.created
