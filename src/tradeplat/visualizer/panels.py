"""The panels around the chart: one table says which there are, where, and what each is made of.

A panel of another kind is one more line of `PANELS`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from tradeplat.visualizer import theme
from tradeplat.visualizer.client import Reply
from tradeplat.visualizer.control_panel import ControlPanel
from tradeplat.visualizer.equity import EquityView
from tradeplat.visualizer.grounds import Grounds
from tradeplat.visualizer.holdings import Holdings
from tradeplat.visualizer.link import FrameType
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.numerals import quantity_text
from tradeplat.visualizer.order_entry import OrderEntry
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtCore, QtWidgets, Signal
from tradeplat.visualizer.rows import Column, Table
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.strategies import StrategyPanel
from tradeplat.visualizer.tables import Tables
from tradeplat.visualizer.waiting import Waiting

_LEFT, _RIGHT, _BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
_FLAT, _TALL = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_BEGUN = frozenset({FrameType.HELLO, FrameType.RESET})


@runtime_checkable
class Refreshed(Protocol):
    """A panel that is asked five times a second to show what has come, seen or not."""

    def refresh(self) -> None:
        """Show what has come."""
        ...


class Shown(NamedTuple):
    """A table, what feeds it, and which kinds of frames change it."""

    table: Table
    rows: Callable[[], list[Any]]
    kinds: frozenset[FrameType]


class Panels(QtCore.QObject):
    """The docks of `window`, by name, with what is in them.

    `moved` comes when a panel was shown, hidden or put elsewhere; `picked` has a row that was
    chosen in a table; `told` names a table that was filled anew; `wanted` has what the engine is to
    do: a command, its body, and who hears the answer (None: nobody).
    """

    moved = Signal()
    picked = Signal(object)
    told = Signal(str)
    wanted = Signal(str, object, object)

    def __init__(
        self,
        window: QtWidgets.QMainWindow,
        mirror: Mirror,
        palette: Palette,
        shades: Shades,
        steady: Callable[[], int],
        more: "tuple[Panel, ...]" = (),
    ) -> None:
        super().__init__(window)
        self._window = window
        self._mirror = mirror
        self._seen: dict[str, int] = {}
        self._columns = Tables(mirror, palette)
        self.docks: dict[str, QtWidgets.QDockWidget] = {}
        self.tables: dict[str, Shown] = {}
        self._refreshed: list[Refreshed] = []
        self._steady = steady
        self._grounds = Grounds(mirror)
        self.waiting = Waiting(mirror, lambda: self._seen.pop("Orders", None))
        self.visualizers = ControlPanel(mirror, shades)
        self.entry = OrderEntry(mirror, palette)
        self.entry.wanted.connect(self.wanted)
        self.holdings = self._held()
        self.equity = EquityView(palette)
        self.equity.model = mirror.equity
        wanted = (*PANELS, *more)
        for panel in wanted:
            self.add(panel)
        for name in dict.fromkeys(panel.over for panel in wanted if panel.over):
            self.docks[name].raise_()
        self.size()

    def add(self, panel: "Panel") -> QtWidgets.QDockWidget:
        """Have a panel at its place; it can be moved, floated and hidden."""
        dock = QtWidgets.QDockWidget(panel.name, self._window)
        dock.setObjectName(panel.name)
        widget: QtWidgets.QWidget = panel.build(self)
        # A panel that floats is on no window's ground: it has one of its own.
        widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        dock.setWidget(widget)
        asked: object = widget
        if isinstance(asked, Refreshed):
            self._refreshed.append(asked)
        self._window.addDockWidget(panel.area, dock)
        if panel.beside:
            self._window.splitDockWidget(self.docks[panel.beside], dock, _FLAT)
        if panel.over:
            self._window.tabifyDockWidget(self.docks[panel.over], dock)
        self.docks[panel.name] = dock
        for changed in (dock.dockLocationChanged, dock.visibilityChanged, dock.topLevelChanged):
            changed.connect(self._moved)
        return dock

    def size(self) -> None:
        """Give panels the sizes that they have at first."""
        letters = theme.letters() / theme.LETTERS
        for area in (_LEFT | _RIGHT, _BOTTOM):
            wide = [panel for panel in PANELS if panel.width and panel.area & area]
            widths = [round(panel.width * letters) for panel in wide]
            self._window.resizeDocks([self.docks[panel.name] for panel in wide], widths, _FLAT)
        tall = [panel for panel in PANELS if panel.height]
        self._window.resizeDocks(
            [self.docks[panel.name] for panel in tall], [panel.height for panel in tall], _TALL
        )

    def tidy(self) -> None:
        """Hide the tab bars that Qt leaves behind: a layout that was restored has bars of its own,
        which come last, and those before them stay in sight where they were.
        """
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        seen: set[str] = set()
        for bar in reversed(self._window.findChildren(QtWidgets.QTabBar, options=direct)):
            titles = {bar.tabText(at) for at in range(bar.count())}
            if titles & seen:
                bar.hide()
            seen |= titles

    def refresh(self) -> None:
        """Show what has come in every panel that is seen."""
        for name, shown in self.tables.items():
            if not shown.table.visibleRegion().isEmpty():
                self._tell(name, shown)
        for panel in self._refreshed:
            panel.refresh()

    def table(
        self,
        name: str,
        columns: tuple[Column, ...],
        rows: Callable[[], list[Any]],
        *kinds: FrameType,
    ) -> Table:
        """A table of that name, filled anew when frames of those kinds have come."""
        made = Table(name, columns)
        made.picked.connect(self.picked)
        self.tables[name] = Shown(made, rows, _BEGUN | frozenset(kinds))
        return made

    def sent(self, do: str, body: object, wall: int) -> int:
        """Draw what a command orders as sent; the number by which `answered` knows it, 0 for one
        that orders nothing.
        """
        at = self._mirror.pulse.ts or wall
        row = self._grounds.draft(do, body, at) if isinstance(body, dict) else None
        if row is None:
            return 0
        if row.symbol == self.entry.symbol:
            word = "BUY" if row.quantity > 0 else "SELL"
            self.entry.sent(f"{word} {quantity_text(abs(row.quantity), signed=False)} {row.symbol}")
        return self.waiting.begin(row)

    def answered(self, number: int, do: str, reply: Reply) -> None:
        """What came of it: what the engine tells stands from now on."""
        if number:
            self.waiting.end(number)
            self.entry.answered(do, reply)

    def _tell(self, name: str, shown: Shown) -> None:
        count = sum(self._mirror.seen[kind] for kind in shown.kinds)
        if self._seen.get(name) != count:
            self._seen[name] = count
            shown.table.show_rows(shown.rows())
            self.told.emit(name)

    def _held(self) -> Holdings:
        told, kind = self._columns, FrameType.POSITIONS
        table = self.table("Positions", told.position_columns(), told.positions, kind)
        made = Holdings(self._mirror, table, self._steady)
        made.wanted.connect(self.wanted)
        return made

    def show_symbol(self, symbol: str) -> None:
        """Have every panel that follows one ticker follow this one."""
        self.entry.show_symbol(symbol)
        self.holdings.show_symbol(symbol)

    def _moved(self) -> None:
        self.moved.emit()

    # What tables are made of

    def watched(self) -> Table:
        """Every ticker."""
        told, kind = self._columns, FrameType
        bars = (kind.SYMBOLS, kind.SNAPSHOT, kind.APPEND, kind.REPLACE, kind.POSITIONS)
        return self.table("Watch list", told.watch_columns(), told.watched, *bars)

    def orders(self) -> Table:
        """What was ordered."""
        told = self._columns

        def rows() -> list[Any]:
            return [*self.waiting.rows(), *told.orders()]

        return self.table("Orders", told.order_columns(), rows, FrameType.ORDERS)

    def fills(self) -> Table:
        """What was bought and sold."""
        told = self._columns
        return self.table("Fills", told.fill_columns(), told.fills, FrameType.FILLS)

    def strategies(self) -> StrategyPanel:
        """Who trades, stopped and started here."""
        told, kind = self._columns, FrameType.STRATEGIES
        table = self.table("Strategies", told.strategy_columns(), told.strategies, kind)
        made = StrategyPanel(self._mirror, table)
        made.wanted.connect(self.wanted)
        return made

    def scanner(self) -> Table:
        """What the scanner found."""
        told = self._columns
        return self.table("Scanner", told.scanner_columns(), told.scanned, FrameType.SCANNER)

    def log(self) -> Table:
        """What happened."""
        told = self._columns
        return self.table("Log", told.log_columns(), told.log, FrameType.LOG)


class Panel(NamedTuple):
    """A panel: its name, its side of the window, and what builds it.

    It is a tab `over` another, or stands `beside` one, at its right; sizes in points are those it
    has at first (0: what is left).
    """

    name: str
    area: Qt.DockWidgetArea
    build: Callable[[Panels], QtWidgets.QWidget]
    over: str = ""
    beside: str = ""
    width: int = 0
    height: int = 0


PANELS = (
    Panel("Watch list", _LEFT, Panels.watched, width=292),
    Panel("Order entry", _RIGHT, lambda panels: panels.entry, width=392),
    Panel("Positions", _RIGHT, lambda panels: panels.holdings),
    Panel("Orders", _BOTTOM, Panels.orders, width=900, height=230),
    Panel("Visualizers", _LEFT, lambda panels: panels.visualizers),
    Panel("Equity", _BOTTOM, lambda panels: panels.equity, beside="Orders", width=520),
    Panel("Fills", _BOTTOM, Panels.fills, over="Orders"),
    Panel("Strategies", _BOTTOM, Panels.strategies, over="Orders"),
    Panel("Scanner", _BOTTOM, Panels.scanner, over="Orders"),
    Panel("Log", _BOTTOM, Panels.log, over="Orders"),
)
"""Every panel, in the order in which they are put in: one named by another comes before it."""
