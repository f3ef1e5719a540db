"""What a commit of the order journal costs on the disk in use: measured with the journal itself."""

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.journal.entries import Intended, Stamped
from tradeplat.journal.orders import About
from tradeplat.journal.shelf import Opening, open_journal

COMMITS = 300
"""Commits that are measured."""
WARM = 20
"""Commits before that."""
RESERVE = 8 << 20
"""Bytes of log allocated for the measurement."""


class Cost(msgspec.Struct, frozen=True):
    """Milliseconds that one order took to be durable."""

    p50_ms: float
    p99_ms: float
    worst_ms: float


def commit_cost(folder: Path, monotonic: Callable[[], int], commits: int = COMMITS) -> Cost:
    """Journal `commits` orders, one by one, in a folder of their own under `folder`.

    `monotonic` gives nanoseconds. Raises OSError or Corrupt when the disk cannot do it.
    """
    with tempfile.TemporaryDirectory(prefix="probe-", dir=folder) as place:
        about = About("paper", "probe", "1970-01-01")
        store, _ = open_journal(Path(place), about, Opening(0, 0, reserve=RESERVE))
        costs = []
        for n in range(WARM + commits):
            entry = Stamped(n, n, Intended(_order(n)))
            began = monotonic()
            store.commit((entry,))
            costs.append((monotonic() - began) / 1e6)
        store.close()
    costs = sorted(costs[WARM:])
    return Cost(
        round(costs[len(costs) // 2], 3),
        round(costs[len(costs) * 99 // 100], 3),
        round(costs[-1], 3),
    )


def _order(n: int) -> Order:
    name = f"tp1-700101-{n:028x}-0"
    return Order(name, "AAA", "probe", Decimal(100), OrderType.MARKET, Purpose.ENTRY, n, n)
