"""What a person at a terminal sees of a running session: a live table, or a line now and then."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from shutil import get_terminal_size
from zoneinfo import ZoneInfo

import msgspec
from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tradeplat.app.keyboard import View
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.orders import Order
from tradeplat.core.ports import Candidate
from tradeplat.desk.floor import Floor

NEW_YORK = ZoneInfo("America/New_York")
MAX_ROWS = 14
MAX_CONDITIONS = 4
_MODES = {
    Mode.NORMAL: "green",
    Mode.REDUCE_ONLY: "yellow",
    Mode.CANCEL_ONLY: "red",
    Mode.KILLED: "red",
}


class Snapshot(msgspec.Struct, frozen=True):
    """One look at a session; money in account currency."""

    title: str
    now: int
    start_equity: Decimal
    equity: Decimal
    desks: tuple["DeskRow", ...]
    candidates: tuple[Candidate, ...]
    orders: tuple[Order, ...]
    counts: Mapping[str, int]
    mode: Mode = Mode.NORMAL
    """That of the account."""
    conditions: tuple[Condition, ...] = ()
    """Everything that stands, the strictest first."""
    keys: View | None = None
    """How the keys stand, None where nobody can press any."""


class DeskRow(msgspec.Struct, frozen=True):
    """One ticker with a desk."""

    symbol: str
    strategies: str
    state: str
    last: float
    quantity: Decimal
    profit: Decimal


def look(
    floor: Floor, title: str, now: int, start_equity: Decimal, candidates: Iterable[Candidate]
) -> Snapshot:
    """A snapshot of everything on `floor` as of `now` (UTC ns)."""
    book = floor.house.book
    rows = tuple(_desk_row(floor, symbol) for symbol in sorted(floor.desks))
    counts = {
        "open orders": len(book.open_orders),
        "refused": sum(floor.house.refused.values()),
    }
    return Snapshot(
        title,
        now,
        start_equity,
        book.equity(),
        rows,
        tuple(candidates),
        tuple(book.open_orders.values()),
        counts,
        floor.house.conditions.mode(now=now),
        floor.house.conditions.all(now),
    )


def ranking(floor: Floor) -> list[str]:
    """Tickers with a desk in the order the table shows them."""
    return [row.symbol for row in _ranked(_desk_row(floor, symbol) for symbol in floor.desks)]


def render(shot: Snapshot) -> RenderableType:
    """The live table."""
    head = Text.assemble(
        (f" {shot.title} ", "bold reverse"),
        *_badge(shot.mode),
        f"  {clock_text(shot.now)} New York   equity {shot.equity:,.2f}   ",
        _money(shot.equity - shot.start_equity),
        "   ",
        "   ".join(f"{name} {value}" for name, value in shot.counts.items()),
    )
    keys = shot.keys
    parts: list[RenderableType] = [head, _desks(shot.desks, keys.selected if keys else "")]
    # The orders take what they need, the reasons of the scanner the rest.
    lower = Table.grid(expand=True, padding=(0, 2, 0, 0))
    lower.add_column(ratio=1)
    lower.add_column()
    lower.add_row(
        _framed("scanner", _candidates(shot.candidates)),
        _framed("working orders", _orders(shot.orders)),
    )
    parts[1:1] = _conditions(shot.conditions)
    parts.append(lower)
    if keys is not None:
        parts.extend(_keys(keys))
    return Group(*parts)


def line(shot: Snapshot) -> str:
    """The same in one line, for logs and pipes."""
    held = sum(1 for row in shot.desks if row.quantity)
    profit = shot.equity - shot.start_equity
    mode = "" if shot.mode is Mode.NORMAL else f"  {shot.mode.upper()}"
    return (
        f"{clock_text(shot.now)}{mode}  desks {len(shot.desks)}  holding {held}"
        f"  open orders {len(shot.orders)}  P&L {profit:+,.2f}"
    )


def told(condition: Condition) -> str:
    """A condition in one line: what may still be done where, and why."""
    by = f" by {condition.who}" if condition.who else ""
    why = f": {condition.why}" if condition.why else ""
    scope = condition.scope or "account"
    return f"{condition.mode.upper()}  {scope}  {condition.source} ({condition.code}){by}{why}"


def width() -> int:
    """Columns to write a table in: the terminal's, within reason, else 100."""
    return max(80, min(get_terminal_size((100, 24)).columns, 160))


def clock_text(ts: int) -> str:
    """`ts` as New York wall-clock time."""
    return dt.datetime.fromtimestamp(ts / 1e9, NEW_YORK).strftime("%a %H:%M:%S")


def clock_day(ts: int) -> str:
    """`ts` as New York date and time."""
    return dt.datetime.fromtimestamp(ts / 1e9, NEW_YORK).strftime("%Y-%m-%d %H:%M")


