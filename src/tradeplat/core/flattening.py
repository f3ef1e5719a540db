"""How positions are closed for certain: withdraw, wait, close what is free, look twice.

The procedure leans on a broker's requests alone and on what is handed in (core/closing.py): the
daemon and the guardian both run it, each with its own way to the broker.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import TypeVar

from tradeplat.core.calendar import Phase
from tradeplat.core.closing import ClosingVenue, Flattened, Means, Pace, Placed, Stood, Working
from tradeplat.core.errors import Throttled, Transient
from tradeplat.core.exact import nearest
from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import ZERO, Order, OrderType, Purpose
from tradeplat.core.ports import Held

_ONE = Decimal(1)
T = TypeVar("T")


class _Late(Exception):
    """Raised inside when the bound is over."""


class Flattening:
    """One flatten; `wants` is asked anew at every step, so more symbols may join while it runs.

    A new order for a symbol goes out only when the one before can fill no more, and only for what
    the broker says is free: it can shrink a position and never turn it.
    """

    def __init__(
        self,
        venue: ClosingVenue,
        means: Means,
        wants: Callable[[str], bool],
        pace: Pace = Pace(),
    ) -> None:
        self._venue = venue
        self._means = means
        self._wants = wants
        self._pace = pace
        self._deadline = 0.0
        self._orders = 0
        self._tries: dict[str, int] = {}
        self._vain: dict[str, int] = {}
        self._whole: set[str] = set()
        self._resting: dict[str, list[str]] = {}
        self._stuck: set[str] = set()
        self._swept = False
        self._asked_broker = False
        self._left: dict[str, Decimal] = {}
        self._why = ""
        self._doubted_at: float | None = None

    async def run(self) -> Flattened:
        """Close all that is wanted; returns after `bound` seconds in any case.

        Only Transient is outlived: Denied (the broker refuses the account itself) is raised.
        """
        began = self._means.time()
        self._deadline = began + self._pace.bound
        try:
            over = False
            while not over:
                over = await self._over_with()
        except _Late:
            self._say("FLATTEN_LATE", f"not flat after {self._pace.bound:g} s")
            self._left = self._left or {"?": ZERO}
        took = self._means.time() - began
        halted = tuple(sorted(self._resting.keys() & self._left.keys()))
        left = tuple(sorted(self._left.items()))
        return Flattened(left, halted, self._orders, took, self._why)

    async def _over_with(self) -> bool:
        """Withdraw, close, look: one round. True when it is done, or no more can be done."""
        await self._clear()
        before = await self._held()
        if not before:
            await self._means.sleep(self._pace.confirm)
            return not await self._held() and not self._doubted()
        if self._means.phase() is Phase.CLOSED:
            self._say("MARKET_CLOSED", "the market is closed: nothing can be closed now")
            return True
        filled = await self._close(before)
        after = await self._held_after(before, filled)
        for symbol, held in after.items():
            shrank = symbol in before and abs(held.quantity) < abs(before[symbol].quantity)
            self._vain[symbol] = 0 if shrank else self._vain.get(symbol, 0) + 1
        if after and (self._resting.keys() | self._stuck).issuperset(after):
            return True
        await self._ask_broker(after)
        return False

    def _doubted(self) -> bool:
        """True while our own count holds what the broker shows nothing of, for a while: its
        positions may lag behind the fills, and flat is only what stays closed.
        """
        if not any(self._wants(symbol) for symbol in self._means.believed()):
            return False
        if self._doubted_at is None:
            self._doubted_at = self._means.time()
        return self._means.time() - self._doubted_at < self._pace.doubt

    async def _clear(self) -> None:
        """Withdraw every wanted order but resting ones of ours, until none of them is open."""
        asked: dict[str, float] = {}
        began = self._means.time()
        for look in self._looks():
            working = await self._try(self._venue.working)
            orders = [order for order in working if self._in_the_way(order)]
            if not orders:
                return
            if not self._swept and len(orders) == len(working):
                # One request for all of them; what it missed is asked for one by one.
                self._swept = True
                asked = {order.id: self._means.time() for order in orders}
                await self._try(self._venue.withdraw_all)
            await self._withdraw([order for order in orders if self._due(asked, order.id)])
            if self._means.time() - began >= self._pace.settle:
                began = self._means.time()
                ids = ", ".join(sorted(order.id for order in orders))
                self._say("CANCEL_STUCK", f"cancels are not confirmed: {ids}")
            await self._means.sleep(look)

    def _in_the_way(self, order: Working) -> bool:
        return self._wants(order.symbol) and order.id not in self._resting.get(order.symbol, ())

    def _due(self, asked: dict[str, float], order_id: str) -> bool:
        """True when the cancel of `order_id` has to be asked for, the first time or again."""
        now = self._means.time()
        if now - asked.get(order_id, now - self._pace.settle) < self._pace.settle:
            return False
        asked[order_id] = now
        return True

    async def _withdraw(self, orders: Sequence[Working]) -> None:
        if orders:
            await self._try(partial(self._venue.withdraw, orders))

    async def _close(self, positions: Mapping[str, Held]) -> dict[str, Decimal]:
        """One attempt for each symbol; returns when none of its orders can fill any more, with what
        filled of each symbol.
        """
        orders = [order for held in positions.values() for order in self._closing(held)]
        self._orders += len(orders)
        placed = await self._means.all_at([self._place(order) for order in orders])
        filled = {order.id: stood.filled for order, stood in zip(orders, placed, strict=True)}
        pending = set()
        for order, stood in zip(orders, placed, strict=True):
            if stood.became is Placed.OVER:
                # Refused or filled, the next look tells.
                self._resting.pop(order.symbol, None)
                if order.quantity % 1:
                    self._whole.add(order.symbol)
            elif order.symbol not in self._resting:
                pending.add(order.id)
        at_market = {order.id for order in orders if order.limit is None}
        await self._watch(pending, filled, at_market)
        done: dict[str, Decimal] = {}
        for order in orders:
            done[order.symbol] = done.get(order.symbol, ZERO) + filled[order.id]
        return done

    async def _place(self, order: Order) -> Stood:
        """Place `order` under its one id until it is known what became of it."""
        stood = Stood(Placed.DOUBT)
        with suppress(_Late):  # out of time: how it stood last is the answer
            for look in self._looks():
                stood = await self._try(partial(self._venue.place, order))
                if stood.became is not Placed.DOUBT:
                    break
                await self._means.sleep(look)
        return stood

    async def _watch(
        self, pending: set[str], filled: dict[str, Decimal], at_market: set[str]
    ) -> None:
        """Wait until `pending` are over; one that fills nothing for too long is withdrawn."""
        since = self._means.time()
        asked: dict[str, float] = {}
        for look in self._looks():
            if not pending:
                return
            await self._means.sleep(look)
            listed = {order.id: order for order in await self._try(self._venue.working)}
            for order_id in sorted(pending):
                if order_id not in listed:
                    stood = await self._try(partial(self._venue.stands, order_id))
                    filled[order_id] = max(filled[order_id], stood.filled)
                    if stood.became is Placed.OVER:
                        pending.discard(order_id)
                elif listed[order_id].filled > filled[order_id]:
                    filled[order_id] = listed[order_id].filled
                    since = self._means.time()
            waited = self._means.time() - since
            pace = self._pace
            due = [
                listed[i]
                for i in sorted(pending & listed.keys())
                if waited >= (pace.market if i in at_market else pace.patience)
                and self._due(asked, i)
            ]
            await self._withdraw(due)

    def _closing(self, held: Held) -> list[Order]:
        """The orders that close what is free of one position, one for each of its owners."""
        symbol = held.symbol
        regular = self._means.phase() is Phase.REGULAR
        halted = self._means.halted(symbol)
        size = min(abs(held.free), abs(held.quantity))
        if symbol in self._whole and not regular:
            # Parts of a share trade in regular hours only.
            size = size.to_integral_value(ROUND_DOWN)
            if not size:
                self._stuck.add(symbol)
                self._say("FRACTION", f"{symbol}: {held.quantity:+f} can be closed at the open")
        if not size or symbol in self._resting:
            return []
        tried = self._tries[symbol] = self._tries.get(symbol, 0) + 1
        side = -1 if held.quantity > 0 else 1
        limit = None if regular and not halted else self._limit(held, side, tried)
        now = self._means.now()
        orders = [
            Order(
                self._means.number(symbol),
                symbol,
                strategy,
                part,
                OrderType.MARKET if limit is None else OrderType.LIMIT,
                Purpose.FLATTEN,
                now,
                now,
                limit=limit,
                extended=not regular,
            )
            for strategy, part in self._means.split(symbol, size * side)
        ]
        if halted:
            self._resting[symbol] = [order.id for order in orders]
            self._say("HALTED", f"{symbol} is halted: {held.quantity:+f} rest at {limit}")
        return orders

    def _limit(self, held: Held, side: int, tried: int) -> Decimal:
        """A price through the market, further on each attempt."""
        through = self._pace.through[min(tried, len(self._pace.through)) - 1]
        price = held.price if held.price is not None and held.price > 0 else held.average
        wanted = nearest(price * (_ONE + side * through))
        grid = Instrument(held.symbol)
        return grid.price_up(wanted) if side > 0 else grid.price_down(wanted)

    async def _ask_broker(self, held: Mapping[str, Held]) -> None:
        """After attempts in vain let the broker close everything, once, if everything is wanted."""
        vain = any(self._vain.get(symbol, 0) >= self._pace.attempts for symbol in held)
        if not vain or self._asked_broker or self._resting.keys() & held.keys():
            return
        everything = await self._try(self._venue.held)
        if not all(self._wants(held.symbol) for held in everything):
            return
        self._asked_broker = True
        self._say("CLOSE_ALL", f"{self._pace.attempts} attempts in vain: the broker closes all")
        await self._try(self._venue.close_all)
        began = self._means.time()
        for look in self._looks():
            if not await self._held() or self._means.time() - began >= self._pace.patience:
                return
            await self._means.sleep(look)

    async def _held(self) -> dict[str, Held]:
        """What the broker says is held of the wanted symbols."""
        rows = await self._try(self._venue.held)
        found = {row.symbol: row for row in rows if row.quantity and self._wants(row.symbol)}
        self._left = {symbol: held.quantity for symbol, held in found.items()}
        return found

    async def _held_after(
        self, before: Mapping[str, Held], filled: Mapping[str, Decimal]
    ) -> dict[str, Held]:
        """What is held once positions show what filled: they may lag behind the orders."""
        began = self._means.time()
        after = await self._held()
        for look in self._looks():
            waited = self._means.time() - began
            if all(_shows(after.get(s), held, filled.get(s, ZERO)) for s, held in before.items()):
                # Where nothing filled, a moment is left before the next attempt.
                if any(filled.values()) or waited >= self._pace.confirm:
                    return after
            elif waited >= self._pace.settle:
                return after
            await self._means.sleep(look)
            after = await self._held()
        return after

    async def _try(self, request: Callable[[], Awaitable[T]]) -> T:
        """Make a request until it is answered, or the bound is over."""
        for look in self._looks():
            try:
                return await request()
            except Throttled as error:
                await self._means.sleep(min(error.wait, self._pace.settle))
            except Transient:
                await self._means.sleep(look)
        raise _Late

    def _looks(self) -> "_Looks":
        return _Looks(self._pace.looks, self._means.time, self._deadline)

    def _say(self, code: str, line: str) -> None:
        self._why = line
        self._means.tell(code, line)


def _shows(after: Held | None, before: Held, filled: Decimal) -> bool:
    """True when a position is no larger than it can be after `filled` of it was closed."""
    return after is None or abs(after.quantity) <= abs(before.quantity) - filled


class _Looks:
    """Waits between looks, ever longer, until the deadline; then raises."""

    def __init__(self, waits: Sequence[float], time: Callable[[], float], deadline: float) -> None:
        self._waits = waits
        self._time = time
        self._deadline = deadline
        self._count = 0

    def __iter__(self) -> "_Looks":
        return self

    def __next__(self) -> float:
        if self._time() >= self._deadline:
            raise _Late
        wait = self._waits[min(self._count, len(self._waits) - 1)]
        self._count += 1
        return wait
