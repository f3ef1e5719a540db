"""The way out that always works: kill stops everything, flatten closes everything."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple, TypeVar

import structlog

from tradeplat.core.calendar import Phase
from tradeplat.core.closing import Flattened, Means, Pace
from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.errors import TradeplatError
from tradeplat.core.flattening import Flattening
from tradeplat.core.ids import flatten_id, is_flatten
from tradeplat.core.orders import EXTERNAL, ZERO, Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.ports import Clock, Tracker
from tradeplat.execution.closing_venue import BrokerVenue, ClosingBroker
from tradeplat.execution.results import Results
from tradeplat.execution.standing import LIFECYCLE, UNEXPLAINED, AccountFloor
from tradeplat.execution.timings import Alarm, OrderJournal

log = structlog.get_logger()

OPERATOR = "operator"
"""Source of the condition KILLED."""
FLATTEN = "flatten"
"""Source of the condition that keeps everything else out while something is being closed."""
_LIFTED = frozenset({OPERATOR, FLATTEN, "watchdog", UNEXPLAINED, LIFECYCLE})
"""Sources that never lift what they imposed: a person does."""
RISK = "risk:"
"""How the sources of conditions begin that the account's own limits led to."""
COMMIT = 0.2
"""Seconds that a closing order or a mode waits for the journal, which it never depends on."""
SWEEP = 0.3
"""Seconds within which the venue has to take the cancel of everything in one request."""
PURSUE = 1.0
"""Seconds after which orders that were to be withdrawn are pursued one by one."""

T = TypeVar("T")
Wants = Callable[[str], bool]


def _may_act() -> str:
    """Nothing bars us from the account."""
    return ""


class Switches(NamedTuple):
    """What the kill switch leans on besides broker and book.

    `withdraw` lets the executor give up the orders of the symbols it is asked about and pursue,
    that many seconds later, those which are still open. `fallback` keeps a line when the journal
    does not. `epoch` is this process's turn at the account.
    """

    journal: OrderJournal
    alarm: Alarm
    clock: Clock
    withdraw: Callable[[Wants, float], None]
    standing: Callable[[], Collection[Condition]]
    phase: Callable[[], Phase]
    halted: Callable[[str], bool]
    fallback: Callable[[str], None]
    epoch: Callable[[], int]
    barred: Callable[[], str] = _may_act
    """Why this process may not touch the account at all, empty when it may."""


