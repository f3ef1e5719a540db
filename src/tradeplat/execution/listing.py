"""Our open orders held against the broker's list: what is new, gone, unknown or taken back."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tradeplat.core.lifecycle import legal
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.execution import reconcile
from tradeplat.execution.results import Results
from tradeplat.execution.standing import LIFECYCLE, Standing
from tradeplat.execution.timings import TradingBroker


class _Lessened(NamedTuple):
    """A smaller count, and when it was told first."""

    report: Report
    since: float


class Listing:
    """Looks at orders: folds what the broker says of them, and asks about what it does not list.

    Missing data is never read as flat, filled or canceled: an order that the broker neither lists
    nor knows, twice over, is UNKNOWN. A count that became smaller is believed once two answers
    agree on it (T27). An order of which something impossible was told (`suspect`) is asked about,
    and its symbol locked until the answer agrees with what we know.
    """

    def __init__(
        self,
        broker: TradingBroker,
        results: Results,
        standing: Standing,
        confirming: float = 2.0,
    ) -> None:
        self._broker = broker
        self._results = results
        self._standing = standing
        self._confirming = confirming
        self._missed: set[str] = set()
        self._vanished: set[str] = set()
        self._lessened: dict[str, _Lessened] = {}
        self._restated: set[str] = set()
        self._suspects: set[str] = set()

    @property
    def settled(self) -> bool:
        """True while no order is missing or in question."""
        return not (self._missed or self._lessened or self._restated or self._suspects)

    def restated(self, order_id: str) -> None:
        """The venue said that it took something back or changed it: ask what stands now."""
        self._restated.add(order_id)

    def suspect(self, order: Order, told: OrderState) -> None:
        """`order` was told to be what it cannot be any more."""
        self._suspects.add(order.id)
        why = f"{order.id} is {order.state}, the venue says {told}"
        self._standing.lock(LIFECYCLE, order.symbol, "ILLEGAL_TRANSITION", why)
        self._standing.alarm("illegal_transition", why)

    async def look(self, since: int = 0) -> None:
        """Compare all open orders with the broker's; with `since`, closed ones from then on too."""
        # Those of ours first: what is placed while the list is under way cannot be missing on it.
        ours = {
            order.id: order
            for order in self._results.book.open_orders.values()
            if since or order.venue_id
        }
        listed = await self._broker.open_orders()
        if since:
            listed += [
                report for report in await self._broker.closed_orders(since) if self._ours(report)
            ]
        found = await self._asked(ours, listed)
        self._missing([f for f in found if isinstance(f, reconcile.Missing)])
        for order_id in sorted({*self._restated, *self._suspects, *self._lessened}):
            await self._ask(order_id)

    def _ours(self, report: Report) -> bool:
        """True for an order of our book, and for a leg that lived and ended before we knew that
        its entry had arrived.
        """
        book, told = self._results.book, report.order
        if book.order(report.order_id) is not None:
            return True
        return told is not None and bool(told.parent) and book.order(told.parent) is not None

    async def _asked(
        self, ours: Mapping[str, Order], listed: list[Report]
    ) -> list[reconcile.Finding]:
        """What is found about orders once those that are not listed were asked about."""
        answers: dict[str, list[Report] | None] = {}
        findings = reconcile.orders(self._known(ours, listed), listed, {})
        await self._take(findings)
        for finding in findings:
            if isinstance(finding, reconcile.Ask) and self._still_open(finding.order_id):
                answers[finding.order_id] = await self._broker.find(finding.order_id)
        told = [report for reports in answers.values() for report in reports or ()]
        known = {order_id: order for order_id, order in ours.items() if order_id in answers}
        findings = reconcile.orders(self._known(known, told), [], answers)
        await self._take(findings)
        return findings

    async def _take(self, findings: Sequence[reconcile.Finding]) -> None:
        heard = (reconcile.Apply, reconcile.Met)
        await self._results.reports([f.report for f in findings if isinstance(f, heard)])
        for finding in findings:
            match finding:
                case reconcile.Met(report, ours):
                    self._meet(report, ours=ours)
                case reconcile.Shrunk(order_id, _, report):
                    self._lessens(order_id, report)

    def _meet(self, report: Report, *, ours: bool) -> None:
        order = self._results.book.order(report.order_id)
        if ours and order is not None and not order.parent:
            told = (
                f"{order.id}: {order.quantity:+f} {order.symbol} is at the venue, not in our book"
            )
            self._standing.alarm("order_adopted", told)

    def _known(self, ours: Mapping[str, Order], told: Iterable[Report]) -> dict[str, Order]:
        """Our orders as they stand now, those the broker speaks of included."""
        book = self._results.book
        names = [*ours, *(report.order_id for report in told)]
        return {name: order for name in names if (order := book.order(name)) is not None}

    def _still_open(self, order_id: str) -> bool:
        order = self._results.book.order(order_id)
        return order is not None and order.open

    def _missing(self, found: Iterable[reconcile.Missing]) -> None:
        missed = set()
        for order_id in (finding.order_id for finding in found):
            order = self._results.book.order(order_id)
            if order is not None and order.open and order.state is not OrderState.UNKNOWN:
                missed.add(order_id)
        for order_id in sorted(missed & self._missed):
            why = "the venue neither lists it nor knows it any more"
            self._results.move(order_id, OrderState.UNKNOWN, why)
            if order_id not in self._vanished:
                self._standing.alarm("order_vanished", f"{order_id}: {why}")
        self._vanished |= missed & self._missed
        self._missed = missed

    def _lessens(self, order_id: str, report: Report) -> None:
        known = self._lessened.get(order_id)
        if known is None or known.report.filled != report.filled:
            now = asyncio.get_running_loop().time()
            self._lessened[order_id] = _Lessened(report, now)

    async def _ask(self, order_id: str) -> None:
        """Ask about one order in question, and settle the question if the answer does."""
        for report in await self._broker.find(order_id) or []:
            order = self._results.book.order(report.order_id)
            if report.order_id != order_id or order is None:
                await self._results.report(report)
                continue
            if order_id in self._suspects and legal(order.state, report.state):
                self._suspects.discard(order_id)
                self._standing.free(LIFECYCLE, order.symbol)
            await self._judge(order, report)

    async def _judge(self, order: Order, report: Report) -> None:
        """Believe a smaller count, or another price, once it is confirmed; fold what is no such."""
        told_anew = order.id in self._restated
        self._restated.discard(order.id)
        less = report.filled < order.filled
        dearer = told_anew and report.filled == order.filled and report.average != order.average
        if not less and not dearer:
            self._lessened.pop(order.id, None)
            await self._results.report(report)
            return
        if less and not told_anew:
            self._lessens(order.id, report)
            since = self._lessened[order.id].since
            if asyncio.get_running_loop().time() - since < self._confirming:
                return
        self._lessened.pop(order.id, None)
        await self.take_back(order, report)

    async def take_back(self, order: Order, report: Report) -> None:
        """Book what the venue took back, and tell a person."""
        await self._results.report(replace(report, corrects=True))
        told = f"{order.id}: filled {order.filled} at {order.average}"
        now = f"now {report.filled} at {report.average}"
        self._standing.alarm("fill_corrected", f"{told}, {now}")
