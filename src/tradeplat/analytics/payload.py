"""What the page's script draws: compact columns, thinned to what a browser stays quick with."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from tradeplat.analytics.charts import Charts, Mark, Spell
from tradeplat.analytics.levels import Level
from tradeplat.analytics.tally import Tally
from tradeplat.analytics.trades import Campaign
from tradeplat.core.market import BAR, SECOND
from tradeplat.core.orders import Order
from tradeplat.core.record import RunHeader

BARS = 200_000
"""At most this many bars are drawn; tickers with more than their share get longer bars."""

SAMPLES = 5_000
"""At most this many samples of one curve."""

ROWS = 20_000
"""At most this many orders, campaigns or scanner rows are listed; the newest are kept."""

FEW = 0.2
"""Prices are shown in cents while a smaller part of them than this is finer."""

_TENTH_OF_MIL = 1e-4
_INT32 = 2**31 - 1

Packed = dict[str, object]


def payload(header: RunHeader, tally: Tally, charts: Charts) -> dict[str, object]:
    """Everything the page's script needs, as plain JSON values; times are UTC milliseconds."""
    tally.settle()
    campaigns = [*tally.campaigns.closed, *tally.ongoing]
    points = tally.curve.points
    scanned = {s: _spells(spells) for s, spells in sorted(charts.scanned.items()) if spells}
    desks = {s: _spells(spells) for s, spells in sorted(charts.desks.items()) if spells}
    return {
        "start": float(tally.start),
        "from": _ms(tally.first),
        "to": _ms(tally.last),
        "equity": {
            "t": pack(np.array([point.ts for point in points]) / 1e6),
            "last": pack(np.array([point.last for point in points])),
            "low": pack(np.array([point.low for point in points])),
            "high": pack(np.array([point.high for point in points])),
        },
        "tickers": _tickers(header, charts, {c.symbol for c in campaigns}),
        "campaigns": [_campaign(campaign) for campaign in campaigns[-ROWS:]],
        "orders": [_order(order) for order in list(charts.orders.values())[-ROWS:]],
        "scans": [
            [_ms(now), row.symbol, row.active, row.reason, row.price, row.change, row.volume]
            for now, row in charts.scans[-ROWS:]
        ],
        "scanned": scanned,
        "desks": desks,
        "notes": [[_ms(note.ts), note.kind, note.text] for note in charts.notes],
    }


def pack(values: NDArray[np.float64]) -> Packed:
    """Numbers as the base64 text of a typed array: whole numbers in four bytes, others in eight."""
    values = np.asarray(values, np.float64)
    whole = len(values) and bool(np.all(values == np.rint(values)))
    if whole and float(np.abs(values).max()) < _INT32:
        return {"k": "i32", "b": b64encode(values.astype("<i4").tobytes()).decode()}
    return {"k": "f64", "b": b64encode(values.astype("<f8").tobytes()).decode()}


