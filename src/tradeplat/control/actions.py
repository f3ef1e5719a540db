"""Commands are judged, done once each, and answered; what is remembered of them is bounded."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import structlog

from tradeplat.control.protocol import Answer, Code, Command, Outcome, Role, Shape
from tradeplat.core.errors import BadInput, TradeplatError
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Supervise

log = structlog.get_logger()

ACTION_AGE = 3 * SECOND
"""How old an action may be, in nanoseconds of the wall."""

_ANSWERS = 4_096
_CLIENTS = 1_024
_UNDER_WAY = 64
_LISTENERS = 256
_NAMES = 64

B = TypeVar("B")
Tell = Callable[[Answer | Outcome], None]
"""Brings an answer to whoever asked; never waits, and never fails when they are gone."""
Audit = Callable[[Command, Answer | Outcome], None]
"""Writes down what was answered to a command, and what it came to."""


def _unheard(_command: Command, _answer: Answer | Outcome) -> None:
    """Write nothing down."""


class Right(IntEnum):
    """What a command needs."""

    READ = 1
    TRADE = 2
    KILL = 3


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.TRADER: frozenset({Right.READ, Right.TRADE, Right.KILL}),
    Role.KILL: frozenset({Right.KILL}),
}


class Told(NamedTuple):
    """What doing a command came to."""

    done: bool
    text: str
    detail: Mapping[str, Any] = {}


class Call(NamedTuple):
    """Who asked for something, and when the person did, in wall UTC ns."""

    client: str
    n: int
    ts: int


class Deed(Generic[B]):
    """Something that can be commanded: the shape of its body, who may, and who does it.

    `age` is how old the command may be in ns, None when it is never too old. `work` is told the
    body; a TradeplatError of it is the outcome "not done", with its message.
    """

    def __init__(
        self,
        shape: type[B],
        right: Right,
        work: Callable[[B], Awaitable[Told]],
        age: int | None = ACTION_AGE,
    ) -> None:
        self.shape = Shape(shape)
        self.right = right
        self.work = work
        self.age = age

    async def do(self, body: B, _call: Call) -> Told:
        """Do it."""
        return await self.work(body)


class CalledDeed(Deed[B]):
    """A deed that has to know who asked for it; `called` is told that as well."""

    def __init__(
        self,
        shape: type[B],
        right: Right,
        called: Callable[[B, Call], Awaitable[Told]],
        age: int | None = ACTION_AGE,
    ) -> None:
        super().__init__(shape, right, self._uncalled, age)
        self._called = called

    async def do(self, body: B, call: Call) -> Told:
        """Do it."""
        return await self._called(body, call)

    async def _uncalled(self, body: B) -> Told:
        return await self._called(body, Call("", 0, 0))


class _Known:
    """A command that was taken: its answer, its outcome once there is one, and who waits."""

    def __init__(self, command: Command, tell: Tell) -> None:
        self.answer = Answer(command.client, command.n, accepted=True)
        self.outcome: Outcome | None = None
        self.waiting: list[tuple[str, int, Tell]] = [(command.client, command.n, tell)]

    def join(self, command: Command, tell: Tell) -> None:
        """Let `tell` hear the outcome too, at once when it is there."""
        if self.outcome is not None:
            tell(msgspec.structs.replace(self.outcome, client=command.client, n=command.n))
        elif len(self.waiting) < _LISTENERS:
            self.waiting.append((command.client, command.n, tell))
        else:
            tell(Outcome(command.client, command.n, done=True, text="it is under way already"))

    def settle(self, told: Told) -> None:
        """Tell everybody."""
        for client, n, tell in self.waiting:
            tell(Outcome(client, n, told.done, told.text, told.detail))
        client, n, _ = self.waiting[0]
        self.outcome = Outcome(client, n, told.done, told.text, told.detail)
        self.waiting.clear()


class Actions:
    """Judges commands against role, epoch, age and number, and has each done once.

    `now` is the wall in UTC ns; `supervise` starts what does the work. A kill is never turned
    away for want of room: while one is under way, another shares its outcome.
    """

    def __init__(
        self,
        deeds: Mapping[str, Deed[Any]],
        epoch: int,
        now: Callable[[], int],
        supervise: Supervise,
    ) -> None:
        self.epoch = epoch
        self._deeds = deeds
        self._now = now
        self._supervise = supervise
        self._command = Shape(Command)
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()
        self._last: OrderedDict[str, int] = OrderedDict()
        self._killing: dict[str, _Known] = {}
        self._under_way = 0
        self._begun = 0
        self.refused: dict[str, int] = {}
        self.audit: Audit = _unheard

    @property
    def remembered(self) -> int:
        """Commands and clients of which something is kept."""
        return len(self._known) + len(self._last)

    def take(self, data: bytes, role: Role, tell: Tell, names: set[str] | None = None) -> None:
        """Judge the command in `data`, answer it, and have it done if it may be; the name under
        which one was taken is added to `names`.
        """
        try:
            command = self._command.read(data)
        except BadInput as error:
            self._refuse(Answer("", 0, accepted=False, code=Code.SHAPE, reason=str(error)), tell)
            return
        tell = self._audited(command, tell)
        if names is not None and len(names) < _NAMES:
            names.add(command.client)
        known = self._known.get((command.client, command.n))
        if known is not None:
            self._repeat(known, command, role, tell)
            return
        answer = self._judged(command, role)
        if answer is not None:
            self._refuse(answer, tell)
            return
        self._begin(command, tell)

    def _audited(self, command: Command, tell: Tell) -> Tell:
        """`tell`, with every answer to what is no mere question written down as well."""
        deed = self._deeds.get(command.do)
        if deed is not None and deed.right is Right.READ:
            return tell

        def told(answer: Answer | Outcome) -> None:
            self.audit(command, answer)
            tell(answer)

        return told

    def _repeat(self, known: _Known, command: Command, role: Role, tell: Tell) -> None:
        deed = self._deeds.get(command.do)
        if deed is None or deed.right not in RIGHTS[role] or command.epoch != self.epoch:
            self._refuse(_no(command, Code.NUMBER, "this number was used already"), tell)
            return
        tell(msgspec.structs.replace(known.answer, repeated=True))
        known.join(command, tell)

    def _judged(self, command: Command, role: Role) -> Answer | None:
        """Why `command` is refused, None when it is not."""
        deed = self._deeds.get(command.do)
        if deed is None:
            return _no(command, Code.DEED, f"there is no command {command.do}")
        if deed.right not in RIGHTS[role]:
            return _no(command, Code.RIGHT, f"the role {role} may not {command.do}")
        if command.epoch != self.epoch:
            reason = f"found epoch {command.epoch}, expected {self.epoch}"
            return _no(command, Code.EPOCH, reason)
        aged = self._now() - command.ts
        if deed.age is not None and abs(aged) > deed.age:
            reason = f"asked {aged / SECOND:.1f} s ago, expected at most {deed.age / SECOND:g} s"
            return _no(command, Code.AGE, reason)
        if deed.right is not Right.READ and command.n <= self._last.get(command.client, 0):
            last = self._last[command.client]
            return _no(command, Code.NUMBER, f"found number {command.n} after {last}")
        if self._under_way >= _UNDER_WAY and deed.right is not Right.KILL:
            return _no(command, Code.BUSY, f"{self._under_way} commands are under way")
        return None

    def _begin(self, command: Command, tell: Tell) -> None:
        deed = self._deeds[command.do]
        try:
            body = deed.shape.read(command.body)
        except BadInput as error:
            self._refuse(_no(command, Code.SHAPE, str(error)), tell)
            return
        known = _Known(command, tell)
        if deed.right is not Right.READ:
            self._remember(command, known)
        tell(known.answer)
        if deed.right is Right.KILL:
            running = self._killing.get(command.do)
            if running is not None:
                # Its outcome is this one's: a flood of kills is one kill.
                running.join(command, tell)
                self._known[command.client, command.n] = running
                return
            self._killing[command.do] = known
        self._begun += 1
        self._under_way += 1
        log.info("command_taken", do=command.do, client=command.client, n=command.n)
        call = Call(command.client, command.n, command.ts)
        work = _Work(self, deed, (body, call), known)
        self._supervise(f"control-{command.do}-{self._begun}", work.run)

    def _remember(self, command: Command, known: _Known) -> None:
        self._known[command.client, command.n] = known
        self._last[command.client] = command.n
        self._last.move_to_end(command.client)
        if len(self._known) > _ANSWERS:
            self._known.popitem(last=False)
        if len(self._last) > _CLIENTS:
            self._last.popitem(last=False)

    def ended(self, known: _Known) -> None:
        """The work on `known` is over."""
        self._under_way -= 1
        self._killing = {do: one for do, one in self._killing.items() if one is not known}

    def _refuse(self, answer: Answer, tell: Tell) -> None:
        self.refused[answer.code] = self.refused.get(answer.code, 0) + 1
        tell(answer)


class _Work:
    """One command being done."""

    def __init__(
        self, actions: Actions, deed: Deed[Any], asked: tuple[Any, Call], known: _Known
    ) -> None:
        self._actions = actions
        self._deed = deed
        self._asked = asked
        self._known = known

    async def run(self) -> None:
        """Do it; whoever asked hears the outcome whatever happens."""
        told = Told(done=False, text="it ended with a fault of ours; see the log")
        try:
            told = await self._deed.do(*self._asked)
        except TradeplatError as error:
            told = Told(done=False, text=str(error))
        finally:
            self._actions.ended(self._known)
            self._known.settle(told)


def _no(command: Command, code: Code, reason: str) -> Answer:
    return Answer(command.client, command.n, accepted=False, code=code, reason=reason)
