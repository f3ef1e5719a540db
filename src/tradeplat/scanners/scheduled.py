"""A list that changes at given instants: scanner decisions of the past, played again."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from tradeplat.core.ports import Candidate

__all__ = ["ScheduledStockListManager"]

NEVER = 2**63 - 1


class ScheduledStockListManager:
    """From each instant of `schedule` on, its tickers (core.ports.StockListManager).

    `schedule` holds (UTC nanoseconds, tickers) in order of time; before the first there are none.
    `now` tells the time, replayed or not.
    """

    def __init__(
        self, schedule: Sequence[tuple[int, Sequence[str]]], now: Callable[[], int]
    ) -> None:
        self._times = [ts for ts, _ in schedule]
        if self._times != sorted(self._times):
            raise ValueError("schedule: expected instants in order of time")
        self._lists = [tuple(tickers) for _, tickers in schedule]
        self._now = now
        self._current = -1

    async def update(self) -> None:
        """Take over the list that holds now."""
        self._current = bisect_right(self._times, self._now()) - 1

    def get_active_stock_list(self) -> list[str]:
        """The tickers of the last update."""
        return list(self._lists[self._current]) if self._current >= 0 else []

    def explain(self) -> list[Candidate]:
        """Every ticker of the schedule, in or out by it."""
        active = set(self.get_active_stock_list())
        ts = self._times[self._current] if self._current >= 0 else 0
        every = dict.fromkeys(ticker for tickers in self._lists for ticker in tickers)
        return [
            Candidate(ticker, ticker in active, "by schedule", ts, "scheduled") for ticker in every
        ]

    def quiet_until(self, now: int) -> int:
        """The next instant of the schedule after `now`."""
        index = bisect_right(self._times, now)
        return self._times[index] if index < len(self._times) else NEVER
