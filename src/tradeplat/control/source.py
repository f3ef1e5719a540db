"""What the control plane asks of the session it shows."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec

from tradeplat.control.link import Link
from tradeplat.control.messages import Positions, Scanner, Statistics, Strategies, Trading
from tradeplat.control.protocol import FrameType
from tradeplat.control.records import LineKind, LineState
from tradeplat.core.orders import Order


class Line(NamedTuple):
    """A level to draw; `key` names it for good, `reference` is nan where there is none."""

    key: int
    price: float
    quantity: float
    reference: float
    kind: LineKind
    state: LineState
    strategy: str


class Pulse(NamedTuple):
    """How the engine is: its time, lateness of its loop, lag of the feed (nan: unknown)."""

    now: int
    loop_p99_ms: float
    feed_lag_ms: float
    queue: int


class Worth(NamedTuple):
    """What the account is worth, and its profit or loss since the start."""

    equity: float
    realised: float
    open: float


class Source(Protocol):
    """The session as it stands, asked only while somebody watches (but for `worth`)."""

    def pulse(self) -> Pulse:
        """How the engine is."""
        ...

    def worth(self) -> Worth:
        """What the account is worth."""
        ...

    def entry(self, symbol: str) -> tuple[float, float, int, float | None]:
        """Tick, lot, decimals and reference price of a ticker."""
        ...

    def lines(self, symbol: str) -> Iterable[Line]:
        """Every level worth drawing on the chart of a ticker."""
        ...

    def live(self) -> Iterable[str]:
        """Tickers with a position or an open order."""
        ...

    def open_orders(self) -> Iterable[Order]:
        """Every order that may still fill."""
        ...

    def positions(self) -> Positions:
        """What is held."""
        ...

    def statistics(self) -> Statistics:
        """The account's figures."""
        ...

    def strategies(self) -> Strategies:
        """Every strategy at every desk."""
        ...

    def scanner(self) -> Scanner:
        """The scanner's list."""
        ...

    def trading(self) -> Trading:
        """What a person may do now."""
        ...

    def more(self) -> Iterable[tuple[FrameType, msgspec.Struct]]:
        """Other pictures of this kind of session."""
        ...

    def watched(self, *, on: bool) -> None:
        """Somebody watches, or nobody any more: studies are wanted bar by bar, or not."""
        ...

    def left(self, link: Link) -> None:
        """A client is gone."""
        ...
