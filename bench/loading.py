"""CSV to arrays and to events, side by side with pyarrow's own reader: target L1.

The memory of a replay and the cost of 50 symbols are shown here for the data alone.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.figures import Figure, in_turn, seconds, tell
from tradeplat.core.market import SECOND
from tradeplat.history.csv_store import load_bars, write_bars
from tradeplat.history.dataset import DataSet
from tradeplat.history.synthetic import generate

START = 1_704_067_200 * SECOND
SYMBOLS = 50
ROUNDS = 5

REPLAY = """
import sys
from pathlib import Path
from tradeplat.history.dataset import DataSet
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
before = peak()
count = sum(len(chunk) for chunk in DataSet.open([Path(sys.argv[1])]).merged())
print(count, peak() - before)
"""


def make(folder: Path, rows: int) -> tuple[Path, Path, Path]:
    """One file of `rows` bars, the same cut into 50 symbols, and one file ten times as long."""
    one, many, ten = folder / "ONE_1m.csv", folder / "many", folder / "TEN_1m.csv"
    bars = generate("gbm", seed=1, start=START, bars=rows, price=500.0)
    write_bars(one, bars)
    for number in range(SYMBOLS):
        write_bars(many / f"S{number:02}" / "2024-01-01_1m.csv", bars[: rows // SYMBOLS])
    long = np.tile(bars, 10)
    long["ts"] = START + (1 + np.arange(len(long))) * 60 * SECOND
    write_bars(ten, long)
    return one, many, ten


def pyarrow_reads(path: Path) -> Callable[[], object]:
    """pyarrow reading the same columns to the same types, on every core."""
    import pyarrow as pa
    from pyarrow import csv

    names = ("open", "high", "low", "close", "volume")
    types = {"timestamp": pa.timestamp("ns", "UTC"), **{name: pa.float64() for name in names}}
    convert = csv.ConvertOptions(column_types=types)
    return lambda: csv.read_csv(str(path), convert_options=convert)


def drain(path: Path) -> int:
    return sum(len(chunk) for chunk in DataSet.open([path]).merged())


def added_memory(path: Path) -> tuple[int, float]:
    """Events of `path` drained in a process of its own, and the megabytes that added to it."""
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


def measure(quick: bool) -> list[Figure]:
    rows = 200_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        one, many, ten = make(Path(name), rows)
        arrow = pyarrow_reads(one)
        works = (arrow, lambda: load_bars(one), lambda: drain(one), lambda: drain(many))
        for work in works:
            work()
        theirs, ours, single, fifty = in_turn(
            *(lambda work=work: seconds(work) for work in works), rounds=ROUNDS
        )
        count, added = added_memory(ten)
    return [
        Figure("L1", "CSV to array, of pyarrow's rate", theirs / ours, "x", 0.8),
        Figure("L1", "CSV to array", rows / ours / 1e6, "M rows/s", 4.0),
        Figure("L1", "pyarrow alone", rows / theirs / 1e6, "M rows/s"),
        Figure("R4", "CSV to events, 50 symbols / 1", fifty / single, "x", 1.2, "<="),
        Figure("R4", "CSV to events, one symbol", rows / single / 1e6, "M events/s"),
        Figure("R5", f"memory added by draining {count:,} bars", added, "MB", 50.0, "<="),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.quick)
    tell(figures, as_they_are=options.json)


if __name__ == "__main__":
    main()