def _desk_row(floor: Floor, symbol: str) -> DeskRow:
    desk = floor.desks[symbol]
    book = floor.house.book
    mark = book.mark(symbol)
    profit = quantity = Decimal(0)
    for seat in desk.seats:
        held = book.held(seat.name, symbol)
        quantity += held.quantity
        profit += held.realised - held.fees + held.quantity * (mark - held.average)
    tape = floor.house.market.tapes[symbol]
    state = "halted" if tape.halted else str(desk.state)
    names = " ".join(seat.name for seat in desk.seats)
    return DeskRow(symbol, names, state, tape.last, quantity, profit)


def _badge(mode: Mode) -> Iterator[tuple[str, str]]:
    """The account's mode, where it is not the usual one."""
    if mode is not Mode.NORMAL:
        yield f" {mode.upper()} ", f"bold {_MODES[mode]} reverse"


def _conditions(rows: tuple[Condition, ...]) -> Iterator[Text]:
    """What stands between a wish and an order, as far as there is room."""
    for condition in rows[:MAX_CONDITIONS]:
        yield Text(told(condition), _MODES[condition.mode], no_wrap=True, overflow="ellipsis")
    if len(rows) > MAX_CONDITIONS:
        yield Text(f"... {len(rows) - MAX_CONDITIONS} more (tradeplat status)", "dim")


def _framed(title: str, inside: Table) -> Panel:
    shown = inside if inside.row_count else Text("none", "dim")
    return Panel(shown, title=title, title_align="left", box=box.HORIZONTALS, padding=(0, 1, 0, 0))


def _keys(view: View) -> Iterator[RenderableType]:
    """What was answered last, and what the next key would act on."""
    yield from (Text(said, style="yellow") for said in view.said)
    if view.help:
        yield Text("   ".join(view.help), style="dim")
    on = f"on {view.selected}" if view.selected else "no ticker selected"
    yield Text.assemble((f" {on} ", "bold reverse"), f"  {view.state}")


def _desks(rows: tuple[DeskRow, ...], selected: str) -> Table:
    table = Table(expand=True, title=f"desks ({len(rows)})", title_justify="left", box=None)
    for name, justify in (
        ("ticker", "left"),
        ("state", "left"),
        ("last", "right"),
        ("position", "right"),
        ("P&L", "right"),
        ("strategies", "left"),
    ):
        table.add_column(name, justify="right" if justify == "right" else "left")
    ranked = _ranked(rows)
    first = _first_shown(ranked, selected)
    for row in ranked[first : first + MAX_ROWS]:
        style = {"halted": "red", "closing": "yellow", "quarantined": "red"}.get(row.state, "")
        table.add_row(
            row.symbol,
            Text(row.state, style=style),
            f"{row.last:,.2f}" if row.last else "-",
            f"{row.quantity:+,f}" if row.quantity else "",
            _money(row.profit) if row.profit else Text(""),
            Text(row.strategies, style="dim"),
            style="reverse" if row.symbol == selected else "",
        )
    if len(ranked) > MAX_ROWS:
        table.add_row(f"... {len(ranked) - MAX_ROWS} more")
    return table


def _first_shown(ranked: list[DeskRow], selected: str) -> int:
    """The first row of a table that has the selected one in it."""
    at = next((n for n, row in enumerate(ranked) if row.symbol == selected), 0)
    return max(0, at - MAX_ROWS + 1)


def _ranked(rows: Iterable[DeskRow]) -> list[DeskRow]:
    return sorted(rows, key=_importance)


def _importance(row: DeskRow) -> tuple[bool, Decimal, str]:
    return (not row.quantity, -abs(row.profit), row.symbol)


def _candidates(rows: tuple[Candidate, ...]) -> Table:
    table = Table.grid(padding=(0, 1))
    for row in sorted(rows, key=_active_first)[:MAX_ROWS]:
        change = f"{row.change:+.1f}%" if row.change is not None else ""
        table.add_row(
            Text("in " if row.active else "out", style="green" if row.active else "dim"),
            row.symbol,
            change,
            Text(row.reason, style="dim", overflow="ellipsis", no_wrap=True),
        )
    return table


def _active_first(row: Candidate) -> tuple[bool, float, str]:
    return (not row.active, -(row.change or 0.0), row.symbol)


def _orders(rows: tuple[Order, ...]) -> Table:
    table = Table.grid(padding=(0, 1))
    for order in rows[:MAX_ROWS]:
        side = "buy" if order.side > 0 else "sell"
        price = order.limit or order.stop
        table.add_row(
            order.symbol,
            Text(side, style="green" if order.side > 0 else "red"),
            f"{abs(order.quantity):f}",
            f"{order.type}" + (f" {price}" if price is not None else ""),
            Text(f"{order.purpose} {order.state}", style="dim"),
        )
    return table


def _money(value: Decimal) -> Text:
    style = "green" if value > 0 else "red" if value < 0 else "dim"
    return Text(f"{value:+,.2f}", style=style)
