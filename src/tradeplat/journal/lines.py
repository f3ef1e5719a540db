"""The lines of `events.jsonl.zst`: JSON arrays, kind first, then sequence number and `now`.

Numbers that JSON has no word for are written as null (nan) and "inf" or "-inf". Prices and
quantities of orders, fills and reports are decimal strings. One class a kind names its columns;
the same classes write and read.

    ["bar", seq, now, symbol, ts, open, high, low, close, volume, span, feed, seen, revision]
    ["quote", seq, now, symbol, ts, bid, bid_size, ask, ask_size, feed, seen]
    ["status", seq, now, symbol, ts, trading, code, feed, seen]
    ["backfill", seq, now, symbol, ts, seen, [bar, ...], since, healed]     each a "bar" line
    ["decision", seq, now, symbol, strategy, cause, [action, conviction, limit, stop, target],
        order or refusal or null]
    ["report", seq, now, report]
    ["moved", seq, now, order id, state, reason]
    ["change", seq, now, order, fill or null]
    ["opened", seq, now, symbol]
    ["closed", seq, now, symbol]
    ["scan", seq, now, [candidate, ...]]
    ["note", seq, now, topic, body]
"""

from math import inf, nan
from typing import Literal

import msgspec

from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import Backfill, Bar, MarketEvent, Quote, Status
from tradeplat.core.orders import Fill, Order, OrderState, Refused, Report
from tradeplat.core.ports import Candidate
from tradeplat.core.record import (
    Changed,
    Decided,
    DeskClosed,
    DeskOpened,
    Entry,
    Moved,
    Noted,
    Reported,
    Scanned,
    Shown,
)

Number = float | Literal["inf", "-inf"] | None
"""A float as a line spells it."""


class BarLine(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="bar"):
    """A bar that was shown to a desk."""

    seq: int
    now: int
    symbol: str
    ts: int
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number
    span: int
    feed: str
    seen: int
    revision: int

    @property
    def bar(self) -> Bar:
        """The bar itself."""
        return Bar(
            self.symbol,
            self.ts,
            heard(self.open),
            heard(self.high),
            heard(self.low),
            heard(self.close),
            heard(self.volume),
            self.span,
            self.feed,
            self.seen,
            self.revision,
        )

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return Shown(self.seq, self.now, self.bar)


class QuoteLine(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="quote"):
    """A quote that was shown to a desk."""

    seq: int
    now: int
    symbol: str
    ts: int
    bid: Number
    bid_size: Number
    ask: Number
    ask_size: Number
    feed: str
    seen: int

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        quote = Quote(
            self.symbol,
            self.ts,
            heard(self.bid),
            heard(self.bid_size),
            heard(self.ask),
            heard(self.ask_size),
            self.feed,
            self.seen,
        )
        return Shown(self.seq, self.now, quote)


class StatusLine(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="status"):
    """A trading status that was shown to a desk."""

    seq: int
    now: int
    symbol: str
    ts: int
    trading: bool
    code: str
    feed: str
    seen: int

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        status = Status(self.symbol, self.ts, self.trading, self.code, self.feed, self.seen)
        return Shown(self.seq, self.now, status)


class BackfillLine(msgspec.Struct, frozen=True, array_like=True, tag="backfill"):
    """History that warmed a desk."""

    seq: int
    now: int
    symbol: str
    ts: int
    seen: int
    bars: list[BarLine]
    since: int = 0
    healed: bool = True

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        bars = tuple(line.bar for line in self.bars)
        found = Backfill(self.symbol, self.ts, bars, self.seen, self.since, self.healed)
        return Shown(self.seq, self.now, found)


class DecisionLine(msgspec.Struct, frozen=True, array_like=True, tag="decision"):
    """A strategy's wish and what the gate made of it."""

    seq: int
    now: int
    symbol: str
    strategy: str
    cause: int
    intent: tuple[int, Number, Number, Number, Number]
    verdict: Order | Refused | None

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        action, conviction, limit, stop, target = self.intent
        intent = Intent(Action(action), heard(conviction), heard(limit), heard(stop), heard(target))
        return Decided(
            self.seq, self.now, self.symbol, self.strategy, self.cause, intent, self.verdict
        )


class ReportLine(msgspec.Struct, frozen=True, array_like=True, tag="report"):
    """A venue's report."""

    seq: int
    now: int
    report: Report

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return Reported(self.seq, self.now, self.report)


