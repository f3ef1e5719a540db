"""Whether an order that closes is for more than is there to be closed."""

from decimal import Decimal

from tradeplat.core.orders import EXITS, STOPS, ZERO, Order, Purpose
from tradeplat.core.ports import Book


def covered(strategy: str, symbol: str, book: Book, beside: str = "") -> Decimal:
    """Shares of one strategy, without sign, that stops at the venue cover; all but `beside`."""
    total = ZERO
    for order in book.open_orders.values():
        if order.strategy == strategy and order.symbol == symbol and order.id != beside:
            total += abs(order.leaves) if _is_stop(order) else ZERO
    return total


def excess(order: Order, book: Book) -> str:
    """Why an order that was to close shares must not leave, empty when it may.

    What is held may have shrunk since it was decided: sent all the same it would turn the position
    round. A stop covers what no other stop does, an exit closes what no other exit does.
    """
    if order.purpose is Purpose.ENTRY:
        return ""
    held = book.held(order.strategy, order.symbol).quantity
    free = abs(held)
    if _is_stop(order):
        free -= covered(order.strategy, order.symbol, book, order.id)
    elif order.purpose in EXITS:
        free -= _closing(order, book)
    if order.quantity * held < 0 and abs(order.quantity) <= free:
        return ""
    left = max(free, ZERO).copy_sign(held)
    return f"REDUCE_ONLY_QTY: Refused: exit of {order.quantity} exceeds free position {left}."


def _closing(order: Order, book: Book) -> Decimal:
    return sum(
        (
            abs(one.leaves)
            for one in book.open_orders.values()
            if one.purpose in EXITS
            and (one.strategy, one.symbol) == (order.strategy, order.symbol)
            and one.id != order.id
        ),
        ZERO,
    )


def _is_stop(order: Order) -> bool:
    return order.purpose is Purpose.STOP and order.type in STOPS
