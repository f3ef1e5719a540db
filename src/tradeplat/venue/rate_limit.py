"""A budget of requests a minute and account, counted on a clock of its own."""

import msgspec

UNLIMITED = 1_000_000
"""The limit that a venue tells where it has none."""
WINDOW = 60
"""Seconds a budget lasts."""


class Budget(msgspec.Struct, frozen=True):
    """What is left after a request; `reset` is in unix seconds."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """The headers every response carries."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class RateLimit:
    """Counts requests by account in fixed windows of a minute.

    One that is not `enforced` only counts, and says so: the limit it tells is out of reach.
    """

    def __init__(self, limit: int, *, enforced: bool) -> None:
        self.limit = limit if enforced else UNLIMITED
        self.enforced = enforced
        self._windows: dict[str, tuple[int, int]] = {}

    def take(self, account: str, now: int) -> Budget:
        """Count one request of `account` at `now` (unix seconds)."""
        window = now // WINDOW
        kept, used = self._windows.get(account, (window, 0))
        used = used + 1 if kept == window else 1
        self._windows[account] = (window, used)
        return Budget(
            limit=self.limit,
            remaining=max(0, self.limit - used),
            reset=(window + 1) * WINDOW,
            allowed=used <= self.limit or not self.enforced,
        )
