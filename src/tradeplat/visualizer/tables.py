"""The columns of every table of the main window, and the rows the mirror has for them."""

from math import inf, nan
from typing import NamedTuple

from tradeplat.visualizer.link import (
    FillRow,
    LogRow,
    OrderRow,
    PositionRow,
    ScannerRow,
    StrategyRow,
)
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.numerals import (
    MINUS,
    NONE,
    money_text,
    percent_text,
    price_text,
    quantity_text,
    volume_text,
)
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.rows import Column
from tradeplat.visualizer.ticks import clock_text

SENT = frozenset({"sent", "intent", "sending"})
"""States in which nobody knows yet whether an order works."""

BAD = frozenset({"rejected", "unknown", "expired"})


class Watched(NamedTuple):
    """A line of the watch list."""

    symbol: str
    last: float
    change: float
    position: float
    decimals: int


class Tables:
    """What tables show of a mirror, in the colours of a palette."""

    def __init__(self, mirror: Mirror, palette: Palette) -> None:
        self._mirror = mirror
        self._palette = palette

    # Rows

    def watched(self) -> list[Watched]:
        """Every ticker in the engine's order."""
        found = []
        for symbol in self._mirror.symbols:
            model = self._mirror.model(symbol)
            if model is not None:
                change = model.last / model.reference - 1 if model.reference > 0 else nan
                found.append(Watched(symbol, model.last, change, model.position, model.decimals))
        return found

    def positions(self) -> list[PositionRow]:
        """What is held first, then what was."""
        return sorted(self._mirror.positions.rows, key=lambda row: row.quantity == 0)

    def orders(self) -> list[OrderRow]:
        """The newest first."""
        return list(self._mirror.orders.values())[::-1]

    def fills(self) -> list[FillRow]:
        """The newest first."""
        return list(self._mirror.fills.values())[::-1]

    def strategies(self) -> list[StrategyRow]:
        """By ticker as the engine tells them."""
        return list(self._mirror.strategies.rows)

    def log(self) -> list[LogRow]:
        """The newest first."""
        return list(self._mirror.log.values())[::-1]

    def scanned(self) -> list[ScannerRow]:
        """Those that are in first."""
        return sorted(self._mirror.scanner.rows, key=lambda row: not row.active)

    # Texts and colours

    def _price(self, symbol: str, price: float | None) -> str:
        model = self._mirror.model(symbol)
        return price_text(nan if price is None else price, model.decimals if model else 2)

    def _sided(self, amount: float) -> str:
        colours = self._palette
        return colours.up if amount > 0 else colours.down if amount < 0 else ""

    def _state(self, row: OrderRow) -> str:
        if row.state.lower() in SENT:
            return self._palette.sent
        return self._palette.down if row.state.lower() in BAD else ""

    def _level(self, row: LogRow) -> str:
        return {"alarm": self._palette.down, "warning": self._palette.last}.get(row.level, "")

    # Columns

    def watch_columns(self) -> tuple[Column, ...]:
        """Symbol, last, change, position."""
        return (
            Column("Symbol", lambda r: r.symbol, 60, right=False),
            Column("Last", lambda r: price_text(r.last, r.decimals), 62, key=lambda r: r.last),
            Column(
                "Change",
                lambda r: percent_text(r.change),
                92,
                key=lambda r: r.change,
                colour=lambda r: self._sided(r.change),
            ),
            Column(
                "Pos",
                lambda r: quantity_text(r.position) if r.position else "",
                52,
                key=lambda r: r.position,
            ),
        )

    def position_columns(self) -> tuple[Column, ...]:
        """What is held, how it stands and what protects it."""
        return (
            Column("Symbol", lambda r: r.symbol, 62, right=False),
            Column("Qty", lambda r: quantity_text(r.quantity), 60, key=lambda r: r.quantity),
            Column("Avg", lambda r: self._price(r.symbol, r.average if r.quantity else None), 62),
            Column(
                "P&L",
                lambda r: money_text(r.open + r.realised, signed=True),
                76,
                key=lambda r: r.open + r.realised,
                colour=lambda r: self._sided(r.open + r.realised),
            ),
            Column("R", _r_text, 56, key=lambda r: -inf if r.r is None else r.r),
            Column("Stop", self._stop_text, 56),
            Column("Target", lambda r: self._price(r.symbol, r.target), 58),
            Column("Last", lambda r: self._price(r.symbol, r.last), 58),
            Column("By", lambda r: r.strategy, 116, right=False),
        )

    def _stop_text(self, row: PositionRow) -> str:
        if not row.quantity:
            return ""
        if row.stop is None and not row.protected:
            return "none!"
        return self._price(row.symbol, row.stop)

    def order_columns(self) -> tuple[Column, ...]:
        """What was ordered and what became of it."""
        return (
            Column(
                "Time", lambda r: clock_text(r.created), 74, right=False, key=lambda r: r.created
            ),
            Column("Symbol", lambda r: r.symbol, 58, right=False),
            Column("Side", lambda r: "BUY" if r.quantity > 0 else "SELL", 50, right=False),
            Column("Qty", lambda r: quantity_text(abs(r.quantity), signed=False), 46),
            Column("Filled", lambda r: quantity_text(abs(r.filled), signed=False), 50),
            Column("Type", lambda r: r.type, 64, right=False),
            Column("Limit", lambda r: self._price(r.symbol, r.limit), 58),
            Column("Stop", lambda r: self._price(r.symbol, r.stop), 58),
            Column("Avg", lambda r: self._price(r.symbol, r.average), 58),
            Column("TIF", lambda r: r.tif, 44, right=False),
            Column("State", lambda r: r.state, 80, right=False, colour=self._state),
            Column("For", lambda r: r.purpose, 58, right=False),
            Column("By", lambda r: r.strategy, 116, right=False),
            Column("Reason", lambda r: r.reason, 70, right=False),
        )

    def fill_columns(self) -> tuple[Column, ...]:
        """What was bought and sold."""
        return (
            Column("Time", lambda r: clock_text(r.ts), 74, right=False, key=lambda r: r.ts),
            Column("Symbol", lambda r: r.symbol, 64, right=False),
            Column("Side", lambda r: "BUY" if r.quantity > 0 else "SELL", 50, right=False),
            Column("Qty", lambda r: quantity_text(abs(r.quantity), signed=False), 56),
            Column("Price", lambda r: self._price(r.symbol, r.price), 66, key=lambda r: r.price),
            Column("Fee", lambda r: money_text(r.fee), 56, key=lambda r: r.fee),
            Column("For", lambda r: r.purpose, 66, right=False),
            Column("By", lambda r: r.strategy, 116, right=False),
            Column("Order", lambda r: r.order_id, 220, right=False),
        )

    def strategy_columns(self) -> tuple[Column, ...]:
        """Who trades what, and their last words."""
        return (
            Column("Symbol", lambda r: r.symbol, 64, right=False),
            Column("Strategy", lambda r: r.strategy, 116, right=False),
            Column("Desk", lambda r: r.desk, 80, right=False),
            Column(
                "Pos",
                lambda r: quantity_text(r.quantity) if r.quantity else "",
                56,
                key=lambda r: r.quantity,
            ),
            Column("Working", lambda r: str(r.working) if r.working else "", 68),
            Column("Intent", lambda r: r.intent, 90, right=False),
            Column("At", lambda r: _clock(r.intent_ts), 74, right=False, key=lambda r: r.intent_ts),
            Column("Values", _values_text, 180, right=False),
            Column("Refused", lambda r: r.refusal, 140, right=False),
        )

    def log_columns(self) -> tuple[Column, ...]:
        """What happened."""
        return (
            Column("Time", lambda r: clock_text(r.ts), 74, right=False, key=lambda r: r.ts),
            Column("Level", lambda r: r.level, 60, right=False, colour=self._level),
            Column("Code", lambda r: r.code, 130, right=False),
            Column("Symbol", lambda r: r.symbol, 64, right=False),
            Column("Text", lambda r: r.text, 400, right=False),
        )

    def scanner_columns(self) -> tuple[Column, ...]:
        """What the scanner found, and why."""
        return (
            Column("Symbol", lambda r: r.symbol, 64, right=False),
            Column("In", lambda r: "in" if r.active else "out", 34, right=False),
            Column("Price", lambda r: self._price(r.symbol, r.price), 66, key=lambda r: r.price),
            Column(
                "Change",
                lambda r: percent_text(nan if r.change is None else r.change / 100.0),
                92,
                key=lambda r: r.change,
                colour=lambda r: self._sided(r.change or 0.0),
            ),
            Column(
                "Volume",
                lambda r: NONE if r.volume is None else volume_text(r.volume),
                64,
                key=lambda r: r.volume,
            ),
            Column("At", lambda r: _clock(r.ts), 74, right=False, key=lambda r: r.ts),
            Column("Why", lambda r: r.reason, 300, right=False),
        )


def _clock(ts: int) -> str:
    return clock_text(ts) if ts else ""


def _r_text(row: PositionRow) -> str:
    if row.r is None:
        return NONE
    return f"{round(row.r, 2) + 0.0:+.2f}".replace("-", MINUS)


def _values_text(row: StrategyRow) -> str:
    told = (f"{name} {value:.2f}" for name, value in row.values.items() if value is not None)
    return "  ".join(told).replace("-", MINUS)
