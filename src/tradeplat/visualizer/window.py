"""The main window: panels around a chart, and never a doubt about mode, age of data, or arming.

It shows a mirror and sends commands; whatever protects money is in the engine. Panels are
refreshed five times a second at most, and only those that are seen.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tradeplat.core.errors import BadInput
from tradeplat.visualizer import focus, layouts, theme
from tradeplat.visualizer.banner import Banner, stale_text
from tradeplat.visualizer.chartpane import ChartPane
from tradeplat.visualizer.charts import Charts
from tradeplat.visualizer.client import Engine, Fresh, Reply, Then
from tradeplat.visualizer.foot import Foot
from tradeplat.visualizer.hotkeys import HotKeys
from tradeplat.visualizer.indicators import Indicators, Make
from tradeplat.visualizer.keys import BY_NAME, Aim
from tradeplat.visualizer.keysheet import KeySheet
from tradeplat.visualizer.layouts import Layout, Layouts
from tradeplat.visualizer.leaving import LeavingBar, open_text
from tradeplat.visualizer.palette import DEFAULT, Palette
from tradeplat.visualizer.panels import Panels
from tradeplat.visualizer.playback import Playback
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.status import StatusLine

REFRESH_MS = 200
SAVE_MS = 500
SIZE = (1440, 900)
LEAST = (1024, 640)


class MainWindow(QtWidgets.QMainWindow):
    """`closed` comes when it goes; the engine goes on.

    `wall` tells the machine's time in UTC ns.
    """

    closed = Signal()
    replied = Signal(object)

    def __init__(
        self,
        engine: Engine,
        kept: Layouts,
        wall: Callable[[], int],
        palette: Palette = DEFAULT,
        *,
        shades: Shades,
        steady: Callable[[], int],
    ) -> None:
        super().__init__()
        self.engine = engine
        self.colours = palette
        self._kept = kept
        self._shades = shades
        self._wall, self._steady = wall, steady
        self._mode = ""
        self._settled = self._sized = self._gone = False
        self.ends = False
        """Whether the session ends with this window."""
        self._mirror = engine.mirror
        self.setObjectName("main")
        self.setStyleSheet(theme.sheet(palette, theme.letters()))
        self._build()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._saver = QtCore.QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.setInterval(SAVE_MS)
        self._saver.timeout.connect(self.save_layout)
        self._saver.timeout.connect(self._chain)
        self._first = bytes(self.saveState().data())
        self.hotkeys = self._keyed()
        self._enter("")
        self.chart.setFocus()  # never a button: Space would press it
        self._timer.start()

    # How it is built

    def _build(self) -> None:
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.setContentsMargins(*[theme.FRAME] * 4)
        self.status = StatusLine(self.colours)
        self.banner = Banner()
        top = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.status)
        column.addWidget(self.banner)
        self.leaving = LeavingBar()
        column.addWidget(self.leaving)
        self.setMenuWidget(top)
        self.foot = Foot(self.colours)
        self.setStatusBar(self.foot)
        self.indicators = Indicators()
        self.chart = self._pane()
        self.setCentralWidget(self.chart)
        self.charts = Charts(self, self.chart, self._pane, self)
        self.playback = Playback(self, self.chart, self.engine, self.colours, self._steady)
        self.setDockOptions(
            QtWidgets.QMainWindow.DockOption.AllowNestedDocks
            | QtWidgets.QMainWindow.DockOption.AllowTabbedDocks
        )
        self.key_sheet = KeySheet(lambda: self.hotkeys.keys, self)
        with_them = (self._shades, self._steady, (self.playback.panel(),))
        self.panels = Panels(self, self._mirror, self.colours, *with_them)
        self.docks, self.tables = self.panels.docks, self.panels.tables
        self.panel, self.equity = self.panels.visualizers, self.panels.equity
        self.entry = self.panels.entry
        self._wired()

    def _pane(self) -> ChartPane:
        return ChartPane(self._mirror, self.colours, indicators=self.indicators)

    def _keyed(self) -> HotKeys:
        made = HotKeys(self, self, self._wall, self._steady)
        made.said.connect(self.refuse)
        made.acted.connect(self._acted)
        self.entry.why_not = made.objection
        self.entry.keys = lambda: made.keys
        return made

    def _wired(self) -> None:
        status, chart = self.status, self.chart
        status.arm.clicked.connect(self.arm_or_disarm)
        status.cancel_all.clicked.connect(lambda: self.send("withdraw", {}))
        status.flatten_all.held.connect(self.panic)
        menu = QtWidgets.QMenu(self)
        for dock in self.docks.values():
            menu.addAction(dock.toggleViewAction())
        menu.addSeparator()
        self.playback.offer(menu)
        another = menu.addAction("New chart window")
        if another is not None:
            another.triggered.connect(lambda _: self.charts.open())
        reset = menu.addAction("Reset layout")
        if reset is not None:
            reset.triggered.connect(self.reset_layout)
        status.view.setMenu(menu)
        self.panels.moved.connect(self._changed)
        self.panels.picked.connect(self._follow)
        self.panels.told.connect(self._listed)
        self.charts.changed.connect(self._changed)
        self.playback.said.connect(self.say)
        self.panel.said.connect(self.say)
        self.panel.switched.connect(self.charts.set_hidden)
        self.panel.added.connect(self.indicators.choose)
        self.know({})
        chart.symbol_changed.connect(self._chosen)
        chart.symbol_changed.connect(self.panel.follow)
        chart.symbol_changed.connect(self.panels.show_symbol)
        chart.detail.stop_moved.connect(self.entry.set_stop)
        self.entry.stop_written.connect(chart.detail.set_stop_cursor)
        self.entry.kept.connect(self._kept_back)
        self.panels.wanted.connect(self.send)
        self.leaving.keep.connect(self.leave)
        self.leaving.flatten.connect(self._flatten_and_leave)

    def know(self, indicators: Mapping[str, Make]) -> None:
        """List these too, among those that may be added to charts."""
        self.indicators.know(indicators)
        self.panel.know({name: self.indicators.colour(name) for name in self.indicators.names})

    # What it shows

    def refresh(self) -> None:
        """Show what has come; the clock calls it five times a second."""
        mirror, fresh = self._mirror, self.engine.fresh
        if mirror.hello.mode != self._mode:
            self._enter(mirror.hello.mode)
        mirror.set_stale(stale=fresh is not Fresh.LIVE)
        self.equity.set_stale(stale=fresh is not Fresh.LIVE)
        known = bool(mirror.hello.mode)
        self.banner.tell(
            fresh, stale_text(fresh, self.engine.silence, self.engine.trouble, known=known)
        )
        if self.isMinimized() or not self.isVisible():
            return
        self.status.refresh(mirror, fresh, self._wall())
        self.chart.refresh()
        self.playback.refresh()
        self.panels.refresh()
        self.foot.refresh(mirror, fresh, self.chart.symbol, self.hotkeys.keys)

    def say(self, text: str) -> None:
        """A line at the foot of the window, for a while."""
        self.foot.say(text)

    def refuse(self, text: str) -> None:
        """Say what was not done, so that it is seen."""
        self.foot.say(text, wrong=True)

    def _enter(self, mode: str) -> None:
        """Another mode: its title, frame and layout."""
        if self._mode:
            self.save_layout()
        self._mode = mode
        hello = self._mirror.hello
        told = " ".join(part for part in (hello.place, hello.account, hello.run) if part)
        self.setWindowTitle(f"[{mode}] tradeplat {told}" if mode else "tradeplat: no engine")
        self._settled = False
        self._restore(self._kept.read(mode))
        self._settled = True
        QtCore.QTimer.singleShot(0, self._chain)  # docks have their places by then
        self.update()

    def _listed(self, name: str) -> None:
        if name == "Watch list":
            self._chosen(self.chart.symbol)

    def _chosen(self, symbol: str) -> None:
        """Show in the watch list which ticker the chart has."""
        table = self.tables["Watch list"].table
        for at, row in enumerate(table.content.rows):
            if row.symbol == symbol and table.currentIndex().row() != at:
                table.selectRow(at)

    def _follow(self, row: Any) -> None:
        if row.symbol:
            self.chart.show_symbol(row.symbol)

    # What it sends

    def send(self, do: str, body: object, then: Then | None = None, asked: int = 0) -> None:
        """Have the engine do something; what comes of it is said at the foot."""
        number = self.panels.sent(do, body, self._wall())

        def came(reply: Reply) -> None:
            self.panels.answered(number, do, reply)
            if reply.done:
                self.say(reply.text)
            else:
                self.refuse(f"{do} refused ({reply.code}): {reply.text}")
            self.replied.emit(reply)
            if then is not None:
                then(reply)

        self.engine.command(do, body, came, asked)

    @property
    def fresh(self) -> Fresh:
        """How old what is shown is."""
        return self.engine.fresh

    @property
    def armed(self) -> bool:
        """Whether the engine says that positions may be opened."""
        return self._mirror.trading.armed

    def aim(self) -> Aim:
        """What a key is meant for: the order entry's ticker and what is written there."""
        return self.entry.aim(self.chart.detail.stop_cursor)

    def loads(self, name: str) -> bool:
        """Whether a key fills the order entry alone."""
        return name in self.entry.load_only

    def load(self, name: str, body: Mapping[str, object]) -> None:
        """Fill the order entry with the order of a key; Enter sends it."""
        self.docks["Order entry"].setVisible(True)
        self.docks["Order entry"].raise_()
        self.entry.load(name, body)

    def _kept_back(self, act: str, why: str) -> None:
        self.refuse(f"{BY_NAME[act].said}: {why}")
        self.note("mouse", why, act)

    def note(self, key: str, said: str, act: str) -> None:
        """Have a key that was kept back written into the engine's record."""
        body = {"key": key, "said": said, "act": act, "symbol": self.chart.symbol}
        self.engine.command("pressed", body, lambda _: None)

    def _acted(self, name: str) -> None:
        """Keys that change nothing but the view."""
        if name in {"panel", "panel_back"}:
            focus.go(self._stops(), back=name == "panel_back")
        elif name == "sheet":
            self.key_sheet.setVisible(not self.key_sheet.isVisible())
        else:
            self.charts.acted(name)

    def _stops(self) -> list[QtWidgets.QWidget]:
        """What Ctrl+F6 goes through."""
        own = focus.panels(self, self.status, self.chart, self.docks.values())
        return [*own, *self.charts.windows]

    def _chain(self) -> None:
        """Let Tab follow the layout."""
        focus.chain(focus.panels(self, self.status, self.chart, self.docks.values()))

    def arm_or_disarm(self) -> None:
        """What the button does: the other of the two."""
        self.send("disarm" if self._mirror.trading.armed else "arm", {})

    def panic(self) -> None:
        """Stop all trading and close everything."""
        self.send("panic", {"why": "FLATTEN ALL"})

    # Where panels stand

    def reset_layout(self) -> None:
        """Every panel where it was at first."""
        for dock in self.docks.values():
            dock.setVisible(True)
        self.restoreState(self._first)
        self.panels.tidy()

    def set_size(self, width: int, height: int) -> None:
        """Have this size, whatever was kept."""
        self._sized = True
        self.resize(width, height)

    def save_layout(self) -> None:
        """Keep where panels stand, for this mode."""
        state, geometry = self.saveState().data(), self.saveGeometry().data()
        view = str(self.chart.view)
        charts = self.charts.placed()
        said = Layout(layouts.text(bytes(geometry)), layouts.text(bytes(state)), view, charts)
        try:
            self._kept.write(self._mode, said)
        except BadInput as error:
            self.refuse(str(error))

    def _restore(self, said: Layout) -> None:
        if said.geometry and not self._sized:
            self.restoreGeometry(layouts.data(said.geometry))
        if said.state and not self.restoreState(layouts.data(said.state)):
            self.restoreState(self._first)
        self.panels.tidy()
        if said.view.isdecimal() and int(said.view) in self.chart.views:
            self.chart.set_view(int(said.view))
        self.charts.restore(said.charts)

    def _changed(self) -> None:
        if self._settled and self.isVisible():
            self._saver.start()

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Show nothing that Qt left behind."""
        super().showEvent(event)
        self.panels.tidy()

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:
        """Keep the size too."""
        super().resizeEvent(event)
        self._changed()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """The frame in the colour of the mode."""
        super().paintEvent(event)
        with QtGui.QPainter(self) as painter:
            painter.fillRect(self.rect(), QtGui.QColor(self.colours.ground))
            colour = QtGui.QColor(theme.look(self._mode).fill)
            width, height, thick = self.width(), self.height(), theme.FRAME
            for box in (
                QtCore.QRect(0, 0, width, thick),
                QtCore.QRect(0, height - thick, width, thick),
                QtCore.QRect(0, 0, thick, height),
                QtCore.QRect(width - thick, 0, thick, height),
            ):
                painter.fillRect(box, colour)

    def leave(self) -> None:
        """Close, whatever is held."""
        self._gone = True
        self.close()

    def _flatten_and_leave(self) -> None:
        def came(reply: Reply) -> None:
            if reply.done:
                self.leave()
            else:
                self.leaving.tell(f"Not flat: {reply.text}")

        self.leaving.tell("Flattening everything …")
        self.send("flatten", {}, came)

    def closeEvent(self, event: QtGui.QCloseEvent | None) -> None:
        """Keep the layout and go; the engine trades on. With positions open it asks before."""
        held = open_text(self._mirror.positions.rows)
        asks = held and not self._gone and self._mode != "REPLAY"
        if asks and event is not None and self.engine.fresh <= Fresh.QUIET:
            self.leaving.ask(held, ends=self.ends)
            event.ignore()
            return
        self._saver.stop()
        self._timer.stop()
        self.save_layout()
        self.charts.end()
        self.closed.emit()
        super().closeEvent(event)
