"""One ticker at work: each fact is shown to every strategy, each wish goes to the gate."""

from collections.abc import Mapping
from enum import StrEnum

from tradeplat.core.calendar import Session
from tradeplat.core.errors import Corrupt
from tradeplat.core.exact import nearest
from tradeplat.core.intent import FLAT, HOLD, Action, Intent
from tradeplat.core.market import MINUTE, Backfill, Bar, MarketEvent, Quote, Status
from tradeplat.core.orders import AS_USUAL, EXTERNAL, Asked, Order, Purpose, Refused
from tradeplat.core.ports import Recorder, Strategy, Verdict
from tradeplat.core.record import COMMAND, PLOT, Commanded
from tradeplat.desk.bells import Rings
from tradeplat.desk.house import House
from tradeplat.desk.manual import ByHand
from tradeplat.desk.seat import Seat, holders

__all__ = ["FLATTENED", "FOREVER", "Desk", "DeskState", "House", "Seat"]

FOREVER = 2**63 - 1
# Looked up once: naming a member of an enum costs as much as a call.
_ENTER, _EXIT, _PROTECT = Action.ENTER, Action.EXIT, Action.PROTECT
_FLATTEN, _LEAVE = Purpose.FLATTEN, Purpose.EXIT
_ENTRIES = frozenset({Purpose.ENTRY})
_WISHED = frozenset({Purpose.ENTRY, Purpose.EXIT})


class DeskState(StrEnum):
    """Whether a desk takes entries."""

    OPEN = "open"
    CLOSING = "closing"
    """The list let go of the ticker: exits only, until nothing is held."""
    QUARANTINED = "quarantined"
    """A fault stopped it: exits only, and the list does not reopen it."""


_OPEN = DeskState.OPEN

FLATTENED = "flattened"
"""Recorded beside the states: everything held here was told to close."""


