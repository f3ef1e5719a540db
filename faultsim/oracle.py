"""Judges a world by what its venue, its daemon and its wire say: the invariants I1 to I20."""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from faultsim.trace import Trace
from faultsim.weather import Request
from tradeplat.core.ids import is_ours
from tradeplat.core.intent import Intent
from tradeplat.core.market import SECOND, Backfill, Bar, MarketEvent
from tradeplat.core.orders import (
    OPEN_STATES,
    Fill,
    Order,
    OrderState,
    OrderType,
    Purpose,
    Refused,
    Report,
)
from tradeplat.core.ports import Verdict
from tradeplat.core.record import CORRECTED
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.codes import CODES
from tradeplat.venue.accounts import Account
from tradeplat.venue.order_book import VenueOrder

ZERO = Decimal(0)
_CENT = Decimal("0.01")
_DOUBTFUL = frozenset(
    {
        OrderState.INTENT,
        OrderState.SENDING,
        OrderState.UNKNOWN,
        OrderState.CANCEL_PENDING,
        OrderState.REPLACE_PENDING,
    }
)
_GIVEN_UP = frozenset(
    {OrderState.ABANDONED, OrderState.NOT_PLACED, OrderState.REJECTED, OrderState.DENIED}
)
_CODES = frozenset(CODES) | {"CLOSING", "NO_PRICE", "SIZE", "LEVEL", "ILLEGAL_TRANSITION"}
"""Of the table, and those of the house: a desk that closes, no price, no share by sizing, a
strategy's own level of loss, a symbol of which the venue told what cannot be (2.2).
"""
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class Violation(msgspec.Struct, frozen=True):
    """An invariant that did not hold, and when (virtual seconds)."""

    invariant: str
    words: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.words}"


