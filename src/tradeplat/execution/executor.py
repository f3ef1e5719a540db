"""Carries out approved orders: sends, withdraws at the deadline, clears the way for exits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from functools import partial
from heapq import heappop, heappush

from msgspec.structs import replace

from tradeplat.core.excess import excess
from tradeplat.core.ids import is_flatten
from tradeplat.core.orders import EXITS, EXTERNAL, LEGS, Order, OrderState, Purpose
from tradeplat.core.ports import Clock, Tracker
from tradeplat.execution import reconcile
from tradeplat.execution.account import AccountWatch
from tradeplat.execution.brokers.alpaca_names import next_id
from tradeplat.execution.cancels import Cancels
from tradeplat.execution.doubts import Doubts
from tradeplat.execution.errands import Errands
from tradeplat.execution.outbox import Outbox
from tradeplat.execution.protection import Protection
from tradeplat.execution.results import Results
from tradeplat.execution.standing import AccountFloor, Standing
from tradeplat.execution.timings import Seams, Timings, TradingBroker

_LANES = 3

Body = Callable[[], Awaitable[None]]


class OrderExecutor:
    """The live way out (core.ports.Executor): calls return at once, results come as reports.

    `floor` takes in every report and every move of ours (desk/floor.py). `bodies` names what has
    to run under supervision for anything to happen. An exit whose strategy still has legs, or an
    entry, working on that symbol waits until these are over, and then closes what is left.
    """

    def __init__(
        self,
        broker: TradingBroker,
        book: Tracker,
        floor: AccountFloor,
        clock: Clock,
        timings: Timings = Timings(),
        seams: Seams = Seams(),
    ) -> None:
        seams = seams._replace(live=self._live, objection=self._late_objection(seams))
        terms = (timings, seams)
        self._book = book
        self._clock = clock
        self._timings = timings
        self._seams = seams
        self._broker = broker
        self.results = Results(floor, book, clock, seams.alarm, seams.journal)
        self._errands = Errands(timings.asks)
        self._doubts = Doubts(broker, self.results, self._errands, terms, self._cancelling)
        self._outbox = Outbox(broker, self.results, self._doubts, clock, terms, self._cancelling)
        self._cancels = Cancels(broker, self.results, self._outbox, self._errands, terms)
        self._legs = Protection(broker, self.results, self._errands, seams.alarm)
        standing = Standing(floor, seams.journal, clock, seams.alarm)
        self.account = AccountWatch(broker, self.results, standing, timings.looks)
        self.account.settled = self._settled
        self.results.suspects.append(self.account.listing.suspect)
        self._deadlines: list[tuple[int, str]] = []
        self._sleep: asyncio.Timeout | None = None
        self._changed = asyncio.Event()
        self._exits: dict[str, frozenset[str]] = {}
        self._heirs: dict[str, Order] = {}
        """Replaced legs by the id of what replaced them, until that is known."""
        for heard in (
            self._cancels.heard,
            self._legs.heard,
            self._doubts.heard,
            self.account.balance.heard,
            self._heard,
        ):
            self.results.listen(heard)

    def bodies(self) -> Mapping[str, Body]:
        """Everything to be supervised, by name."""
        lanes = {f"errands-{n + 1}": self._errands.run for n in range(_LANES)}
        senders = {f"outbox-{n + 1}": self._outbox.run for n in range(self._timings.abreast)}
        return {
            **senders,
            "deadlines": self.run,
            "account": self.account.run,
            "account-poll": self.account.poll,
            **lanes,
        }

    def resume(self) -> None:
        """Go on with the orders of an earlier session, which the book was restored with.

        Those in doubt are asked about, cancels that were asked for are pursued, deadlines kept.
        Nothing counts as agreed with the broker before it was looked at.
        """
        self.account.doubt("the session begins")
        for _, symbol in list(self._book.holdings):
            self.account.balance.net(symbol)
        for order in list(self._book.open_orders.values()):
            if order.state is OrderState.CANCEL_PENDING and order.strategy != EXTERNAL:
                self._cancels.ask(order.id)
            self._doubts.heard(order)
            if order.expires:
                self._at_deadline(order)

    def accept(self, order: Order) -> None:
        """Carry out an approved order; one the book does not know yet is registered first."""
        if self._book.order(order.id) is None:
            self._book.register(order)
        if order.expires:
            self._at_deadline(order)
        if order.purpose in EXITS:
            entries = self._entries(order)
            if self._in_the_way(order, entries):
                self._clear(order, entries)
                return
        self._outbox.put(order, order.created)

    def cancel(self, order_id: str) -> None:
        """Withdraw an order, pursued until the venue says how it ended."""
        self._cancels.ask(order_id)

    def protect(self, order_id: str, stop: Decimal | None, target: Decimal | None) -> None:
        """Move the legs of entry `order_id` to these levels; None leaves a leg where it is."""
        self._legs.want(order_id, stop, target)

    def cancel_all(self, *, protective: bool = True, external: bool = False) -> None:
        """Withdraw every open order; legs and orders nobody here asked for only when told to.

        With `external` the venue is asked as well, for orders we have not heard of.
        """
        for order in list(self._book.open_orders.values()):
            if not protective and order.purpose in LEGS:
                continue
            if external or order.strategy != EXTERNAL:
                self._cancels.ask(order.id)
        if external:
            self._errands.add(partial(self._sweep, protective=protective))

    def withdraw(self, wants: Callable[[str], bool], delay: float) -> None:
        """Give up all orders of symbols that `wants` names, closing ones of a flatten aside: the
        caller asks the venue for their cancel, and what is open `delay` seconds later is pursued.
        """
        for order in list(self._book.open_orders.values()):
            if wants(order.symbol) and not is_flatten(order.id):
                self._cancels.ask(order.id, delay)

    @property
    def sending(self) -> bool:
        """True while an order waits to be sent or is on its way."""
        return not self._outbox.idle

    @property
    def idle(self) -> bool:
        """True when nothing is due, waits to be sent, is on its way or waits for its legs."""
        due = bool(self._deadlines) and self._deadlines[0][0] <= self._clock.now()
        return (
            self._outbox.idle
            and self._errands.idle
            and self.results.idle
            and not self._exits
            and not due
        )

    @property
    def withdrawing(self) -> frozenset[str]:
        """Open orders whose cancel is pursued, whatever the venue says of them meanwhile."""
        return self._cancels.pending

    async def run(self) -> None:
        """Cancel each order at its deadline, for ever."""
        while True:
            if not self._deadlines:
                self._changed.clear()
                await self._changed.wait()
                continue
            try:
                async with asyncio.timeout(None) as self._sleep:
                    await self._clock.sleep_until(self._deadlines[0][0])
            except TimeoutError:
                continue
            finally:
                self._sleep = None
            while self._deadlines and self._deadlines[0][0] <= self._clock.now():
                self._cancels.ask(heappop(self._deadlines)[1])

    def _at_deadline(self, order: Order) -> None:
        heappush(self._deadlines, (order.expires, order.id))
        self._changed.set()
        if self._sleep is not None and self._deadlines[0][1] == order.id:
            self._sleep.reschedule(asyncio.get_running_loop().time())

    def _live(self) -> bool:
        return self.account.live

    def _late_objection(self, seams: Seams) -> Callable[[Order], str]:
        def objection(order: Order) -> str:
            said = seams.objection(order) or self.account.objection(order)
            # A fill may have been heard since it was decided, while it was written down.
            return said or excess(order, self._book)

        return objection

    def _cancelling(self) -> frozenset[str]:
        return self.withdrawing

    def _settled(self) -> None:
        """The account agrees with the broker's: withdraw legs that protect nothing."""
        known = {order.id: order for order in self._book.open_orders.values()}
        for leg in list(known.values()):
            entry = self._book.order(leg.parent) if leg.parent else None
            if entry is not None:
                known[entry.id] = entry
        for stray in reconcile.strays(known, self._book.holdings):
            self._seams.alarm("stray_leg", f"{stray.order_id}: {stray.why}")
            self._cancels.ask(stray.order_id)

    async def _sweep(self, *, protective: bool) -> None:
        await self.results.reports(await self._broker.open_orders())
        for order in list(self._book.open_orders.values()):
            if protective or order.purpose not in LEGS:
                self._cancels.ask(order.id)

    def _entries(self, closing: Order) -> frozenset[str]:
        return frozenset(
            order.id
            for order in self._book.open_orders.values()
            if _same_desk(order, closing) and order.purpose is Purpose.ENTRY
        )

    def _in_the_way(self, closing: Order, entries: frozenset[str]) -> list[str]:
        """Open legs of the exit's desk, those that replaced one and are not known yet, and the
        entries that were open when it was asked for.
        """
        known = [
            order.id
            for order in self._book.open_orders.values()
            if _same_desk(order, closing) and (order.purpose in LEGS or order.id in entries)
        ]
        return known + [heir for heir, leg in self._heirs.items() if _same_desk(leg, closing)]

    def _clear(self, closing: Order, entries: frozenset[str]) -> None:
        self._exits[closing.id] = entries
        for order_id in self._in_the_way(closing, entries):
            self._cancels.ask(order_id)
        self._release(closing)
        if closing.id in self._exits:
            self._errands.add(partial(self._remind, closing.id), self._timings.clearance)

    async def _remind(self, order_id: str) -> None:
        closing = self._book.order(order_id)
        if order_id in self._exits and closing is not None:
            blocked = ", ".join(self._in_the_way(closing, self._exits[order_id]))
            self._seams.alarm("exit_blocked", f"{order_id} waits for {blocked}")

    async def _forget(self, heir: str) -> None:
        """What nobody ever heard of does not hold up an exit for good."""
        leg = self._heirs.pop(heir, None)
        if leg is not None:
            self._go_on(leg)

    def _heard(self, order: Order) -> None:
        self._expect(order)
        self._go_on(order)

    def _expect(self, order: Order) -> None:
        """What replaces a leg is as much in the way as the leg was, known already or not."""
        self._heirs.pop(order.id, None)
        if order.purpose in LEGS and order.state is OrderState.REPLACED:
            heir = next_id(order.id)
            if self._book.order(heir) is None:
                self._heirs[heir] = order
                self._errands.add(partial(self._forget, heir), self._timings.clearance)

    def _go_on(self, order: Order) -> None:
        if not order.open:
            self._exits.pop(order.id, None)
        for order_id in list(self._exits):
            # One that is released to nobody is told, and the others go on within that.
            entries = self._exits.get(order_id)
            closing = self._book.order(order_id)
            if entries is not None and closing is not None and _same_desk(order, closing):
                for blocker in self._in_the_way(closing, entries):
                    self._cancels.ask(blocker)
                self._release(closing)

    def _release(self, closing: Order) -> None:
        """Send the exit once nothing is in its way, for what is still held."""
        entries = self._exits.get(closing.id)
        if entries is None or self._in_the_way(closing, entries):
            return
        del self._exits[closing.id]
        held = self._book.held(closing.strategy, closing.symbol).quantity
        if held * closing.side >= 0:
            why = "the position was closed before the exit could be sent"
            self.results.move(closing.id, OrderState.ABANDONED, why)
            return
        size = min(abs(held), abs(closing.quantity)) * closing.side
        self._outbox.put(replace(closing, quantity=size), self._clock.now())


def _same_desk(order: Order, closing: Order) -> bool:
    return (
        order.symbol == closing.symbol
        and order.strategy == closing.strategy
        and order.id != closing.id
    )
