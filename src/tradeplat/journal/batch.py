"""One transaction in the making: entries become records, and rows of every table they touch."""

import sqlite3
from collections.abc import Callable
from hashlib import blake2b

import msgspec

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import Corrupt
from tradeplat.core.fold import fold, moved
from tradeplat.core.journal import Kind, SeatState, key_of
from tradeplat.core.orders import Change, Fill, Order, OrderState
from tradeplat.journal import tables
from tradeplat.journal.chain import SIZE, link
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
from tradeplat.journal.kept import UNREADABLE, Kept
from tradeplat.journal.tables import amount

_encode = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode
_SENT = frozenset({OrderState.INTENT, OrderState.SENDING, OrderState.UNKNOWN})
_MOVES = {OrderState.CANCEL_PENDING: Kind.CANCEL_REQ, OrderState.REPLACE_PENDING: Kind.REPLACE}


class Batch:
    """Folds entries into `kept` and writes them, all or nothing.

    `take` answers with the fault of that entry alone, None when there is none: an entry that
    cannot be becomes an ALERT and leaves the others as they are.
    """

    def __init__(self, kept: Kept, executed: Callable[[str], bool]) -> None:
        self._kept = kept
        self._executed = executed
        self.records: list[tuple[object, ...]] = []
        self._meant: dict[str, str | None] = {}
        self._stands: dict[str, int] = {}
        self._fills: list[tuple[object, ...]] = []
        self._taken_back: dict[str, int] = {}
        self._exec_ids: set[str] = set()
        self._held: set[tuple[str, str]] = set()
        self._replaced = False
        self._imposed: dict[tuple[str, str], Condition] = {}
        self._seats: dict[tuple[str, str], SeatState] = {}

    def take(self, stamped: Stamped) -> Corrupt | None:
        """Fold one entry."""
        try:
            self._take(stamped, stamped.entry)
        except Corrupt as error:
            body = {"error": str(error), "entry": ascii(stamped.entry)[:2000]}
            self._record(stamped, Kind.ALERT, "", body)
            return error
        return None

    def write(self, connection: sqlite3.Connection) -> None:
        """Put every row in, inside the transaction that is open."""
        kept = self._kept
        meant = [self._row(kept.orders[coid], key) for coid, key in self._meant.items()]
        stands = [
            (order.state.value, amount(order.filled), seq, _text(order), coid)
            for coid, seq in self._stands.items()
            if coid not in self._meant
            for order in (kept.orders[coid],)
        ]
        lifted = [key for key, c in self._imposed.items() if c.mode is Mode.NORMAL]
        imposed = [
            (c.source, c.scope, c.mode.value, _text(c))
            for c in self._imposed.values()
            if c.mode is not Mode.NORMAL
        ]
        if self._replaced:
            connection.execute(tables.FLAT)
            connection.execute(tables.ALL_LIFTED)
        # What was taken back no longer stands against the same quantity filling once more.
        voided = list(self._taken_back.items())
        for statement, rows in (
            (tables.TAKEN_BACK, voided),
            (tables.RECORD, self.records),
            (tables.MEANT, meant),
            (tables.STANDS, stands),
            (tables.FILLED, [self._voided(row) for row in self._fills]),
            (tables.HELD, [self._position(key) for key in sorted(self._held)]),
            (tables.LIFTED, lifted),
            (tables.IMPOSED, imposed),
            (tables.SEATED, [seat_row(seat) for seat in self._seats.values()]),
        ):
            if rows:
                connection.executemany(statement, rows)

    def _voided(self, row: tuple[object, ...]) -> tuple[object, ...]:
        seq, coid, filled = row[0], str(row[1]), row[2]
        assert isinstance(seq, int)
        taken_back = seq < self._taken_back.get(coid, 0)
        return (*row[:2], f"{filled}/{seq}", *row[3:]) if taken_back else row

    def _take(self, stamped: Stamped, entry: Entry) -> None:
        match entry:
            case Intended(order):
                self._intend(stamped, order)
            case Reported(report):
                change = fold(self._kept.orders.get(report.order_id), report)
                if change is not None:
                    self._step(stamped, change, self._kind(change))
            case Moved(order_id, state, reason):
                known = self._kept.orders.get(order_id)
                after = None if known is None else moved(known, state, reason)
                if after is not None:
                    kind = _MOVES.get(state, Kind.STATE)
                    self._step(stamped, Change(after, None), kind)
            case Imposed(condition):
                self._kept.impose(condition)
                self._imposed[condition.source, condition.scope] = condition
                self._record(stamped, Kind.MODE, "", condition)
            case Noted(kind, body):
                self._note(stamped, kind, body)
            case Seated(seat):
                self._seats[seat.strategy, seat.symbol] = seat

    def _intend(self, stamped: Stamped, order: Order) -> None:
        known = self._kept.orders.get(order.id)
        if known is not None:
            raise Corrupt(f"order id {order.id} was journaled before ({known.state})")
        key = self._kept.meant(order)
        self._meant[order.id] = key
        self._stands[order.id] = self._record(stamped, Kind.INTENT, order.id, order)

    def _kind(self, change: Change) -> Kind:
        known = self._kept.orders.get(change.order.id)
        if change.fill is not None:
            shrunk = known is not None and change.order.filled <= known.filled
            return Kind.CORRECTION if shrunk else Kind.FILL
        fresh = known is None or known.state in _SENT
        return Kind.ACK if fresh and change.order.open else Kind.STATE

    def _step(self, stamped: Stamped, change: Change, kind: Kind) -> None:
        order, fill = change
        if order.id in self._kept.orders:
            self._kept.orders[order.id] = order
        else:
            self._meant[order.id] = self._kept.meant(order)
        seq = self._record(stamped, kind, order.id, change)
        self._stands[order.id] = seq
        if kind is Kind.CORRECTION:
            self._kept.restated.add(order.id)
        if fill is not None:
            self._kept.book(fill, stamped.wall)
            self._held.add((fill.strategy, fill.symbol))
            self._fills.append(self._execution(stamped, seq, order, fill))

    def _execution(
        self, stamped: Stamped, seq: int, order: Order, fill: Fill
    ) -> tuple[object, ...]:
        """The row of a fill; an execution id that was seen before is told, and not kept twice.

        One that corrects (T27) leaves the quantities before it free to be reached once more.
        """
        if fill.quantity * order.side <= 0:
            self._taken_back[order.id] = seq
        exec_id = fill.exec_id or None
        if exec_id is not None and (exec_id in self._exec_ids or self._executed(exec_id)):
            body = {"error": "execution id seen before", "exec_id": exec_id, "order_id": order.id}
            self._record(stamped, Kind.ALERT, order.id, body)
            exec_id = None
        if exec_id is not None:
            self._exec_ids.add(exec_id)
        cumulative = amount(order.filled)
        if order.id in self._kept.restated:
            # It may well come to the same figure a second time.
            cumulative += f"#{seq}"
        return (
            seq,
            order.id,
            cumulative,
            exec_id,
            fill.strategy,
            fill.symbol,
            fill.ts,
            amount(fill.quantity),
            str(fill.price),
            str(fill.fee),
            fill.purpose.value,
        )

    def _note(self, stamped: Stamped, kind: str, body: object) -> None:
        encoded = _encode(body)
        before = set(self._kept.holdings)
        known = set(self._kept.orders)
        try:
            self._kept.noted(kind, encoded)
        except UNREADABLE as error:
            raise Corrupt(f"a {kind} record cannot be: {error}") from None
        seq = self._record(stamped, kind, _about(body), body)
        if kind == Kind.SNAPSHOT:
            self._replaced = True
            self._imposed.update(self._kept.conditions)
            for coid in self._kept.orders.keys() - known:
                self._meant[coid] = key_of(self._kept.orders[coid])
                self._stands[coid] = seq
        if kind in (Kind.SNAPSHOT, Kind.CORRECTION):
            self._held |= before | set(self._kept.holdings)

    def _record(self, stamped: Stamped, kind: str, coid: str, body: object) -> int:
        kept = self._kept
        encoded = _encode(body)
        seq = kept.seq + 1
        head = (seq, kept.epoch, stamped.wall, stamped.mono)
        kept.hash = link(kept.hash, (*head, kind.encode(), coid.encode(), encoded))
        kept.seq, kept.wall = seq, stamped.wall
        self.records.append((*head, str(kind), coid, encoded.decode(), kept.hash))
        return seq

    def _row(self, order: Order, key: str | None) -> tuple[object, ...]:
        return (
            order.id,
            key,
            order.strategy,
            order.symbol,
            order.state.value,
            amount(order.filled),
            self._stands[order.id],
            _text(order),
        )

    def _position(self, key: tuple[str, str]) -> tuple[object, ...]:
        held = self._kept.holdings.get(key)
        figures = () if held is None else (held.quantity, held.average, held.realised, held.fees)
        return (*key, *map(str, figures or ("0", "0", "0", "0")))


def seat_row(seat: SeatState) -> tuple[object, ...]:
    """The row of a strategy's memory, which carries its own hash."""
    state = _encode(seat.state)
    digest = seat_hash(seat.strategy, seat.symbol, seat.ts, state)
    return (seat.strategy, seat.symbol, seat.ts, state.decode(), digest)


def seat_hash(strategy: str, symbol: str, ts: int, state: bytes) -> bytes:
    """What tells whether a strategy's memory is as it was written."""
    told = f"{strategy}|{symbol}|{ts}|".encode() + state
    return blake2b(told, digest_size=SIZE).digest()


def _text(body: object) -> str:
    return _encode(body).decode()


def _about(body: object) -> str:
    told = body.get("order_id", "") if isinstance(body, dict) else ""
    return told if isinstance(told, str) else ""
