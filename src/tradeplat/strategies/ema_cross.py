"""Long while the fast mean leads the slow one; stop some ATR below the entry bar."""

from math import isnan, nan

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Holding, Intent, Plot
from tradeplat.core.machine import Machine, State
from tradeplat.core.market import Bar, Quote
from tradeplat.indicators.means import ema
from tradeplat.indicators.ranges import atr, protects, stop_level, true_range

__all__ = ["EmaCross"]


class EmaCross:
    """Market orders; stopped out, it waits for the means to cross back before it enters again.

    Spans of the means count bars of `span` seconds (0: the span of the first bar seen); the stop
    lies `stop_atr` ATR below the close that led to the entry. Refused outside regular hours, as
    market orders are, it asks again at the open or after the next cross, whichever comes first;
    never told of a session, it asks at every bar.
    """

    PLOTS = (
        Plot("fast", colour="#b48cff"),
        Plot("slow", colour="#4dd0c8"),
        Plot("stop", style="step", colour="#ff6b6b"),
    )

    fast_span: int
    slow_span: int
    atr_span: int
    stop_atr: float
    span: int
    fast: float
    slow: float
    atr: float
    last: float
    seen: int
    opens: int
    closes: int
    early: bool
    machine: Machine

    def __init__(
        self,
        fast_span: int = 12,
        slow_span: int = 48,
        atr_span: int = 14,
        stop_atr: float = 2.0,
        span: int = 0,
    ) -> None:
        if not 1 <= fast_span < slow_span:
            raise BadInput(
                "ema_cross: expected 1 <= fast_span < slow_span, "
                f"found fast_span={fast_span} slow_span={slow_span}"
            )
        if not 1 <= atr_span < slow_span:
            raise BadInput(f"ema_cross: expected 1 <= atr_span < slow_span, found {atr_span}")
        if not stop_atr > 0.0:
            raise BadInput(f"ema_cross: expected stop_atr above 0, found {stop_atr}")
        if span < 0:
            raise BadInput(f"ema_cross: expected span of 0 or more seconds, found {span}")
        self.fast_span = fast_span
        self.slow_span = slow_span
        self.atr_span = atr_span
        self.stop_atr = stop_atr
        self.span = span
        self.fast = self.slow = self.atr = self.last = nan
        self.seen = 0
        self.opens = self.closes = 0
        self.early = False
        self.machine = Machine(State.WARMING)

    @property
    def stop(self) -> float:
        """Stop of the trade in hand, nan when there is none."""
        return self.machine.stop

    def on_session(self, session: Session) -> None:
        """A new day has its own hours; what is held and how the means stand go on."""
        self.opens = session.open
        self.closes = session.close

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Update the means, then enter, leave or guard."""
        if bar.span != self.span:
            if self.span:
                return HOLD
            self.span = bar.span
        self._update(bar)
        if self.seen < self.slow_span:
            return HOLD
        leading = self.fast > self.slow
        state = self._settle(bar, holding, leading=leading)
        machine = self.machine
        reached = machine.reached(holding, bar.low, bar.high)
        if holding.working:
            gone = reached or not leading
            return machine.withdraw() if gone and state is State.ENTERING else HOLD
        match state:
            case State.WATCHING if leading and protects(1.0, bar.close, self._stop(bar)):
                return machine.enter(1.0, nan, self._stop(bar), nan)
            case State.HELD if reached or not leading:
                return machine.leave(State.STOPPED if reached else State.WATCHING, nan)
            case State.EXITING:
                return machine.leave(machine.rest, nan)
            case _:
                return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """Guard the stop between bars where the venue holds none."""
        return self.machine.guard(quote, holding)

    def _settle(self, bar: Bar, holding: Holding, *, leading: bool) -> State:
        machine = self.machine
        if machine.state is State.WARMING:
            machine.state = machine.rest = State.WATCHING
        refused = machine.asked and holding.quantity == 0.0 and not holding.working
        state = machine.settle(holding, bar.low, bar.high)
        extended = self.opens > 0 and not self.opens <= bar.ts < self.closes
        if refused and extended:
            self.early = True
            state = machine.state = State.STOPPED
        if state is State.STOPPED and (not leading or (self.early and not extended)):
            self.early = False
            state = machine.state = State.WATCHING
        if state is State.HELD and isnan(machine.stop):
            machine.stop = self._stop(bar)
        return state

    def _stop(self, bar: Bar) -> float:
        return stop_level(1.0, bar.close, self.atr, self.stop_atr)

    def _update(self, bar: Bar) -> None:
        self.fast = ema(self.fast, bar.close, self.fast_span, self.seen)
        self.slow = ema(self.slow, bar.close, self.slow_span, self.seen)
        if self.seen > 0:
            move = true_range(bar.high, bar.low, self.last)
            self.atr = atr(self.atr, move, self.atr_span, self.seen - 1)
        self.last = bar.close
        self.seen += 1
