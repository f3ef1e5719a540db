"""Orders of which nobody knows how they stand are asked about until somebody does."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial

from tradeplat.core.orders import IN_DOUBT, Order, OrderState
from tradeplat.core.ports import Broker
from tradeplat.execution.errands import Errands
from tradeplat.execution.results import Results
from tradeplat.execution.timings import Seams, Timings

_WAITING = frozenset({OrderState.UNKNOWN, OrderState.CANCEL_PENDING, OrderState.REPLACE_PENDING})
"""States that only the venue's answer ends."""


class _Doubt:
    """Questions asked so far about one order."""

    __slots__ = ("asked", "last_miss", "misses", "once", "order_id", "since")

    def __init__(self, order_id: str, since: float, *, once: bool) -> None:
        self.order_id = order_id
        self.once = once
        """True where it is asked about once at least, whatever is known meanwhile."""
        self.since = since
        self.asked = 0
        self.misses = 0
        self.last_miss = 0.0


class Doubts:
    """Asks about each such order by its id, soon and then more rarely, for as long as it takes.

    An order that may or may not exist was never placed (T11) once the venue has cleanly said so
    often enough, over long enough, with the account's feed live; errors never count. Cancels that
    are pursued elsewhere, `pursued`, are left to that.
    """

    def __init__(
        self,
        broker: Broker,
        results: Results,
        errands: Errands,
        terms: tuple[Timings, Seams],
        pursued: Callable[[], Collection[str]],
    ) -> None:
        self._broker = broker
        self._results = results
        self._errands = errands
        self._timings, self._seams = terms
        self._pursued = pursued
        self._open: dict[str, _Doubt] = {}

    def heard(self, order: Order) -> None:
        """Take in how an order now stands."""
        if order.state in _WAITING:
            self._begin(order.id, once=False)

    def ask(self, order_id: str) -> None:
        """Begin to ask about an order; once at least, even if the feed has spoken meanwhile: the
        answer also tells of its legs.
        """
        self._begin(order_id, once=True)

    def _begin(self, order_id: str, *, once: bool) -> None:
        known = self._open.get(order_id)
        if known is not None:
            known.once = known.once or once
            return
        doubt = _Doubt(order_id, asyncio.get_running_loop().time(), once=once)
        self._open[order_id] = doubt
        self._errands.add(partial(self._ask, doubt), self._timings.asks[0])

    async def _ask(self, doubt: _Doubt) -> None:
        order = self._results.book.order(doubt.order_id)
        if order is None or not order.open or not (doubt.once or _waits(order)):
            self._open.pop(doubt.order_id, None)
            return
        if order.state is OrderState.CANCEL_PENDING and order.id in self._pursued():
            self._again(doubt)
            return
        found = await self._broker.find(doubt.order_id)
        doubt.once = False
        await self._results.reports(found or ())
        order = self._results.book.order(doubt.order_id)
        if order is None or not _waits(order):
            self._open.pop(doubt.order_id, None)
            return
        if found is None and order.state in IN_DOUBT and self._missed(doubt):
            self._open.pop(doubt.order_id, None)
            why = f"the venue does not know it ({doubt.misses} times)"
            self._results.move(doubt.order_id, OrderState.NOT_PLACED, why)
            self._seams.alarm("order_not_placed", f"{doubt.order_id}: {why}")
            return
        self._again(doubt)

    def _again(self, doubt: _Doubt) -> None:
        doubt.asked += 1
        waits = self._timings.asks
        self._errands.add(partial(self._ask, doubt), waits[min(doubt.asked, len(waits) - 1)])

    def _missed(self, doubt: _Doubt) -> bool:
        """Count a clean "not found"; True once there are enough, over long enough."""
        timings = self._timings
        now = asyncio.get_running_loop().time()
        apart = not doubt.misses or now - doubt.last_miss >= timings.miss_gap
        if apart and self._seams.live():
            doubt.misses += 1
            doubt.last_miss = now
        return doubt.misses >= timings.misses and now - doubt.since >= timings.miss_span


def _waits(order: Order) -> bool:
    return order.state in _WAITING or order.state in IN_DOUBT
