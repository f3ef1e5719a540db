"""The next step that covers one position: what the venue holds, what is withdrawn, what is sent."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

import msgspec

from tradeplat.core.calendar import Phase
from tradeplat.core.cover import GUARDED, beyond, exit_price
from tradeplat.core.excess import covered
from tradeplat.core.ids import other_day
from tradeplat.core.market import SECOND
from tradeplat.core.orders import (
    EXITS,
    LEGS,
    STOPS,
    ZERO,
    Order,
    OrderState,
    OrderType,
    Purpose,
    TimeInForce,
)
from tradeplat.core.ports import Executor, Gate, Recorder, Tracker
from tradeplat.core.tape import Market

GRACE = 3 * SECOND
"""How long the venue's own legs may take to show that they are there, and of the right size."""

EXIT_WAIT = 5 * SECOND
"""How long an exit limit of the guard may rest before the next one goes farther out."""

HEIR_GRACES = 5
"""So many graces may pass until what replaced a leg is known: it stands at the venue meanwhile."""

CHAIN = 10_000
"""Numbers between two ids of the guard: those that follow one are its replacements'."""

DAY_OF_CHAINS = 1_000_000
"""Numbers that the ids of one day may take."""

RECONCILE = "reconcile"
"""The source that speaks while our book was not held against the broker's."""

_AHEAD = 8
_QUOTE_AGE = 10 * SECOND
_SETTLED = frozenset({OrderState.WORKING, OrderState.PARTIAL})
_STOP, _TARGET, _ENTRY = Purpose.STOP, Purpose.TARGET, Purpose.ENTRY
_REGULAR, _CLOSED = Phase.REGULAR, Phase.CLOSED
_FOREVER = 2**63 - 1

Key = tuple[str, str]
"""Strategy and symbol."""


class Premises(Protocol):
    """What covering needs of the house (desk/desk.py)."""

    gate: Gate
    book: Tracker
    market: Market
    recorder: Recorder | None
    guarded: set[str]
    refresh: Callable[[str], None]

    @property
    def executor(self) -> Executor:
        """The way out."""
        ...


class Cover:
    """How one position is protected; times are UTC nanoseconds.

    `since` is when it last became this guard's business, `changed` when one of its orders last
    ended or filled, `resized` when its stops last came to cover another quantity, `covered`;
    `kept` when one was last kept back as too large, `rest` until when nothing has to be looked at,
    `hit` the level that was hit.
    """

    __slots__ = (
        "asked",
        "bracket",
        "changed",
        "count",
        "covered",
        "entry",
        "heir",
        "hit",
        "kept",
        "key",
        "own",
        "refused",
        "resized",
        "rest",
        "side",
        "since",
        "stop",
        "target",
        "tries",
        "wait",
    )

    def __init__(self, key: Key, side: int, entry: str) -> None:
        self.key = key
        self.side = side
        self.entry = entry
        self.stop: Decimal | None = None
        self.target: Decimal | None = None
        self.asked: tuple[Decimal | None, Decimal | None] = (None, None)
        self.bracket = False
        """True while the venue's own legs are awaited: none was heard of yet."""
        self.heir = False
        """True after a leg was replaced, until what replaced it is known."""
        self.since = self.changed = self.resized = self.kept = self.rest = self.wait = 0
        self.covered = ZERO
        self.hit: Purpose | None = None
        self.own = ""
        self.tries = self.refused = self.count = 0


