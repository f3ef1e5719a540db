"""Long while the fast simple mean leads the slow one, flat otherwise; the benchmark's strategy."""

from math import isnan, nan

from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Holding, Intent, Plot
from tradeplat.core.machine import Machine, State
from tradeplat.core.market import Bar, Quote
from tradeplat.indicators.ranges import atr, protects, stop_level, true_range
from tradeplat.indicators.rings import ring_total

__all__ = ["SmaCross"]

TIE = 1.0 + 1e-12
"""Means closer than this are equal: a tie on the price grid must not be decided by rounding."""

ATR_SPAN = 14

# Looked up once: naming a member of an enum costs as much as a call.
WARMING, WATCHING, ENTERING = State.WARMING, State.WATCHING, State.ENTERING
HELD, EXITING, STOPPED = State.HELD, State.EXITING, State.STOPPED


class SmaCross:
    """Market orders both ways; no stop unless `stop_atr` asks for one, in ATR(14) below the entry.

    `fast` and `slow` count bars of `span` seconds (0: the span of the first bar seen). With a
    stop, a position that was stopped out is not taken again before the means have crossed back.
    """

    PLOTS = (
        Plot("fast_mean", colour="#b48cff"),
        Plot("slow_mean", colour="#4dd0c8"),
    )

    fast: int
    slow: int
    span: int
    stop_atr: float
    ratio: float
    ring: list[float]
    at: int
    fast_total: float
    slow_total: float
    machine: Machine
    calm_flat: bool
    calm_long: bool
    atr: float
    last: float
    seen: int

    def __init__(
        self, fast: int = 20, slow: int = 50, span: int = 0, stop_atr: float = 0.0
    ) -> None:
        if not 1 <= fast < slow:
            raise BadInput(f"sma_cross: expected 1 <= fast < slow, found fast={fast} slow={slow}")
        if span < 0:
            raise BadInput(f"sma_cross: expected span of 0 or more seconds, found {span}")
        if not stop_atr >= 0.0:
            raise BadInput(f"sma_cross: expected stop_atr of 0 or more, found {stop_atr}")
        self.fast = fast
        self.slow = slow
        self.span = span
        self.stop_atr = stop_atr
        self.ratio = slow / fast / TIE
        # Unset values keep the totals, and so every comparison, unset until the ring is full.
        self.ring = [nan] * slow
        self.at = 0
        self.fast_total = self.slow_total = nan
        self.machine = Machine(State.WARMING)
        self.calm_flat = self.calm_long = False
        self.atr = self.last = nan
        self.seen = 0

    @property
    def fast_mean(self) -> float:
        """Mean of the last `fast` closes, nan while warming up."""
        return self.fast_total / self.fast

    @property
    def slow_mean(self) -> float:
        """Mean of the last `slow` closes, nan while warming up."""
        return self.slow_total / self.slow

    def on_bar(self, bar: Bar, holding: Holding) -> Intent:
        """Slide both windows, and think only when the holding is not what the means ask for.

        The windows share one ring and slide in place: this is the platform's yardstick, and a
        call for each would cost half as much again. A test holds them to `sma_total`.
        """
        if bar.span != self.span:
            if self.span:
                return HOLD
            self.span = bar.span
        ring = self.ring
        at = self.at
        close = bar.close
        fast = self.fast_total + (close - ring[at - self.fast])
        slow = self.slow_total + (close - ring[at])
        ring[at] = close
        at += 1
        if at == self.slow:
            at = 0
            fast = ring_total(ring, self.slow - self.fast, self.slow)
            slow = ring_total(ring, 0, self.slow)
        self.at = at
        self.fast_total = fast
        self.slow_total = slow
        if fast * self.ratio > slow:
            if holding.quantity > 0.0 and self.calm_long:
                return HOLD
        elif holding.quantity == 0.0 and self.calm_flat:
            return HOLD
        return self._think(bar, holding)

    def on_quote(self, quote: Quote, holding: Holding) -> Intent:
        """Guard the stop between bars where the venue holds none."""
        return HOLD if self.stop_atr == 0.0 else self.machine.guard(quote, holding)

    def _think(self, bar: Bar, holding: Holding) -> Intent:
        if self.stop_atr > 0.0:
            self._measure(bar)
        if isnan(self.slow_total):
            return HOLD
        leading = self.fast_total * self.ratio > self.slow_total
        state = self._settle(bar, holding, leading=leading)
        machine = self.machine
        reached = machine.reached(holding, bar.low, bar.high)
        if holding.working:
            gone = reached or not leading
            return machine.withdraw() if gone and state is ENTERING else HOLD
        if state is WATCHING and leading:
            return self._enter(bar)
        if state is HELD and (reached or not leading):
            return machine.leave(STOPPED if reached else WATCHING, nan)
        if state is EXITING:
            return machine.leave(machine.rest, nan)
        return HOLD

    def _enter(self, bar: Bar) -> Intent:
        stop = self._stop(bar)
        if self.stop_atr > 0.0 and not protects(1.0, bar.close, stop):
            return HOLD
        return self.machine.enter(1.0, nan, stop, nan)

    def _settle(self, bar: Bar, holding: Holding, *, leading: bool) -> State:
        machine = self.machine
        if machine.state is WARMING:
            machine.state = machine.rest = WATCHING
        state = machine.settle(holding, bar.low, bar.high)
        if state is STOPPED and not (leading and self.stop_atr > 0.0):
            state = machine.state = WATCHING
        if state is HELD and self.stop_atr > 0.0 and isnan(machine.stop):
            machine.stop = self._stop(bar)
        # Without a stop there is nothing to watch while the holding is what it should be.
        calm = self.stop_atr == 0.0 and not holding.working
        self.calm_flat = calm and state is WATCHING and not leading
        self.calm_long = calm and state is HELD and leading
        return state

    def _stop(self, bar: Bar) -> float:
        if self.stop_atr == 0.0:
            return nan
        return stop_level(1.0, bar.close, self.atr, self.stop_atr)

    def _measure(self, bar: Bar) -> None:
        if self.seen > 0:
            move = true_range(bar.high, bar.low, self.last)
            self.atr = atr(self.atr, move, ATR_SPAN, self.seen - 1)
        self.last = bar.close
        self.seen += 1
