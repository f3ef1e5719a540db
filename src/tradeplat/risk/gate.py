"""The door: an intent becomes an order or a reason, in one synchronous step."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import chain
from math import inf, isnan, nan

from tradeplat.core.calendar import Phase
from tradeplat.core.conditions import Condition, Conditions, Mode, strategy_scope
from tradeplat.core.exact import exact, nearest
from tradeplat.core.ids import client_order_id, intent_key
from tradeplat.core.instrument import Instrument
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import AS_USUAL, MANUAL, Fill, Order, Purpose, Refused
from tradeplat.core.ports import Book, Impose
from tradeplat.core.premises import Override, Premises
from tradeplat.core.rounds import Counted
from tradeplat.core.spoken import time_of_day
from tradeplat.core.tape import Market
from tradeplat.risk.caps import Ample, being_closed, room, too_much
from tradeplat.risk.checks import (
    EXIT_CHECKS,
    Check,
    Grounds,
    Proposal,
    approved,
    entry_checks,
    late_checks,
)
from tradeplat.risk.drafts import entry, exit_limit, extended, leaving, levels
from tradeplat.risk.limits import Hours, Limits
from tradeplat.risk.modes import late_objection, objection, refusal
from tradeplat.risk.numbers import (
    HIGHEST,
    LOWEST,
    bad_number,
    not_valid,
    older_quote_objects,
    wrong_side,
)
from tradeplat.risk.outcomes import Outcomes
from tradeplat.risk.overrides import Overrides
from tradeplat.risk.pace import Pace
from tradeplat.risk.rules import BrokerRules
from tradeplat.risk.sizing import Sizer
from tradeplat.risk.used import Used

ZERO = Decimal(0)
ONE = Decimal(1)
RUNAWAY = "risk:RUNAWAY"
"""Source of the conditions that disable a strategy until a person lets it go on."""
# Looked up once: naming a member of an enum costs as much as a call.
_ENTER, _EXIT = Action.ENTER, Action.EXIT
_ENTRY, _LEAVE, _FLATTEN = Purpose.ENTRY, Purpose.EXIT, Purpose.FLATTEN
_REGULAR = Phase.REGULAR

Budget = Callable[[int], int]
"""Until when the requests that entries may use are used up, 0 while some are left; UTC ns."""


class RiskGate:
    """Turns intents into orders or refusals; nothing else may create an order.

    `review` never waits, and the caller registers an order with the book before anything else can
    run, so two intents of one instant are judged one after the other. What the gate itself comes
    to ask of modes goes to what was installed as `impose`, always before a wish is judged and
    never after: a rerun meets it at the same place.
    """

    def __init__(
        self,
        limits: Limits,
        sizer: Sizer,
        book: Book,
        market: Market,
        account: str = "",
        rules: BrokerRules | None = None,
    ) -> None:
        self.conditions = Conditions()
        """What stands against orders; the house changes it (core.ports.Gate)."""
        self.overrides = Overrides()
        self._limits = limits
        self._any_hours = limits.hours is Hours.ANY
        self._sizer = sizer
        self._book = book
        self._market = market
        self._account = account
        self._checks = entry_checks(limits)
        self._late_checks = late_checks(limits)
        self._ample = Ample(limits, book)
        self._used = Used()
        self._pace = Pace(limits)
        self._outcomes = Outcomes(limits, book, market, rules)
        self.paced = self._pace.on
        """True where moves of working orders have to be told (core.ports.Gate)."""
        self.asked = AS_USUAL
        self._impose: Impose | None = None
        self._budget: Budget | None = None
        self.audit: Callable[[int], None] | None = None
        """Looks at the account's losses before an entry is judged; None where nobody does."""

    def install(self, impose: Impose) -> None:
        """Ask modes of `impose` from now on."""
        self._impose = impose
        self._outcomes.impose = impose

    def ration(self, budget: Budget) -> None:
        """Take entries only while `budget` says that requests are left for them."""
        self._budget = budget

    def recall(self, orders: Sequence[Order], counted: Counted, now: int) -> None:
        """Go on from an earlier session: its intents are used, and what it did still counts."""
        self._used.recall(orders)
        self._pace.recall(orders, now)
        self._outcomes.recall(orders, counted)

    def learn(self, premises: Premises) -> None:
        """Take over the terms of symbols as their broker tells them."""
        for instrument in premises.instruments:
            self._market.list(instrument)

    def override(self, override: Override, now: int) -> None:
        """Let orders pass a check for a while; BadInput says what no person may override."""
        self.overrides.add(override, now)

    def overridden(self, now: int) -> list[Override]:
        """What a person lets pass at `now`."""
        return self.overrides.standing(now)

    def heard(self, order: Order, fill: Fill | None, now: int) -> None:
        """Take in how an order of the account now stands, the book having it already."""
        if self._outcomes.on:
            self._outcomes.heard(order, fill, now)

    def review(
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int
    ) -> Order | Refused:
        """Judge an ENTER or EXIT caused by the event at `cause`, as of `now` (UTC ns)."""
        if self._pace.accused or self._budget is not None or self.audit is not None:
            self._announce(now)
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

    def moving(self, symbol: str, strategy: str, cause: int, now: int) -> Refused | None:
        """Count a move of a working order, unless it is refused (CHURN)."""
        ts = self._pace.instant(cause, now)
        verdict = self._pace.churn(symbol, ts)
        if verdict is not None and not self.overrides.cover(verdict[0], symbol, strategy, now):
            return Refused(symbol, strategy, cause, *verdict)
        self._pace.moved(symbol, ts)
        return None

    def withdrawn(self, symbol: str, now: int) -> None:
        """Count the cancel of a working order, which is never refused."""
        self._pace.moved(symbol, self._pace.instant(now, now))

    def objection(self, order: Order, now: int) -> str:
        """Why an approved order may not be sent at `now` after all, empty when it may."""
        held = self._book.net(order.symbol)
        late = late_objection((self.conditions, self.overrides), order, held, now)
        if late or order.purpose is not _ENTRY:
            return late
        proposal = approved(order, self.phase(now), now)
        refused = self._object(proposal, self._late_checks)
        return "" if refused is None else f"{refused.code}: {refused.message}"

    def levels(
        self, symbol: str, side: int, stop: float, target: float
    ) -> tuple[Decimal | None, Decimal | None]:
        """Protective levels of a position on `side`, rounded passively to the tick."""
        return levels(self._market.instrument(symbol), side, stop, target)

    def _announce(self, now: int) -> None:
        """Let stand what the gate found out since it was asked last."""
        impose = self._impose
        if impose is None:
            return
        if self.audit is not None:
            self.audit(now)
        for strategy, why in self._pace.accused.items():
            if strategy != MANUAL:
                said = f"{strategy} is disabled until a person re-enables it ({why})"
                scope = strategy_scope(strategy)
                condition = Condition(
                    RUNAWAY, scope, Mode.REDUCE_ONLY, "ORDER_RATE", said, "the gate", now
                )
                impose(condition, now)
        self._pace.accused.clear()
        until = self._budget(now) if self._budget is not None else 0
        if until:
            why = f"until {time_of_day(until)}"
            condition = Condition(
                "api", "", Mode.REDUCE_ONLY, "API_BUDGET", why, "the gate", now, until
            )
            impose(condition, now)

    def _barred(
        self, symbol: str, strategy: str, purpose: Purpose, cause: int, now: int
    ) -> Refused | None:
        """The refusal that the standing conditions give an order of this purpose, if they do."""
        standing = (self.conditions, self.overrides)
        found = objection(standing, symbol, strategy, purpose, now)
        if found is None:
            return None
        message = refusal(found, symbol, strategy, self._book.net(symbol), now)
        return Refused(symbol, strategy, cause, found.code, message)

    def _entry(
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int
    ) -> Order | Refused:
        bad = bad_number(intent, symbol)
        if bad is not None:
            self._pace.faulty(strategy, self._pace.instant(cause, now))
            return Refused(symbol, strategy, cause, "BAD_NUMBER", bad)
        side = 1 if intent.conviction > 0.0 else -1
        used = self._used.before((strategy, symbol, _ENTRY), cause)
        if used is not None:
            return self._used_before(symbol, strategy, _ENTRY, cause, used)
        grid = self._market.instrument(symbol)
        phase = self.phase(now)
        reference, spread = self._reference(symbol, side, phase, now)
        limit = None
        if not isnan(intent.limit):
            limit = grid.price_down(intent.limit) if side > 0 else grid.price_up(intent.limit)
        sign = ONE if side > 0 else -ONE
        proposal = Proposal(
            symbol, strategy, _ENTRY, cause, sign, limit, reference, spread, phase, now
        )
        refused = self._object(proposal, self._checks)
        if refused is not None:
            return refused
        price = nearest(limit) if limit is not None else reference
        bad = wrong_side(side, price, intent, symbol)
        if bad is None and limit is None:
            older = self._market.tapes[symbol].fresh_quote(now, self._limits.quote_age_extended)
            bad = older_quote_objects(older, side, intent, symbol)
        if bad is not None:
            return Refused(symbol, strategy, cause, "BAD_NUMBER", bad)
        quantity = self._size(grid, side, price, intent.stop)
        if isinstance(quantity, Refused):
            return Refused(symbol, strategy, cause, quantity.code, quantity.message)
        return self._paced(proposal, intent, quantity * sign, now)

    def _size(self, grid: Instrument, side: int, price: float, stop: float) -> Decimal | Refused:
        asked = self.asked.quantity
        wanted = (
            self._sizer.quantity(price, stop, self._equity) if asked is None else nearest(asked)
        )
        each = price * nearest(grid.multiplier)
        if self._ample.room(wanted, grid, each):
            quantity = grid.lots(wanted)
            if quantity > 0:
                return quantity
        symbol = grid.symbol
        if not -inf < wanted < inf or not 0.0 < each < inf:
            message = f"Refused: quantity={wanted} is not a valid quantity for {symbol}."
            return Refused(symbol, "", 0, "BAD_NUMBER", message)
        money = exact(price) * grid.multiplier
        space = room(exact(wanted), side, grid, money, self._limits, self._book)
        quantity = grid.lots(float(space.quantity))
        if quantity <= 0:
            return Refused(symbol, "", 0, space.code, space.message)
        if asked is not None and self.asked.whole and quantity < grid.lots(wanted):
            return Refused(symbol, "", 0, space.code, too_much(asked, quantity, symbol))
        return quantity

    def _paced(
        self, proposal: Proposal, intent: Intent, quantity: Decimal, now: int
    ) -> Order | Refused:
        """The order, if what went before it and the broker's rules leave room for it."""
        symbol, strategy, cause = proposal.symbol, proposal.strategy, proposal.cause
        if self._pace.on or self._outcomes.on:
            found = chain(
                self._pace.objections(proposal, quantity), self._outcomes.objections(proposal)
            )
            for verdict in found:
                if not self._covered(verdict, proposal):
                    return Refused(symbol, strategy, cause, *verdict)
        self._used.add((strategy, symbol, _ENTRY), cause, now)
        stop = target = None
        # Venues take no bracket outside regular hours: there the guard keeps these levels.
        if not (isnan(intent.stop) and isnan(intent.target)):
            side = 1 if quantity > 0 else -1
            stop, target = self.levels(symbol, side, intent.stop, intent.target)
        order = entry(
            self._id(strategy, symbol, _ENTRY, cause),
            proposal,
            quantity,
            (stop, target),
            self._limits.entry_seconds,
            at_once=self.asked.at_once,
        )
        if self._pace.on:
            self._pace.sent(order, self._pace.instant(cause, now))
        return order

    def _exit(  # one more than an entry: exits say why they exist
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int, purpose: Purpose
    ) -> Order | Refused:
        held = self._book.held(strategy, symbol).quantity
        free = held + being_closed(strategy, symbol, self._book)
        if not free or (free > 0) != (held > 0):
            message = f"Refused: exit of {held} exceeds free position {free}."
            return Refused(symbol, strategy, cause, "REDUCE_ONLY_QTY", message)
        used = self._used.before((strategy, symbol, purpose), cause)
        if used is not None:
            return self._used_before(symbol, strategy, purpose, cause, used)
        side = -1 if free > 0 else 1
        if self.asked.quantity is not None:
            free = -side * min(abs(free), self.asked.quantity)
        phase = self.phase(now)
        reference, spread = self._reference(symbol, side, phase, now)
        if not isnan(intent.limit) and not LOWEST <= intent.limit < HIGHEST:
            message = not_valid("limit", intent.limit, "price", symbol)
            return Refused(symbol, strategy, cause, "BAD_NUMBER", message)
        if not 0.0 < reference < inf:
            # Better than not at all: what was paid for it, where nothing has been seen of it.
            reference = nearest(self._book.mark(symbol))
        through = self._limits.extended_exit_through if extended(phase) else None
        grid = self._market.instrument(symbol)
        limit = exit_limit(grid, side, intent.limit, reference, through)
        proposal = Proposal(
            symbol, strategy, purpose, cause, -free, limit, reference, spread, phase, now
        )
        refused = self._object(proposal, EXIT_CHECKS) or self._too_often(proposal)
        if refused is not None:
            return refused
        self._used.add((strategy, symbol, purpose), cause, now)
        order = leaving(
            self._id(strategy, symbol, purpose, cause), proposal, self._limits.exit_seconds
        )
        if self._pace.on:
            self._pace.sent(order, self._pace.instant(cause, now))
        return order

    def _too_often(self, proposal: Proposal) -> Refused | None:
        """A strategy that flips one ticker madly is held back; what flattens never is."""
        if not self._pace.on or proposal.purpose is not _LEAVE or proposal.strategy == MANUAL:
            return None
        symbol, strategy, cause = proposal.symbol, proposal.strategy, proposal.cause
        verdict = self._pace.leave(symbol, strategy, self._pace.instant(cause, proposal.now))
        return None if verdict is None else Refused(symbol, strategy, cause, *verdict)

    def _used_before(
        self, symbol: str, strategy: str, purpose: Purpose, cause: int, created: int
    ) -> Refused:
        coid, since = self._id(strategy, symbol, purpose, cause), time_of_day(created)
        message = f"Refused: same intent already used at {since} as {coid}."
        return Refused(symbol, strategy, cause, "DUP_INTENT", message)

    def _object(self, proposal: Proposal, checks: tuple[Check, ...]) -> Refused | None:
        market = self._market
        grounds = Grounds(self._limits, self._book, market.tapes[proposal.symbol], market)
        for check in checks:
            verdict = check(proposal, grounds)
            if verdict is not None and not self._covered(verdict, proposal):
                return Refused(proposal.symbol, proposal.strategy, proposal.cause, *verdict)
        return None

    def _covered(self, verdict: tuple[str, str], proposal: Proposal) -> bool:
        """True when a person lets the order pass what `verdict` says."""
        symbol, strategy = proposal.symbol, proposal.strategy
        return self.overrides.cover(verdict[0], symbol, strategy, proposal.now)

    def phase(self, now: int) -> Phase:
        """The part of the trading day `now` lies in; where any hour will do, always REGULAR."""
        return _REGULAR if self._any_hours else self._market.calendar.phase(now)

    def _reference(
        self, symbol: str, side: int, phase: Phase, now: int
    ) -> tuple[float, float | None]:
        tape = self._market.tapes[symbol]
        limits = self._limits
        age = limits.quote_age_extended if extended(phase) else limits.quote_age_regular
        quote = tape.fresh_quote(now, age)
        if quote is None or quote.bid <= 0.0 or quote.ask <= 0.0:
            return tape.last, None
        return (quote.ask if side > 0 else quote.bid), quote.ask - quote.bid

    def _equity(self) -> float:
        return float(self._book.equity())

    def _id(self, strategy: str, symbol: str, purpose: Purpose, cause: int) -> str:
        return client_order_id(
            intent_key(self._account, strategy, symbol, purpose, cause, 0), cause
        )
