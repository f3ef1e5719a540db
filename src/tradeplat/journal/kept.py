"""What all records of a journal amount to: folded while they are written, and again when read."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.cover import Levels
from tradeplat.core.journal import Correction, Holding, Kind, Snapshot, key_of
from tradeplat.core.orders import Fill, Order
from tradeplat.core.position import NOTHING, Position
from tradeplat.core.rounds import LEVEL, Rounds
from tradeplat.journal.chain import START, Broken, Row

UNREADABLE = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    ArithmeticError,
    RecursionError,
)
"""What reading the body of a record can raise when it is not what it should be."""


class Began(msgspec.Struct, frozen=True):
    """The body of EPOCH: which run began to write, and by what name."""

    epoch: int
    run: str = ""
    version: str = ""


ZERO = Decimal(0)


class _Step(msgspec.Struct, array_like=True):
    """A Change of which only the fill is looked at."""

    order: msgspec.Raw
    fill: Fill | None


class _Stand(msgspec.Struct, array_like=True):
    """A Change of which only the order is looked at."""

    order: Order
    fill: msgspec.Raw


class Kept:
    """Orders, positions, cash and conditions as the records say; `seq` and `hash` of the last.

    `orders` hold every order of the file, open or closed, by id; `keys` the intents used, `bygone`
    the orders that had ended before the file began, `restated` those of which the venue took back
    or told anew what had filled; `rounds` the trades that the fills come to.
    """

    def __init__(self) -> None:
        self.rounds = Rounds()
        self._nets: dict[str, Decimal] = {}
        self.seq = 0
        self.hash = START
        self.wall = 0
        self.epoch = 0
        self.run = ""
        self.orders: dict[str, Order] = {}
        self.keys: dict[str, str] = {}
        self.bygone: set[str] = set()
        self.restated: set[str] = set()
        self.holdings: dict[tuple[str, str], Position] = {}
        self.conditions: dict[tuple[str, str], Condition] = {}
        self.levels: dict[tuple[str, str], Levels] = {}
        self.cash: Decimal | None = None
        self.high_water: Decimal | None = None
        self.equity: Decimal | None = None
        self.equity_at = 0

    @property
    def told(self) -> bool:
        """True when anything at all could be read."""
        return bool(self.epoch or self.orders)

    def meant(self, order: Order) -> str | None:
        """Take in an order that was not known; returns the intent it uses up."""
        self.orders[order.id] = order
        key = key_of(order)
        if key is not None:
            self.keys[key] = order.id
        return key

    def book(self, fill: Fill, wall: int) -> None:
        """Book a fill that was journaled at `wall` (UTC ns)."""
        key = (fill.strategy, fill.symbol)
        before = self.holdings.get(key, NOTHING)
        held = self.holdings[key] = before.after(fill.quantity, fill.price, fill.fee)
        net = self._nets[fill.symbol] = self._nets.get(fill.symbol, ZERO) + fill.quantity
        self.rounds.earned(fill.strategy, held.realised - before.realised - held.fees + before.fees)
        self.rounds.trade(fill, held)
        self.rounds.trip(fill, net, wall)
        if self.cash is not None:
            self.cash -= fill.quantity * fill.price + fill.fee

    def correct(self, correction: Correction) -> None:
        """Apply a correction."""
        key = (correction.strategy, correction.symbol)
        if correction.quantity:
            held = self.holdings.get(key, NOTHING)
            self.holdings[key] = held.after(correction.quantity, correction.price)
            self._nets[key[1]] = self._nets.get(key[1], ZERO) + correction.quantity
        if self.cash is not None:
            self.cash += correction.cash

    def impose(self, condition: Condition) -> None:
        """Take in a condition; NORMAL lifts what its source asked of its scope."""
        key = (condition.source, condition.scope)
        if condition.mode is Mode.NORMAL:
            self.conditions.pop(key, None)
            if condition.source == LEVEL:
                self.rounds.made.pop(condition.scope.removeprefix("@"), None)
        else:
            self.conditions[key] = condition

    def protect(self, levels: Levels) -> None:
        """Take in by which levels a position is protected; without any it is not."""
        key = (levels.strategy, levels.symbol)
        if levels.stop is None and levels.target is None:
            self.levels.pop(key, None)
        else:
            self.levels[key] = levels

    def stand(self, snapshot: Snapshot) -> None:
        """Take over what a snapshot tells."""
        if snapshot.cash is not None:
            self.cash = snapshot.cash
        if snapshot.equity is not None:
            self.equity, self.equity_at = snapshot.equity, snapshot.ts
        if snapshot.high_water is not None:
            self.high_water = snapshot.high_water
        if snapshot.holdings is not None:
            self.holdings = {(h.strategy, h.symbol): h.position for h in snapshot.holdings}
            self._nets = {}
            for (_, symbol), position in self.holdings.items():
                self._nets[symbol] = self._nets.get(symbol, ZERO) + position.quantity
        if snapshot.conditions is not None:
            self.conditions = {(c.source, c.scope): c for c in snapshot.conditions}
        if snapshot.levels is not None:
            self.levels = {(told.strategy, told.symbol): told for told in snapshot.levels}
        if snapshot.counted is not None:
            self.rounds = Rounds(snapshot.counted)
        for order in snapshot.orders or ():
            self.meant(order)
            if not order.open:
                self.bygone.add(order.id)

    def noted(self, kind: str, body: bytes) -> None:
        """Take in a record that is not about one order."""
        if kind == Kind.MODE:
            self.impose(_MODE.decode(body))
        elif kind == Kind.CORRECTION:
            self.correct(_CORRECTION.decode(body))
        elif kind == Kind.PROTECT:
            self.protect(_LEVELS.decode(body))
        elif kind == Kind.SNAPSHOT:
            self.stand(_SNAPSHOT.decode(body))
        elif kind == Kind.EPOCH:
            began = _BEGAN.decode(body)
            self.epoch, self.run = began.epoch, began.run

    def snapshot(self, ts: int, before: str, *, closed: bool) -> Snapshot:
        """All that goes on into the next file: what is open, held and imposed.

        Orders that ended go on for a day: they may fill late. With `closed` all do: the next file
        is of the same day.
        """
        return Snapshot(
            ts=ts,
            cash=self.cash,
            high_water=self.high_water,
            holdings=tuple(
                Holding(strategy, symbol, position)
                for (strategy, symbol), position in sorted(self.holdings.items())
                if position.quantity
            ),
            orders=tuple(
                order
                for order in self.orders.values()
                if closed or order.open or order.id not in self.bygone
            ),
            conditions=tuple(c for c in self.conditions.values() if not 0 < c.until <= ts),
            counted=self.rounds.counted(),
            levels=tuple(self.levels.values()),
            before=before,
            before_hash=self.hash.hex(),
        )


_MODE = msgspec.json.Decoder(Condition)
_LEVELS = msgspec.json.Decoder(Levels)
_CORRECTION = msgspec.json.Decoder(Correction)
_SNAPSHOT = msgspec.json.Decoder(Snapshot)
_BEGAN = msgspec.json.Decoder(Began)
_ORDER = msgspec.json.Decoder(Order)
_STEP = msgspec.json.Decoder(_Step)
_STAND = msgspec.json.Decoder(_Stand)
_INTENT = Kind.INTENT.encode()
_CORRECTED = Kind.CORRECTION.encode()
_BOOKED = frozenset({Kind.FILL.encode(), _CORRECTED})
_STEPS = frozenset(
    kind.encode() for kind in (Kind.ACK, Kind.STATE, Kind.FILL, Kind.CANCEL_REQ, Kind.REPLACE)
)


def replayed(rows: Iterable[Row], kept: Kept | None = None) -> Kept:
    """Fold `rows`, each of which follows on the last.

    Only the last word about an order is read: a million records take seconds. Raises Broken at a
    record that cannot be read; what came before it is in `kept` then, if that was handed in.
    """
    kept = Kept() if kept is None else kept
    last: dict[bytes, Row] = {}
    try:
        for row in rows:
            kind = row[4]
            if kind in _STEPS or (kind == _CORRECTED and row[6].startswith(b"[")):
                last[row[5]] = row
                if kind in _BOOKED:
                    fill = _STEP.decode(row[6]).fill
                    if fill is not None:
                        kept.book(fill, row[2])
                if kind == _CORRECTED:
                    kept.restated.add(row[5].decode())
            elif kind == _INTENT:
                last[row[5]] = row
                kept.meant(_ORDER.decode(row[6]))
            else:
                kept.noted(kind.decode(), row[6])
            kept.seq, kept.epoch, kept.wall, kept.hash = row[0], row[1], row[2], row[7]
    except UNREADABLE as error:
        raise Broken(f"record {kept.seq + 1} cannot be read: {error}") from None
    finally:
        _stand(kept, last.values())
    return kept


def _stand(kept: Kept, rows: Iterable[Row]) -> None:
    """Let orders stand as their last records say."""
    for row in rows:
        if row[4] == _INTENT:
            continue
        try:
            order = _STAND.decode(row[6]).order
        except UNREADABLE as error:
            raise Broken(f"record {row[0]} cannot be read: {error}") from None
        if order.id in kept.orders:
            kept.orders[order.id] = order
        else:
            kept.meant(order)
