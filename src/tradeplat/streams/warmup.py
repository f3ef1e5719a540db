"""The seam between history and stream: no bar missing, none twice, no half window."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from tradeplat.core.market import SECOND, Bar
from tradeplat.core.ports import History
from tradeplat.streams.ordering import CORRECTED_WITHIN, same_figures
from tradeplat.streams.seconds import SECONDS_KEPT

OVERLAP = 2
"""Bars before the last delivered one that are fetched again after a loss, at the least."""

Windows = Mapping[int, tuple[int, int]]
"""Span -> (after, up to): which closes of that span to fetch, in UTC nanoseconds."""


SHORT = 600
"""Bars of less than a minute that warm a desk at most: they are many, and old ones tell little."""


def bars_wanted(warm: int, span: int) -> int:
    """How many bars of `span` seconds warm a desk that asked for `warm` of each span."""
    return min(warm, SHORT) if span < 60 else warm


class Recent:
    """The last bars of one symbol, as many of each span as warm the desk that it may get."""

    __slots__ = ("_spans", "_warm")

    def __init__(self, warm: int) -> None:
        self._warm = warm
        self._spans: dict[int, deque[Bar]] = {}

    def add(self, bar: Bar) -> None:
        """Keep `bar`, in the place of the oldest of its span."""
        kept = self._spans.get(bar.span)
        if kept is None:
            kept = self._spans[bar.span] = deque(maxlen=bars_wanted(self._warm, bar.span))
        kept.append(bar)

    def bars(self) -> tuple[Bar, ...]:
        """All that is kept, in delivery order."""
        return tuple(sorted((bar for kept in self._spans.values() for bar in kept), key=_delivery))


def last_complete(now: int, span: int) -> int:
    """The close of the last window of `span` seconds that has ended at `now`."""
    return now - now % (span * SECOND)


def windows(
    spans: Iterable[int], last: Mapping[int, int], warm: int, seam: int, *, folded: bool = True
) -> Windows:
    """What to fetch so that history reaches to `seam`: after a loss what is missing, and what may
    have been corrected meanwhile; else what warms a desk (`bars_wanted`). A span that needs nothing
    is left out. `folded` are bars of less than a minute that are made of prints here.
    """
    found: dict[int, tuple[int, int]] = {}
    for span in spans:
        end = last_complete(seam, span)
        if last.get(span):
            again = SECONDS_KEPT if folded and span < 60 else CORRECTED_WITHIN
            start = last[span] - max(OVERLAP * span, again) * SECOND
            found[span] = (max(start, 0), end)
        elif warm:
            found[span] = (max(end - bars_wanted(warm, span) * span * SECOND, 0), end)
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


def merge(history: Iterable[Bar], streamed: Iterable[Bar], asked: int = 0) -> list[Bar]:
    """One bar for each (span, ts), in delivery order, where `history` was `asked` for at that time.

    Of several streamed bars of one window the last counts: the vendor corrected itself. It counts
    for more than history where it came after that was asked for, where history still has what it
    corrected, and where its volume is not smaller: prints are added more often than taken back.
    """
    best = {(bar.ts, bar.span): bar for bar in history}
    known = dict(best)
    latest: dict[tuple[int, int], Bar] = {}
    corrected = set()
    for bar in streamed:
        key = bar.ts, bar.span
        old, before = known.get(key), latest.get(key)
        if old is not None and before is not None and same_figures(old, before):
            corrected.add(key)
        latest[key] = bar
    for key, bar in latest.items():
        old = known.get(key)
        newer = key in corrected or (asked and bar.seen > asked)
        if old is None or newer or bar.volume >= old.volume:
            best[key] = bar
    return [best[key] for key in sorted(best)]


def _delivery(bar: Bar) -> tuple[int, int]:
    return bar.ts, bar.span
