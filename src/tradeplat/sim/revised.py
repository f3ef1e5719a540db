"""What revised bars would have changed: each strategy of a recorded session beside a twin of it
that is shown every bar as it became in the end.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from math import isnan

import msgspec

from tradeplat.core import state
from tradeplat.core.calendar import Session
from tradeplat.core.intent import HOLD, Holding, Intent
from tradeplat.core.market import Backfill, Bar, Quote
from tradeplat.core.ports import Strategy
from tradeplat.core.record import Entry, Shown
from tradeplat.desk.desk import Desk
from tradeplat.desk.floor import Seats
from tradeplat.desk.manual import MANUAL
from tradeplat.desk.seat import Seat

EXAMPLES = 20
"""Differences that are kept word for word."""

Key = tuple[str, int, int]
"""Symbol, span and close of a bar."""


class Amended(msgspec.Struct, frozen=True):
    """The bars of a record that were amended, as they became; `late` are those of each symbol, by
    time, that came only after bars which follow them, so that no desk saw them in their place.
    """

    final: Mapping[Key, Bar]
    late: Mapping[str, tuple[Bar, ...]]

    @property
    def symbols(self) -> frozenset[str]:
        """Whose bars they are."""
        return frozenset(symbol for symbol, _, _ in self.final)


class Changed(msgspec.Struct, frozen=True):
    """One decision that would have been another; a HOLD is none: `made` or `instead` is then "".

    `ts` is that of the fact it answers, in UTC ns.
    """

    symbol: str
    strategy: str
    ts: int
    made: str
    instead: str


class Revised(msgspec.Struct):
    """What a session's strategies would have wished on revised bars, holding what they held.

    Of `decisions` that were made `changed` would have been others and `dropped` none; `added` were
    not made and would have been. `failed` twins raised an error and are compared no further.
    """

    bars: int
    late: int
    decisions: int = 0
    changed: int = 0
    dropped: int = 0
    added: int = 0
    failed: int = 0
    examples: list[Changed] = msgspec.field(default_factory=list)

    @property
    def total(self) -> int:
        """Decisions that a revision would have changed, in whatever way."""
        return self.changed + self.dropped + self.added

    def compare(self, symbol: str, strategy: str, ts: int, made: Intent, instead: Intent) -> None:
        """Take in what was wished of one fact, and what the twin wishes of it."""
        self.decisions += made.action is not HOLD.action
        was, would = worded(made), worded(instead)
        if was == would:
            return
        if not was:
            self.added += 1
        elif not would:
            self.dropped += 1
        else:
            self.changed += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(Changed(symbol, strategy, ts, was, would))


def worded(intent: Intent) -> str:
    """An intent in words, equal for equal ones; nothing for HOLD."""
    if intent.action is HOLD.action:
        return ""
    names = ("conviction", "limit", "stop", "target")
    numbers = zip(names, intent[1:], strict=True)
    told = (f" {name} {number:.10g}" for name, number in numbers if not isnan(number))
    return intent.action.name + "".join(told)


def amended(record: Iterable[Entry]) -> Amended:
    """The amendments in `record`, which is read twice where there are any."""
    final: dict[Key, Bar] = {}
    for entry in record:
        if isinstance(entry, Shown) and isinstance(entry.event, Bar) and entry.event.revision:
            final[_key(entry.event)] = entry.event
    missed = dict(final)
    for bar in _shown_first(record) if final else ():
        missed.pop(_key(bar), None)
    late: dict[str, list[Bar]] = {}
    for bar in sorted(missed.values(), key=_order):
        late.setdefault(bar.symbol, []).append(bar)
    return Amended(final, {symbol: tuple(bars) for symbol, bars in late.items()})


class Twins:
    """Puts a twin beside each strategy of the desks it is told of (sim/rerun.py's `opened`).

    `showing` tells the fact that desks are being shown; `seats` makes fresh strategies.
    """

    def __init__(self, found: Amended, seats: Seats, showing: Callable[[], object]) -> None:
        self.found = Revised(len(found.final), sum(map(len, found.late.values())))
        self._amended = found
        self._seats = seats
        self._showing = showing

    def opened(self, desk: Desk) -> None:
        """Let the strategies of `desk` have twins, where any of its bars was amended."""
        if desk.symbol not in self._amended.symbols:
            return
        made = self._seats(desk.symbol)
        for seat in desk.seats:
            if seat.name != MANUAL and seat.name in made:
                self._beside(desk.symbol, seat, made[seat.name])

    def _beside(self, symbol: str, seat: Seat, twin: Strategy) -> None:
        if seat.since:
            state.restore(twin, state.save(seat.strategy))
        late = self._amended.late.get(symbol, ())
        pair = _Pair(seat, twin, late, self._amended.final, self._compared(symbol, seat.name))
        seat.plots = ()
        seat.on_bar, seat.on_quote, seat.strategy = pair.on_bar, pair.on_quote, pair

    def _compared(self, symbol: str, name: str) -> Callable[[int, Intent, Intent | None], None]:
        def take(ts: int, made: Intent, instead: Intent | None) -> None:
            if instead is None:
                self.found.failed += 1
            elif not isinstance(self._showing(), Backfill):
                self.found.compare(symbol, name, ts, made, instead)

        return take


class _Pair:
    """A strategy and its twin, to a desk one strategy: the first of them."""

    def __init__(
        self,
        seat: Seat,
        twin: Strategy,
        late: tuple[Bar, ...],
        final: Mapping[Key, Bar],
        compared: Callable[[int, Intent, Intent | None], None],
    ) -> None:
        self._real = seat.strategy
        self._twin = twin
        self._since = seat.since
        self._late = late
        self._stamps = [_order(bar) for bar in late]
        self._at = -1
        self._final = final
        self._compared = compared
        self._failed = False

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        made = self._real.on_bar(bar, holding)
        if self._at < 0:
            # What came late to others before this one began is no matter of its.
            self._at = bisect_right(self._stamps, _order(bar))
        while self._at < len(self._late) and self._stamps[self._at] < _order(bar):
            missed = self._late[self._at]
            self._at += 1
            self._ask(missed.ts, HOLD, partial(self._twin.on_bar, missed, holding))
        shown = self._final.get(_key(bar), bar)
        self._ask(bar.ts, made, partial(self._twin.on_bar, shown, holding))
        return made

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        made = self._real.on_quote(quote, holding)
        self._ask(quote.ts, made, partial(self._twin.on_quote, quote, holding))
        return made

    def on_session(self, session: Session) -> None:
        for strategy in (self._real, self._twin):
            _tell(strategy, "on_session", session)

    def on_gap(self, gap: Backfill) -> None:
        for strategy in (self._real, self._twin):
            _tell(strategy, "on_gap", gap)

    def on_amend(self, bar: Bar) -> None:
        _tell(self._real, "on_amend", bar)

    def _ask(self, ts: int, made: Intent, ask: Callable[[], Intent]) -> None:
        if self._failed:
            return
        said: list[Intent] = []
        with _Falls():
            said.append(ask())
        self._failed = not said
        self._compared(ts, made, said[0] if said else None)


class _Falls(AbstractContextManager[None]):
    """Lets a twin fall: bars that its strategy never saw may break it, and the report goes on."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        return isinstance(error, Exception)


def _shown_first(record: Iterable[Entry]) -> Iterable[Bar]:
    for entry in record:
        if isinstance(entry, Shown):
            if isinstance(entry.event, Backfill):
                yield from entry.event.bars
            elif isinstance(entry.event, Bar) and not entry.event.revision:
                yield entry.event


def _tell(strategy: object, handler: str, fact: object) -> None:
    found = getattr(strategy, handler, None)
    if found is not None:
        found(fact)


def _key(bar: Bar) -> Key:
    return bar.symbol, bar.span, bar.ts


def _order(bar: Bar) -> tuple[int, int]:
    return bar.ts, bar.span
