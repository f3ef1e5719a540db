"""What readers are told where faults strike: ids forgotten, lists and positions of a while ago.

Only answers are wrong: what the venue does itself is judged by how things stand.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from tradeplat.core.ledger import Ledger
from tradeplat.core.orders import Fill
from tradeplat.core.position import Position
from tradeplat.venue.accounts import Account, moved
from tradeplat.venue.activities import OtherActivity
from tradeplat.venue.faults import Fault, Faults, Spot
from tradeplat.venue.order_book import VenueOrder


class Recall:
    """What the venue's reading side remembers, and since when."""

    def __init__(self, faults: Faults, now: Callable[[], int]) -> None:
        self._faults = faults
        self._now = now
        self._hidden: dict[tuple[str, str], int] = {}

    def knows(self, order: VenueOrder) -> bool:
        """False while a query of this order finds nothing; that is settled at the first one."""
        if not self._faults.expects("forgotten_id"):
            return True
        name = (order.id, order.client_id)
        if name not in self._hidden:
            fault = self._faults.strike("forgotten_id", Spot(symbol=order.symbol))
            self._hidden[name] = 0 if fault is None else order.created + self._faults.delay(fault)
        return self._now() >= self._hidden[name]

    def orders(self, account: Account) -> Iterable[VenueOrder] | None:
        """The orders a list is made from; None for how they stand now."""
        fault = self._faults.strike("eventual_lists")
        return None if fault is None else account.orders.as_of(self._before(fault))

    def positions(self, account: Account) -> dict[str, Position]:
        """Positions that are not flat, sorted by symbol."""
        fault = self._faults.strike("positions_lag")
        if fault is None:
            return account.positions
        rows = _ledger(account, self._before(fault)).positions.items()
        return {symbol: held for symbol, held in sorted(rows) if held.quantity}

    def instant(self) -> int:
        """What the clock page shows."""
        fault = self._faults.strike("clock_step")
        if fault is None:
            return self._now()
        step = self._faults.delay(fault)
        return self._now() + (step if self._faults.coin() else -step)

    def _before(self, fault: Fault) -> int:
        return self._now() - self._faults.delay(fault)


def _ledger(account: Account, ts: int) -> Ledger:
    """What all that happened up to `ts` comes to."""
    made = Ledger(Decimal(0))
    for one in account.history:
        if one.ts > ts:
            break
        if isinstance(one, OtherActivity):
            made = moved(made, one)
        else:
            made = made.after(Fill(one.order_id, one.symbol, "", one.ts, one.delta, one.price))
    return made
