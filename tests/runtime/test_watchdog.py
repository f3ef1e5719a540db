from tradeplat.runtime.metrics import Metrics
from tradeplat.runtime.watchdog import BUDGET, HandlerWatch


def test_every_event_is_counted_and_a_slow_one_is_flagged_with_its_symbol() -> None:
    metrics = Metrics()
    slow: list[tuple[str, int]] = []
    watch = HandlerWatch(metrics, lambda symbol, took: slow.append((symbol, took)))
    watch("A", BUDGET)
    watch("B", BUDGET + 1)
    assert slow == [("B", BUDGET + 1)]
    assert metrics.histograms["handler"].count == 2
    assert metrics.counters["slow_handlers"] == 1
