"""Counters and latency histograms: cheap to feed, read any time, written with the run."""

from bisect import bisect_left
from collections import Counter

BOUNDS_US = tuple(int(10 * 1.5**step) for step in range(40))
"""Upper bounds of the latency buckets: 10 us to about 70 s, each half as long again."""


class Histogram:
    """Counts of durations by bucket; quantiles are upper bounds of their bucket."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_US) + 1)
        self.count = 0
        self.worst_ns = 0

    def add(self, ns: int) -> None:
        """Count one duration of `ns` nanoseconds."""
        self._counts[bisect_left(BOUNDS_US, ns // 1_000)] += 1
        self.count += 1
        self.worst_ns = max(self.worst_ns, ns)

    def buckets(self) -> tuple[tuple[int, int], ...]:
        """Upper bound in microseconds and count of each bucket that has any; what lies above the
        last bound stands under the worst there was.
        """
        bounds = (*BOUNDS_US, -(-self.worst_ns // 1_000))
        return tuple((b, n) for b, n in zip(bounds, self._counts, strict=True) if n)

    def quantile_us(self, share: float) -> int:
        """The duration in microseconds that `share` of all stay within; 0 when empty."""
        need = share * self.count
        seen = 0
        for bucket, count in enumerate(self._counts[:-1]):
            seen += count
            if count and seen >= need:
                return min(BOUNDS_US[bucket], -(-self.worst_ns // 1_000))
        return self.worst_ns // 1_000


class Metrics:
    """Everything a run counts, by name."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.gauges: dict[str, float] = {}
        self.histograms: dict[str, Histogram] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self.counters[name] += by

    def observe(self, name: str, ns: int) -> None:
        """Add a duration in nanoseconds to a histogram."""
        found = self.histograms.get(name)
        if found is None:
            found = self.histograms[name] = Histogram()
        found.add(ns)

    def snapshot(self) -> dict[str, object]:
        """All of it as plain numbers, ready for JSON."""
        return {
            "counters": dict(sorted(self.counters.items())),
            "gauges": dict(sorted(self.gauges.items())),
            "latency_us": {
                name: {
                    "count": found.count,
                    "p50": found.quantile_us(0.50),
                    "p95": found.quantile_us(0.95),
                    "p99": found.quantile_us(0.99),
                    "worst": found.worst_ns // 1_000,
                    "buckets": {str(bound): count for bound, count in found.buckets()},
                }
                for name, found in sorted(self.histograms.items())
            },
        }
