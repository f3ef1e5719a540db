"""The order journal: how long a start takes to verify and fold a day's records.

    python -m bench journal [--quick]

A day of a million records (reliability.md 3.2 allows 10 s) is written in transactions of 256, the
process lets go of it as one that dies would, and the journal is opened again: chain verified,
orders and positions folded, tables compared.
"""

import tempfile
import time
from decimal import Decimal
from pathlib import Path

from bench.figures import Figure
from tradeplat.core.orders import Order, OrderState, OrderType, Purpose, Report
from tradeplat.journal.entries import Intended, Moved, Reported, Stamped
from tradeplat.journal.orders import MOST, About
from tradeplat.journal.probe import commit_cost
from tradeplat.journal.shelf import Opening, open_journal

ABOUT = About("paper", "bench", "2026-01-05")
LIMIT = 10.0
OUT = Path("bench/out")
STEPS = 5
S = OrderState


def life(n: int) -> list[Stamped]:
    order = Order(
        f"tp1-260105-{n:028x}-0",
        f"S{n % 50}",
        "bench",
        Decimal(100 if n % 2 else -100),
        OrderType.LIMIT,
        Purpose.ENTRY,
        n,
        n,
        limit=Decimal("10.25"),
    )

    def said(state: OrderState, filled: int) -> Reported:
        average = Decimal("10.20") if filled else None
        return Reported(Report(order.id, order.symbol, state, n, Decimal(filled), average))

    steps = [
        Intended(order),
        Moved(order.id, S.SENDING, ""),
        said(S.WORKING, 0),
        said(S.PARTIAL, 40),
        said(S.FILLED, 100),
    ]
    return [Stamped(n, n, step) for step in steps]


def measure(quick: bool) -> list[Figure]:
    records = 50_000 if quick else 1_000_000
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="journal-", dir=OUT) as folder:
        cost = commit_cost(Path(folder), time.perf_counter_ns)
        store, _ = open_journal(Path(folder), ABOUT, Opening(0, 0))
        began = time.perf_counter()
        batch: list[Stamped] = []
        for n in range(records // STEPS):
            batch += life(n)
            if len(batch) >= MOST - STEPS:
                store.commit(batch)
                batch = []
        store.commit(batch)
        store.keep()
        wrote = time.perf_counter() - began
        store.abandon()
        began = time.perf_counter()
        store, told = open_journal(Path(folder), ABOUT, Opening(0, 0))
        took = time.perf_counter() - began
        store.close()
    if told.lost or len(told.orders) != records // STEPS:
        raise SystemExit(f"the journal did not come back: {told.lost or len(told.orders)}")
    scaled = took * 1_000_000 / told.seq
    return [
        Figure("journal", "start over 1,000,000 records", scaled, "s", LIMIT, "<="),
        Figure("journal", "records measured", told.seq, ""),
        Figure("journal", "records written a second, 256 a commit", records / wrote, "/s"),
        Figure("journal", "one order durable, p50", cost.p50_ms, "ms"),
        Figure("journal", "one order durable, p99", cost.p99_ms, "ms"),
    ]
