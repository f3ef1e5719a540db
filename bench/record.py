"""What the record of a run costs: CPU share of one core at 10,000 messages a second.

    python -m bench.record [--quick] [--json]

`flat out` writes as fast as it can and divides CPU time by lines; `paced` writes 10,000 messages a
second for some seconds in bursts of 100 and takes the CPU time of the same loop without a record
off that of the whole process. Both count the writer thread.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.figures import Figure, tell
from tradeplat.core.market import SECOND, Bar, MarketEvent, Quote
from tradeplat.core.ports import Recorder
from tradeplat.journal.events import EventLog, NullRecorder

RATE = 10_000
TARGET = 3.0
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


def flat(events: list[MarketEvent], path: Path) -> tuple[float, float]:
    """Microseconds of CPU and bytes on disk of one line."""
    start = time.process_time()
    with EventLog(path) as log:
        for event in events:
            log.fact(event.seen, event)
    cpu = time.process_time() - start
    return cpu / len(events) * 1e6, path.stat().st_size / len(events)


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


def measure(quick: bool) -> list[Figure]:
    """Figures of the record; shares are of one core."""
    seconds = 2.0 if quick else 5.0
    events = messages(50_000 if quick else 200_000)
    with tempfile.TemporaryDirectory() as folder:
        runs = [flat(events, Path(folder) / f"{n}.zst") for n in range(3)]
        line, size = statistics.median(runs), runs[0][1]
        bare = paced_cpu(events, NullRecorder(), seconds)
        with EventLog(Path(folder) / "paced.zst") as log:
            recorded = paced_cpu(events, log, seconds)
    flat_share, paced_share = line[0] * RATE / 1e4, 100 * (recorded - bare) / seconds
    return [
        Figure("REC", "record at 10,000 messages/s, paced", paced_share, "% core", TARGET, "<="),
        Figure("REC", "record at 10,000 messages/s, flat out", flat_share, "% core", TARGET, "<="),
        Figure("REC", "CPU of one line, writer thread included", line[0], "us", 3.0, "<="),
        Figure("REC", "one line on disk", size, "bytes"),
    ]


if __name__ == "__main__":
    tell(measure("--quick" in sys.argv), as_they_are="--json" in sys.argv)
