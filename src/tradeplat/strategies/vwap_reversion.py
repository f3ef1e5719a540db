"""Buys what has fallen unusually far below the session's VWAP and sells the way back to it."""

from math import isnan, nan

from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Holding, Intent, Plot
from tradeplat.core.machine import Machine, State
from tradeplat.core.market import MINUTE, Bar, Quote, opened
from tradeplat.indicators.ranges import atr, protects, stop_level, true_range
from tradeplat.indicators.spread import zscore
from tradeplat.indicators.volume import typical, vwap

__all__ = ["VwapReversion"]

ATR_SPAN = 14
FLAT_MINUTES = 5


class VwapReversion:
    """Long when the close's distance from VWAP is `depth` deviations below its usual.

    Usual is the last `window` bars of the session. It leaves at VWAP, after `hold_bars` bars, at
    the stop (`stop_atr` ATR(14) below the entry's close), and five minutes before the close;
    stopped out, it waits until the distance is usual again. VWAP restarts at the session's open
    and entries are made in regular hours only; never told of a session, all of history is one.
    """

    PLOTS = (
        Plot("vwap", colour="#b48cff"),
        Plot("stop", style="step", colour="#ff6b6b"),
        Plot("z", pane=1, style="histogram", colour="#4dd0c8"),
    )

    depth: float
    window: int
    stop_atr: float
    hold_bars: int
    span: int
    opens: int
    closes: int
    anchored: bool
    vwap: float
    traded: float
    ring: list[float]
    distances: int
    z: float
    atr: float
    last: float
    seen: int
    age: int
    machine: Machine

    def __init__(
        self,
        depth: float = 2.0,
        window: int = 30,
        stop_atr: float = 2.0,
        hold_bars: int = 60,
        span: int = 0,
    ) -> None:
        for name, size in (("depth", depth), ("stop_atr", stop_atr)):
            if not size > 0.0:
                raise BadInput(f"vwap_reversion: expected {name} above 0, found {size}")
        if window < 3:
            raise BadInput(f"vwap_reversion: expected window of 3 or more, found {window}")
        if hold_bars < 1:
            raise BadInput(f"vwap_reversion: expected hold_bars of 1 or more, found {hold_bars}")
        if span < 0:
            raise BadInput(f"vwap_reversion: expected span of 0 or more seconds, found {span}")
        self.depth = depth
        self.window = window
        self.stop_atr = stop_atr
        self.hold_bars = hold_bars
        self.span = span
        self.opens = self.closes = 0
        self.anchored = True
        self.ring = [0.0] * window
        self.vwap = self.z = self.atr = self.last = nan
        self.traded = 0.0
        self.distances = self.seen = self.age = 0
        self.machine = Machine(State.WARMING)

    @property
    def stop(self) -> float:
        """Stop of the trade in hand, nan when there is none."""
        return self.machine.stop

    def on_session(self, session: Session) -> None:
        """A new day: its VWAP starts with its first bar, and once more at the open."""
        self.opens = session.open
        self.closes = session.close
        self.anchored = False
        self._anchor()

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Measure the distance, then enter, leave or guard."""
        if bar.span != self.span:
            if self.span:
                return HOLD
            self.span = bar.span
        self._update(bar)
        state = self._settle(bar, holding)
        machine = self.machine
        reached = machine.reached(holding, bar.low, bar.high)
        over = self._over(bar)
        if holding.working:
            gone = reached or over
            return machine.withdraw() if gone and state is State.ENTERING else HOLD
        match state:
            case State.WATCHING if self.z <= -self.depth and bar.close < self.vwap:
                return self._enter(bar)
            case State.HELD if reached:
                return machine.leave(State.STOPPED, nan)
            case State.HELD if over or bar.close >= self.vwap or self.age >= self.hold_bars:
                return machine.leave(State.WATCHING, nan)
            case State.EXITING:
                return machine.leave(machine.rest, nan)
            case _:
                return HOLD

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """Guard the stop between bars where the venue holds none."""
        return self.machine.guard(quote, holding)

    def _settle(self, bar: Bar, holding: Holding) -> State:
        machine = self.machine
        state = machine.settle(holding, bar.low, bar.high)
        if state is State.HELD:
            self.age += 1
            if isnan(machine.stop):
                machine.stop = stop_level(machine.side, bar.close, self.atr, self.stop_atr)
            return state
        self.age = 0
        if state in (State.WARMING, State.IDLE, State.WATCHING, State.STOPPED):
            state = machine.state = self._setup(state, bar)
        return state

    def _setup(self, state: State, bar: Bar) -> State:
        if self.seen <= ATR_SPAN:
            return State.WARMING
        if self.opens > 0 and (opened(bar) < self.opens or self._over(bar)):
            return State.IDLE
        if self.distances < self.window:
            return State.WARMING
        if state is State.STOPPED and not self.z >= 0.0:
            return State.STOPPED
        return State.WATCHING

    def _over(self, bar: Bar) -> bool:
        return self.closes > 0 and bar.ts >= self.closes - FLAT_MINUTES * MINUTE

    def _enter(self, bar: Bar) -> Intent:
        stop = stop_level(1.0, bar.close, self.atr, self.stop_atr)
        if not protects(1.0, bar.close, stop):
            return HOLD
        return self.machine.enter(1.0, nan, stop, nan)

    def _update(self, bar: Bar) -> None:
        if not self.anchored and opened(bar) >= self.opens:
            self.anchored = True
            self._anchor()
        price = typical(bar.high, bar.low, bar.close)
        self.vwap = vwap(self.vwap, price, bar.volume, self.traded)
        self.traded += bar.volume
        if not isnan(self.vwap):
            self.z = zscore(self.ring, bar.close - self.vwap, self.distances)
            self.distances += 1
        if self.seen > 0:
            move = true_range(bar.high, bar.low, self.last)
            self.atr = atr(self.atr, move, ATR_SPAN, self.seen - 1)
        self.last = bar.close
        self.seen += 1

    def _anchor(self) -> None:
        self.vwap = self.z = nan
        self.traded = 0.0
        self.distances = 0
