"""One symbol's events in strict order, each once: what the vendor repeats, shuffles or amends."""

from array import array
from bisect import insort
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec.structs import replace

from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade

CORRECTED_WITHIN = 960
"""Seconds for which vendors correct bars: so long, or for 64 bars, delivered ones are remembered
to tell a repeat from an amendment."""

SHORT_KEPT = 128
"""The same for bars of less than a minute, which no vendor corrects: a few more than the seconds
that a late print may still revise (seconds.py)."""

WINDOWS_KEPT = 1024
"""Windows of one span whose bars are remembered by a digest where bars may be corrected late."""

TRADES_KEPT = 4096
"""Prints remembered by identity (reliability.md 4.3)."""


class Digests:
    """What the bars of one span looked like in the last `WINDOWS_KEPT` windows, in 16 KiB."""

    __slots__ = ("_figures", "_length", "_ts")

    def __init__(self, span: int) -> None:
        self._length = span * SECOND
        self._ts = array("q", bytes(8 * WINDOWS_KEPT))
        self._figures = array("q", bytes(8 * WINDOWS_KEPT))

    def add(self, bar: Bar) -> None:
        """Remember `bar`, in the place of an older one."""
        place = bar.ts // self._length % WINDOWS_KEPT
        if bar.ts >= self._ts[place]:
            self._ts[place] = bar.ts
            self._figures[place] = _figures(bar)

    def revision(self, bar: Bar) -> int:
        """The revision that `bar` is of what was remembered at its time; 0: it is the same."""
        place = bar.ts // self._length % WINDOWS_KEPT
        if self._ts[place] != bar.ts:
            return 1
        known = self._figures[place]
        same = known >> 8 == _figures(bar) >> 8
        return 0 if same else (known & 0xFF) + 1


class Lane:
    """The bars of one span: what was delivered last, and lately; with `digests`, long ago too."""

    __slots__ = ("delivered", "digests", "kept", "last", "newest", "span")

    def __init__(self, span: int, digests: Digests | None = None) -> None:
        self.span = span
        self.digests = digests
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
            bar = self.delivered.pop(ts)
            if self.digests is not None:
                self.digests.add(bar)


class Ordering:
    """Admits the events of one symbol and says which are due, in which order.

    Bars come out strictly ascending in `ts` for each span, and a bar follows the bars of every
    finer span in `spans` that close at or before it. A coarse bar waits until each finer span has
    reached it. With `lateness`, in nanoseconds, nobody counts on arrival: a bar goes on at once
    where it adjoins the one before it, and otherwise waits until what might come before it is
    `lateness` old, by the newest bar or by whoever calls `settle`. `advance` ends every wait.

    A bar seen before is dropped when its values are the same (`repeats`) and amended with the next
    revision when they differ. A bar that comes after its successor was delivered, or before all
    that is remembered, counts as `late`: it is dropped, or with `amends` handed on as an amendment.
    """

    __slots__ = (
        "_amends",
        "_held",
        "_lanes",
        "_lateness",
        "_newest",
        "_plain",
        "_quoted",
        "_recent",
        "_seen",
        "_settled",
        "_status",
        "amended",
        "late",
        "repeats",
    )

    def __init__(
        self, spans: Iterable[int] = (60,), lateness: int = 0, *, amends: bool = False
    ) -> None:
        self._amends = amends
        self._lanes = {span: self._made(span) for span in sorted(spans)}
        self._lateness = lateness
        self._settled = -1
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
        """Events that came after later ones were delivered."""
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

    def settle(self, ts: int) -> Sequence[Bar]:
        """Take note that all that closes at or before `ts` has come; the bars due by that."""
        self._settled = max(self._settled, ts)
        for lane in self._lanes.values():
            lane.newest = max(lane.newest, ts)
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
            elif self._amends and bar.ts > min(lane.delivered, default=bar.ts):
                amended += self._belated(lane, bar)
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
            return self._belated(lane, bar)
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

    def _belated(self, lane: Lane, bar: Bar) -> Sequence[Bar]:
        """What becomes of a bar whose place is past."""
        if not self._amends:
            self.late += 1
            return ()
        revision = 1 if lane.digests is None else lane.digests.revision(bar)
        if not revision:
            self.repeats += 1
            return ()
        self.late += 1
        self.amended += 1
        revised = replace(bar, revision=revision)
        lane.delivered[bar.ts] = revised
        return (revised,)

    def _waits(self, bar: Bar) -> bool:
        if self._lateness:
            return any(self._wanting(bar, lane) for lane in self._lanes.values())
        return any(lane.newest < bar.ts for span, lane in self._lanes.items() if span < bar.span)

    def _wanting(self, bar: Bar, lane: Lane) -> bool:
        """True while a bar of `lane` may still come that belongs before `bar`."""
        if lane.span == bar.span:
            before = bar.ts - bar.span * SECOND
        elif lane.span < bar.span:
            before = bar.ts
        else:
            before = (bar.ts - 1) // (lane.span * SECOND) * lane.span * SECOND
        return before > max(lane.last or -1, self._settled, self._newest - self._lateness - 1)

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

    def _made(self, span: int) -> Lane:
        return Lane(span, Digests(span) if self._amends and span < 60 else None)

    def _lane(self, span: int) -> Lane:
        lane = self._lanes.get(span)
        if lane is None:
            lane = self._lanes[span] = self._made(span)
            self._plain = len(self._lanes) <= 1 and not self._lateness
        return lane


def _delivery(bar: Bar) -> tuple[int, int]:
    return bar.ts, bar.span


def _figures(bar: Bar) -> int:
    """A digest of the figures of `bar`, its revision in the low byte."""
    figures = hash((bar.open, bar.high, bar.low, bar.close, bar.volume))
    return figures & ~0xFF | min(bar.revision, 0xFF)


def _same_bar(one: Bar, other: Bar) -> bool:
    return (
        one.close == other.close
        and one.volume == other.volume
        and one.high == other.high
        and one.low == other.low
        and one.open == other.open
    )
