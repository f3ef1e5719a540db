"""What windows are shown of a session, kept as it happens: a witness like the record itself.

Nothing here asks anything back, and without anybody who watches a fact costs no more than being
kept as the bytes that a late comer is sent.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from math import isfinite, nan
from typing import NamedTuple

from tradeplat.control.messages import FillRow, LogRow, OrderRow, SeatEntry, StudyEntry
from tradeplat.control.records import MarkerKind
from tradeplat.control.series import Series, Sheet
from tradeplat.core.conditions import CONDITION, Condition
from tradeplat.core.intent import Action, Intent, Plot
from tradeplat.core.market import NIGHT, Backfill, Bar, MarketEvent, Quote, Status
from tradeplat.core.orders import Fill, Order, OrderState, Refused, Report
from tradeplat.core.ports import Candidate, Verdict
from tradeplat.core.record import PLOT

KEPT_ORDERS = 500
KEPT_FILLS = 1_000
KEPT_LINES = 500
"""What a late comer is told of each, the newest."""

ALARM = "alarm"
_SIGNALS = {Action.ENTER: MarkerKind.ENTRY, Action.EXIT: MarkerKind.EXIT}


class LastWord(NamedTuple):
    """What a strategy wanted last, and what the gate last refused it."""

    intent: str = ""
    intent_ts: int = 0
    refusal: str = ""
    refusal_ts: int = 0


class Scene:
    """Everything a late comer needs (core.ports.Recorder), and the news since the last look.

    `changed` hears the tickers of which something is new, but only while `watched`.
    """

    def __init__(self) -> None:
        self.watched = False
        self.changed: Callable[[str], None] = _nobody
        self.leaves: Callable[[str], None] = _nobody
        """Is told the id of each order as it is handed to the venue's wire."""
        self.sheets: dict[str, Sheet] = {}
        self.table_version = 0
        self.words: dict[tuple[str, str], LastWord] = {}
        self.orders: OrderedDict[str, Order] = OrderedDict()
        self.fills: deque[FillRow] = deque(maxlen=KEPT_FILLS)
        self.log: deque[LogRow] = deque(maxlen=KEPT_LINES)
        self.listed: tuple[Candidate, ...] = ()
        self.seats: dict[str, int] = {}
        self.studies: dict[tuple[str, str], StudyEntry] = {}
        self._series = 0
        self._fill_number = 0
        self._line_number = 0
        self._edges: dict[tuple[str, str], int] = {}
        self._changes: set[str] = set()
        self.new_orders: dict[str, Order] = {}
        self.new_fills: list[FillRow] = []
        self.new_lines: list[LogRow] = []

    def declare(self, strategy: str, studies: Iterable[Plot]) -> None:
        """Give what `strategy` declares its numbers."""
        self.seat(strategy)
        for study in studies:
            key = (strategy, study.attribute)
            if key in self.studies:
                continue
            number, partner = len(self._edges) + 1, 0
            self._edges[key] = number
            if study.other:
                partner = len(self._edges) + 1
                self._edges[strategy, study.other] = partner
            self.studies[key] = StudyEntry(
                number,
                study.attribute,
                study.style,
                study.pane,
                study.colour,
                strategy,
                study.label or study.attribute,
                partner,
            )
            self.table_version += 1

    def seat(self, strategy: str) -> int:
        """The number of a strategy, a new one where it has none."""
        number = self.seats.get(strategy)
        if number is None:
            number = self.seats[strategy] = len(self.seats) + 1
            self.table_version += 1
        return number

    def seat_entries(self) -> tuple[SeatEntry, ...]:
        """Every strategy by its number."""
        return tuple(SeatEntry(number, name) for name, number in self.seats.items())

    def sheet(self, symbol: str) -> Sheet:
        """What is shown of a ticker, empty for a new one."""
        found = self.sheets.get(symbol)
        if found is None:
            found = self.sheets[symbol] = Sheet(symbol, self._new_series(symbol))
        return found

    def values(self, symbol: str, strategy: str, ts: int, values: Mapping[str, object]) -> None:
        """Take in what a strategy's studies show after the bar of `ts`."""
        sheet, seat = self.sheet(symbol), self.seat(strategy)
        for attribute, value in values.items():
            number = self._edges.get((strategy, attribute))
            if number is not None:
                shown = value if isinstance(value, float) and isfinite(value) else nan
                sheet.point(ts, shown, number, seat)
        self._stain(symbol)

    def say(
        self, now: int, level: str, code: str, text: str, about: tuple[str, str] = ("", "")
    ) -> None:
        """Add a line to the log, about a ticker and a strategy."""
        self._line_number += 1
        row = LogRow(self._line_number, now, level, code, text, *about)
        self.log.append(row)
        if self.watched:
            self.new_lines.append(row)

    def forget(self) -> None:
        """Begin anew, as after a seek: no ticker, order, fill or line is known any more."""
        self.sheets.clear()
        self.words.clear()
        self.orders.clear()
        self.fills.clear()
        self.log.clear()
        self.settle()
        self._changes.clear()
        self.listed = ()
        self._series = self._fill_number = self._line_number = 0
        self.table_version += 1

    @property
    def news(self) -> int:
        """How many orders, fills and lines were not told yet."""
        return len(self.new_orders) + len(self.new_fills) + len(self.new_lines)

    def settle(self) -> None:
        """The news were told to everybody."""
        self.new_orders = {}
        self.new_fills = []
        self.new_lines = []

    def fact(self, now: int, event: MarketEvent) -> None:
        """Keep what windows show of a fact (core.ports.Recorder)."""
        if type(event) is Quote:
            if self.watched:
                self.sheet(event.symbol).quoted(event)
                self._stain(event.symbol)
            return
        if type(event) is Bar:
            self._bar(event)
        elif type(event) is Backfill:
            for bar in event.bars:
                self._bar(bar)
        elif type(event) is Status:
            self._status(now, event)
        self._stain(event.symbol)

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Keep what was wanted and what the gate said."""
        key = (strategy, symbol)
        word = self.words.get(key, LastWord())._replace(intent=intent.action.name, intent_ts=now)
        if type(verdict) is Refused:
            said = f"{verdict.code}: {verdict.message}"
            word = word._replace(refusal=said, refusal_ts=now)
            self.say(now, "warning", verdict.code, verdict.message, (symbol, strategy))
        elif type(verdict) is Order:
            self._order(verdict)
            kind, price = _SIGNALS.get(intent.action), self._price(symbol, verdict)
            if kind is not None:
                self.sheet(symbol).mark((now, price), 0.0, kind, self.seat(strategy))
        self.words[key] = word
        self._stain(symbol)

    def report(self, now: int, report: Report) -> None:
        """Nothing: what it comes to is told by `change`."""

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Say that an order leaves; what it comes to is told by `change`."""
        if state is OrderState.SENDING:
            self.leaves(order_id)

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Keep how an order stands now, and what filled."""
        self._order(order)
        if fill is not None:
            sheet, seat = self.sheet(fill.symbol), self.seat(fill.strategy)
            at = (fill.ts, float(fill.price))
            sheet.mark(at, float(fill.quantity), MarkerKind.FILL, seat)
            self._fill_number += 1
            row = _fill_row(fill, self._fill_number)
            self.fills.append(row)
            if self.watched:
                self.new_fills.append(row)
        self._stain(order.symbol)

    def desk_opened(self, now: int, symbol: str) -> None:
        """Put a ticker on the list."""
        self.sheet(symbol)
        self.say(now, "info", "DESK", f"desk opened for {symbol}", (symbol, ""))
        self._stain(symbol)

    def desk_closed(self, now: int, symbol: str) -> None:
        """Say so; what was shown of the ticker stays."""
        self.say(now, "info", "DESK", f"desk closed for {symbol}", (symbol, ""))

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Keep the scanner's list."""
        self.listed = tuple(rows)
        told = {row.symbol for row in self.listed if row.change is not None} & self.sheets.keys()
        if told - self._changes:
            # The table tells each one's close of the day before.
            self.table_version += 1
        self._changes |= told

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Keep alarms, conditions, and curves while nobody watches them bar by bar."""
        if kind == PLOT:
            symbol, values = str(body["symbol"]), body["values"]
            if not self.watched and isinstance(values, Mapping) and symbol in self.sheets:
                ts = self.sheets[symbol].series[0].last_ts
                self.values(symbol, str(body["strategy"]), ts, values)
        elif kind == ALARM:
            self.say(now, "alarm", str(body.get("code", "")), str(body.get("line", "")))
        elif kind == CONDITION:
            condition = Condition.of(body)
            text = f"{condition.mode}: {condition.why or condition.source}"
            self.say(now, "warning", condition.code, text, (condition.scope, ""))

    def _bar(self, bar: Bar) -> None:
        sheet = self.sheet(bar.symbol)
        series = sheet.of_span(bar.span)
        if series is None:
            series = self._new_series(bar.symbol)
            sheet.series.append(series)
        if not series.span:
            series.span, series.feed = bar.span, bar.feed
            self.table_version += 1
        if bar.ts - series.last_ts >= NIGHT and len(series):
            self.table_version += 1  # another day: it has another close before it
        series.add(bar)

    def _status(self, now: int, status: Status) -> None:
        kind = MarkerKind.RESUME if status.trading else MarkerKind.HALT
        sheet = self.sheet(status.symbol)
        sheet.mark((status.ts, sheet.series[0].last_close), 0.0, kind, 0)
        word = "trades again" if status.trading else "halted"
        self.say(now, "warning", "HALT", f"{word} ({status.code})", (status.symbol, ""))

    def _order(self, order: Order) -> None:
        orders = self.orders
        orders[order.id] = order
        if len(orders) > KEPT_ORDERS:
            closed = next((id_ for id_, one in orders.items() if not one.open), None)
            if closed is not None:
                del orders[closed]
        if self.watched:
            self.new_orders[order.id] = order

    def _price(self, symbol: str, order: Order) -> float:
        if order.limit is not None:
            return float(order.limit)
        return self.sheet(symbol).series[0].last_close

    def _new_series(self, symbol: str) -> Series:
        self._series += 1
        self.table_version += 1
        return Series(self._series, symbol)

    def _stain(self, symbol: str) -> None:
        if self.watched:
            self.changed(symbol)


def order_row(order: Order) -> OrderRow:
    """`order` for a window."""
    return OrderRow(
        id=order.id,
        symbol=order.symbol,
        strategy=order.strategy,
        quantity=float(order.quantity),
        filled=float(order.filled),
        type=str(order.type),
        purpose=str(order.purpose),
        state=str(order.state),
        created=order.created,
        tif=str(order.tif),
        limit=_number(order.limit),
        stop=_number(order.stop),
        average=_number(order.average),
        parent=order.parent,
        extended=order.extended,
        reason=order.reason,
    )


def _fill_row(fill: Fill, number: int) -> FillRow:
    return FillRow(
        number,
        fill.ts,
        fill.order_id,
        fill.symbol,
        fill.strategy,
        float(fill.quantity),
        float(fill.price),
        float(fill.fee),
        str(fill.purpose),
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _nobody(_symbol: str) -> None:
    """Nobody watches."""