class Oracle:
    """Sees everything (spy.Watcher, weather.Heard) and keeps what was wrong."""

    def __init__(self, trace: Trace, secret: str) -> None:
        self._trace = trace
        self._secret = secret
        self.violations: list[Violation] = []
        self.on_violation: Callable[[], object] = lambda: None
        self.posts: dict[str, list[int]] = {}
        """Statuses of the answers to each POST of an order id; 0 while there is none."""
        self._post_of: dict[int, tuple[str, int]] = {}
        self.strategies: dict[str, str] = {}
        """Strategy of each order id that was decided."""
        self.orders: dict[str, Order] = {}
        """Each order as last heard of, by whichever life of the daemon."""
        self.alarms: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.halted: set[str] = set()
        """Symbols of which a person was told that they cannot be closed now."""
        self._wish: tuple[str, Intent] | None = None
        """What a strategy wants and nobody has answered yet."""
        self.fills = 0
        self.bars: dict[tuple[str, int], int] = {}
        self.holes: list[str] = []
        """Bars that a desk was not shown, of a market that prints every second."""
        self.venue_orders: list[VenueOrder] = []
        """Every order the venue ever took in, those whose id was given again included."""
        self.forgetful: Callable[[], bool] = lambda: False
        """True once the disk failed: what was heard for the way out alone may be gone."""
        self.may_send: Callable[[str], tuple[str, str] | None] = lambda _: None
        """Why an order that leaves now must not, by the state of its daemon."""
        self.on_order: Callable[[Order], None] = lambda _: None
        """Told each order that was approved."""
        self.corrections: list[str] = []
        """What was booked that no order explains, in words."""
        self.on_change: Callable[[Order | None, Order], None] = lambda _, __: None
        """Told how an order stood, if it was known, and how it stands now."""

    def blame(self, invariant: str, words: str) -> None:
        """Keep a violation."""
        if self._trace.closed:
            return
        self._trace.add("VIOLATION", f"{invariant} {words}")
        self.violations.append(Violation(invariant, words))
        self.on_violation()

    # The wire -----------------------------------------------------------------------------

    def request(self, request: Request) -> None:
        """Orders are sent once, and only where they may be (I1, I3, I7)."""
        self._trace.add("->", f"{request.method} {request.path} {request.order_id}".rstrip())
        if request.method != "POST" or not request.order_id:
            return
        sent = self.posts.setdefault(request.order_id, [])
        if sent and sent[-1] != 429 and not is_way_out(request.order_id):
            before = sent[-1] or "no answer"
            self.blame("I1", f"{request.order_id} was sent again after {before}")
        why = self.may_send(request.order_id)
        if why:
            self.blame(*why)
        self._post_of[request.number] = (request.order_id, len(sent))
        sent.append(0)

    def answer(self, request: Request, status: int) -> None:
        """What the venue answered."""
        self._trace.add("<-", f"{status} {request.method} {request.path} {request.order_id}")
        order_id, at = self._post_of.get(request.number, ("", 0))
        if order_id:
            self.posts[order_id][at] = status

    # The record ---------------------------------------------------------------------------

    def forget_life(self) -> None:
        """Another process begins: what only a process can know starts anew."""
        self.bars.clear()
        self.holes.clear()
        self._wish = None

    def shown(self, event: MarketEvent) -> None:
        """Bars come in order, each once (I8)."""
        if isinstance(event, Backfill):
            for bar in event.bars:
                self._bar(bar)
        elif isinstance(event, Bar) and not event.revision:
            self._bar(event)

    def _bar(self, bar: Bar) -> None:
        key = (bar.symbol, bar.span)
        last = self.bars.get(key, 0)
        if bar.ts <= last:
            self.blame("I8", f"{bar.symbol} {bar.span} s: bar {bar.ts} after {last}")
        elif last and bar.ts - last > bar.span * SECOND:
            missing = (bar.ts - last) // (bar.span * SECOND) - 1
            self.holes.append(f"{bar.symbol}: {missing} bars missing before {bar.ts}")
            self._trace.add("hole", self.holes[-1])
        self.bars[key] = bar.ts

    def wished(self, symbol: str, intent: Intent) -> None:
        """What was wanted before has been answered on the record (I19)."""
        self.answered()
        self._wish = (symbol, intent)

    def answered(self) -> None:
        """No wish is without a verdict on the record (I19)."""
        if self._wish is not None:
            symbol, intent = self._wish
            self._wish = None
            self.blame("I19", f"{symbol}: of {intent.action} nobody knows what became")

    def decided(self, strategy: str, intent: Intent, verdict: Verdict) -> None:
        """Every refusal has a code of the house's, and words (I19)."""
        if self._wish is not None and self._wish[1] is intent:
            self._wish = None
        if isinstance(verdict, Order):
            self.strategies[verdict.id] = strategy
            self.orders[verdict.id] = verdict
            self._trace.add("order", _brief(verdict))
            self.on_order(verdict)
        elif isinstance(verdict, Refused):
            self.refused[verdict.code] += 1
            self._trace.add("refused", f"{verdict.symbol} {verdict.code}")
            if verdict.code not in _CODES or not verdict.message:
                self.blame("I19", f"refusal without a known code or without words: {verdict}")

    def reported(self, report: Report) -> None:
        """Only traced."""
        words = f"{report.order_id} {report.state} {report.filled} {report.exec_id[:8]}"
        self._trace.add("report", words)

    def moved(self, order_id: str, state: OrderState, reason: str) -> None:
        """Only traced."""
        self._trace.add("move", f"{order_id} {state} {reason}")

    def changed(self, order: Order, fill: Fill | None) -> None:
        """What has filled grows, but for corrections, and never exceeds the order (I5)."""
        self._trace.add("change", f"{_brief(order)} {'' if fill is None else fill.quantity}")
        before = self.orders.get(order.id)
        if order.filled > abs(order.quantity):
            self.blame("I5", f"{order.id} filled {order.filled} of {order.quantity}")
        shrunk = before is not None and order.filled < before.filled and fill is None
        if before is not None and shrunk and not self.forgetful():
            self.blame("I5", f"{order.id} filled {before.filled}, then {order.filled}")
        given_up = order.state in _GIVEN_UP and (before is None or before.state is not order.state)
        if given_up and not order.reason:
            self.blame("I19", f"{order.id} is {order.state}, and nobody knows why")
        self.orders[order.id] = order
        self.strategies.setdefault(order.id, order.strategy)
        self.fills += fill is not None
        self.on_change(before, order)

    def noted(self, kind: str, body: Mapping[str, Any]) -> None:
        """Alarms are counted, and nothing ever names a secret (I16)."""
        if self._trace.closed:
            return
        words = str(body)
        if kind == "alarm":
            self.alarms[str(body.get("code"))] += 1
            if body.get("code") == "HALTED":
                self.halted.add(str(body.get("line")).partition(" ")[0])
        if kind == CORRECTED and body.get("why"):
            self.corrections.append(f"{body.get('strategy')} {body.get('quantity')} {body['why']}")
        if kind != "run":
            self._trace.add(kind, words)
        if self._secret in words:
            self.blame("I16", f"a note of kind {kind} holds a secret")

    def remarked(self, words: str) -> None:
        """Only kept beside the trace, and searched for secrets (I16)."""
        if self._secret in words:
            self.blame("I16", "a log line holds a secret")
        self._trace.remark(words)

    # At rest ------------------------------------------------------------------------------

    def unsettled(self, book: PositionTracker, account: Account) -> str:
        """Why daemon and venue do not agree yet, empty when they do (I2, I4, I9)."""
        why = unsettled(book)
        if why:
            return why
        ours = {s: p.quantity for s, p in book.positions.items() if p.quantity}
        theirs = {s: p.quantity for s, p in account.positions.items()}
        if ours != theirs:
            return f"we hold {_held(ours)}, the venue says {_held(theirs)}"
        mine = {order.venue_id: order for order in book.open_orders.values()}
        venue = {order.id: order for order in account.orders.open_orders()}
        if mine.keys() != venue.keys():
            lost = [f"{venue[x].client_id} {venue[x].status}" for x in venue.keys() - mine.keys()]
            dead = [f"{mine[x].id} {mine[x].state}" for x in mine.keys() - venue.keys()]
            return f"open there only {sorted(lost)}, here only {sorted(dead)}"
        return _stops(book, account) or self._money(book, account) or self._undercounted(book)

    def at_rest(self, book: PositionTracker, account: Account, *, corrected: bool) -> None:
        """Judge what can only be judged when all is quiet."""
        self.answered()
        if not corrected:
            self._attributed(book)
            for one in self.corrections:
                self.blame("I4", f"nothing was to be corrected, and yet: {one}")
        ids = (order.client_id for order in self.venue_orders)
        by_client: Counter[str] = Counter(one for one in ids if is_ours(one))
        for client_id, count in sorted(by_client.items()):
            if count > 1:
                self.blame("I1", f"{count} orders of the venue carry {client_id}")

    def _undercounted(self, book: PositionTracker) -> str:
        """The first order that has not filled here what the venue says it has.

        Of two orders that the venue gave one id nobody can ask; positions and cash agree all the
        same.
        """
        given = Counter(order.id for order in self.venue_orders)
        for theirs in self.venue_orders:
            if given[theirs.id] > 1:
                continue
            ours = book.order(name_of(theirs))
            if ours is None:
                unheard = is_way_out(theirs.client_id) and self.forgetful()
                if theirs.filled and not unheard:
                    return f"I4: {theirs.client_id} filled {theirs.filled}: unknown here"
            elif ours.filled != theirs.filled:
                return f"I4: {ours.id} {ours.state} {ours.filled}, the venue {theirs.filled}"
            elif (ours.state in OPEN_STATES) != theirs.open:
                return f"I2: {ours.id} is {ours.state} here and {theirs.status} there"
        return ""

    @staticmethod
    def _money(book: PositionTracker, account: Account) -> str:
        """Where the cash differs, if it does."""
        if abs(book.cash - account.ledger.cash) > _CENT:
            return f"I4: our cash is {book.cash}, the venue's {account.ledger.cash}"
        return ""

    def _attributed(self, book: PositionTracker) -> None:
        """Each strategy holds what its own orders have filled (I4).

        Closing orders that never left are trades between strategies: whose shares were sold for
        somebody else, say, whose fill nobody could know of.
        """
        held: dict[tuple[str, str], Decimal] = {}
        for theirs in self.venue_orders:
            ours = book.order(name_of(theirs))
            if ours is not None and theirs.filled:
                key = (self.strategies.get(ours.id, ours.strategy), ours.symbol)
                held[key] = held.get(key, ZERO) + theirs.filled * theirs.side.sign
        for order in self.orders.values():
            if is_way_out(order.id) and order.id not in self.posts and order.filled:
                key = (order.strategy, order.symbol)
                held[key] = held.get(key, ZERO) + order.filled * order.side
        believed = {key: p.quantity for key, p in book.holdings.items() if p.quantity}
        real = {key: quantity for key, quantity in held.items() if quantity}
        if believed != real:
            self.blame("I4", f"strategies hold {real}, they are told {believed}")


