"""What closing positions leans on: a broker's requests, a pace, and the means to wait and tell."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from tradeplat.core.calendar import Phase
from tradeplat.core.orders import ZERO, Order
from tradeplat.core.ports import Held


class Working(msgspec.Struct, frozen=True):
    """An open order at the broker, held legs included, by the id that its cancel takes."""

    id: str
    symbol: str
    filled: Decimal = ZERO


class Placed(StrEnum):
    """What became of an order that was to be placed."""

    OPEN = "open"
    OVER = "over"
    """It filled, ended or was refused: it can fill no more."""
    DOUBT = "doubt"
    """It may or may not exist; placing it again under its id is harmless."""


class Stood(NamedTuple):
    """How an order stands, and what of it (without sign) has filled in all."""

    became: Placed
    filled: Decimal = ZERO


class ClosingVenue(Protocol):
    """A broker's requests, as far as closing needs them; all of them may raise Transient."""

    async def working(self) -> Sequence[Working]:
        """Every order that works in the account."""
        ...

    async def held(self) -> Sequence[Held]:
        """Every position of the account."""
        ...

    async def withdraw_all(self) -> None:
        """Ask for the cancel of whatever works."""
        ...

    async def withdraw(self, orders: Sequence[Working]) -> None:
        """Ask for the cancel of each of `orders` at once; waits for no outcome."""
        ...

    async def place(self, order: Order) -> Stood:
        """Place `order`; may be repeated with the same one."""
        ...

    async def stands(self, order_id: str) -> Stood:
        """How an order of ours stands."""
        ...

    async def close_all(self) -> None:
        """Ask the broker to close every position by itself."""
        ...


class Pace(NamedTuple):
    """Seconds a flatten gives each step, and how far through the market it goes outside regular
    hours, attempt by attempt; the last one repeats.
    """

    settle: float = 3.0
    """Cancels are waited for this long before they are asked for again."""
    patience: float = 3.0
    """An attempt at a limit that fills nothing for this long is withdrawn."""
    market: float = 8.0
    """The same at market: nothing is nearer to it, and a thin one may only trade now and then."""
    confirm: float = 1.0
    """Two looks this far apart must show that nothing is held."""
    doubt: float = 12.0
    """So long a broker that shows nothing is asked on while our own count holds something."""
    attempts: int = 3
    """So many in vain, and the broker is asked to close everything itself."""
    bound: float = 60.0
    """After this long, what is left is told and left."""
    looks: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
    through: tuple[Decimal, ...] = (Decimal("0.02"), Decimal("0.05"), Decimal("0.10"))


def nothing() -> Collection[str]:
    """Who keeps no count of his own believes the broker at once."""
    return ()


class Means(NamedTuple):
    """What a flatten leans on besides the broker.

    `split` says for whom a signed quantity of a symbol is closed: (strategy, quantity) pairs.
    `number` gives the next order id for a symbol, `tell` reaches a person (code, line), `all_at`
    runs awaitables side by side, `time` is seconds of the clock that `sleep` sleeps by. `believed`
    names the symbols of which our own count holds something.
    """

    time: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    all_at: Callable[[Sequence[Awaitable[Stood]]], Awaitable[Sequence[Stood]]]
    now: Callable[[], int]
    phase: Callable[[], Phase]
    number: Callable[[str], str]
    split: Callable[[str, Decimal], Sequence[tuple[str, Decimal]]]
    halted: Callable[[str], bool]
    tell: Callable[[str, str], None]
    believed: Callable[[], Collection[str]] = nothing


class Flattened(msgspec.Struct, frozen=True):
    """How a flatten ended: what is still held, which of it is halted, how many orders it took."""

    left: tuple[tuple[str, Decimal], ...] = ()
    halted: tuple[str, ...] = ()
    orders: int = 0
    seconds: float = 0.0
    why: str = ""

    @property
    def flat(self) -> bool:
        """True when two looks at the broker showed nothing held."""
        return not self.left

    def words(self) -> str:
        """One line for a person."""
        if self.flat:
            return f"flat after {self.seconds:.1f} s and {self.orders} closing orders"
        held = ", ".join(f"{symbol} {quantity:+f}" for symbol, quantity in self.left)
        return f"NOT flat after {self.seconds:.1f} s: {held}{f' ({self.why})' if self.why else ''}"
