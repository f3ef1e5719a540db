"""The seam between history and stream: no bar missing, none twice, no half window."""

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from tradeplat.core.market import SECOND, Bar
from tradeplat.core.ports import History

OVERLAP = 2
"""Bars before the last delivered one that are fetched again after a loss (reliability.md 4.3)."""

Windows = Mapping[int, tuple[int, int]]
"""Span -> (after, up to): which closes of that span to fetch, in UTC nanoseconds."""


def last_complete(now: int, span: int) -> int:
    """The close of the last window of `span` seconds that has ended at `now`."""
    return now - now % (span * SECOND)


def windows(spans: Iterable[int], last: Mapping[int, int], warm: int, seam: int) -> Windows:
    """What to fetch so that history reaches to `seam`: after a loss what is missing and a little
    more, else the last `warm` bars. A span that needs nothing is left out.
    """
    found: dict[int, tuple[int, int]] = {}
    for span in spans:
        end = last_complete(seam, span)
        if last.get(span):
            found[span] = (last[span] - OVERLAP * span * SECOND, end)
        elif warm:
            found[span] = (max(end - warm * span * SECOND, 0), end)
    return {span: (start, end) for span, (start, end) in found.items() if start < end}


@runtime_checkable
class Recalls(Protocol):
    """A history that can be asked for a number of bars, however far back they lie."""

    async def recent(self, symbol: str, span: int, end: int, count: int) -> list[Bar]:
        """The last `count` bars with `ts` <= `end`, oldest first."""


async def fetch(history: History, symbol: str, wanted: Windows, warm: int) -> list[Bar]:
    """The closed bars in `wanted`; with `warm` > 0 so many bars of each span of a minute or more
    instead, from a history that recalls them by number.
    """
    bars: list[Bar] = []
    for span, (start, end) in wanted.items():
        if warm and span >= 60 and isinstance(history, Recalls):
            bars += await history.recent(symbol, span, end, warm)
        else:
            bars += await history.bars(symbol, span, start, end)
    return bars


def merge(history: Iterable[Bar], streamed: Iterable[Bar]) -> list[Bar]:
    """One bar for each (span, ts), in delivery order: the stream's if its volume is not smaller.

    Of several streamed bars of one window the last counts: the vendor corrected itself.
    """
    best = {(bar.ts, bar.span): bar for bar in history}
    latest = {(bar.ts, bar.span): bar for bar in streamed}
    for key, bar in latest.items():
        known = best.get(key)
        if known is None or bar.volume >= known.volume:
            best[key] = bar
    return [best[key] for key in sorted(best)]
