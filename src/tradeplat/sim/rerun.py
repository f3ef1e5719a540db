"""A recorded session run again: its facts and reports, in order, to fresh desks."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from itertools import takewhile
from typing import TypeVar

import msgspec

from tradeplat.core.conditions import CONDITION, Condition
from tradeplat.core.cover import GUARDED, PROTECT, Levels, order_of
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Intent
from tradeplat.core.journal import Correction
from tradeplat.core.market import MarketEvent
from tradeplat.core.orders import Order
from tradeplat.core.ports import Verdict
from tradeplat.core.premises import OVERRIDE, PREMISES, Override, Premises
from tradeplat.core.record import (
    COMMAND,
    CORRECTED,
    RECOVERED,
    STOPPED,
    Changed,
    Commanded,
    Decided,
    DeskClosed,
    DeskOpened,
    Entry,
    Moved,
    Noted,
    Reported,
    Restored,
    Shown,
)
from tradeplat.desk.desk import FLATTENED, Desk, DeskState
from tradeplat.desk.floor import Floor
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.events import NullRecorder

DESK = "desk"
"""Kind of the note that tells a desk's state: `symbol`, `state`, and whose if only one's."""

_OF_GUARD = frozenset({PROTECT, GUARDED})
"""Notes of what the guard did, which a rerun does not do itself."""

Told = TypeVar("Told", Condition, Override, Premises, Commanded)


class Difference(msgspec.Struct, frozen=True):
    """The first decision that came out otherwise; None where one side decided nothing.

    `seq` is the entry of the record, `now` the instant in UTC ns.
    """

    seq: int
    now: int
    recorded: str | None
    replayed: str | None


class Rerun(msgspec.Struct, frozen=True):
    """What a rerun found: facts shown, what the record holds, where the two sides part first."""

    facts: int
    recorded: RunDigest
    difference: Difference | None


class Witness(NullRecorder):
    """Compares each decision with the record as it is made (core.ports.Recorder), and is the way
    out of the desks (core.ports.Executor): what orders led to is in the record, not in a market,
    and all else a recorder hears came from there.

    `record` must give the same entries each time it is iterated (journal/reader.py does): one
    pass finds the facts that stopped a desk by an error, which are to do so again and not to end
    the rerun. A record that says it is `truncated` is rerun up to the last fact, whose decisions
    may be missing.
    """

    def __init__(self, record: Iterable[Entry]) -> None:
        self.recorded = RunDigest()
        """Decisions and fills as the record has them."""
        self.difference: Difference | None = None
        self.opened: Callable[[Desk], None] | None = None
        """Is told of each desk before it is shown anything."""
        self.showing: MarketEvent | None = None
        """The last fact that a desk was shown."""
        self._record = record
        self._entries: Iterator[Entry] = iter(())
        self._ahead: deque[Entry] = deque()
        self._floor: Floor | None = None
        self._last = 0

    def play(self, floor: Floor) -> Rerun:
        """Show `floor`, whose house has this witness as recorder and executor, the whole record.

        BadInput names the entry that cannot follow those before it.
        """
        self._floor = floor
        faulty, last = _survey(self._record)
        cut = getattr(self._record, "truncated", False)
        self._entries = takewhile(lambda entry: not cut or entry.seq < last, self._record)
        facts = 0
        while (entry := self._take()) is not None:
            match entry:
                case Shown():
                    facts += 1
                    desk = _desk(floor, entry, entry.event.symbol)
                    self._ahead_of_decision()
                    self.showing = entry.event
                    with _Stops(faulty.get(entry.seq)):
                        desk.on_market(entry.event, entry.now)
                case DeskOpened(symbol=symbol, now=now):
                    if symbol in floor.desks:
                        raise BadInput(f"record: line {entry.seq + 1}: {symbol} has a desk already")
                    desk = floor.open_desk(symbol, now)
                    if self.opened is not None:
                        self.opened(desk)
                case DeskClosed(symbol=symbol, now=now):
                    floor.close_desk(symbol, now)
                case Noted():
                    self._noted(floor, entry)
                case Decided():
                    self._missing(entry)
                case _:
                    self._apply(entry)
        return Rerun(facts, self.recorded, self.difference)

    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Hold a fresh decision against the recorded one."""
        made = told(symbol, strategy, cause, intent, verdict)
        if not self._decision_follows():
            self._differs(Difference(self._last, now, None, made))
            return
        self._settle()
        entry = self._take()
        assert isinstance(entry, Decided)
        was = self._fold(entry)
        if was != made:
            self._differs(Difference(entry.seq, now, was, made))
        if not isinstance(verdict, Order):
            self._ahead_of_decision()

    def accept(self, order: Order) -> None:
        """Let the record say what became of `order`."""
        self._settle()

    def cancel(self, order_id: str) -> None:
        """Let the record say what became of the cancel."""
        self._settle()

    def protect(self, order_id: str, stop: Decimal | None, target: Decimal | None) -> None:
        """Let the record say what became of the legs."""
        self._settle()

    def _ahead_of_decision(self) -> None:
        """Let stand what came to stand while a desk was deciding, before it decides on."""
        while _of_mode(self._peek(0)) and self._decision_follows():
            entry = self._take()
            assert entry is not None
            self._apply(entry)

    def _decision_follows(self) -> bool:
        """True when the record's next word of a desk is a decision.

        Only then were the reports before it heard while that desk was still deciding: a simulated
        venue answers at once. Reports that no decision follows came after the desk was done.
        """
        at = 0
        while (entry := self._peek(at)) is not None:
            if isinstance(entry, Decided):
                return True
            if isinstance(entry, Shown | DeskOpened | DeskClosed) or _of_desk(entry):
                return False
            at += 1
        return False

    def _settle(self) -> None:
        """Apply what was heard before the decision that follows, if one does."""
        if not self._decision_follows():
            return
        while not isinstance(entry := self._peek(0), Decided):
            assert entry is not None
            self._take()
            self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        floor = self._floor
        assert floor is not None
        if isinstance(entry, Reported):
            floor.on_report(entry.report, entry.now)
        elif isinstance(entry, Moved):
            floor.on_move(entry.order_id, entry.state, entry.reason, entry.now)
        elif isinstance(entry, Changed) and entry.fill is not None:
            self.recorded.fill(entry.fill)
        elif isinstance(entry, Noted) and entry.topic == CORRECTED:
            floor.on_correction(_corrected(entry), entry.now)
        elif isinstance(entry, Noted) and entry.topic == CONDITION:
            floor.on_condition(_read(Condition, entry), entry.now)
        elif isinstance(entry, Noted) and entry.topic == OVERRIDE:
            floor.on_override(_read(Override, entry), entry.now)
        elif isinstance(entry, Noted) and entry.topic == PREMISES:
            floor.on_premises(_read(Premises, entry), entry.now)
        elif isinstance(entry, Noted) and entry.topic in _OF_GUARD:
            _guarded(floor, entry)

    def _noted(self, floor: Floor, entry: Noted) -> None:
        if entry.topic == RECOVERED:
            floor.on_recovered(_restored(entry), entry.now)
        elif _of_mode(entry) or entry.topic == CORRECTED or entry.topic in _OF_GUARD:
            self._apply(entry)
        elif entry.topic == COMMAND:
            said = _read(Commanded, entry)
            self._ahead_of_decision()
            _desk(floor, entry, said.symbol).command(said.intent, entry.now, said.asked)
        elif entry.topic == DESK:
            desk = _desk(floor, entry, str(entry.body.get("symbol")))
            state = entry.body.get("state")
            if state == FLATTENED:
                desk.flatten(entry.now, str(entry.body.get("strategy", "")))
            elif state in list(DeskState):
                desk.turn(DeskState(str(state)), entry.now)
            else:
                raise BadInput(f"record: line {entry.seq + 1}: no desk can be {state!r}")

    def _missing(self, entry: Decided) -> None:
        self._differs(Difference(entry.seq, entry.now, self._fold(entry), None))

    def _fold(self, entry: Decided) -> str:
        said = (entry.symbol, entry.strategy, entry.cause, entry.intent, entry.verdict)
        self.recorded.decision(*said)
        return told(*said)

    def _differs(self, difference: Difference) -> None:
        if self.difference is None:
            self.difference = difference

    def _peek(self, at: int) -> Entry | None:
        while len(self._ahead) <= at:
            entry = next(self._entries, None)
            if entry is None:
                return None
            self._ahead.append(entry)
        return self._ahead[at]

    def _take(self) -> Entry | None:
        entry = self._peek(0)
        if entry is not None:
            self._ahead.popleft()
            self._last = entry.seq
        return entry


