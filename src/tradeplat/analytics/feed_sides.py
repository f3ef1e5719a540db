"""One side of a session's market data, a feed and what it brings: when it was at fault."""

from collections import Counter
from math import log2

import msgspec

from tradeplat.core.market import SECOND

LATE, MISSING, WRONG, UNDECIDED = "late", "missing", "wrong", "undecided"
FAULTS = (LATE, MISSING, WRONG)
"""What a side can be guilty of."""

FINDINGS = 500
"""Findings that are kept word for word."""

HOLDS = {"polygon": 2 * SECOND, "delayed": 902 * SECOND, "delayed_sip": 900 * SECOND}
"""Nanoseconds that a vendor holds its facts back by contract (protocols.md 2.4, 6)."""

STEP = 10 * SECOND
"""A lag's course over the session is kept in steps of this."""

BUCKETS = 8
"""Steps of a doubling by which lags are counted: quantiles are right to 9 %."""


class Finding(msgspec.Struct, frozen=True):
    """One fault: when (UTC ns, by the market), of which ticker, whose, and what it shows in."""

    ts: int
    symbol: str
    side: str
    what: str
    words: str


class Lags:
    """Receipt less event time of many events, in nanoseconds, counted by size."""

    __slots__ = ("_counted", "count", "worst")

    def __init__(self) -> None:
        self.count = 0
        self.worst = 0
        self._counted: Counter[int] = Counter()

    def add(self, lag: int) -> None:
        """Count one."""
        self.count += 1
        self.worst = max(self.worst, lag)
        self._counted[int(log2(max(lag, 1_000_000)) * BUCKETS)] += 1

    def quantile(self, part: float) -> float | None:
        """The lag that `part` of all are not above, in milliseconds; None without any."""
        left = part * self.count
        for bucket in sorted(self._counted):
            left -= self._counted[bucket]
            if left <= 0:
                return round(min(2 ** ((bucket + 1) / BUCKETS), max(self.worst, 1e6)) / 1e6, 1)
        return None


class Side:
    """What one feed brought of one kind (`bars` or `quotes`), in all and of each ticker."""

    def __init__(self, feed: str, kind: str) -> None:
        self.feed = feed
        self.kind = kind
        self.lags = Lags()
        self.by_symbol: dict[str, Lags] = {}
        self.faults: dict[str, Counter[str]] = {}
        """Faults by ticker, by what they are."""
        self.events: Counter[str] = Counter()
        """Events by ticker, those that nobody stamped on receipt included."""
        self.course: dict[int, int] = {}
        """The worst lag of each STEP in which anything came, by its number since 1970."""

    @property
    def name(self) -> str:
        """The side as people call it."""
        return f"{self.feed} {self.kind}"

    @property
    def hold(self) -> int:
        """Nanoseconds by which the vendor holds these back."""
        return HOLDS.get(self.feed, 0)

    def heard(self, symbol: str, ts: int, lag: int) -> None:
        """One event came, `lag` nanoseconds after it happened at `ts`."""
        self.lags.add(lag)
        step = ts // STEP
        self.course[step] = max(lag, self.course.get(step, 0))
        found = self.by_symbol.get(symbol)
        if found is None:
            found = self.by_symbol[symbol] = Lags()
        found.add(lag)

    def blame(self, symbol: str, what: str, count: int = 1) -> None:
        """So many faults of this side in `symbol`."""
        self.faults.setdefault(symbol, Counter())[what] += count

    def total(self, what: str) -> int:
        """How often it was at fault in this way."""
        return sum(found[what] for found in self.faults.values())

    def body(self, symbol: str = "") -> dict[str, object]:
        """The figures, of one ticker or in all, JSON-ready; lags in milliseconds."""
        lags = self.by_symbol.get(symbol, Lags()) if symbol else self.lags
        of = self.faults.get(symbol, Counter())
        return {
            "feed": self.feed,
            "brings": self.kind,
            "events": self.events[symbol] if symbol else self.events.total(),
            "lag_ms_p50": lags.quantile(0.5),
            "lag_ms_p99": lags.quantile(0.99),
            "lag_ms_worst": round(lags.worst / 1e6, 1) if lags.count else None,
            **{what: of[what] if symbol else self.total(what) for what in FAULTS},
        }


def guilty(sides: list[Side], symbol: str = "") -> str:
    """The side that was at fault more often than all others together; nobody's name otherwise."""
    counts = {
        side.name: sum(
            side.faults.get(symbol, Counter())[what] if symbol else side.total(what)
            for what in FAULTS
        )
        for side in sides
    }
    total = sum(counts.values())
    return next((name for name, count in counts.items() if 2 * count > total), "")
