"""What each ticker of a stream counts."""

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
