"""Every chart pane of a program: that of the main window, and those in windows of their own.

Panes with the same link number follow one symbol. The main window's chart, its tables and its order
entry carry number 1: keys act on what is written in the order entry, whichever window is active.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from tradeplat.visualizer import layouts, theme
from tradeplat.visualizer.chartpane import ChartPane
from tradeplat.visualizer.client import Reply, Then
from tradeplat.visualizer.head import span_text
from tradeplat.visualizer.layouts import Placed
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal

NUMBERS = "–①②③④"  # noqa: RUF001  # the dash is a dash: no link
"""What link numbers look like; 0 follows nobody."""

MAIN = 1
SIZE = (900, 600)
REFRESH_MS = 200


class Hand(Protocol):
    """What sends commands: the main window."""

    def send(self, do: str, body: object, then: Then | None = None, asked: int = 0) -> None:
        """Have the engine do something."""
        ...

    def refuse(self, text: str) -> None:
        """Say why something is not done."""
        ...


class ChartWindow(QtWidgets.QWidget):
    """A pane in a window of its own, with the frame and the word of the mode.

    `left` comes when it is closed, `moved` when it was moved, sized or linked anew.
    """

    left = Signal(object)
    moved = Signal()
    linked = Signal(object)

    def __init__(self, pane: ChartPane, mirror: Mirror, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.pane = pane
        self._mirror = mirror
        self._mode = ""
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, on=False)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(*[theme.FRAME] * 4)
        layout.addWidget(pane)
        self.keys = QtWidgets.QLabel()
        self.keys.setAccessibleName("What order keys act on")
        self.link = QtWidgets.QComboBox()
        self.link.addItems([f"link {number}" for number in NUMBERS])
        self.link.setAccessibleName("Link number")
        self.link.setToolTip("Charts with the same number follow one symbol")
        self.link.currentIndexChanged.connect(lambda _: self.linked.emit(self))
        pane.add_head(self.keys)
        pane.add_head(self.link)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.resize(*SIZE)

    @property
    def number(self) -> int:
        """Its link number."""
        return self.link.currentIndex()

    def aimed(self, symbol: str, colour: str) -> None:
        """Say which symbol keys act on, where that is another one."""
        other = symbol and symbol != self.pane.symbol
        self.keys.setText(f"keys: {symbol}" if other else "")
        self.keys.setStyleSheet(f"color: {colour}; font-weight: bold; padding: 0 6px;")

    def refresh(self) -> None:
        """Show what has come."""
        self.pane.refresh()
        mode = self._mirror.hello.mode
        if mode != self._mode:
            self._mode = mode
            self.update()
        title = f"[{mode}] {self.pane.symbol} {span_text(self.pane.span)}"
        if title != self.windowTitle():
            self.setWindowTitle(title)

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Run the clock while somebody can see it."""
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:
        """Stop the clock."""
        self._timer.stop()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """The frame in the colour of the mode."""
        with QtGui.QPainter(self) as painter:
            painter.fillRect(self.rect(), QtGui.QColor(theme.look(self._mode).fill))

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.moved.emit()

    def moveEvent(self, event: QtGui.QMoveEvent | None) -> None:
        """Tell of it."""
        super().moveEvent(event)
        self.moved.emit()

    def closeEvent(self, event: QtGui.QCloseEvent | None) -> None:
        """Tell of it."""
        self._timer.stop()
        super().closeEvent(event)
        self.left.emit(self)


