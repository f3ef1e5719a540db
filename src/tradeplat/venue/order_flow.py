"""How taken orders come to work, fill and end: sessions, groups, expiry, in venue time."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Protocol

import msgspec

from tradeplat.core.calendar import Calendar
from tradeplat.core.market import SECOND, Bar, Quote, Trade
from tradeplat.core.market import Status as TradingStatus
from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.accounts import Account
from tradeplat.venue.agenda import Agenda, Deed
from tradeplat.venue.faults import Faults, Spot
from tradeplat.venue.lifecycle import Execution, Lifecycle
from tradeplat.venue.order_book import Status, VenueOrder, order_wire
from tradeplat.venue.order_making import NEVER, hours_of
from tradeplat.venue.prices import PriceBoard
from tradeplat.venue.profile import Profile
from tradeplat.venue.trading_hours import auction_closed, regular_session

Event = Bar | Quote | Trade | TradingStatus
"""What the market shows the exchange."""

ZERO = Decimal(0)
_WAITING = frozenset({Status.ACCEPTED, Status.PENDING_NEW})
_LEAVING = frozenset({Status.PENDING_CANCEL, Status.PENDING_REPLACE})


class Outcome(msgspec.Struct, frozen=True):
    """What the pit did with an order: a trade, or (`over`) the end of its chances to trade."""

    order_id: str
    ts: int
    execution: Execution | None = None
    over: bool = False


class Pit(Protocol):
    """Where orders meet the market. Each call answers with what it led to at once."""

    def place(self, order: VenueOrder, ts: int) -> list[Outcome]:
        """Let `order` trade from `ts` on."""
        ...

    def withdraw(self, order: VenueOrder, ts: int) -> None:
        """Let `order` trade no more; harmless when it never did."""
        ...

    def resize(self, order: VenueOrder, ts: int) -> None:
        """Let `order` trade for what is left of it now."""
        ...

    def take_over(self, order: VenueOrder, made: VenueOrder, ts: int) -> None:
        """Let `order` trade no more; its replacement `made` is placed next."""
        ...

    def on_event(self, event: Event) -> list[Outcome]:
        """Show the market's next event."""
        ...


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What the flow of orders works with."""

    calendar: Calendar
    profile: Profile
    agenda: Agenda
    life: Lifecycle
    board: PriceBoard
    pit: Pit
    faults: Faults


class OrderFlow:
    """Moves every order from taken to its end. An order trades only in its own hours."""

    def __init__(self, tools: Tools) -> None:
        self._calendar = tools.calendar
        self._profile = tools.profile
        self._agenda = tools.agenda
        self._life = tools.life
        self._board = tools.board
        self._pit = tools.pit
        self._faults = tools.faults
        self._known: dict[str, tuple[Account, VenueOrder]] = {}
        self._limited: set[tuple[str, str]] = set()

    def enter(self, account: Account, order: VenueOrder, now: int) -> dict[str, object]:
        """Take in a new order and let it wait for its hours; shows it as it was taken."""
        hours = hours_of(self._calendar, order, now)
        refused = auction_closed(self._calendar, now, order.tif)
        early = hours.start > now or hours.start == NEVER
        first = Status.ACCEPTED if refused or early else Status.PENDING_NEW
        self._life.move(account, order, first, now)
        taken = order_wire(order, nested=True)
        if refused:
            self.later(now, lambda ts: self.end(account, order, Status.REJECTED, ts))
        else:
            self.await_hours(account, order, now)
        return taken

    def await_hours(self, account: Account, order: VenueOrder, now: int) -> None:
        """Let an accepted order work once its hours have begun, until they end."""
        self._know(account, order)
        hours = hours_of(self._calendar, order, now)
        if hours.start > now:
            self._agenda.put(hours.start, lambda ts: self._activate(account, order, ts))
        elif hours.start != NEVER:
            self.later(now, lambda ts: self._activate(account, order, ts))
        # After its start: what may trade only at the very end of its hours gets to do so first.
        self._limit(account, order)

    def adopt(self, account: Account, order: VenueOrder) -> None:
        """Keep a leg that takes the place of a waiting one: it works when its entry has filled."""
        self._know(account, order)
        self._limit(account, order)

    def later(self, now: int, deed: Deed) -> None:
        """Do `deed` after the usual delay; at once when there is none."""
        fault = self._faults.strike("latency")
        delay = self._profile.latency if fault is None else self._faults.delay(fault)
        if delay:
            self._agenda.put(now + delay, deed)
        else:
            deed(now)

    def on_event(self, event: Event) -> None:
        """Let the pit see `event`, and follow up what it led to."""
        self._follow(self._pit.on_event(event))

    def release(self, account: Account, order: VenueOrder, ts: int) -> None:
        """Let a leg, or an order that took the place of a working one, work from now on."""
        self.adopt(account, order)
        order.waiting = False
        if order.status in _LEAVING:
            return
        self._life.move(account, order, Status.NEW, ts)
        self._work(account, order, ts)

    def resume(self, account: Account, order: VenueOrder, ts: int) -> None:
        """Take up an open order of an earlier life where it stood."""
        if order.status in _WAITING and not order.waiting:
            self.await_hours(account, order, ts)
            return
        self.adopt(account, order)
        if order.status is Status.PENDING_CANCEL:
            self.end(account, order, Status.CANCELED, ts)
        elif not order.waiting:
            self._work(account, order, ts)

    def take_over(self, order: VenueOrder, made: VenueOrder, ts: int) -> None:
        """Take `order` out of the market for `made`, without ending it."""
        self._pit.take_over(order, made, ts)

    def end(self, account: Account, order: VenueOrder, status: Status, ts: int) -> None:
        """End an open order as `status`, and with it the rest of its group."""
        if not order.open:
            return
        self._pit.withdraw(order, ts)
        self._life.move(account, order, status, ts)
        together = Status.EXPIRED if status is Status.EXPIRED else Status.CANCELED
        for other in relatives(order):
            self.end(account, other, together, ts)

    def _expire(self, account: Account, order: VenueOrder, ts: int) -> None:
        """End an order whose hours are over: auction and immediate orders are cancelled."""
        if ts < order.expires_at:
            self._agenda.put(order.expires_at, partial(self._expire, account, order))
            return
        kept = order.tif in {TimeInForce.DAY, TimeInForce.GTC}
        if kept and not self._profile.expired_as_canceled:
            self.end(account, order, Status.EXPIRED, ts)
        else:
            self.end(account, order, Status.CANCELED, ts)

    def _know(self, account: Account, order: VenueOrder) -> None:
        for each in (order, *order.legs):
            self._known[each.id] = (account, each)

    def _limit(self, account: Account, order: VenueOrder) -> None:
        """See to it that an order and its legs end when they expire."""
        for each in (order, *order.legs):
            # Not by id alone: a venue that lost its memory gives ids again.
            name = (each.id, each.client_id)
            if each.expires_at and name not in self._limited:
                self._limited.add(name)
                self._agenda.put(each.expires_at, partial(self._expire, account, each))

    def _activate(self, account: Account, order: VenueOrder, ts: int) -> None:
        if order.status not in _WAITING:
            return
        fault = self._faults.strike("late_reject", Spot(symbol=order.symbol))
        delay = self._faults.delay(fault) if fault is not None else 0
        if delay:
            self._agenda.put(ts + delay, partial(self._reject, account, order))
        elif fault is not None:
            self.end(account, order, Status.REJECTED, ts)
            return
        self._life.move(account, order, Status.NEW, ts)
        if order.tif is TimeInForce.CLS:
            self._close_auction(account, order, ts)
        else:
            self._work(account, order, ts)
            for leg in order.legs:
                if order.open and leg.open and not leg.waiting:
                    self._work(account, leg, ts)

    def _work(self, account: Account, order: VenueOrder, ts: int) -> None:
        if order.notional is not None:
            self._size(order)
        if order.type is OrderType.TRAILING_STOP and order.hwm is None:
            order.hwm = self._board.mark(order.symbol)
        self._follow(self._pit.place(order, ts))
        session = regular_session(self._calendar, ts)
        if order.open and order.tif is TimeInForce.GTC and session is not None:
            self._agenda.put(session.close, lambda at: self._suspend(account, order, at))

    def _reject(self, account: Account, order: VenueOrder, ts: int) -> None:
        """A reject that comes late; what has filled is filled."""
        if not order.filled and order.status not in _LEAVING:
            self.end(account, order, Status.REJECTED, ts)

    def _size(self, order: VenueOrder) -> None:
        """A notional order buys what its money pays for at the price of the moment."""
        price = self._board.of(order.symbol).taking(order.side)
        if price and order.notional is not None and order.opening and not order.filled:
            order.shares = (order.notional / price).quantize(Decimal("1e-9"), rounding="ROUND_DOWN")

    def _suspend(self, account: Account, order: VenueOrder, ts: int) -> None:
        """Outside regular hours a good-till-cancelled order rests."""
        following = regular_session(self._calendar, ts)
        if not order.open or following is None:
            return
        self._pit.withdraw(order, ts)
        self._agenda.put(following.open, lambda at: self._resume(account, order, at))

    def _resume(self, account: Account, order: VenueOrder, ts: int) -> None:
        if order.open and order.status not in _LEAVING:
            self._work(account, order, ts)

    def _close_auction(self, account: Account, order: VenueOrder, ts: int) -> None:
        price = self._board.mark(order.symbol)
        fits = price is not None and (
            order.limit is None or (order.limit - price) * order.side.sign >= 0
        )
        if fits and price is not None:
            self._filled(account, order, Execution(order.leaves, price), ts)
        else:
            self.end(account, order, Status.CANCELED, ts)

    def _follow(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            account, order = self._known[outcome.order_id]
            if not order.open:
                continue
            if outcome.execution is not None:
                self._filled(account, order, outcome.execution, outcome.ts)
            if outcome.over:
                self.end(account, order, Status.CANCELED, outcome.ts)

    def _filled(self, account: Account, order: VenueOrder, execution: Execution, ts: int) -> None:
        done = self._life.fill(account, order, execution, ts)
        self._mistake(account, order, done, ts)
        if order.open:
            # What chance has cut off goes back to the market after the usual delay.
            self.later(ts, lambda at: self._resume(account, order, at))
        for other in relatives(order):
            if order.open:
                self._shrink(order, other, ts)
            elif other.waiting:
                self.release(account, other, ts)
            elif self._faults.strike("both_exits", Spot(symbol=order.symbol)) is not None:
                self._fill_too(account, other, ts)
            else:
                self.end(account, other, Status.CANCELED, ts)

    def race(self, name: str, account: Account, order: VenueOrder, ts: int) -> None:
        """Where fault `name` strikes, let a leaving order fill at the last moment."""
        price = order.limit if order.limit is not None else self._board.mark(order.symbol)
        if price is None or order.waiting or not order.leaves:
            return
        if self._faults.strike(name, Spot(symbol=order.symbol)) is None:
            return
        part = order.leaves // 2
        taken = part if part and self._faults.coin() else order.leaves
        self._pit.withdraw(order, ts)
        self._filled(account, order, Execution(taken, price), ts)

    def _mistake(self, account: Account, order: VenueOrder, done: Execution, ts: int) -> None:
        """Where a fault strikes, take the execution back later, wholly or by half."""
        fault = self._faults.first(("bust", "correction"), Spot(symbol=order.symbol))
        if fault is None:
            return
        kept = ZERO if fault.name == "bust" else done.qty // 2

        def correct(at: int) -> None:
            if order.open:
                # Only what is over is corrected: shares that come back would have to trade again.
                self._agenda.put(at + SECOND, correct)
            else:
                self._life.correct(account, order, done, kept, at)

        self._agenda.put(ts + self._faults.delay(fault), correct)

    def _fill_too(self, account: Account, other: VenueOrder, ts: int) -> None:
        """Let the second exit of a group fill at its own price."""
        price = other.limit if other.stop is None else other.stop
        self._pit.withdraw(other, ts)
        if price is not None:
            self._life.fill(account, other, Execution(other.leaves, price), ts)

    def _shrink(self, order: VenueOrder, other: VenueOrder, ts: int) -> None:
        """After a partial fill of one exit the other covers what is left of the position."""
        if order.opening or other.waiting:
            return
        other.shares = other.filled + order.leaves
        other.qty = other.shares
        self._pit.resize(other, ts)


def relatives(order: VenueOrder) -> list[VenueOrder]:
    """The other open orders of `order`'s group."""
    top = order if order.parent is None else order.parent
    return [each for each in (top, *top.legs) if each is not order and each.open]
