"""The door: an intent becomes an order or a reason, in one synchronous step."""

from collections.abc import Iterable
from decimal import Decimal
from math import inf, isnan, nan

from tradeplat.core.calendar import Phase
from tradeplat.core.conditions import Conditions
from tradeplat.core.exact import exact, nearest
from tradeplat.core.ids import client_order_id, intent_key
from tradeplat.core.instrument import Instrument
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderType, Purpose, Refused
from tradeplat.core.ports import Book
from tradeplat.core.tape import Market
from tradeplat.risk.caps import Ample, room
from tradeplat.risk.checks import ENTRY_CHECKS, EXIT_CHECKS, Check, Grounds, Proposal
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.modes import late_objection, objection, refusal
from tradeplat.risk.sizing import Sizer

ZERO = Decimal(0)
ONE = Decimal(1)
_CLOSING = frozenset({Purpose.EXIT, Purpose.FLATTEN})
_PRICES = Intent._fields[2:]
# Looked up once: naming a member of an enum costs as much as a call.
_ENTER, _EXIT = Action.ENTER, Action.EXIT
_ENTRY, _LEAVE, _FLATTEN = Purpose.ENTRY, Purpose.EXIT, Purpose.FLATTEN
_MARKET, _LIMIT = OrderType.MARKET, OrderType.LIMIT
_PRE, _REGULAR, _POST = Phase.PRE, Phase.REGULAR, Phase.POST


