"""What a report draws and lists, collected call by call: bars, fills, levels, desks, orders."""

from array import array
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradeplat.analytics.levels import Levels
from tradeplat.core.intent import Intent
from tradeplat.core.market import BAR, Backfill, Bar, MarketEvent, Status
from tradeplat.core.orders import Fill, Order, OrderState, Purpose, Refused, Report
from tradeplat.core.ports import Candidate, Verdict
from tradeplat.core.record import PLOT, RUN

NOTES = 2000
"""At most this many notes are listed; the others are counted."""


class Mark(msgspec.Struct, frozen=True):
    """A fill, to be drawn on the candles of its symbol; `ts` in UTC ns, `quantity` signed."""

    symbol: str
    strategy: str
    ts: int
    quantity: Decimal
    price: Decimal
    purpose: Purpose
    order_id: str


class Spell(msgspec.Struct):
    """A stretch of time, UTC ns, `end` 0 while it lasts, and why it began and ended."""

    start: int
    end: int = 0
    why: str = ""
    until: str = ""


class Turned(msgspec.Struct):
    """The wishes that were refused with one code."""

    code: str
    count: int = 0
    message: str = ""
    """The newest message."""
    symbols: set[str] = msgspec.field(default_factory=set)
    strategies: set[str] = msgspec.field(default_factory=set)


class Listed(msgspec.Struct, frozen=True):
    """A note as the report lists it."""

    ts: int
    kind: str
    text: str


class Columns:
    """Bars of one symbol and span as they come in, history and amendments included."""

    __slots__ = ("_floats", "_times", "first", "last")

    def __init__(self) -> None:
        self.first = self.last = 0
        """When the first and the last bar closed that was no history, UTC ns."""
        self._times = array("q")
        self._floats = array("d")

    def add(self, bar: Bar) -> None:
        """Keep `bar`; a later one of the same instant takes its place."""
        self._times.append(bar.ts)
        self._floats.extend((bar.open, bar.high, bar.low, bar.close, bar.volume))

    def live(self, bar: Bar) -> None:
        """Keep a bar that was shown as it closed."""
        self.first = min(self.first or bar.ts, bar.ts)
        self.last = max(self.last, bar.ts)
        self.add(bar)

    def bars(self, span: int) -> NDArray[np.void]:
        """All bars in order of time, each instant once, in the BAR layout."""
        times = np.frombuffer(self._times, np.int64)
        values = np.frombuffer(self._floats, np.float64).reshape(-1, 5)
        order = np.argsort(times, kind="stable")
        times = times[order]
        newest = np.append(times[1:] != times[:-1], [True]) if len(times) else times == 0
        made = np.zeros(int(newest.sum()), BAR)
        made["ts"] = times[newest]
        for column, name in enumerate(("open", "high", "low", "close", "volume")):
            made[name] = values[order[newest], column]
        made["span"] = span
        return made


class Line(msgspec.Struct):
    """Samples of a curve that a strategy declared; times in UTC ns."""

    times: "array[int]" = msgspec.field(default_factory=lambda: array("q"))
    values: "array[float]" = msgspec.field(default_factory=lambda: array("d"))