class Covering:
    """Takes one step at a time towards the cover that a position should have.

    `dropped` is told of a cover that has nothing left to protect.
    """

    def __init__(self, house: Premises, dropped: Callable[[Cover, int], None]) -> None:
        self._house = house
        self._dropped = dropped
        self.grace = GRACE
        """In market nanoseconds; longer where the market's clock runs fast."""

    def orders(self, key: Key) -> list[Order]:
        """The open orders of one strategy in one symbol, oldest first."""
        strategy, symbol = key
        return [
            order
            for order in self._house.book.open_orders.values()
            if order.symbol == symbol and order.strategy == strategy
        ]

    def step(self, cover: Cover, now: int) -> None:
        """Do what `cover` needs next, as of `now` (UTC ns)."""
        held = self._house.book.held(*cover.key).quantity
        orders = self.orders(cover.key)
        if held * cover.side <= 0:
            self._withdraw(cover, orders, now)
            return
        exits = [order for order in orders if order.purpose in EXITS]
        if exits:
            self._overtake(cover, exits)
            return
        own = next((order for order in orders if _leaves(order, cover)), None)
        if own is not None:
            if abs(own.leaves) > abs(held):
                self._house.executor.cancel(own.id)
            return
        if now < cover.wait:
            return
        if cover.hit is not None:
            self._leave(cover, held, orders, now)
        elif self._house.gate.phase(now) is _REGULAR and not self._unsure():
            self._at_venue(cover, held, orders, now)

    def _unsure(self) -> bool:
        """True while the account was not held against the broker's: it may have stops of ours that
        nobody here knows of.
        """
        return self._house.gate.conditions.asked(RECONCILE) is not None

    def move(self, cover: Cover, parent: str, stop: Decimal | None, target: Decimal | None) -> None:
        """Let the venue move the legs of `parent` that it has, or will have."""
        legs = {o.purpose for o in self.orders(cover.key) if o.parent == parent}
        awaited = parent == cover.entry and not legs
        old_stop, old_target = cover.asked
        stop = stop if _STOP in legs or (awaited and old_stop is not None) else None
        target = target if _TARGET in legs or (awaited and old_target is not None) else None
        if stop is not None or target is not None:
            cover.asked = (
                old_stop if stop is None else stop,
                old_target if target is None else target,
            )
            self._house.executor.protect(parent, stop, target)

    def _withdraw(self, cover: Cover, orders: list[Order], now: int) -> None:
        """Nothing is held: what protected it goes, unless more of the entry may still fill."""
        if any(order.purpose is _ENTRY and order.side == cover.side for order in orders):
            return
        legs = [order for order in orders if order.purpose in LEGS]
        for order in legs:
            self._house.executor.cancel(order.id)
        if not legs:
            self._dropped(cover, now)

    def _overtake(self, cover: Cover, exits: list[Order]) -> None:
        """A stop that was hit does not wait for an exit that rests on the winning side of it."""
        if cover.hit is not _STOP or cover.stop is None:
            return
        for order in exits:
            if order.limit is not None and cover.side * (order.limit - cover.stop) > 0:
                self._house.executor.cancel(order.id)

    def _at_venue(self, cover: Cover, held: Decimal, orders: list[Order], now: int) -> None:
        """In regular hours the venue holds a stop for all that is held, at the level wanted."""
        stops = [o for o in orders if o.purpose is _STOP and o.type in STOPS]
        targets = [o for o in orders if o.purpose is _TARGET]
        self._align(cover, stops, targets)
        lacking = abs(held) - covered(*cover.key, self._house.book)
        if cover.stop is None:
            cover.rest = self._boundary(now) if targets else 0
            return
        if not lacking:
            # Orders that end or fill wake it; so does a level that is armed beside the stop.
            if cover.target is None or targets:
                cover.rest = self._boundary(now)
            return
        patience = self.grace * (HEIR_GRACES if cover.heir else 1)
        # A leg of another size, or one in the place of another, tells of what is heard next.
        told = max(cover.changed, cover.resized)
        if (stops or cover.bracket or cover.heir) and now - told < patience:
            return
        entering = any(order.purpose is _ENTRY for order in orders)
        if lacking < 0:
            for order in [] if entering else stops:
                self._house.executor.cancel(order.id)
            return
        if targets and not stops:
            # They claim the shares that the stop needs; from now on the target is ours to watch.
            for order in targets:
                self._house.executor.cancel(order.id)
            return
        if entering and stops:
            return
        if beyond(cover.side, cover.stop, self._reference(cover, now)):
            cover.hit, cover.tries = _STOP, 0
            self._leave(cover, held, orders, now)
            return
        size = -lacking * cover.side
        order = self._order(cover, _STOP, size, now)
        self._send(cover, msgspec.structs.replace(order, stop=cover.stop))

    def _align(self, cover: Cover, stops: list[Order], targets: list[Order]) -> None:
        """Move legs that came into being after their level was changed; once for each level."""
        stop, target = cover.asked
        for leg, level, asked in [(o, cover.stop, stop) for o in stops] + [
            (o, cover.target, target) for o in targets
        ]:
            told = leg.stop if leg.purpose is _STOP else leg.limit
            if level is None or level in (told, asked) or leg.state not in _SETTLED:
                continue
            one, other = (level, None) if leg.purpose is _STOP else (None, level)
            self.move(cover, leg.parent, one, other)

    def _leave(self, cover: Cover, held: Decimal, orders: list[Order], now: int) -> None:
        """A level was hit: clear the way, then close what is held."""
        _, symbol = cover.key
        blockers = [o for o in orders if o.purpose in LEGS or o.purpose is _ENTRY]
        for order in blockers:
            self._house.executor.cancel(order.id)
        phase = self._house.gate.phase(now)
        if blockers or phase is _CLOSED or self._house.market.tapes[symbol].stopped:
            return
        regular = phase is _REGULAR
        hit = _STOP if cover.hit is None else cover.hit
        limit = cover.target if hit is _TARGET else None
        if limit is None and not regular:
            limit = self._farther(cover, now)
        order = self._order(cover, hit, -held, now)
        cover.own = order.id
        self._send(
            cover,
            msgspec.structs.replace(
                order,
                type=OrderType.MARKET if limit is None else OrderType.LIMIT,
                limit=limit,
                extended=not regular,
                expires=0 if limit is None else now + EXIT_WAIT,
            ),
        )

    def _farther(self, cover: Cover, now: int) -> Decimal:
        """A limit through the market, farther with each try that did not fill."""
        grid = self._house.market.instrument(cover.key[1])
        reference = self._reference(cover, now) or float(cover.stop or 0)
        price = exit_price(cover.side, reference, cover.tries)
        return grid.price_down(price) if cover.side > 0 else grid.price_up(price)

    def _reference(self, cover: Cover, now: int) -> float:
        """What the position would fetch: the side of a fresh quote that takes it, else the last
        price; 0.0 where nothing is known.
        """
        tape = self._house.market.tapes[cover.key[1]]
        quote = tape.fresh_quote(now, _QUOTE_AGE)
        if quote is not None and 0.0 < quote.bid <= quote.ask:
            return quote.bid if cover.side > 0 else quote.ask
        return tape.last

    def _order(self, cover: Cover, purpose: Purpose, quantity: Decimal, now: int) -> Order:
        """A stop at the level wanted, with the next free id of its entry's legs.

        Legs of an entry of an earlier day, of which nobody here may know, are numbered by the date.
        """
        strategy, symbol = cover.key
        stem = f"{cover.entry}-{'sl' if purpose is _STOP else 'tp'}-"
        cover.count = max(cover.count, other_day(cover.entry, now) * DAY_OF_CHAINS) + CHAIN
        while self._given(stem, cover.count):
            cover.count += CHAIN
        return Order(
            f"{stem}{cover.count}",
            symbol,
            strategy,
            quantity,
            OrderType.STOP,
            purpose,
            now,
            now,
            tif=TimeInForce.DAY,
            parent=cover.entry,
        )

    def _given(self, stem: str, count: int) -> bool:
        """True when this id, or one of those after it, was given: an earlier process may have
        given up one in between before it was written down.
        """
        order = self._house.book.order
        return any(order(f"{stem}{count + n * CHAIN}") is not None for n in range(_AHEAD))

    def _send(self, cover: Cover, order: Order) -> None:
        """Register, record and hand over, unless a condition forbids it for now."""
        house, now = self._house, order.created
        if house.gate.objection(order, now):
            cover.wait = now + SECOND
            return
        house.book.register(order)
        if house.recorder is not None:
            house.recorder.note(now, GUARDED, {"order": msgspec.to_builtins(order)})
        house.executor.accept(order)

    def _boundary(self, now: int) -> int:
        """The next instant at which the day changes its part."""
        session = self._house.market.calendar.upcoming(now)
        if session is None:
            return _FOREVER
        return next((ts for ts in session[1:] if ts > now), session.post_close + 1)


def _leaves(order: Order, cover: Cover) -> bool:
    """True for an exit of the guard on its way: this process's own, or one that an earlier process
    has sent, of which nobody may know yet whether it arrived.
    """
    return order.id == cover.own or (order.purpose is _STOP and order.type not in STOPS)
