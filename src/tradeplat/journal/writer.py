"""The order journal as the loop knows it: what was awaited is on disk, and nothing ever blocks."""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple, Self

from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.errors import Corrupt
from tradeplat.core.journal import SeatState
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.core.ports import Clock
from tradeplat.journal.disk import Disk
from tradeplat.journal.entries import (
    Entry,
    Imposed,
    Intended,
    Moved,
    Noted,
    Reported,
    Seated,
    Stamped,
)
from tradeplat.journal.orders import MOST, OrderStore

SOURCE = "journal"
"""The source of the conditions that the journal asks for."""

Roll = Callable[[OrderStore, Stamped], OrderStore]
"""Closes a store and opens that of the day of an entry; the same one while the day is its own."""

_Waiter = asyncio.Future[None] | None


class Limits(NamedTuple):
    """Seconds of the loop, and entries."""

    alarm: float = 0.1
    """A commit slower than this is told."""
    reduce: float = 1.0
    """A commit slower than this lets orders only reduce, while it lasts and `calm` after it."""
    calm: float = 10.0
    keep: float = 1.0
    """How often the side file is made durable while there is something new; half as often while
    there is always somebody who waits for a commit.
    """
    quick: float = 0.005
    """For so long the rest of the process stands back for a commit that somebody waits for."""
    queue: int = 8_192
    """Entries that may wait; a disk that is further behind counts as failed."""
    crowded: int = 6_553


class Ears(NamedTuple):
    """Who hears how the journal fares: conditions to impose, alarms, nanoseconds of each commit.

    `steady` counts nanoseconds finely enough for that; without one the loop's own clock has to do.
    """

    impose: Callable[[Condition], object]
    alarm: Callable[[str, str], None]
    observe: Callable[[int], None]
    steady: Callable[[], int] | None = None


def same_day(store: OrderStore, entry: Stamped) -> OrderStore:
    """Never roll."""
    return store


