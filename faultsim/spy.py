"""The record of a simulated session: everything is shown to the world, nothing is written."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol, Self

from tradeplat.core.intent import Intent
from tradeplat.core.market import MarketEvent
from tradeplat.core.orders import Fill, Order, OrderState, Report
from tradeplat.core.ports import Candidate, Verdict


class Watcher(Protocol):
    """Who sees what a session records."""

    def shown(self, event: MarketEvent) -> None:
        """A desk is shown this."""

    def wished(self, symbol: str, intent: Intent) -> None:
        """A strategy wants this, and is about to be answered."""

    def decided(self, strategy: str, intent: Intent, verdict: Verdict) -> None:
        """This came of a wish."""

    def reported(self, report: Report) -> None:
        """The venue's word reached the floor."""

    def moved(self, order_id: str, state: OrderState, reason: str) -> None:
        """We moved an order."""

    def changed(self, order: Order, fill: Fill | None) -> None:
        """An order stands so now."""

    def noted(self, kind: str, body: Mapping[str, Any]) -> None:
        """Anything else."""

    def remarked(self, words: str) -> None:
        """A line of the log."""


WATCHER: ContextVar[Watcher] = ContextVar("watcher")
"""Who watches the session that runs in this context."""


class SpyLog:
    """Stands where a session opens its record (journal.events.EventLog), and keeps nothing."""

    def __init__(self, path: Path, on_failure: object = None, flush_every: int = 0) -> None:
        self._watcher = WATCHER.get()
        self.failed = ""
        self.lines = 0
        self.settled = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def fact(self, now: int, event: MarketEvent) -> None:
        """Show it."""
        self.lines += 1
        self._watcher.shown(event)

    def decision(  # the recorder's own shape
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Show it."""
        self.lines += 1
        self._watcher.decided(strategy, intent, verdict)

    def report(self, now: int, report: Report) -> None:
        """Show it."""
        self.lines += 1
        self._watcher.reported(report)

    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None:
        """Show it."""
        self.lines += 1
        self._watcher.moved(order_id, state, reason)

    def change(self, now: int, order: Order, fill: Fill | None) -> None:
        """Show it."""
        self.lines += 1
        self._watcher.changed(order, fill)

    def desk_opened(self, now: int, symbol: str) -> None:
        """Nobody asks."""

    def desk_closed(self, now: int, symbol: str) -> None:
        """Nobody asks."""

    def candidates(self, now: int, rows: Iterable[Candidate]) -> None:
        """Nobody asks."""

    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None:
        """Show it."""
        self.lines += 1
        self._watcher.noted(kind, body)

    def flush(self) -> None:
        """Nothing waits."""
