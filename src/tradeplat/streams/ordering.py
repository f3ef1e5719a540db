"""One symbol's events in strict order, each once: what the vendor repeats, shuffles or amends."""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec.structs import replace

from tradeplat.core.market import Bar, Quote, Status, Trade

CORRECTED_WITHIN = 960
"""Seconds for which vendors correct bars: so long, or for 64 bars, delivered ones are remembered
to tell a repeat from an amendment."""

SHORT_KEPT = 128
"""The same for bars of less than a minute, which no vendor corrects: a few more than the seconds
that a late print may still revise (seconds.py)."""

TRADES_KEPT = 4096
"""Prints remembered by identity (reliability.md 4.3)."""


class Lane:
    """The bars of one span: what was delivered last, and lately."""

    __slots__ = ("delivered", "kept", "last", "newest", "span")

    def __init__(self, span: int) -> None:
        self.span = span
        self.kept = SHORT_KEPT if span < 60 else max(CORRECTED_WITHIN // span, 64)
        self.last = 0
        self.newest = 0
        self.delivered: dict[int, Bar] = {}

    def follows(self, bar: Bar) -> bool:
        """True when `bar` simply comes after all before it; it then counts as delivered."""
        ts = bar.ts
        if ts <= self.last or bar.revision:
            return False
        self.last = ts
        self.delivered[ts] = bar
        if len(self.delivered) > 2 * self.kept:
            self._forget()
        return True

    def remember(self, bar: Bar) -> None:
        """Count `bar`, the newest so far, as delivered."""
        self.last = bar.ts
        self.newest = max(self.newest, bar.ts)
        self.delivered[bar.ts] = bar
        if len(self.delivered) > 2 * self.kept:
            self._forget()

    def _forget(self) -> None:
        """In one go, for taking them one by one from the front of a dictionary is slow."""
        for ts in list(islice(self.delivered, self.kept)):
            del self.delivered[ts]


class Ordering:
    """Admits the events of one symbol and says which are due, in which order.

    Bars come out strictly ascending in `ts` for each span, and a bar follows the bars of every
    finer span in `spans` that close at or before it. A bar waits until no earlier one can come:
    for `lateness` nanoseconds of event time, and a coarse one until each finer span has reached
    it; `advance` ends the wait. A bar seen before is dropped when its values are the same
    (`repeats`) and amended with the next revision when they differ. A bar that comes after its
    successor was delivered, or before all that is remembered, is dropped (`late`).
    """

    __slots__ = (
        "_held",
        "_lanes",
        "_lateness",
        "_newest",
        "_plain",
        "_quoted",
        "_recent",
        "_seen",
        "_status",
        "amended",
        "late",
        "repeats",
    )

    def __init__(self, spans: Iterable[int] = (60,), lateness: int = 0) -> None:
        self._lanes = {span: Lane(span) for span in sorted(spans)}
        self._lateness = lateness
        self._plain = len(self._lanes) <= 1 and not lateness
        self._held: list[tuple[int, int, Bar]] = []
        self._newest = 0
        self._quoted = 0
        self._status: Status | None = None
        self._seen: set[int] = set()
        self._recent: deque[int] = deque()
        self.repeats = 0
        """Events dropped because they were delivered before."""
        self.late = 0
        """Events dropped because later ones were delivered before them."""
        self.amended = 0
        """Revisions handed out."""

    @property
    def only_lane(self) -> Lane | None:
        """Where bars of the only span may go the short way; None when they have to wait."""
        return next(iter(self._lanes.values())) if self._plain and self._lanes else None

    def last(self, span: int) -> int:
        """`ts` of the newest bar of `span` delivered; 0 before the first."""
        lane = self._lanes.get(span)
        return lane.last if lane is not None else 0

    def recent(self, span: int) -> Sequence[int]:
        """`ts` of the bars of `span` delivered lately, ascending."""
        lane = self._lanes.get(span)
        return sorted(lane.delivered) if lane is not None else ()

    def admit(self, event: Bar | Quote | Status) -> Sequence[Bar | Quote | Status]:
        """The events that `event` makes due, in order: often itself alone, perhaps none."""
        if isinstance(event, Bar):
            return self._bar(event)
        if isinstance(event, Quote):
            return (event,) if self.fresh(event) else ()
        return (event,) if self._changed(event) else ()

    def fresh(self, quote: Quote) -> bool:
        """True when `quote` is not older than one admitted before."""
        if quote.ts < self._quoted:
            self.late += 1
            return False
        self._quoted = quote.ts
        return True

    def unseen(self, trade: Trade) -> bool:
        """True when `trade` was not among the last 4,096; a print without an id always passes."""
        if not trade.trade_id:
            return True
        key = hash((trade.trade_id, trade.ts, trade.price, trade.size))
        if key in self._seen:
            self.repeats += 1
            return False
        self._seen.add(key)
        self._recent.append(key)
        if len(self._recent) > TRADES_KEPT:
            self._seen.discard(self._recent.popleft())
        return True

    def reached(self, span: int, ts: int) -> Sequence[Bar]:
        """Take note that `span` is complete up to `ts`; the bars that makes due."""
        lane = self._lanes.get(span)
        if lane is None or ts <= lane.newest:
            return ()
        lane.newest = ts
        return self._due() if self._held else ()

    def advance(self, ts: int) -> Sequence[Bar]:
        """Wait no longer for anything up to `ts`: the bars that makes due."""
        due = [bar for at, _, bar in self._held if at <= ts]
        if due:
            del self._held[: len(due)]
            for bar in due:
                self._lanes[bar.span].remember(bar)
        return due

    def absorb(self, history: Iterable[Bar]) -> tuple[list[Bar], list[Bar]]:
        """Close the seam with `history`: its bars not yet delivered, and amendments of others.

        The first list is in delivery order and counts as delivered; bars older than what is
        remembered are neither.
        """
        new: list[Bar] = []
        amended: list[Bar] = []
        for bar in sorted(history, key=_delivery):
            lane = self._lane(bar.span)
            if bar.ts > lane.last:
                fresh = replace(bar, revision=0) if bar.revision else bar
                lane.remember(fresh)
                new.append(fresh)
            elif bar.ts in lane.delivered:
                amended += self._again(lane.delivered[bar.ts], bar)
        self._held = [held for held in self._held if held[0] > self._lanes[held[1]].last]
        self._newest = max([self._newest, *(bar.ts for bar in new)])
        return new, amended

    def _bar(self, bar: Bar) -> Sequence[Bar]:
        lane = self._lane(bar.span)
        ts = bar.ts
        known = lane.delivered.get(ts)
        if known is not None:
            return self._again(known, bar)
        if self._plain and ts > lane.last:
            lane.remember(replace(bar, revision=0) if bar.revision else bar)
            return (lane.delivered[ts],)
        if ts <= lane.last or any(
            ts <= other.last for span, other in self._lanes.items() if span > bar.span
        ):
            self.late += 1
            return ()
        lane.newest = max(lane.newest, ts)
        self._newest = max(self._newest, ts)
        if bar.revision:
            bar = replace(bar, revision=0)
        if not self._held and not self._waits(bar):
            lane.remember(bar)
            return (bar,)
        self._hold(bar)
        return self._due()

    def _again(self, known: Bar, bar: Bar) -> Sequence[Bar]:
        if _same_bar(known, bar):
            self.repeats += 1
            return ()
        self.amended += 1
        revised = replace(bar, revision=known.revision + 1)
        self._lane(bar.span).delivered[bar.ts] = revised
        return (revised,)

    def _waits(self, bar: Bar) -> bool:
        if self._lateness and bar.ts + self._lateness >= self._newest:
            return True
        return any(lane.newest < bar.ts for span, lane in self._lanes.items() if span < bar.span)

    def _hold(self, bar: Bar) -> None:
        for place, (ts, span, held) in enumerate(self._held):
            if ts == bar.ts and span == bar.span:
                self.repeats += _same_bar(held, bar)
                self._held[place] = (ts, span, bar)
                return
        insort(self._held, (bar.ts, bar.span, bar), key=lambda held: held[:2])

    def _due(self) -> Sequence[Bar]:
        due: list[Bar] = []
        for _, span, bar in self._held:
            if self._waits(bar):
                break
            self._lanes[span].remember(bar)
            due.append(bar)
        del self._held[: len(due)]
        return due

    def _changed(self, status: Status) -> bool:
        last = self._status
        if last is not None:
            if status.ts < last.ts:
                self.late += 1
                return False
            if status.ts == last.ts and status.trading == last.trading and status.code == last.code:
                self.repeats += 1
                return False
        self._status = status
        return True

    def _lane(self, span: int) -> Lane:
        lane = self._lanes.get(span)
        if lane is None:
            lane = self._lanes[span] = Lane(span)
            self._plain = len(self._lanes) <= 1 and not self._lateness
        return lane


def _delivery(bar: Bar) -> tuple[int, int]:
    return bar.ts, bar.span


def _same_bar(one: Bar, other: Bar) -> bool:
    return (
        one.close == other.close
        and one.volume == other.volume
        and one.high == other.high
        and one.low == other.low
        and one.open == other.open
    )
