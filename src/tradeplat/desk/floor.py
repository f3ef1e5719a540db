"""Every desk of a session, and the one path by which venue reports reach them."""

from collections.abc import Callable, Mapping

from tradeplat.core.conditions import Condition
from tradeplat.core.cover import Levels
from tradeplat.core.errors import BadInput, Corrupt
from tradeplat.core.journal import Correction, SeatState
from tradeplat.core.orders import Change, Fill, OrderState, Report
from tradeplat.core.ports import Strategy
from tradeplat.core.premises import OVERRIDE, PREMISES, Override, Premises
from tradeplat.core.record import CORRECTED, RECOVERED, Restored
from tradeplat.desk.desk import Desk, House

Seats = Callable[[str], Mapping[str, Strategy]]
"""Makes fresh strategies for a ticker, by the name under which they trade."""

FillSink = Callable[[Fill], None]


class Floor:
    """Opens and closes desks, and hands each report to the desk of its symbol.

    `on_fill` hears every fill once, after the tracker booked it and the desk knows of it.
    """

    def __init__(self, house: House, seats: Seats, on_fill: FillSink | None = None) -> None:
        self.house = house
        self.desks: dict[str, Desk] = {}
        self._seats = seats
        self._on_fill = on_fill
        self._memories: dict[tuple[str, str], SeatState] = {}
        house.refresh = self.refresh

    def open_desk(self, symbol: str, now: int) -> Desk:
        """A desk for `symbol` with fresh strategies; Corrupt when it has one already.

        A strategy whose saved memory cannot be used begins without it, and a person hears of that.
        """
        if symbol in self.desks:
            raise Corrupt(f"{symbol} has a desk already")
        desk = self.desks[symbol] = Desk(symbol, self._seats(symbol), self.house)
        if self.house.recorder is not None:
            self.house.recorder.desk_opened(now, symbol)
        for seat in desk.seats:
            memory = self._memories.pop((seat.name, symbol), None)
            try:
                seat.remember(memory, self.house.market.calendar)
            except BadInput as error:
                self.house.alarm("MEMORY_UNUSED", f"{seat.name} {symbol}: {error}", now)
                seat.remember(None, self.house.market.calendar)
        return desk

    def close_desk(self, symbol: str, now: int) -> None:
        """Forget the desk of `symbol`; its orders and positions stay in the book."""
        if self.desks.pop(symbol, None) is not None and self.house.recorder is not None:
            self.house.recorder.desk_closed(now, symbol)

    def refresh(self, symbol: str) -> None:
        """Tell the desk of `symbol` anew what it holds."""
        desk = self.desks.get(symbol)
        if desk is not None:
            desk.refresh()

    def on_report(self, report: Report, now: int) -> None:
        """Fold one venue report and tell the desk it concerns."""
        if self.house.recorder is not None:
            self.house.recorder.report(now, report)
        change = self.house.book.apply(report)
        if change is not None:
            self._tell(change, report.ts, now)

    def on_move(self, order_id: str, state: OrderState, reason: str, now: int) -> None:
        """Move an order by our own doing (sent, cancel asked, given up) and tell its desk."""
        if self.house.recorder is not None:
            self.house.recorder.moved(now, order_id, state, reason)
        change = self.house.book.move(order_id, state, reason)
        if change is not None:
            self._tell(change, now, now)

    def on_condition(self, condition: Condition, now: int) -> bool:
        """Let `condition` stand from now on, or end, and record it; False when it changes nothing.

        The only way conditions change: a rerun of the record meets each at the same place.
        """
        return self.house.impose(condition, now)

    def on_override(self, override: Override, now: int) -> None:
        """Let orders pass a check for a while, or no longer, as a person asks; BadInput where none
        may be let pass.
        """
        self.house.gate.override(override, now)
        if self.house.recorder is not None:
            self.house.recorder.note(now, OVERRIDE, override.body())

    def on_premises(self, premises: Premises, now: int) -> None:
        """Take over what the gate has to know from outside the market, and record it."""
        self.house.gate.learn(premises)
        if self.house.recorder is not None:
            self.house.recorder.note(now, PREMISES, premises.body())

    def on_recovered(self, restored: Restored, now: int) -> None:
        """Begin where the account stands; desks opened from now on find their strategies' memory.

        Only before the first desk, order or position.
        """
        if self.house.recorder is not None:
            self.house.recorder.note(now, RECOVERED, restored.body())
        book = self.house.book
        held = {(held.strategy, held.symbol): held.position for held in restored.holdings}
        cash = book.cash if restored.cash is None else restored.cash
        book.restore(restored.orders, held, cash)
        self.house.gate.recall(restored.orders, restored.counted, now)
        for told in restored.levels:
            book.arm(told.strategy, told.symbol, told.stop, told.target)
        if self.house.guard is not None:
            self.house.guard.resume(restored.orders, restored.levels, now)
        self._memories = {(seat.strategy, seat.symbol): seat for seat in restored.seats}

    def on_correction(self, correction: Correction, now: int) -> None:
        """Book a change of the account that no order explains, and tell the desk it concerns."""
        if self.house.recorder is not None:
            self.house.recorder.note(now, CORRECTED, correction.body())
        self.house.book.correct(correction)
        desk = self.desks.get(correction.symbol)
        if desk is not None:
            desk.refresh(correction.strategy)
        guard = self.house.guard
        if guard is not None:
            guard.on_correction(correction.strategy, correction.symbol, now)
            if guard.prompt:
                guard.look(now)

    def on_levels(self, levels: Levels, now: int) -> None:
        """Protect what a strategy holds by these levels, as it was before its shares were given
        up for lost.
        """
        guard = self.house.guard
        if guard is not None:
            guard.want(levels.symbol, levels.strategy, levels.stop, levels.target, now)

    def _tell(self, change: Change, ts: int, now: int) -> None:
        order, fill = change
        if self.house.recorder is not None:
            self.house.recorder.change(now, order, fill)
        guard = self.house.guard
        if guard is not None:
            guard.on_order(order, fill, ts, now)
        desk = self.desks.get(order.symbol)
        if desk is not None:
            desk.refresh(order.strategy)
        self.house.gate.heard(order, fill, now)
        if fill is not None and self._on_fill is not None:
            self._on_fill(fill)
