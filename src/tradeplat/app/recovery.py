"""Start is recovery: a session begins where the account stands, whoever left it so, and how.

The lease is taken, the journal tells what was meant, the broker what exists. Orders that may have
been sent are UNKNOWN and never sent again; strategies get their memory back; entries stay locked
until our book was held against the broker's. There is no other start-up path.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Protocol

import structlog
from msgspec.structs import replace

from tradeplat.app import journaling
from tradeplat.app.settings import Settings
from tradeplat.core import state
from tradeplat.core.errors import BadInput, Denied
from tradeplat.core.journal import Holding, Kind, Recovered, Snapshot
from tradeplat.core.lease import NO_LEASE, Lease, lease_file
from tradeplat.core.orders import EXTERNAL, Order, OrderState
from tradeplat.core.ports import Account
from tradeplat.core.position import Position
from tradeplat.core.record import Restored
from tradeplat.desk.desk import Desk
from tradeplat.desk.floor import Floor
from tradeplat.desk.seat import SHOWN, Seat
from tradeplat.execution.account import AccountWatch
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.timings import Alarm, OrderJournal

log = structlog.get_logger()

RESTARTED = "the process was restarted: it may have been sent"
"""Why an order is UNKNOWN that was on its way when the process before ended."""

SAVING = 5.0
"""Seconds of the wall within which every strategy's memory is saved once."""
SLICES = 20
"""Parts of that in which memories are saved one after the other: none holds up the loop."""
SETTLING = 5.0
"""Seconds for which a start waits for the account to agree before desks open."""
CLEARING = 10.0
"""Seconds for which a lease that another holds is waited for."""
RETRYING = 0.25
OWNING = 1.0
"""Seconds between looks at whether the lease is still ours."""

_UNSENT = frozenset({OrderState.INTENT, OrderState.SENDING})


class Book(Protocol):
    """The broker, as far as it remembers an earlier life (core.ports.Remembers)."""

    def know(self, orders: Iterable[Order]) -> None:
        """Take in our orders, as they were last known."""


class Found(NamedTuple):
    """What a session finds: what the journal told, and the account as the broker has it."""

    told: Recovered
    account: Account


def restored(found: Found) -> Restored:
    """The account as the session begins with it.

    Without a journal everything is as the broker has it and nobody here bought it; else as the
    journal left it, with every order in doubt that was on its way.
    """
    told, account = found
    if told.fresh:
        held = tuple(
            Holding(EXTERNAL, symbol, Position(quantity, average))
            for symbol, quantity, average in account.positions
        )
        return Restored(held, cash=account.cash)
    return Restored(
        tuple(
            Holding(strategy, symbol, position)
            for (strategy, symbol), position in sorted(told.holdings.items())
        ),
        tuple(_in_doubt(order) for order in told.orders),
        told.seats,
        account.cash if told.cash is None else told.cash,
        told.levels,
        told.counted,
    )


class Parts(NamedTuple):
    """What a start puts in order."""

    floor: Floor
    executor: OrderExecutor
    broker: Book
    journal: OrderJournal


@asynccontextmanager
async def leased(settings: Settings, account: str) -> AsyncIterator[Lease]:
    """The lease on `account`, held before anything else is done with it and until the end.

    Whoever clears up after a dead session holds it for a few seconds: it is waited for that long.
    Raises Denied when it stays another's.
    """
    lease = Lease(lease_file(journaling.folder_of(settings), account), account)
    deadline = asyncio.get_running_loop().time() + CLEARING
    while not lease.held:
        try:
            lease.take()
        except Denied:
            if asyncio.get_running_loop().time() >= deadline:
                raise
            await asyncio.sleep(RETRYING)
    with lease:
        yield lease


def begun(lease: Lease, found: Found, parts: Parts, alarm: Alarm) -> "Start":
    """Begin, and say what has to go on from here."""
    lease.begin(found.told.epoch)
    begin(found, parts)
    if found.told.lost:
        alarm("journal_lost", found.told.lost)
    memories = Memories(parts.floor.desks, parts.journal, alarm)
    parts.executor.results.listen(memories.heard)
    log.info("account_recovered", **summary(found))
    return Start(Ownership(lease), memories, symbols(restored(found)))


def begin(found: Found, parts: Parts) -> None:
    """Begin where the account stands, before anything else is known or done of it.

    Restores the floor, tells the broker of our orders, journals what the start itself decides, and
    locks entries until the account was held against the broker's.
    """
    told, account = found
    floor, executor, broker, journal = parts
    now = account.ts
    start = restored(found)
    if start.holdings or not told.fresh:
        floor.on_recovered(start, now)
    if told.fresh or told.cash is None:
        held = start.holdings if told.fresh else None
        opening = Snapshot(ts=now, cash=account.cash, equity=account.equity, holdings=held)
        journal.note(Kind.SNAPSHOT, opening.body())
    for order in told.orders:
        if order.state in _UNSENT:
            journal.moved(order.id, OrderState.UNKNOWN, RESTARTED, now)
    for condition in told.standing(now):
        floor.on_condition(condition, now)
    broker.know(start.orders)
    # Where nothing at all is known of before, the account's whole history explains nothing.
    executor.account.balance.since = told.wall or now
    executor.resume()


