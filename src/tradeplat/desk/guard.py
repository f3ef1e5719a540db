"""Sees to it that what a strategy wanted protected is, at every hour and by one means alone.

In regular hours the venue holds the stop: a bracket's leg, or an order of the guard's. Outside
them venues trigger no stops, so the guard keeps the levels armed, judges them by the desk's own
facts and sends limits through the market. It works alike in every world; a replay and a lockstep
session act at the same facts.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from tradeplat.core.cover import PROTECT, Levels, began, stop_hit, target_hit
from tradeplat.core.excess import covered, excess
from tradeplat.core.ids import client_order_id
from tradeplat.core.journal import Kind
from tradeplat.core.market import SECOND, MarketEvent
from tradeplat.core.orders import LEGS, STOPS, Fill, Order, OrderState, Purpose
from tradeplat.desk.covering import Cover, Covering, Key, Premises

_BACKOFF = (1, 2, 4, 8, 15)
_REFUSED = frozenset(
    {OrderState.REJECTED, OrderState.ABANDONED, OrderState.NOT_PLACED, OrderState.DENIED}
)
_STOP, _TARGET, _ENTRY = Purpose.STOP, Purpose.TARGET, Purpose.ENTRY


def _nobody(code: str, line: str) -> None:
    """Tell nobody."""


def _nowhere(kind: str, body: Mapping[str, object]) -> None:
    """Keep nothing."""


class Guard:
    """Covers each position whose strategy asked for a stop or a target (Holding shows them).

    Acts at the end of each instant that had facts (`settle`). With `prompt`, in a session that no
    venue waits for, it acts on each fact and report at once, and by `look` on time alone. Its
    orders close what is held right then and nothing more; what no longer protects anything is
    withdrawn. While an exit of the strategy is under way the guard waits for its end, and covers
    what that leaves. A stop that the venue refuses becomes an exit at once.
    """

    def __init__(self, house: Premises) -> None:
        self._house = house
        self._covers: dict[Key, Cover] = {}
        self._entries: dict[tuple[Key, int], str] = {}
        """The newest order of each strategy that entered a symbol on that side."""
        self._busy = False
        self._again = False
        self.prompt = False
        self.due: list[Cover] = []
        """What `settle` has to look at; empty at most instants."""
        self.covering = Covering(house, self._drop)
        self.alarm: Callable[[str, str], None] = _nobody
        self.journal: Callable[[str, Mapping[str, object]], None] = _nowhere
        """Is given every change of levels, to be kept across a restart."""

    def on_order(self, order: Order, fill: Fill | None, ts: int, now: int) -> None:
        """Take in how an order stands since `ts`; the book has it already."""
        key = (order.strategy, order.symbol)
        cover = self._covers.get(key)
        if order.purpose is _ENTRY and fill is not None and fill.quantity * order.side > 0:
            cover = self._entered(order, cover, fill.ts, now)
        elif cover is None and fill is not None:
            cover = self._retake(key, now)
        if cover is None:
            return
        cover.rest = 0
        if order.purpose in LEGS:
            self._leg(cover, order, ts)
        if fill is not None or not order.open:
            cover.changed = max(cover.changed, ts)
        if self.prompt:
            self._act(cover, now)

    def on_event(self, event: MarketEvent, now: int) -> None:
        """Take in a fact of a symbol in `house.guarded`, after its strategies have."""
        for cover in self._of(event.symbol):
            if now < cover.rest:
                continue
            if cover.hit is None and cover.since <= began(event):
                self._watch(cover, event)
            if self.prompt:
                self._act(cover, now)
            else:
                self.due.append(cover)

    def settle(self, now: int) -> None:
        """All facts of the instant `now` were shown: act on them, where no report makes us act.

        What happened at the instant itself is acted on at the next one: in one world the venue's
        answer comes after all the facts of the instant, in another between them.
        """
        for cover in self.due:
            if now > cover.changed:
                self._act(cover, now)
        self.due.clear()

    def look(self, now: int) -> None:
        """Take in that time has come to `now`."""
        for cover in list(self._covers.values()):
            self._act(cover, now)

    def want(
        self, symbol: str, strategy: str, stop: Decimal | None, target: Decimal | None, now: int
    ) -> None:
        """Protect what `strategy` holds, or is about to, by these levels; None leaves one alone."""
        key = (strategy, symbol)
        cover = self._covers.get(key)
        mine = self.covering.orders(key)
        if cover is None:
            cover = self._wanted(key, mine, now)
        if cover is None:
            return
        before = (cover.stop, cover.target)
        cover.stop = stop if stop is not None else cover.stop
        cover.target = target if target is not None else cover.target
        if (cover.stop, cover.target) != before:
            self._tell(cover, now)
        cover.rest = 0
        pending = cover.bracket or not self._house.book.held(*key).quantity
        for parent in dict.fromkeys(
            [o.parent for o in mine if o.purpose in LEGS and o.parent]
            + ([cover.entry] if pending else [])
        ):
            self.covering.move(cover, parent, stop, target)

    def on_correction(self, strategy: str, symbol: str, now: int) -> None:
        """Take in that `strategy` holds another quantity than its orders say."""
        if (strategy, symbol) not in self._covers:
            self._retake((strategy, symbol), now)

    def resume(self, orders: Iterable[Order], levels: Iterable[Levels], now: int) -> None:
        """Take over what an earlier life of this session protected: by the orders, oldest first,
        and the changes of levels in the sequence in which they were journaled.
        """
        for order in orders:
            if order.purpose is _ENTRY and order.filled:
                self._entries[(order.strategy, order.symbol), order.side] = order.id
        for told in levels:
            key = (told.strategy, told.symbol)
            held = self._house.book.held(*key).quantity
            cover = self._covers.get(key)
            if cover is None and held:
                cover = self._open(key, 1 if held > 0 else -1, told.entry)
            if cover is not None and (cover.entry == told.entry or held):
                cover.stop, cover.target = told.stop, told.target
                cover.since = cover.changed = now
                self._show(cover, now)
        for key in self._house.book.holdings:
            if key not in self._covers:
                self._retake(key, now)
        for cover in list(self._covers.values()):
            if not self._house.book.held(*cover.key).quantity:
                self._drop(cover, now)

    def _retake(self, key: Key, now: int) -> Cover | None:
        """Cover what is held without: an exit was taken back, say, or an earlier process died
        before it wrote down the levels. Its entry says how.
        """
        held = self._house.book.held(*key).quantity
        side = 1 if held > 0 else -1
        entry = self._house.book.order(self._entries.get((key, side), "")) if held else None
        cover = None if entry is None else self._entered(entry, None, now, now)
        if cover is not None:
            cover.bracket = False
        return cover

    def _entered(self, order: Order, cover: Cover | None, ts: int, now: int) -> Cover | None:
        """What covers the position that `order` has added to at `ts`."""
        key = (order.strategy, order.symbol)
        self._entries[key, order.side] = order.id
        if cover is not None and cover.side != order.side:
            cover = None
        if cover is None:
            if order.stop_loss is None and order.take_profit is None:
                return None
            cover = self._open(key, order.side, order.id)
            self._cover_as(cover, order, now)
        elif cover.entry != order.id:
            self._cover_as(cover, order, now)
        cover.since = max(cover.since, ts)
        return cover

    def _cover_as(self, cover: Cover, entry: Order, now: int) -> None:
        """Let `cover` hold the levels its newest entry asks for."""
        cover.entry = entry.id
        cover.stop = entry.stop_loss if entry.stop_loss is not None else cover.stop
        cover.target = entry.take_profit if entry.take_profit is not None else cover.target
        cover.bracket = entry.legged
        cover.asked = (cover.stop, cover.target)
        self._tell(cover, now)

    def _wanted(self, key: Key, mine: list[Order], now: int) -> Cover | None:
        """A cover for a position, or an entry under way, that was not protected so far.

        Where nobody knows which order opened the position, an id of our own stands in its place.
        """
        held = self._house.book.held(*key).quantity
        entries = [order for order in mine if order.purpose is _ENTRY]
        if held:
            side = 1 if held > 0 else -1
            entry = self._entries.get((key, side)) or client_order_id("|".join(key), now)
            return self._open(key, side, entry)
        if not entries:
            return None
        cover = self._open(key, entries[-1].side, entries[-1].id)
        cover.stop, cover.target = entries[-1].stop_loss, entries[-1].take_profit
        cover.asked = (cover.stop, cover.target)
        cover.bracket = entries[-1].legged
        return cover

    def _open(self, key: Key, side: int, entry: str) -> Cover:
        cover = self._covers[key] = Cover(key, side, entry)
        self._house.guarded.add(key[1])
        return cover

    def _drop(self, cover: Cover, now: int) -> None:
        cover.stop = cover.target = None
        self._tell(cover, now)
        if self._covers.get(cover.key) is cover:
            del self._covers[cover.key]
        if not any(key[1] == cover.key[1] for key in self._covers):
            self._house.guarded.discard(cover.key[1])
        if cover.key not in self._covers:
            self._retake(cover.key, now)

    def _tell(self, cover: Cover, now: int) -> None:
        """Let the book, the record and the journal know the levels."""
        self.journal(Kind.PROTECT, self._show(cover, now))

    def _show(self, cover: Cover, now: int) -> dict[str, object]:
        """Let the book and the record know the levels."""
        strategy, symbol = cover.key
        body = Levels(symbol, strategy, cover.entry, cover.stop, cover.target).body()
        if self._house.recorder is not None:
            self._house.recorder.note(now, PROTECT, body)
        self._house.book.arm(strategy, symbol, cover.stop, cover.target)
        self._house.refresh(symbol)
        return body

    def _leg(self, cover: Cover, order: Order, ts: int) -> None:
        """Take in how a protective order stands."""
        if order.parent == cover.entry and cover.bracket:
            # A level wanted before there was a leg: some venues do not keep it for us.
            cover.bracket = False
            cover.asked = (None, None)
        if order.purpose is _STOP and (order.open or order.state is OrderState.REPLACED):
            cover.heir = not order.open
        stands = covered(*cover.key, self._house.book)
        if stands != cover.covered:
            cover.covered = stands
            cover.resized = max(cover.resized, ts)
        if order.open:
            return
        refused = order.state in _REFUSED
        if order.type in STOPS:
            cover.since = max(cover.since, ts)
            if refused and order.state is OrderState.REJECTED:
                cover.hit = _STOP
                self.alarm("stop_refused", f"{order.id}: {order.reason}; closing instead")
        if order.id == cover.own:
            cover.own = ""
            if not refused and cover.hit is _STOP:
                cover.tries += 1
            if cover.hit is _TARGET:
                cover.hit = None
        if refused:
            self._refused(cover, order, ts)
        elif order.filled:
            cover.refused = 0

    def _refused(self, cover: Cover, order: Order, ts: int) -> None:
        """Wait before the next try; not after one that was kept back since less is held by now
        than it was for: what is left is covered anew at once, though at most once a second.
        """
        kept_back = order.state is not OrderState.REJECTED
        if kept_back and ts >= cover.kept + SECOND and excess(order, self._house.book):
            cover.kept = ts
            return
        step = _BACKOFF[min(cover.refused, len(_BACKOFF) - 1)]
        cover.wait = ts + step * SECOND
        cover.refused += 1
        self.alarm("protection_refused", f"{order.id} {order.state}: {order.reason}")

    def _of(self, symbol: str) -> list[Cover]:
        return [cover for key, cover in self._covers.items() if key[1] == symbol]

    def _watch(self, cover: Cover, event: MarketEvent) -> None:
        """Judge the armed levels by `event`."""
        side = cover.side
        if self._house.book.held(*cover.key).quantity * side <= 0:
            return
        orders = self.covering.orders(cover.key)
        entering = any(order.purpose is _ENTRY for order in orders)
        # Some venues hold the legs of an entry back until it has filled whole.
        native = not entering and any(order.type in STOPS for order in orders)
        if cover.stop is not None and not native and stop_hit(side, cover.stop, event):
            cover.hit, cover.tries = _STOP, 0
        elif (
            cover.target is not None
            and not any(order.purpose is _TARGET for order in orders)
            and target_hit(side, cover.target, event)
        ):
            cover.hit, cover.tries = _TARGET, 0

    def _act(self, cover: Cover, now: int) -> None:
        """Take the next step; what it leads to at once is taken in when it is done."""
        if self._busy:
            self._again = True
            return
        self._busy = True
        try:
            self.covering.step(cover, now)
            for _ in range(len(_BACKOFF)):
                if not (self._again and self.prompt):
                    break
                self._again = False
                self.covering.step(cover, now)
        finally:
            self._busy = self._again = False
