"""What a session has counted so far, part by part."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tradeplat.app.wiring import Desks
from tradeplat.journal.events import EventLog
from tradeplat.runtime.collector import Collector
from tradeplat.runtime.strategy_manager import StrategyManager
from tradeplat.runtime.supervisor import Supervisor


class Gauges(NamedTuple):
    """The parts of a session that count; broker and client are plug-ins."""

    broker: Any
    client: Any
    desks: Desks
    supervisor: Supervisor
    manager: StrategyManager
    collector: Collector
    recorder: EventLog

    def read(self) -> dict[str, Mapping[str, object]]:
        """Every part's numbers, by its name."""
        tracker, supervisor, collector = self.desks.tracker, self.supervisor, self.collector
        orders = {
            "requests": self.broker.order_requests,
            "updates": self.broker.updates_taken,
            "stale_reports": tracker.stale_reports,
            "unknown_reports": tracker.unknown_reports,
            "open": len(tracker.open_orders),
        }
        return {
            "stream": self.client.counters,
            "feeds": {"told": list(getattr(self.client, "feeds", ()))},
            "orders": orders,
            "broker": {"told": list(getattr(self.broker, "told", ()))},
            "refused": self.desks.house.refused,
            "restarts": supervisor.restarts,
            "quarantined": {name: repr(error) for name, error in supervisor.quarantined.items()},
            "scanner": {"polls": self.manager.polls, "told": self.manager.told()},
            "collector": {"full": collector.full, "worst_ms": round(collector.worst_ms, 1)},
            "record": {"lines": self.recorder.lines, "failed": self.recorder.failed},
        }

    def silent(self) -> list[str]:
        """Tickers with a desk of which nothing was heard: misspelt, or not on this feed."""
        tapes = self.desks.market.tapes
        desks = sorted(self.desks.floor.desks)
        return [s for s in desks if tapes[s].quote is None and not tapes[s].last]
