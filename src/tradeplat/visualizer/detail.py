"""The one large chart: candles, volume and studies in panes, and price lines that can be dragged.

A line is moved as a ghost. Letting it go asks for the replacement; the solid line stays where the
engine says that it is. Data comes with the model, wishes leave as signals.
"""

from math import isfinite, isnan, nan

from tradeplat.visualizer.chart import Inks
from tradeplat.visualizer.drag import Ghost, movable, nearest
from tradeplat.visualizer.head import Cross, span_text
from tradeplat.visualizer.link import LineKind, LineState
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.painter import View
from tradeplat.visualizer.palette import DEFAULT, Palette
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.sheet import Sheet
from tradeplat.visualizer.viewport import Viewport

import pyqtgraph as pg  # isort: skip  # takes the binding that is loaded: after qt

FRAME_MS = 33
REACH = 5
"""Points from a line within which the pointer takes it."""


class DetailChart(QtWidgets.QWidget):
    """One model in full.

    `replace_asked` has the key of a line and the price it is wanted at; `refused` says why a line
    was not let go; `stop_moved` tells the stop cursor's price (nan: taken away); `crossed` is where
    the pointer is.
    """

    crossed = Signal(object)
    replace_asked = Signal(object, float)
    refused = Signal(str)
    stop_moved = Signal(float)

    def __init__(
        self,
        palette: Palette = DEFAULT,
        font: QtGui.QFont | None = None,
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inks = Inks(palette, font)
        self.graphics = pg.GraphicsView(self)
        self.graphics.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.graphics.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.surface: QtWidgets.QWidget = self.graphics.viewport()
        """What is painted on, and what the pointer is heard on."""
        self.surface.setMouseTracking(True)
        self.surface.installEventFilter(self)
        self.sheet = Sheet(self._inks, self.graphics)
        self._drawn: tuple[object, ...] = ()
        self._panned: tuple[float, float] | None = None
        self._on_cursor = False
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)  # room for the ring that shows the focus
        layout.addWidget(self.graphics)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.refresh)
        self.set_palette(palette, font)

    @property
    def model(self) -> ChartModel | None:
        """What is shown."""
        return self.sheet.model

    @property
    def stop_cursor(self) -> float:
        """Where the next trade's stop would be (size by risk); nan for nowhere."""
        return self.sheet.stop_cursor

    def show_model(self, model: ChartModel | None) -> None:
        """Show `model` from now on; what was in the hand is put back. The stop cursor stays with
        its ticker.
        """
        before = self.model
        same = before is not None and model is not None and before.symbol == model.symbol
        self.sheet.show_model(model)
        self._drawn, self._panned = (), None
        if not same:
            self.set_stop_cursor(nan)
        name = f"Chart {model.symbol} {span_text(model.span)}" if model else "Empty chart"
        self.setAccessibleName(name)
        self.redraw()

    def set_hidden(self, studies: frozenset[int]) -> None:
        """Switch studies off; all others are on."""
        self.sheet.hidden = studies
        self.redraw()

    def set_cross(self, cross: Cross | None) -> None:
        """Show a crosshair."""
        if cross != self.sheet.cross:
            self.sheet.cross = cross
            self.repaint_soon()

    def set_stop_cursor(self, price: float) -> None:
        """Put the stop cursor at a price, on a tick; nan takes it away."""
        tick = self.model.tick if self.model else 0.01
        price = max(round(price / tick), 1) * tick if isfinite(price) else nan
        if price != self.sheet.stop_cursor and not (isnan(price) and isnan(self.sheet.stop_cursor)):
            self.sheet.stop_cursor = price
            self.stop_moved.emit(price)
            self.repaint_soon()

    def set_palette(self, palette: Palette, font: QtGui.QFont | None = None) -> None:
        """Use other colours, or other letters."""
        self._inks.dip(palette, font)
        self.graphics.setBackground(palette.ground)
        self.sheet.set_row(self._inks.fresh.letters.height + 4)
        self.redraw()

    def fit(self, bars: float | None = None) -> None:
        """Show every bar, or the newest `bars`, and follow."""
        self.sheet.viewport.fit(len(self.model.bars) if self.model else 0, bars=bars)
        self.redraw()

    def fit_day(self) -> None:
        """Show the newest day, and follow it until somebody zooms."""
        self.sheet.viewport = Viewport(int(self.sheet.viewport.bars), daily=True)
        self.redraw()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show `factor` times as many bars."""
        self.sheet.viewport.zoom(factor, at)
        self.redraw()

    def pan(self, bars: float) -> None:
        """Show bars that are `bars` later, or earlier where it is negative."""
        self.sheet.viewport.pan(bars)
        self.redraw()

    # Lines in the hand

    def take(self, key: int) -> bool:
        """Take a line in the hand; False where it is none that may be moved."""
        model = self.model
        level = model.levels.get(key) if model else None
        if model is None or level is None or not movable(level):
            return False
        self.put_back()
        self.sheet.ghosts[key] = Ghost(model, level)
        self.repaint_soon()
        return True

    def take_line(self, kind: LineKind) -> bool:
        """Take the first line of a kind in the hand, to be moved by keys."""
        levels = self.model.levels.values() if self.model else ()
        return any(level.kind == kind and self.take(level.key) for level in levels)

    @property
    def held(self) -> Ghost | None:
        """The line in the hand."""
        return next((ghost for ghost in self.sheet.ghosts.values() if not ghost.sent), None)

    def let_go(self) -> None:
        """Ask for the line in the hand to be where it is held, or say why it cannot be."""
        ghost = self.held
        if ghost is None:
            return
        objection = ghost.objection() if ghost.moved else ""
        if objection or not ghost.moved:
            del self.sheet.ghosts[ghost.key]
        else:
            ghost.sent = True
        self.repaint_soon()
        if objection:
            self.refused.emit(objection)
        elif ghost.sent:
            self.replace_asked.emit(ghost.key, ghost.price)

    def put_back(self) -> None:
        """Forget the line in the hand."""
        ghost = self.held
        if ghost is not None:
            del self.sheet.ghosts[ghost.key]
            self.repaint_soon()

    def drop_ghost(self, key: int) -> None:
        """Forget a line that was let go: the engine has refused it."""
        if self.sheet.ghosts.pop(key, None) is not None:
            self.repaint_soon()

    # Painting

    def refresh(self) -> None:
        """Paint soon if the model has changed since the last time and somebody can see it."""
        model = self.model
        if model is not None:
            model.follow()
        if model is not None and self.isVisible() and self._drawn != (id(model), model.revision):
            self.redraw()

    def redraw(self) -> None:
        """Bring ranges and panes up to date, and paint soon."""
        model = self.model
        if model is not None:
            self._answered(model)
            self._drawn = (id(model), model.revision)
        self.sheet.update()
        self.repaint_soon()

    def repaint_soon(self) -> None:
        """Paint what is there once more."""
        self.surface.update()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """The ring that shows the focus; the rest is the surface's."""
        palette = self._inks.fresh.palette
        with QtGui.QPainter(self) as painter:
            painter.fillRect(
                self.rect(), QtGui.QColor(palette.focus if self.hasFocus() else palette.grid)
            )

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Run the clock while somebody can see it."""
        self.redraw()
        self._timer.start()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:
        """Stop the clock: what is hidden repaints nothing."""
        self._timer.stop()

    def _answered(self, model: ChartModel) -> None:
        """Forget ghosts whose line the engine has moved, taken away, or is replacing."""
        for key, ghost in list(self.sheet.ghosts.items()):
            level = model.levels.get(key)
            if level is None:
                settled = True
            elif ghost.sent:
                settled = abs(level.price - ghost.price) < model.tick / 2
            else:
                settled = level.state != LineState.WORKING
            if settled:
                del self.sheet.ghosts[key]

    # What the pointer and the keys do

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:
        """Hear the pointer on the surface, before pyqtgraph does."""
        if watched is not self.surface or event is None:
            return False
        if isinstance(event, QtGui.QWheelEvent):
            self._wheeled(event)
            return True
        if isinstance(event, QtGui.QMouseEvent):
            kind = event.type()
            if kind == QtCore.QEvent.Type.MouseButtonPress:
                self._pressed(event)
            elif kind == QtCore.QEvent.Type.MouseButtonRelease:
                self._released(event)
            elif kind == QtCore.QEvent.Type.MouseMove:
                self._moved(event)
            elif kind == QtCore.QEvent.Type.MouseButtonDblClick:
                self.fit(160)
            return True
        if event.type() == QtCore.QEvent.Type.Leave:
            self.set_cross(None)
            self.crossed.emit(None)
        return False

    def event(self, event: QtCore.QEvent | None) -> bool:
        """Keep Esc and the arrows from shortcuts while a line is in the hand."""
        if (
            event is not None
            and event.type() == QtCore.QEvent.Type.ShortcutOverride
            and isinstance(event, QtGui.QKeyEvent)
            and self.held is not None
            and event.key() in HAND_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Move the line in the hand by ticks, let it go, or put it back; all other keys go on."""
        if event is None:
            return
        ghost = self.held
        if ghost is None or event.key() not in HAND_KEYS:
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.put_back()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.let_go()
        else:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            ghost.nudge(far if event.key() == Qt.Key.Key_Up else -far)
            self.repaint_soon()

    def _wheeled(self, event: QtGui.QWheelEvent) -> None:
        view = self.sheet.price_view()
        if view is not None:
            at = view.start + (event.position().x() - view.box.left) / view.room
            self.zoom(0.85 ** (event.angleDelta().y() / 120), at)

    def _pressed(self, event: QtGui.QMouseEvent) -> None:
        view, model = self.sheet.price_view(), self.model
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if view is None or model is None or event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        price, inside = view.price(place.y()), view.box.top <= place.y() < view.box.bottom
        reach = REACH * (view.high - view.low) / view.box.height
        line = nearest(model.levels.values(), price, reach) if inside else None
        if inside and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._on_cursor = True
            self.set_stop_cursor(price)
        elif inside and abs(price - self.stop_cursor) <= reach and line is None:
            self._on_cursor = True
        elif line is not None:
            self.take(line.key)
        else:
            self._panned = (place.x(), self.sheet.viewport.end)

    def _moved(self, event: QtGui.QMouseEvent) -> None:
        view, model = self.sheet.price_view(), self.model
        if view is None or model is None:
            return
        place = event.position()
        price, ghost = view.price(place.y()), self.held
        if ghost is not None and event.buttons() & Qt.MouseButton.LeftButton:
            ghost.move(min(max(price, view.low), view.high))
            self.repaint_soon()
        elif self._on_cursor:
            self.set_stop_cursor(min(max(price, view.low), view.high))
        elif self._panned is not None:
            start, end = self._panned
            self.pan(end + round((start - place.x()) / view.room) - self.sheet.viewport.end)
        else:
            self._hovered(view, model, place)

    def _hovered(self, view: View, model: ChartModel, place: QtCore.QPointF) -> None:
        price = view.price(place.y())
        inside = view.box.top <= place.y() < view.box.bottom and place.x() < view.box.right
        bar = min(max(view.bar(place.x()), 0), len(model.bars) - 1)
        cross = Cross(int(model.bars.ts[bar]), price if inside else nan)
        self.set_cross(cross)
        self.crossed.emit(cross)
        reach = REACH * (view.high - view.low) / view.box.height
        over = inside and nearest(model.levels.values(), price, reach) is not None
        over = over or (inside and abs(price - self.stop_cursor) <= reach)
        self.surface.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)

    def _released(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._panned, self._on_cursor = None, False
            self.let_go()


HAND_KEYS = frozenset(
    {
        Qt.Key.Key_Escape,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
    }
)
"""What moves, lets go and puts back a line in the hand."""
