"""What a session says of itself."""

import json

from tradeplat.app.measuring import Stopwatch, memory_mb, numbers
from tradeplat.runtime.metrics import Metrics


def test_memory_is_told_as_it_is_and_as_it_was_at_most():
    before, _ = memory_mb()
    block = bytearray(60_000_000)
    held, peak = memory_mb()
    assert held - before > 40.0
    assert peak >= held - 1.0
    assert len(block) == 60_000_000


def test_everything_counted_ends_up_as_plain_json():
    metrics = Metrics()
    metrics.observe("loop_lag", 2_000_000)
    parts = {"stream": {"repeats": 3, "late": 0}, "refused": {}}
    told = json.loads(json.dumps(numbers(metrics, parts, Stopwatch().cost())))
    assert told["stream"] == {"late": 0, "repeats": 3}
    assert told["latency_us"]["loop_lag"]["count"] == 1
    assert told["process"]["peak_mb"] >= told["process"]["resident_mb"] - 1.0 > 0.0
    assert set(told["process"]) == {"resident_mb", "peak_mb", "cpu_s", "wall_s"}
