"""What lies over the candles: studies, markers, price lines."""

from math import isfinite

import numpy as np
import numpy.typing as npt

from tradeplat.visualizer.ink import PAD, Ink, Tag
from tradeplat.visualizer.link import LineKind, LineState, MarkerKind
from tradeplat.visualizer.model import (
    ChartModel,
    Level,
    Marks,
    Study,
)
from tradeplat.visualizer.numerals import price_text, quantity_text
from tradeplat.visualizer.painter import Box, View
from tradeplat.visualizer.palette import STUDIES, Palette
from tradeplat.visualizer.paths import Part, path_of
from tradeplat.visualizer.pyramid import Numbers
from tradeplat.visualizer.qt import QtGui

MOST_MARKS = 200
"""Markers in view above which only the columns that hold some are marked."""

SMALL = 420
"""Points of width below which a price line is named by its word alone."""

WORDS = {
    LineKind.ENTRY: "entry",
    LineKind.STOP: "stop",
    LineKind.TARGET: "target",
    LineKind.WORKING: "order",
}
"""What a price line is called."""

WAITS = {LineState.SENT: "sent", LineState.REPLACING: "replacing"}
"""What is said of a line that the engine has not confirmed."""


Path = tuple[Numbers, Numbers]
"""Columns and rows of pixels, in parts of one."""


def clip(ink: Ink, box: Box) -> None:
    """Paint inside of the box alone, with soft edges."""
    ink.device.painter.setClipRect(box.left, box.top, box.width, box.height)
    ink.device.painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)


def unclip(ink: Ink) -> None:
    """Paint everywhere again, in whole pixels."""
    ink.device.painter.setClipping(False)
    ink.device.painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, on=False)


def study_colour(study: Study, palette: Palette, *, stale: bool) -> str:
    """The colour of a study: its own, or one in turn."""
    if stale:
        return palette.faint
    return study.colour or STUDIES[study.id % len(STUDIES)]


def draw_studies(
    ink: Ink, model: ChartModel, view: View, shown: list[Study], part: Part | None = None
) -> None:
    """Studies of the pane that `view` is of, or a part of them."""
    if shown:
        clip(ink, view.box)
        for study in shown:
            colour = study_colour(study, ink.palette, stale=model.stale)
            path = path_of(model.series[study.id], view, part)
            partner = model.series.get(study.partner) if study.partner else None
            if study.kind in {"band", "box"} and partner is not None:
                paths = [path, path_of(partner, view, part)]
                if study.kind == "box":
                    paths = [_squared(view, one) for one in paths]
                _draw_band(ink, paths[0], paths[1], colour)
            else:
                _draw_study(ink, view, study.kind, path, colour)
        unclip(ink)


def _squared(view: View, path: Path) -> Path:
    """A level a bar, as wide as the bar: boxes have upright edges."""
    x, y = path
    half = view.room / 2 if len(x) < view.box.width else 0.5
    wide = np.repeat(x, 2)
    wide[0::2] -= half
    wide[1::2] += half
    return wide, np.repeat(y, 2)


def _draw_band(ink: Ink, path: Path, other: Path, colour: str) -> None:
    paint = ink.colour(colour)
    soft = QtGui.QColor(paint)
    soft.setAlphaF(0.14)
    ink.paths.band(ink.device, path[1], other, soft)
    ink.paths.line(ink.device, other, paint)
    ink.paths.line(ink.device, path, paint)


def _draw_study(ink: Ink, view: View, kind: str, path: Path, colour: str) -> None:
    if kind in {"dots", "marker"}:
        ink.bars.fills(ink.device, colour, _dots(ink, path))
    elif kind == "histogram":
        ink.bars.fills(ink.device, colour, _columns(view, path))
    elif kind == "step":
        ink.bars.fills(ink.device, colour, _steps(ink, view, path))
    else:
        ink.paths.line(ink.device, path, ink.colour(colour))


FAR = 0.12
"""A level that moves by more than this share of the height was set anew: nothing joins the two."""

Sides = tuple[npt.NDArray[np.int32], ...]


