"""The orders a simulated venue works, and what each fill or cancel does to their brackets."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import Order, OrderState, Purpose, Report, TimeInForce
from tradeplat.sim.options import Costs
from tradeplat.sim.working import Book, Bracket, Work, leg_of

DayEnd = Callable[[Order, int], int]
"""When a DAY order placed at this instant lapses, in UTC nanoseconds; 0 for never."""

# Looked up once: naming a member of an enum costs as much as a call.
_PARTIAL, _FILLED = OrderState.PARTIAL, OrderState.FILLED


class OrderBook:
    """Keeps working orders by symbol and id, and reports every step of theirs through `emit`.

    At all times each leg of a bracket has exactly as much left as is held: what the entry has
    filled less what the legs have. An entry whose leg was hit fills no further.
    """

    def __init__(
        self,
        emit: Callable[[Report], None],
        instrument: Callable[[str], Instrument],
        costs: Costs,
        day_end: DayEnd | None = None,
    ) -> None:
        self.books: dict[str, Book] = {}
        self.works: dict[str, Work] = {}
        self.brackets: dict[str, Bracket] = {}
        """Brackets with a leg at work, by the id of their entry."""
        self._known: dict[str, Book] = {}
        self._flat = costs.flat
        self._emit = emit
        self._instrument = instrument
        self._costs = costs
        self._day_end = day_end

    def until(self, order: Order, now: int) -> int:
        """When `order`, placed at `now`, lapses: its own deadline or the end of its day."""
        end = 0
        if self._day_end is not None and order.tif is TimeInForce.DAY:
            end = self._day_end(order, now)
        return min(order.expires, end) if order.expires and end else order.expires or end

    def add(self, work: Work) -> Book:
        """Take up `work` as the newest order of its symbol."""
        symbol = work.order.symbol
        book = self.books.get(symbol)
        if book is None:
            book = self._known.get(symbol)
            if book is None:
                book = self._known[symbol] = Book(self._instrument(symbol))
            self.books[symbol] = book
        book.works.append(work)
        self.works[work.order.id] = work
        return book

    def cancel(self, order_id: str, now: int, reason: str) -> bool:
        """Cancel what is left of an order, and a leg's other leg with it; False if not open."""
        work = self.works.get(order_id)
        if work is None:
            return False
        self.finish(work, OrderState.CANCELED, now, reason)
        group = work.group
        if group is not None and work is not group.entry:
            other = group.other(work)
            if other is not None:
                self.finish(other, OrderState.CANCELED, now, reason)
        self.sweep(work.order.symbol)
        return True

    def expire(self, order_ids: Iterable[str], now: int) -> None:
        """End these orders EXPIRED, as far as they are open."""
        for order_id in order_ids:
            work = self.works.get(order_id)
            if work is not None:
                self.finish(work, OrderState.EXPIRED, now, "end of day")
                self.sweep(work.order.symbol)

    def protect(
        self, entry_id: str, now: int, stop: Decimal | None, target: Decimal | None
    ) -> bool:
        """Move the legs of an entry or add the missing one; None leaves a leg as it is."""
        bracket = self.brackets.get(entry_id)
        if bracket is None:
            return self._move_apart(entry_id, now, stop, target)
        for purpose, price in ((Purpose.STOP, stop), (Purpose.TARGET, target)):
            leg = bracket.stop if purpose is Purpose.STOP else bracket.target
            if price is None or (leg is not None and leg.done):
                continue
            if leg is None:
                self._add_leg(bracket, purpose, price, now)
            elif leg.armed or purpose is Purpose.TARGET:
                leg.move(price, now)
                self.describe(leg, now)
        return True

    def _move_apart(
        self, entry_id: str, now: int, stop: Decimal | None, target: Decimal | None
    ) -> bool:
        """Move protective orders that name `entry_id` as theirs and belong to no bracket."""
        found = False
        for work in list(self.works.values()):
            if work.order.parent != entry_id or work.group is not None:
                continue
            price = stop if work.order.purpose is Purpose.STOP else target
            found = True
            if price is not None and work.armed == (work.order.purpose is Purpose.STOP):
                work.move(price, now)
                self.describe(work, now)
        return found

    def fill(self, work: Work, quantity: Decimal, price: Decimal, ts: int, inside: float) -> None:
        """Book `quantity` (no sign) at `price`; `inside`: the reference inside a swing, or nan."""
        work.left -= quantity
        work.notional += quantity * price
        work.fills += 1
        order = work.order
        filled = work.total - work.left
        if not work.left:
            work.done = True
            del self.works[order.id]
        average = price if work.fills == 1 else work.notional / filled
        flat = self._flat
        fee = self._costs.total(filled, work.fills) if flat is None else flat * work.fills
        self._emit(
            Report(
                order.id,
                order.symbol,
                _PARTIAL if work.left else _FILLED,
                ts,
                filled,
                average,
                fee,
                last_quantity=quantity,
                last_price=price,
            )
        )
        group = work.group
        if group is None:
            return
        if work is group.entry:
            group.entered += quantity
            self._grow(group, ts, inside)
        else:
            group.exited += quantity
            self._shrink(group, work, ts)

    def trigger(self, work: Work, ts: int) -> None:
        """The stop was hit: what is left is a market or limit order, and its target is off."""
        work.armed = False
        group = work.group
        if group is not None and work is group.stop:
            self._close_entry(group, ts)
            other = group.other(work)
            if other is not None:
                self.finish(other, OrderState.CANCELED, ts, "stop hit")

    def finish(self, work: Work, state: OrderState, ts: int, reason: str) -> None:
        """End `work` in a terminal state with what it has filled."""
        work.done = True
        order = work.order
        del self.works[order.id]
        filled = work.filled
        average = work.notional / filled if filled else None
        fee = self._costs.total(filled, work.fills)
        self._emit(Report(order.id, order.symbol, state, ts, filled, average, fee, reason=reason))

    def lapse(self, book: Book, ts: int) -> None:
        """End every order whose time is over at `ts`: CANCELED at its deadline, else EXPIRED."""
        for work in book.works:
            if 0 < work.until <= ts and not work.done:
                deadline = work.until == work.order.expires
                state = OrderState.CANCELED if deadline else OrderState.EXPIRED
                self.finish(work, state, work.until, "deadline" if deadline else "end of day")

    def sweep(self, symbol: str) -> None:
        """Forget finished orders, and the symbol with its last one."""
        book = self.books.get(symbol)
        if book is None:
            return
        left = []
        for work in book.works:
            if not work.done:
                left.append(work)
            elif work.group is not None and work.group.over:
                self.brackets.pop(work.group.id, None)
        book.works = left
        if not left:
            del self.books[symbol]

    def describe(self, work: Work, ts: int) -> None:
        """Report how `work` stands, with its full description."""
        filled = work.filled
        self._emit(
            Report(
                work.order.id,
                work.order.symbol,
                work.state,
                ts,
                filled,
                work.notional / filled if filled else None,
                self._costs.total(filled, work.fills),
                order=work.order,
            )
        )

    def day_orders(self) -> list[str]:
        """Ids of every DAY order at work."""
        return [i for i, work in self.works.items() if work.order.tif is TimeInForce.DAY]

    def listed(self, symbol: str) -> list[Order]:
        """The working orders of `symbol` as they stand, oldest first."""
        book = self.books.get(symbol)
        return [work.order for work in book.works] if book is not None else []

    def _grow(self, group: Bracket, ts: int, inside: float) -> None:
        """The entry has filled more: its legs come into being, or grow by as much."""
        order = group.entry.order
        for purpose, price in (
            (Purpose.STOP, order.stop_loss),
            (Purpose.TARGET, order.take_profit),
        ):
            leg = group.stop if purpose is Purpose.STOP else group.target
            if leg is None and price is not None:
                leg = self._add_leg(group, purpose, price, ts)
            elif leg is not None and not leg.done:
                leg.resize(leg.filled + group.held)
                self.describe(leg, ts)
            if leg is not None:
                leg.entry = inside

    def _add_leg(self, group: Bracket, purpose: Purpose, price: Decimal, ts: int) -> Work:
        order = leg_of(group, purpose, price, ts)
        leg = Work(order, ts, self.until(order, ts))
        leg.group = group
        if purpose is Purpose.STOP:
            group.stop = leg
        else:
            group.target = leg
        self.brackets[group.id] = group
        self.add(leg)
        self.describe(leg, ts)
        return leg

    def _shrink(self, group: Bracket, leg: Work, ts: int) -> None:
        """A leg has filled: the entry fills no further, the other leg shrinks by as much."""
        self._close_entry(group, ts)
        other = group.other(leg)
        if other is None:
            return
        if leg.done:
            self.finish(other, OrderState.CANCELED, ts, "other leg filled")
        else:
            other.resize(other.filled + group.held)
            self.describe(other, ts)

    def _close_entry(self, group: Bracket, ts: int) -> None:
        if not group.entry.done:
            self.finish(group.entry, OrderState.CANCELED, ts, "protective leg hit")
