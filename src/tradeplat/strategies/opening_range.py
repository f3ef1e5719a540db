"""Trades the break of the session's first minutes, stopped at the other end of their range."""

from math import isnan, nan

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Holding, Intent, Plot
from tradeplat.core.machine import ORDERED, Machine, State
from tradeplat.core.market import MINUTE, Bar, Quote, opened
from tradeplat.indicators.ranges import protects

__all__ = ["OpeningRange"]


class OpeningRange:
    """Enters at market when a bar closes beyond the range of the first `minutes` minutes.

    The stop is the range's other end, the target `target_r` times as far away; what is left is
    closed `flat_minutes` before the session's close. After a trade, or an entry that came to
    nothing, a bar has to close inside the range before the next break counts, at most `tries`
    trades a day. `shorts` trades the break of the low too. Without being told of a session it
    never enters: there is no opening to speak of.
    """

    PLOTS = (
        Plot("high", style="box", label="opening range", colour="#8a93a6", other="low"),
        Plot("stop", style="step", colour="#ff6b6b"),
        Plot("target", style="step", colour="#6bd08f"),
    )

    minutes: int
    target_r: float
    tries: int
    flat_minutes: int
    span: int
    shorts: bool
    opens: int
    closes: int
    high: float
    low: float
    earlier: int
    machine: Machine

    def __init__(
        self,
        minutes: int = 15,
        target_r: float = 2.0,
        tries: int = 2,
        flat_minutes: int = 5,
        span: int = 0,
        *,
        shorts: bool = False,
    ) -> None:
        for name, number in (("minutes", minutes), ("tries", tries)):
            if number < 1:
                raise BadInput(f"opening_range: expected {name} of 1 or more, found {number}")
        for name, number in (("flat_minutes", flat_minutes), ("span", span)):
            if number < 0:
                raise BadInput(f"opening_range: expected {name} of 0 or more, found {number}")
        if not target_r > 0.0:
            raise BadInput(f"opening_range: expected target_r above 0, found {target_r}")
        self.minutes = minutes
        self.target_r = target_r
        self.tries = tries
        self.flat_minutes = flat_minutes
        self.span = span
        self.shorts = shorts
        self.opens = self.closes = 0
        self.high = self.low = nan
        self.earlier = 0
        self.machine = Machine(State.IDLE)

    @property
    def stop(self) -> float:
        """Stop of the trade in hand, nan when there is none."""
        return self.machine.stop

    @property
    def target(self) -> float:
        """Target of the trade in hand, nan when there is none."""
        return self.machine.target

    def on_session(self, session: Session) -> None:
        """A new day: forget the old range, keep what is held."""
        self.opens = session.open
        self.closes = session.close
        self.high = self.low = nan
        self.earlier = self.machine.entries
        if self.machine.state not in ORDERED:
            self.machine.state = State.IDLE

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Build the range, wait for its break, then guard the trade."""
        if bar.span != self.span:
            if self.span:
                return HOLD
            self.span = bar.span
        self._widen(bar)
        state = self._settle(bar, holding)
        machine = self.machine
        reached = machine.reached(holding, bar.low, bar.high)
        over = self.closes > 0 and bar.ts >= self.closes - self.flat_minutes * MINUTE
        if holding.working:
            gone = reached or over
            return machine.withdraw() if gone and state is State.ENTERING else HOLD
        match state:
            case State.WATCHING if bar.close > self.high:
                return self._enter(1.0, bar, self.low)
            case State.WATCHING if bar.close < self.low and self.shorts:
                return self._enter(-1.0, bar, self.high)
            case State.HELD if reached or over:
                return machine.leave(State.STOPPED, nan)
            case State.EXITING:
                return machine.leave(machine.rest, nan)
            case _:
                return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """Guard the stop between bars where the venue holds none."""
        return self.machine.guard(quote, holding)

    def on_amend(self, bar: Bar) -> None:
        """A revised bar of the first minutes may widen the range."""
        if bar.span == self.span:
            self._widen(bar)

    def _widen(self, bar: Bar) -> None:
        if opened(bar) < self.opens or bar.ts > self.opens + self.minutes * MINUTE:
            return
        self.high = bar.high if isnan(self.high) else max(self.high, bar.high)
        self.low = bar.low if isnan(self.low) else min(self.low, bar.low)

    def _settle(self, bar: Bar, holding: Holding) -> State:
        machine = self.machine
        state = machine.settle(holding, bar.low, bar.high)
        if state is State.HELD and isnan(machine.stop):
            machine.stop = self.low if machine.side > 0.0 else self.high
        if state not in ORDERED:
            state = machine.state = self._setup(state, bar)
        return state

    def _setup(self, state: State, bar: Bar) -> State:
        if self.opens == 0 or bar.ts <= self.opens:
            return State.IDLE
        if bar.ts <= self.opens + self.minutes * MINUTE:
            return State.FORMING
        last = self.closes - self.flat_minutes * MINUTE
        taken = self.machine.entries - self.earlier
        if isnan(self.high) or taken >= self.tries or bar.ts >= last:
            return State.DONE
        if state is State.STOPPED and not self.low <= bar.close <= self.high:
            return State.STOPPED
        return State.WATCHING

    def _enter(self, side: float, bar: Bar, stop: float) -> Intent:
        machine = self.machine
        if not protects(side, bar.close, stop):
            return HOLD
        intent = machine.enter(side, nan, stop, bar.close + self.target_r * (bar.close - stop))
        # An entry that comes to nothing is a break missed: not to be chased.
        machine.rest = State.STOPPED
        return intent
