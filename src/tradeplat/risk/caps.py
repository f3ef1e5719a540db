"""How large an entry may be: every cap in shares, and which of them binds."""

from decimal import Decimal

import msgspec

from tradeplat.core.orders import Order
from tradeplat.core.ports import Book
from tradeplat.risk.limits import Limits

ZERO = Decimal(0)


class Room(msgspec.Struct, frozen=True):
    """The largest quantity the limits leave, unsigned, and the code of the cap that binds."""

    quantity: Decimal
    code: str
    message: str


def room(
    wanted: Decimal, side: int, symbol: str, price: Decimal, limits: Limits, book: Book
) -> Room:  # six facts of one entry
    """The part of `wanted` shares at `price` that no cap forbids."""
    notional_cap = limits.max_notional / price
    net = book.net(symbol) + _leaves(symbol, book)
    position_cap = max(ZERO, limits.max_position / price - side * net)
    caps = (
        (wanted, "SIZE", "Refused: sizing allows no share."),
        (
            notional_cap,
            "MAX_NOTIONAL",
            f"Refused: one share at {price} exceeds {limits.max_notional}.",
        ),
        (
            position_cap,
            "MAX_POSITION",
            f"Refused: would take {symbol} past {limits.max_position}.",
        ),
    )
    quantity, code, message = min(caps, key=_first)
    available = _available(limits, book)
    affordable = available / (price * (1 + limits.buying_power_margin))
    if affordable < quantity:
        return Room(
            max(ZERO, affordable),
            "BUYING_POWER",
            f"Refused: needs {quantity * price:.2f}, available {available:.2f}.",
        )
    return Room(quantity, code, message)


def _first(cap: tuple[Decimal, str, str]) -> Decimal:
    return cap[0]


def _leaves(symbol: str, book: Book) -> Decimal:
    """What open entries of the symbol may still add, signed."""
    return sum(
        (o.leaves for o in book.open_orders.values() if o.symbol == symbol and _opens(o)), ZERO
    )


def _available(limits: Limits, book: Book) -> Decimal:
    reserved = sum((_reserved(o, book) for o in book.open_orders.values() if _opens(o)), ZERO)
    return limits.leverage * book.equity() - book.exposure() - reserved


def _opens(order: Order) -> bool:
    return order.purpose == "entry"


def _reserved(order: Order, book: Book) -> Decimal:
    price = order.limit or order.stop or book.mark(order.symbol)
    return abs(order.leaves) * price