def _dots(ink: Ink, path: Path) -> Sides:
    x, y = path
    known = ~np.isnan(y)
    size = max(round(3 * ink.ratio), 3)
    left = (x[known] - size / 2).astype(np.int32)
    top = (y[known] - size / 2).astype(np.int32)
    return left, top, left + (size - 1), top + (size - 1)


def _columns(view: View, path: Path) -> Sides:
    """Columns up or down from nothing."""
    x, y = path
    known = ~np.isnan(y)
    zero = int(view.rows(np.zeros(1))[0])
    rows = np.clip(y[known], view.box.top, view.box.bottom - 1).astype(np.int32)
    half, middle = int(view.room * 0.3), x[known].astype(np.int32)
    return middle - half, np.minimum(rows, zero), middle + half, np.maximum(rows, zero)


def _steps(ink: Ink, view: View, path: Path) -> Sides:
    """A level a bar, joined where two follow one another; where it jumps far, it begins anew."""
    x, y = path
    known = ~np.isnan(y)
    half = view.room / 2 if len(x) < view.box.width else 0.5
    left = np.floor(x[known] - half).astype(np.int32)
    right = np.maximum(np.floor(x[known] + half).astype(np.int32) - 1, left)
    rows = np.clip(y[known], view.box.top - 2, view.box.bottom + 1).astype(np.int32)
    thick = max(int(ink.ratio), 1) - 1
    near = np.abs(np.diff(y[known])) <= FAR * view.box.height
    joined = np.flatnonzero((left[1:] <= right[:-1] + 1) & near) + 1
    top, bottom = rows.copy(), rows + thick
    rises = np.concatenate([left, left[joined]]), np.concatenate([right, left[joined] + thick])
    one, other = rows[joined - 1], rows[joined]
    tops = np.concatenate([top, np.minimum(one, other)])
    return rises[0], tops, rises[1], np.concatenate([bottom, np.maximum(one, other) + thick])


def draw_marks(ink: Ink, model: ChartModel, view: View) -> None:
    """The markers in view: halts as rules, fills as triangles at their price."""
    marks = model.marks()
    start, end = np.searchsorted(marks.bar, (view.start - 0.5, view.end))
    if start == end:
        return
    seen = marks.of(slice(start, end))
    halts = np.isin(seen.kind, (MarkerKind.HALT, MarkerKind.RESUME))
    for bar, kind in zip(seen.bar[halts].tolist(), seen.kind[halts].tolist(), strict=True):
        _draw_halt(ink, view, view.x(bar), "halt" if kind == MarkerKind.HALT else "resume")
    rest = seen.of(~halts)
    if len(rest.bar) > MOST_MARKS:
        _draw_crowd(ink, view, rest)
    elif len(rest.bar):
        _draw_each(ink, view, rest)


def _draw_halt(ink: Ink, view: View, x: int, word: str) -> None:
    """A rule down the chart, with the word where there is room for it."""
    ink.drops(view.box, x, ink.palette.last)
    width = ink.text_width(word)
    left = x + 1 if word == "resume" else x - width
    if left >= view.box.left and left + width <= view.box.right:
        top = view.box.bottom - ink.row_height() - 1
        ink.write(left + PAD * ink.ratio, top, word, ink.palette.last)


def _columns_of(view: View, bars: npt.NDArray[np.intp]) -> Numbers:
    return np.floor(view.box.left + (bars + 0.5 - view.start) * np.float64(view.room))


def _draw_crowd(ink: Ink, view: View, marks: Marks) -> None:
    """A tick for each pixel column that holds markers: bought below, sold above."""
    height = round(6 * ink.ratio)
    x = _columns_of(view, marks.bar)
    for chosen, colour, top in (
        (marks.quantity > 0, ink.palette.up, view.box.bottom - height),
        (marks.quantity < 0, ink.palette.down, view.box.top),
        (marks.quantity == 0, ink.palette.faint, view.box.bottom - 2 * height),
    ):
        left = np.unique(x[chosen]).astype(np.int32)
        row = np.full(len(left), top, np.int32)
        ink.bars.fills(ink.device, colour, (left, row, left, row + (height - 1)))


