"""Colours, in one place. The defaults tell up from down to eyes that are blind to red and green."""

from typing import NamedTuple


class Palette(NamedTuple):
    """Colours as #rrggbb; texts have at least 4.5 to 1 against `ground` and `panel`."""

    ground: str = "#12151d"
    panel: str = "#1a1e29"
    grid: str = "#1f2430"
    border: str = "#343b4c"
    text: str = "#d5d8de"
    faint: str = "#8f98a9"
    up: str = "#5aa9ff"
    down: str = "#ff9a4d"
    up_volume: str = "#2a4a70"
    down_volume: str = "#6b4630"
    last: str = "#ffcc4d"
    entry: str = "#d5d8de"
    stop: str = "#ff7aa8"
    target: str = "#5fd3b0"
    working: str = "#c3a6ff"
    sent: str = "#8f98a9"
    crosshair: str = "#8f98a9"
    focus: str = "#ffcc4d"
    curve: str = "#5aa9ff"
    high_water: str = "#8f98a9"
    drawdown: str = "#ff9a4d"
    stale: str = "#5d6473"


DEFAULT = Palette()
TEAL_RED = Palette(
    up="#2ec4a6", down="#ff6b6b", up_volume="#1c5a50", down_volume="#6e3337", drawdown="#ff6b6b"
)
"""The colours many are used to; not safe for red-green blindness."""

STUDIES = ("#ffd479", "#b6a1ff", "#7fd6ff", "#ff9ecf", "#9be37a", "#ffb37a")
"""Colours for studies whose strategy names none, in turn."""


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, from 1 to 21, as WCAG counts it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """`share` of a colour laid over `ground`."""
    parts = zip(_parts(colour), _parts(ground), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


def greyed(palette: Palette) -> Palette:
    """The palette of a chart whose prices are stale: nothing in it but greys of the same order."""
    grey = {}
    for name, colour in palette._asdict().items():
        red, green, blue = _parts(colour)
        level = round(0.3 * red + 0.59 * green + 0.11 * blue)
        grey[name] = f"#{level:02x}{level:02x}{level:02x}"
    kept = {name: getattr(palette, name) for name in ("ground", "panel", "grid", "border")}
    return Palette(**{**grey, **kept})


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
