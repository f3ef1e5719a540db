"""Judges an order in the moment it leaves, is given up or comes back: what heals later was wrong
all the same.
"""

from decimal import Decimal
from typing import Protocol

import msgspec

from faultsim.host import HOST
from faultsim.oracle import Oracle, is_way_out, name_of
from faultsim.schedule import Schedule
from tradeplat.app.live import Live
from tradeplat.core.ids import is_ours
from tradeplat.core.market import SECOND
from tradeplat.core.orders import EXTERNAL, Order, OrderState, Purpose

_IN_FLIGHT = 7 * SECOND
"""An approved order may wait two seconds for its turn, and its request five for a connection."""
_STALE = 2 * SECOND
_TTL = 2 * SECOND
"""How long after it was decided an order may still leave (T3)."""
_MISSING = 30.0
"""Seconds for which the venue has to deny an order before it was never placed (T11)."""
_LATE = 15 * SECOND
_JOURNALED = 0.5
"""Seconds after which a kill is on the disk, where that is neither slow nor broken."""
_DISKS = frozenset({"disk_slow", "disk_error", "damage"})
_MEANT = "SELECT 1 FROM orders WHERE coid = ?"
_BODY = "SELECT body FROM orders WHERE coid = ?"
_GIVEN_UP = frozenset({OrderState.ABANDONED, OrderState.NOT_PLACED, OrderState.REJECTED})
_LEGS = frozenset({Purpose.STOP, Purpose.TARGET})
_WAITS = frozenset({Purpose.EXIT, Purpose.FLATTEN})
_REFUSALS = frozenset({400, 401, 403, 422})
_FORGETS = frozenset({"forgotten_id", "restart_id_rollback"})
"""Faults by which a venue denies for longer than T11 asks what it has."""

Blame = tuple[str, str]


class Stage(Protocol):
    """What a judge sees of a world."""

    schedule: Schedule

    @property
    def session(self) -> Live | None:
        """The session of the daemon in power, from the beginning of its start on."""

    @property
    def seconds(self) -> float:
        """Virtual seconds."""

    @property
    def market_now(self) -> int:
        """The venue's clock, UTC ns."""


