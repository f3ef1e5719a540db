"""How large an entry may be: every cap in shares, and which of them binds."""

from decimal import Decimal
from math import inf

import msgspec

from tradeplat.core.exact import exact
from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import EXITS, LEGS, Purpose
from tradeplat.core.ports import Book
from tradeplat.risk.limits import Limits

ZERO = Decimal(0)
ONE = Decimal(1)
CLEARLY = 1.001
"""Room for this many times the quantity, judged by floats, need not be judged exactly."""

_ENTRY = Purpose.ENTRY


class Ample:
    """Says by floats alone that an entry is far from every cap: most are, and it is soon said."""

    __slots__ = ("_book", "_leverage", "_margin", "_notional", "_part", "_position", "_quantity")

    def __init__(self, limits: Limits, book: Book) -> None:
        self._book = book
        self._quantity = float(limits.max_quantity)
        self._part = float(limits.max_volume_part)
        self._notional = float(limits.max_notional)
        self._position = float(limits.max_position)
        # What keeps the margin of buying power within this keeps within the gross cap, too.
        self._leverage = float(min(limits.leverage, limits.max_gross))
        self._margin = 1.0 + max(0.0, float(limits.buying_power_margin))

    def room(self, wanted: float, grid: Instrument, price: float) -> bool:
        """True when `wanted` shares of `grid` at `price` surely fit; False says nothing.

        `price` is that of one share in money.
        """
        book = self._book
        if book.open_orders or book.net(grid.symbol):
            return False
        value = wanted * price * CLEARLY
        # Written so that what is no number has no room.
        if not 0.0 < value <= self._notional or value > self._position or wanted > self._quantity:
            return False
        if grid.volume and wanted * CLEARLY > grid.volume * self._part:
            return False
        equity, exposure = book.worth()
        return inf > self._leverage * equity - exposure > value * self._margin


class Room(msgspec.Struct, frozen=True):
    """The largest quantity the limits leave, unsigned, and the code of the cap that binds.

    `bound` is what that cap stands at and `value` what one share would make of it: shares for
    MAX_QTY and SHORT, else money.
    """

    quantity: Decimal
    code: str
    symbol: str
    value: Decimal
    bound: Decimal

    @property
    def message(self) -> str:
        """Why there is no room at all."""
        value, bound = f"{self.value:,.2f}", f"{self.bound:,.2f}"
        match self.code:
            case "SIZE":
                return "Refused: sizing allows no share."
            case "MAX_QTY":
                return f"Refused: {_plain(self.value)} exceeds {_plain(self.bound)}."
            case "MAX_NOTIONAL":
                return f"Refused: order value {value} exceeds {bound}."
            case "MAX_POSITION":
                return f"Refused: would make {self.symbol} {value} (limit {bound})."
            case "GROSS_EXPOSURE":
                return f"Refused: gross {value} exceeds {bound}."
            case "SHORT":
                return (
                    f"Refused: {self.symbol} is held {_plain(self.bound)}: no order crosses zero."
                )
            case _:
                return f"Refused: needs {value}, available {bound}."


def _plain(value: Decimal) -> str:
    """Without the zeros that arithmetic left."""
    return f"{value.normalize():f}"


def room(
    wanted: Decimal, side: int, grid: Instrument, price: Decimal, limits: Limits, book: Book
) -> Room:  # six facts of one entry
    """The part of `wanted` shares at `price` (money a share) that no cap forbids.

    Every working entry is taken to fill; of the symbol's own, those on the same side.
    """
    held = net = free = book.net(grid.symbol)
    reserved = ZERO
    for order in book.open_orders.values():
        leaves = order.leaves
        here = order.symbol == grid.symbol
        if order.purpose is _ENTRY:
            reserved += abs(leaves) * (order.limit or order.stop or book.mark(order.symbol))
            if here and order.side == side:
                net += leaves
        if here and order.side == side and order.purpose not in LEGS:
            # What closes the position already leaves less to sell against.
            free += leaves
    left = _Left(wanted)
    left.cut(_shares(grid, limits), "MAX_QTY", wanted)
    left.cut(limits.max_notional / price, "MAX_NOTIONAL", price, limits.max_notional)
    least = (1 + side * net) * price
    beside = max(ZERO, limits.max_position / price - side * net)
    left.cut(beside, "MAX_POSITION", least, limits.max_position)
    cost = price * (1 + limits.buying_power_margin)
    if not _clearly_affordable(left.quantity * cost + reserved, limits, book):
        _afford(left, price, reserved, limits, book)
    if held and (held > 0) != (side > 0):
        left.cut(max(ZERO, -side * free), "SHORT", ONE, held)
    return Room(left.quantity, left.code, grid.symbol, left.value, left.bound)


def too_much(wanted: Decimal, left: Decimal, symbol: str) -> str:
    """Why a person does not get the quantity that was asked for."""
    return f"Refused: {_plain(wanted)} {symbol} is more than the {_plain(left)} that limits leave."


def being_closed(strategy: str, symbol: str, book: Book) -> Decimal:
    """Signed quantity of working exits, protective legs aside (the executor clears those)."""
    closing = ZERO
    for order in book.open_orders.values():
        mine = order.strategy == strategy and order.symbol == symbol
        if mine and order.purpose in EXITS:
            closing += order.leaves
    return closing


class _Left:
    """The quantity that is left, and the cap that cut it last."""

    def __init__(self, wanted: Decimal) -> None:
        self.quantity = wanted
        self.code = "SIZE"
        self.value = self.bound = ZERO

    def cut(self, cap: Decimal, code: str, value: Decimal, bound: Decimal | None = None) -> None:
        """No more than `cap` shares: `value` is what one share would make of the `bound`."""
        if cap < self.quantity:
            self.quantity, self.code = cap, code
            self.value, self.bound = value, cap if bound is None else bound


def _shares(grid: Instrument, limits: Limits) -> Decimal:
    """The most shares one order may have."""
    if not grid.volume:
        return limits.max_quantity
    return min(limits.max_quantity, exact(grid.volume) * limits.max_volume_part)


def _afford(left: _Left, price: Decimal, reserved: Decimal, limits: Limits, book: Book) -> None:
    """Cut by the money of the account; equity that is no number affords nothing."""
    cost = price * (1 + limits.buying_power_margin)
    equity, used = book.equity(), book.exposure() + reserved
    if not (equity.is_finite() and used.is_finite()):
        left.cut(ZERO, "BUYING_POWER", cost, ZERO)
        return
    gross = limits.max_gross * equity
    left.cut(max(ZERO, (gross - used) / price), "GROSS_EXPOSURE", used + price, gross)
    available = limits.leverage * equity - used
    left.cut(max(ZERO, available / cost), "BUYING_POWER", cost, available)


def _clearly_affordable(need: Decimal, limits: Limits, book: Book) -> bool:
    equity, exposure = book.worth()
    most = float(min(limits.leverage, limits.max_gross))
    return inf > most * equity - exposure > float(need) * CLEARLY
