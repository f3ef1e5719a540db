"""The line above a chart: what it shows, how it stands, and the bar under the crosshair."""

from math import isnan, nan
from typing import NamedTuple

from tradeplat.visualizer.ink import PAD, Ink
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.numerals import percent_text, price_text, quantity_text, volume_text
from tradeplat.visualizer.painter import Box
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.ticks import bar_text

FRAMES = {60: "1m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1h", 86_400: "D", 604_800: "W"}
GAP = 10.0
"""Points between two texts."""


class Cross(NamedTuple):
    """Where the crosshair is: an instant, and a price in the chart that it is in (else nan)."""

    ts: int
    price: float = nan


def span_text(span: int) -> str:
    """A length of bars: 1m, 15m, D, 10s."""
    return FRAMES.get(span) or (f"{span // 60}m" if span % 60 == 0 else f"{span}s")


def head_texts(model: ChartModel, cross: Cross | None, palette: Palette) -> list[tuple[str, str]]:
    """Texts and their colours, the most important first."""
    texts = [(f"{model.symbol} {span_text(model.span)}", palette.text)]
    if model.stale:
        texts.append(("STALE", palette.text))
    if model.halted:
        texts.append(("HALTED", palette.last))
    candle = model.bars.candle(model.bars.index_of(cross.ts)) if cross else None
    if candle is not None:
        prices = (candle.open, candle.high, candle.low, candle.close)
        told = [price_text(price, model.decimals) for price in prices]
        texts.append((bar_text(candle.ts, model.span), palette.text))
        texts.append((f"C {told[3]}", palette.text))
        texts.append((f"O {told[0]}  H {told[1]}  L {told[2]}", palette.faint))
        texts.append((f"V {volume_text(candle.volume)}", palette.faint))
        return texts
    if not isnan(model.last):
        texts.append((price_text(model.last, model.decimals), palette.last))
    if model.reference > 0 and not isnan(model.last):
        change = model.last / model.reference - 1
        colour = palette.up if change > 0 else palette.down if change < 0 else palette.faint
        texts.append((percent_text(change), colour))
    if model.position:
        texts.append((quantity_text(model.position), palette.text))
    return texts


def draw_head(ink: Ink, box: Box, texts: list[tuple[str, str]]) -> None:
    """As many texts as there is room for, from the left."""
    room = box.width / ink.ratio - 2 * PAD - 4
    count = max(ink.letters.fitted([text for text, _ in texts], room, GAP), 1)
    left = float(box.left) + (PAD + 2) * ink.ratio
    for text, colour in texts[:count]:
        ink.write(left, box.top + 2 * ink.ratio, text, colour)
        left += (ink.letters.width(text) + GAP) * ink.ratio