class JournalWriter:
    """Writes the journal (execution/timings.py: OrderJournal) from the loop. An async context.

    `run` is supervised, once, and fatally. `intent`, `reports` and `mode` return when what they
    were given is durable; `moved`, `note` and `seat` return at once and keep their place in the
    order. Whatever waits is written in one transaction of at most 256 entries. A commit that
    fails is never tried again: from then on `dead` says why, what is awaited raises Corrupt, what
    is not is dropped, and only cancels pass. Leaving writes what still waits, closes the file in
    order, and is the last thing a session does. `roll` changes over to the next day's file.
    """

    def __init__(
        self,
        store: OrderStore,
        disk: Disk,
        clock: Clock,
        ears: Ears,
        limits: Limits = Limits(),  # noqa: B008  # a frozen tuple of numbers
        roll: Roll = same_day,
    ) -> None:
        self.store = store
        self.dead = ""
        """Why nothing can be written any more, empty while all is well."""
        self._disk = disk
        self._clock = clock
        self._ears = ears
        self._limits = limits
        self._roll = roll
        self._queue: deque[tuple[Stamped, _Waiter]] = deque()
        self._writing: list[tuple[Stamped, _Waiter]] = []
        self._faults: list[Corrupt | None] | None = None
        self._seats: dict[tuple[str, str], SeatState] = {}
        self._wake = asyncio.Event()
        self._pressing = False
        self._keep_at = 0.0
        self._unkept = False
        self._crowded = False
        self._slow_at: float | None = None
        self._awaited_at: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def idle(self) -> bool:
        """True when everything that was handed over is on disk, or never will be."""
        return not self._queue and not self._writing

    @property
    def committing(self) -> bool:
        """True while a commit is waited for that is not slow yet."""
        since = self._awaited_at
        if since is None:
            return False
        return asyncio.get_running_loop().time() - since < self._limits.quick

    async def intent(self, order: Order) -> None:
        """Make `order` durable before it is sent; Corrupt when that failed or it was there."""
        await self._written(Intended(order))

    async def reports(self, reports: Sequence[Report]) -> None:
        """Make what the venue said durable before anybody acts on it; Corrupt when that failed, or
        when a report cannot be (core/fold.py), whatever becomes of the others.
        """
        await self._written(*map(Reported, reports))

    def heard(self, report: Report) -> None:
        """Keep what the venue said, of which somebody could not wait for the disk to act on it."""
        self._put(self._stamped(Reported(report)), None)

    async def mode(self, condition: Condition) -> None:
        """Make a condition durable, to stand again after a restart; NORMAL lifts it."""
        await self._written(Imposed(condition))

    def moved(self, order_id: str, state: OrderState, reason: str, ts: int) -> None:
        """Keep a move of our own, made at `ts`; one the table forbids leaves nothing.

        SENDING is written with what comes next: to a restart it says no more than INTENT did, and
        the disk is free for the next order.
        """
        told = Stamped(ts, self._mono(), Moved(order_id, state, reason))
        self._put(told, None, pressing=state is not OrderState.SENDING)

    def note(self, kind: str, body: Mapping[str, object]) -> None:
        """Keep a record of any kind (core/journal.py: Kind); CORRECTION and SNAPSHOT change what
        is recovered.
        """
        self._put(self._stamped(Noted(kind, dict(body))), None)

    async def noted(self, kind: str, body: Mapping[str, object]) -> None:
        """Keep such a record, and return once it is durable; Corrupt when it will not be."""
        await self._written(Noted(kind, dict(body)))

    def seat(self, strategy: str, symbol: str, ts: int, state: dict[str, object]) -> None:
        """Keep the memory of a strategy after the event at `ts`: the newest, within a second."""
        if not self.dead:
            self._seats[strategy, symbol] = SeatState(strategy, symbol, ts, state)
            self._later()

    async def run(self) -> None:
        """Write what is handed over, for ever; Corrupt when it cannot be written any more."""
        while True:
            if not self._pressing and not self.dead:
                self._wake.clear()
                with suppress(TimeoutError):  # the time to keep memories has come
                    async with asyncio.timeout(self._until_keep()):
                        await self._wake.wait()
            if self.dead:
                raise Corrupt(self.dead)
            if self._pressing:
                await self._commit()
            if self._keep_due():
                await self._keep()

    async def drain(self) -> None:
        """Write what waits; `run` has ended by then. What cannot be written is given up."""
        if not self.dead:
            # A commit whose asker was cancelled is still under way: this waits its turn.
            await self._disk.run(int)
            self._settle()
        with suppress(Corrupt):  # it is dead, and has said so
            while not self.dead and (self._queue or self._seats):
                await self._commit()

    async def close(self) -> None:
        """Write what waits and close the file."""
        await self.drain()
        try:
            await self._disk.run(self.store.close)
        except Corrupt as error:
            self._die(str(error))
        self.dead = self.dead or f"{self.store.path}: the journal is closed"
        self._fail_all()

    async def _written(self, *entries: Entry) -> None:
        if self.dead:
            raise Corrupt(self.dead)
        loop = asyncio.get_running_loop()
        waiters: list[asyncio.Future[None]] = [loop.create_future() for _ in entries]
        for entry, waiter in zip(entries, waiters, strict=True):
            self._put(self._stamped(entry), waiter)
        faults: list[Corrupt] = []
        for waiter in waiters:
            # One by one: whoever came first goes on first, however many entries he waits for.
            try:
                await waiter
            except Corrupt as fault:
                faults.append(fault)
        if faults:
            raise faults[0]

    def _put(self, stamped: Stamped, waiter: _Waiter, *, pressing: bool = True) -> None:
        """Queue an entry; one that does not press is written with the next one that does, or when
        it is time to make the side file durable.
        """
        if self.dead:
            if waiter is not None:
                waiter.set_exception(Corrupt(self.dead))
            return
        self._queue.append((stamped, waiter))
        waiting = len(self._queue)
        if waiting > self._limits.queue:
            self._die(f"{self.store.path}: the disk is {waiting} records behind")
        elif waiting > self._limits.crowded and not self._crowded:
            self._crowded = True
            self._ears.alarm("journal_behind", f"{waiting} records wait for the disk")
        if pressing:
            self._pressing = True
            if self._awaited_at is None:
                self._awaited_at = asyncio.get_running_loop().time()
            self._wake.set()
        else:
            self._later()

    async def _commit(self) -> None:
        """Write the next batch in one transaction and tell who waits for it."""
        self._writing, self._faults = self._next(), None
        entries = [stamped for stamped, _ in self._writing]
        loop = asyncio.get_running_loop()
        began, before = loop.time(), self._steady()
        late = loop.call_later(self._limits.alarm, self._late, began)
        stuck = loop.call_later(self._limits.reduce, self._stuck, began)
        try:
            with self._or_dead():
                await self._disk.run(partial(self._write, entries))
        finally:
            late.cancel()
            stuck.cancel()
        took = loop.time() - began
        self._ears.observe(self._steady() - before)
        self._calm(took)
        self._later()
        self._answer()
        self._awaited_at = loop.time() if self._pressing else None

    def _next(self) -> list[tuple[Stamped, _Waiter]]:
        """What goes into the next transaction: what waits, in order, and every memory."""
        queue = self._queue
        batch = [queue.popleft() for _ in range(min(len(queue), MOST))]
        self._pressing = bool(queue)
        self._crowded = self._crowded and len(queue) > self._limits.crowded // 2
        batch += [(self._stamped(Seated(seat)), None) for seat in self._seats.values()]
        self._seats.clear()
        return batch

    def _write(self, entries: Sequence[Stamped]) -> None:
        """On the disk's thread: the batch, into the file of its day."""
        if entries:
            self.store = self._roll(self.store, entries[0])
        self._faults = self.store.commit(entries)

    async def _keep(self) -> None:
        if self._seats or self._queue:
            await self._commit()
        # What comes while the disk works is for the next time.
        self._unkept = False
        with self._or_dead():
            await self._disk.run(self.store.keep)

    def _later(self) -> None:
        """Have the side file made durable in a while."""
        if not self._unkept:
            self._unkept = True
            self._keep_at = asyncio.get_running_loop().time() + self._limits.keep
            self._wake.set()

    def _keep_due(self) -> bool:
        """True when the side file's time has come; what presses goes first, for as long again."""
        if not self._unkept:
            return False
        late = asyncio.get_running_loop().time() - self._keep_at
        return late >= (self._limits.keep if self._pressing else 0.0)

    def _until_keep(self) -> float | None:
        if not self._unkept:
            return None
        return max(0.0, self._keep_at - asyncio.get_running_loop().time())

    def _late(self, began: float) -> None:
        waited = asyncio.get_running_loop().time() - began
        self._ears.alarm("journal_slow", f"a commit takes longer than {waited:.1f} s")

    def _stuck(self, began: float) -> None:
        waited = asyncio.get_running_loop().time() - began
        self._slow_at = asyncio.get_running_loop().time()
        self._impose(Mode.REDUCE_ONLY, f"the journal's disk takes longer than {waited:.0f} s")

    def _calm(self, took: float) -> None:
        """Lift what a slow disk imposed, once it has been quick for a while."""
        now = asyncio.get_running_loop().time()
        if self._slow_at is None or took > self._limits.alarm:
            self._slow_at = self._slow_at and now
        elif now - self._slow_at >= self._limits.calm:
            self._slow_at = None
            self._impose(Mode.NORMAL, "the journal's disk is quick again")

    def _impose(self, mode: Mode, why: str) -> None:
        now = self._clock.now()
        self._ears.impose(Condition(SOURCE, ACCOUNT, mode, "MODE", why, SOURCE, now))

    def _die(self, why: str) -> None:
        if self.dead:
            return
        self.dead = why
        self._fail_all()
        self._wake.set()
        self._impose(Mode.CANCEL_ONLY, why)
        self._ears.alarm("journal_dead", why)

    @contextmanager
    def _or_dead(self) -> Iterator[None]:
        """Whatever fails inside, a mistake of ours included, is the end of the journal."""
        try:
            yield
        finally:
            error = sys.exc_info()[1]
            if isinstance(error, Exception):
                self._die(str(error))

    def _settle(self) -> None:
        """Answer for a commit whose asker was cancelled, now that it is over."""
        if self.store.dead:
            self._die(self.store.dead)
        elif self._faults is None:
            self._queue.extendleft(reversed(self._writing))
            self._writing = []
        else:
            self._answer()

    def _answer(self) -> None:
        """Tell who waits for the batch that was written what became of each entry."""
        batch, self._writing = self._writing, []
        # Where the journal died meanwhile, nobody is left in the batch.
        for (_, waiter), fault in zip(batch, self._faults or (), strict=False):
            if waiter is None or waiter.done():
                continue
            if fault is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(fault)

    def _fail_all(self) -> None:
        for _, waiter in (*self._writing, *self._queue):
            if waiter is not None and not waiter.done():
                waiter.set_exception(Corrupt(self.dead))
        self._writing.clear()
        self._queue.clear()
        self._seats.clear()

    def _stamped(self, entry: Entry) -> Stamped:
        return Stamped(self._clock.now(), self._mono(), entry)

    def _steady(self) -> int:
        return self._mono() if self._ears.steady is None else self._ears.steady()

    @staticmethod
    def _mono() -> int:
        return int(asyncio.get_running_loop().time() * 1e9)
