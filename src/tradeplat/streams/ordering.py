"""One symbol's events in strict order, each once: what the vendor repeats, shuffles or amends."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from tradeplat.core.market import SECOND, Bar, Quote, Status, Trade
from tradeplat.streams.repeats import Repeats

CORRECTED_WITHIN = 960
"""Seconds for which vendors correct bars: so long, or for 64 bars, delivered ones are remembered
to tell a repeat from an amendment."""

SHORT_KEPT = 128
"""The same for bars of less than a minute that are folded here: a few more than the seconds that a
late print may still revise (seconds.py)."""

SHORT_CORRECTED = 1024
"""The same for bars of less than a minute that the vendor makes, and corrects as it does others."""


class Lane:
    """The bars of one span: what was delivered last, and the figures of those delivered lately.

    Of each bar remembered there are its `ts`, a digest of its figures and its revision, in order
    of `ts`: 20 bytes. At least `kept` are, unless fewer were delivered.
    """

    __slots__ = ("_excess", "_figures", "_revisions", "_ts", "kept", "last", "newest", "span")

    def __init__(self, span: int, *, folded: bool = True) -> None:
        self.span = span
        short = SHORT_KEPT if folded else SHORT_CORRECTED
        self.kept = short if span < 60 else max(CORRECTED_WITHIN // span, 64)
        self._excess = min(self.kept, SHORT_KEPT)
        self.last = 0
        self.newest = 0
        self._ts = array("q")
        self._figures = array("q")
        self._revisions = array("I")

    @property
    def delivered(self) -> Sequence[int]:
        """`ts` of the bars remembered, ascending."""
        return self._ts

    def follows(self, bar: Bar) -> bool:
        """True when `bar` simply comes after all before it; it then counts as delivered."""
        ts = bar.ts
        if ts <= self.last or bar.revision:
            return False
        self.last = ts
        self._ts.append(ts)
        self._figures.append(_figures(bar))
        self._revisions.append(0)
        if len(self._ts) > self.kept + self._excess:
            self._forget()
        return True

    def remember(self, bar: Bar) -> None:
        """Count `bar`, of no revision and newer than `last`, as delivered."""
        self.newest = max(self.newest, bar.ts)
        if self._ts and bar.ts <= self._ts[-1]:
            # A coarser bar was here before it, and so were bars of its own span, as amendments.
            self.last = bar.ts
            self.revise(bar)
        else:
            self.follows(bar)

    def revision(self, bar: Bar) -> int | None:
        """The revision that `bar` is of one remembered; 0: it is the same; None: of none."""
        place = self._place(bar.ts)
        if place is None:
            return None
        same = self._figures[place] == _figures(bar)
        return 0 if same else self._revisions[place] + 1

    def revise(self, bar: Bar) -> None:
        """Count `bar`, a revision of an old one, as delivered."""
        place = self._place(bar.ts)
        if place is None:
            place = bisect_left(self._ts, bar.ts)
            self._ts.insert(place, bar.ts)
            self._figures.insert(place, 0)
            self._revisions.insert(place, 0)
        self._figures[place] = _figures(bar)
        self._revisions[place] = bar.revision

    def _place(self, ts: int) -> int | None:
        place = bisect_left(self._ts, ts)
        return place if place < len(self._ts) and self._ts[place] == ts else None

    def _forget(self) -> None:
        """In one go, for taking them one by one from the front of an array is slow."""
        for column in (self._ts, self._figures, self._revisions):
            del column[: self._excess]


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
    Bars of less than a minute that are not `folded` here are remembered for longer.
    """

    __slots__ = (
        "_amends",
        "_folded",
        "_held",
        "_lanes",
        "_lateness",
        "_newest",
        "_plain",
        "_prints",
        "_settled",
        "amended",
        "late",
        "quoted",
        "repeats",
        "status",
    )

    def __init__(
        self,
        spans: Iterable[int] = (60,),
        lateness: int = 0,
        *,
        amends: bool = False,
        folded: bool = True,
    ) -> None:
        self._amends = amends
        self._folded = folded
        self._lanes = {span: self._made(span) for span in sorted(spans)}
        self._lateness = lateness
        self._settled = -1
        self._plain = len(self._lanes) <= 1 and not lateness
        self._held: list[tuple[int, int, Bar]] = []
        self._newest = 0
        self.quoted = 0
        """`ts` of the newest quote admitted."""
        self.status: Status | None = None
        """The last status handed out."""
        self._prints: Repeats | None = None
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
        return lane.delivered if lane is not None else ()

    def admit(self, event: Bar | Quote | Status) -> Sequence[Bar | Quote | Status]:
        """The events that `event` makes due, in order: often itself alone, perhaps none."""
        if isinstance(event, Bar):
            return self._bar(event)
        if isinstance(event, Quote):
            return (event,) if self.fresh(event) else ()
        return (event,) if self._changed(event) else ()

    def fresh(self, quote: Quote) -> bool:
        """True when `quote` is not older than one admitted before."""
        if quote.ts < self.quoted:
            self.late += 1
            return False
        self.quoted = quote.ts
        return True

    def unseen(self, trade: Trade) -> bool:
        """True when `trade` was not among the last 4,096; a print without an id always passes."""
        if not trade.trade_id:
            return True
        prints = self._prints
        if prints is None:
            prints = self._prints = Repeats()
        if prints.add(hash((trade.trade_id, trade.ts, trade.price, trade.size))):
            return True
        self.repeats += 1
        return False

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
            if lane.revision(bar) is not None:
                amended += self._past(lane, bar)
            elif bar.ts > self._passed(lane):
                fresh = replace(bar, revision=0) if bar.revision else bar
                lane.remember(fresh)
                new.append(fresh)
            elif self._amends and lane.delivered and bar.ts > lane.delivered[0]:
                amended += self._past(lane, bar)
        self._held = [held for held in self._held if held[0] > self._lanes[held[1]].last]
        self._newest = max([self._newest, *(bar.ts for bar in new)])
        return new, amended

    def _bar(self, bar: Bar) -> Sequence[Bar]:
        lane = self._lane(bar.span)
        ts = bar.ts
        if ts <= (lane.last if self._plain else self._passed(lane)):
            return self._past(lane, bar)
        if bar.revision:
            bar = replace(bar, revision=0)
        if self._plain:
            lane.remember(bar)
            return (bar,)
        lane.newest = max(lane.newest, ts)
        self._newest = max(self._newest, ts)
        if not self._held and not self._waits(bar):
            lane.remember(bar)
            return (bar,)
        self._hold(bar)
        return self._due()

    def _past(self, lane: Lane, bar: Bar) -> Sequence[Bar]:
        """What becomes of a bar whose place is past."""
        revision = lane.revision(bar)
        if revision == 0:
            self.repeats += 1
            return ()
        if revision is None:
            self.late += 1
            if not self._amends:
                return ()
        self.amended += 1
        revised = replace(bar, revision=revision or 1)
        lane.revise(revised)
        return (revised,)

    def _passed(self, lane: Lane) -> int:
        """`ts` up to which a bar of `lane` comes too late: of its own, or of a coarser one."""
        return max(other.last for other in self._lanes.values() if other.span >= lane.span)

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
                self.repeats += same_figures(held, bar)
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
        last = self.status
        if last is not None:
            if status.ts < last.ts:
                self.late += 1
                return False
            if status.ts == last.ts and status.trading == last.trading and status.code == last.code:
                self.repeats += 1
                return False
        self.status = status
        return True

    def _made(self, span: int) -> Lane:
        return Lane(span, folded=self._folded)

    def _lane(self, span: int) -> Lane:
        lane = self._lanes.get(span)
        if lane is None:
            lane = self._lanes[span] = self._made(span)
            self._plain = len(self._lanes) <= 1 and not self._lateness
        return lane


def _delivery(bar: Bar) -> tuple[int, int]:
    return bar.ts, bar.span


def _figures(bar: Bar) -> int:
    """A digest of the figures of `bar`, of 64 bits."""
    return hash((bar.open, bar.high, bar.low, bar.close, bar.volume))


def same_figures(one: Bar, other: Bar) -> bool:
    """True when both bars say the same of the market."""
    return (
        one.close == other.close
        and one.volume == other.volume
        and one.high == other.high
        and one.low == other.low
        and one.open == other.open
    )