def _stops(book: PositionTracker, account: Account) -> str:
    """What is wrong with the stops at the venue: none may exceed what it protects (I9).

    Strategies that stand against each other after a bust each keep their own.
    """
    for symbol in sorted({order.symbol for order in account.orders.open_orders()}):
        held = [p.quantity for (_, name), p in book.holdings.items() if name == symbol]
        long = sum((quantity for quantity in held if quantity > 0), ZERO)
        short = sum((quantity for quantity in held if quantity < 0), ZERO)
        working = [
            order.leaves * order.side.sign
            for order in account.orders.open_orders(symbol)
            if order.type in _STOPS and not order.waiting
        ]
        selling = sum((quantity for quantity in working if quantity < 0), ZERO)
        buying = sum((quantity for quantity in working if quantity > 0), ZERO)
        if -selling > long or buying > -short:
            return f"I9: {symbol} has stops for {selling:+f} and {buying:+f}, held {held}"
    return ""


def unsettled(book: PositionTracker) -> str:
    """Why a book alone is not at rest, empty when it is."""
    for order in book.open_orders.values():
        if order.state in _DOUBTFUL:
            return f"{order.id} is {order.state}"
    return ""


def is_way_out(order_id: str) -> bool:
    """True for an order that flattens: it may ask again under its own id, which the venue takes
    once for ever, and it never waits for the journal.
    """
    return order_id.startswith("tpF-")


def name_of(theirs: VenueOrder) -> str:
    """What we call an order of the venue: by our id, or as a leg of the entry it belongs to."""
    if is_ours(theirs.client_id) or theirs.parent is None:
        return theirs.client_id
    return f"{name_of(theirs.parent)}-{'tp' if theirs.type is OrderType.LIMIT else 'sl'}"


def _brief(order: Order) -> str:
    purpose: Purpose = order.purpose
    return (
        f"{order.id} {order.symbol} {order.quantity:+f} {purpose} {order.type} {order.state} "
        f"{order.filled}"
    )


def _held(positions: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{s} {q:+f}" for s, q in sorted(positions.items())) or "nothing"
