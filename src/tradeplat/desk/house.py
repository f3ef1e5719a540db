"""What every desk of a session shares."""

from collections.abc import Callable, Mapping

from tradeplat.core.conditions import CONDITION, Condition, Conditions
from tradeplat.core.errors import Corrupt
from tradeplat.core.orders import Purpose
from tradeplat.core.ports import Digest, Executor, Gate, Impose, Recorder, Tracker
from tradeplat.core.tape import Market
from tradeplat.desk.bells import Bells
from tradeplat.desk.guard import Guard

_ENTRY = Purpose.ENTRY


def _no_desk(symbol: str) -> None:
    """Nobody to tell."""


class House:
    """What every desk of a session shares: the gate, the way out, the book, the witnesses."""

    def __init__(
        self,
        gate: Gate,
        book: Tracker,
        market: Market,
        digest: Digest,
        recorder: Recorder | None = None,
    ) -> None:
        self.gate = gate
        self.book = book
        self.market = market
        self.digest = digest
        self.recorder = recorder
        self.refused: dict[str, int] = {}
        """Refusals by code."""
        self.bells: Bells | None = None
        """When a day's trading ends; None where it never does."""
        self.tell: Callable[[str, str], None] | None = None
        """Reaches a person: a code and a line; None where nobody looks on."""
        self.guard: Guard | None = None
        """Keeps positions covered; None where a record says what was done."""
        self.watch: Callable[[str, str, int, Mapping[str, float | None]], None] | None = None
        """Is told each strategy's declared curves after each bar: symbol, strategy, instant,
        values; None while nobody looks on.
        """
        self.guarded: set[str] = set()
        """Symbols whose facts the guard has to see."""
        self.refresh: Callable[[str], None] = _no_desk
        """Tells the desk of a symbol anew what it holds; the floor's."""
        self._executor: Executor | None = None
        self._told: list[Impose] = []
        gate.install(self.impose)

    @property
    def conditions(self) -> Conditions:
        """What stands against orders; changed by `impose` alone."""
        return self.gate.conditions

    def listen(self, told: Impose) -> None:
        """Call `told` with every condition that begins or ends, after it does."""
        self._told.append(told)

    def impose(self, condition: Condition, now: int) -> bool:
        """Let `condition` stand from now on, or end, and record it; False when it changes nothing.

        The only way conditions change: a rerun of the record meets each at the same place. One
        that leaves entries no chance to be wanted any more withdraws those at work in its scope.
        """
        if not self.conditions.impose(condition):
            return False
        if self.recorder is not None:
            self.recorder.note(now, CONDITION, condition.body())
        for told in self._told:
            told(condition, now)
        if condition.withdraws and self._executor is not None:
            for order in list(self.book.open_orders.values()):
                if order.purpose is _ENTRY and condition.covers(order.symbol, order.strategy):
                    self._executor.cancel(order.id)
        return True

    def alarm(self, code: str, line: str, now: int) -> None:
        """Let a person know, or at least the record."""
        if self.tell is not None:
            self.tell(code, line)
        elif self.recorder is not None:
            self.recorder.note(now, "alarm", {"code": code, "line": line})

    @property
    def executor(self) -> Executor:
        """Carries out approved orders; Corrupt before one was installed."""
        if self._executor is None:
            raise Corrupt("no executor was installed before the first order")
        return self._executor

    def install(self, executor: Executor, *, guarded: bool = True) -> None:
        """Install the way out: an executor that reports back through the desks' floor, and by
        which the guard covers positions.
        """
        self._executor = executor
        self.guard = Guard(self) if guarded else None