class Desk:
    """Runs one ticker's strategies without an await; knows nothing of who feeds it.

    `now` is the instant of delivery in UTC nanoseconds: the event's own `ts` in replay, the
    clock's reading live. Only an OPEN desk takes entries; a desk is `done` once nothing is held or
    working. Every change of state is recorded: it decides what becomes of an entry.
    """

    def __init__(self, symbol: str, seats: Mapping[str, Strategy], house: House) -> None:
        self.symbol = symbol
        self.seats = tuple(Seat(name, strategy) for name, strategy in seats.items())
        self.state = DeskState.OPEN
        self.shown: dict[int, int] = {}
        """`ts` of the newest bar of each span shown here, history included."""
        self.session: Session | None = None
        self._house = house
        self._tape = house.market.tapes[symbol]
        self._recorder = house.recorder
        self._guarded = house.guarded
        self.turn_after = 0
        """With the first later event the day goes on to its next part."""
        self._day_end = 0
        self._rings: Rings | None = None
        self._shut = self._verified = False
        self._commanded = 0
        self.refresh()
        for name in holders(house.book, symbol):
            self._whose(name)

    def on_market(self, event: MarketEvent, now: int) -> None:
        """Show one fact to every strategy and act on what they want."""
        recorder = self._recorder
        if recorder is not None:
            recorder.fact(now, event)
        if type(event) is Bar:
            # Before anybody acts on it, for memories are saved then; an amendment is older.
            self.shown[event.span] = max(self.shown.get(event.span, 0), event.ts)
            self.on_bar(event, now)
            if recorder is not None and not event.revision:
                self._sample(recorder, event, now)
            return
        if type(event) is Quote:
            ts = event.ts
            turned = ts > self.turn_after
            if turned:
                self._turn(ts)
            if self._tape.awaited:
                self._tape.on_quote(event)
            else:
                self._tape.quote = event
            for seat in self.seats:
                intent = seat.on_quote(event, seat.holding)
                if intent is not HOLD:
                    self._tape.heard = event.seen
                    self._act(seat, intent, ts, now)
            if turned:
                self._ring(ts, now)
        else:
            # History may begin on an earlier day, and a status be older than it: no session yet.
            self._on_other(event)
        if self.symbol in self._guarded:
            self._guard(event, now)

    def on_bar(self, bar: Bar, now: int) -> None:
        """What `on_market` does with a bar, without a record of it."""
        ts = bar.ts
        turned = ts > self.turn_after
        if turned:
            self._turn(ts)
        if bar.revision:
            self._amend(bar)
            return
        tape = self._tape
        tape.last, tape.last_ts = bar.close, ts
        for seat in self.seats:
            intent = seat.on_bar(bar, seat.holding)
            if intent is not HOLD:
                tape.heard = bar.seen
                self._act(seat, intent, ts, now)
        if turned:
            self._ring(ts, now)
        if self.symbol in self._guarded:
            self._guard(bar, now)

    @property
    def guarded(self) -> bool:
        """True while a position here has to be watched at every fact."""
        return self.symbol in self._guarded

    @property
    def lone(self) -> Seat | None:
        """The only strategy where nobody else looks on, else None: see `follow`."""
        return self.seats[0] if len(self.seats) == 1 and self._recorder is None else None

    def follow(self, seat: Seat, bar: Bar, intent: Intent) -> None:
        """Take in that `seat`, alone here, was shown every bar up to `bar` by a replay that saw to
        it that nothing else could happen meanwhile, and at last wants `intent`.
        """
        self._tape.on_bar(bar)
        if intent is not HOLD:
            self._tape.heard = bar.seen
            self._act(seat, intent, bar.ts, bar.ts)
            if self.symbol in self._guarded:
                self._guard(bar, bar.ts)

    def refresh(self, only: str = "") -> None:
        """Tell every seat anew what the book says that it holds, or `only` that of one strategy."""
        for seat in self.seats:
            if not only or seat.name == only:
                seat.holding = self._house.book.holding(seat.name, self.symbol)

    def turn(self, state: DeskState, now: int) -> None:
        """Change whether entries are taken; a quarantine is for good: strategies are asked nothing
        any more, and what they hold is guarded and closed in the evening as ever.
        """
        if state is self.state or self.state is DeskState.QUARANTINED:
            return
        self.state = state
        if state is DeskState.QUARANTINED:
            for seat in self.seats:
                seat.silence()
        self._note(now, state)

    def flatten(self, now: int, only: str = "") -> None:
        """Withdraw what is working and close whatever any strategy holds here, or `only` one does.

        A resting exit is withdrawn too: it would stand in the way of the order that closes for
        certain. Where its cancel takes time, ask again. What nobody here bought is closed as well.
        """
        self._note(now, FLATTENED, only)
        house = self._house
        stranger = house.book.holding(EXTERNAL, self.symbol)
        nobody = () if stranger is FLAT else (self._whose(EXTERNAL),)
        for seat in (*self.seats, *nobody):
            if not only or seat.name == only:
                self._leave(seat, now)

    def command(self, intent: Intent, now: int, asked: Asked = AS_USUAL) -> Verdict:
        """Act on a person's wish: same gate, executor, digest and record; the cause is now."""
        self._commanded = cause = max(now, self._commanded + 1)
        seat = self._whose(asked.strategy)
        if self._recorder is not None:
            self._recorder.note(now, COMMAND, Commanded.to(self.symbol, intent, asked).body())
        self._tape.heard = now
        self._house.gate.asked = asked
        try:
            return self._act(seat, intent, cause, now)
        finally:
            self._house.gate.asked = AS_USUAL

    @property
    def seen(self) -> int:
        """`ts` of the newest bar shown here, history included; 0 before the first."""
        return self._tape.last_ts

    @property
    def done(self) -> bool:
        """True when nothing is held and nothing is working here."""
        return all(seat.holding.quantity == 0.0 and not seat.holding.working for seat in self.seats)

    def _whose(self, name: str) -> Seat:
        """The seat of `name`, never another's: a person's, or one that traded here before."""
        known = [seat for seat in self.seats if seat.name == name]
        if known:
            return known[0]
        seat = Seat(name, ByHand(), self._house.book.holding(name, self.symbol))
        self.seats += (seat,) if name != EXTERNAL else ()
        return seat

    def _on_other(self, event: MarketEvent) -> None:
        if isinstance(event, Status):
            self._tape.on_status(event)
            if not event.trading:
                for seat in self.seats:
                    self._cancel(seat, _ENTRIES)
        elif isinstance(event, Backfill):
            self._warm(event)
        else:
            raise Corrupt(f"{self.symbol}: desk was shown an unknown fact {event!r}")

    def _sample(self, recorder: Recorder, bar: Bar, now: int) -> None:
        """Keep each strategy's declared curves, once a minute; who looks on is told each time."""
        ts, watch = bar.ts, self._house.watch
        for seat in self.seats:
            if watch is not None and seat.draws(bar.span):
                watch(self.symbol, seat.name, ts, seat.curves())
            if seat.plots and ts >= seat.sampled + MINUTE:
                seat.sampled = ts
                body = {"symbol": self.symbol, "strategy": seat.name, "values": seat.curves()}
                recorder.note(now, PLOT, body)

    def _amend(self, bar: Bar) -> None:
        for seat in self.seats:
            seat.tell("on_amend", bar)

    def _warm(self, history: Backfill) -> None:
        """Let indicators take in history; whatever it makes a strategy wish is too old to do.

        Its first bars may be of an earlier day, which is announced before they are shown.
        """
        for bar in history.bars:
            if bar.ts > self._day_end:
                self._new_session(bar.ts)
            self._tape.on_bar(bar)
            self.shown[bar.span] = bar.ts
            for seat in self.seats:
                seat.learn(bar)
        if history.ts > self._day_end:
            self._new_session(history.ts)
        for seat in self.seats:
            seat.rejoin(history)

    def _new_session(self, ts: int) -> None:
        session = self._house.market.calendar.upcoming(ts)
        self.turn_after = self._day_end = session.post_close if session is not None else FOREVER
        if session is None or session == self.session:
            return
        self.session = session
        bells = self._house.bells
        self._rings = bells.of(session) if bells is not None else None
        self._shut = self._verified = False
        if self._rings is not None:
            # History may have led here: what its last event missed is seen to at the next one.
            self.turn_after = 0
        for seat in self.seats:
            seat.begin(session)

    def _turn(self, ts: int) -> None:
        """Let the day go on: a new session, or the next bell of this one."""
        if ts > self._day_end:
            self._new_session(ts)
        if self._rings is not None:
            self._shut = ts >= self._rings.entries
            self.turn_after = self._rings.after(ts, self._day_end)

    def _ring(self, ts: int, now: int) -> None:
        """What the bells up to `ts` ask for, after the strategies have seen the event there."""
        rings = self._rings
        if rings is None or ts < rings.flatten:
            return
        held = [seat for seat in self.seats if seat.intraday and seat.holding.quantity]
        if not held:
            return
        for seat in held:
            if not self._leaving(seat):
                self._leave(seat, now)
        # Not all of it is closed yet, or the way out was refused: look again at the next event.
        self.turn_after = min(self.turn_after, ts - 1)
        if ts >= rings.verify and not self._verified:
            self._verified = True
            names = ", ".join(f"{seat.name} {seat.holding.quantity:+g}" for seat in held)
            self._house.alarm("NOT_FLAT_AT_CLOSE", f"{self.symbol}: {names}", now)

    def staying(self) -> list[str]:
        """Strategies of the day that hold something here and are not on their way out."""
        held = [seat for seat in self.seats if seat.intraday and seat.holding.quantity]
        return [seat.name for seat in held if not self._leaving(seat)]

    def _leaving(self, seat: Seat) -> bool:
        """True while an order works that closes for certain."""
        return any(
            order.strategy == seat.name
            and order.symbol == self.symbol
            and (order.purpose is _FLATTEN or (order.purpose is _LEAVE and order.limit is None))
            for order in self._house.book.open_orders.values()
        )

    def _leave(self, seat: Seat, now: int) -> None:
        """Withdraw what a seat has working, and close what it holds."""
        house = self._house
        self._cancel(seat, _WISHED)
        if house.book.held(seat.name, self.symbol).quantity:
            verdict = house.gate.flatten(self.symbol, seat.name, now, now)
            intent = Intent(Action.EXIT, 1.0, *HOLD[2:])
            self._settle(seat, intent, verdict, now, now)

    def _act(self, seat: Seat, intent: Intent, cause: int, now: int) -> Verdict:
        action = intent.action
        verdict: Verdict = None
        if action is _ENTER and (self.state is not _OPEN or (self._shut and seat.intraday)):
            told = str(self.state) if self.state is not _OPEN else "done with entries for the day"
            why = f"Refused: the desk is {told}."
            verdict = Refused(self.symbol, seat.name, cause, "CLOSING", why)
        elif action is _ENTER or action is _EXIT:
            verdict = self._house.gate.review(self.symbol, seat.name, intent, cause, now)
        elif action is _PROTECT and self._house.gate.paced:
            verdict = self._moved(seat, intent, cause, now)
        elif action is Action.HOLD:
            return None
        self._settle(seat, intent, verdict, cause, now)
        return verdict

    def _settle(self, seat: Seat, intent: Intent, verdict: Verdict, cause: int, now: int) -> None:
        """Record the verdict, then carry it out: the record never lags behind the deed."""
        house = self._house
        house.digest.decision(self.symbol, seat.name, cause, intent, verdict)
        if self._recorder is not None:
            self._recorder.decision(now, self.symbol, seat.name, cause, intent, verdict)
        if type(verdict) is Order:
            house.book.register(verdict)
            seat.holding = house.book.holding(seat.name, self.symbol)
            house.executor.accept(verdict)
        elif type(verdict) is Refused:
            house.refused[verdict.code] = house.refused.get(verdict.code, 0) + 1
        elif intent.action is _PROTECT:
            self._protect(seat, intent, now)
        elif intent.action is Action.CANCEL and self._cancel(seat, _ENTRIES) and house.gate.paced:
            house.gate.withdrawn(self.symbol, now)

    def _moved(self, seat: Seat, intent: Intent, cause: int, now: int) -> Verdict:
        """What the gate says to other levels than those that protect the position now."""
        holding, gate = seat.holding, self._house.gate
        side = 1 if holding.quantity >= 0.0 else -1
        stop, target = gate.levels(self.symbol, side, intent.stop, intent.target)
        if (stop is None or nearest(stop) == holding.stop) and (
            target is None or nearest(target) == holding.target
        ):
            return None
        return gate.moving(self.symbol, seat.name, cause, now)

    def _guard(self, event: MarketEvent, now: int) -> None:
        """Let the guard judge what the strategies have seen."""
        guard = self._house.guard
        if guard is not None:
            guard.on_event(event, now)

    def _protect(self, seat: Seat, intent: Intent, now: int) -> None:
        """Let the guard keep these levels; a rerun is told by its record who moved what."""
        house = self._house
        if house.guard is not None:
            side = 1 if house.book.held(seat.name, self.symbol).quantity >= 0 else -1
            stop, target = house.gate.levels(self.symbol, side, intent.stop, intent.target)
            house.guard.want(self.symbol, seat.name, stop, target, now)
            return
        for order in list(house.book.open_orders.values()):
            if order.strategy != seat.name or order.symbol != self.symbol or not order.parent:
                continue
            side = -order.side
            stop, target = house.gate.levels(self.symbol, side, intent.stop, intent.target)
            house.executor.protect(order.parent, stop, target)
            return

    def _cancel(self, seat: Seat, purposes: frozenset[Purpose]) -> bool:
        """Withdraw what this seat has working here; False when there was nothing."""
        house, found = self._house, False
        for order in list(house.book.open_orders.values()):
            mine = order.strategy == seat.name and order.symbol == self.symbol
            if mine and order.purpose in purposes:
                found = True
                house.executor.cancel(order.id)
        return found

    def _note(self, now: int, state: str, only: str = "") -> None:
        if self._recorder is not None:
            whose = {"strategy": only} if only else {}
            self._recorder.note(now, "desk", {"symbol": self.symbol, "state": state, **whose})
