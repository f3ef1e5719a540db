"""Watches how long each strategy takes over one event; one that takes too long is suspended."""

from collections import deque
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from typing import Protocol, TypeVar

from tradeplat.core.intent import Holding, Intent
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.runtime.watchdog import BUDGET, MILLISECOND

BLOCKED = 200 * MILLISECOND
"""The same of the wall, whatever it waits for: less may be a busy machine's fault."""
MOST, WITHIN = 3, MINUTE
"""So many overruns within so long suspend it."""

E = TypeVar("E")
Handler = Callable[[E, Holding], Intent]


class Timed(Protocol):
    """A seat whose handlers can be replaced (desk/seat.py)."""

    name: str
    on_bar: Callable[..., Intent]
    on_quote: Callable[..., Intent]


class StrategyWatch:
    """Times every handler of the seats it is put `over`; `suspend` hears a strategy's name and why,
    once, and again if it is as slow after `resumed`. In `lenient` mode (lockstep, where nobody
    waits) overruns are counted and nothing more.
    """

    def __init__(self, suspend: Callable[[str, str], None], *, lenient: bool = False) -> None:
        self._suspend = suspend
        self._lenient = lenient
        self._late: dict[str, deque[int]] = {}
        self.overruns = 0
        """Events over which a strategy took too long, so far."""
        self.suspended: set[str] = set()

    def over(self, seat: Timed) -> None:
        """Time this seat from now on."""
        seat.on_bar = self._timed(seat.name, seat.on_bar)
        seat.on_quote = self._timed(seat.name, seat.on_quote)

    def resumed(self, name: str) -> None:
        """A person lets `name` go on: it is judged anew."""
        self.suspended.discard(name)
        self._late.pop(name, None)

    def _timed(self, name: str, handler: Handler[E]) -> Handler[E]:
        def timed(event: E, holding: Holding) -> Intent:
            began, worked = perf_counter_ns(), thread_time_ns()
            intent = handler(event, holding)
            took = perf_counter_ns() - began
            if took > BUDGET:
                self.judge(name, began + took, took, thread_time_ns() - worked)
            return intent

        return timed

    def judge(self, name: str, now: int, took: int, worked: int) -> None:
        """Take in that `name` took so long, of the wall and of the processor (ns), until `now`."""
        if worked <= BUDGET and took <= BLOCKED:
            return
        self.overruns += 1
        late = self._late.setdefault(name, deque(maxlen=MOST))
        late.append(now)
        if len(late) < MOST or now - late[0] > WITHIN or name in self.suspended:
            return
        if not self._lenient:
            self.suspended.add(name)
            took_ms = max(took, worked) // MILLISECOND
            self._suspend(name, f"{MOST} overruns in {WITHIN // SECOND} s, the last {took_ms} ms")
