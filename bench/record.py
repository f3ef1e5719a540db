"""What the record of a run costs: CPU share of one core at 10,000 messages a second.

    python bench/record.py [--json] [--seconds 5]

`flat` writes as fast as it can and divides CPU time by lines; `paced` writes 10,000 messages a
second for some seconds in bursts of 100 and takes the CPU time of the whole process off that of
the same loop without a record. Both count the writer thread.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from tradeplat.core.market import SECOND, Bar, MarketEvent, Quote
from tradeplat.core.ports import Recorder
from tradeplat.journal.events import EventLog, NullRecorder

RATE = 10_000
TARGET = 0.03
SYMBOLS = 40
BURST = 100


def messages(count: int) -> list[MarketEvent]:
    """Three quotes to a one-second bar over 40 tickers, prices walking in cents."""
    rng = np.random.default_rng(1)
    prices = np.round(rng.uniform(2, 400, SYMBOLS), 2)
    made: list[MarketEvent] = []
    for number in range(count):
        at = int(rng.integers(SYMBOLS))
        prices[at] = price = max(1.0, round(float(prices[at]) + int(rng.integers(-3, 4)) / 100, 2))
        ts = 1_760_000_000 * SECOND + number * SECOND // RATE
        size = float(rng.integers(1, 90) * 100)
        name = f"SYM{at:02d}"
        if number % 4:
            made.append(Quote(name, ts, price, size, price + 0.01, size, "sip", ts + 1_234_567))
        else:
            low, high = round(price - 0.02, 2), round(price + 0.03, 2)
            made.append(Bar(name, ts, price, high, low, price, size, 1, "sip", ts + 1_234_567))
    return made


def flat(events: list[MarketEvent], path: Path) -> dict[str, float]:
    start = time.process_time()
    with EventLog(path) as log:
        for event in events:
            log.fact(event.seen, event)
    cpu = time.process_time() - start
    return {
        "us_per_line": cpu / len(events) * 1e6,
        "bytes_per_line": path.stat().st_size / len(events),
    }


def paced_cpu(events: list[MarketEvent], recorder: Recorder, seconds: float) -> float:
    """CPU seconds of handing 10,000 events a second to `recorder`."""
    cpu = time.process_time()
    begin = time.perf_counter()
    for burst in range(int(seconds * RATE / BURST)):
        at = burst * BURST % (len(events) - BURST)
        for event in events[at : at + BURST]:
            recorder.fact(event.seen, event)
        wait = begin + (burst + 1) * BURST / RATE - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
    return time.process_time() - cpu


def measure(seconds: float = 5.0) -> dict[str, float]:
    """All figures; `share` is of one core."""
    events = messages(200_000)
    with tempfile.TemporaryDirectory() as folder:
        runs = [flat(events, Path(folder) / f"{n}.zst") for n in range(3)]
        best = min(runs, key=lambda run: run["us_per_line"])
        bare = paced_cpu(events, NullRecorder(), seconds)
        with EventLog(Path(folder) / "paced.zst") as log:
            recorded = paced_cpu(events, log, seconds)
    return {
        **{name: round(value, 3) for name, value in best.items()},
        "share_flat": round(best["us_per_line"] * RATE / 1e6, 4),
        "share_paced": round((recorded - bare) / seconds, 4),
        "target": TARGET,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--seconds", type=float, default=5.0)
    asked = options.parse_args()
    found = measure(asked.seconds)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{'record at 10,000 messages/s':<34}{'measured':>10}{'target':>10}")
    print(f"{'CPU share, paced':<34}{found['share_paced']:>10.2%}{'< 3 %':>10}")
    print(f"{'CPU share, flat out':<34}{found['share_flat']:>10.2%}{'< 3 %':>10}")
    print(f"{'CPU a line, us':<34}{found['us_per_line']:>10.2f}{'< 3':>10}")
    print(f"{'bytes a line on disk':<34}{found['bytes_per_line']:>10.1f}")


if __name__ == "__main__":
    main()