def told(symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict) -> str:
    """One decision in words, equal for equal decisions."""
    numbers = " ".join(repr(float(value)) for value in intent[1:])
    wish = f"{symbol} {strategy} at {cause}: {intent.action.name} {numbers}"
    if verdict is None:
        return wish
    if isinstance(verdict, Order):
        return (
            f"{wish} -> {verdict.purpose} {verdict.type} {verdict.quantity} limit {verdict.limit}"
            f" stop {verdict.stop_loss} target {verdict.take_profit} {verdict.id}"
        )
    return f"{wish} -> {verdict.code}"


def _of_desk(entry: Entry) -> bool:
    """True for the notes at which a desk acts: a change of its state, a person's command."""
    return isinstance(entry, Noted) and entry.topic in (DESK, COMMAND)


def _desk(floor: Floor, entry: Entry, symbol: str) -> Desk:
    desk = floor.desks.get(symbol)
    if desk is None:
        raise BadInput(f"record: line {entry.seq + 1}: {symbol} has no desk")
    return desk


class _Stops(AbstractContextManager[None]):
    """Lets the error that stopped a desk in the record stop it again; any other goes on its way.

    `error` names its class: None where the desk was not stopped, empty where the record ends
    before it tells.
    """

    def __init__(self, error: str | None) -> None:
        self._error = error

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        return isinstance(error, Exception) and self._error in ("", type(error).__name__)