class Moments:
    """Blames through `oracle`, which tells it of every change and every request."""

    def __init__(self, stage: Stage, oracle: Oracle) -> None:
        self._stage = stage
        self._oracle = oracle
        self._life = 0
        self._traceless: set[str] = set()
        self._born: dict[str, int] = {}
        """In which life of the daemon each order was first heard of."""
        self._left: dict[str, float] = {}
        """When each order's request left last."""
        self.revived: set[str] = set()
        """Orders that were given up and that the venue showed all the same."""
        self._died = 0.0
        self._closes = 0
        """The life in which everything was to be closed."""
        self._pulled: float | None = None
        """When trading was killed; nobody ever lets it go on."""
        self._faults = {str(step.body.get("name", step.deed)) for step in stage.schedule.steps}

    def begin_life(self) -> None:
        """Another process begins; a kill stands on, unless there was no time to journal it."""
        self._life += 1
        late = self._pulled is not None and self._died - self._pulled < _JOURNALED
        if late or self._faults & _DISKS:
            self._pulled = None

    def _end_life(self) -> None:
        self._died = self._stage.seconds

    def watch(self, live: Live) -> None:
        """Hear of the kill switch of a session from the hand that pulls it."""
        trip, host = live.keyboard.trip, HOST.get()
        if trip is None or host is None:
            return
        host.vanish.append(self._end_life)

        def pulled(who: str, why: str, *, flatten: bool = False) -> object:
            self._pulled = self._stage.seconds
            self._closes = self._life if flatten else self._closes
            return trip(who, why, flatten=flatten)

        live.keyboard.trip = pulled

    def at_wire(self, order_id: str) -> Blame | None:
        """Why an order must not leave now: it has to be durable (I3) and meant by this process
        (T9), and an entry needs a normal mode and a fresh quote (I7).

        What was decided may take as long as a request may to leave; only what is older counts.
        """
        live = self._stage.session
        if live is None:
            return None
        self._left[order_id] = self._stage.seconds
        if is_ours(order_id) and not is_way_out(order_id):
            if not _is_durable(live, order_id):
                return "I3", f"{order_id} leaves before it is in the journal"
            if self._born.get(order_id, self._life) != self._life:
                return "I1", f"{order_id} leaves, though an earlier process may have sent it (T9)"
        order = self._oracle.orders.get(order_id)
        if order is None or order.purpose is not Purpose.ENTRY:
            return None
        return self._entering_late(live, order)

    def _entering_late(self, live: Live, order: Order) -> Blame | None:
        now = live.clock.now()
        found = live.desks.house.conditions.strictest(order.symbol, order.strategy, now)
        if found is not None and now - found.ts > _IN_FLIGHT:
            return "I7", f"{order.id} leaves although {found.source} asks {found.mode}: {found.why}"
        age = self._stage.market_now - _priced(live, order.symbol)
        if age > _STALE + _IN_FLIGHT:
            return "I7", f"{order.id} leaves on a price {age / SECOND:.1f} s old"
        return None

    def changed(self, before: Order | None, order: Order) -> None:
        """Judge a change of an order."""
        live = self._stage.session
        given_up = order.state is OrderState.ABANDONED
        if given_up and live is not None and not _is_durable(live, order.id):
            # Given up before it was written down: it left no trace, and its id is free.
            self._traceless.add(order.id)
            return
        self._born.setdefault(order.id, self._life)
        if live is None or is_way_out(order.id):
            return
        was = None if before is None or order.id in self._traceless else before.state
        self._traceless.discard(order.id)
        if order.state is OrderState.SENDING and was is not OrderState.SENDING:
            for why in (self._barred(live, order), self._too_late(live, order)):
                if why:
                    self._oracle.blame("I7", f"{order.id} is sent although {why}")
            self._closes_what_is_free(live, order)
            self._protects_what_is_held(live, order)
        if order.state in _GIVEN_UP and was not in _GIVEN_UP:
            self._given_up(order)
        if was in _GIVEN_UP and order.open:
            self.revived.add(order.id)
        hidden = self._faults & _FORGETS or self._oracle.alarms["CLOSE_ALL"]
        if before is None and order.strategy == EXTERNAL and not hidden:
            # Where the venue hides an entry, its legs are nobody's until it shows them (T29).
            self._oracle.blame("I4", f"{order.id} is taken for a stranger's")

    def _barred(self, live: Live, order: Order) -> str:
        """What forbids an order to leave, whatever it is for: the lease, a kill (I7)."""
        if not live.start.owner.lease.held:
            return "the account is not ours"
        if self._pulled is not None and order.purpose is not Purpose.FLATTEN:
            return "trading was killed"
        account = live.executor.account
        drift = account.drift.get(order.symbol)
        # What the venue itself holds may be made smaller while the counts differ.
        shrinks = drift is not None and drift.theirs * order.quantity < 0
        if order.purpose is not Purpose.FLATTEN and not account.confirmed and not shrinks:
            return "our book was not held against the broker's"
        return ""

    def _too_late(self, live: Live, order: Order) -> str:
        """What has come to stand against an order since it was decided (I7, T3, T4).

        Exits that waited for their legs are as old as these made them.
        """
        now = live.clock.now()
        if order.purpose not in _WAITS and now - order.created > _TTL:
            return f"it was decided {(now - order.created) / SECOND:.1f} s ago"
        if order.purpose is not Purpose.ENTRY:
            return ""
        found = live.desks.house.conditions.strictest(order.symbol, order.strategy, now)
        if found is not None:
            return f"{found.source} asks {found.mode}: {found.why}"
        age = now - _priced(live, order.symbol)
        return f"its price is {age / SECOND:.1f} s old" if age > _STALE else ""

    def _closes_what_is_free(self, live: Live, order: Order) -> None:
        """An exit leaves for no more than is held and no leg still claims (I9): sold twice, a
        position is turned round.
        """
        if order.purpose is not Purpose.EXIT:
            return
        book = live.desks.tracker
        held = book.held(order.strategy, order.symbol).quantity
        claimed = [
            one.id
            for one in book.open_orders.values()
            if (one.strategy, one.symbol) == (order.strategy, order.symbol) and one.purpose in _LEGS
        ]
        if claimed:
            self._oracle.blame("I9", f"{order.id} leaves while {', '.join(claimed)} may still fill")
            return
        # What waited for legs is sent for what they left, and only the journal has that size.
        size = _journaled(live, order)
        if size * held > 0 or abs(size) > abs(held):
            self._oracle.blame("I9", f"{order.id} closes {-size:+f} of {held:+f}")

    def _protects_what_is_held(self, live: Live, order: Order) -> None:
        """A stop of ours leaves for no more than what is held and no other stop covers (I9)."""
        if order.purpose is not Purpose.STOP:
            return
        book = live.desks.tracker
        held = book.held(order.strategy, order.symbol).quantity
        covered = sum(
            abs(one.leaves)
            for one in book.open_orders.values()
            if (one.strategy, one.symbol) == (order.strategy, order.symbol)
            and one.purpose is Purpose.STOP
            and one.id != order.id
        )
        if order.quantity * held > 0 or abs(order.quantity) + covered > abs(held):
            told = f"{order.id} protects {-order.quantity:+f} of {held:+f}, {covered:f} covered"
            self._oracle.blame("I9", told)

    def at_rest(self, live: Live) -> None:
        """What came back to life is withdrawn (T12), what is past its time as well (I2), and what
        was to be closed is (I15).
        """
        now = live.clock.now()
        held = {
            s: f"{p.quantity:+f}" for s, p in live.desks.tracker.positions.items() if p.quantity
        }
        left = {s: q for s, q in held.items() if s not in self._oracle.halted}
        if left and self._closes == self._life:
            self._oracle.blame("I15", f"all was to be closed, and yet there is {left}")
        for order in live.desks.tracker.open_orders.values():
            if order.id in self.revived:
                self._oracle.blame("I2", f"{order.id} was given up, lives, and is left working")
            elif order.expires and now > order.expires + _LATE:
                late = (now - order.expires) / SECOND
                self._oracle.blame("I2", f"{order.id} works on {late:.0f} s after its time")
        if self.revived and not self._oracle.alarms["order_resurrected"]:
            self._oracle.blame("I2", f"nobody was told that {min(self.revived)} lives")

    def _given_up(self, order: Order) -> None:
        """Given up is only what the venue does not have, as far as anybody can know (T4, T6, T11).

        An order that left without the venue's own "no" is doubted for half a minute at least. The
        venue may have it even after that where it forgets what it was asked about.
        """
        answers = self._oracle.posts.get(order.id, [])
        theirs = [one for one in self._oracle.venue_orders if name_of(one) == order.id]
        has = any(one.open or one.filled for one in theirs)
        told = f"{order.id} is {order.state} ({order.reason})"
        if has and not self._faults & _FORGETS:
            self._oracle.blame("I2", f"{told}, the venue has it")
        unanswered = [status for status in answers if status != 429]
        if not unanswered:
            return
        if order.state is OrderState.ABANDONED:
            self._oracle.blame("I2", f"{told}, and it was sent")
        elif order.state is OrderState.REJECTED:
            said = unanswered[-1] in _REFUSALS
            if not said and not any(one.status == "rejected" for one in theirs):
                self._oracle.blame("I2", f"{told}, the venue said {unanswered[-1] or 'nothing'}")
        else:
            age = self._stage.seconds - self._left.get(order.id, -_MISSING)
            if age < _MISSING:
                self._oracle.blame("I2", f"{told} {age:.1f} s after it was sent")


def _priced(live: Live, symbol: str) -> int:
    """When the price by which a symbol is entered was made; where no quote ever came, a bar's."""
    tape = live.desks.market.tapes[symbol]
    return tape.quote.ts if tape.quote is not None else tape.last_ts


def _journaled(live: Live, order: Order) -> Decimal:
    """The signed size of an order as the journal means it."""
    row = live.journal.store.connection().execute(_BODY, (order.id,)).fetchone()
    return order.quantity if row is None else Decimal(msgspec.json.decode(row[0])["quantity"])


def _is_durable(live: Live, order_id: str) -> bool:
    store = live.journal.store
    if store.dead:
        return False
    row = store.connection().execute(_MEANT, (order_id,)).fetchone()
    return row is not None
