"""The feed-difference report as a picture: each side's lag over the session, and every fault."""

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

import numpy as np

from tradeplat.analytics.feed_sides import FAULTS, STEP, Finding, Side
from tradeplat.analytics.feed_words import verdict
from tradeplat.analytics.feeds import FeedDifferences
from tradeplat.core.market import SECOND

WIDTH, LEFT, RIGHT = 1000, 130, 40
PANEL, LANE, GAP, TOP = 110, 20, 34, 64
"""Pixels: height of a side's lag, of a ticker's lane, between panels, above the first."""

TICKERS = 20
"""Lanes at most, those with the most faults."""

NEW_YORK = ZoneInfo("America/New_York")

COLOURS = {"late": "#c98a00", "missing": "#c0392b", "wrong": "#7a45c9", "undecided": "#7a8595"}
_CURVE = "#1667c4"


class _Axis:
    """Where an instant is from left to right."""

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.last = max(last, first + SECOND)

    def x(self, ts: int) -> float:
        part = (ts - self.first) / (self.last - self.first)
        return LEFT + min(max(part, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)


def picture(found: FeedDifferences) -> str:
    """What `found` tells, as one SVG document."""
    axis = _Axis(found.first, found.last)
    sides = [found.sides[name] for name in sorted(found.sides)]
    parts: list[str] = []
    y = TOP
    for side in sides:
        mine = [one for one in found.findings if one.side == side.name]
        parts += _panel(side, mine, (found.late + side.hold, y), axis)
        y += PANEL + GAP
    parts += _lanes(found.findings, y, axis)
    y += LANE * len(_worst(found.findings)) + 20
    parts += _hours(axis, y)
    said = escape(verdict(found.report()))
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 30}" '
        'font-family="system-ui, DejaVu Sans, sans-serif" font-size="12">',
        f"<title>{said}</title>",
        f'<rect width="{WIDTH}" height="{y + 30}" fill="#ffffff"/>',
        f'<text x="16" y="24" font-size="15" font-weight="600">{said}</text>',
        *_legend(),
    ]
    return "\n".join([*head, *parts, "</svg>\n"])


def _legend() -> list[str]:
    found, x = [], 16
    for what, colour in COLOURS.items():
        found.append(f'<rect x="{x}" y="36" width="10" height="10" fill="{colour}"/>')
        found.append(f'<text x="{x + 15}" y="45" fill="#556172">{what}</text>')
        x += 95
    return found


def _panel(
    side: Side, findings: Sequence[Finding], frame: tuple[int, int], axis: _Axis
) -> list[str]:
    """One side's worst lag step by step, what is allowed of it, and its faults below."""
    allowed, top = frame
    worst = max([side.lags.worst, allowed + allowed // 4])
    bottom = top + PANEL

    def y(lag: int) -> float:
        return bottom - max(lag, 0) / worst * (PANEL - 8)

    worst_lag = side.lags.worst / SECOND
    counted = ", ".join(f"{side.total(what):,d} {what}" for what in FAULTS)
    parts = [
        f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{PANEL}" '
        'fill="#f6f8fa"/>',
        f'<text x="{LEFT - 10}" y="{top + 14}" text-anchor="end" font-weight="600">'
        f"{escape(side.name)}</text>",
        f'<text x="{LEFT - 10}" y="{bottom}" text-anchor="end" fill="#556172">lag 0 s</text>',
        f'<text x="{LEFT - 10}" y="{y(allowed) + 4:.1f}" text-anchor="end" fill="#c98a00">'
        f"{allowed / SECOND:g} s</text>",
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(allowed):.1f}" y2="{y(allowed):.1f}" '
        'stroke="#c98a00" stroke-dasharray="4 3"/>',
        f'<text x="{WIDTH - RIGHT}" y="{top - 4}" text-anchor="end" fill="#556172">'
        f"{side.events.total():,d} events; worst lag {worst_lag:.2f} s; {counted}</text>",
    ]
    for step, lag in sorted(side.course.items()):
        x = axis.x(step * STEP)
        width = max(axis.x((step + 1) * STEP) - x, 1.0)
        parts.append(
            f'<rect x="{x:.1f}" y="{y(lag):.1f}" width="{width:.1f}" '
            f'height="{bottom - y(lag):.1f}" fill="{_CURVE}" fill-opacity="0.55"/>'
        )
    parts += [_mark(axis.x(one.ts), bottom + 2, 8, COLOURS[one.what]) for one in findings]
    return parts


def _lanes(findings: Sequence[Finding], top: int, axis: _Axis) -> list[str]:
    """A lane for each of the worst tickers, with its faults in time."""
    parts: list[str] = []
    for row, symbol in enumerate(_worst(findings)):
        y = top + row * LANE
        mine = [one for one in findings if one.symbol == symbol]
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y + LANE}" y2="{y + LANE}" '
            'stroke="#e9edf2"/>'
        )
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{escape(symbol)} '
            f'<tspan fill="#556172">{len(mine)}</tspan></text>'
        )
        for one in mine:
            told = escape(f"{one.side or 'either side'} {one.what}: {one.words}")
            mark = _mark(axis.x(one.ts), y + 3, LANE - 6, COLOURS[one.what])
            parts.append(f"<g><title>{told}</title>{mark}</g>")
    return parts


def _worst(findings: Sequence[Finding]) -> list[str]:
    counts: dict[str, int] = {}
    for one in findings:
        counts[one.symbol] = counts.get(one.symbol, 0) + 1
    return sorted(counts, key=lambda symbol: (-counts[symbol], symbol))[:TICKERS]


def _mark(x: float, y: float, height: float, colour: str) -> str:
    return f'<rect x="{x - 1:.1f}" y="{y:.1f}" width="2" height="{height:.1f}" fill="{colour}"/>'


def _hours(axis: _Axis, y: int) -> list[str]:
    """Six instants along the bottom, as New York's clock has them."""
    found = []
    for ts in np.linspace(axis.first, axis.last, 6, dtype="i8").tolist():
        told = np.datetime64(ts, "ns").astype("M8[s]").item().replace(tzinfo=ZoneInfo("UTC"))
        text = told.astimezone(NEW_YORK).strftime("%H:%M:%S")
        found.append(
            f'<text x="{axis.x(ts):.1f}" y="{y + 10}" text-anchor="middle" fill="#556172">'
            f"{text}</text>"
        )
    return found
