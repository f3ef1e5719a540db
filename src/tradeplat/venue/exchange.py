"""The exchange behind the trading API: takes, changes and cancels orders for its accounts.

Everything here is synchronous and in venue time. The market hands in its events in order and says
`settle` when an instant is over; a running venue also calls `settle` when `next_due` has come.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
import numpy as np

from tradeplat.core.calendar import Calendar
from tradeplat.core.errors import Corrupt
from tradeplat.core.market import MINUTE, Bar, Quote, Trade
from tradeplat.core.orders import OrderType, TimeInForce
from tradeplat.venue.accounts import Account
from tradeplat.venue.agenda import Agenda, Deed
from tradeplat.venue.assets import Asset, Universe
from tradeplat.venue.books import Books, NoBooks
from tradeplat.venue.faults import Faults, Spot
from tradeplat.venue.lifecycle import Lifecycle
from tradeplat.venue.order_book import CLOSED, Status, VenueOrder, order_wire
from tradeplat.venue.order_checks import Case, check_free, check_order
from tradeplat.venue.order_flow import Event, OrderFlow, Pit, Tools
from tradeplat.venue.order_log import OrderLog
from tradeplat.venue.order_making import expiry, hours_of, make_order
from tradeplat.venue.order_request import OrderRequest, Side
from tradeplat.venue.prices import PriceBoard
from tradeplat.venue.profile import Profile
from tradeplat.venue.refusals import unprocessable
from tradeplat.venue.replacing import (
    Change,
    changed_order,
    check_change,
    check_cost,
    is_replacing,
)
from tradeplat.venue.stream_faults import Leak
from tradeplat.venue.venue_ids import VenueIds

_MICROSECOND = 1_000
_FOREVER = 1 << 62


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange is made of; `now` is the venue's clock in UTC ns."""

    accounts: Sequence[Account]
    universe: Universe
    calendar: Calendar
    profile: Profile
    board: PriceBoard
    pit: Pit
    log: OrderLog
    rng: np.random.Generator
    now: Callable[[], int]
    faults: Faults = msgspec.field(default_factory=lambda: Faults(np.random.default_rng(0)))
    books: Books | NoBooks = msgspec.field(default_factory=NoBooks)


