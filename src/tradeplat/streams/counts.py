"""What each ticker of a stream counts."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tradeplat.streams.ticker import Ticker

COUNTED = (
    "repeats",
    "late",
    "amended",
    "unmatched",
    "conflated",
    "dropped",
    "backfills",
    "gaps",
)
"""What each ticker counts; the client adds them up, feeds long closed included."""


def counts(ticker: Ticker) -> dict[str, int]:
    """What one ticker has counted so far, by name."""
    order, box, fold = ticker.ordering, ticker.mailbox, ticker.fold
    counts = (
        order.repeats,
        order.late + (fold.late if fold is not None else 0),
        order.amended,
        fold.unmatched if fold is not None else 0,
        box.conflated,
        box.dropped,
        ticker.backfills,
        ticker.gaps,
    )
    return dict(zip(COUNTED, counts, strict=True))


def totals(closed: Mapping[str, int], tickers: Iterable[Ticker]) -> dict[str, int]:
    """What all of them have counted together, those `closed` before included, and how many events
    wait for their desks.
    """
    total = Counter(dict.fromkeys(COUNTED, 0))
    total.update(closed)
    depth = 0
    for ticker in tickers:
        total.update(counts(ticker))
        depth += ticker.mailbox.depth
    return {**total, "depth": depth}
