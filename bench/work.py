"""The work every replay engine is given: SMA(20)/SMA(50) on the close, 100 shares long or flat.

Market orders, 1 USD an order. open[i] = close[i-1], so that filling at the close and filling at
the next open agree. Prices are multiples of a quarter: binary fractions, so that every engine sums
them exactly and ties between the means are ties for all.
"""

import datetime as dt
from pathlib import Path

import numpy as np

from tradeplat.core.market import BAR, MINUTE
from tradeplat.history.csv_store import write_bars

FAST, SLOW, SHARES, FEE = 20, 50, 100, 1.0
CASH = 10_000_000.0
START = dt.datetime(2015, 1, 2, 14, 30, tzinfo=dt.UTC)


def columns(bars: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Minute bars as columns; `ts` is the open in UTC nanoseconds."""
    rng = np.random.default_rng(seed)
    steps = np.round(rng.normal(0.0, 0.6, bars) * 4) / 4
    walk = np.cumsum(steps)
    # Reflect the walk into [100, 300] so that no million bars wander off.
    close = 100.0 + np.abs((walk % 400.0) - 200.0)
    open_ = np.concatenate([[200.0], close[:-1]])
    wick = np.round(rng.exponential(0.5, (2, bars)) * 4) / 4
    start = int(START.timestamp()) * 1_000_000_000
    return {
        "ts": start + 60_000_000_000 * np.arange(bars, dtype=np.int64),
        "open": open_,
        "high": np.maximum(open_, close) + wick[0],
        "low": np.minimum(open_, close) - wick[1],
        "close": close,
        "volume": rng.integers(1_000, 50_000, bars).astype(float),
    }


def write_csv(path: Path, bars: int, seed: int = 1) -> Path:
    """The same bars as the CSV a user would have, stamped at their open."""
    data = columns(bars, seed)
    table = np.zeros(bars, BAR)
    for name in ("open", "high", "low", "close", "volume"):
        table[name] = data[name]
    table["ts"] = data["ts"] + MINUTE
    table["span"] = 60
    write_bars(path, table)
    return path


def save_columns(path: Path, bars: int, seed: int = 1) -> Path:
    """The columns as one .npz, which is how peers in other environments read them."""
    np.savez(path, **columns(bars, seed))
    return path
