"""Who may listen to the market: accounts, the plan's limits, and the slots of connections."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from tradeplat.venue.accounts import Account
from tradeplat.venue.agenda import Deed
from tradeplat.venue.faults import Faults, Spot
from tradeplat.venue.hub import ALL, Hub, Receiver
from tradeplat.venue.plan import Plan
from tradeplat.venue.sockets import Sockets
from tradeplat.venue.stream_faults import Later, Leak

_HERE = Spot(socket="data")


class StreamTerms(msgspec.Struct, kw_only=True):
    """How the market socket treats its clients; all times are real seconds.

    `buffer` is how many messages may wait for a client. `kept` is the one of two connections of an
    account that stays on Polygon's socket; on Alpaca's it is always the older.
    """

    buffer: int = 50_000
    auth_timeout: float = 10.0
    kept: Literal["older", "newer"] = "newer"


class MarketFloor:
    """What every market-data connection shares. `joined` hears of who comes and goes."""

    def __init__(
        self,
        accounts: Sequence[Account],
        plan: Plan,
        terms: StreamTerms,
        faults: Faults,
    ) -> None:
        self.accounts = accounts
        self.plan = plan
        self.terms = terms
        self.hub = Hub()
        self.sockets = Sockets()
        self.faults = faults
        self.now: Callable[[], int] = _epoch
        """The venue's clock, UTC ns."""
        self.later: Later = _at_once
        """Does something after so many ns of venue time."""
        self.joined: Callable[[], None] | None = None
        self._held: dict[tuple[str, str], int] = {}

    def refusal(self, account: Account | None, feed: str) -> int:
        """The error code that keeps `account` from listening to `feed`, 0 when nothing does."""
        if account is None:
            return 402
        if not self.plan.data_v2:
            return 408
        if feed not in self.plan.feeds:
            return 409
        key = account.terms.key
        return 406 if self.is_held(key, feed) or self.is_taken(key, feed) else 0

    def is_held(self, key: str, feed: str) -> bool:
        """Whether a connection that broke still holds the place of an account on `feed`."""
        return self._held.get((key, feed), 0) > self.faults.now()

    def is_taken(self, key: str, feed: str) -> bool:
        """Whether an account listens to `feed`."""
        return any((one.key, one.feed) == (key, feed) for one in self.hub.receivers)

    def over_limit(self, receiver: Receiver, topics: Mapping[str, Sequence[str]]) -> int:
        """405 when adding `topics` would pass the plan's limit, else 0."""
        limit = self.plan.symbols
        if limit is None:
            return 0
        asked = receiver.metered().union(topics.get("trades", ()), topics.get("quotes", ()))
        return 405 if ALL in asked or len(asked) > limit else 0

    def join(self, receiver: Receiver) -> None:
        """Take the slot of an account and feed."""
        receiver.leak = Leak(self.faults, "data", receiver, self.later)
        self.hub.join(receiver)
        self._tell()

    def leave(self, receiver: Receiver, *, clean: bool) -> None:
        """Free the slot, after a while if the connection broke."""
        self.hub.leave(receiver)
        fault = None if clean else self.faults.strike("connection_limit", _HERE)
        if fault is not None:
            until = self.faults.now() + self.faults.delay(fault)
            self._held[receiver.key, receiver.feed] = until
        self._tell()

    def release(self) -> None:
        """Free every slot that is only held."""
        self._held.clear()

    def _tell(self) -> None:
        if self.joined is not None:
            self.joined()


def _epoch() -> int:
    return 0


def _at_once(_: int, deed: Deed) -> None:
    deed(0)
