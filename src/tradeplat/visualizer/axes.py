"""Grid and labels: prices at the right, times below; none is clipped, none lies upon another."""

from typing import NamedTuple

from tradeplat.visualizer.ink import Ink, Tag
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.numerals import price_text, volume_text
from tradeplat.visualizer.painter import Box, View
from tradeplat.visualizer.ticks import DAY, TimeTick, price_ticks

APART = 34
"""Points between two labels of prices, at the least."""


class Layout(NamedTuple):
    """Where the parts of a chart are, in pixels; a part without room has no height."""

    whole: Box
    head: Box
    price: Box
    volume: Box
    prices: Box
    times: Box


def laid_out(whole: Box, ink: Ink, axis: int, *, volume: bool = True) -> Layout:
    """The parts of a chart of the size of `whole`, with `axis` pixels for the prices' labels."""
    row = ink.row_height()
    right = max(whole.right - axis, whole.left + 1)
    head = Box(whole.left, whole.top, whole.right, whole.top + row + round(2 * ink.ratio))
    times = Box(whole.left, max(whole.bottom - row, head.bottom + 2), right, whole.bottom)
    height = times.top - head.bottom
    below = int(height * 0.2) if volume and height > 5 * row else 0
    price = Box(whole.left, head.bottom, right, max(times.top - below, head.bottom + 2))
    return Layout(
        whole,
        head,
        price,
        Box(whole.left, price.bottom, right, times.top),
        Box(right, price.top, whole.right, price.bottom),
        times,
    )


def labelled(view: View, tick: float, ink: Ink) -> list[float]:
    """The prices of `view` that are labelled."""
    most = max(int(view.box.height / (APART * ink.ratio)), 1)
    return price_ticks(view.low, view.high, tick, most)


def timed(model: ChartModel, view: View, ink: Ink) -> list[TimeTick]:
    """The bars of `view` that are labelled."""
    widest = ink.text_width("00:00:00" if model.span < 60 else "00:00")
    start, end = max(int(view.start), 0), min(int(view.end) + 1, len(model.times))
    return model.times.between(start, end, 1.6 * widest / view.room)


def draw_grid(ink: Ink, view: View, prices: list[float], times: list[TimeTick]) -> None:
    """Rules at what is labelled; stronger where a day begins."""
    ink.across(view.box, [view.y(price) for price in prices], ink.palette.grid)
    days = [view.x(tick.bar) for tick in times if tick.step >= DAY and tick.bar]
    ink.down(view.box, [view.x(tick.bar) for tick in times], ink.palette.grid)
    ink.down(view.box, days, ink.palette.border)


def draw_times(ink: Ink, view: View, box: Box, times: list[TimeTick]) -> None:
    """The labels below."""
    free = float(box.left)
    for tick in times:
        width = ink.letters.width(tick.text) * ink.ratio
        left = min(max(view.x(tick.bar) - width / 2, box.left + 4 * ink.ratio), box.right - width)
        moved = abs(left + width / 2 - view.x(tick.bar))
        if moved <= width / 2 + 5 * ink.ratio and left >= free:
            free = left + width + ink.ratio
            colour = ink.palette.text if tick.step >= DAY else ink.palette.faint
            ink.write(left, box.top + ink.ratio, tick.text, colour)


def draw_labels(ink: Ink, axis: Box, labels: list[tuple[int, str]]) -> None:
    """The labels at the right; one that the edge would cut is left out."""
    height = ink.row_height()
    for y, text in labels:
        top = y - height // 2
        if axis.top <= top and top + height <= axis.bottom:
            ink.write_right(axis.right, top + ink.ratio, text, ink.palette.faint)


def draw_tags(ink: Ink, axis: Box, labels: list[tuple[int, str]], tags: list[Tag]) -> None:
    """The tags over the labels: a later one hides an earlier that it meets, and no label that one
    meets is left.
    """
    shown: list[tuple[Tag, Box]] = []
    for tag in reversed(tags):
        box = ink.tag_box(axis, tag.y)
        if all(box.top >= other.bottom or box.bottom <= other.top for _, other in shown):
            shown.append((tag, box))
    height = ink.row_height()
    inner = axis._replace(left=axis.left + 1)  # the border stays
    for y, _ in labels:
        top = y - height // 2
        if any(top < box.bottom and top + height > box.top for _, box in shown):
            place = inner._replace(top=max(top, axis.top), bottom=min(top + height, axis.bottom))
            ink.bars.fill(ink.device, place, ink.palette.ground)
    for tag, box in shown:
        ink.tag(box, tag, right=True)


def draw_prices(ink: Ink, axis: Box, labels: list[tuple[int, str]], tags: list[Tag]) -> None:
    """Labels and tags at once."""
    draw_labels(ink, axis, labels)
    if tags:
        ink.written()  # what is hidden has to be there
        draw_tags(ink, axis, labels, tags)


def axis_width(ink: Ink, model: ChartModel, view_range: tuple[float, float]) -> int:
    """Pixels that the widest label of a range of prices takes."""
    shown = [price_text(price, model.decimals) for price in (*view_range, model.last)]
    widest = max(shown, key=len)
    wide = max(ink.text_width("0" * len(widest)), ink.text_width("00.0K"))
    return wide + round(2 * ink.ratio)


def draw_volume_label(ink: Ink, layout: Layout, most: float) -> None:
    """What the tallest column stands for."""
    box = layout.volume
    if box.height > ink.row_height() and most > 0:
        right, text = layout.prices.right, volume_text(most)
        ink.write_right(right, box.top + ink.ratio, text, ink.palette.faint)
