"""How long order work may take, and what it leans on besides the broker: all of it handed in."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from tradeplat.core.conditions import Condition
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order
from tradeplat.core.ports import Broker, Replaces

Alarm = Callable[[str, str], None]
"""Tells a person: a code and one line; never waits."""


class Timings(NamedTuple):
    """Ages in nanoseconds of market time, waits in seconds of the loop."""

    ttl: int = 2 * SECOND
    """Older than this an order is not sent any more."""
    asks: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 10.0)
    """Waits between questions about an order in doubt; the last one repeats."""
    misses: int = 3
    miss_gap: float = 5.0
    miss_span: float = 30.0
    """So many clean "not found", so far apart, over so long: the order was never placed."""
    recancels: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    """Waits before a cancel is asked for again; then it is called stuck, and still repeated."""
    clearance: float = 3.0
    """How long an exit waits for the legs in its way before a person hears of it."""


class IntentJournal(Protocol):
    """Makes an intent durable; the order is not sent before this returns."""

    async def intent(self, order: Order) -> None:
        """Commit `order`."""


class NoJournal:
    """Keeps nothing."""

    async def intent(self, order: Order) -> None:
        """Return at once."""

    async def mode(self, condition: Condition) -> None:
        """Return at once."""


class TradingBroker(Broker, Replaces, Protocol):
    """A broker that can also move working orders."""


def no_alarm(code: str, line: str) -> None:
    """Tell nobody."""


def no_objection(order: Order) -> str:
    """Let every order pass."""
    return ""


def always_live() -> bool:
    """Take the account feed for live."""
    return True


class Seams(NamedTuple):
    """What order work leans on; the defaults lean on nothing.

    `objection` is asked right before an order is sent (kill switch, mode) and answers with the
    reason not to, or an empty text. `live` is True while the account feed misses nothing (the
    executor puts its own there).
    """

    journal: IntentJournal = NoJournal()
    alarm: Alarm = no_alarm
    objection: Callable[[Order], str] = no_objection
    live: Callable[[], bool] = always_live
