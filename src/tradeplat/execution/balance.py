"""Positions and cash held against the broker's: explained, or adopted, and never traded away."""

import asyncio
from decimal import Decimal
from math import isnan
from typing import NamedTuple

from msgspec.structs import replace

from tradeplat.core.conditions import ACCOUNT
from tradeplat.core.cover import Levels
from tradeplat.core.exact import exact
from tradeplat.core.journal import Correction
from tradeplat.core.market import SECOND
from tradeplat.core.orders import EXTERNAL, IN_DOUBT, Order
from tradeplat.core.ports import Account, Activity
from tradeplat.execution import reconcile
from tradeplat.execution.listing import Listing
from tradeplat.execution.results import Results
from tradeplat.execution.standing import DRIFT, UNEXPLAINED, Standing
from tradeplat.execution.timings import Looks, TradingBroker

ZERO = Decimal(0)
OVERLAP = 60 * SECOND
"""The broker's history is read from so long before the last agreement: its clock is its own."""
PENNY = Decimal("0.01")
"""Cash that differs by less is rounding."""
TOLERATED = Decimal("0.0001")
"""Share of the cash by which it may differ (fees of the day) before a person hears of it."""


class Drift(NamedTuple):
    """Signed quantities of one symbol that do not agree."""

    ours: Decimal
    theirs: Decimal


class Adopted(NamedTuple):
    """What was taken from, or given to, somebody for want of an explanation, and the levels that
    protected it.
    """

    correction: Correction
    levels: Levels


