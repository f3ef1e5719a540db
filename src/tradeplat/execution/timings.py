"""How long order work may take, and what it leans on besides the broker: all of it handed in."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from tradeplat.core.conditions import Condition
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.core.ports import Broker, BrokerBook, Paces, Remembers, Replaces

Alarm = Callable[[str, str], None]
"""Tells a person: a code and one line; never waits."""


class Looks(NamedTuple):
    """Seconds of the loop between looks at the account, and what a difference may last.

    Orders are looked at every `interval`, positions every `positions`, both every `restless` while
    anything is lost, missing or different. A fill is taken back once two answers say so that are
    `confirming` apart. A position that differs is explained by the broker's history after
    `lasting` (`settling` before the account was agreed with), and the broker's quantity adopted
    after `adopting` (`lasting`).
    """

    interval: float = 10.0
    positions: float = 30.0
    restless: float = 2.0
    confirming: float = 2.0
    settling: float = 2.0
    lasting: float = 10.0
    adopting: float = 30.0


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
    abreast: int = 12
    """Orders that may be on their way at once; one waits for neither answers nor commits of those
    before it. With 1 the venue takes them in the order in which they were decided.
    """
    looks: Looks = Looks()


class OrderJournal(Protocol):
    """What is meant and what is heard of orders, kept so that a restart finds it.

    What is awaited is durable once it returns, and raises Corrupt when it cannot be: an order is
    not sent before its `intent` returned, a report not acted on before `reports` did. The
    other calls return at once and keep their place in the order; they lose what they are given
    once the journal is `dead`, which then says why in one line.
    """

    @property
    def dead(self) -> str:
        """Why nothing can be kept any more, empty while all is well."""

    async def intent(self, order: Order) -> None:
        """Commit `order`, which is about to be sent."""

    async def reports(self, reports: Sequence[Report]) -> None:
        """Commit what the venue said at once, in one transaction; Corrupt as well when a report
        cannot be (core/fold.py), whatever becomes of the others.
        """

    async def mode(self, condition: Condition) -> None:
        """Commit a condition that has to stand again after a restart; NORMAL lifts it."""

    def heard(self, report: Report) -> None:
        """Keep what the venue said, of which somebody could not wait for the disk to act on it."""

    def moved(self, order_id: str, state: OrderState, reason: str, ts: int) -> None:
        """Keep a move of our own."""

    def note(self, kind: str, body: Mapping[str, object]) -> None:
        """Keep a record of any kind (core/journal.py)."""

    def seat(self, strategy: str, symbol: str, ts: int, state: dict[str, object]) -> None:
        """Keep the memory of a strategy (core/state.py) after the event at `ts`."""


class NoJournal:
    """Keeps nothing."""

    dead = ""

    async def intent(self, order: Order) -> None:
        """Return at once."""

    async def reports(self, reports: Sequence[Report]) -> None:
        """Return at once."""

    async def mode(self, condition: Condition) -> None:
        """Return at once."""

    def heard(self, report: Report) -> None:
        """Nothing."""

    def moved(self, order_id: str, state: OrderState, reason: str, ts: int) -> None:
        """Nothing."""

    def note(self, kind: str, body: Mapping[str, object]) -> None:
        """Nothing."""

    def seat(self, strategy: str, symbol: str, ts: int, state: dict[str, object]) -> None:
        """Nothing."""


class TradingBroker(Broker, Replaces, BrokerBook, Remembers, Paces, Protocol):
    """A broker that can move working orders, and has on record what it did and what we sent."""


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

    journal: OrderJournal = NoJournal()
    alarm: Alarm = no_alarm
    objection: Callable[[Order], str] = no_objection
    live: Callable[[], bool] = always_live
