"""How large an entry may be: every cap in shares, and which of them binds."""

from decimal import Decimal

import msgspec

from tradeplat.core.ports import Book
from tradeplat.risk.limits import Limits

ZERO = Decimal(0)
CLEARLY = 1.001
"""Room for this many times the quantity, judged by floats, need not be judged exactly."""


class Ample:
    """Says by floats alone that an entry is far from every cap: most are, and it is soon said."""

    __slots__ = ("_book", "_leverage", "_margin", "_notional", "_position")

    def __init__(self, limits: Limits, book: Book) -> None:
        self._book = book
        self._notional = float(limits.max_notional)
        self._position = float(limits.max_position)
        self._leverage = float(limits.leverage)
        self._margin = 1.0 + float(limits.buying_power_margin)

    def room(self, wanted: float, symbol: str, price: float) -> bool:
        """True when `wanted` shares at `price` surely fit; False says nothing."""
        book = self._book
        if book.open_orders or book.net(symbol):
            return False
        value = wanted * price * CLEARLY
        if value > self._notional or value > self._position:
            return False
        equity, exposure = book.worth()
        return self._leverage * equity - exposure > value * self._margin


class Room(msgspec.Struct, frozen=True):
    """The largest quantity the limits leave, unsigned, and the code of the cap that binds.

    `price` is that of one share, `bound` the money that the cap stands at.
    """

    quantity: Decimal
    code: str
    symbol: str
    price: Decimal
    bound: Decimal

    @property
    def message(self) -> str:
        """Why there is no room at all."""
        match self.code:
            case "SIZE":
                return "Refused: sizing allows no share."
            case "MAX_NOTIONAL":
                return f"Refused: one share at {self.price} exceeds {self.bound}."
            case "MAX_POSITION":
                return f"Refused: would take {self.symbol} past {self.bound}."
            case _:
                return f"Refused: one share needs {self.price:.2f}, available {self.bound:.2f}."


def room(
    wanted: Decimal, side: int, symbol: str, price: Decimal, limits: Limits, book: Book
) -> Room:  # six facts of one entry
    """The part of `wanted` shares at `price` that no cap forbids."""
    net = book.net(symbol)
    reserved = ZERO
    for order in book.open_orders.values():
        if order.purpose == "entry":
            leaves = order.leaves
            reserved += abs(leaves) * (order.limit or order.stop or book.mark(order.symbol))
            if order.symbol == symbol:
                net += leaves
    quantity, code, bound = wanted, "SIZE", ZERO
    if quantity * price > limits.max_notional:
        quantity, code, bound = limits.max_notional / price, "MAX_NOTIONAL", limits.max_notional
    if (quantity + side * net) * price > limits.max_position:
        quantity = max(ZERO, limits.max_position / price - side * net)
        code, bound = "MAX_POSITION", limits.max_position
    cost = price * (1 + limits.buying_power_margin)
    if not _clearly_affordable(quantity * cost + reserved, limits, book):
        available = limits.leverage * book.equity() - book.exposure() - reserved
        cap = max(ZERO, available / cost)
        if cap < quantity:
            quantity, code, bound = cap, "BUYING_POWER", available
    return Room(quantity, code, symbol, price, bound)


def _clearly_affordable(need: Decimal, limits: Limits, book: Book) -> bool:
    equity, exposure = book.worth()
    return float(limits.leverage) * equity - exposure > float(need) * CLEARLY