class Balance:
    """Looks at positions and cash; `drift` holds the symbols that differ for too long.

    Before the account was agreed with (`confirmed`), no message can be on its way: a difference
    is drift at once, and adopted as soon as it has lasted.
    """

    def __init__(
        self,
        broker: TradingBroker,
        results: Results,
        listing: Listing,
        standing: Standing,
        looks: Looks = Looks(),
    ) -> None:
        self._broker = broker
        self._results = results
        self._listing = listing
        self._standing = standing
        self.looks = looks
        self._differs: dict[str, float] = {}
        self._money: tuple[Decimal, float] | None = None
        self._counted: set[str] = set()
        self._adopted: dict[str, list[Adopted]] = {}
        self.since = 0
        """UTC ns of the last agreement: what the broker did before is counted."""
        self.drift: dict[str, Drift] = {}

    @property
    def settled(self) -> bool:
        """True while nothing differs, no position and no cash."""
        return not self._differs and self._money is None

    def heard(self, order: Order) -> None:
        """Take in how an order now stands: a stranger's may have traded what strategies hold."""
        if order.strategy == EXTERNAL and order.filled:
            self.net(order.symbol)

    def net(self, symbol: str) -> None:
        """Let strategies know of what was traded elsewhere against their shares."""
        held, now = self._results.book.holdings, self._standing.now
        for correction in reconcile.netting(symbol, held, now):
            self._standing.correct(correction)

    async def look(
        self, before: Account | None, *, confirmed: bool, caught_up: bool = True
    ) -> bool:
        """Compare with the broker's account as it is now, and was `before`; True when they agree.

        A symbol differs only if neither our count before its answer nor the one after is its. The
        cash is left alone until all that the broker has of orders is `caught_up` with, and while
        one is in question: it may be what they cost. Until then nothing counts as agreed on:
        positions agree as well where two fills nobody here heard of undo each other.
        """
        ours, cash = self._ours(), self._results.book.cash
        account = await self._broker.account()
        found = reconcile.differences(self._ours(), before or account, account)
        if found is None:
            return False
        found = [d for d in found if ours.get(d.symbol, ZERO) != d.theirs]
        for symbol in sorted(self._differs.keys() - {d.symbol for d in found}):
            self._agrees(symbol)
        for difference in found:
            await self._differing(difference, confirmed=confirmed)
        quiet = cash == self._results.book.cash and ours == self._ours()
        if found or not quiet:
            return False
        if not caught_up:
            return True
        asked = self._listing.settled
        if not await self._settle_cash(account, confirmed=confirmed, asked=asked):
            return False
        if asked:
            self.since = account.ts
        return True

    async def _differing(self, difference: reconcile.Difference, *, confirmed: bool) -> None:
        now = asyncio.get_running_loop().time()
        symbol = difference.symbol
        age = now - self._differs.setdefault(symbol, now)
        lasting = age >= self.looks.lasting
        if lasting or not confirmed:
            self._drifts(difference)
        if age < (self.looks.lasting if confirmed else self.looks.settling):
            return
        if await self._explained(difference) or await self._returned(difference):
            return
        if age < (self.looks.adopting if confirmed else self.looks.lasting):
            return
        if not self._in_doubt(symbol):
            await self._adopt(difference)

    async def _explained(self, difference: reconcile.Difference) -> bool:
        """Look the difference up in the broker's history; what it tells is booked once."""
        fresh, known = await self._history()
        why = reconcile.explain(
            difference, fresh, self._counted, known, self._results.book.holdings
        )
        if why is None:
            return False
        for venue_id in why.orders:
            await self._read(reconcile.Untold(venue_id, None, anew=True))
        for correction in why.corrections:
            self._standing.correct(correction)
        self._counted |= {a.id for a in fresh if a.symbol == difference.symbol}
        causes = [*why.orders, *(correction.why for correction in why.corrections)]
        told = f"{difference.symbol}: {difference.missing:+f} by {', '.join(causes)}"
        self._standing.alarm("position_explained", told)
        return True

    async def _history(self) -> tuple[list[Activity], dict[str, Order]]:
        """What the broker did since the last agreement, and our orders in it by its own ids."""
        activities = await self._broker.activities(max(0, self.since - OVERLAP))
        known: dict[str, Order] = {}
        for activity in activities:
            order = self._results.book.order(activity.order_id) if activity.order_id else None
            if order is not None:
                known[activity.venue_id] = order
        return [a for a in activities if a.ts > self.since or a.venue_id in known], known

    async def _heeded(self) -> bool:
        """Look up what of the broker's history is counted otherwise here; True when that changed
        what we count.
        """
        cash, ours = self._results.book.cash, self._ours()
        untold = reconcile.untold(*await self._history())
        for one in untold:
            await self._read(one)
        for symbol in dict.fromkeys(one.symbol for one in untold):
            self.net(symbol)
        return cash != self._results.book.cash or ours != self._ours()

    async def _read(self, untold: reconcile.Untold) -> None:
        """Read one order; less, or another price, is believed as far as the history says so too."""
        for report in await self._broker.read_order(untold.venue_id):
            order = self._results.book.order(report.order_id)
            if order is None or not untold.takes_back(order, report):
                await self._results.report(report)
            else:
                await self._listing.take_back(order, report)

    async def _adopt(self, difference: reconcile.Difference) -> None:
        """Nobody knows why: the broker is right about what exists, and a person has to look."""
        symbol, now = difference.symbol, self._standing.now
        why = f"we counted {difference.ours:+f}, the broker {difference.theirs:+f}, unexplained"
        adopted = self._adopted.setdefault(symbol, [])
        for correction in reconcile.adopt(difference, self._results.book.holdings, now, why):
            adopted.append(Adopted(correction, self._levels(correction)))
            self._standing.correct(correction)
        await self._standing.lock_for_good(UNEXPLAINED, symbol, "MODE", why)
        self._standing.alarm("position_unexplained", f"{symbol}: {why}")
        self._agrees(symbol)

    async def _returned(self, difference: reconcile.Difference) -> bool:
        """Undo what was adopted once the broker has gone back to what we had counted by ourselves:
        its positions lagged, and nothing was ever wrong with our count.
        """
        symbol, adopted = difference.symbol, self._adopted.get(difference.symbol, [])
        quantities = (one.correction.quantity for one in adopted)
        if not adopted or sum(quantities, ZERO) != -difference.missing:
            return False
        del self._adopted[symbol]
        why = f"the broker counts {difference.theirs:+f} again, as we did"
        for made, levels in reversed(adopted):
            quantity, now = -made.quantity, self._standing.now
            self._standing.correct(replace(made, quantity=quantity, why=why, ts=now))
            if levels.stop is not None or levels.target is not None:
                self._standing.protect(levels)
        await self._standing.free_for_good(UNEXPLAINED, symbol)
        self._standing.alarm("position_returned", f"{symbol}: {why}")
        self._agrees(symbol)
        return True

    def _levels(self, correction: Correction) -> Levels:
        symbol, strategy = correction.symbol, correction.strategy
        held = self._results.book.holding(strategy, symbol)
        stop, target = (None if isnan(at) else exact(at) for at in (held.stop, held.target))
        return Levels(symbol, strategy, "", stop, target)

    def _in_doubt(self, symbol: str) -> bool:
        orders = self._results.book.open_orders.values()
        return any(order.symbol == symbol and order.state in IN_DOUBT for order in orders)

    async def _settle_cash(self, account: Account, *, confirmed: bool, asked: bool) -> bool:
        """Take the broker's cash over: at once after a start or a loss, else once it has lasted.

        First its history is looked up: whose fill it is, or what took one back, is booked as that
        and not once more when it is heard of by itself. False when something was. Nothing is taken
        before every order in question was `asked` about.
        """
        cash = self._results.book.cash
        missing = account.cash - cash
        if abs(missing) < PENNY:
            self._money = None
            self._standing.free(DRIFT, ACCOUNT)
            return confirmed or asked or not await self._heeded()
        now = asyncio.get_running_loop().time()
        if confirmed:
            if self._money is None or self._money[0] != missing:
                self._money = (missing, now)
            if not asked or now - self._money[1] < self.looks.lasting:
                return True
        if await self._heeded():
            return False
        if not asked:
            return True
        why = f"the broker's cash is {account.cash:f}, ours was {cash:f}"
        if confirmed and abs(missing) > max(Decimal(1), abs(cash) * TOLERATED):
            self._standing.lock(DRIFT, ACCOUNT, "MODE", why)
            self._standing.alarm("cash_drift", why)
        self._money = None
        taken = Correction("", EXTERNAL, ZERO, ZERO, missing, why, ts=self._standing.now)
        self._standing.correct(taken)
        return True

    def _ours(self) -> dict[str, Decimal]:
        positions = self._results.book.positions
        return {symbol: position.quantity for symbol, position in positions.items()}

    def _agrees(self, symbol: str) -> None:
        self._differs.pop(symbol, None)
        if self.drift.pop(symbol, None) is not None:
            self._standing.free(DRIFT, symbol)
            told = f"{symbol}: our count and the venue's agree again"
            self._standing.alarm("position_agrees", told)

    def _drifts(self, difference: reconcile.Difference) -> None:
        symbol, drift = difference.symbol, Drift(difference.ours, difference.theirs)
        if self.drift.get(symbol) == drift:
            return
        self.drift[symbol] = drift
        told = f"we count {drift.ours:+f}, the venue {drift.theirs:+f}"
        self._standing.lock(DRIFT, symbol, "MODE", told)
        self._standing.alarm(
            "position_drift",
            f"{symbol}: {told}; until they agree only orders that shrink the venue's position"
            " are sent",
        )
