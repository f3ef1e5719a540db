"""CSV to arrays and to events, side by side with pyarrow's own reader: targets L1 and R5.

    python bench/loading.py [--rows 1000000] [--runs 5] [--json]

Prints one table, or one JSON object with --json. The data is made in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from tradeplat.core.market import SECOND
from tradeplat.history.csv_store import load_bars, write_bars
from tradeplat.history.dataset import DataSet
from tradeplat.history.synthetic import generate

START = 1_704_067_200 * SECOND
LOAD_FLOOR = 4_000_000.0
RATIO = 0.8
MEMORY_MB = 50.0
SPREAD = 1.2

REPLAY = """
import sys, time
from pathlib import Path
from tradeplat.history.dataset import DataSet
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
before = peak()
count = 0
for chunk in DataSet.open([Path(sys.argv[1])]).merged():
    count += len(chunk)
print(count, peak() - before)
"""


def timed(runs: int, work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each, run in turn so that a busy moment hits them alike."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs + 1):
        for name, function in work.items():
            begun = time.perf_counter()
            function()
            found[name].append(time.perf_counter() - begun)
    return {name: median(times[1:]) for name, times in found.items()}


def arrow_reader(path: Path) -> Callable[[], object]:
    """pyarrow reading the same columns to the same types, on every core."""
    import pyarrow as pa
    from pyarrow import csv

    names = ("open", "high", "low", "close", "volume")
    types = {"timestamp": pa.timestamp("ns", "UTC"), **{name: pa.float64() for name in names}}
    convert = csv.ConvertOptions(column_types=types)
    return lambda: csv.read_csv(str(path), convert_options=convert)


def drain(path: Path) -> int:
    return sum(len(chunk) for chunk in DataSet.open([path]).merged())


def memory(path: Path) -> tuple[int, float]:
    """Events of a replay in a process of its own, and the megabytes it added to that process."""
    source = str(Path(__file__).resolve().parents[1] / "src")
    run = subprocess.run(
        [sys.executable, "-c", REPLAY, str(path)],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    count, added = run.stdout.split()
    return int(count), float(added)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows, runs = options.rows, options.runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, ten, many = folder / "ONE_1m.csv", folder / "TEN_1m.csv", folder / "many"
        bars = generate("gbm", seed=1, start=START, bars=rows, price=500.0)
        write_bars(one, bars)
        for number in range(50):
            part = bars[: rows // 50]
            write_bars(many / f"S{number:02}" / "2024-01-01_1m.csv", part)
        with one.open("rb") as source, ten.open("wb") as target:
            target.write(source.readline())
        longer = generate("gbm", seed=2, start=START, bars=rows * 10, span=1, price=500.0)
        longer["span"], longer["ts"] = 60, START + (1 + np.arange(rows * 10)) * 60 * SECOND
        write_bars(ten, longer)
        del longer
        took = timed(
            runs,
            {
                "pyarrow": arrow_reader(one),
                "load": lambda: load_bars(one),
                "events": lambda: drain(one),
                "events_50": lambda: drain(many),
            },
        )
        count, added = memory(ten)
    result = {
        "rows": rows,
        "pyarrow_rows_per_s": rows / took["pyarrow"],
        "load_rows_per_s": rows / took["load"],
        "load_of_pyarrow": took["pyarrow"] / took["load"],
        "events_per_s": rows / took["events"],
        "events_50_symbols_per_s": (rows // 50 * 50) / took["events_50"],
        "cost_50_of_1": took["events_50"] / took["events"],
        "replayed": count,
        "replay_added_mb": added,
        "targets": {
            "load_rows_per_s": LOAD_FLOOR,
            "load_of_pyarrow": RATIO,
            "cost_50_of_1": SPREAD,
            "replay_added_mb": MEMORY_MB,
        },
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{'':34}{'measured':>14}{'target':>14}")
    show = (
        ("pyarrow, rows/s", "pyarrow_rows_per_s", ""),
        ("load_bars, rows/s", "load_rows_per_s", ">="),
        ("load_bars / pyarrow (L1)", "load_of_pyarrow", ">="),
        ("events of one file, events/s", "events_per_s", ""),
        ("events of 50 files, events/s", "events_50_symbols_per_s", ""),
        ("cost an event, 50 symbols / 1 (R4)", "cost_50_of_1", "<="),
        (f"MB added by {count:,} events (R5)", "replay_added_mb", "<="),
    )
    for text, key, sign in show:
        target = f"{sign} {result['targets'][key]:,.1f}" if sign else ""
        print(f"{text:34}{result[key]:>14,.2f}{target:>14}")


if __name__ == "__main__":
    main()