class RiskGate:
    """Turns intents into orders or refusals; nothing else may create an order.

    `review` neither waits nor remembers the order: the caller registers it with the book before
    anything else can run, so two intents of one instant are judged one after the other.
    """

    def __init__(
        self,
        limits: Limits,
        sizer: Sizer,
        book: Book,
        market: Market,
        account: str = "",
        entry_checks: tuple[Check, ...] = ENTRY_CHECKS,
    ) -> None:
        self.conditions = Conditions()
        """What stands against orders; the floor changes it (core.ports.Gate)."""
        self._limits = limits
        self._any_hours = limits.hours is Hours.ANY
        self._sizer = sizer
        self._book = book
        self._market = market
        self._account = account
        self._entry_checks = entry_checks
        self._ample = Ample(limits, book)
        self._used: dict[tuple[str, str, Purpose], int] = {}
        self._recalled: frozenset[tuple[str, str, Purpose, int]] = frozenset()

    def recall(self, orders: Iterable[Order]) -> None:
        """Take the intents of these orders of an earlier session for used: never again."""
        self._recalled = frozenset((o.strategy, o.symbol, o.purpose, o.cause) for o in orders)

    def review(
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int
    ) -> Order | Refused:
        """Judge an ENTER or EXIT caused by the event at `cause`, as of `now` (UTC ns)."""
        if self.conditions.standing:
            purpose = _ENTRY if intent.action is _ENTER else _LEAVE
            barred = self._barred(symbol, strategy, purpose, cause, now)
            if barred is not None:
                return barred
        if intent.action is _ENTER:
            return self._entry(symbol, strategy, intent, cause, now)
        return self._exit(symbol, strategy, intent, cause, now, _LEAVE)

    def flatten(self, symbol: str, strategy: str, cause: int, now: int) -> Order | Refused:
        """An order that closes all that `strategy` holds of `symbol`."""
        barred = self._barred(symbol, strategy, _FLATTEN, cause, now)
        if barred is not None:
            return barred
        intent = Intent(_EXIT, 1.0, nan, nan, nan)
        return self._exit(symbol, strategy, intent, cause, now, _FLATTEN)

    def objection(self, order: Order, now: int) -> str:
        """Why an approved order may not be sent at `now` after all, empty when it may."""
        held = self._book.net(order.symbol)
        return late_objection(self.conditions, order, held, now)

    def levels(
        self, symbol: str, side: int, stop: float, target: float
    ) -> tuple[Decimal | None, Decimal | None]:
        """Protective levels of a position on `side`, rounded passively to the tick."""
        grid = self._market.instrument(symbol)
        if side > 0:
            down, up = grid.price_down, grid.price_up
        else:
            down, up = grid.price_up, grid.price_down
        return (
            None if isnan(stop) else down(stop),
            None if isnan(target) else up(target),
        )

    def _barred(
        self, symbol: str, strategy: str, purpose: Purpose, cause: int, now: int
    ) -> Refused | None:
        """The refusal that the standing conditions give an order of this purpose, if they do."""
        found = objection(self.conditions, symbol, strategy, purpose, now)
        if found is None:
            return None
        message = refusal(found, symbol, strategy, self._book.net(symbol), now)
        return Refused(symbol, strategy, cause, found.code, message)

    def _entry(
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int
    ) -> Order | Refused:
        bad = _bad_number(intent)
        if bad is not None:
            return Refused(symbol, strategy, cause, "BAD_NUMBER", bad)
        side = 1 if intent.conviction > 0.0 else -1
        if self._used_before(strategy, symbol, _ENTRY, cause):
            return Refused(symbol, strategy, cause, "DUP_INTENT", "Refused: intent used before.")
        grid = self._market.instrument(symbol)
        phase = self.phase(now)
        reference, spread = self._reference(symbol, side, phase, now)
        limit = None
        if not isnan(intent.limit):
            limit = grid.price_down(intent.limit) if side > 0 else grid.price_up(intent.limit)
        sign = ONE if side > 0 else -ONE
        proposal = Proposal(symbol, strategy, _ENTRY, cause, sign, limit, reference, spread, phase)
        refused = self._object(proposal, self._entry_checks)
        if refused is not None:
            return refused
        price = nearest(limit) if limit is not None else reference
        if _wrong_side(side, price, intent) or (
            limit is None and self._older_quote_objects(symbol, side, now, intent)
        ):
            message = f"Refused: stop {intent.stop}, target {intent.target} around {price}."
            return Refused(symbol, strategy, cause, "BAD_NUMBER", message)
        quantity = self._size(grid, side, price, intent.stop)
        if isinstance(quantity, Refused):
            return Refused(symbol, strategy, cause, quantity.code, quantity.message)
        return self._entry_order(proposal, intent, quantity * sign, now)

    def _used_before(self, strategy: str, symbol: str, purpose: Purpose, cause: int) -> bool:
        if self._used.get((strategy, symbol, purpose)) == cause:
            return True
        recalled = self._recalled
        return bool(recalled) and (strategy, symbol, purpose, cause) in recalled

    def _size(self, grid: Instrument, side: int, price: float, stop: float) -> Decimal | Refused:
        wanted = self._sizer.quantity(price, stop, self._equity)
        if self._ample.room(wanted, grid.symbol, price * nearest(grid.multiplier)):
            quantity = grid.lots(wanted)
            if quantity > 0:
                return quantity
        each = exact(price) * grid.multiplier
        space = room(exact(wanted), side, grid.symbol, each, self._limits, self._book)
        quantity = grid.lots(float(space.quantity))
        if quantity <= 0:
            return Refused(grid.symbol, "", 0, space.code, space.message)
        return quantity

    def _entry_order(
        self, proposal: Proposal, intent: Intent, quantity: Decimal, now: int
    ) -> Order:
        symbol, strategy, cause = proposal.symbol, proposal.strategy, proposal.cause
        self._used[strategy, symbol, _ENTRY] = cause
        extended = self._extended(proposal.phase)
        stop = target = None
        # Venues take no bracket outside regular hours: there the guard keeps these levels.
        if not (isnan(intent.stop) and isnan(intent.target)):
            side = 1 if quantity > 0 else -1
            stop, target = self.levels(symbol, side, intent.stop, intent.target)
        limit = proposal.limit
        wait = self._limits.entry_seconds
        return Order(
            self._id(strategy, symbol, _ENTRY, cause),
            symbol,
            strategy,
            quantity,
            _MARKET if limit is None else _LIMIT,
            _ENTRY,
            cause,
            now,
            limit=limit,
            stop_loss=stop,
            take_profit=target,
            extended=extended,
            expires=now + wait * SECOND if limit is not None and wait else 0,
        )

    def _exit(  # one more than an entry: exits say why they exist
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int, purpose: Purpose
    ) -> Order | Refused:
        held = self._book.held(strategy, symbol).quantity
        free = held + self._closing(strategy, symbol)
        if not free or (free > 0) != (held > 0):
            message = f"Refused: exit of {held} exceeds free position {free}."
            return Refused(symbol, strategy, cause, "REDUCE_ONLY_QTY", message)
        if self._used_before(strategy, symbol, purpose, cause):
            return Refused(symbol, strategy, cause, "DUP_INTENT", "Refused: intent used before.")
        side = -1 if free > 0 else 1
        phase = self.phase(now)
        reference, spread = self._reference(symbol, side, phase, now)
        limit = self._exit_limit(symbol, side, intent.limit, reference, phase)
        proposal = Proposal(
            symbol, strategy, purpose, cause, -free, limit, reference, spread, phase
        )
        refused = self._object(proposal, EXIT_CHECKS)
        if refused is not None:
            return refused
        self._used[strategy, symbol, purpose] = cause
        return Order(
            self._id(strategy, symbol, purpose, cause),
            symbol,
            strategy,
            -free,
            _MARKET if limit is None else _LIMIT,
            purpose,
            cause,
            now,
            limit=limit,
            extended=self._extended(phase),
            # A limit the market ran away from must not keep its strategy waiting for ever.
            expires=now + self._limits.exit_seconds * SECOND if limit is not None else 0,
        )

    def _exit_limit(
        self, symbol: str, side: int, wanted: float, reference: float, phase: Phase
    ) -> Decimal | None:
        """Exits at market become limits through the market where only limits are taken."""
        if isnan(wanted):
            if not self._extended(phase):
                return None
            wanted = reference * (1.0 + side * nearest(self._limits.extended_exit_through))
        grid = self._market.instrument(symbol)
        return grid.price_up(wanted) if side > 0 else grid.price_down(wanted)

    def _object(self, proposal: Proposal, checks: tuple[Check, ...]) -> Refused | None:
        grounds = Grounds(self._limits, self._book, self._market.tapes[proposal.symbol])
        for check in checks:
            verdict = check(proposal, grounds)
            if verdict is not None:
                return Refused(proposal.symbol, proposal.strategy, proposal.cause, *verdict)
        return None

    def _closing(self, strategy: str, symbol: str) -> Decimal:
        """Signed quantity of working exits, protective legs aside (the executor clears those)."""
        closing = ZERO
        for order in self._book.open_orders.values():
            mine = order.strategy == strategy and order.symbol == symbol
            if mine and order.purpose in _CLOSING:
                closing += order.leaves
        return closing

    def phase(self, now: int) -> Phase:
        """The part of the trading day `now` lies in; where any hour will do, always REGULAR."""
        return _REGULAR if self._any_hours else self._market.calendar.phase(now)

    def _extended(self, phase: Phase) -> bool:
        return phase is _PRE or phase is _POST

    def _reference(
        self, symbol: str, side: int, phase: Phase, now: int
    ) -> tuple[float, float | None]:
        tape = self._market.tapes[symbol]
        limits = self._limits
        age = limits.quote_age_extended if self._extended(phase) else limits.quote_age_regular
        quote = tape.fresh_quote(now, age)
        if quote is None or quote.bid <= 0.0 or quote.ask <= 0.0:
            return tape.last, None
        return (quote.ask if side > 0 else quote.bid), quote.ask - quote.bid

    def _older_quote_objects(self, symbol: str, side: int, now: int, intent: Intent) -> bool:
        """True when levels that suit the last price lie on the wrong side of a quote too old to
        judge by, yet young enough for a venue to fill at: it would refuse the bracket.
        """
        quote = self._market.tapes[symbol].fresh_quote(now, self._limits.quote_age_extended)
        taking = 0.0 if quote is None else quote.ask if side > 0 else quote.bid
        return taking > 0.0 and _wrong_side(side, taking, intent)

    def _equity(self) -> float:
        return float(self._book.equity())

    def _id(self, strategy: str, symbol: str, purpose: Purpose, cause: int) -> str:
        return client_order_id(
            intent_key(self._account, strategy, symbol, purpose, cause, 0), cause
        )


def _bad_number(intent: Intent) -> str | None:
    """Why an entry's numbers cannot be used, None when they can."""
    conviction = intent.conviction
    if not 0.0 < abs(conviction) <= 1.0:
        return f"Refused: conviction={conviction} is not in [-1, 0) or (0, 1]."
    if isnan(intent.limit) and isnan(intent.stop) and isnan(intent.target):
        return None
    for name, value in zip(_PRICES, intent[2:], strict=True):
        if not isnan(value) and not 0.0 < value < inf:
            return f"Refused: {name}={value} is not a valid price."
    return None


def _wrong_side(side: int, price: float, intent: Intent) -> bool:
    """True when the stop is not on the loss side of `price`, or the target not beyond it."""
    stop_bad = not isnan(intent.stop) and side * (price - intent.stop) <= 0.0
    target_bad = not isnan(intent.target) and side * (intent.target - price) <= 0.0
    return stop_bad or target_bad