class Charts:
    """Collects what a report shows beyond figures (core.ports.Recorder)."""

    def __init__(self) -> None:
        self.columns: dict[str, dict[int, Columns]] = {}
        """Bars by symbol and span."""
        self.marks: list[Mark] = []
        self.levels = Levels()
        self.lines: dict[tuple[str, str, str], Line] = {}
        """By (symbol, strategy, attribute)."""
        self.halts: dict[str, list[Spell]] = {}
        self.scanned: dict[str, list[Spell]] = {}
        """Stretches in which the scanner listed a ticker; `why` in, `until` out."""
        self.scans: list[tuple[int, Candidate]] = []
        """Every row that changed."""
        self.desks: dict[str, list[Spell]] = {}
        self.orders: dict[str, Order] = {}
        """Every order's last state, oldest order first."""
        self.refusals: dict[str, Turned] = {}
        self.notes: list[Listed] = []
        self.notes_left_out = 0
        self.feeds: set[str] = set()

    def fact(self, now: int, event: MarketEvent) -> None:
        """Keep bars and halts."""
        if isinstance(event, Bar):
            self._columns(event).live(event)
        elif isinstance(event, Backfill):
            for bar in event.bars:
                self._columns(bar).add(bar)
        elif isinstance(event, Status):
            if event.trading:
                _end(self.halts, event.symbol, event.ts, event.code)
            else:
                _begin(self.halts, event.symbol, event.ts, event.code)

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Keep approved orders, refusals and wishes for levels."""
        if isinstance(verdict, Order):
            self.orders[verdict.id] = verdict
        elif isinstance(verdict, Refused):
            turned = self.refusals.setdefault(verdict.code, Turned(verdict.code))
            turned.count += 1
            turned.message = verdict.message
            turned.symbols.add(symbol)
            turned.strategies.add(strategy)
        self.levels.on_decision(now, symbol, strategy, intent, verdict)

    def report(self, now: int, report: Report) -> None:
        """Reports show as the changes they cause."""

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Moves show as the changes they cause."""

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Keep an order's newest state, its fill, and the level it guards."""
        self.orders[order.id] = order
        if fill is not None:
            self.marks.append(
                Mark(
                    fill.symbol,
                    fill.strategy,
                    fill.ts,
                    fill.quantity,
                    fill.price,
                    fill.purpose,
                    fill.order_id,
                )
            )
        self.levels.on_change(now, order, fill)

    def desk_opened(self, now: int, symbol: str) -> None:
        """Begin the desk's stretch."""
        _begin(self.desks, symbol, now)

    def desk_closed(self, now: int, symbol: str) -> None:
        """End the desk's stretch."""
        _end(self.desks, symbol, now)

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Keep who came in and went out, and why."""
        for row in rows:
            self.scans.append((now, row))
            if row.active:
                _begin(self.scanned, row.symbol, now, row.reason)
            else:
                _end(self.scanned, row.symbol, now, row.reason)

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Keep plots as samples and anything else as a line of text."""
        if kind == PLOT:
            self._plot(now, body)
        elif kind != RUN:
            if len(self.notes) < NOTES:
                text = ", ".join(f"{key}: {value}" for key, value in body.items())
                self.notes.append(Listed(now, kind, text))
            else:
                self.notes_left_out += 1

    def bars(self, symbol: str) -> NDArray[np.void]:
        """The bars to draw for `symbol`: of the spans that were shown as long as any, the finest.

        History that warmed a desk does not count, but is drawn where it has that span.
        """
        spans = self.columns.get(symbol)
        if not spans:
            return np.zeros(0, BAR)
        reach = {span: columns.last - columns.first for span, columns in spans.items()}
        longest = max(reach.values())
        span = min(span for span in spans if reach[span] >= 0.9 * longest)
        return spans[span].bars(span)

    @property
    def symbols(self) -> list[str]:
        """Every ticker with bars, a desk, or an order, sorted."""
        named = set(self.columns) | set(self.desks)
        return sorted(named | {order.symbol for order in self.orders.values()})

    def _columns(self, bar: Bar) -> Columns:
        self.feeds.add(bar.feed)
        spans = self.columns.setdefault(bar.symbol, {})
        columns = spans.get(bar.span)
        if columns is None:
            columns = spans[bar.span] = Columns()
        return columns

    def _plot(self, now: int, body: Mapping[str, object]) -> None:
        values = body.get("values")
        if not isinstance(values, Mapping):
            return
        for attribute, value in values.items():
            if isinstance(value, int | float):
                key = (str(body.get("symbol")), str(body.get("strategy")), str(attribute))
                line = self.lines.setdefault(key, Line())
                line.times.append(now)
                line.values.append(float(value))


def _begin(spells: dict[str, list[Spell]], symbol: str, ts: int, why: str = "") -> None:
    """Begin a stretch of `symbol`, unless one lasts."""
    known = spells.setdefault(symbol, [])
    if not known or known[-1].end:
        known.append(Spell(ts, 0, why))


def _end(spells: dict[str, list[Spell]], symbol: str, ts: int, why: str = "") -> None:
    """End the stretch of `symbol` that lasts, if one does."""
    known = spells.setdefault(symbol, [])
    if known and not known[-1].end:
        known[-1].end = ts
        known[-1].until = why
