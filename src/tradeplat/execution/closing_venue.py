"""A broker as closing sees it (core/closing.py): what its reports say of orders and positions."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Protocol

from tradeplat.core.closing import Placed, Stood, Working
from tradeplat.core.errors import Ambiguous, Corrupt, TradeplatError, Transient
from tradeplat.core.orders import OPEN_STATES, ZERO, Order, OrderState, Report
from tradeplat.core.ports import Broker, Closes, Held
from tradeplat.execution.results import Results

Commit = Callable[[Order], Awaitable[None]]
_ASKED = frozenset({OrderState.CANCEL_PENDING})
EXPLAIN = 1.0
"""Seconds for which closing waits to hear which of our orders made a position."""
_AGAIN = 0.05
"""Seconds before a question about it that got no answer is put again, twice as many each time."""


class ClosingBroker(Broker, Closes, Protocol):
    """A broker that tells free quantities and can end everything by itself."""

    async def positions(self) -> tuple[Held, ...]:
        """Every position."""


class BrokerVenue:
    """The daemon's way to close (core.closing.ClosingVenue).

    What the broker answers is folded as any report is; where that fails, closing goes on. Each
    order is `commit`ted once before it is first placed.
    """

    def __init__(self, broker: ClosingBroker, results: Results, commit: Commit) -> None:
        self._broker = broker
        self._results = results
        self._commit = commit
        self._strangers: dict[str, Order] = {}
        self._placed: set[str] = set()
        self._explained: dict[str, tuple[Decimal, frozenset[str]]] = {}

    async def working(self) -> Sequence[Working]:
        """Every open order of the account, held legs included."""
        reports = await self._open()
        listed = [Working(r.order_id, r.symbol, r.filled) for r in reports]
        ids = {order.id for order in listed}
        # A held leg is in no list while its parent is not: the book knows it, the broker is asked.
        for order in list(self._results.book.open_orders.values()):
            if order.parent and order.id not in ids and order.venue_id:
                found = await self._broker.find(order.id) or []
                self._fold(found)
                listed += [
                    Working(r.order_id, r.symbol, r.filled)
                    for r in found
                    if r.order_id == order.id and r.state in OPEN_STATES
                ]
        return listed

    async def held(self) -> Sequence[Held]:
        """Every position; where our book differs, those of our orders that may have filled unheard
        are asked for first: whoever closes shares must know whose they are.
        """
        rows = await self._broker.positions()
        shown = {row.symbol: row.quantity for row in rows}
        book = self._results.book
        ours = [symbol for (_, symbol), held in book.holdings.items() if held.quantity]
        asked = [
            order
            for symbol in dict.fromkeys([*shown, *ours])
            for order in self._unheard(symbol, shown.get(symbol, ZERO))
        ]
        if asked:
            # It is only to know whose they are: what is silent or slow holds up nothing.
            with suppress(TimeoutError):
                async with asyncio.timeout(EXPLAIN):
                    await asyncio.gather(*map(self._ask, asked))
        return rows

    def _unheard(self, symbol: str, quantity: Decimal) -> list[Order]:
        """Open orders of ours that may have made what the book lacks of a position; each is named
        once for one difference.
        """
        book = self._results.book
        missing = quantity - book.net(symbol)
        found = [
            order
            for order in book.open_orders.values()
            if order.symbol == symbol
            and order.state is not OrderState.INTENT
            and order.quantity * missing > 0
        ]
        difference = (missing, frozenset(order.id for order in found))
        if not found or self._explained.get(symbol) == difference:
            return []
        self._explained[symbol] = difference
        return found

    async def _ask(self, order: Order) -> None:
        """Ask until there is an answer; one that was lost or cut short says nothing."""
        wait = _AGAIN
        while True:
            # Whoever polls the account asks on; until then the shares count as a stranger's.
            with suppress(TradeplatError):
                try:
                    self._fold(await self._broker.find(order.id) or [])
                except Transient:
                    await asyncio.sleep(wait)
                    wait *= 2
                    continue
            return

    async def withdraw_all(self) -> None:
        """One request for all orders."""
        await self._broker.cancel_all()

    async def withdraw(self, orders: Sequence[Working]) -> None:
        """One request for each order, side by side; when all were made, raises what no repeating
        mends. What was lost on its way is asked for again by whoever closes.
        """
        found = [order for one in orders if (order := self._order(one.id)) is not None]
        answers = await asyncio.gather(
            *(self._broker.cancel(order) for order in found),
            return_exceptions=True,  # each is read below
        )
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Transient):
                raise answer

    async def place(self, order: Order) -> Stood:
        """Place `order`; where the answer is lost, its id is asked about or placed again."""
        if order.id not in self._placed:
            await self._commit(order)
            self._placed.add(order.id)
            self._move(order, OrderState.SENDING)
        elif not self._broker.idempotent_submit:
            return await self.stands(order.id)
        try:
            reports = await self._broker.submit(order)
        except Ambiguous as error:
            self._move(order, OrderState.UNKNOWN, str(error))
            return Stood(Placed.DOUBT)
        except Corrupt as error:
            # Somebody else's order bears this id: it is given up, the next attempt has another.
            self._move(order, OrderState.UNKNOWN, str(error))
            self._move(order, OrderState.NOT_PLACED, str(error))
            return Stood(Placed.OVER)
        self._fold(reports)
        return _standing(reports, order.id)

    async def stands(self, order_id: str) -> Stood:
        """How an order of ours stands."""
        known = self._results.book.order(order_id)
        if known is not None and not known.open:
            return Stood(Placed.OVER, known.filled)
        found = await self._broker.find(order_id)
        self._fold(found or [])
        return _standing(found or [], order_id)

    async def close_all(self) -> None:
        """The broker's own way to close everything."""
        await self._broker.close_all()

    async def unasked(self) -> list[Working]:
        """Open orders whose cancel the venue has not taken yet."""
        reports = await self._open()
        return [Working(r.order_id, r.symbol) for r in reports if r.state not in _ASKED]

    def known(self, orders: Iterable[Order]) -> list[Working]:
        """Those of `orders` that the venue has."""
        return [Working(order.id, order.symbol) for order in orders if order.venue_id]

    async def _open(self) -> list[Report]:
        reports = await self._broker.open_orders()
        self._fold(reports)
        self._strangers = {r.order_id: r.order for r in reports if r.order is not None}
        return [report for report in reports if report.state in OPEN_STATES]

    def _order(self, order_id: str) -> Order | None:
        return self._results.book.order(order_id) or self._strangers.get(order_id)

    def _fold(self, reports: Iterable[Report]) -> None:
        for report in reports:
            # Whoever reads the account's feed meets the same fault and stops.
            with suppress(TradeplatError):
                self._results.report_now(report)

    def _move(self, order: Order, state: OrderState, why: str = "") -> None:
        self._results.move(order.id, state, why)


def _standing(reports: Sequence[Report], order_id: str) -> Stood:
    told = [report for report in reports if report.order_id == order_id]
    if not told:
        return Stood(Placed.DOUBT)
    filled = max(report.filled for report in told)
    return Stood(Placed.OPEN if told[-1].state in OPEN_STATES else Placed.OVER, filled)
