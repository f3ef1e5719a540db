"""Invented charts to draw: a session with everything on it, and every kind of odd one."""

from datetime import datetime

import numpy as np
import numpy.typing as npt

from tradeplat.control.records import MARKER, PRICE_LINE, STUDY
from tradeplat.core.market import BAR
from tradeplat.visualizer.link import LineKind, LineState, MarkerKind
from tradeplat.visualizer.model import ChartModel, Study
from tradeplat.visualizer.ticks import DAY, NEW_YORK, SECOND

Rows = npt.NDArray[np.void]

VWAP, FAST, UPPER, LOWER, RSI, DELTA = 1, 2, 3, 4, 5, 6
NAMES = (
    *("AAPL", "TSLA", "NVDA", "AMD", "META", "MSFT", "AMZN", "GOOG", "SMCI", "PLTR"),
    *("COIN", "MARA", "RIOT", "SOFI", "NIO", "GME", "AMC", "CVNA", "UPST", "HOOD"),
)


def closes(count: int, span: int = 60, first: str = "2026-11-20T09:30") -> npt.NDArray[np.int64]:
    """Closes of bars of whole sessions of 390 minutes, weekends left out."""
    start = datetime.fromisoformat(first).replace(tzinfo=NEW_YORK)
    begin = int(start.timestamp())
    per_day = max(390 * 60 // span, 1)
    at = np.arange(count)
    days = at // per_day
    days = days + 2 * ((start.weekday() + days) // 5)  # over the weekends
    return (begin + days * DAY + (at % per_day + 1) * span).astype(np.int64) * SECOND


def walk(
    count: int, price: float = 98.0, tick: float = 0.01, seed: int = 1, **when: object
) -> Rows:
    """Bars of a price that wanders, rounded to ticks."""
    rng = np.random.default_rng(seed)
    steps = (
        rng.normal(0, 0.00025, (count, 8))
        * np.sqrt(1.0 + 2.0 * np.exp(-(np.arange(count) % 390) / 25))[:, None]
    )
    path = price * np.exp(np.sin(np.cumsum(steps.reshape(-1)))).reshape(count, 8)
    rows = np.zeros(count, BAR)
    rows["ts"] = closes(count, **when)  # type: ignore[arg-type]  # span and first
    rows["open"], rows["close"] = path[:, 0], path[:, -1]
    rows["high"], rows["low"] = path.max(axis=1), path.min(axis=1)
    rows["volume"] = np.round(rng.lognormal(9, 0.7, count))
    rows["span"] = when.get("span", 60)
    for name in ("open", "high", "low", "close"):
        rows[name] = np.maximum(np.round(rows[name] / tick), 1) * tick
    return rows


def model(rows: Rows, symbol: str = "AAPL", tick: float = 0.01, decimals: int = 2) -> ChartModel:
    """A chart of `rows`."""
    span = int(rows["span"][0]) if len(rows) else 60
    made = ChartModel(symbol, span, tick, decimals)
    made.load(rows)
    if len(rows):
        made.reference = float(rows["open"][0]) * 0.987
    return made


def points(rows: Rows, study: int, values: npt.NDArray[np.float64]) -> Rows:
    """Points of a study, one a bar."""
    made = np.zeros(len(rows), STUDY)
    made["ts"], made["study"], made["value"] = rows["ts"], study, values
    return made


def average(rows: Rows, length: int) -> npt.NDArray[np.float64]:
    """A moving average, nan before it is whole."""
    sums = np.cumsum(np.concatenate([[0.0], rows["close"]]))
    made = np.full(len(rows), np.nan)
    made[length - 1 :] = (sums[length:] - sums[:-length]) / length
    return made


def vwap(rows: Rows) -> npt.NDArray[np.float64]:
    """Volume-weighted average since each day's first bar."""
    day = rows["ts"] // (DAY * SECOND)
    start = np.searchsorted(day, day)
    money = np.concatenate([[0.0], np.cumsum(rows["close"] * rows["volume"])])
    shares = np.concatenate([[0.0], np.cumsum(rows["volume"])])
    at = np.arange(len(rows)) + 1
    return (money[at] - money[start]) / (shares[at] - shares[start])


def with_average(made: ChartModel, rows: Rows, length: int = 20) -> ChartModel:
    """The chart with one line."""
    made.declare(Study(FAST, f"SMA {length}"))
    made.points(points(rows, FAST, average(rows, length)))
    return made


def studied(made: ChartModel, rows: Rows) -> ChartModel:
    """The chart with a line, a band, and a pane with two more."""
    made.declare(Study(VWAP, "VWAP", "line", 0, "#ffd479", "vwap_reversion"))
    made.declare(Study(UPPER, "Bollinger", "band", 0, "#b6a1ff", "trend_follow", "", LOWER))
    made.declare(Study(RSI, "RSI 14", "line", 1, "#7fd6ff", "vwap_reversion"))
    made.declare(Study(DELTA, "delta", "histogram", 2, "#9be37a", "opening_range"))
    middle = average(rows, 20)
    spread = 2 * np.sqrt(np.maximum(average_of_squares(rows, 20) - middle**2, 0))
    made.points(points(rows, VWAP, vwap(rows)))
    made.points(points(rows, UPPER, middle + spread))
    made.points(points(rows, LOWER, middle - spread))
    change = np.diff(rows["close"], prepend=rows["close"][0])
    rise, fall = (ewm(np.maximum(sign * change, 0), 14) for sign in (1, -1))
    made.points(points(rows, RSI, 100 - 100 / (1 + rise / np.maximum(fall, 1e-9))))
    made.points(points(rows, DELTA, ewm(change * rows["volume"], 8)))
    return made


def average_of_squares(rows: Rows, length: int) -> npt.NDArray[np.float64]:
    squares = rows.copy()
    squares["close"] **= 2
    return average(squares, length)


def ewm(values: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    made, last = np.empty(len(values)), 0.0
    for i, value in enumerate(values.tolist()):
        last += (value - last) / length
        made[i] = last
    return made


def traded(made: ChartModel, rows: Rows, *, fills: int = 6, halted: bool = False) -> ChartModel:
    """The chart with fills, a position with stop and target, a working order, and a halt."""
    rng = np.random.default_rng(5)
    at = np.sort(rng.choice(np.arange(len(rows) // 2, len(rows) - 3), fills, replace=False))
    marks = np.zeros(fills, MARKER)
    marks["ts"], marks["price"] = rows["ts"][at], rows["close"][at]
    marks["quantity"] = np.where(np.arange(fills) % 2, -100, 200)
    made.mark(marks)
    if halted:
        halt = np.zeros(2, MARKER)
        halt["ts"] = rows["ts"][[len(rows) // 3, len(rows) // 3 + 1]]
        halt["kind"] = MarkerKind.HALT, MarkerKind.RESUME
        halt["price"] = np.nan
        made.mark(halt)
    last, tick = made.last, made.tick
    low, high = made.bars.low_high(len(rows) - 60, len(rows))
    reach = max(round((high - low) / tick / 4), 5) * tick
    levels = [
        (LineKind.ENTRY, last - reach / 2, 200, LineState.WORKING),
        (LineKind.STOP, last - 1.6 * reach, -200, LineState.WORKING),
        (LineKind.TARGET, last + 1.4 * reach, -200, LineState.WORKING),
        (LineKind.WORKING, last + 0.8 * reach, 100, LineState.SENT),
    ]
    lines = np.zeros(len(levels), PRICE_LINE)
    for row, (kind, price, quantity, state) in zip(lines, levels, strict=True):
        row["key"], row["kind"], row["state"] = int(kind) + 1, kind, state
        row["price"], row["quantity"] = round(price / tick) * tick, quantity
        row["reference"] = round((last - reach / 2) / tick) * tick
    made.line(lines)
    made.position = 200
    return made


def with_halt(rows: Rows, at: int, minutes: int) -> Rows:
    """The bars without those of a halt."""
    return np.concatenate([rows[:at], rows[at + minutes :]])


EQUITY = np.dtype([("ts", "<i8"), ("equity", "<f8"), ("realised", "<f8"), ("open", "<f8")])


def account(count: int, seed: int = 3) -> Rows:
    """Points of an account that trades for a morning, one each few seconds."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(count, EQUITY)
    start = int(closes(1)[0]) if count else 0
    rows["ts"] = start + np.arange(count) * 6 * SECOND
    trade = np.arange(count) // 40
    worth = rng.normal(12, 60, count // 40 + 1)
    rows["realised"] = np.concatenate([[0.0], np.cumsum(worth)])[trade]
    part = (np.arange(count) % 40) / 40
    rows["open"] = worth[trade] * part + rng.normal(0, 6, count) * (part > 0)
    rows["equity"] = 100_000 + rows["realised"] + rows["open"]
    return rows
