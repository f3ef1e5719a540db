"""What is written to the order journal, before it becomes records."""

from collections.abc import Mapping
from typing import NamedTuple

from tradeplat.core.conditions import Condition
from tradeplat.core.journal import SeatState
from tradeplat.core.orders import Order, OrderState, Report


class Intended(NamedTuple):
    """An order is about to be sent."""

    order: Order


class Reported(NamedTuple):
    """The venue said something of an order."""

    report: Report


class Moved(NamedTuple):
    """We moved an order ourselves."""

    order_id: str
    state: OrderState
    reason: str


class Imposed(NamedTuple):
    """A condition was imposed or lifted."""

    condition: Condition


class Noted(NamedTuple):
    """Anything else, by the kind of its record."""

    kind: str
    body: Mapping[str, object]


class Seated(NamedTuple):
    """The memory of a strategy; kept beside the chain, the newest of each seat only."""

    seat: SeatState


Entry = Intended | Reported | Moved | Imposed | Noted | Seated


class Stamped(NamedTuple):
    """An entry, and when it came: UTC ns by the platform's clock, and ns of a steady one."""

    wall: int
    mono: int
    entry: Entry
