"""The account's reports as they come, and a look of our own for what a healthy feed can drop."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import NamedTuple

import structlog

from tradeplat.core.errors import Transient
from tradeplat.core.orders import Order, OrderState, Purpose
from tradeplat.core.ports import Broker
from tradeplat.execution.results import Results
from tradeplat.execution.timings import Alarm, no_alarm

log = structlog.get_logger()

INTERVAL = 10.0
"""Seconds of the loop between looks while all is well."""
RESTLESS = 2.0
"""The same while the feed is lost, or while something does not agree."""
LASTING = 10.0
"""Seconds after which a difference is no matter of messages on their way any more."""
_ZERO = Decimal(0)


class Drift(NamedTuple):
    """Signed quantities of one symbol that do not agree."""

    ours: Decimal
    theirs: Decimal


class AccountWatch:
    """Feeds the account's reports to `results`; `live` while none can be missing.

    Both bodies are supervised and simply enter again after a network fault: entering the feed
    tells how everything stands. A look compares open orders and positions with the venue's: an
    order it has forgotten is UNKNOWN from then on, a position that differs is in `drift`. Nothing
    is traded to mend that; a person hears of it, and `objection` keeps orders back that would
    make it worse. After a loss of the feed nothing counts as agreed before it was looked at.
    `interval` is seconds of the loop between looks, `lasting` how long a position may differ.
    """

    def __init__(
        self,
        broker: Broker,
        results: Results,
        alarm: Alarm = no_alarm,
        interval: float = INTERVAL,
        lasting: float = LASTING,
    ) -> None:
        self._broker = broker
        self._results = results
        self._alarm = alarm
        self._interval = interval
        self._lasting = lasting
        self._live = asyncio.Event()
        self._stirred = asyncio.Event()
        self._lost = False
        self._confirmed = True
        self._differs: dict[str, float] = {}
        self._missed: set[str] = set()
        self._vanished: set[str] = set()
        self.drift: dict[str, Drift] = {}
        """Symbols whose position is not the venue's, and has not been for too long."""

    @property
    def live(self) -> bool:
        """True while the feed is subscribed and its snapshot was taken in."""
        return self._live.is_set()

    async def until_live(self) -> None:
        """Return once the feed is live."""
        await self._live.wait()

    def objection(self, order: Order) -> str:
        """Why `order` should not be sent as the account stands, empty when nothing is wrong."""
        if self._lost and order.purpose is Purpose.ENTRY:
            return "the account's feed is down"
        drift = self.drift.get(order.symbol)
        if drift is not None:
            shrinks = drift.theirs * order.quantity < 0
            if shrinks and abs(order.quantity) <= abs(drift.theirs):
                return ""
            return f"we count {drift.ours:+f} {order.symbol}, the venue {drift.theirs:+f}"
        if not self._confirmed and order.purpose is not Purpose.FLATTEN:
            return "the account was not confirmed since its feed was lost"
        return ""

    async def run(self) -> None:
        """Take in reports until the feed is lost."""
        try:
            async with self._broker.updates() as reports:
                self._lost = False
                self._live.set()
                self._stirred.set()
                async for report in reports:
                    await self._results.report(report)
        finally:
            if self.live:
                self._lost = True
                self._confirmed = False
            self._live.clear()
            self._stirred.set()

    async def poll(self) -> None:
        """Look again and again, for ever: soon after the feed changed, else at leisure."""
        unread = False
        while True:
            settled = self._confirmed and not (unread or self._differs or self._missed)
            wait = self._interval if settled else min(RESTLESS, self._interval)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stirred.wait()
            self._stirred.clear()
            try:
                await self.look()
                unread = False
            except Transient as error:
                if not unread:
                    log.warning("account_unread", error=str(error))
                unread = True

    async def look(self) -> None:
        """Compare open orders and positions with the venue's."""
        live = self.live
        await self._look_at_orders()
        await self._look_at_positions()
        if live and self.live:
            self._confirmed = True

    async def _look_at_orders(self) -> None:
        """Read the venue's open orders, and ask about each of ours that it does not list."""
        known = [order.id for order in self._results.book.open_orders.values() if order.venue_id]
        listed = set()
        for report in await self._broker.open_orders():
            listed.add(report.order_id)
            await self._results.report(report)
        missed = set()
        for order_id in known:
            order = self._results.book.order(order_id)
            if order_id not in listed and order is not None and order.open:
                found = await self._broker.find(order_id)
                for report in found or []:
                    await self._results.report(report)
                if found is None and order.state is not OrderState.UNKNOWN:
                    missed.add(order_id)
        for order_id in missed & self._missed:
            why = "the venue neither lists it nor knows it any more"
            self._results.move(order_id, OrderState.UNKNOWN, why)
            if order_id not in self._vanished:
                self._alarm("order_vanished", f"{order_id}: {why}")
        self._vanished |= missed & self._missed
        self._missed = missed

    async def _look_at_positions(self) -> None:
        """Read the venue's positions; what differs before and after the answer differs."""
        before = self._ours()
        told = {symbol: held for symbol, held, _ in (await self._broker.account()).positions}
        after = self._ours()
        now = asyncio.get_running_loop().time()
        for symbol in {*before, *told, *self._differs}:
            ours, theirs = before.get(symbol, _ZERO), told.get(symbol, _ZERO)
            if ours == theirs or after.get(symbol, _ZERO) == theirs:
                self._agrees(symbol)
                continue
            since = self._differs.setdefault(symbol, now)
            # Before the first look after a loss, no message can be on its way.
            if not self._confirmed or now - since >= self._lasting:
                self._drifts(symbol, Drift(ours, theirs))

    def _ours(self) -> Mapping[str, Decimal]:
        positions = self._results.book.positions
        return {symbol: position.quantity for symbol, position in positions.items()}

    def _agrees(self, symbol: str) -> None:
        self._differs.pop(symbol, None)
        if self.drift.pop(symbol, None) is not None:
            self._alarm("position_agrees", f"{symbol}: our count and the venue's agree again")

    def _drifts(self, symbol: str, drift: Drift) -> None:
        if self.drift.get(symbol) == drift:
            return
        self.drift[symbol] = drift
        self._alarm(
            "position_drift",
            f"{symbol}: we count {drift.ours:+f}, the venue {drift.theirs:+f}; until they agree "
            "only orders that shrink the venue's position are sent",
        )