def _survey(record: Iterable[Entry]) -> tuple[dict[int, str], int]:
    """By the sequence number of the fact after which a desk was quarantined, the class of the
    error that did it; and the number of the last entry that made a desk decide.
    """
    shown: dict[str, int] = {}
    stopped: dict[int, str] = {}
    last = 0
    for entry in record:
        if isinstance(entry, Shown):
            shown[entry.event.symbol] = last = entry.seq
        elif isinstance(entry, Noted) and _of_desk(entry):
            last = entry.seq
            symbol = str(entry.body.get("symbol"))
            if entry.body.get("state") == DeskState.QUARANTINED and symbol in shown:
                stopped[shown[symbol]] = ""
        elif isinstance(entry, Noted) and entry.topic == STOPPED:
            fact = shown.get(str(entry.body.get("task")).removeprefix("desk:"))
            if fact in stopped:
                stopped[fact] = str(entry.body.get("error")).partition("(")[0]
    return stopped, last


def _restored(entry: Noted) -> Restored:
    try:
        return Restored.of(entry.body)
    except msgspec.ValidationError as error:
        raise BadInput(f"record: line {entry.seq + 1}: account found: {error}") from None


def _corrected(entry: Noted) -> Correction:
    try:
        return Correction.of(entry.body)
    except msgspec.ValidationError as error:
        raise BadInput(f"record: line {entry.seq + 1}: correction: {error}") from None


def _read(kind: type[Told], entry: Noted) -> Told:
    try:
        return msgspec.convert(entry.body, kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"record: line {entry.seq + 1}: {entry.topic}: {error}") from None


def _of_mode(entry: Entry | None) -> bool:
    """True for the notes that tell what the gate judges by besides the market."""
    return isinstance(entry, Noted) and entry.topic in (CONDITION, OVERRIDE, PREMISES)


def _guarded(floor: Floor, entry: Noted) -> None:
    """Let the book know what the guard of the session did: an order, or levels."""
    book = floor.house.book
    try:
        if entry.topic == GUARDED:
            order = order_of(entry.body)
            book.register(order)
            symbol = order.symbol
        else:
            levels = Levels.of(entry.body)
            book.arm(levels.strategy, levels.symbol, levels.stop, levels.target)
            symbol = levels.symbol
    except msgspec.ValidationError as error:
        raise BadInput(f"record: line {entry.seq + 1}: {entry.topic}: {error}") from None
    floor.refresh(symbol)