def _draw_each(ink: Ink, view: View, marks: Marks) -> None:
    """Triangles that point at the price of a fill, diamonds for signals and notes."""
    clip(ink, view.box)
    size = 5.0 * ink.ratio
    x, priced = _columns_of(view, marks.bar) + 0.5, np.isfinite(marks.price)
    y = view.rows(np.where(priced, marks.price, view.low)).astype(float) + 0.5
    bought, sold = marks.quantity > 0, marks.quantity < 0
    signal = ~(bought | sold)
    corners = {
        "up": ([0.0, size, -size], [0.0, 1.7 * size, 1.7 * size], bought),
        "down": ([0.0, size, -size], [0.0, -1.7 * size, -1.7 * size], sold),
        "text": ([0.0, size * 0.7, 0.0, -size * 0.7], [-size * 0.7, 0.0, size * 0.7, 0.0], signal),
    }
    edge = QtGui.QPen(ink.colour(ink.palette.ground), max(ink.ratio, 1.0))
    for name, (dx, dy, chosen) in corners.items():
        fill = ink.colour(getattr(ink.palette, name))
        across, down = x[chosen, None] + np.array(dx), y[chosen, None] + np.array(dy)
        ink.paths.shapes(ink.device, (fill, edge), across, down)
    unclip(ink)


def level_colour(level: Level, palette: Palette) -> str:
    """The colour of a price line by what it is, and by whether the engine has confirmed it."""
    if level.state == LineState.SENT:
        return palette.sent
    return (palette.entry, palette.stop, palette.target, palette.working)[level.kind]


def level_text(level: Level, decimals: int) -> str:
    """What a price line says of itself: stop, size, price."""
    said = [WORDS[LineKind(level.kind)]]
    if level.quantity and isfinite(level.quantity):
        said.append(quantity_text(level.quantity))
    said.append(price_text(level.price, decimals))
    if level.kind != LineKind.ENTRY and level.state in WAITS:
        said.append(WAITS[LineState(level.state)])
    return " ".join(said)


def draw_levels(ink: Ink, model: ChartModel, view: View, *, words: bool = True) -> None:
    """The price lines, each named at the left; a name gives way to the one above it."""
    levels = sorted(model.levels.values(), key=lambda level: -level.price)
    for level in levels:
        colour = level_colour(level, ink.palette)
        y = view.y(level.price)
        if level.kind == LineKind.ENTRY:
            ink.rule(view.box, y, colour)
        else:
            ink.dashes(view.box, y, colour)
    if words:
        names = [(view.y(level.price), _name(ink, level, model, view)) for level in levels]
        places = stacked([y for y, _ in names], ink.row_height(), view.box)
        for level, (_, text), top in zip(levels, names, places, strict=True):
            left = view.box.left + round(6 * ink.ratio)
            box = Box(left, top, left + ink.text_width(text), top + ink.row_height())
            ink.tag(box, Tag(top, text, level_colour(level, ink.palette)))


def _name(ink: Ink, level: Level, model: ChartModel, view: View) -> str:
    """The name of a line; in small charts the word alone."""
    arrow = "▲ " if level.price > view.high else "▼ " if level.price < view.low else ""
    small = view.box.width < SMALL * ink.ratio
    return arrow + (WORDS[LineKind(level.kind)] if small else level_text(level, model.decimals))


def stacked(rows: list[int], height: int, box: Box) -> list[int]:
    """Tops of names of `height` at pixel rows, given from the top down: as near to their rows as
    may be, inside the box, none over another where the box has room for all.
    """
    tops: list[int] = []
    for y in rows:
        top = min(max(y - height // 2, box.top), box.bottom - height)
        tops.append(max(top, tops[-1] + height) if tops else top)
    floor = box.bottom - height
    for k in range(len(tops) - 1, -1, -1):
        tops[k] = max(min(tops[k], floor), box.top)
        floor = tops[k] - height
    return tops