def shares(counts: Sequence[int], budget: int) -> list[int]:
    """How many of `counts` each may keep so that all fit: the small whole, the large alike."""
    given = [0] * len(counts)
    left = budget
    for rank, place in enumerate(sorted(range(len(counts)), key=lambda at: counts[at])):
        given[place] = min(counts[place], left // (len(counts) - rank))
        left -= given[place]
    return given


def thinned(bars: NDArray[np.void], at_most: int) -> NDArray[np.void]:
    """`bars` merged into longer ones, their span a multiple of the first, so that they fit.

    A merged bar has the first open, the extremes, the last close and the sum of the volume of
    the bars that close inside it. With room for none, nothing is left.
    """
    if at_most <= 0:
        return bars[:0]
    span = int(bars["span"][0]) if len(bars) else 1
    factor = 1
    merged = bars
    while len(merged) > at_most:
        factor = max(factor + 1, factor * len(merged) // at_most)
        merged = _merged(bars, max(span, 1) * factor)
    return merged


def _merged(bars: NDArray[np.void], span: int) -> NDArray[np.void]:
    stretch = -(-bars["ts"] // (span * SECOND))
    first = np.flatnonzero(np.append([True], stretch[1:] != stretch[:-1]))
    last = np.append(first[1:], len(bars)) - 1
    made = np.zeros(len(first), BAR)
    made["ts"] = stretch[first] * (span * SECOND)
    made["open"] = bars["open"][first]
    made["high"] = np.maximum.reduceat(bars["high"], first)
    made["low"] = np.minimum.reduceat(bars["low"], first)
    made["close"] = bars["close"][last]
    made["volume"] = np.add.reduceat(bars["volume"], first)
    made["span"] = span
    return made


def _tickers(header: RunHeader, charts: Charts, traded: set[str]) -> list[dict[str, object]]:
    """One entry for each ticker, traded ones first."""
    names = sorted(charts.symbols, key=lambda name: (name not in traded, name))
    found = [_sound(charts.bars(name)) for name in names]
    kept = shares([len(bars) for bars in found], BARS)
    fills: dict[str, list[object]] = defaultdict(list)
    for mark in charts.marks:
        fills[mark.symbol].append(_fill(mark))
    levels: dict[str, list[object]] = defaultdict(list)
    for level in charts.levels.all:
        levels[level.symbol].append(_level(level))
    lines = _lines(header, charts)
    return [
        {
            "symbol": name,
            **_bars(thinned(bars, room)),
            "merged": len(bars) > room,
            "fills": fills[name],
            "levels": levels[name],
            "lines": lines[name],
            "halts": _spells(charts.halts.get(name, [])),
        }
        for name, bars, room in zip(names, found, kept, strict=True)
    ]


def _bars(bars: NDArray[np.void]) -> dict[str, object]:
    """Columns of bars: times from the first in ms, prices from `base` in steps of `step`."""
    if not len(bars):
        return {"count": 0}
    base = float(bars["low"].min())
    steps = {name: (bars[name] - base) / _TENTH_OF_MIL for name in ("open", "high", "low", "close")}
    fine = all(float(np.abs(column - np.rint(column)).max()) < 0.01 for column in steps.values())
    if fine:
        columns = {name: np.rint(column) for name, column in steps.items()}
    else:
        columns = {name: bars[name] - base for name in steps}
    cents = bars["close"] * 100.0
    return {
        "count": len(bars),
        "span": int(bars["span"][0]),
        "t0": _ms(int(bars["ts"][0])),
        "t": pack((bars["ts"] - bars["ts"][0]) / 1e6),
        "base": base,
        "step": _TENTH_OF_MIL if fine else 1.0,
        **{name[0]: pack(column) for name, column in columns.items()},
        "v": pack(bars["volume"]),
        "decimals": 2 if float(np.mean(np.abs(cents - np.rint(cents)) > 1e-4)) < FEW else 4,
    }


def _sound(bars: NDArray[np.void]) -> NDArray[np.void]:
    """Without bars that cannot be drawn."""
    fine = np.ones(len(bars), bool)
    for name in ("open", "high", "low", "close", "volume"):
        fine &= np.isfinite(bars[name])
    return bars[fine]


def _lines(header: RunHeader, charts: Charts) -> dict[str, list[object]]:
    made: dict[str, list[object]] = defaultdict(list)
    for (symbol, strategy, attribute), line in charts.lines.items():
        declared = {plot[0]: plot for plot in header.plots.get(strategy, [])}
        _, pane, style, label = declared.get(attribute, (attribute, 0, "line", ""))
        step = -(-len(line.times) // SAMPLES)
        times, values = np.array(line.times[::step]), np.array(line.values[::step])
        fine = np.isfinite(values)
        made[symbol].append(
            {
                "strategy": strategy,
                "label": label or attribute,
                "pane": pane,
                "style": style,
                "t": pack(times[fine] / 1e6),
                "v": pack(values[fine]),
            }
        )
    return made


def _fill(m: Mark) -> list[object]:
    return [_ms(m.ts), float(m.quantity), float(m.price), m.purpose.value, m.strategy, m.order_id]


def _level(level: Level) -> list[object]:
    return [level.kind.value, level.strategy, level.price, _ms(level.start), _ms(level.end)]


def _campaign(c: Campaign) -> list[object]:
    return [
        c.strategy,
        c.symbol,
        c.side,
        _ms(c.opened),
        _ms(c.closed),
        float(c.quantity),
        float(c.left),
        float(c.entry),
        None if c.exit is None else float(c.exit),
        float(c.gross),
        float(c.costs),
        float(c.net),
        c.worst,
        c.best,
        c.multiple if isfinite(c.multiple) else None,
        c.bars,
        c.exit_purpose,
        c.entry_order,
    ]


def _order(o: Order) -> list[object]:
    price = o.limit if o.limit is not None else o.stop
    return [
        _ms(o.created),
        o.symbol,
        o.strategy,
        o.purpose.value,
        o.type.value,
        float(o.quantity),
        None if price is None else float(price),
        o.state.value,
        float(o.filled),
        None if o.average is None else float(o.average),
        float(o.fees),
        o.id,
        o.parent,
        o.reason,
    ]


def _spells(spells: Iterable[Spell]) -> list[list[object]]:
    return [[_ms(s.start), _ms(s.end), s.why, s.until] for s in spells]


def _ms(ts: int) -> float:
    """Milliseconds of an instant in ns; 0 stays 0."""
    return ts / 1e6


def plain_settings(settings: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Settings as (dotted key, value) rows, in order."""
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            rows += plain_settings(value, f"{name}.")
        else:
            rows.append((name, str(value)))
    return rows
