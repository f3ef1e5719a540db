"""Queue two: every order leaves once, in turn; whoever doubts asks about that id, never resends."""

import asyncio
from collections import deque
from collections.abc import Callable, Container

from msgspec.structs import replace

from tradeplat.core.errors import Ambiguous, Corrupt, Denied, Throttled, Transient
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.core.ports import Broker, Clock
from tradeplat.execution.doubts import Doubts
from tradeplat.execution.results import Results
from tradeplat.execution.timings import Seams, Timings

SIZE = 256
"""Orders that may wait to be sent."""


class Outbox:
    """Sends orders, the oldest first; a full outbox and an order past its time refuse the order.

    `run` is supervised, as often as orders may be on their way at once: what is decided together
    shares a commit, and waits for no answer to another. No order is sent twice: only one that the
    venue certainly did not take for want of budget (429) goes again, under its own id and within
    its time, unless its cancel was asked for meanwhile.
    """

    def __init__(
        self,
        broker: Broker,
        results: Results,
        doubts: Doubts,
        clock: Clock,
        terms: tuple[Timings, Seams],
        cancelling: Callable[[], Container[str]],
    ) -> None:
        self._broker = broker
        self._results = results
        self._doubts = doubts
        self._clock = clock
        self._timings, self._seams = terms
        self._cancelling = cancelling
        self._queue: deque[tuple[Order, int]] = deque()
        self._in_flight = 0
        self._wake = asyncio.Event()

    @property
    def idle(self) -> bool:
        """True when nothing is queued and nothing is on its way."""
        return not self._queue and not self._in_flight

    def put(self, order: Order, since: int) -> None:
        """Send `order` as soon as it is its turn; `since` is when it became wanted (market ns)."""
        if len(self._queue) >= SIZE:
            full = f"outbox is full ({SIZE} orders waiting)"
            self._results.move(order.id, OrderState.ABANDONED, full)
            return
        self._queue.append((order, since))
        self._wake.set()

    def drop(self, order_id: str) -> None:
        """Take an order out again, if it is still here."""
        for entry in self._queue:
            if entry[0].id == order_id:
                self._queue.remove(entry)
                return

    async def run(self) -> None:
        """Send what is put, for ever."""
        while True:
            while not self._queue:
                self._wake.clear()
                await self._wake.wait()
            order, since = self._queue.popleft()
            self._in_flight += 1
            try:
                await self._send(order, since)
            finally:
                self._in_flight -= 1

    async def _send(self, order: Order, since: int) -> None:
        try:
            await self._seams.journal.intent(order)
        except Corrupt:
            # The venue may have shown an order of this id meanwhile: then nothing is to be sent.
            if not self._overtaken(order):
                raise
        if self._overtaken(order):
            return
        why = self._overdue(since, 0.0) or self._seams.objection(order)
        if why:
            self._results.move(order.id, OrderState.ABANDONED, why)
            return
        self._results.move(order.id, OrderState.SENDING)
        try:
            reports = await self._submit(order, since)
        except Ambiguous as error:
            self._doubt(order.id, str(error))
        except Transient as error:
            # Certainly not taken: the table knows this end only by way of UNKNOWN.
            self._results.move(order.id, OrderState.UNKNOWN, str(error))
            self._results.move(order.id, OrderState.NOT_PLACED, str(error))
        except (Denied, asyncio.CancelledError) as error:
            self._doubt(order.id, str(error) or "sending was interrupted")
            raise
        else:
            await self._results.reports(reports)
            if not reports:
                self._doubt(order.id, "the venue answered with nothing")

    def _overtaken(self, order: Order) -> bool:
        """True when more is known of the order than that it is meant to be sent."""
        known = self._results.book.order(order.id)
        return known is not None and known.state is not OrderState.INTENT

    async def _submit(self, order: Order, since: int) -> list[Report]:
        while True:
            try:
                return await self._broker.submit(self._worn(order))
            except Throttled as error:
                if not self._broker.idempotent_submit or self._overdue(since, error.wait):
                    raise
                await asyncio.sleep(error.wait)
                # While it waited, a mode may have tightened, or somebody given it up.
                if order.id in self._cancelling() or self._overdue(since, 0.0):
                    raise
                if self._seams.objection(order):
                    raise

    def _worn(self, order: Order) -> Order:
        """`order` as it is sent: where the account is on the other side, as the sum of several
        strategies, a venue takes it for one that closes, which may carry no legs. The book keeps
        its levels, and the guard sees to them as in extended hours.
        """
        bare = order.stop_loss is None and order.take_profit is None
        if bare or self._results.book.net(order.symbol) * order.side >= 0:
            return order
        return replace(order, stop_loss=None, take_profit=None)

    def _overdue(self, since: int, wait: float) -> str:
        """Why the order is too old to be sent in `wait` seconds, empty when it is not."""
        age = self._clock.now() - since + int(wait * SECOND)
        limit = self._timings.ttl
        return "" if age <= limit else f"{age / SECOND:.3f} s old, limit {limit / SECOND:g} s"

    def _doubt(self, order_id: str, why: str) -> None:
        order = self._results.book.order(order_id)
        if order is not None and order.state is OrderState.SENDING:
            self._results.move(order_id, OrderState.UNKNOWN, why)
        self._doubts.ask(order_id)
