import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.runtime.metrics import Histogram, Metrics


@given(st.lists(st.integers(10_000, 60_000_000_000), min_size=1, max_size=200))
def test_a_quantile_is_at_most_half_as_long_again_as_the_true_one(durations: list[int]) -> None:
    histogram = Histogram()
    for ns in durations:
        histogram.add(ns)
    for share in (0.5, 0.95, 0.99):
        true = float(np.quantile(durations, share, method="inverted_cdf")) / 1_000
        assert true - 1 <= histogram.quantile_us(share) <= true * 1.5 + 2
    assert histogram.worst_ns == max(durations)


def test_an_empty_histogram_says_nothing_took_time() -> None:
    assert Histogram().quantile_us(0.99) == 0


def test_a_snapshot_is_json() -> None:
    metrics = Metrics()
    metrics.count("bars", 3)
    metrics.count("bars")
    metrics.gauges["depth"] = 2.0
    metrics.observe("decode", 15_000)
    found = json.loads(json.dumps(metrics.snapshot()))
    assert found["counters"] == {"bars": 4}
    assert found["gauges"] == {"depth": 2.0}
    assert found["latency_us"]["decode"]["count"] == 1
    assert found["latency_us"]["decode"]["worst"] == 15
    assert found["latency_us"]["decode"]["buckets"] == {"15": 1}


@given(st.lists(st.integers(0, 200_000_000_000), max_size=50))
def test_buckets_hold_every_duration_once(durations: list[int]) -> None:
    histogram = Histogram()
    for ns in durations:
        histogram.add(ns)
    buckets = histogram.buckets()
    assert sum(count for _, count in buckets) == histogram.count == len(durations)
    assert [bound for bound, _ in buckets] == sorted({bound for bound, _ in buckets})
    if durations:
        assert buckets[-1][0] >= max(durations) // 1_000