def symbols(restored_: Restored) -> list[str]:
    """Tickers that need a desk, whether the scanner lists them or not."""
    held = (holding.symbol for holding in restored_.holdings if holding.position.quantity)
    working = (order.symbol for order in restored_.orders if order.open)
    return sorted({*held, *working})


def summary(found: Found) -> dict[str, object]:
    """What was found, in numbers, for the log."""
    told, account = found
    return {
        "epoch": told.epoch,
        "fresh": told.fresh,
        "run": told.run,
        "orders": len(told.orders),
        "open": len(told.open_orders),
        "in_doubt": sum(order.state in _UNSENT for order in told.orders),
        "positions": len(told.holdings),
        "at_broker": len(account.positions),
        "strategies": len(told.seats),
        "conditions": len(told.conditions),
        "lost": told.lost,
    }


class Ownership:
    """The lease on the account, looked at while the session lasts; `run` is supervised, fatally."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease

    def objection(self) -> str:
        """Why nothing may be sent by this process, empty when it may."""
        if self.lease.held:
            return ""
        return f"{NO_LEASE}: this process does not own account {self.lease.account}"

    async def run(self) -> None:
        """Return never; Denied once the lease is somebody else's."""
        while True:
            await asyncio.sleep(OWNING)
            if not self.lease.held:
                break
        raise Denied(f"{NO_LEASE}: {self.lease.file} is not the lease of this process any more")


class Start(NamedTuple):
    """What goes on from the start of a session: the lease, memories, and desks to be reopened."""

    owner: Ownership
    memories: "Memories"
    symbols: list[str]

    def bodies(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """Everything to be supervised, by name."""
        return {"lease": self.owner.run, "memories": self.memories.run}

    async def settled(self, account: AccountWatch) -> None:
        """Return once the account agrees, or takes long: entries stay locked until it does."""
        with suppress(TimeoutError):  # the locks on entries say the rest
            async with asyncio.timeout(SETTLING):
                await account.until_confirmed()


class Memories:
    """Keeps every strategy's memory in the journal: on each change of what it holds, and in turn.

    A strategy whose state cannot be saved (core/state.py) is told of once and left.
    """

    def __init__(self, desks: Mapping[str, Desk], journal: OrderJournal, alarm: Alarm) -> None:
        self._desks = desks
        self._journal = journal
        self._alarm = alarm
        self._saved: dict[tuple[str, str], int] = {}
        self._mute: set[str] = set()
        self._queue: deque[tuple[Desk, Seat]] = deque()
        self._share = 0

    def heard(self, order: Order) -> None:
        """What `order` belongs to has changed."""
        desk = self._desks.get(order.symbol)
        if desk is not None:
            for seat in desk.seats:
                if seat.name == order.strategy:
                    self._save(desk, seat)

    def save_all(self) -> None:
        """Save what has seen anything since it was saved."""
        for desk in self._desks.values():
            for seat in desk.seats:
                self._refresh(desk, seat)

    async def run(self) -> None:
        """Save in turn, a slice at a time, for ever."""
        while True:
            await asyncio.sleep(SAVING / SLICES)
            if not self._queue:
                for desk in self._desks.values():
                    self._queue.extend((desk, seat) for seat in desk.seats)
                self._share = -(-len(self._queue) // SLICES)
            for _ in range(min(self._share, len(self._queue))):
                self._refresh(*self._queue.popleft())

    def _refresh(self, desk: Desk, seat: Seat) -> None:
        there = self._desks.get(desk.symbol) is desk
        if there and self._saved.get((seat.name, desk.symbol)) != desk.seen:
            self._save(desk, seat)

    def _save(self, desk: Desk, seat: Seat) -> None:
        if seat.name in self._mute:
            return
        try:
            saved = state.save(seat.strategy)
        except BadInput as error:
            self._mute.add(seat.name)
            self._alarm("state_not_saved", f"{seat.name}: {error}")
            return
        self._saved[seat.name, desk.symbol] = desk.seen
        shown = {str(span): ts for span, ts in desk.shown.items()}
        self._journal.seat(seat.name, desk.symbol, desk.seen, {**saved, SHOWN: shown})


def _in_doubt(order: Order) -> Order:
    if order.state not in _UNSENT:
        return order
    return replace(order, state=OrderState.UNKNOWN, reason=RESTARTED)
