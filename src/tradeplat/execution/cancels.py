"""A cancel is pursued until the venue says how the order ended."""

from functools import partial

from tradeplat.core.orders import IN_DOUBT, Order, OrderState, Purpose
from tradeplat.core.ports import Broker
from tradeplat.execution.errands import Errands
from tradeplat.execution.outbox import Outbox
from tradeplat.execution.results import Results
from tradeplat.execution.timings import Seams, Timings


class Cancels:
    """Cancels asked for and not yet answered by the order's end.

    What was not sent yet is abandoned; what is on its way is cancelled as soon as it lands. A
    refused cancel is followed by a question, never read as canceled or as never placed.
    """

    def __init__(
        self,
        broker: Broker,
        results: Results,
        outbox: Outbox,
        errands: Errands,
        terms: tuple[Timings, Seams],
    ) -> None:
        self._broker = broker
        self._results = results
        self._outbox = outbox
        self._errands = errands
        self._timings, self._seams = terms
        self._asked: dict[str, int] = {}
        self._scheduled: set[str] = set()
        self._heirs: set[tuple[str, Purpose]] = set()

    def ask(self, order_id: str, delay: float = 0.0) -> None:
        """Withdraw an order; nothing happens to one that is over or being cancelled already.

        With `delay` the first request is somebody else's, and the order is pursued so many seconds
        later.
        """
        order = self._results.book.order(order_id)
        if order is None or not order.open or order_id in self._asked:
            return
        if order.state is OrderState.INTENT:
            self._outbox.drop(order_id)
            why = "cancelled before it was sent"
            self._results.move(order_id, OrderState.ABANDONED, why)
            return
        self._asked[order_id] = 0
        if order.venue_id or order.state not in IN_DOUBT:
            if delay:
                self._results.move(order_id, OrderState.CANCEL_PENDING)
            self._schedule(order_id, delay)

    def heard(self, order: Order) -> None:
        """Take in how an order now stands."""
        if not order.open:
            was_asked = self._asked.pop(order.id, None) is not None
            if was_asked and order.state is OrderState.REPLACED and order.parent:
                self._inherit(order)
        elif order.id in self._asked:
            if order.state not in IN_DOUBT and order.id not in self._scheduled:
                self._schedule(order.id, 0.0)
        elif order.id in self._results.revived:
            self._results.revived.discard(order.id)
            self.ask(order.id)
        elif (order.parent, order.purpose) in self._heirs:
            self._heirs.discard((order.parent, order.purpose))
            self.ask(order.id)

    @property
    def pending(self) -> frozenset[str]:
        """Orders that are being cancelled."""
        return frozenset(self._asked)

    def _inherit(self, leg: Order) -> None:
        """What replaced a leg that was to be cancelled is to be cancelled, known or not yet."""
        self._heirs.add((leg.parent, leg.purpose))
        for order in list(self._results.book.open_orders.values()):
            if order.parent == leg.parent and order.purpose is leg.purpose:
                self.heard(order)

    def _schedule(self, order_id: str, delay: float) -> None:
        self._scheduled.add(order_id)
        self._errands.add(partial(self._pursue, order_id), delay)

    async def _pursue(self, order_id: str) -> None:
        order = self._results.book.order(order_id)
        if order_id not in self._asked or order is None:
            self._scheduled.discard(order_id)
            return
        tries = self._asked[order_id] = self._asked[order_id] + 1
        waits = self._timings.recancels
        if tries == len(waits) + 1:
            # Told before the next request: that may fail as well.
            self._seams.alarm("cancel_stuck", f"{order_id} is still open after {tries - 1} cancels")
        self._results.move(order_id, OrderState.CANCEL_PENDING)
        taken = await self._broker.cancel(order)
        if not taken or tries > 1:
            await self._results.reports(await self._broker.find(order_id) or [])
        if order_id not in self._asked:
            self._scheduled.discard(order_id)
            return
        self._schedule(order_id, waits[min(tries, len(waits)) - 1])
