"""Flags a desk that holds up the others: one thread trades, and it may not be kept."""

from collections.abc import Callable

from tradeplat.runtime.metrics import Metrics

MILLISECOND = 1_000_000
BUDGET = 20 * MILLISECOND
"""Nanoseconds that strategies may take over one event (reliability.md 9)."""


class HandlerWatch:
    """Times desks (runtime/strategy_manager.Watch). Each event goes into `metrics`; `on_slow`
    hears the symbol and the nanoseconds of each one that took longer than `budget`.
    """

    def __init__(
        self, metrics: Metrics, on_slow: Callable[[str, int], None], budget: int = BUDGET
    ) -> None:
        self._metrics = metrics
        self._on_slow = on_slow
        self._budget = budget

    def __call__(self, symbol: str, took: int) -> None:
        """Count one event."""
        self._metrics.observe("handler", took)
        if took > self._budget:
            self._metrics.count("slow_handlers")
            self._on_slow(symbol, took)