class Killer:
    """Stops all trading (`kill`), closes positions (`flatten`), and lets trading go on (`resume`).

    `trip` is the switch itself: it never waits, and from the moment it returns no order leaves but
    those that close. Everything else is done by `bodies`, which have to run under supervision.
    A flatten goes on until nothing is held, whoever asked for it; symbols may join while it runs.
    Who asked hears after `Pace.bound` how far it has come; what no time would close (a halt, a
    closed market) is told and left. Only `resume` lifts KILLED, and ends a flatten that goes on.
    """

    def __init__(
        self,
        broker: ClosingBroker,
        results: Results,
        floor: AccountFloor,
        book: Tracker,
        switches: Switches,
        pace: Pace = Pace(),
    ) -> None:
        self._broker = broker
        self._results = results
        self._floor = floor
        self._book = book
        self._clock = switches.clock
        self._switches = switches
        self._pace = pace
        self._venue = BrokerVenue(broker, results, self._committed)
        self._tripped: deque[tuple[Condition, asyncio.Event]] = deque()
        self._killing = asyncio.Event()
        self._wake = asyncio.Event()
        self._wanted: dict[str, str] = {}
        self._waiting: list[tuple[frozenset[str], asyncio.Future[Flattened]]] = []
        self._kept_flat = False
        self._lingering: set[str] = set()
        self._numbers: dict[str, int] = {}
        self.killed = False
        """The flag: set before anything else happens."""
        self.last: Flattened | None = None
        """How the last flatten ended."""
        results.listen(self._heard)

    def bodies(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """Everything to be supervised, by name."""
        return {"killer": self.run_kills, "flattener": self.run_flattens}

    @property
    def idle(self) -> bool:
        """True when nothing is being withdrawn or closed."""
        return not self._tripped and not self._wanted

    def objection(self, order: Order) -> str:
        """Why `order` may not leave, empty when nothing here forbids it."""
        return "KILLED: trading was killed" if self.killed and not _closes(order) else ""

    def trip(self, who: str, why: str, *, flatten: bool = False) -> asyncio.Event:
        """Kill, and close everything if told to; the event is set once all cancels were asked."""
        self.killed = True
        now = self._clock.now()
        condition = Condition(OPERATOR, ACCOUNT, Mode.KILLED, "KILLED", why, who, now)
        asked = asyncio.Event()
        self._tripped.append((condition, asked))
        self._killing.set()
        if flatten:
            self._kept_flat = True
            self._want(ACCOUNT, who)
        self._floor.on_condition(condition, now)
        self._switches.withdraw(_everything, PURSUE)
        return asked

    async def kill(self, who: str, why: str) -> str:
        """Stop everything and withdraw every order; returns what that leaves, for a person."""
        await self.trip(who, why).wait()
        held = self._held()
        left = f"; still held: {', '.join(held)}" if held else ""
        return f"killed by {who}: {why}{left}"

    async def flatten(self, symbols: Collection[str] | None, who: str, why: str) -> Flattened:
        """Close `symbols`, or with None everything, and return how that ended."""
        ended: asyncio.Future[Flattened] = asyncio.get_running_loop().create_future()
        scopes = frozenset([ACCOUNT] if symbols is None else symbols)
        if not scopes:
            return Flattened()
        self._waiting.append((scopes, ended))
        for scope in sorted(scopes):
            self._want(scope, who, why)
        self._wake.set()
        return await ended

    async def resume(self, who: str, why: str) -> str:
        """A person lets trading go on: lifts KILLED, what a flatten left blocked, what nobody
        could explain, and every halt and pause that the account's own limits led to, but not the
        first limit of a day's loss, which ends with the day. Says what was lifted.
        """
        now = self._clock.now()
        self.killed = self._kept_flat = False
        self._lingering.clear()
        lifts = [
            Condition(standing.source, standing.scope, Mode.NORMAL, who=who, why=why, ts=now)
            for standing in self._switches.standing()
            if _waits_for_a_person(standing)
        ]
        # All at once: what somebody stops while the journal is waited for is not lifted with it.
        lifted = [
            f"{lift.source} {lift.scope}".strip()
            for lift in lifts
            if self._floor.on_condition(lift, now)
        ]
        for lift in lifts:
            if self.killed:
                break
            await self._kept(self._switches.journal.mode(lift), f"MODE NORMAL by {who}: {why}")
        self._switches.alarm("RESUMED", f"{who}: {why or 'no reason given'}")
        return f"resumed by {who}; lifted {', '.join(lifted)}" if lifted else "nothing was stopped"

    async def run_kills(self) -> None:
        """Carry out what was tripped, for ever."""
        while True:
            while self._tripped:
                condition, asked = self._tripped[0]
                words = f"{condition.who}: {condition.why}"
                await self._kept(self._switches.journal.mode(condition), f"MODE KILLED {words}")
                self._switches.alarm("KILLED", words)
                await self._withdraw_all()
                asked.set()
                self._tripped.popleft()
            self._killing.clear()
            await self._killing.wait()

    async def run_flattens(self) -> None:
        """Close what is wanted, for ever."""
        while True:
            if not self._wanted:
                self._wake.clear()
                await self._wake.wait()
                continue
            self._switches.withdraw(self._wants, PURSUE)
            wanted = frozenset(self._wanted)
            ended = self.last = await self._flattened()
            self._cross()
            self._switches.alarm("FLAT" if ended.flat else "NOT_FLAT", ended.words())
            for scope in wanted - self._unfinished(ended):
                del self._wanted[scope]
            if ended.flat:
                self._lingering |= wanted
                self._lift()
            for scopes, waiter in self._waiting:
                if scopes <= wanted and not waiter.done():
                    waiter.set_result(ended)
            self._waiting = [one for one in self._waiting if not one[1].done()]

    def _unfinished(self, ended: Flattened) -> frozenset[str]:
        """What only more time will close, and nobody has let go on meanwhile."""
        if ended.flat or ended.seconds < self._pace.bound:
            return frozenset()
        return frozenset(c.scope for c in self._switches.standing() if c.source == FLATTEN)

    async def _flattened(self) -> Flattened:
        means = Means(
            asyncio.get_running_loop().time,
            asyncio.sleep,
            _side_by_side,
            self._clock.now,
            self._switches.phase,
            self._number,
            self._split,
            self._switches.halted,
            self._switches.alarm,
            partial(self._counted, self._foreign()),
        )
        why = self._switches.barred()
        if not why:
            try:
                return await Flattening(self._venue, means, self._wants, self._pace).run()
            except TradeplatError as error:
                why = f"the broker refuses: {error}"
        return Flattened(tuple(self._net().items()) or (("?", ZERO),), why=why)

    async def _withdraw_all(self) -> None:
        """Ask for the cancel of everything: in one request, and of each order that it missed."""
        if why := self._switches.barred():
            self._switches.alarm("CANCELS_REFUSED", why)
            return
        try:
            async with asyncio.timeout(SWEEP):
                await self._broker.cancel_all()
                missed = await self._venue.unasked()
        except (TradeplatError, TimeoutError) as error:
            log.warning("cancel_all_failed", error=repr(error))
            missed = self._venue.known(self._book.open_orders.values())
        try:
            await self._venue.withdraw(missed)
        except TradeplatError as error:
            # Pursued by the executor from now on.
            self._switches.alarm("CANCELS_REFUSED", str(error))

    def _want(self, symbol: str, who: str, why: str = "closing") -> None:
        self._wanted[symbol] = who
        now = self._clock.now()
        block = Condition(FLATTEN, symbol, Mode.CANCEL_ONLY, "MODE", why, who, now)
        self._floor.on_condition(block, now)
        self._wake.set()

    def _wants(self, symbol: str) -> bool:
        return ACCOUNT in self._wanted or symbol in self._wanted

    def _lift(self) -> None:
        """Let be traded again what is flat, unless an order there may still come to life."""
        alive = {o.symbol for o in self._book.open_orders.values() if not is_flatten(o.id)}
        now = self._clock.now()
        for scope in sorted(self._lingering):
            if not (scope in alive or (scope == ACCOUNT and alive)):
                self._lingering.discard(scope)
                self._floor.on_condition(Condition(FLATTEN, scope, Mode.NORMAL), now)

    def _heard(self, order: Order) -> None:
        """What fills when all was flat, or is taken back to the last share, is closed as well.

        Where the shares were closed already, as nobody's, that only settles whose they were.
        """
        if self._wanted or not (self._kept_flat or self._lingering):
            return
        kept = self._kept_flat or bool({ACCOUNT, order.symbol} & self._lingering)
        if kept and not is_flatten(order.id) and self._holds(order.symbol):
            self._want(order.symbol, OPERATOR, "filled after all was closed")
        elif not order.open:
            self._lift()

    def _number(self, symbol: str) -> str:
        number = self._numbers[symbol] = self._numbers.get(symbol, 0) + 1
        return flatten_id(str(self._switches.epoch()), symbol, number)

    def _split(self, symbol: str, quantity: Decimal) -> list[tuple[str, Decimal]]:
        """Whose position an order for `quantity` closes; what nobody here holds is external."""
        parts: list[tuple[str, Decimal]] = []
        left = quantity
        for (strategy, held_symbol), held in self._book.holdings.items():
            if held_symbol == symbol and left and held.quantity * quantity < 0:
                size = min(abs(held.quantity), abs(left)).copy_sign(quantity)
                parts.append((strategy, size))
                left -= size
        if left:
            parts.append((EXTERNAL, left))
        return parts

    def _cross(self) -> None:
        """Where the account is flat and strategies still hold against each other, let them trade
        with each other at the last price: no order is needed for that.
        """
        net = self._net()
        for (strategy, symbol), held in list(self._book.holdings.items()):
            if not held.quantity or net.get(symbol) or not self._wants(symbol):
                continue
            now, price = self._clock.now(), self._book.mark(symbol)
            order = _crossing(self._number(symbol), symbol, strategy, -held.quantity, now)
            self._results.report_now(_registering(order))
            size = abs(held.quantity)
            done = Report(order.id, symbol, OrderState.FILLED, now, size, price, reason="crossed")
            self._results.report_now(done)

    def _holds(self, symbol: str) -> bool:
        """True while anybody holds `symbol`, be it only against somebody else."""
        book = self._book.holdings.items()
        return any(held.quantity for (_, name), held in book if name == symbol)

    def _net(self) -> dict[str, Decimal]:
        net: dict[str, Decimal] = {}
        for (_, symbol), held in self._book.holdings.items():
            net[symbol] = net.get(symbol, ZERO) + held.quantity
        return {symbol: quantity for symbol, quantity in net.items() if quantity}

    def _foreign(self) -> dict[str, Decimal]:
        """Shares that no strategy of ours holds, by symbol."""
        book = self._book.holdings.items()
        return {symbol: held.quantity for (name, symbol), held in book if name == EXTERNAL}

    def _counted(self, before: Mapping[str, Decimal]) -> list[str]:
        """Symbols of which something is held by our own count. Closing what nobody here holds makes
        strangers' shares of the other sign: only what was there `before` counts of theirs.
        """
        now = self._foreign()
        return [
            symbol
            for symbol, net in self._net().items()
            if net * (net - now.get(symbol, ZERO)) > 0 or net * before.get(symbol, ZERO) > 0
        ]

    def _held(self) -> list[str]:
        return [f"{symbol} {quantity:+f}" for symbol, quantity in sorted(self._net().items())]

    async def _committed(self, order: Order) -> None:
        """Register a closing order and let the journal keep it, if it can."""
        self._floor.on_report(_registering(order), self._clock.now())
        line = f"{order.id} {order.symbol} {order.quantity:+f} {order.type} {order.limit or ''}"
        await self._kept(self._switches.journal.intent(order), line)

    async def _kept(self, commit: Awaitable[None], line: str) -> None:
        """Wait a moment for the journal; a line goes to the fallback where it does not keep up."""
        try:
            await asyncio.wait_for(asyncio.shield(commit), COMMIT)
        except (TradeplatError, TimeoutError, OSError) as error:
            self._switches.fallback(f"{line} (journal: {error!r})")


def _crossing(order_id: str, symbol: str, strategy: str, quantity: Decimal, now: int) -> Order:
    return Order(order_id, symbol, strategy, quantity, OrderType.MARKET, Purpose.FLATTEN, now, now)


def _registering(order: Order) -> Report:
    """The report by which a book, and a rerun of the record, hears of an order of ours."""
    return Report(order.id, order.symbol, OrderState.INTENT, order.created, order=order)


def _closes(order: Order) -> bool:
    return order.purpose is Purpose.FLATTEN


def _everything(symbol: str) -> bool:
    return True


async def _side_by_side(jobs: Sequence[Awaitable[T]]) -> Sequence[T]:
    return await asyncio.gather(*jobs)


def _waits_for_a_person(condition: Condition) -> bool:
    """True for what `resume` lifts."""
    of_the_day = condition.code == "DAILY_LOSS" and condition.mode is Mode.REDUCE_ONLY
    source = condition.source
    return source in _LIFTED or (source.startswith(RISK) and not of_the_day)
