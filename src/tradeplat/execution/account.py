"""The account's reports as they come, and a look of our own for what a healthy feed can drop."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256

import structlog

from tradeplat.core.conditions import ACCOUNT
from tradeplat.core.errors import Transient
from tradeplat.core.journal import Kind
from tradeplat.core.market import DAY
from tradeplat.core.orders import Order, Purpose
from tradeplat.execution.balance import Balance, Drift
from tradeplat.execution.listing import Listing
from tradeplat.execution.results import Results
from tradeplat.execution.standing import FEED, RECONCILE, Standing
from tradeplat.execution.timings import Looks, TradingBroker

__all__ = ["AccountWatch", "Drift"]

log = structlog.get_logger()


class AccountWatch:
    """Feeds the account's reports to `results`; `live` while none can be missing.

    Start and every reconnect are one path: the feed is subscribed, what the broker has is read
    and folded, then what waited in the feed; `confirmed` once positions agree too. Until then the
    account is locked, and what cannot be read is read again. Both bodies are supervised and
    simply enter again after a network fault. `settled` is called at each such agreement.
    Nothing is traded to mend a difference; `objection` keeps orders back that would make it
    worse.
    """

    def __init__(
        self,
        broker: TradingBroker,
        results: Results,
        standing: Standing,
        looks: Looks = Looks(),
    ) -> None:
        self._broker = broker
        self._results = results
        self._standing = standing
        self.looks = looks
        self.listing = Listing(broker, results, standing, looks.confirming)
        self.balance = Balance(broker, results, self.listing, standing, looks)
        self._live = asyncio.Event()
        self._agreed = asyncio.Event()
        self._agreed.set()
        self._stirred = asyncio.Event()
        self._lost = False
        self._read = True
        self._doubts = 0
        self._looked = 0.0
        self.settled: Callable[[], None] = _nothing

    @property
    def live(self) -> bool:
        """True while the feed is subscribed and its snapshot was taken in."""
        return self._live.is_set()

    @property
    def confirmed(self) -> bool:
        """True while our book was held against the broker's since the feed was last lost."""
        return self._agreed.is_set()

    @property
    def drift(self) -> Mapping[str, Drift]:
        """Symbols whose position is not the venue's, and has not been for too long."""
        return self.balance.drift

    async def until_live(self) -> None:
        """Return once the feed is live."""
        await self._live.wait()

    async def until_confirmed(self) -> None:
        """Return once the account agrees."""
        await self._agreed.wait()

    def doubt(self, why: str) -> None:
        """Take nothing for agreed before it was looked at: at a start, after a loss."""
        self._agreed.clear()
        self._read = False
        self._doubts += 1
        self._stirred.set()
        self._standing.lock(RECONCILE, ACCOUNT, "NOT_RECONCILED", why)

    def objection(self, order: Order) -> str:
        """Why `order` should not be sent as the account stands, empty when nothing is wrong."""
        if self._lost and order.purpose is Purpose.ENTRY:
            return "the account's feed is down"
        drift = self.drift.get(order.symbol)
        if drift is not None:
            shrinks = drift.theirs * order.quantity < 0
            # What the venue held before the feed was lost may be gone by now.
            fresh = self._read or order.purpose is Purpose.FLATTEN
            if fresh and shrinks and abs(order.quantity) <= abs(drift.theirs):
                return ""
            return f"we count {drift.ours:+f} {order.symbol}, the venue {drift.theirs:+f}"
        if not self.confirmed and order.purpose is not Purpose.FLATTEN:
            return "the account was not confirmed since its feed was lost"
        return ""

    async def run(self) -> None:
        """Take in reports until the feed is lost."""
        try:
            async with self._broker.updates() as reports:
                await self._catch_up()
                async for report in reports:
                    if report.corrects:
                        self.listing.restated(report.order_id)
                        self._stirred.set()
                    else:
                        await self._results.report(report)
        finally:
            self._down()

    async def poll(self) -> None:
        """Look again and again, for ever: soon after the feed changed, else at leisure."""
        unread = False
        while True:
            quiet = self.confirmed and self.listing.settled and self.balance.settled
            looks = self.looks
            restless = unread or not quiet
            wait = min(looks.restless, looks.interval) if restless else looks.interval
            with suppress(TimeoutError):  # the time to look has come
                async with asyncio.timeout(wait):
                    await self._stirred.wait()
            self._stirred.clear()
            # Not at the expense of what cannot wait: cancels, questions, exits.
            await self._broker.pace()
            try:
                await self._look_in_turn(quiet=quiet)
                unread = False
            except Transient as error:
                if not unread:
                    log.warning("account_unread", error=str(error))
                unread = True

    async def look(self) -> None:
        """Compare open orders and positions with the venue's."""
        live, confirmed, doubts = self.live, self.confirmed, self._doubts
        before = None if confirmed else await self._broker.account()
        await self.listing.look()
        agrees = await self.balance.look(before, confirmed=confirmed, caught_up=live)
        self._looked = asyncio.get_running_loop().time()
        # A loss in the middle of it makes it say nothing of now.
        self._read = self._read or doubts == self._doubts
        if agrees and live and self.live and not confirmed:
            self._confirm()

    async def _look_in_turn(self, *, quiet: bool) -> None:
        """Orders at every turn; positions less often while all is quiet."""
        due = self._looked + self.looks.positions <= asyncio.get_running_loop().time()
        if due or not quiet or not self.confirmed:
            await self.look()
        else:
            await self.listing.look()

    async def _catch_up(self) -> None:
        """Fold what the broker has of orders, before anything that waits in the feed; then live."""
        unread = False
        # Orders that closed meanwhile are on one list, rather than asked about one by one.
        since = max(1, self.balance.since - DAY) if self.balance.since else 0
        while not self.live:
            try:
                await self.listing.look(since)
                self._up()
            except Transient as error:
                if not unread:
                    log.warning("account_unread", error=str(error))
                unread = True
                await asyncio.sleep(self.looks.restless)

    def _up(self) -> None:
        self._lost = False
        self._live.set()
        self._stirred.set()
        self._standing.free(FEED)

    def _down(self) -> None:
        if self.live:
            self._lost = True
            self._standing.lock(FEED, ACCOUNT, "STREAM_DOWN", "the account's feed is down")
            self.doubt("the account's feed was lost")
        self._live.clear()
        self._stirred.set()

    def _confirm(self) -> None:
        """Our book is the broker's: unlock, keep that in the journal, see to protective orders."""
        self._agreed.set()
        self._standing.note(Kind.RECON, self._summary())
        self._standing.free(RECONCILE)
        self.settled()

    def _summary(self) -> dict[str, object]:
        """Counts and a hash of how the account stands; equal for equal accounts."""
        orders = sorted(
            f"{order.id} {order.state} {order.filled:f}"
            for order in self._results.book.open_orders.values()
        )
        held = sorted(
            f"{strategy} {symbol} {position.quantity:f}"
            for (strategy, symbol), position in self._results.book.holdings.items()
            if position.quantity
        )
        state = "\n".join([*orders, "", *held, f"{self._results.book.cash.normalize():f}"])
        digest = sha256(state.encode()).hexdigest()
        return {"orders": len(orders), "positions": len(held), "sha256": digest}


def _nothing() -> None:
    """Do nothing."""
