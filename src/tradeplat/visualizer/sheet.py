"""What the large chart is painted on: a pane for prices, one for volume, more for studies."""

from math import isfinite, isnan, nan
from typing import Any

from tradeplat.visualizer import axes, overlay
from tradeplat.visualizer.chart import Inks
from tradeplat.visualizer.drag import Ghost
from tradeplat.visualizer.head import Cross, draw_head, head_texts
from tradeplat.visualizer.ink import PAD, Ink, Tag
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.model import ChartModel, Study
from tradeplat.visualizer.numerals import price_text, volume_text
from tradeplat.visualizer.painter import Box, Seen, View
from tradeplat.visualizer.panes import Painted, Pane, number_labels, number_text
from tradeplat.visualizer.ticks import TimeTick, bar_text
from tradeplat.visualizer.viewport import Viewport

import pyqtgraph as pg  # isort: skip  # takes the binding that is loaded: after qt

PRICE, VOLUME = 0, -1
"""Panes by number; those of studies are 1 and up, as the studies say."""

SHARES = {PRICE: 10, VOLUME: 2}
"""How the height is shared; a pane of studies takes 3."""

CLOSE = 22
"""Points between two labels of a low pane, at the least."""


class Sheet:
    """The panes of one chart in `graphics`, a pyqtgraph view."""

    def __init__(self, inks: Inks, graphics: Any) -> None:
        self.model: ChartModel | None = None
        self.viewport = Viewport(160, daily=True)
        self.hidden: frozenset[int] = frozenset()
        self.cross: Cross | None = None
        self.ghosts: dict[int, Ghost] = {}
        self.stop_cursor = nan
        self.panes: dict[int, Pane] = {}
        self._inks = inks
        self._graphics = graphics
        self._row = 16.0
        self._axis = 40
        self._parts: tuple[Painted, ...] = ()
        self._labelled: tuple[tuple[object, ...], list[TimeTick]] = ((), [])
        self._looked: tuple[tuple[object, ...], Seen] | None = None

    def show_model(self, model: ChartModel | None) -> None:
        """Show `model` from now on, following it."""
        self.model = model
        self.viewport = Viewport(int(self.viewport.bars), daily=self.viewport.daily)
        self.ghosts.clear()
        self.cross, self._axis = None, 40

    def set_row(self, points: float) -> None:
        """Make lines of text so high."""
        self._row = points
        for part in self._parts:
            part.set_height(points)

    def update(self) -> None:
        """Bring panes and ranges up to date with the model."""
        model, port = self.model, self.viewport
        if model is None:
            return
        self._lay_out(model)
        port.follow_day(model)
        port.follow(len(model.bars))
        if len(model.bars):
            port.frame(model, self.hidden)
            self._widen(model)
        self.panes[PRICE].low, self.panes[PRICE].high = port.low, port.high
        for number, pane in self.panes.items():
            if number != PRICE:
                pane.low, pane.high = self._range_of(model, number)
            pane.show_range(port.start, port.end)
            pane.set_stale(stale=model.stale)
        for part in self._parts:
            part.stale = model.stale

    def price_view(self) -> View | None:
        """What the price pane shows, in points of the chart; None without bars."""
        if self.model is None or not len(self.model.bars) or not self.panes:
            return None
        box = self.panes[PRICE].box
        rect = box.mapRectToScene(box.rect())
        sides = (round(rect.left()), round(rect.top()), round(rect.right()), round(rect.bottom()))
        return self.panes[PRICE].view(Box(*sides))

    def _lay_out(self, model: ChartModel) -> None:
        wanted = {PRICE: True, VOLUME: True}
        for study in sorted(model.studies.values(), key=lambda one: one.pane):
            if study.pane > 0 and study.id not in self.hidden:
                wanted[study.pane] = True
        if list(wanted) == list(self.panes):
            return
        self.panes = {number: self._pane(number) for number in wanted}
        self._parts = (
            Painted(self._inks, self._draw_head),
            Painted(self._inks, self._draw_times),
            Painted(self._inks, self._draw_corner),
        )
        head, times, corner = self._parts
        centre = pg.GraphicsLayout()  # a new one: rows of an old one keep their heights
        centre.setContentsMargins(0, 0, 0, 0)
        centre.setSpacing(0)
        centre.addItem(head, 0, 0, 1, 2)
        for row, (number, pane) in enumerate(self.panes.items(), start=1):
            centre.addItem(pane.box, row, 0)
            centre.addItem(pane.axis, row, 1)
            centre.layout.setRowStretchFactor(row, SHARES.get(number, 3))
            pane.axis.set_width(self._axis)
        centre.addItem(times, len(self.panes) + 1, 0)
        centre.addItem(corner, len(self.panes) + 1, 1)
        self.set_row(self._row)
        self._graphics.setCentralItem(centre)

    def _pane(self, number: int) -> Pane:
        if number == PRICE:
            return Pane(self._inks, self._draw_price, self._draw_price_axis)
        if number == VOLUME:
            return Pane(self._inks, self._draw_volume, self._draw_volume_axis)

        def content(ink: Ink, box: Box) -> None:
            self._draw_studies(ink, box, number)

        def axis(ink: Ink, box: Box) -> None:
            self._draw_number_axis(ink, box, number)

        return Pane(self._inks, content, axis)

    def _widen(self, model: ChartModel) -> None:
        """Let every axis be as wide as the widest needs."""
        ink = self._inks.fresh
        ink.ratio = 1.0
        wanted = axes.axis_width(ink, model, (self.viewport.low, self.viewport.high))
        if wanted > self._axis or wanted < 0.8 * self._axis:
            self._axis = wanted
            for pane in self.panes.values():
                pane.axis.set_width(wanted)
            self._parts[2].set_width(wanted)

    def _range_of(self, model: ChartModel, number: int) -> tuple[float, float]:
        first, last = max(int(self.viewport.start), 0), int(self.viewport.end) + 1
        if number == VOLUME:
            return 0.0, model.bars.most_volume(first, last, 4000) * 1.06 or 1.0
        found = [
            model.series[key].low_high(first, last)
            for study in self._shown(model, number)
            for key in (study.id, study.partner)
            if key
        ]
        if any(study.kind == "histogram" for study in self._shown(model, number)):
            found.append((0.0, 0.0))
        known = [pair for pair in found if not isnan(pair[0])]
        if not known:
            return 0.0, 1.0
        low, high = min(pair[0] for pair in known), max(pair[1] for pair in known)
        pad = 0.08 * (high - low) or abs(high) * 0.1 or 1.0
        return low - pad, high + 4 * pad  # the names stand above

    def _shown(self, model: ChartModel, number: int) -> list[Study]:
        return [s for s in model.studies.values() if s.pane == number and s.id not in self.hidden]

    # Painting; `box` is the part's own, in device pixels

    def _draw_head(self, ink: Ink, box: Box) -> None:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        model = self.model
        if model is None:
            return
        texts = head_texts(model, self.cross, ink.palette)
        bar = model.bars.index_of(self.cross.ts) if self.cross else len(model.bars) - 1
        for study in self._shown(model, PRICE):
            value = model.series[study.id].at(bar)
            if not isnan(value):
                colour = overlay.study_colour(study, ink.palette, stale=model.stale)
                texts.append((f"{study.name} {price_text(value, model.decimals)}", colour))
        draw_head(ink, box, texts)

    def _draw_price(self, ink: Ink, box: Box) -> None:
        model = self.model
        if model is None or not len(model.bars):
            ink.bars.fill(ink.device, box, ink.palette.ground)
            ink.middle(box, "no bars yet" if model else "no symbol")
            return
        view = self._ground(ink, box, PRICE)
        axes.draw_grid(ink, view, axes.labelled(view, model.tick, ink), self._labels(ink, view))
        seen = self._seen(model, view)
        ink.bars.candles(ink.device, seen, view, (ink.palette.up, ink.palette.down))
        overlay.draw_studies(ink, model, view, self._shown(model, PRICE))
        overlay.draw_marks(ink, model, view)
        overlay.draw_levels(ink, model, view)
        ink.dots(box, view.y(model.last), ink.palette.last)
        ink.written()  # what moves lies over it
        if isfinite(self.stop_cursor):
            text = f"stop cursor {price_text(self.stop_cursor, model.decimals)}"
            self._draw_moving(ink, view, self.stop_cursor, (text, ink.palette.stop))
        for ghost in self.ghosts.values():
            self._draw_ghost(ink, view, ghost)
        self._draw_cross(ink, view, self.cross.price if self.cross else nan)

    def _draw_ghost(self, ink: Ink, view: View, ghost: Ghost) -> None:
        colour = overlay.level_colour(ghost.level, ink.palette)
        text = ghost.text() + ("  asked" if ghost.sent else "")
        objection = "" if ghost.sent or not ghost.moved else ghost.objection()
        if objection:
            text, colour = objection, ink.palette.last
        self._draw_moving(ink, view, ghost.price, (text, colour))

    def _draw_moving(self, ink: Ink, view: View, price: float, said: tuple[str, str]) -> None:
        """A line that is no order: dots, and its name at the right, filled."""
        ink.written()  # one may hide another
        text, colour = said
        y = view.y(price)
        ink.dots(view.box, y, colour)
        width, height = ink.text_width(text), ink.row_height()
        left = max(view.box.right - width - round(8 * ink.ratio), view.box.left)
        top = min(max(y - height // 2, view.box.top), view.box.bottom - height)
        ink.tag(
            Box(left, top, left + width, top + height), Tag(y, text, ink.palette.ground, colour)
        )

    def _draw_price_axis(self, ink: Ink, box: Box) -> None:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        model = self.model
        if model is None or not len(model.bars):
            return
        view, palette = self.panes[PRICE].view(box), ink.palette
        tags = [
            Tag(view.y(level.price), price_text(level.price, model.decimals), colour)
            for level in model.levels.values()
            if level.kind != LineKind.ENTRY and view.low <= level.price <= view.high
            for colour in (overlay.level_colour(level, palette),)
        ]
        last = price_text(model.last, model.decimals)
        tags.append(Tag(view.y(model.last), last, palette.ground, palette.last))
        for ghost in self.ghosts.values():
            colour = overlay.level_colour(ghost.level, palette)
            shown = price_text(ghost.price, model.decimals)
            tags.append(Tag(view.y(ghost.price), shown, palette.ground, colour))
        if self.cross is not None and isfinite(self.cross.price):
            shown = price_text(self.cross.price, model.decimals)
            tags.append(Tag(view.y(self.cross.price), shown, palette.ground, palette.text))
        prices = axes.labelled(view, model.tick, ink)
        labels = [(view.y(price), price_text(price, model.decimals)) for price in prices]
        axes.draw_prices(ink, box, labels, tags)
        ink.down(box, [box.left], palette.border)

    def _draw_volume(self, ink: Ink, box: Box) -> None:
        view, model = self._ground(ink, box, VOLUME), self.model
        if model is not None and len(model.bars):
            ink.down(box, [view.x(tick.bar) for tick in self._labels(ink, view)], ink.palette.grid)
            colours = (ink.palette.up_volume, ink.palette.down_volume)
            ink.bars.volume(ink.device, self._seen(model, view), view, colours)
            self._draw_cross(ink, view, nan)
        ink.across(box, [box.top], ink.palette.border)

    def _draw_volume_axis(self, ink: Ink, box: Box) -> None:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        model = self.model
        if model is not None and len(model.bars):
            view = self.panes[VOLUME].view(box)
            most = max(int(box.height / (CLOSE * ink.ratio)), 1)
            values = [value for value, _ in number_labels(0.0, view.high, most) if value]
            labels = [(view.y(value), volume_text(value)) for value in values]
            axes.draw_prices(ink, box, labels, [])
        ink.down(box, [box.left], ink.palette.border)

    def _draw_studies(self, ink: Ink, box: Box, number: int) -> None:
        view, model = self._ground(ink, box, number), self.model
        if model is None:
            return
        rows = [view.y(value) for value, _ in self._numbers(ink, view)]
        ink.across(box, rows, ink.palette.grid)
        ink.down(box, [view.x(tick.bar) for tick in self._labels(ink, view)], ink.palette.grid)
        shown = self._shown(model, number)
        overlay.draw_studies(ink, model, view, shown)
        self._draw_cross(ink, view, nan)
        left = box.left + round(2 * ink.ratio)
        bar = model.bars.index_of(self.cross.ts) if self.cross else len(model.bars) - 1
        for study in shown:
            value = model.series[study.id].at(bar)
            text = study.name if isnan(value) else f"{study.name} {number_text(value, 2)}"
            colour = overlay.study_colour(study, ink.palette, stale=model.stale)
            width = ink.text_width(text)
            ground = Box(left, box.top + 1, left + width, box.top + 1 + ink.row_height())
            ink.bars.fill(ink.device, ground, ink.palette.ground)
            ink.write(left + PAD * ink.ratio, ground.top + ink.ratio, text, colour)
            left += width
        ink.across(box, [box.top], ink.palette.border)

    def _draw_number_axis(self, ink: Ink, box: Box, number: int) -> None:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        view = self.panes[number].view(box)
        labels = [(view.y(value), text) for value, text in self._numbers(ink, view)]
        axes.draw_prices(ink, box, labels, [])
        ink.down(box, [box.left], ink.palette.border)

    def _draw_times(self, ink: Ink, box: Box) -> None:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        ink.across(box, [box.top], ink.palette.border)
        model = self.model
        if model is None or not len(model.bars):
            return
        view = self.panes[PRICE].view(box)
        axes.draw_times(ink, view, box, self._labels(ink, view))
        bar = model.bars.index_of(self.cross.ts) if self.cross else len(model.bars)
        candle = model.bars.candle(bar)
        if candle is not None:
            ink.written()  # what the tag hides
            text = bar_text(candle.ts, model.span)
            width = ink.text_width(text)
            left = min(max(view.x(bar) - width // 2, box.left), box.right - width)
            there = Box(left, box.top, left + width, box.top + ink.row_height())
            ink.tag(there, Tag(0, text, ink.palette.ground, ink.palette.text))

    def _draw_corner(self, ink: Ink, box: Box) -> None:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        ink.across(box, [box.top], ink.palette.border)
        ink.write_right(box.right, box.top + ink.ratio, "NY", ink.palette.faint)

    def _ground(self, ink: Ink, box: Box, number: int) -> View:
        ink.bars.fill(ink.device, box, ink.palette.ground)
        return self.panes[number].view(box)

    def _labels(self, ink: Ink, view: View) -> list[TimeTick]:
        """The labels below, which every pane shares; they change with the bars alone."""
        model = self.model
        if model is None:
            return []
        key = (id(model), len(model.times), view.start, view.end, view.box.width, ink.ratio)
        if self._labelled[0] != key:
            self._labelled = (key, axes.timed(model, view, ink))
        return self._labelled[1]

    def _seen(self, model: ChartModel, view: View) -> Seen:
        """The bars in view, for candles and volume alike."""
        key = (id(model), model.revision, view.start, view.end, view.box.left, view.box.right)
        if self._looked is None or self._looked[0] != key:
            self._looked = (key, Seen(model.bars, view))
        return self._looked[1]

    def _numbers(self, ink: Ink, view: View) -> list[tuple[float, str]]:
        most = max(int(view.box.height / (CLOSE * ink.ratio)), 2)
        return number_labels(view.low, view.high, most)

    def _draw_cross(self, ink: Ink, view: View, price: float) -> None:
        model, cross = self.model, self.cross
        if model is None or cross is None:
            return
        bar = model.bars.index_of(cross.ts)
        if bar < len(model.bars):
            ink.drops(view.box, view.x(bar), ink.palette.crosshair)
        if isfinite(price):
            ink.dots(view.box, view.y(price), ink.palette.crosshair)
