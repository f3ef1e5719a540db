"""One chart of a board: a plain widget that paints itself at once, whatever it is shown on."""

from collections.abc import Callable
from math import isfinite, nan

from tradeplat.visualizer import axes, overlay
from tradeplat.visualizer.head import Cross, draw_head, head_texts, span_text
from tradeplat.visualizer.ink import Ink, Tag
from tradeplat.visualizer.model import ChartModel, Study
from tradeplat.visualizer.numerals import price_text
from tradeplat.visualizer.painter import Box, Seen, View
from tradeplat.visualizer.palette import DEFAULT, Palette, greyed
from tradeplat.visualizer.paths import Part
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.ticks import TimeTick
from tradeplat.visualizer.viewport import Viewport


class Inks:
    """What charts are painted with, fresh and stale, shared by those of a board."""

    def __init__(self, palette: Palette = DEFAULT, font: QtGui.QFont | None = None) -> None:
        self.dip(palette, font)

    def dip(self, palette: Palette, font: QtGui.QFont | None = None) -> None:
        """Use these colours, and this font (None: the application's), from here on."""
        letters = font or QtWidgets.QApplication.font()
        self.fresh = Ink(palette, letters)
        self.stale = Ink(greyed(palette), letters)

    def kept(
        self, ink: Ink, box: Box, draw: Callable[[], None], paper: QtGui.QImage | None = None
    ) -> QtGui.QImage:
        """A picture of what `draw` paints with `ink` in a box that begins at 0, 0; on `paper`,
        where that is as large.
        """
        before, ratio = ink.device, ink.ratio
        if paper is not None and (paper.width(), paper.height()) == (box.width, box.height):
            picture = paper
        else:
            picture = QtGui.QImage(box.width, box.height, QtGui.QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        try:
            with QtGui.QPainter(picture) as painter:
                ink.begin(painter)
                draw()
                ink.written()
        finally:
            ink.device, ink.ratio = before, ratio
        picture.setDevicePixelRatio(1.0)  # it is drawn pixel by pixel
        return picture


class Still:
    """What a newest bar that goes on leaves as it is, for one `key` of all that it depends on."""

    def __init__(
        self, key: tuple[object, ...], seen: Seen, view: View, prices: list[float]
    ) -> None:
        self.key = key
        self.seen = seen
        self.count = 0
        """Bars that there were when the newest was looked at."""
        self.view = view
        self.prices = prices
        """Those that are labelled."""
        self.labels: list[tuple[int, str]] = []
        self.tallest = float(seen.volume[:-1].max()) if seen.count > 1 else 0.0
        self.most = -1.0
        """The volume that the picture is scaled to; less than nothing before there is one."""
        self.picture: QtGui.QImage | None = None

    def grown(self, seen: Seen, count: int) -> "Still | None":
        """The same after bars have come, if they are all in the newest bucket."""
        if (seen.last, seen.step) != (self.seen.last, self.seen.step):
            return None
        self.seen, self.count = seen, count
        return self

    def outgrown(self) -> bool:
        """Whether the newest volume asks for another scale, which is taken over."""
        most = max(self.tallest, float(self.seen.volume[-1]) if self.seen.count else 0.0)
        changed, self.most = most != self.most, most
        if changed:
            self.picture = None
        return changed


class BoardChart(QtWidgets.QWidget):
    """Candles, volume, studies, markers, price lines of one model.

    `crossed` tells where the pointer is (None when it left), `picked` that the chart was chosen by
    a double click or Enter.
    """

    crossed = Signal(object)
    picked = Signal(str)

    def __init__(
        self,
        inks: Inks,
        bars: int = 120,
        parent: QtWidgets.QWidget | None = None,
        *,
        daily: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(96, 72)
        self.model: ChartModel | None = None
        self.viewport = Viewport(bars, daily=daily)
        self.hidden: frozenset[int] = frozenset()
        """Studies that are switched off here."""
        self.shows_volume = True
        self._inks = inks
        self._cross: Cross | None = None
        self._drawn = (-1, -1)
        self._dragged: tuple[float, float] | None = None
        self._axis = 0
        self._layout: axes.Layout | None = None
        self._still: Still | None = None
        self._paper: QtGui.QImage | None = None
        self._times: tuple[tuple[object, ...], list[TimeTick]] = ((), [])

    def show_model(self, model: ChartModel | None) -> None:
        """Show `model` from now on; None shows an empty place."""
        self.model = model
        self.viewport = Viewport(int(self.viewport.bars), daily=self.viewport.daily)
        self._cross, self._axis = None, 0
        name = f"Chart {model.symbol} {span_text(model.span)}" if model else "Empty chart"
        self.setAccessibleName(name)
        self.update()

    def set_hidden(self, studies: frozenset[int]) -> None:
        """Switch studies off; all others are on."""
        self.hidden = studies
        self.update()

    def set_cross(self, cross: Cross | None) -> None:
        """Show a crosshair that is in this or in another chart."""
        if cross != self._cross:
            self._cross = cross
            self.update()

    def refresh(self) -> None:
        """Paint soon if the model has changed since the last time and somebody can see it."""
        model = self.model
        if model is not None and self._drawn != (id(model), model.revision) and self.isVisible():
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:
        """Paint everything."""
        with QtGui.QPainter(self) as painter:  # ends it whatever happens: see Ink.end
            self.paint(painter)

    def paint(self, painter: QtGui.QPainter) -> None:
        """Paint everything with a painter of this widget or of a picture of its size."""
        model = self.model
        ink = self._inks.stale if model is not None and model.stale else self._inks.fresh
        device = ink.begin(painter)
        whole = device.box(self.width(), self.height())
        left_over = Box(0, 0, whole.right + 1, whole.bottom + 1)  # of a pixel, at odd scales
        if ink.ratio != int(ink.ratio):
            ink.bars.fill(device, left_over, ink.palette.ground)
        if model is None:
            ink.bars.fill(device, whole, ink.palette.ground)
        else:
            self._drawn = (id(model), model.revision)
            self._paint_model(ink, model, whole)
            ink.written()
        ink.outline(
            whole, ink.palette.focus if self.hasFocus() else ink.palette.grid, self._edge(ink)
        )

    def _edge(self, ink: Ink) -> int:
        return round(2 * ink.ratio) if self.hasFocus() else 1

    def _paint_model(self, ink: Ink, model: ChartModel, whole: Box) -> None:
        port = self.viewport
        port.follow_day(model)
        port.follow(len(model.bars), self._still.seen.step if self._still else 1)
        if len(model.bars):
            port.frame(model, self.hidden)
        range_ = (port.low, port.high)
        wanted = axes.axis_width(ink, model, range_) if len(model.bars) else 0
        self._axis = wanted if wanted > self._axis or wanted < 0.8 * self._axis else self._axis
        layout = axes.laid_out(whole, ink, self._axis, volume=self.shows_volume)
        self._layout = layout
        if not len(model.bars):
            ink.bars.fill(ink.device, whole, ink.palette.ground)
            ink.middle(layout.price, "no bars yet")
        else:
            still = self._paint_past(ink, model, layout)
            below = self._volume_view(ink, still, layout)
            palette = ink.palette
            colours = (palette.up, palette.down), (palette.up_volume, palette.down_volume)
            if still.seen.count:
                ink.bars.newest(ink.device, still.seen, (still.view, below), colours)
                self._paint_studies(ink, model, still, newest=True)
            overlay.draw_marks(ink, model, still.view)
            overlay.draw_levels(ink, model, still.view)
            self._paint_axis(ink, model, layout, still)
        draw_head(ink, layout.head, head_texts(model, self._cross, ink.palette))

    def _paint_past(self, ink: Ink, model: ChartModel, layout: axes.Layout) -> Still:
        """Everything but the newest bar: kept as a picture from the second frame on that it is
        the same, or at once where bars share a pixel column, which moves it with some frames only.
        """
        view = self.viewport.view(layout.price)
        of_ink = (id(ink), ink.ratio, ink.palette)
        key = (id(model), model.past_revision, view, layout, self.hidden, of_ink)
        still, count = self._still, len(model.bars)
        if still is not None and still.key == key and still.count != count:
            still = still.grown(Seen(model.bars, view), count)
        if still is None or still.key != key:
            prices = axes.labelled(view, model.tick, ink)
            still = Still(key, Seen(model.bars, view), view, prices)
            still.labels = [(view.y(price), price_text(price, model.decimals)) for price in prices]
            still.count = count
        self._still = still
        if still.outgrown() and still.seen.step == 1:
            self._paint_still(ink, model, layout, still)
            ink.written()
            return still
        if still.picture is None:
            now = still
            still.picture = self._paper = self._inks.kept(
                ink, layout.whole, lambda: self._paint_still(ink, model, layout, now), self._paper
            )
        ink.device.painter.drawImage(0, 0, still.picture)
        return still

    def _paint_still(self, ink: Ink, model: ChartModel, layout: axes.Layout, still: Still) -> None:
        view, palette = still.view, ink.palette
        ink.bars.fill(ink.device, layout.whole, palette.ground)
        times = self._labels(model, view, ink)
        ink.down(layout.prices._replace(bottom=layout.times.top), [view.box.right], palette.border)
        axes.draw_labels(ink, layout.prices, still.labels)
        axes.draw_volume_label(ink, layout, still.most)
        axes.draw_grid(ink, view, still.prices, times)
        axes.draw_times(ink, view, layout.times, times)
        earlier = still.seen.earlier()
        below = self._volume_view(ink, still, layout)
        if below is not None:
            ink.across(layout.volume, [layout.volume.top], palette.border)
            colours = (palette.up_volume, palette.down_volume)
            ink.bars.volume(ink.device, earlier, below, colours)
        ink.bars.candles(ink.device, earlier, view, (palette.up, palette.down))
        self._paint_studies(ink, model, still, newest=False)

    def _paint_studies(self, ink: Ink, model: ChartModel, still: Still, *, newest: bool) -> None:
        """The studies up to the newest bucket, or from the one before it on."""
        last, step = still.seen.last, still.seen.step
        part = Part(last - step, last + step, step) if newest else Part(0, last, step)
        shown = self._shown(model)
        if newest:
            shown = [study for study in shown if len(model.series[study.id]) > last]
        overlay.draw_studies(ink, model, still.view, shown, part)

    def _volume_view(self, ink: Ink, still: Still, layout: axes.Layout) -> View | None:
        box = layout.volume
        if not box.height or still.most <= 0:
            return None
        inner = box._replace(top=box.top + round(4 * ink.ratio))
        return View(still.view.start, still.view.end, 0.0, still.most, inner)

    def _shown(self, model: ChartModel) -> list[Study]:
        return [s for s in model.studies.values() if s.pane == 0 and s.id not in self.hidden]

    def _labels(self, model: ChartModel, view: View, ink: Ink) -> list[TimeTick]:
        """The labels below, which change with the bars and not with a price."""
        key = (id(model), len(model.times), view.start, view.end, view.box, ink.ratio)
        if self._times[0] != key:
            self._times = (key, axes.timed(model, view, ink))
        return self._times[1]

    def _paint_axis(self, ink: Ink, model: ChartModel, layout: axes.Layout, still: Still) -> None:
        view, palette, last = still.view, ink.palette, model.last
        tags = [Tag(view.y(last), price_text(last, model.decimals), palette.ground, palette.last)]
        ink.dots(view.box, view.y(last), palette.last)
        over = Box(view.box.left, view.box.top, layout.whole.right, layout.times.top)
        cross = self._cross
        if cross is not None:
            bar = model.bars.index_of(cross.ts)
            if bar < len(model.bars):
                ink.drops(over._replace(right=view.box.right), view.x(bar), palette.crosshair)
            if isfinite(cross.price):
                y, text = view.y(cross.price), price_text(cross.price, model.decimals)
                ink.dots(view.box, y, palette.crosshair)
                tags.append(Tag(y, text, palette.ground, palette.text))
        axes.draw_tags(ink, layout.prices, still.labels, tags)

    # What the pointer and the keys do

    def _view(self) -> View | None:
        layout, model = self._layout, self.model
        if layout is None or model is None or not len(model.bars):
            return None
        return self.viewport.view(layout.price)

    def wheelEvent(self, event: QtGui.QWheelEvent | None) -> None:
        """Zoom about the pointer."""
        view = self._view()
        if event is None or view is None:
            return
        at = view.start + (event.position().x() * self._ratio() - view.box.left) / view.room
        self.zoom(0.85 ** (event.angleDelta().y() / 120), at)
        event.accept()

    def mousePressEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Take hold of the chart."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._dragged = (event.position().x(), self.viewport.end)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Let go."""
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Choose this chart."""
        if self.model is not None:
            self.picked.emit(self.model.symbol)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent | None) -> None:
        """Move the bars with the pointer, or the crosshair."""
        view = self._view()
        if event is None or view is None or self.model is None:
            return
        x, y = event.position().x() * self._ratio(), event.position().y() * self._ratio()
        if self._dragged is not None and event.buttons() & Qt.MouseButton.LeftButton:
            start, end = self._dragged
            moved = (start - event.position().x()) * self._ratio() / view.room
            if abs(moved) >= 1 or self.viewport.end != end:
                self.viewport.pan(end + round(moved) - self.viewport.end)
            self.update()
            return
        bar = min(max(view.bar(x), 0), len(self.model.bars) - 1)
        inside = view.box.top <= y < view.box.bottom and x < view.box.right
        price = view.price(y) if inside else nan
        self.crossed.emit(Cross(int(self.model.bars.ts[bar]), price))

    def leaveEvent(self, event: QtCore.QEvent | None) -> None:
        """Take the crosshair away."""
        self.crossed.emit(None)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:
        """Enter chooses the chart; all other keys go on."""
        if event is None:
            return
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if enter and plain and self.model is not None:
            self.picked.emit(self.model.symbol)
        else:
            event.ignore()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show `factor` times as many bars."""
        self.viewport.zoom(factor, at)
        self.update()

    def pan(self, bars: float) -> None:
        """Show bars that are `bars` later, or earlier where it is negative."""
        self.viewport.pan(bars)
        self.update()

    def fit(self, bars: float | None = None) -> None:
        """Show every bar, or the newest `bars`, and follow."""
        self.viewport.fit(len(self.model.bars) if self.model else 0, bars=bars)
        self.update()

    def _ratio(self) -> float:
        return self.devicePixelRatioF()