class Exchange:
    """Takes orders and tells every account what becomes of its own."""

    def __init__(self, setup: Setup) -> None:
        self.accounts = setup.accounts
        self.universe = setup.universe
        self.calendar = setup.calendar
        self.profile = setup.profile
        self.board = setup.board
        self.log = setup.log
        self.now = setup.now
        self.faults = setup.faults
        """What goes wrong on demand."""
        self.faults.now = setup.now
        self.on_halt: Callable[[str, int], None] = _no_halt
        """Halts a symbol for so many ns."""
        self._ids = VenueIds(setup.rng)
        self._order_ids = VenueIds(setup.rng)
        self._agenda = Agenda()
        for account in setup.accounts:
            account.feed.leak = Leak(self.faults, "account", account.feed, self._after)
        self._life = Lifecycle(
            agenda=self._agenda,
            log=setup.log,
            ids=self._ids,
            profile=setup.profile,
            faults=self.faults,
            books=setup.books,
        )
        self._flow = OrderFlow(
            Tools(
                calendar=setup.calendar,
                profile=setup.profile,
                agenda=self._agenda,
                life=self._life,
                board=setup.board,
                pit=setup.pit,
                faults=self.faults,
            )
        )
        self._minute = 0
        self._day_end = self._end_of_day(self.now())

    @property
    def next_due(self) -> int | None:
        """When `settle` has something to do next, None when it has nothing more today.

        What is due on a later day waits until the market or a request brings that day about.
        """
        due = self._agenda.next_due
        return due if due is not None and due <= self._day_end else None

    def on_sooner(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something is due before all that was due so far."""
        self._agenda.on_sooner = wake

    def settle(self, now: int) -> None:
        """Do all that is due at or before `now`: activations, expiries, updates."""
        self._roll(now)
        self._agenda.run(now)

    def on_event(self, event: Event) -> None:
        """Take in a market event: of one symbol only its finest bars, everything in time order.

        What was due before the event happens first, what is due at its very instant after it.
        """
        self.settle(event.ts - 1)
        if isinstance(event, Quote):
            self.board.on_quote(event)
        elif isinstance(event, Trade):
            self.board.on_trade(event)
        elif isinstance(event, Bar):
            self.board.on_bar(event)
        self._flow.on_event(event)
        self._sample(event.ts)

    def resume(self, ts: int) -> None:
        """Go on where the books of an earlier life ended, with the same open orders."""
        for account in self.accounts:
            given = [order.id for order in account.orders]
            self._order_ids.remember(given)
            if given and self.faults.strike("restart_id_rollback") is not None:
                self.roll_ids_back(account)
            for order in account.orders.open_orders():
                if order.status is Status.PENDING_REPLACE:
                    self._resume_replace(account, order, ts)
                elif order.open and not is_replacing(account, order):
                    self._flow.resume(account, order, ts)

    def asset(self, symbol: str) -> Asset:
        """The asset of a symbol that is traded here; Corrupt when there is none."""
        found = self.universe.find(symbol)
        if found is None:
            raise Corrupt(f"{symbol} is held but not in the venue's universe")
        return found

    def submit(self, account: Account, request: OrderRequest) -> dict[str, object]:
        """Take an order; the answer shows it as it was taken. Raises Refusal (403 or 422)."""
        now = self.now()
        case = self._case(account, request)
        check_order(case)
        self._upset(account, request.symbol)
        order = make_order(case, self._order_ids, hours_of(self.calendar, request, now), now)
        self._keep(account, order, now)
        return self._flow.enter(account, order, now)

    def cancel(self, account: Account, order: VenueOrder) -> None:
        """Ask for a cancel; the outcome comes as an update. Raises Refusal (422)."""
        if order.status in CLOSED:
            raise unprocessable(f'order is already in "{order.status}" state')
        if order.status is Status.PENDING_REPLACE or is_replacing(account, order):
            raise unprocessable("order is pending replace and cannot be canceled")
        if order.status is Status.PENDING_CANCEL:
            return
        now = self.now()
        self._life.move(account, order, Status.PENDING_CANCEL, now)
        self._flow.later(now, lambda ts: self._finish_cancel(account, order, ts))

    def cancel_all(self, account: Account, *, at_once: bool = False) -> list[VenueOrder]:
        """Ask for a cancel of every open order, or end them before this returns."""
        asked = [
            order
            for order in account.orders.open_orders()
            if at_once
            or not (order.status is Status.PENDING_REPLACE or is_replacing(account, order))
        ]
        for order in asked:
            if at_once:
                self._flow.end(account, order, Status.CANCELED, self.now())
            elif order.open:
                self.cancel(account, order)
        return asked

    def replace(self, account: Account, order: VenueOrder, change: Change) -> dict[str, object]:
        """Change an open order: the answer is the order that takes its place, with a new id.

        Raises Refusal (403 or 422).
        """
        now = self.now()
        check_change(account, order, change)
        made = changed_order(order, change)
        figures = account.figures(self.board.mark)
        check_cost(account, figures, order, made)
        made.id = self._order_ids.draw()
        made.client_id = change.client_id or self._order_ids.draw()
        made.created = made.submitted = made.updated = now
        made.expires_at = expiry(made.tif, hours_of(self.calendar, made, now), now)
        made.waiting = True
        before = order.status
        made.status = Status.PENDING_NEW if before not in {Status.ACCEPTED, Status.HELD} else before
        self._keep(account, made, now)
        self._life.move(account, order, Status.PENDING_REPLACE, now)
        taken = order_wire(made, nested=True)
        self._flow.later(now, lambda ts: self._finish_replace(account, order, made, ts))
        return taken

    def close_position(
        self, account: Account, symbol: str, quantity: Decimal | None
    ) -> dict[str, object]:
        """Place the market order that closes `quantity` shares of a position, None for all.

        Raises Refusal (403) when open orders hold the shares.
        """
        held = account.held(symbol).quantity
        side = Side.SELL if held > 0 else Side.BUY
        wanted = abs(held) if quantity is None else quantity
        check_free(account, symbol, side, wanted)
        return self.submit(
            account,
            OrderRequest(
                symbol=symbol,
                side=side,
                type=OrderType.MARKET,
                tif=TimeInForce.DAY,
                qty=wanted,
            ),
        )

    def _after(self, delay: int, deed: Deed) -> None:
        self._agenda.put(self.now() + delay, deed)

    def _upset(self, account: Account, symbol: str) -> None:
        """Where faults strike as an order arrives: halt its symbol, forget which ids are taken."""
        spot = Spot(symbol=symbol)
        halt = self.faults.strike("halt", spot)
        if halt is not None:
            self.on_halt(symbol, self.faults.delay(halt))
        if self.faults.strike("restart_id_rollback", spot) is not None:
            self.roll_ids_back(account)

    def roll_ids_back(self, account: Account) -> int:
        """Give ids of finished orders again, as a venue that lost its counter does."""
        book = account.orders

        def free(order_id: str) -> bool:
            order = book.get(order_id)
            return order is not None and not order.open

        return self._order_ids.roll_back(free)

    def _case(self, account: Account, request: OrderRequest) -> Case:
        asset = self.universe.find(request.symbol)
        if asset is None:
            raise unprocessable(f'asset "{request.symbol[:32]}" not found')
        prices = self.board.of(asset.symbol)
        return Case(request, account, asset, prices, account.figures(self.board.mark), self.profile)

    def _keep(self, account: Account, order: VenueOrder, now: int) -> None:
        """Keep `order` with its legs, each submitted at a time of its own: lists page by it."""
        for each in (order, *order.legs):
            account.last_submitted = max(now, account.last_submitted + _MICROSECOND)
            each.submitted = account.last_submitted
            account.orders.add(each)
        self._life.keep(account, order, now)

    def _finish_cancel(self, account: Account, order: VenueOrder, ts: int) -> None:
        if order.status is Status.PENDING_CANCEL:
            self._flow.race("fill_races_cancel", account, order, ts)
            # A race that was lost leaves nothing to cancel.
            self._flow.end(account, order, Status.CANCELED, ts)
        if order.status is Status.FILLED:
            self._life.tell(account, order, "order_cancel_rejected", ts)

    def _resume_replace(self, account: Account, order: VenueOrder, ts: int) -> None:
        """A replacement that the venue's end cut short is carried out."""
        for made in account.orders.open_orders(order.symbol):
            if made.replaces == order.id:
                self._flow.adopt(account, order)
                self._finish_replace(account, order, made, ts)

    def _finish_replace(
        self, account: Account, order: VenueOrder, made: VenueOrder, ts: int
    ) -> None:
        if order.open:
            self._flow.race("fill_races_replace", account, order, ts)
        if not order.open:
            self._life.tell(account, order, "order_replace_rejected", ts)
            if made.open:
                self._life.move(account, made, Status.REJECTED, ts)
            return
        self._flow.take_over(order, made, ts)
        if not self.profile.replace_keeps_quantity:
            made.qty = made.shares = made.shares - order.filled
        order.replaced_by = made.id
        held, accepted = _take_place(order, made), made.status is Status.ACCEPTED
        self._life.move(account, order, Status.REPLACED, ts)
        if accepted:
            self._flow.await_hours(account, made, ts)
        elif held:
            self._flow.adopt(account, made)
        else:
            self._flow.release(account, made, ts)

    def _roll(self, now: int) -> None:
        """Begin a new trading day once the last one's extended hours are over."""
        if now <= self._day_end:
            return
        self._agenda.run(self._day_end)
        for account in self.accounts:
            account.roll_day(self.board.mark)
        self.board.roll_day()
        self._day_end = self._end_of_day(now)

    def _end_of_day(self, now: int) -> int:
        session = self.calendar.upcoming(now)
        return session.post_close if session is not None else _FOREVER

    def _sample(self, ts: int) -> None:
        """Note every account's equity once a minute."""
        minute = ts // MINUTE
        if minute == self._minute:
            return
        self._minute = minute
        for account in self.accounts:
            account.curve.sample(ts, account.figures(self.board.mark).equity)


def _no_halt(_: str, __: int) -> None:
    """Halt nothing."""


def _take_place(order: VenueOrder, made: VenueOrder) -> bool:
    """Put `made` where `order` stood among its legs or its group; True when it is a waiting leg."""
    held = order.parent is not None and order.waiting
    made.waiting = held
    made.hwm = order.hwm
    made.legs, order.legs = order.legs, []
    for leg in made.legs:
        leg.parent = made
        leg.qty = leg.shares = made.shares
        leg.expires_at = made.expires_at
        leg.tif = made.tif
    if order.parent is not None:
        order.parent.legs = [made if leg is order else leg for leg in order.parent.legs]
    return held