class MovedLine(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="moved"):
    """Our own move of an order."""

    seq: int
    now: int
    order_id: str
    state: OrderState
    reason: str

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return Moved(self.seq, self.now, self.order_id, self.state, self.reason)


class ChangeLine(msgspec.Struct, frozen=True, array_like=True, tag="change"):
    """How an order stands now."""

    seq: int
    now: int
    order: Order
    fill: Fill | None

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return Changed(self.seq, self.now, self.order, self.fill)


class OpenedLine(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="opened"):
    """A desk opened."""

    seq: int
    now: int
    symbol: str

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return DeskOpened(self.seq, self.now, self.symbol)


class ClosedLine(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="closed"):
    """A desk closed."""

    seq: int
    now: int
    symbol: str

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return DeskClosed(self.seq, self.now, self.symbol)


class ScanLine(msgspec.Struct, frozen=True, array_like=True, tag="scan"):
    """Scanner rows that changed."""

    seq: int
    now: int
    rows: tuple[Candidate, ...]

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return Scanned(self.seq, self.now, self.rows)


class NoteLine(msgspec.Struct, frozen=True, array_like=True, tag="note"):
    """Anything else."""

    seq: int
    now: int
    topic: str
    body: dict[str, object]

    @property
    def entry(self) -> Entry:
        """The entry this line stands for."""
        return Noted(self.seq, self.now, self.topic, self.body)


Line = (
    BarLine
    | QuoteLine
    | StatusLine
    | BackfillLine
    | DecisionLine
    | ReportLine
    | MovedLine
    | ChangeLine
    | OpenedLine
    | ClosedLine
    | ScanLine
    | NoteLine
)
"""Any line of a record."""


def heard(number: Number) -> float:
    """The float that `number` spells."""
    return nan if number is None else float(number)


def spelled(number: float) -> Number:
    """`number` as JSON can carry it and `heard` gives it back."""
    if number == inf:
        return "inf"
    return "-inf" if number == -inf else number


def fact_line(seq: int, now: int, event: MarketEvent) -> Line:
    """The line of a fact that a desk was shown at `now`."""
    if type(event) is Bar:
        return bar_line(seq, now, event)
    if type(event) is Quote:
        return _quote_line(seq, now, event)
    if isinstance(event, Status):
        return StatusLine(
            seq, now, event.symbol, event.ts, event.trading, event.code, event.feed, event.seen
        )
    assert isinstance(event, Backfill)
    bars = [bar_line(seq, now, bar) for bar in event.bars]
    return BackfillLine(
        seq, now, event.symbol, event.ts, event.seen, bars, event.since, event.healed
    )


def bar_line(seq: int, now: int, bar: Bar) -> BarLine:
    """The line of one bar."""
    o: Number = bar.open
    h: Number = bar.high
    low: Number = bar.low
    c: Number = bar.close
    v: Number = bar.volume
    total = bar.open + bar.high + bar.low + bar.close + bar.volume
    if total - total != 0.0:  # one test finds any infinity (and a sum that became one)
        o, h, low, c, v = map(spelled, (bar.open, bar.high, bar.low, bar.close, bar.volume))
    return BarLine(
        seq, now, bar.symbol, bar.ts, o, h, low, c, v, bar.span, bar.feed, bar.seen, bar.revision
    )


def intent_columns(intent: Intent) -> tuple[int, Number, Number, Number, Number]:
    """An intent as a line spells it."""
    action, conviction, limit, stop, target = intent
    return int(action), spelled(conviction), spelled(limit), spelled(stop), spelled(target)


def _quote_line(seq: int, now: int, quote: Quote) -> QuoteLine:
    bid: Number = quote.bid
    bid_size: Number = quote.bid_size
    ask: Number = quote.ask
    ask_size: Number = quote.ask_size
    total = quote.bid + quote.bid_size + quote.ask + quote.ask_size
    if total - total != 0.0:
        bid, bid_size = spelled(quote.bid), spelled(quote.bid_size)
        ask, ask_size = spelled(quote.ask), spelled(quote.ask_size)
    return QuoteLine(
        seq, now, quote.symbol, quote.ts, bid, bid_size, ask, ask_size, quote.feed, quote.seen
    )