class Charts(QtCore.QObject):
    """The panes of `window`, of which `main` is the one in its middle; `make` makes another.

    `changed` comes when a window was opened, closed or moved: it is to be kept. `opened` has one
    that is new.
    """

    changed = Signal()
    opened = Signal(object)

    def __init__(
        self, window: QtWidgets.QWidget, main: ChartPane, make: Callable[[], ChartPane], hand: Hand
    ) -> None:
        super().__init__(window)
        self._window, self._hand, self._make = window, hand, make
        self.main = main
        self.windows: list[ChartWindow] = []
        self._bound = False
        mark = QtWidgets.QLabel(NUMBERS[MAIN])
        mark.setToolTip("Link number of this chart, the tables and the order entry")
        main.add_head(mark)
        self._join(main)

    @property
    def active(self) -> ChartPane:
        """The pane of the window that is active; the main one where that has none."""
        return next((one.pane for one in self.windows if one.isActiveWindow()), self.main)

    def acted(self, name: str) -> None:
        """What keys do that change a view alone."""
        pane = self.active
        if name.startswith("span_"):
            pane.show_span(int(name.removeprefix("span_")))
        elif name in {"previous", "next"}:
            pane.step(1 if name == "next" else -1)
        elif name == "symbol":
            pane.symbols.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif name == "view":
            pane.other_view()

    def open(self, placed: Placed | None = None) -> ChartWindow:
        """Another chart in a window of its own, where it was; at first with the main symbol."""
        pane = self._make()
        made = ChartWindow(pane, self.main.mirror, self._window)
        self.windows.append(made)
        self._join(pane)
        for symbol, studies in self.main.hidden.items():
            pane.set_hidden(symbol, studies)
        wanted = placed or Placed(self.main.symbol, self.main.span)
        pane.wish(wanted.symbol, wanted.span)
        made.link.setCurrentIndex(wanted.link if wanted.link in range(len(NUMBERS)) else 0)
        if wanted.view in pane.views:
            pane.set_view(wanted.view)
        if wanted.geometry:
            made.restoreGeometry(layouts.data(wanted.geometry))
        made.left.connect(self._left)
        made.moved.connect(self.changed)
        made.linked.connect(self._linked)
        made.show()
        self._aim()
        self.opened.emit(made)
        self.changed.emit()
        return made

    def placed(self) -> tuple[Placed, ...]:
        """Where the windows are and what they show."""
        return tuple(
            Placed(
                one.pane.symbol,
                one.pane.span,
                one.number,
                one.pane.view,
                layouts.text(bytes(one.saveGeometry().data())),
            )
            for one in self.windows
        )

    def restore(self, placed: Iterable[Placed]) -> None:
        """Have these windows, and no others."""
        self.end()
        for one in placed:
            self.open(one)

    def end(self) -> None:
        """Close all windows but the main one."""
        for one in list(self.windows):
            one.left.disconnect(self._left)
            self.windows.remove(one)
            one.close()
            one.deleteLater()

    def set_hidden(self, symbol: str, studies: frozenset[int]) -> None:
        """Switch studies of a ticker off, in every pane."""
        for pane in (self.main, *(one.pane for one in self.windows)):
            pane.set_hidden(symbol, studies)

    def _join(self, pane: ChartPane) -> None:
        pane.moved.connect(lambda *told: self._moved(pane, *told))
        pane.said.connect(self._hand.refuse)
        pane.symbol_changed.connect(lambda symbol: self._followed(pane, symbol))
        if pane is not self.main:
            pane.detail.stop_moved.connect(lambda price: self._cursor(pane, price))

    def _number(self, pane: ChartPane) -> int:
        return next((one.number for one in self.windows if one.pane is pane), MAIN)

    def _followed(self, pane: ChartPane, symbol: str) -> None:
        """Have every pane of the same number show the symbol."""
        number = self._number(pane)
        if number and not self._bound:
            self._bound = True
            panes = (self.main, *(one.pane for one in self.windows))
            for other in panes:
                if other is not pane and self._number(other) == number:
                    other.show_symbol(symbol)
            self._bound = False
        self._aim()

    def _linked(self, window: ChartWindow) -> None:
        """Show what others of the number show."""
        panes = (self.main, *(one.pane for one in self.windows if one is not window))
        symbols = [one.symbol for one in panes if window.number == self._number(one)]
        if window.number and symbols:
            window.pane.show_symbol(symbols[0])
        self.changed.emit()

    def _aim(self) -> None:
        for one in self.windows:
            one.aimed(self.main.symbol, theme.QUIET.fill)

    def _cursor(self, pane: ChartPane, price: float) -> None:
        """One stop cursor for the symbol that keys act on."""
        if pane.symbol == self.main.symbol:
            self.main.detail.set_stop_cursor(price)

    def _left(self, window: ChartWindow) -> None:
        self.windows.remove(window)
        window.deleteLater()
        self.changed.emit()

    def _moved(
        self, pane: ChartPane, kind: LineKind, price: float, key: int, strategy: str
    ) -> None:
        level = {LineKind.STOP: "stop", LineKind.TARGET: "target"}.get(kind)
        if level is None:
            pane.detail.drop_ghost(key)
            self._hand.refuse(
                "only stops and targets can be moved: cancel the order and send another"
            )
            return

        def came(reply: Reply) -> None:
            if not reply.done:
                pane.detail.drop_ghost(key)

        body = {"symbol": pane.symbol, level: price, "strategy": strategy}
        self._hand.send("protect", body, came)
